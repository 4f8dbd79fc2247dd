"""The one text form: hash, index and rules all read an article as this stream of tokens.

    text ─▶ plain characters ─▶ reading glosses out ─▶ sentence and paragraph ends ─▶ tokens

A token is one ideograph, or one run of other letters, digits and their marks. A sentinel stands
where no phrase may cross: at a line break, a sentence end, and at punctuation between ideographs.
A full stop counts only after a word of four letters that is no abbreviation: a false break would
miss an alert (U.S. Patent, Co. Ltd), a missing one only lets a phrase cross.

The fold is pure and idempotent: `stream(stream(x)) == stream(x)`. A stored hash or index is good
for one `fold_version` only; after a change of rules here raise the number in it.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

from archive.pinyin import Gloss, glosses
from archive.variants import (
    IDEOGRAPHS,
    compatible,
    digest,
    is_even,
    is_ideograph,
    make_tables,
    marks,
    plain,
    plain_places,
    sources,
    variants,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

SENTINEL: Final = "¶"
_BREAK = f" {SENTINEL} "

# Words of four letters and more that a full stop does not end. Some are words as well (mass, wash):
# a missing break harms nobody.
_SHORTENED = """
acad admin approx ariz assn assoc asst atty blvd brig bros calif capt chem circ cmdr colo comdr comm
cong conn corp corps dept depts dist elec engr exec fedn figs govt incl inst intl lieut maint
mass messrs mfrs mgmt mich minn mins natl nebr okla oreg penn pharm phys pres proc prof profs pseud
publ reps resp rptr secs sect secy sens sept serg stat supp suppl supt tech technol tenn thur thurs
trans treas tues univ vols wash
"""
_ABBREVIATIONS = frozenset(_SHORTENED.split())

# FTS5 cuts a token at 32,768 bytes and would then see another word than a rule does; a run is cut
# long before (500 letters, then at most 100 groups of marks and letters).
_LONGEST = 500
_LETTER = rf"[^\W{IDEOGRAPHS}]"
_NOT_LATIN = re.compile("[^\x00-\u02ff]")  # where ideographs and marks are
_SHORTEST_LAST_WORD = 4


@cache
def fold_version() -> str:
    """The number of the rules here, and a name for the tables that they go by."""
    return f"1-{digest(variants(), unicodedata.unidata_version)}"


def _run() -> str:
    """An expression for a run of letters; the regular expressions are made as late as tables."""
    of = f"[{marks()}]"
    return rf"{_LETTER}{{1,{_LONGEST}}}(?:{of}{{1,20}}{_LETTER}{{1,40}}){{0,100}}{of}{{0,20}}"


@cache
def _token() -> re.Pattern[str]:
    return re.compile(f"{SENTINEL}|[{IDEOGRAPHS}]|{_run()}")


@cache
def _stretch() -> re.Pattern[str]:
    return re.compile(f"[{IDEOGRAPHS}]+|{_run()}")


@cache
def _gap() -> re.Pattern[str]:
    return re.compile(rf"[^\w {IDEOGRAPHS}{marks()}][^\w{IDEOGRAPHS}]*")


def make_ready() -> None:
    """Make the tables of the fold, which is done else when it is first used."""
    make_tables()
    _token(), _gap()


def _ends_sentence(text: str, stop: int) -> bool:
    """Whether the full stop at `stop`, with a blank after it, ends a sentence."""
    start = stop
    while start and text[start - 1].isalpha() and not is_ideograph(text[start - 1]):
        start -= 1
    word = text[start:stop]
    return len(word) >= _SHORTEST_LAST_WORD and word not in _ABBREVIATIONS


def _follows_ideograph(text: str, end: int) -> bool:
    """Whether the last letter or digit before `end` is an ideograph."""
    while end and not (text[end - 1].isalnum() or is_ideograph(text[end - 1])):
        end -= 1
    return end > 0 and is_ideograph(text[end - 1])


def _bridge(gap: re.Match[str]) -> str:
    """What stands for the punctuation (and what follows it) between two tokens."""
    text, start, end = gap.string, gap.start(), gap.end()
    if "\n" in gap[0] or ".." in gap[0]:
        return _BREAK
    if gap[0].startswith(". ") and _ends_sentence(text, start):
        return _BREAK
    if end < len(text) and is_ideograph(text[end]) and _follows_ideograph(text, start):
        return _BREAK
    return " "


def _without(text: str, found: list[Gloss]) -> str:
    if not found:
        return text
    edges = [0, *(edge for gloss in found for edge in gloss[:2]), len(text)]
    return "".join(text[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True))


def _tokens(text: str) -> list[str]:
    """Tokens of a plain text without glosses."""
    text = _gap().sub(_bridge, text)
    tokens = text.split()  # good enough for nearly all English, in a tenth of the time
    if _NOT_LATIN.search(text) or len(max(tokens, key=len, default="")) > _LONGEST:
        tokens = _token().findall(text)
    # A gap becomes at most one sentinel, so only the ends can have one too many.
    if tokens and tokens[-1] == SENTINEL:
        tokens.pop()
    return tokens[1:] if tokens and tokens[0] == SENTINEL else tokens


def simple(text: str) -> str:
    """The first half of the fold: plain characters without glosses, punctuation still there."""
    form = plain(text)
    return _without(form, glosses(form)) if "(" in form else form


def simple_tokens(form: str) -> list[str]:
    """The second half: tokens and sentinels of what `simple` gave, or of a part of it."""
    return _tokens(form)


def stream(text: str) -> str:
    """The tokens of the text joined by single blanks; sentinels only between tokens."""
    return " ".join(_tokens(simple(text)))


class _Words(NamedTuple):
    """Where the words of a plain form stand; ideographs that follow each other are one stretch."""

    firsts: list[int]  # number of the first word of each stretch
    stretches: list[tuple[int, int]]
    form: str

    def span(self, word: int) -> tuple[int, int]:
        """The range of the word with this number."""
        index = bisect_right(self.firsts, word) - 1
        start, end = self.stretches[index]
        if is_ideograph(self.form[start]):
            start += word - self.firsts[index]
            return start, start + 1
        return start, end


def _words(form: str) -> _Words:
    return _numbered([match.span() for match in _stretch().finditer(form)], form)


def _numbered(stretches: list[tuple[int, int]], form: str) -> _Words:
    sizes = (end - start if is_ideograph(form[start]) else 1 for start, end in stretches)
    return _Words(list(accumulate(sizes, initial=0))[:-1], stretches, form)


class _Reading(NamedTuple):
    """A text without its glosses, and the way back from there."""

    bare: str  # its plain form without glosses
    kept: list[int] | None  # character of that → of the plain form; None: there is no gloss
    starts: Sequence[int]  # character of the plain form → start of what it came from
    ends: Sequence[int]
    glosses: dict[int, Gloss]  # by where they start in the plain form


def _read(text: str) -> _Reading:
    form, starts, ends = plain_places(text)
    found = glosses(form) if "(" in form else []
    kept = _outside(len(form), found) if found else None
    return _Reading(_without(form, found), kept, starts, ends, {gloss[0]: gloss for gloss in found})


class _Places(NamedTuple):
    """Where tokens stood."""

    reading: _Reading
    words: _Words  # in it, for tokens but sentinels
    sentinels: list[int]  # which tokens are

    def span(self, token: int) -> tuple[int, int]:
        """The range of the original; a sentinel stands between its neighbours."""
        before = bisect_left(self.sentinels, token)
        if self._is_sentinel(token, before):
            return self.span(token - 1)[1], self.span(token + 1)[0]
        first, last = self._plainly(token - before)
        return self.reading.starts[first], self.reading.ends[last]

    def end(self, token: int, length: int) -> int:
        """The end of a token that is the last of so many, the glosses of all of them included."""
        before = bisect_left(self.sentinels, token)
        end = self.span(token)[1]
        if not self.reading.glosses or self._is_sentinel(token, before):
            return end
        behind = self._plainly(token - before)[1] + 1
        while gloss := self.reading.glosses.get(behind):  # another gloss may follow this one
            if gloss.syllables <= length:
                end = self.reading.ends[gloss.end - 1]
            behind = gloss.end
        return end

    def _is_sentinel(self, token: int, before: int) -> bool:
        return before < len(self.sentinels) and self.sentinels[before] == token

    def _plainly(self, word: int) -> tuple[int, int]:
        """The first and the last character of a word in the plain form."""
        first, behind = self.words.span(word)
        kept = self.reading.kept
        return (first, behind - 1) if kept is None else (kept[first], kept[behind - 1])


@dataclass(frozen=True)
class Folded:
    """A text and its token stream."""

    original: str
    stream: str
    _known: _Places | None = field(default=None, repr=False, compare=False)

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        return tuple(self.stream.split())

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Range of characters in `original` that tokens `first` to `last` (inclusive) came from.

        Covers everything between them, and a gloss after the last one if its whole word is inside:
        what a reader sees highlighted looks whole. Raises IndexError if there is no such token.
        """
        if not 0 <= first <= last < len(self.tokens):
            raise IndexError(f"tokens {first} to {last}")
        return self._places.span(first)[0], self._places.end(last, last - first + 1)

    @cached_property
    def _places(self) -> _Places:
        """The way through the fold again, walked only for snippets: the same tokens."""
        if self._known is not None:
            return self._known
        reading = _read(self.original)
        return _Places(reading, _words(reading.bare), _sentinels(self.stream))


def _sentinels(text: str) -> list[int]:
    """Which tokens of a stream are sentinels."""
    sizes = (part.count(" ") + 1 for part in text.split(_BREAK))
    return [end + before for before, end in enumerate(accumulate(sizes))][:-1]


def _outside(length: int, found: list[Gloss]) -> list[int]:
    """Indices of the characters that stand in no gloss."""
    edges = [0, *(edge for gloss in found for edge in gloss[:2]), length]
    return [i for a, b in zip(edges[::2], edges[1::2], strict=True) for i in range(a, b)]


@lru_cache(256)
def _written(phrases: tuple[tuple[str, ...], ...]) -> list[list[str]] | None:
    """For each phrase the ways to write each of its ideographs; None if one phrase has none."""
    ways = [[sources(token) for token in phrase if is_ideograph(token)] for phrase in phrases]
    return ways if all(ways) else None


def _lines(text: str, ways: Iterable[Iterable[str]]) -> set[tuple[int, int]]:
    """The ranges of the lines that hold one of each of these sets of strings."""
    first, *others = ways
    found: set[tuple[int, int]] = set()
    for string in first:
        at = text.find(string)
        while at >= 0:
            start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
            end = len(text) if end < 0 else end
            line = text[start:end]
            if all(any(map(line.__contains__, way)) for way in others):
                found.add((start, end))
            at = text.find(string, end)
    return found


def _sought(text: str, phrases: tuple[tuple[str, ...], ...]) -> _Reading:
    """The text read, blank where a paragraph holds no phrase for lack of an ideograph."""
    ways = _written(phrases)
    if ways is None or not is_even(text):
        return _read(text)
    form, behind = "", 0
    for start, end in sorted(set[tuple[int, int]]().union(*(_lines(text, way) for way in ways))):
        form += " " * (start - behind - 1) + "\n" * (start > 0) + plain_places(text[start:end])[0]
        behind = end
    if "(" in form and glosses(form):
        return _read(text)
    return _Reading(form, None, range(len(form)), range(1, len(form) + 1), {})


def _following(form: str, end: int, stop: int, reach: int) -> Iterator[tuple[int, int, list[str]]]:
    """The sentences from one to another, or as many of them as have `reach` tokens."""
    while end < stop and reach > 0:
        start, end = end + 1, form.find("\n", end + 1)
        tokens = _tokens(form[start:end])
        reach -= len(tokens)
        yield start, end, tokens


def excerpt(text: str, phrases: Collection[tuple[str, ...]], reach: int = 0) -> Folded:
    """The sentences of a text in which one of these phrases may stand, folded; few others.

    Each phrase is tokens without a sentinel, of which the last may be the beginning of one. None
    crosses a sentence, so they stand in this just where they stand in the whole; those at most
    `reach` tokens apart are so here, and the others are not.
    """
    reading = _read(text) if reach else _sought(text, tuple(phrases))
    form, ways = reading.bare, ([(token,) for token in phrase] for phrase in phrases)
    holding = sorted(set[tuple[int, int]]().union(*(_lines(form, way) for way in ways)))
    kept: list[tuple[int, int, list[str]]] = []
    for number, (start, end) in enumerate(holding, start=1):
        kept.append((start, end, _tokens(form[start:end])))
        behind = holding[number][0] - 1 if number < len(holding) else end
        kept += _following(form, end, behind, reach)
    streams = (" ".join(tokens) for _, _, tokens in kept)
    stretches = [
        match.span() for start, end, _ in kept for match in _stretch().finditer(form, start, end)
    ]
    made = _BREAK.join(filter(None, streams))
    places = _Places(reading, _numbered(stretches, form), _sentinels(made))
    return Folded(text, made, places)


def fold(text: str) -> Folded:
    """The text with its token stream; places of tokens are worked out when first asked for."""
    return Folded(text, stream(text))


# NFKC leaves no full-width ASCII and no half-width katakana, so these stand for nothing else.
_WHOLE: dict[int, int | str] = {c: 0xFEE0 + c for c in range(0x21, 0x7F) if not chr(c).isalnum()}
_WHOLE |= {ord(" "): "\u3000", 0x7F: "\uff81"}
_WHOLE |= {c: 0xFF61 + c for c in range(0x20)}


def name_token(name: str) -> str:
    """One token for a name, told apart from every other name but for case and width (NFKC).

    ASCII that FTS5 would cut at becomes its full-width form, controls half-width katakana.
    """
    return compatible(name).encode(errors="replace").decode().translate(_WHOLE)


def content_hash(text: str) -> str:
    """`fold_version():hex` over the tokens alone, without the sentinels.

    The same for a copy in Traditional characters, with reading glosses, other punctuation or lines.
    """
    words = stream(text).replace(f"{SENTINEL} ", "")
    return f"{fold_version()}:{hashlib.blake2b(words.encode(), digest_size=16).hexdigest()}"

"""The one text form: hash, index and rules all read an article as this stream of tokens.

    text ─▶ plain characters ─▶ reading glosses out ─▶ sentence and paragraph ends ─▶ tokens

A token is one ideograph, or one run of other letters, digits and their marks. A sentinel stands
where no phrase may cross: at a line break, a sentence end, and at punctuation between ideographs.
A full stop counts only after a word of four letters that is no abbreviation: a false break would
miss an alert (U.S. Patent, Co. Ltd), a missing one only lets a phrase cross.

The fold is pure and idempotent: `stream(stream(x)) == stream(x)`. A stored hash or index is good
for one FOLD_VERSION only; after a change of rules here raise the number in it.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from archive.pinyin import Gloss, glosses
from archive.variants import IDEOGRAPHS, MARKS, VARIANTS, digest, plain, plain_pieces

FOLD_VERSION: Final = f"1-{digest(VARIANTS)}"
SENTINEL: Final = "¶"

# Words of four letters and more that a full stop does not end. Some are words as well (mass, wash):
# a missing break harms nobody.
_ABBREVIATIONS = frozenset(
    """acad admin approx ariz assn assoc asst atty blvd brig bros calif capt chem circ cmdr colo
    comdr comm cong conn corp corps dept depts dist elec engr etal exec fedn figs govt incl inst
    intl lieut maint mass messrs mfrs mgmt mich minn mins natl nebr okla oreg penn pharm phys pres
    proc prof profs pseud publ reps resp rptr secs sect secy sens sept serg stat supp suppl supt
    tech technol tenn thur thurs trans treas tues univ vols wash""".split()
)

# FTS5 cuts a token at 32,768 bytes and would then see another word than a rule does; a run is cut
# long before (500 letters, then at most 100 groups of marks and letters).
_LETTER = rf"[^\W{IDEOGRAPHS}]"
_RUN = rf"{_LETTER}{{1,500}}(?:[{MARKS}]{{1,20}}{_LETTER}{{0,40}}){{0,100}}"
_TOKEN = re.compile(f"{SENTINEL}|[{IDEOGRAPHS}]|{_RUN}")
_GAP = re.compile(rf"[^\w {IDEOGRAPHS}{MARKS}][^\w{IDEOGRAPHS}]*")
_IDEOGRAPH = re.compile(f"[{IDEOGRAPHS}]")
_SHORTEST_LAST_WORD = 4


def _ends_sentence(text: str, stop: int) -> bool:
    """Whether the full stop at `stop`, with a blank after it, ends a sentence."""
    start = stop
    while start and text[start - 1].isalpha() and not _IDEOGRAPH.match(text[start - 1]):
        start -= 1
    word = text[start:stop]
    return len(word) >= _SHORTEST_LAST_WORD and word not in _ABBREVIATIONS


def _follows_ideograph(text: str, end: int) -> bool:
    """Whether the last letter or digit before `end` is an ideograph."""
    while end and not (text[end - 1].isalnum() or _IDEOGRAPH.match(text[end - 1])):
        end -= 1
    return bool(end and _IDEOGRAPH.match(text[end - 1]))


def _bridge(gap: re.Match[str]) -> str:
    """What stands for the punctuation (and what follows it) between two tokens."""
    text, after = gap.string, gap.end()
    if "\n" in gap[0] or ".." in gap[0]:
        return SENTINEL
    if gap[0].startswith(". ") and _ends_sentence(text, gap.start()):
        return SENTINEL
    if _IDEOGRAPH.match(text, after) and _follows_ideograph(text, gap.start()):
        return SENTINEL
    return " "


def _without(text: str, found: list[Gloss]) -> str:
    if not found:
        return text
    edges = [0, *(edge for gloss in found for edge in gloss[:2]), len(text)]
    return "".join(text[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True))


def _tokens(text: str) -> list[str]:
    """Tokens of a plain text without glosses."""
    tokens: list[str] = _TOKEN.findall(_GAP.sub(_bridge, text))
    # A gap becomes at most one sentinel, so only the ends can have one too many.
    if tokens and tokens[-1] == SENTINEL:
        tokens.pop()
    return tokens[1:] if tokens and tokens[0] == SENTINEL else tokens


def stream(text: str) -> str:
    """The tokens of the text joined by single blanks; sentinels only between tokens."""
    form = plain(text)
    if "(" in form:
        form = _without(form, glosses(form))
    return " ".join(_tokens(form))


class _Places(NamedTuple):
    """Where tokens stood: character ranges, and (syllables, end) of glosses after a token."""

    spans: list[tuple[int, int]]
    glosses: dict[int, list[tuple[int, int]]]


@dataclass(frozen=True)
class Folded:
    """A text and its token stream."""

    original: str
    stream: str

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        return tuple(self.stream.split())

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Range of characters in `original` that tokens `first` to `last` (inclusive) came from.

        Covers everything between them, and a gloss after the last one if its whole word is inside:
        what a reader sees highlighted looks whole. Raises IndexError if there is no such token.
        """
        if not 0 <= first <= last:
            raise IndexError(f"tokens {first} to {last}")
        start, end = self._places.spans[first][0], self._places.spans[last][1]
        for syllables, gloss_end in self._places.glosses.get(last, ()):
            if syllables <= last - first + 1:
                end = gloss_end
        return start, end

    @cached_property
    def _places(self) -> _Places:
        return _places(self)


def _places(folded: Folded) -> _Places:
    """The slow way through the fold, only walked for snippets: the same tokens, with places."""
    form, starts, ends = "", [], []
    pieces = plain_pieces(folded.original)
    form = "".join(piece for piece, _, _ in pieces)
    for piece, start, end in pieces:
        starts += [start] * len(piece)
        ends += [end] * len(piece)
    found = glosses(form)
    outside = _outside(len(form), found)
    spans: list[tuple[int, int]] = []
    at: dict[int, int] = {}  # index in form after a token → index of that token
    words = (m.span() for m in _TOKEN.finditer(_without(form, found)) if m[0] != SENTINEL)
    for index, token in enumerate(folded.tokens):
        if token == SENTINEL:
            spans.append((spans[-1][1], spans[-1][1]))  # its end is known with the next token
            continue
        a, b = next(words)
        if spans and folded.tokens[index - 1] == SENTINEL:
            spans[-1] = (spans[-1][0], starts[outside[a]])
        spans.append((starts[outside[a]], ends[outside[b - 1]]))
        at[outside[b - 1] + 1] = index
    after: dict[int, list[tuple[int, int]]] = {}
    for gloss in found:
        index = at.pop(gloss.start)
        after.setdefault(index, []).append((gloss.syllables, ends[gloss.end - 1]))
        at[gloss.end] = index  # another gloss may stand directly behind
    return _Places(spans, after)


def _outside(length: int, found: list[Gloss]) -> list[int]:
    """Indices of the characters that stand in no gloss."""
    edges = [0, *(edge for gloss in found for edge in gloss[:2]), length]
    return [i for a, b in zip(edges[::2], edges[1::2], strict=True) for i in range(a, b)]


def fold(text: str) -> Folded:
    """The text with its token stream; places of tokens are worked out when first asked for."""
    return Folded(text, stream(text))


def name_token(name: str) -> str:
    """One token for a name, told apart from every other name but for case and width (NFKC).

    ASCII that FTS5 would cut at becomes its full-width form, and control characters become
    half-width katakana: neither survives NFKC, so no other name can hold them.
    """
    form = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return form.translate(_WHOLE)


_CUTTING = [chr(c) for c in range(0x80) if not chr(c).isalnum()]
_WHOLE = str.maketrans(
    {
        c: chr(0xFF61 + i)
        if c < " " or c == "\x7f"
        else "\u3000"
        if c == " "
        else chr(ord(c) + 0xFEE0)
        for i, c in enumerate(_CUTTING)
    }
)


def content_hash(text: str) -> str:
    """`FOLD_VERSION:hex` over the tokens alone: the same for a copy in Traditional characters,
    with reading glosses, or with other punctuation and line breaks."""
    words = stream(text).replace(f"{SENTINEL} ", "")
    return f"{FOLD_VERSION}:{hashlib.blake2b(words.encode(), digest_size=16).hexdigest()}"

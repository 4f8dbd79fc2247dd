"""Short passages around the words that matched, in the reader's own text.

Width counts columns of a terminal: an ideograph takes two. A passage starts and ends where a
sentence, else a clause, else a word does; "…" says that it was cut inside a sentence. It is one
line without control characters, but still text from outside: whoever prints it escapes it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from archive.query.leaf import Term
    from archive.query.spans import Document, Span

CUT = "…"

_SENTENCE_END = re.compile(r"(?:[。！？!?；;]|\.(?=\s))+[”’」』）)]*|\n+")
_CLAUSE_END = re.compile(r"[，,、：:—]+")

_REPLACED = (
    dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000)], 0xFFFD)
    | dict.fromkeys(map(ord, "\t\n\v\f\r\x85"), 0x20)
    # Marks that turn the direction of writing could make a line read as what it does not say.
    | dict.fromkeys([0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
)
#: Whether there is anything to replace: most passages have nothing, and the test is the cheaper.
_UNCLEAN = re.compile(f"[{re.escape(''.join(map(chr, _REPLACED)))}]|[^\\S ]|  ")


@dataclass(frozen=True, slots=True)
class Snippet:
    """One line of text; `marks` are the (start, end) of the words in it that matched."""

    text: str
    marks: tuple[tuple[int, int], ...]
    field: str  # title | body


@dataclass(slots=True)
class _Window:
    """Words that fit into one passage."""

    field: str
    start: int
    end: int
    words: list[tuple[int, int]]
    terms: set[Term]


def columns(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return len(text) if text.isascii() else sum(map(_width, text))


class _Widths(dict[str, int]):
    """Character → how many columns it takes, worked out once."""

    def __missing__(self, char: str) -> int:
        width = 2 if unicodedata.east_asian_width(char) in "WF" else 1
        self[char] = 0 if unicodedata.category(char) in ("Mn", "Me", "Cf") else width
        return self[char]


_width = _Widths().__getitem__  # half the time of a function with a cache


def snippets(
    document: Document, spans: Sequence[Span], *, width: int = 80, most: int = 3
) -> tuple[Snippet, ...]:
    """Passages that show every term once if `most` allows; title first, then in text order.

    Without spans in the title or text: the beginning of the text (or the title), unmarked.
    """
    windows = [
        window
        for field in ("body", "title")
        for window in _windows(document.original(field), field, spans, width)
    ]
    chosen = sorted(
        _choose(windows, most), key=lambda window: (window.field == "body", window.start)
    )
    if not chosen:
        field = "body" if document.body.strip() else "title"
        chosen = [_Window(field, 0, 0, [], set())]
    made = list(_passages(document, chosen, width))
    return tuple(snippet for snippet in made if snippet.text)


def _windows(text: str, field: str, spans: Iterable[Span], width: int) -> Iterator[_Window]:
    """Neighbouring words put together as long as a quarter of the width is left around them."""
    window: _Window | None = None
    for span in sorted((s for s in spans if s.field == field), key=lambda s: (s.start, s.end)):
        if window is not None and _fits(text, window.start, span.end, width * 3 // 4):
            window.end = max(window.end, span.end)
            window.words.append((span.start, span.end))
            window.terms.add(span.term)
            continue
        if window is not None:
            yield window
        window = _Window(field, span.start, span.end, [(span.start, span.end)], {span.term})
    if window is not None:
        yield window


def _fits(text: str, start: int, end: int, width: int) -> bool:
    # The first test spares measuring a whole text; it assumes few characters without a width.
    return end - start <= 2 * width and columns(text[start:end]) <= width


def _choose(windows: Sequence[_Window], most: int) -> Iterator[_Window]:
    """Again and again the first window with the most terms not shown yet."""
    shown: set[Term] = set()
    for _ in range(most):
        best = max(windows, key=lambda window: len(window.terms - shown), default=None)
        if best is None or best.terms <= shown:
            return
        shown |= best.terms
        yield best


def _passages(document: Document, chosen: Sequence[_Window], width: int) -> Iterator[Snippet]:
    end = 0
    for number, window in enumerate(chosen):
        text = document.original(window.field)
        before = chosen[number - 1] if number else None
        after = chosen[number + 1] if number + 1 < len(chosen) else None
        # No passage repeats what its neighbours show.
        first = end if before is not None and before.field == window.field else 0
        last = after.start if after is not None and after.field == window.field else len(text)
        start, end = _bounds(text, window, (max(first, 0), last), width)
        yield _snippet(text, window, start, end)


def _bounds(text: str, window: _Window, limits: tuple[int, int], width: int) -> tuple[int, int]:
    """Where the passage around a window begins and ends."""
    first, last = limits
    room = width - 2 * columns(CUT)
    words_end = _reach(text, window.start, min(window.end, last), room)
    spare = room - columns(text[window.start : words_end])
    behind = columns(text[words_end : min(last, words_end + spare + 1)])
    start = _begin(text, first, window.start, max(spare // 3, spare - behind))
    spare -= columns(text[start : window.start])
    return start, _finish(text, words_end, last, spare)


def _reach(text: str, start: int, stop: int, width: int) -> int:
    """The furthest end such that text[start:end] takes at most `width` columns."""
    for index in range(start, stop):
        width -= _width(text[index])
        if width < 0:
            return index
    return stop


def _begin(text: str, first: int, start: int, width: int) -> int:
    """The first good place to begin at, at most `width` columns before `start`."""
    lowest = start
    while lowest > first and (width := width - _width(text[lowest - 1])) >= 0:
        lowest -= 1
    if lowest == first or _ends_sentence(text, lowest):
        return lowest
    for pattern in (_SENTENCE_END, _CLAUSE_END):
        if found := pattern.search(text, lowest, start):
            return found.end()
    return next((at for at in range(lowest, start) if _begins_word(text, at)), lowest)


def _finish(text: str, end: int, last: int, width: int) -> int:
    """The last good place to end at, at most `width` columns after `end`."""
    highest = _reach(text, end, last, width)
    if highest == last:
        return last
    half = (end + highest) // 2  # rather a cut than a stub
    for pattern in (_SENTENCE_END, _CLAUSE_END):
        if places := [found.end() for found in pattern.finditer(text, half, highest)]:
            return places[-1]
    return next((at for at in range(highest, end, -1) if not _splits_word(text, at)), highest)


def _splits_word(text: str, at: int) -> bool:
    """Whether both sides of an offset belong to one word of letters or digits, not ideographs."""
    sides = text[at - 1 : at + 1]
    return len(sides) == 2 and sides.isalnum() and all(_width(char) == 1 for char in sides)


def _begins_word(text: str, at: int) -> bool:
    """Whether a passage may begin here: not with punctuation, nor inside a reading in brackets."""
    return text[at].isalnum() and text[at - 1] not in "(（" and not _splits_word(text, at)


def _ends_sentence(text: str, at: int) -> bool:
    """Whether what stands before an offset is whole: the beginning, a sentence or a paragraph."""
    before = text[max(0, at - 8) : at]
    bare = before.rstrip()
    return (
        not bare
        or "\n" in before[len(bare) :]
        or bare.rstrip("”’」』）)\"'").endswith(tuple("。！？!?；;."))
    )


def _snippet(text: str, window: _Window, start: int, end: int) -> Snippet:
    stop = window.start if window.words else end
    while start < stop and not _clean(text[start]).strip():
        start += 1
    pieces = ["" if _ends_sentence(text, start) else CUT]
    marks: list[tuple[int, int]] = []
    at = start
    for word_start, word_end in _united(window.words):
        if word_start >= end:
            break
        pieces.append(_clean(text[at:word_start]))
        begin = sum(map(len, pieces))
        at = min(word_end, end)
        pieces.append(_clean(text[word_start:at]))
        marks.append((begin, begin + len(pieces[-1])))
    rest, whole = _clean(text[at:end]).rstrip(), not text[end:].strip() or _ends_sentence(text, end)
    pieces += [rest] if whole else [rest.rstrip("，,、：:— "), CUT]
    return Snippet("".join(pieces), tuple(marks), window.field)


def _united(words: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The words in order, those that overlap as one."""
    united: list[tuple[int, int]] = []
    for start, end in sorted(words):
        if united and start < united[-1][1]:
            united[-1] = united[-1][0], max(end, united[-1][1])
        else:
            united.append((start, end))
    return united


def _clean(text: str) -> str:
    if _UNCLEAN.search(text) is None:
        return text
    return re.sub(r"\s+", " ", text.translate(_REPLACED))

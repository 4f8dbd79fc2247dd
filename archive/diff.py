"""What changed from one text to the next, by paragraph, with the words marked. Pure.

    paragraphs aligned ─▶ same | gone | new ─▶ gone and new that resemble each other: changed
                                              ─▶ its words aligned ─▶ pieces

A word is an ideograph or a run of other letters and digits. Of every diff, the pieces that are not
`new` spell the old text and those that are not `gone` the new one.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Mark = Literal["same", "gone", "new"]
Kind = Literal["same", "gone", "new", "changed"]

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{_CJK}]|[^\W{_CJK}]+|\s+|[^\w\s]|.", re.DOTALL)
_ALIKE = 0.4  # of their words that two paragraphs share, to be one that was changed
_MOST_PAIRS = 4_000  # paragraphs gone times paragraphs new that are compared with each other
_MOST_WORDS = 3_000  # of a paragraph; longer ones are shown as gone and new
_MOST_PARAGRAPHS = 3_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters that stayed, went or came."""

    mark: Mark
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of the old text, of the new one, or of both."""

    kind: Kind
    pieces: tuple[Piece, ...]


def diff(old: str, new: str) -> tuple[Paragraph, ...]:
    """The paragraphs (lines) of both texts in their order, each with what became of it."""
    before, after = old.split("\n"), new.split("\n")
    return tuple(
        paragraph
        for tag, gone, came in _blocks(before, after, _MOST_PARAGRAPHS)
        for paragraph in (map(_same, gone) if tag == "equal" else _replaced(gone, came))
    )


def near_changes(paragraphs: Sequence[Paragraph], around: int = 1) -> list[Paragraph | None]:
    """Changes and what stands beside them; None where unchanged paragraphs are left out.

    Nothing at all where nothing has changed.
    """
    near = {
        number + step
        for number, paragraph in enumerate(paragraphs)
        if paragraph.kind != "same"
        for step in range(-around, around + 1)
    }
    shown: list[Paragraph | None] = []
    for number, paragraph in enumerate(paragraphs):
        if number in near:
            shown.append(paragraph)
        elif near and (not shown or shown[-1] is not None):
            shown.append(None)
    return shown


def line_diff(old: str, new: str) -> tuple[Piece, ...]:
    """The words of one line: a title, say."""
    if old == new:
        return (Piece("same", old),) if old else ()
    a, b = _WORD.findall(old), _WORD.findall(new)
    pieces: list[Piece] = []
    for tag, gone, came in _blocks(a, b, _MOST_WORDS):
        if tag == "equal":
            pieces.append(Piece("same", "".join(gone)))
        else:
            pieces += [Piece("gone", "".join(gone)), Piece("new", "".join(came))]
    return _joined([piece for piece in pieces if piece.text])


def _blocks(
    a: Sequence[str], b: Sequence[str], most: int
) -> Iterator[tuple[str, Sequence[str], Sequence[str]]]:
    """("equal" | "replace", part of a, part of b); beyond `most`, only both ends are aligned."""
    head = 0
    while head < min(len(a), len(b)) and a[head] == b[head]:
        head += 1
    tail = 0
    while tail < min(len(a), len(b)) - head and a[-1 - tail] == b[-1 - tail]:
        tail += 1
    if head:
        yield "equal", a[:head], b[:head]
    inner_a, inner_b = a[head : len(a) - tail], b[head : len(b) - tail]
    if max(len(inner_a), len(inner_b)) > most:
        yield "replace", inner_a, inner_b
    elif inner_a or inner_b:
        matcher = SequenceMatcher(None, inner_a, inner_b, autojunk=False)
        for tag, i, j, k, m in matcher.get_opcodes():
            yield "equal" if tag == "equal" else "replace", inner_a[i:j], inner_b[k:m]
    if tail:
        yield "equal", a[len(a) - tail :], b[len(b) - tail :]


def _replaced(gone: Sequence[str], came: Sequence[str]) -> Iterator[Paragraph]:
    """Paragraphs that went and that came; those that resemble each other are one that changed."""
    i = k = 0
    for m, n in [*_pairs(gone, came), (len(gone), len(came))]:
        yield from (Paragraph("gone", (Piece("gone", text),)) for text in gone[i:m])
        yield from (Paragraph("new", (Piece("new", text),)) for text in came[k:n])
        if m < len(gone):
            yield Paragraph("changed", line_diff(gone[m], came[n]))
        i, k = m + 1, n + 1


def _pairs(gone: Sequence[str], came: Sequence[str]) -> list[tuple[int, int]]:
    """Which resemble each other, in the order of both: the alignment with the most in common."""
    if not gone or not came or len(gone) * len(came) > _MOST_PAIRS:
        return []
    left, right = [_words(text) for text in gone], [_words(text) for text in came]
    best = [[0.0] * (len(came) + 1) for _ in range(len(gone) + 1)]
    alike = [[_alike(a, b) for b in right] for a in left]
    for i in reversed(range(len(gone))):
        for k in reversed(range(len(came))):
            paired = alike[i][k] + best[i + 1][k + 1] if alike[i][k] >= _ALIKE else 0.0
            best[i][k] = max(paired, best[i + 1][k], best[i][k + 1])
    pairs, i, k = [], 0, 0
    while i < len(gone) and k < len(came):
        if best[i][k] == best[i + 1][k]:
            i += 1
        elif best[i][k] == best[i][k + 1]:
            k += 1
        else:
            pairs.append((i, k))
            i, k = i + 1, k + 1
    return pairs


def _words(text: str) -> Counter[str]:
    return Counter(word for word in _WORD.findall(text) if word[0].isalnum())


def _alike(a: Counter[str], b: Counter[str]) -> float:
    """The share of their words that two paragraphs have in common."""
    size = a.total() + b.total()
    return 2 * (a & b).total() / size if size else 0.0


def _same(text: str) -> Paragraph:
    return Paragraph("same", (Piece("same", text),) if text else ())


def _joined(pieces: list[Piece]) -> tuple[Piece, ...]:
    """Pieces for people: a blank or a comma that stayed between two changes changes with them."""
    marks: list[Piece] = []
    for number, piece in enumerate(pieces):
        inside = 0 < number < len(pieces) - 1
        if piece.mark == "same" and inside and not any(char.isalnum() for char in piece.text):
            marks += [Piece("gone", piece.text), Piece("new", piece.text)]
        else:
            marks.append(piece)
    joined: list[Piece] = []
    for stays, run in groupby(marks, key=lambda piece: piece.mark == "same"):
        part = list(run)
        for mark in ("same",) if stays else ("gone", "new"):
            text = "".join(piece.text for piece in part if piece.mark == mark)
            if text:
                joined.append(Piece(mark, text))  # type: ignore[arg-type]
    return tuple(joined)

"""Whether two bodies are one story: much the same words, and not one form filled in twice.

Compared are shingles (runs of four words). `contained` is the part of the shorter body that stands
in the longer one, so that a text cut to a third or run with an introduction is a copy. A form is
told by what differs: its figures (market reports), or small changes all over the text with the
same names again and again (notices, signings). Pure and symmetric: `compare(a, b)` and
`compare(b, a)` agree on `near`.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

from archive.fingerprint import LEAST, SHINGLE, shingles

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

SHORT: Final = 60  # words below which nearly everything must agree
LONG: Final = 200  # words from which CONTAINED is enough
CONTAINED: Final = 0.6
CONTAINED_SHORT: Final = 0.8
CUT: Final = 0.25  # of the longer body that the shorter one has at least
SMALL: Final = 12  # words of a change that may be a name or a figure put into a form
FIGURES: Final = 0.2  # of the figures may differ
IDEOGRAPH: Final = 0.6  # of a word that an ideograph stands for
APART: Final = 12  # words from one small change to the next, on average, at least
#: Names are told by words that come back and that the other text does not have at all:
#: (words from one change to the next, at most; part of the lost words that come back; how many).
NAMES: Final = ((26, 0.6, 4), (60, 0.8, 6))

_FIGURE: Final = re.compile(r"\d")  # of any script


@dataclass(frozen=True, slots=True)
class Likeness:
    """How a body `a` stands to a body `b`."""

    shared: float  # part of a's shingles that stand in b
    length: float  # words of a by words of b
    near: bool
    why: str  # in words for people


@dataclass(frozen=True, slots=True)
class _Changes:
    """Small changes of one body against another, between passages that both have."""

    common: float  # words in shared passages
    number: int
    figures: int  # in shared passages, different ones
    figures_changed: int
    lost: Counter[str]  # words of the changes, but figures, that the other body does not have

    @property
    def apart(self) -> float:
        return self.common / max(self.number, 1)

    @property
    def names(self) -> bool:
        """Whether the words lost are those of a few names: the same again and again."""
        back = [count for count in self.lost.values() if count > 1]
        total = self.lost.total()
        return len(back) > 1 and any(
            self.apart < apart and sum(back) >= part * total and total >= least
            for apart, part, least in NAMES
        )


def compare(a: Sequence[str], b: Sequence[str]) -> Likeness:
    """Compare the words of two bodies (`archive.fingerprint.Print.words`)."""
    of_a, of_b = shingles(a), shingles(b)
    in_a, in_b = set(of_a), set(of_b)
    if not in_a or not in_b:
        return Likeness(float(a == b), len(a) / max(len(b), 1), a == b, "too short to compare")
    both = in_a & in_b
    shared = len(both) / len(in_a)
    reason = _too_little(len(a), len(b), len(both) / min(len(in_a), len(in_b)))
    if reason is None:
        changes = _changes(a, of_a, in_b, frozenset(b)), _changes(b, of_b, in_a, frozenset(a))
        reason = _form(*changes, short=min(len(a), len(b)) < SHORT)
    return Likeness(shared, len(a) / len(b), reason is None, reason or "the same text")


def _too_little(a: int, b: int, contained: float) -> str | None:
    shorter, longer = sorted((a, b))
    if shorter < LEAST:
        return "too short to be similar"
    if shorter < CUT * longer:
        return f"only {shorter / longer:.0%} as long"
    place = min(max((shorter - SHORT) / (LONG - SHORT), 0.0), 1.0)
    least = CONTAINED_SHORT + place * (CONTAINED - CONTAINED_SHORT)
    if contained < least:
        return f"{contained:.0%} in common, of {least:.0%} that a text of {shorter} words needs"
    if shorter < SHORT and shorter < CONTAINED * longer:
        return f"too short to be a part: {shorter} of {longer} words"
    return None


def _changes(
    words: Sequence[str], runs: Sequence[str], other: Collection[str], others: Collection[str]
) -> _Changes:
    """What stands between shared passages, where it is small.

    A shared shingle covers SHINGLE words; words that none covers have changed.
    """
    covered = bytearray(len(words))
    for place, shingle in enumerate(runs):
        if shingle in other:
            covered[place : place + SHINGLE] = b"\x01" * SHINGLE
    number, common, place = 0, 0.0, 0
    kept: set[str] = set()
    changed: Counter[str] = Counter()
    for shared, group in groupby(covered):
        length = len(list(group))
        passage = words[place : place + length]
        if shared:
            common += sum(1 if word.isascii() else IDEOGRAPH for word in passage)
            kept.update(filter(_FIGURE.search, passage))
        elif 0 < place < len(words) - length and length <= SMALL:
            number += 1
            changed.update(word for word in passage if word not in others)
        place += length
    figures = [word for word in changed if _FIGURE.search(word)]
    lost = Counter({word: changed[word] for word in changed if not _FIGURE.search(word)})
    return _Changes(common, number, len(kept), len(figures), lost)


def _form(a: _Changes, b: _Changes, *, short: bool) -> str | None:
    """Why the two are one form with other names and figures; None if they are not."""
    figures, changed = min(a.figures, b.figures), min(a.figures_changed, b.figures_changed)
    if changed and (short or (changed > 1 and changed > FIGURES * (figures + changed))):
        return f"a form with other figures: {changed} of {figures + changed} differ"
    number, apart = min(a.number, b.number), max(a.apart, b.apart)
    if short and number > 2:
        return f"a short text with {number} changes"
    if number > 2 and apart < APART:
        return f"a form filled in anew: a change every {apart:.0f} words"
    if a.names and b.names:
        return f"a form with other names: {number} changes, the same words again and again"
    return None


def describe(likeness: Likeness) -> str:
    """How a stands to b, as in "93 % the text", "the text cut to 40 %"."""
    length = f"{likeness.length:.0%}".replace("%", " %")
    shared = f"{likeness.shared:.0%}".replace("%", " %")
    if likeness.length < 0.9:
        return f"cut to {length}" + (f", {shared} of it the same" if likeness.shared < 0.95 else "")
    if likeness.length > 1.1:
        return f"extended to {length}"
    return "the same text" if likeness.shared == 1 else f"{shared} the text"

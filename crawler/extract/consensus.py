"""Which of several readings of a page is the article: the one that agrees best with the others.

Agreement is that of bags of runs of four words: 1 the same text, 0 nothing in common. The reading
that is nearest to all others together (their medoid) is chosen, since extractors rarely make the
same mistake. Nothing is mixed: a vote on every paragraph was worse.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_RUN: Final = 4  # words; an ideograph is one
_MOST: Final = 50_000  # words of a reading that are compared: a book
_HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
#: An ideograph, or a run of other letters and digits.
WORD: Final = re.compile(rf"[{_HAN}]|[^\W{_HAN}]+")


@dataclass(frozen=True, eq=False)  # two extractors may read the same
class Reading:
    """What one extractor read; one that `only_votes` is never chosen."""

    text: str
    only_votes: bool = False
    #: Agreement with others: each pair is asked for several times.
    compared: WeakKeyDictionary[Reading, float] = field(
        default_factory=WeakKeyDictionary, repr=False
    )

    @cached_property
    def runs(self) -> Counter[tuple[str, ...]]:
        words = [match[0] for match in islice(WORD.finditer(self.text), _MOST)]
        return Counter(tuple(words[at : at + _RUN]) for at in range(max(1, len(words) - _RUN + 1)))


def agreement(one: Reading, other: Reading) -> float:
    """F1 of the runs of two readings; 1 for two empty ones."""
    if one is other:
        return 1.0
    if other not in one.compared:
        one.compared[other] = other.compared[one] = _agreement(one, other)
    return one.compared[other]


def _agreement(one: Reading, other: Reading) -> float:
    return 2 * (one.runs & other.runs).total() / (one.runs.total() + other.runs.total())


def medoid(votes: Mapping[Reading, float]) -> Reading:
    """The reading that agrees best with all, by their votes; of equals the first.

    A reading with more than one vote stands for several of its kind, and agrees with them. Raises
    ValueError where no reading may be chosen.
    """

    def agreed(one: Reading) -> float:
        others = (
            weight * agreement(one, other) for other, weight in votes.items() if other is not one
        )
        return sum(others) + votes[one] - 1

    return max((one for one in votes if not one.only_votes), key=agreed)


def doubtful(chosen: Reading, readings: Iterable[Reading], least: float) -> bool:
    """Whether any reading agrees with the chosen one less than `least`."""
    return any(agreement(chosen, other) < least for other in readings)

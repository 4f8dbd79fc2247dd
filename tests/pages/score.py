"""How much of a text was found, and how much else: bags of runs of four words. Pure.

Per page the shared, surplus and missing runs are shares of their sum; precision and recall are the
means over pages, and F1 is that of the two means. An ideograph counts as a word.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

RUN = 4
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002ffff"
_WORD = re.compile(rf"[{_HAN}]|[^\W{_HAN}]+")


@dataclass(frozen=True)
class Shares:
    """Of one page; they add up to 1, or are all 0 if both texts are empty."""

    shared: float
    surplus: float
    missing: float

    @property
    def precision(self) -> float:
        return _share(self.shared, self.surplus, self.missing)

    @property
    def recall(self) -> float:
        return _share(self.shared, self.missing, self.surplus)


@dataclass(frozen=True)
class Score:
    """Of a set of pages."""

    f1: float
    precision: float
    recall: float


def compare(true: str, found: str) -> Shares:
    wanted, got = _runs(true), _runs(found)
    counts = (
        (wanted & got).total(),
        (got - wanted).total(),
        (wanted - got).total(),
    )
    whole = sum(counts) or 1
    return Shares(*(count / whole for count in counts))


def score(pages: Iterable[Shares]) -> Score:
    """Raises ValueError for no pages."""
    listed = list(pages)
    if not listed:
        raise ValueError("no pages")
    answered = [page.precision for page in listed if page.shared + page.surplus > 0]
    asked = [page.recall for page in listed if page.shared + page.missing > 0]
    precision = fmean(answered) if answered else 0.0
    recall = fmean(asked) if asked else 0.0
    both = precision + recall
    return Score(2 * precision * recall / both if both else 0.0, precision, recall)


def _runs(text: str) -> Counter[tuple[str, ...]]:
    words = _WORD.findall(text)
    runs = (tuple(words[at : at + RUN]) for at in range(max(1, len(words) - RUN + 1)))
    return Counter(run for run in runs if run)


def _share(shared: float, wrong: float, other: float) -> float:
    """Shared of shared and wrong; two empty texts agree."""
    if wrong == other == 0:
        return 1.0
    return shared / (shared + wrong) if shared + wrong else 0.0

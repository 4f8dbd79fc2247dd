"""Which paragraphs of a source are its furniture: pure decisions on what was seen of it.

A site that sets the same block into every page is found out by that: whatever stands on many of
its pages is no article. What two or three articles share is a quotation and stays.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from crawler.markup import key

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

PAGES: Final = 5  # on which a paragraph must have stood
SHARE: Final = 0.25  # of the source's pages since it was first seen
SHORTEST: Final = 4  # letters or digits of a paragraph that is kept count of
_LEFT: Final = 40  # letters and digits; with fewer left the page is rather kept as it is
#: Characters of a paragraph that is remembered; a page's whole text in one is not.
_LONG: Final = 2000
_BITS: Final = 62  # of a mark: an INTEGER of SQLite, never 0


@dataclass(frozen=True, slots=True)
class Habit:
    """A paragraph of a source: on how many pages it stood, the first of them by its number."""

    pages: int
    first: int


def mark(paragraph: str) -> int:
    """What a paragraph is known by, however it is spelled; 0 for one too short to count."""
    return (_remembered if len(paragraph) <= _LONG else _mark)(paragraph)


def _mark(paragraph: str) -> int:
    letters = key(paragraph)
    if len(letters) < SHORTEST:
        return 0
    digest = hashlib.blake2b(letters.encode("utf-8", "replace"), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> (64 - _BITS)) or 1


#: Asked several times while one article is filed.
_remembered: Final = lru_cache(maxsize=512)(_mark)


def marks(text: str) -> set[int]:
    """Of all paragraphs of a text that count."""
    return {found for line in text.split("\n") if (found := mark(line))}


def stripped(
    text: str, habits: Mapping[int, Habit], read: int, kept: Collection[int] = frozenset()
) -> str:
    """The text without the source's furniture.

    `read` is the number of its pages seen so far. `kept` are paragraphs that this very article
    was filed with: taking them out now would look like a change of it. A page that says hardly
    anything else stays as it is.
    """
    gone = {one for one, habit in habits.items() if one not in kept and is_furniture(habit, read)}
    if not gone:
        return text
    left = "\n".join(line for line in text.split("\n") if mark(line) not in gone)
    return left if len(key(left)) >= _LEFT else text


def is_furniture(habit: Habit, read: int) -> bool:
    """Whether a paragraph stood on many pages, and on much of what came since it was first seen."""
    return habit.pages >= PAGES and habit.pages >= SHARE * (read - habit.first + 1)

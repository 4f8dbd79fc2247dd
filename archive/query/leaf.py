"""What a query asks of an article: words, two words near each other, a date or a story.

Each kind is written for FTS5 or SQL here and tried on a record in `archive.query.spans`; both sides
read the same values, so that search and rules cannot differ.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection

#: Field of a term → the columns of the index in which it is looked for.
COLUMNS = {
    "": ("title", "body"),
    "title": ("title",),
    "author": ("author",),
    "source": ("source",),
    "lang": ("lang",),
    "site": ("site",),
}
#: Fields whose value is one token, compared as a whole.
NAMES = frozenset({"source", "lang", "site"})
#: Fields that compare a number that no index column holds.
FACTS = ("after", "before", "story")

_SHORT = 2  # tokens

#: What a query's SQL asks of the table article: when it appeared, and whether a story is its own.
APPEARED = "article.appeared"  # published, else first seen
#: Old links live: the number of a story that became one with others means all of them.
STORY = (
    "article.story IN (SELECT id FROM story WHERE root = (SELECT root FROM story WHERE id = :{}))"
)


@dataclass(frozen=True, slots=True)
class Term:
    """Tokens that must follow each other. Two terms are equal if they look for the same."""

    field: str  # a key of COLUMNS
    tokens: tuple[str, ...]
    prefix: bool  # the last token only has to begin so
    text: str = dataclasses.field(compare=False)  # as typed, with its quotes and its star

    def __str__(self) -> str:
        return f"{self.field}:{self.text}" if self.field else self.text

    def fts(self, *, anywhere: bool = False) -> str:
        """This as an FTS5 expression: one phrase in its columns.

        `anywhere` leaves them out where none but the authors can hold it besides.
        """
        if anywhere and self.is_long:
            return self.phrase()
        return f"{_columns(self.field)} : {self.phrase()}"

    @property
    def is_long(self) -> bool:
        """Whether it has more tokens than a name, and so many that FTS5 spends long on each."""
        return not self.field and len(self.tokens) > _SHORT

    def phrase(self) -> str:
        """The words alone, quoted: whatever they hold is text to FTS5."""
        words = " ".join(self.tokens).replace('"', '""')
        return f'"{words}"{" *" if self.prefix else ""}'


@dataclass(frozen=True, slots=True)
class Near:
    """Two terms of one field in one column, in any order, at most `gap` tokens between them."""

    left: Term
    right: Term
    gap: int

    @property
    def field(self) -> str:
        """The field of both terms."""
        return self.left.field

    def __str__(self) -> str:
        left, right = self.left.text, self.right.text
        inner = f"({left} NEAR/{self.gap} {right})"
        return f"{self.field}:{inner}" if self.field else inner

    def fts(self, *, anywhere: bool = False) -> str:
        """This as an FTS5 expression; `anywhere` as for a term."""
        near = f"NEAR({self.left.phrase()} {self.right.phrase()}, {self.gap})"
        return near if anywhere and self.is_long else f"{_columns(self.field)} : {near}"

    @property
    def is_long(self) -> bool:
        """Whether one of its terms has more tokens than a name."""
        return not self.field and max(len(self.left.tokens), len(self.right.tokens)) > 1

    def reach(self) -> tuple[int, int]:
        """How many tokens left may begin before right, and right before left.

        FTS5 counts from the end of the first to the beginning of the other, whatever overlaps.
        """
        return len(self.left.tokens) + self.gap, len(self.right.tokens) + self.gap


@dataclass(frozen=True, slots=True)
class Fact:
    """A comparison of the time when an article appeared, or of its story."""

    field: str  # one of FACTS
    value: int  # milliseconds since 1970, or the id of a story
    text: str = dataclasses.field(compare=False)  # as typed

    def __str__(self) -> str:
        return f"{self.field}:{self.text}"

    def condition(self, name: str) -> str:
        """This as an SQL condition; `name` is the parameter that stands for the value."""
        if self.field == "story":
            return STORY.format(name)
        return f"{APPEARED} {'<' if self.field == 'before' else '>='} :{name}"

    def is_true(self, appeared: int | None, stories: Collection[int | None]) -> bool:
        """Whether it holds of an article; a fact that is not known is not true.

        `stories` are the root and those that became one with it.
        """
        if self.field == "story":
            return self.value in stories
        if appeared is None:
            return False
        return appeared < self.value if self.field == "before" else appeared >= self.value


Leaf: TypeAlias = Term | Near | Fact


def _columns(field: str) -> str:
    columns = COLUMNS[field]
    return columns[0] if len(columns) == 1 else f"{{{' '.join(columns)}}}"

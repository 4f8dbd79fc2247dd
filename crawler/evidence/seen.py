"""What a page said about itself, kept with the place where it said so."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from archive.article import Evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.decode import Decoded

_MOST = 12  # pieces of evidence a field


class Seen(Protocol):
    """A statement of a page: what it said and where."""

    @property
    def value(self) -> str: ...
    @property
    def where(self) -> str: ...


S = TypeVar("S", bound=Seen)


@dataclass(frozen=True, slots=True)
class Field(Generic[S]):
    """All that a page says of one thing, the most trusted first, and what of it counts."""

    name: str  # evidence.field
    seen: Sequence[S]
    chosen: S | None

    @classmethod
    def first(cls, name: str, seen: Sequence[S]) -> Field[S]:
        """With the most trusted chosen."""
        return cls(name, seen, seen[0] if seen else None)

    @property
    def value(self) -> str:
        """What counts, "" where nothing does."""
        return self.chosen.value if self.chosen else ""

    def evidence(self) -> list[Evidence]:
        """As an article keeps it."""
        return gathered(self.name, self.seen, self.chosen)


def gathered(field: str, found: Sequence[Seen], chosen: Seen | None) -> list[Evidence]:
    """All that was seen, once each, the chosen first (it may be one that was not seen before)."""
    said = dict.fromkeys((one.value, one.where) for one in ([chosen] if chosen else []) + [*found])
    return [
        Evidence(field=field, value=value, where=where, chosen=chosen is not None and number == 0)
        for number, (value, where) in enumerate(islice(said, _MOST))
    ]


def coding(decoded: Decoded) -> Evidence:
    """How the bytes became text."""
    lost = f", {decoded.replaced} unreadable" if decoded.replaced else ""
    return Evidence(field="text", value=decoded.encoding, where=decoded.how + lost, chosen=True)

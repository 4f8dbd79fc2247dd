"""What a page said about itself, kept with the place where it said so."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Protocol

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

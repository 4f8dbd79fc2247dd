"""Names for sources that nobody has named yet."""

from __future__ import annotations

import re
from itertools import chain, count
from typing import TYPE_CHECKING
from unicodedata import normalize
from urllib.parse import urlsplit

from archive.urls import tidy

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST = 80  # characters; the config allows 100, and a number may follow
_UNWANTED = re.compile(r"[*?\[\]]+")


class Names:
    """The names that are taken, and new ones."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {_key(name) for name in taken}

    def take(self, url: str, wanted: str = "") -> str:
        """A name that a source may have and none has yet: as wanted, else the URL's host.

        Characters that a rule's `sources` would read as a pattern are left out; a number is added
        where the name is taken, capitals and widths of letters aside.
        """
        base = _usable(wanted) or _usable(_host(url)) or "source"
        numbered = (f"{base}-{number}" for number in count(2))
        name = next(name for name in chain([base], numbered) if _key(name) not in self._taken)
        self._taken.add(_key(name))
        return name


def same_address(url: str) -> str:
    """What two spellings of one URL have in common; the text itself where it is none."""
    try:
        return tidy(url)
    except ValueError:
        return url


def _usable(name: str) -> str:
    seen = "".join(char if char.isprintable() else " " for char in name[: 4 * _LONGEST])
    line = " ".join(_UNWANTED.sub(" ", seen).split()).lstrip("! ")
    return line[:_LONGEST].strip()


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:  # a bracket that never closes
        return ""


def _key(name: str) -> str:
    return normalize("NFKC", name).casefold()

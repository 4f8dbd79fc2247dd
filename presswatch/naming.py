"""Names for sources that nobody has named yet."""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING
from unicodedata import normalize
from urllib.parse import urlsplit

from archive.urls import tidy

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST = 80  # characters; the config allows 100, and a number may follow
_UNWANTED = re.compile(r"[*?\[\]]+")


def name_of(url: str, wanted: str = "", taken: Iterable[str] = ()) -> str:
    """A name that a source may have and none of `taken` has: as wanted, else the URL's host.

    Characters that a rule's `sources` would read as a pattern are left out; a number is added
    where the name is taken, capitals and widths of letters aside.
    """
    names = {_key(name) for name in taken}
    base = _usable(wanted) or _usable(_host(url)) or "source"
    if _key(base) not in names:
        return base
    return next(name for n in count(2) if _key(name := f"{base}-{n}") not in names)


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
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _key(name: str) -> str:
    return normalize("NFKC", name).casefold()

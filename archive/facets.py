"""What an article is beside its text, as tokens: its language, its authors and its site.

The index (`archive.index`) and the matcher (`archive.query.spans`) read these very values.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import idna

from archive.fold import name_token

if TYPE_CHECKING:
    from collections.abc import Iterable

_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*|[0-9a-f:]*:[0-9a-f:.]*", re.ASCII)


def host(url: str) -> str:
    """The host of an article's URL, in lower case; "" where there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def site_token(name: str) -> str:
    """One token for a host, so that the token of a domain begins those of its sub-domains.

    ``www.cnipa.gov.cn`` is ``cn.gov.cnipa.www.`` (in characters that FTS5 does not cut at).
    """
    return name_token("".join(f"{label}." for label in reversed(name.split(".")))) if name else ""


def typed_host(text: str) -> str | None:
    """The host that somebody means who writes it after ``site:``; None if it is none."""
    name = text.strip().strip(".").lower().removeprefix("[").removesuffix("]")
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except idna.IDNAError:
            return None
    return name if _HOST.fullmatch(name) else None


def bylines(authors: Iterable[str]) -> str:
    """All authors as one text, a line each: a phrase does not cross from one to the next."""
    return "\n".join(authors)

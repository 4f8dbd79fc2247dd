"""Where on a page a link stands: in its navigation, beside its matter, or in the matter itself."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bs4 import Tag

_FAR = 60  # levels up from a link; deeper pages are made to waste time
_MOST_OF_PAGE = 0.6  # a block with more of the page's links is the page, whatever its class says
_NAV = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|topnav|menu|submenu|breadcrumbs?|crumbs?|footer|foot|bottom"
    r"|copyright|pager|pagination|page-?numbers?|paging|tagcloud|tags?|login|share|social|friendlinks?"
    r"|links|toolbar|topbar|languages?|lang|sitemap|widget[_-]?(?:nav_menu|categories|tag_cloud|meta))"
    r"(?=$|[\s_-])",
    re.IGNORECASE,
)
#: Only around links outside headings: articles have headers too.
_TOP = re.compile(
    r"(?:^|\s)(?:(?:site|page|main)-?header|header|masthead|banner|top)(?=$|\s)", re.IGNORECASE
)
_SIDE = re.compile(
    r"(?:^|[\s_-])(?:sidebar|side|aside|widget|related|recommend(?:ed)?|hot|popular|trending|ranking"
    r"|most-?read|promo|ad|ads|sponsored)(?=$|[\s_-])",
    re.IGNORECASE,
)


class Places:
    """Tells the places of one page's links, judging each block once."""

    def __init__(self, links: Sequence[Tag]) -> None:
        self._inside = Counter(id(block) for link in links for block in islice(link.parents, _FAR))
        self._most = _MOST_OF_PAGE * len(links)
        self._judged: dict[int, str] = {}

    def of(self, link: Tag, *, heading: bool) -> str:
        """``nav``, ``side`` or ``""``. A link in a heading is no navigation for its header."""
        for block in islice(link.parents, _FAR):
            place = self._judged.get(id(block))
            if place is None:
                place = self._judged[id(block)] = self._judge(block)
            if place and not (place == "top" and heading):
                return "nav" if place == "top" else place
        return ""

    def _judge(self, block: Tag) -> str:
        place = _claims(block)
        surely = block.name in {"nav", "footer", "aside"}
        return place if surely or self._inside[id(block)] <= self._most else ""


def _claims(block: Tag) -> str:
    """What a block says of itself."""
    if block.name in {"body", "html", "[document]"}:
        return ""
    words = [
        " ".join(value) if isinstance(value, list) else value
        for name in ("class", "id", "role")
        if (value := block.get(name))
    ]
    if block.name in {"nav", "footer", "select"} or any(map(_NAV.search, words)):
        return "nav"
    if block.name == "header" or any(map(_TOP.search, words)):
        return "top"
    return "side" if block.name == "aside" or any(map(_SIDE.search, words)) else ""

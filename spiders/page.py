"""An HTML page as a tree, and what a CSS selector hits on it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bs4 import BeautifulSoup
from bs4.exceptions import ParserRejectedMarkup
from soupsieve import SelectorSyntaxError

from crawler.errors import NotAListing
from spiders.links import beginning
from spiders.sniff import Shape, after_prolog, shape

if TYPE_CHECKING:
    from bs4 import Tag

CHANGED = "this usually means that the page changed or needs JavaScript"
#: What is read of a page: what is new stands above.
_LONGEST = 2_000_000  # characters
_MOST_TAGS = 60_000  # start and end tags
_DEEPEST = 1000  # levels: bs4 walks up through all of them at each end of a tag
_DECLARATION = re.compile(r"<\?xml", re.IGNORECASE)  # bs4 warns of it, and it means nothing here
_LEVEL = re.compile(  # a tag that nests: not those without an end, or that end when the next begins
    r"<(/?)(?!(?:p|li|dd|dt|td|th|tr|t?body|thead|option|br|hr|img|input|meta|link|area|base|col|embed"
    r"|source|wbr)\b)[a-z]",
    re.IGNORECASE,
)


def parse_html(text: str, url: str) -> BeautifulSoup:
    """The page as a tree; raises NotAListing when it is no HTML."""
    came = shape(text)
    if came not in {Shape.HTML, Shape.XML}:
        raise NotAListing(url, cause=f"{came} came, not a page")
    try:
        return BeautifulSoup(_readable(text[after_prolog(text) :]), "lxml")
    except ParserRejectedMarkup as error:
        raise NotAListing(url, cause=f"a page that cannot be parsed ({error})") from error


def select_all(soup: BeautifulSoup, select: str, url: str) -> list[Tag]:
    """What a CSS selector hits; raises NotAListing for a selector that is none or hits nothing."""
    try:
        found = list(soup.select(select))
    except (SelectorSyntaxError, NotImplementedError) as error:
        cause = str(error).splitlines()[0].rstrip(".:")
        raise NotAListing(url, cause=f"the selector {select!r} cannot be read ({cause})") from error
    if not found:
        raise NotAListing(url, cause=f"the selector {select!r} hits nothing; {CHANGED}")
    return found


def _readable(text: str) -> str:
    """As much of a page as can be made a tree in good time."""
    text = _DECLARATION.sub("<!xml", beginning(text, _LONGEST, _MOST_TAGS))
    level = 0
    for tag in _LEVEL.finditer(text):
        level = max(0, level - 1) if tag.group(1) else level + 1
        if level > _DEEPEST:
            return text[: tag.start()]
    return text

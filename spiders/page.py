"""An HTML page as a tree, and what a CSS selector hits on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bs4 import BeautifulSoup
from bs4.exceptions import ParserRejectedMarkup
from soupsieve import SelectorSyntaxError

from crawler.errors import NotAListing
from spiders.sniff import Shape, after_prolog, shape

if TYPE_CHECKING:
    from bs4 import Tag

CHANGED = "this usually means that the page changed or needs JavaScript"
_LONGEST = 2_000_000  # characters of a page that are read; what is new stands above


def parse_html(text: str, url: str) -> BeautifulSoup:
    """The page as a tree; raises NotAListing when it is no HTML."""
    came = shape(text)
    if came not in {Shape.HTML, Shape.XML}:
        raise NotAListing(url, cause=f"{came} came, not a page")
    try:
        return BeautifulSoup(text[after_prolog(text) :][:_LONGEST], "lxml")
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

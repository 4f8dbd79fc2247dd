"""Whether the text of a page is an article."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawler.errors import Unreadable
from crawler.extract.consensus import WORD
from crawler.markup import key, tidy

if TYPE_CHECKING:
    from crawler.markup import Markup

#: Words (an ideograph is one) below which a text is no article: the shortest official notices have
#: some 60, teasers and error messages have fewer.
_SHORTEST = 50
_MOST_LINKED = 0.6  # of a text that are the words of links; more is a list of articles
_LINE_SAYS = 10  # words from which a line says something without a full stop
_TELLS = re.compile(r"[。！？；：.!?;:”」)）|]$|\s\|\s|\d")
_FOOTER = re.compile(
    r"版权所有|版權所有|copyright\s*(?:©|\(c\)|\d{4})|all rights reserved|ICP[备備证證]",
    re.IGNORECASE,
)


def check(body: str, markup: Markup, url: str) -> None:
    """Raises Unreadable, with the reason, for a text that is no article."""
    if not body:
        raise Unreadable(url, cause="no text was found on the page")
    words = len(WORD.findall(body))
    if words < _SHORTEST:
        raise Unreadable(url, cause=f"the text is too short for an article ({words} words)")
    links = {key(tidy(link.text_content())) for link in markup.tree.iter("a")}
    lines = body.split("\n")
    linked = sum(len(line) for line in lines if key(line) in links)
    if linked > _MOST_LINKED * len(body):
        raise Unreadable(url, cause="the text is a list of links")
    said = sum(map(_said, (line for line in lines if key(line) not in links)))
    if said < _SHORTEST:
        raise Unreadable(url, cause="there is nothing but links and the site's own furniture")


def _said(line: str) -> int:
    """The words of a line that tells something: a sentence, a row, not a label or a footer."""
    if _FOOTER.search(line):
        return 0
    words = len(WORD.findall(line))
    return words if words >= _LINE_SAYS or _TELLS.search(line) else 0

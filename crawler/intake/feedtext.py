"""The article as its feed brought it, for a page that cannot be had.

Feeds hold anything from a sentence to the whole article. What is filed must be an article: more
words than a page needs, since teasers are longer than one thinks, and no end that asks to read on.
"""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

from archive.article import Evidence, Raw
from archive.fold import SENTINEL, stream
from crawler.errors import BadStatus, Unreadable
from crawler.intake.offer import incoming

if TYPE_CHECKING:
    from datetime import datetime

    from archive.article import Incoming
    from crawler.errors import CrawlError
    from crawler.extract import Extracted
    from crawler.source import Page, Source

CONTENT_TYPE = "text/html; charset=utf-8"

#: Tokens; the summaries that blogs make by themselves have 55 words, with their last line some 70.
_FEWEST = 100
_LEADS_ON = re.compile(
    r"(?:\[?(?:…|\.\.\.|⋯⋯|……)\]?|(?:read|see) (?:more|on|the (?:full|whole|rest)[^.\n]{0,40})"
    r"|continue reading[^\n]{0,200}|(?:阅读|閱讀|查看|点击|點擊)(?:全文|更多|原文))\W*$",
    re.IGNORECASE,
)


def document(page: Page) -> bytes:
    """The feed's content as a page that the extraction can read, in UTF-8."""
    title = escape(page.title)
    return (
        f'<!doctype html><html><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body><article><h1>{title}</h1>{page.content}</article></body></html>"
    ).encode("utf-8", "replace")


def article(
    source: Source, page: Page, extracted: Extracted, error: CrawlError, fetched_at: datetime
) -> Incoming:
    """What is offered to the archive instead of a page that `error` has kept from us.

    The response that is kept is the feed's content, under the feed's address. Raises Unreadable
    if it is no article.
    """
    found = sum(token != SENTINEL for token in stream(extracted.text).split())
    if found < _FEWEST:
        raise Unreadable(page.url, cause=f"the feed brings only a summary ({found} words)")
    if _LEADS_ON.search(extracted.text[-300:]):
        raise Unreadable(page.url, cause="the feed brings only a beginning")
    raw = Raw(
        url=page.url,
        status=200,
        headers=(("Content-Type", CONTENT_TYPE),),
        body=page.content.encode("utf-8", "replace"),
        fetched_at=fetched_at,
    )
    mark = Evidence(field="text", value=_why(error), where="feed", chosen=True)
    kept = tuple(item for item in extracted.evidence if item.field not in {"text", "canonical"})
    offered = incoming(source, page, raw, replace(extracted, canonical=""))
    return replace(offered, evidence=(mark, *kept), raw=replace(raw, url=source.url))


def _why(error: CrawlError) -> str:
    """What kept the page from us, as the end of a sentence."""
    if isinstance(error, BadStatus):
        return f"the page answered {error.cause}"
    return f"the page could not be had: {error.cause or error}"

"""From an extracted page to what the archive is offered: where it lives, and whether it is news."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from archive.article import Incoming, Raw
from archive.urls import same_site, tidy

if TYPE_CHECKING:
    from crawler.extract import Extracted
    from crawler.source import Page, Source

_NUMBERS = re.compile(r"\d{4,}")
_DIGIT = re.compile(r"\d")
_WORDS = re.compile(r"[^/.?=&_-]+")


def incoming(source: Source, page: Page, raw: Raw, extracted: Extracted) -> Incoming:
    """The article as it is offered to the archive; `raw.url` is where the redirects ended."""
    landed = tidy(raw.url)
    url = home(landed, extracted.canonical)
    dated = extracted.published
    return Incoming(
        source=source.name,
        url=url,
        aliases=tuple(sorted({page.url, landed} - {url})),
        title=extracted.title or page.title or url,
        text=extracted.text,
        published=dated,
        published_precise=extracted.published_precise,
        authors=extracted.authors,
        language=extracted.language,
        evidence=extracted.evidence,
        captions=extracted.captions,
        credited_source=extracted.credited_source,
        raw=raw,
        quiet=page.quiet and (dated is None or dated < page.found - source.backlog),
        poll=page.poll,
    )


def home(landed: str, canonical: str) -> str:
    """The URL that names the article: rel=canonical where it can be believed, else where we landed.

    Believed only on the same site and only if it names the same thing: sites are met that declare
    their front page, or one fixed article, as canonical on every page, and each such page would
    be filed as a revision of the last.
    """
    if not canonical:
        return landed
    try:
        offered = tidy(canonical)
    except ValueError:
        return landed
    if not same_site(landed, offered):
        return landed
    told_apart_by = [
        value for _, value in parse_qsl(urlsplit(landed).query) if _DIGIT.search(value)
    ]
    if told_apart_by:
        return offered if set(told_apart_by) <= set(_WORDS.findall(offered)) else landed
    if _stem(offered) and _stem(offered) == _stem(landed):
        return offered
    numbers = set(_NUMBERS.findall(offered))
    return offered if numbers and numbers <= set(_NUMBERS.findall(landed)) else landed


def _stem(url: str) -> str:
    return PurePosixPath(urlsplit(url).path).stem

"""What `text`, `drop` and `ignore_lines` of a source do to its first pages; archived nowhere."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from crawler.errors import BadStatus, CrawlError
from crawler.extract import Page, extract
from crawler.extract.parts import missed
from crawler.extract.workers import Workers
from crawler.fetch.request import request_for
from crawler.source import DROPPED, IGNORED, PART
from presswatch.cli.common import plural
from presswatch.console import out, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archive.article import Evidence
    from crawler.extract import Extracted
    from crawler.fetch.transport import Transport
    from crawler.settings import FetchOptions
    from crawler.source import Link, Source

PAGES = 5  # that are fetched and read
_SHOWN = 60  # characters of a text's beginning and of its end


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A page and what was read of it; `error` says why nothing was."""

    link: Link
    extracted: Extracted | None = None
    error: str = ""

    @property
    def parts(self) -> list[Evidence]:
        """What each selector and each expression did."""
        found = self.extracted.evidence if self.extracted else ()
        return [one for one in found if one.field in {PART, DROPPED, IGNORED}]


async def look(
    transport: Transport, fetch: FetchOptions, source: Source, links: Sequence[Link]
) -> list[Looked]:
    """Read the first pages of a source that says what counts of them; none of another."""
    if source.parts is None:
        return []
    workers = Workers(
        1,
        fetch.extraction_timeout,
        fetch.extraction_memory_mb,
        task=partial(extract, thorough=fetch.extraction == "thorough"),
    )
    try:
        return [await _one(transport, workers, source, link) for link in links[:PAGES]]
    finally:
        await asyncio.to_thread(workers.close)


async def _one(transport: Transport, workers: Workers, source: Source, link: Link) -> Looked:
    try:
        response = link.page or await transport.fetch(request_for(source, link.url))
        if response.status != 200:
            raise BadStatus(link.url, status=response.status)
        page = Page(
            html=response.body,
            url=response.url,
            content_type=(response.headers.get("Content-Type") or b"").decode("latin-1"),
            timezone=source.timezone,
            fetched_at=datetime.now(UTC),
            title=link.title,
            published=link.published,
            author=link.author,
            parts=source.parts,
        )
        return Looked(link=link, extracted=await workers.extract(page))
    except CrawlError as error:
        return Looked(link=link, error=str(error))


def show(looked: Sequence[Looked]) -> None:
    """Each page with what was done to it, and how its text begins and ends."""
    for one in looked:
        out().print()
        out().print(text(one.link.title or one.link.url, "bold"), soft_wrap=True)
        if one.extracted is None:
            out().print(text(f"  not read: {one.error}", "red"), soft_wrap=True)
            continue
        for part in one.parts:
            key, _, what = part.where.partition(", ")
            style = "" if part.chosen else "yellow"
            out().print(text(f"  {key} {part.value}: {what}", style), soft_wrap=True)
        said = one.extracted.text
        ends = f" … {_line(said[-_SHOWN:])}" if len(said) > 2 * _SHOWN else ""
        read = f"  {len(said)} characters: {_line(said[:_SHOWN])}{ends}"
        out().print(text(read, "dim"), soft_wrap=True)
    if looked:
        out().print()


def _line(said: str) -> str:
    return said.replace("\n", " / ")


def complaint(looked: Sequence[Looked]) -> str:
    """That `text` matched nothing, and on how many of the pages; "" where it always did."""
    read = [one for one in looked if one.extracted is not None]
    wrong = sum(bool(missed(one.parts)) for one in read)
    return f"`text` matched nothing on {wrong} of {plural(len(read), 'page')}." if wrong else ""


def failed(looked: Sequence[Looked]) -> bool:
    """Whether `text` matched nothing on any page that could be read."""
    read = [one for one in looked if one.extracted is not None]
    return bool(read) and all(missed(one.parts) for one in read)


def row(one: Looked) -> dict[str, Any]:
    """What was read, for programs."""
    return {
        "characters": len(one.extracted.text) if one.extracted else 0,
        "error": one.error,
        "parts": [
            {
                "key": part.where.partition(", ")[0],
                "value": part.value,
                "matched": part.chosen,
            }
            for part in one.parts
        ],
    }

"""A folder of real pages with their truth, laid out on a site of their own."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.site import Site


@dataclass(frozen=True)
class Truth:
    """A page: where it is served, and its text."""

    path: str
    body: str
    html: bytes


def read(folder: Path) -> list[Truth]:
    """The pages of a folder; each keeps the path of its original URL, else gets one of its id."""
    lines = (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    paths = [urlsplit(row["url"] or "").path for row in rows]
    return [
        Truth(
            path=path if path.strip("/") and paths.count(path) == 1 else _path_of(row["id"]),
            body=row["body"],
            html=gzip.decompress((folder / row["file"]).read_bytes()),
        )
        for row, path in zip(rows, paths, strict=True)
    ]


def _path_of(name: str) -> str:
    return f"/{name.replace('__', '/')}"


def serve(site: Site, pages: list[Truth]) -> None:
    for page in pages:
        site.page(page.path, page.html, content_type="text/html")


def feed(site: Site, pages: list[Truth]) -> str:
    """RSS that says no more than it must: where, and a date for pages that have none."""
    date = format_datetime(datetime.now(UTC) - timedelta(hours=1))
    items = "".join(
        f"<item><link>{escape(site.url(page.path))}</link><pubDate>{date}</pubDate></item>"
        for page in pages
    )
    return f'<rss version="2.0"><channel><title>Real pages</title>{items}</channel></rss>'


def sitemap(site: Site, pages: list[Truth]) -> str:
    """A news sitemap that says as little."""
    date = (datetime.now(UTC) - timedelta(hours=1)).isoformat(timespec="seconds")
    entries = "".join(
        f"<url><loc>{escape(site.url(page.path))}</loc><news:news>"
        f"<news:publication_date>{date}</news:publication_date></news:news></url>"
        for page in pages
    )
    return (
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        f' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{entries}</urlset>'
    )

"""What the sites of the sample press answer: pages and listings as bytes. Pure."""

from __future__ import annotations

from email.utils import format_datetime
from html import escape
from pathlib import PurePosixPath
from string import Template
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from presswatch.demo.press import Article, Press, Site, Text

SUMMARY = 160  # characters of a text in a feed


class Printer:
    """Sets the articles of one site; `origin` is where the site is served."""

    def __init__(self, press: Press, site: Site, origin: str, start: datetime) -> None:
        self._press = press
        self._site = site
        self._origin = origin
        self._start = start

    def path(self, article: Article) -> str:
        """Where the article stands."""
        return self._published(article).strftime(article.path)

    def page(self, article: Article, text: Text) -> bytes:
        """The article in everything that its site puts around it."""
        others = [other for other in self._press.of(self._site.name) if other is not article]
        values = self._values(article, text)
        values["body"] = "\n".join(f"<p>{escape(part)}</p>" for part in text.paragraphs)
        if not text.paragraphs:
            values["related"] = ""
        elif others:
            values["related"] = self._each("related.html", others)
        return self._bytes("page.html", values)

    def listing(self, articles: Iterable[Article]) -> bytes:
        """The site's feed, sitemap or list of these articles."""
        name = PurePosixPath(self._site.listing)
        entries = self._each(f"{name.stem}-entry{name.suffix}", articles)
        return self._bytes(str(name), {"site": self._origin, "entries": entries})

    def _published(self, article: Article) -> datetime:
        return article.published(self._start, self._site.zone)

    def _values(self, article: Article, text: Text) -> dict[str, str]:
        when, path = self._published(article), self.path(article)
        summary = text.paragraphs[0][:SUMMARY] if text.paragraphs else ""
        return {
            "title": escape(text.title),
            "author": escape(article.author),
            "summary": escape(summary),
            "path": path,
            "url": self._origin + path,
            "date": when.strftime(self._site.dates),
            "day": when.strftime("%m-%d"),
            "iso": when.isoformat(timespec="seconds"),
            "rfc": format_datetime(when),
        }

    def _each(self, template: str, articles: Iterable[Article]) -> str:
        form = Template(self._press.template(f"{self._site.name}/{template}").strip())
        return "\n".join(form.substitute(self._values(one, one.text)) for one in articles)

    def _bytes(self, template: str, values: dict[str, str]) -> bytes:
        form = Template(self._press.template(f"{self._site.name}/{template}"))
        return form.substitute(values).encode(self._site.encoding)

"""The sample press as its files describe it: sites, articles, and what must come of them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from datetime import datetime

EMBEDDED = Path(__file__).parent / "press"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A news site and its manners."""

    name: str  # of the source that reads it, too
    zone: str
    dates: str  # how it writes them, for strftime
    encoding: str = "utf-8"  # what the bytes are, whatever the pages say
    content_type: str = "text/html; charset=utf-8"
    listing: str = ""  # file name of its feed, sitemap or listing; "" if it has none


@dataclass(frozen=True, slots=True)
class Text:
    """What an article says."""

    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An article on one site."""

    name: str  # "site/name"
    site: str
    path: str  # for strftime
    text: Text
    age: timedelta  # when the demo starts
    author: str = ""
    follows: str = ""  # listed only after this article has been read
    corrected: Text | None = None  # takes the place of `text` after that has been read

    def published(self, start: datetime, zone: str) -> datetime:
        """When it came out, in the zone of its site."""
        return (start - self.age).astimezone(ZoneInfo(zone))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedAlert:
    """A rule must tell once of this story, which stands at one or more places."""

    rule: str
    articles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedOutcome:
    """One of these pages must have become this."""

    what: str
    articles: tuple[str, ...]
    becomes: str  # new | copy | revised | dropped
    means: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """All of it; `folder` holds the templates of pages and listings."""

    folder: Path
    sites: tuple[Site, ...]
    articles: dict[str, Article] = field(default_factory=dict)
    alerts: tuple[ExpectedAlert, ...] = ()
    outcomes: tuple[ExpectedOutcome, ...] = ()

    def of(self, site: str) -> list[Article]:
        """The articles of a site, in the order of the file."""
        return [article for article in self.articles.values() if article.site == site]

    def template(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")


def load(folder: Path = EMBEDDED) -> Press:
    """Read press.toml and the texts that it names."""
    document = tomllib.loads((folder / "press.toml").read_text(encoding="utf-8"))
    articles = [_article(folder, row) for row in document["article"]]
    return Press(
        folder=folder,
        sites=tuple(Site(**row) for row in document["site"]),
        articles={article.name: article for article in articles},
        alerts=tuple(
            ExpectedAlert(rule=row["rule"], articles=_names(row)) for row in document["alert"]
        ),
        outcomes=tuple(
            ExpectedOutcome(
                what=row["what"], articles=_names(row), becomes=row["becomes"], means=row["means"]
            )
            for row in document["outcome"]
        ),
    )


def _article(folder: Path, row: dict[str, Any]) -> Article:
    site = row["site"]
    text = _text(folder, site, row["text"])
    return Article(
        name=f"{site}/{row.get('name') or row['text']}",
        site=site,
        path=row["path"],
        text=Text(row.get("title") or text.title, text.paragraphs),
        age=timedelta(hours=row["hours"]),
        author=row.get("author", ""),
        follows=row.get("follows", ""),
        corrected=_text(folder, site, row["corrected"]) if "corrected" in row else None,
    )


def _text(folder: Path, site: str, name: str) -> Text:
    place = name if "/" in name else f"{site}/{name}"
    title, *paragraphs = (folder / f"{place}.txt").read_text(encoding="utf-8").split("\n\n")
    return Text(title.strip(), tuple(part.strip() for part in paragraphs if part.strip()))


def _names(row: dict[str, Any]) -> tuple[str, ...]:
    named = row["article"]
    return (named,) if isinstance(named, str) else tuple(named)

"""What a site could be polled by: a page or robots.txt in, places to look at out, then a ranking.

Nothing here fetches, and everything here is bounded: the page may be anybody's.

    page ─ on_page ─▶ feeds it names       robots.txt ─ sitemaps ─▶ its sitemaps, news first
    what each gives ─ judge ─▶ Candidate ─ ranked ─▶ best first
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from archive.urls import same_site, tidy
from crawler.evidence import dates
from spiders.links import absolute
from spiders.page import parse_html
from spiders.sniff import Shape, shape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bs4 import BeautifulSoup

    from crawler.source import Link

MOST_FEEDS = 12  # that a page names and that are tried
MOST_SITEMAPS = 4
_MOST_ANCHORS = 5000  # looked at on one page
_MOST_LINKS = 500  # of one candidate that are judged
_FEW = 10  # links by which two candidates are told to be one

#: An article is recent for so long: a source of monthly notices is alive.
RECENT = timedelta(days=45)
_AHEAD = timedelta(days=1)

#: Where content systems keep their feeds, the commonest first.
FEED_PATHS = ("/feed/", "/rss.xml", "/feed.xml", "/atom.xml", "/rss", "/index.xml", "/feed.json")
SITEMAP_PATHS = ("/news-sitemap.xml", "/sitemap.xml")

_FEED_TYPES = (
    "application/rss+xml", "application/atom+xml", "application/feed+json",
    "application/rdf+xml", "application/xml", "text/xml",
)  # fmt: skip
#: What readers write below articles, and not a column called "commentary" or 评论.
_COMMENTS = re.compile(
    r"\bcomments\b|\bcomment[-_ /]?(?:feed|rss)|(?:最新|最近|文章|全部|所有)(?:评论|評論)"
    r"|(?:评论|評論)\s*(?:feed|rss|订阅|訂閱)",
    re.IGNORECASE,
)
_FEED_PATH = re.compile(
    r"/(?:feed|rss|atom)(?:/|\.(?:xml|json|rdf))?$|\.(?:rss|atom|rdf)$|/(?:rss|feeds?)/[^/]+\.xml$",
    re.IGNORECASE,
)
_NEWS = re.compile("news|latest|recent|xinwen|article|post", re.IGNORECASE)
_RANKS = {"feed": 3, "sitemap": 2, "listing": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A link of a candidate as it is judged."""

    url: str
    title: str
    when: datetime | None  # UTC
    precise: bool = False  # False: only the day of `when` is known
    own: bool = True  # of the same site as the page that was asked about


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A way to poll a site, and what it gave when it was tried."""

    kind: str  # feed | sitemap | listing
    url: str
    articles: tuple[Article, ...]  # newest first, undated behind, at most `_MOST_LINKS`
    recent: int = 0  # of the articles: dated within RECENT, and of this site
    listed: int = 0  # in all

    def newest(self, number: int) -> tuple[Article, ...]:
        return self.articles[:number]


def advertised_feeds(soup: BeautifulSoup, url: str) -> Iterator[str]:
    """The feeds that a page names in its head, in its order, without its feeds of comments."""
    for link in islice(soup.find_all("link", href=True, limit=_MOST_ANCHORS), _MOST_ANCHORS):
        rels = {rel.lower() for rel in link.get_attribute_list("rel") if rel}
        kind = str(link.get("type") or "").partition(";")[0].strip().lower()
        href = str(link["href"])
        comments = _COMMENTS.search(f"{href[-500:]} {str(link.get('title') or '')[:500]}")
        if "alternate" in rels and kind in _FEED_TYPES and not comments:
            found = absolute(url, href)
            if found:
                yield found


def on_page(text: str, url: str) -> list[str]:
    """The feeds that a page names in its head, then those that it links to, each once.

    At most `MOST_FEEDS`. Raises NotAListing when the text is no page.
    """
    soup = parse_html(text, url)
    base = soup.find("base", href=True)
    start = (absolute(url, str(base["href"])) if base else "") or url
    found = [*advertised_feeds(soup, start), *_linked_feeds(soup, start)]
    return list(_once(found))[:MOST_FEEDS]


def listed_as(text: str) -> str:
    """The kind of source that a text is by its looks: ``feed``, ``sitemap``, or ``""`` for a page.

    Whether it is a sound one shows when it is read.
    """
    came = shape(text)
    if came in {Shape.SITEMAP, Shape.URLS}:
        return "sitemap"
    return "feed" if came in {Shape.FEED, Shape.JSON} else ""


def well_known(url: str, paths: Sequence[str]) -> list[str]:
    """The paths on the origin of a page."""
    return list(_once(urljoin(url, path) for path in paths))


def usual_feeds(url: str) -> list[str]:
    """Where a page's feed usually is: below the page, then on its origin.

    A section has a feed of its own in many content systems, and who asks about the section does
    not mean the whole site.
    """
    path = urlsplit(url).path
    folder = path if path.endswith("/") or "." in path.rpartition("/")[2] else f"{path}/"
    return well_known(url, (urljoin(folder or "/", "feed/"), *FEED_PATHS))


def sitemaps(named: Iterable[str], url: str) -> list[str]:
    """Which of the sitemaps that robots.txt names are tried: those of news first."""
    usable = [found for name in islice(named, 1000) if (found := absolute(url, name))]
    usable.sort(key=lambda found: not _NEWS.search(urlsplit(found).path))
    return list(_once(usable))[:MOST_SITEMAPS]


def judge(
    kind: str, url: str, links: Sequence[Link], *, page: str, timezone: str, now: datetime
) -> Candidate:
    """What a place is worth that gave these links when it was tried.

    `page` is what was asked about; dates without a zone are of `timezone`.
    """
    articles = [
        _article(link, page=page, timezone=timezone, now=now) for link in links[:_MOST_LINKS]
    ]
    oldest = datetime.min.replace(tzinfo=UTC)
    articles.sort(key=lambda article: article.when or oldest, reverse=True)
    recent = sum(
        article.own and article.when is not None and -_AHEAD <= now - article.when <= RECENT
        for article in articles
    )
    return Candidate(kind=kind, url=url, articles=tuple(articles), recent=recent, listed=len(links))


def ranked(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Best first; what gave nothing, or the same as another of its kind, is left out.

    1. Those with recent articles of this site, then those that date nothing, then the dead ones,
       whose articles are all old or another site's: a feed nobody feeds is worse than a page.
    2. Feed, then sitemap, then listing: a feed dates and titles what it lists.
    3. By the number of recent articles of this site, and then in the order given.
    """
    kept: list[Candidate] = []
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for candidate in candidates:
        mark = candidate.kind, tuple(article.url for article in candidate.newest(_FEW))
        if candidate.articles and mark not in seen:
            seen.add(mark)
            kept.append(candidate)
    return sorted(kept, key=_merit, reverse=True)


def _merit(candidate: Candidate) -> tuple[int, int, int]:
    undated = any(article.own and article.when is None for article in candidate.articles)
    life = 2 if candidate.recent else 1 if undated else 0
    return life, _RANKS[candidate.kind], candidate.recent


def _article(link: Link, *, page: str, timezone: str, now: datetime) -> Article:
    found = dates.read(link.published, timezone=timezone, now=now) if link.published else None
    found = found or dates.in_url(link.url, timezone=timezone, now=now)
    return Article(
        url=link.url,
        title=link.title,
        when=found.when if found else None,
        precise=bool(found and found.precise),
        own=_own(link.url, page),
    )


def _own(url: str, page: str) -> bool:
    try:
        return same_site(url, page)
    except ValueError:
        return False


def _linked_feeds(soup: BeautifulSoup, url: str) -> Iterator[str]:
    for link in soup.find_all("a", href=True, limit=_MOST_ANCHORS):
        found = absolute(url, str(link["href"]))
        if found and _FEED_PATH.search(urlsplit(found).path) and not _COMMENTS.search(found[-500:]):
            yield found


def _once(urls: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for url in urls:
        key = tidy(url)
        if key not in seen:
            seen.add(key)
            yield url

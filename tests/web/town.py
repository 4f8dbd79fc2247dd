"""The site of a town hall on loopback: a feed, a page of notices, and what lies in wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.site import Site

NOW = datetime.now(UTC)
TITLES = (
    "甘肅(sù)省知識(shí)產(chǎn)權(quán)局關(guān)於開展專利資助的通知",
    "Notice on the hearing about the plan for the old harbour",
    "深圳公布首批专利开放许可清单 中小企业可按年付费",
    "Fees of the patent counter from the first of next month",
    "<script>alert(1)</script> & a title that was not escaped",
    "关于公开征求《知识产权保护条例（修订草案）》意见的公告",
    "The library is closed for two weeks",
)


def settle(site: Site) -> None:
    """The front page names the feed and lists the notices; there is no sitemap."""
    link = '<link rel="alternate" type="application/rss+xml" href="/news.xml">'
    rows = "".join(
        f"<li><a href='/notices/2026/{n}.html'>{_escaped(title)}</a>"
        f" <span>{NOW - timedelta(days=n):%Y-%m-%d}</span></li>"
        for n, title in enumerate(TITLES, 1)
    )
    site.page("/", f"<html><head>{link}</head><body><ul>{rows}</ul></body></html>")
    site.page("/news.xml", feed(site), content_type="application/rss+xml")


def feed(site: Site) -> str:
    items = "".join(
        f"<item><title>{_escaped(title)}</title><link>{site.url(f'/notices/2026/{n}.html')}</link>"
        f"<pubDate>{format_datetime(NOW - timedelta(days=n))}</pubDate></item>"
        for n, title in enumerate(TITLES, 1)
    )
    return f'<rss version="2.0"><channel>{items}</channel></rss>'


def _escaped(title: str) -> str:
    return title.replace("&", "&amp;").replace("<", "&lt;")

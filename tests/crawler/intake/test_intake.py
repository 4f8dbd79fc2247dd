"""Where an article lives, and when it is news."""

from datetime import UTC, datetime, timedelta

import pytest

from archive.article import Raw
from crawler.extract import Extracted
from crawler.intake import home, incoming
from crawler.source import Page, Source

NOW = datetime(2026, 5, 20, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("landed", "canonical", "expected"),
    [
        # the same thing, better named
        (
            "http://n.org/a/123456.html",
            "https://n.org/a/123456.html",
            "https://n.org/a/123456.html",
        ),
        ("https://m.n.org/a/123456", "https://n.org/a/123456", "https://n.org/a/123456"),
        ("https://n.org/show?id=987", "https://n.org/news/987.html", "https://n.org/news/987.html"),
        ("https://n.org/p?id=20265", "https://n.org/20265/title", "https://n.org/20265/title"),
        # an order from another site is only evidence
        ("https://n.org/a/1.html", "https://other.org/a/1.html", "https://n.org/a/1.html"),
        # a site that calls every page by its front page's, or by one page's, name
        ("https://n.org/a/1.html", "https://n.org/", "https://n.org/a/1.html"),
        ("https://n.org/show?id=5", "https://n.org/show", "https://n.org/show?id=5"),
        ("https://n.org/a/1.html", "https://n.org/a/2.html", "https://n.org/a/1.html"),
        ("https://n.org/2026/may/x", "https://n.org/latest", "https://n.org/2026/may/x"),
        # nothing, or nonsense
        ("https://n.org/a/1.html", "", "https://n.org/a/1.html"),
        ("https://n.org/a/1.html", "javascript:void(0)", "https://n.org/a/1.html"),
    ],
)
def test_the_canonical_url_is_believed_only_where_it_names_the_same(
    landed: str, canonical: str, expected: str
) -> None:
    """Believing it anywhere else would file different articles as revisions of one."""
    assert home(landed, canonical) == expected


def offered(*, first_poll: bool, published: datetime | None) -> bool:
    page = Page(source="s", url="https://n.org/a", found=NOW, poll="p", quiet=first_poll)
    raw = Raw(url="https://n.org/a", status=200, headers=(), body=b"", fetched_at=NOW)
    extracted = Extracted(
        title="t", text="x", published=published, published_precise=True, authors=(),
        language="en", canonical="", evidence=(),
    )  # fmt: skip
    source = Source(name="s", url="https://n.org/feed", backlog=timedelta(days=3))
    return incoming(source, page, raw, extracted).quiet


def test_only_the_backlog_of_a_first_poll_is_quiet() -> None:
    """Old or undated on the first poll: archived, never alerted; everything else is news."""
    old, recent = NOW - timedelta(days=4), NOW - timedelta(days=2)

    assert offered(first_poll=True, published=old)
    assert offered(first_poll=True, published=None)
    assert not offered(first_poll=True, published=recent)
    assert not offered(first_poll=False, published=old)
    assert not offered(first_poll=False, published=None)

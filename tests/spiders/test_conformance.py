"""feedparser's own conformance cases, read by our reader: link, title, date and summary.

`make conformance-cases` fetches the source package that they come in; nothing of it stands here.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup

from crawler.decode import decode
from crawler.errors import NotAListing
from crawler.evidence.dates import read
from spiders.feed import read_any_feed
from tests.spiders.conformance import Case, cases

if TYPE_CHECKING:
    from crawler.source import Link
    from tests.spiders.conformance import Wanted

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::bs4.MarkupResemblesLocatorWarning"),
    pytest.mark.filterwarnings("ignore::bs4.XMLParsedAsHTMLWarning"),
]

FOLDER = Path(__file__).parents[2] / ".conformance"
NOW = datetime(2026, 5, 20, tzinfo=UTC)

#: What passes, of all comparisons of that field; it may grow and must not shrink.
PASSED = {"link": 23, "title": 144, "date": 23, "summary": 636}

#: Where we differ, each for a reason.
DIFFERENT = {
    # Bytes that are text in no coding are guessed at by what is likely, not as windows-1252.
    "encoding/bozo_linenoise.xml": "guessed coding",
    # The only link of the entry is its licence, which is no article.
    "wellformed/atom10/entry_link_rel_license.xml": "no article",
    # Of an item with two summaries one is taken, and theirs compare the other.
    "wellformed/rss/item_description_and_summary.xml": "one summary",
    "wellformed/rss/item_summary_and_description.xml": "one summary",
}


def test_what_feedparser_expects_of_feeds_is_what_is_listed() -> None:
    """An update of feedparser, or a repair of feeds before it, must lose nothing of these."""
    sdist = next(iter(sorted(FOLDER.glob("feedparser-*.tar.gz"))), None)
    if sdist is None:
        pytest.skip("not measured: `make conformance-cases` fetches the cases")
    asked, passed = Counter[str](), Counter[str]()
    missed: dict[str, str] = {}
    for case in cases(sdist):
        links = _links(case)
        for wanted in case.wanted:
            asked[wanted.field] += 1
            if wanted.entry < len(links) and _agree(wanted, links[wanted.entry]):
                passed[wanted.field] += 1
            else:
                missed[case.name] = f"{wanted}: {links}"
    _print(asked, passed, missed)

    assert {name: missed[name] for name in missed if name not in DIFFERENT} == {}
    assert {field: passed[field] for field in PASSED if passed[field] < PASSED[field]} == {}


def _links(case: Case) -> list[Link]:
    """The links of a case; one whose expectation is not about links is given some."""
    about_links = any(wanted.field == "link" for wanted in case.wanted)
    body = case.body if about_links else case.with_links()
    try:
        return read_any_feed(decode(body, case.content_type).text, case.url)
    except NotAListing:
        return []


def _agree(wanted: Wanted, link: Link) -> bool:
    if wanted.field == "link":
        return bool(link.url == wanted.value)
    if wanted.field == "date":
        if isinstance(wanted.value, str):  # the raw string is kept, theirs and ours
            return link.published == wanted.value
        found = read(link.published, timezone="UTC", now=NOW)
        return found is not None and found.when.utctimetuple()[:6] == tuple(wanted.value)[:6]
    ours = link.title if wanted.field == "title" else link.summary
    # Theirs is HTML, or text that looks like it; ours is what a reader sees.
    return _bare(ours) in {_bare(wanted.value), _bare(_seen(wanted.value))}


def _seen(markup: str) -> str:
    soup = BeautifulSoup(markup, "lxml")
    for silent in soup(["script", "style"]):
        silent.decompose()
    return soup.get_text()


def _bare(text: str) -> str:
    return "".join(text.split())


def _print(asked: Counter[str], passed: Counter[str], missed: dict[str, str]) -> None:
    for field in PASSED:
        print(f"{field:8} {passed[field]:4} of {asked[field]:4}")
    for name in missed:
        print(f"  {DIFFERENT.get(name, 'NOT EXPLAINED')}: {name}")

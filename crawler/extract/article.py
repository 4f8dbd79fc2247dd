"""A page to an article: text, title, date, authors and language, each with its evidence.

bytes ─ decode ─ parse ─▶ title ─▶ text ─▶ language ─▶ date, authors ─▶ canonical URL

Every step keeps what it saw as evidence and chooses one of it, so that an operator can see why an
article has the date that it has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from crawler import evidence
from crawler.decode import decode
from crawler.errors import Unreadable
from crawler.evidence import authors, credit, doubt, language, published, titles
from crawler.extract import text
from crawler.markup import parse, tidy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archive.article import Evidence
    from crawler.markup import Markup

T = TypeVar("T")

#: Tokens (an ideograph, or a run of other letters) below which a text is no article: the shortest
#: official notices have some 60 ideographs, teasers and error messages have fewer.
_SHORTEST = 50
_MOST_LINKED = 0.6  # of a text that are the words of links; more is a list of articles
_LINE_SAYS = 10  # tokens from which a line says something without a full stop
_TOKEN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|[^\W\u3400-\u4dbf\u4e00-\u9fff]+")
_TELLS = re.compile(r"[。！？；：.!?;:”」)）|]$|\s\|\s|\d")
_FOOTER = re.compile(
    r"版权所有|版權所有|copyright\s*(?:©|\(c\)|\d{4})|all rights reserved|ICP[备備证證]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page as it was fetched, and what the listing that led to it said."""

    html: bytes
    url: str
    content_type: str = ""
    timezone: str = "UTC"  # of the source, for dates that name none
    fetched_at: datetime
    title: str = ""
    published: str = ""
    author: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """What a page says. `text` has a paragraph a line and is never empty."""

    title: str
    text: str
    published: datetime | None
    published_precise: bool  # False: only the day is known
    authors: tuple[str, ...]
    language: str  # ISO 639-1, "" unknown
    canonical: str  # absolute, as the page names it; may be on another site
    evidence: tuple[Evidence, ...]
    captions: tuple[str, ...] = ()  # of pictures, never part of the text
    credited_source: str = ""  # whom the page names as its text's origin: "Reuters"


def extract(page: Page, *, thorough: bool = True) -> Extracted:
    """The article of a page; raises Unreadable, with the reason, where there is none.

    `thorough` asks one more extractor for the text where the others disagree.
    """
    decoded = decode(page.html, page.content_type)
    markup = parse(decoded.text)
    if markup is None:
        raise Unreadable(page.url, cause="the page is empty")
    named = titles.candidates(markup, page.title)
    title = titles.choose(markup, named)
    heading = title.text if title else ""
    captions = credit.captions(markup)
    whole = text.read(markup, heading, thorough=thorough)
    body, taken = credit.without(whole, captions, title=heading)
    _check(body, markup, page.url)
    spoken = language.candidates(markup, body)
    dated = published.candidates(markup, _known(page, heading, body, spoken))
    date = published.choose(dated)
    written = authors.candidates(markup, heading, body, page.author)
    places = evidence.canonical(markup, page.url)
    origins = credit.sources(markup, heading, whole)
    return Extracted(
        title=heading,
        text=body,
        published=date.moment.when if date else None,
        published_precise=date.moment.precise if date else False,
        authors=written[0].names if written else (),
        language=spoken[0].value if spoken else "",
        canonical=places[0].value if places else "",
        captions=tuple(dict.fromkeys((*captions, *taken))),
        credited_source=origins[0].value if origins else "",
        evidence=(
            evidence.coding(decoded),
            *evidence.gathered("title", named, title),
            *evidence.gathered("published", dated, date),
            *evidence.gathered("doubt", doubt.doubts(date, dated, whole), None),
            *evidence.gathered("authors", written, _first(written)),
            *evidence.gathered("language", spoken, _first(spoken)),
            *evidence.gathered("canonical", places, _first(places)),
            *evidence.gathered("credited_source", origins, _first(origins)),
        ),
    )


def _first(found: Sequence[T]) -> T | None:
    return found[0] if found else None


def measured(html: bytes, url: str | None, *, thorough: bool = True) -> dict[str, Any]:
    """What extraction quality is measured on; {} for a page without an article."""
    page = Page(html=html, url=url or "", fetched_at=datetime.now(UTC))
    try:
        found = extract(page, thorough=thorough)
    except Unreadable:
        return {}
    day = next(
        (one.value[:10] for one in found.evidence if one.field == "published" and one.chosen), None
    )
    return {
        "title": found.title,
        "text": found.text,
        "published": day,
        "authors": list(found.authors),
        "language": found.language,
    }


def _known(page: Page, title: str, body: str, spoken: list[language.Spoken]) -> published.Known:
    return published.Known(
        title=title,
        text=body,
        url=page.url,
        listed=page.published,
        timezone=page.timezone,
        fetched_at=page.fetched_at,
        chinese=bool(spoken) and spoken[0].value == "zh",
    )


def _check(body: str, markup: Markup, url: str) -> None:
    """Whether a text is an article; the reason is for people."""
    if not body:
        raise Unreadable(url, cause="no text was found on the page")
    tokens = len(_TOKEN.findall(body))
    if tokens < _SHORTEST:
        raise Unreadable(url, cause=f"the text is too short for an article ({tokens} words)")
    links = {titles.key(tidy(link.text_content())) for link in markup.tree.iter("a")}
    lines = body.split("\n")
    linked = sum(len(line) for line in lines if titles.key(line) in links)
    if linked > _MOST_LINKED * len(body):
        raise Unreadable(url, cause="the text is a list of links")
    said = sum(map(_said, (line for line in lines if titles.key(line) not in links)))
    if said < _SHORTEST:
        raise Unreadable(url, cause="there is nothing but links and the site's own furniture")


def _said(line: str) -> int:
    """The tokens of a line that tells something: a sentence, a row, not a label or a footer."""
    if _FOOTER.search(line):
        return 0
    tokens = len(_TOKEN.findall(line))
    return tokens if tokens >= _LINE_SAYS or _TELLS.search(line) else 0

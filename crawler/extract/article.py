"""A page to an article: text, title, date, authors and language, each with its evidence.

bytes ─ decode ─ parse ─▶ title ─▶ body ─▶ verdict: is it an article? ─▶ facts: language, date, …

Every step keeps what it saw as evidence and chooses one of it, so that an operator can see why an
article has the date that it has.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from crawler.decode import decode
from crawler.errors import Unreadable
from crawler.evidence import (
    Field,
    authors,
    canonical,
    coding,
    credit,
    doubt,
    language,
    published,
    titles,
)
from crawler.extract import text
from crawler.extract.formats import foreign
from crawler.extract.parts import cut, without_lines
from crawler.extract.records import Extracted, Page
from crawler.extract.verdict import check
from crawler.markup import parse

if TYPE_CHECKING:
    from archive.article import Evidence
    from crawler.evidence import Place
    from crawler.extract.parts import Cut
    from crawler.markup import Markup


def extract(page: Page, *, thorough: bool = True) -> Extracted:
    """The article of a page; raises Unreadable, with the reason, where there is none.

    `thorough` asks one more extractor for the text where the others disagree.
    """
    if other := foreign(page.html):
        raise Unreadable(page.url, cause=f"it is {other}, and only pages are read")
    decoded = decode(page.html, page.content_type)
    markup = parse(decoded.text)
    if markup is None:
        raise Unreadable(page.url, cause="the page is empty")
    taken = cut(markup, page.parts)
    seen = titles.candidates(taken.markup, page.title)
    title = Field("title", seen, titles.choose(taken.markup, seen))
    body = _body(taken, title.chosen.text if title.chosen else "", thorough=thorough)
    left, ignored = without_lines(body.text, page.parts)
    if ignored:
        body = replace(body, text=left)
    _check(body, taken, page)
    how = (coding(decoded), *taken.evidence, *ignored)
    return _article(body, _facts(page, taken.markup, title, body), how)


def _check(body: _Body, taken: Cut, page: Page) -> None:
    """As `verdict.check`; where the operator chose the part, the reason says so."""
    try:
        check(body.text, taken.part, page.url)
    except Unreadable as error:
        if not taken.note:
            raise
        raise Unreadable(page.url, cause=error.cause + taken.note) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Body:
    """The text of an article, and what stood beside it."""

    title: str
    text: str
    whole: str  # the text with its captions and the lines that name its source
    captions: tuple[str, ...]


def _body(page: Cut, title: str, *, thorough: bool) -> _Body:
    captions = credit.captions(page.part)
    read = text.read if page.part is page.markup else text.read_part
    whole = read(page.part, title, thorough=thorough)
    body, taken = credit.without(whole, captions, title=title)
    return _Body(
        title=title,
        text=body,
        whole=whole,
        captions=tuple(dict.fromkeys((*captions, *taken))),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What a page says about its article, in the order in which an operator reads it."""

    title: Field[titles.Candidate]
    published: Field[published.Dated]
    doubts: Field[doubt.Doubt]
    authors: Field[authors.Named]
    language: Field[language.Spoken]
    canonical: Field[Place]
    source: Field[credit.Credited]

    def evidence(self) -> tuple[Evidence, ...]:
        return (
            *self.title.evidence(),
            *self.published.evidence(),
            *self.doubts.evidence(),
            *self.authors.evidence(),
            *self.language.evidence(),
            *self.canonical.evidence(),
            *self.source.evidence(),
        )


def _facts(page: Page, markup: Markup, title: Field[titles.Candidate], body: _Body) -> _Facts:
    spoken = Field.first("language", language.candidates(markup, body.text))
    chinese = spoken.chosen is not None and spoken.chosen.value == "zh"
    dates = published.candidates(markup, _known(page, body, chinese=chinese))
    date = published.choose(dates)
    return _Facts(
        title=title,
        published=Field("published", dates, date),
        doubts=Field("doubt", doubt.doubts(date, dates, body.whole), None),
        authors=Field.first(
            "authors", authors.candidates(markup, body.title, body.text, page.author)
        ),
        language=spoken,
        canonical=Field.first("canonical", canonical(markup, page.url)),
        source=Field.first("credited_source", credit.sources(markup, body.title, body.whole)),
    )


def _known(page: Page, body: _Body, *, chinese: bool) -> published.Known:
    return published.Known(
        title=body.title,
        text=body.text,
        url=page.url,
        listed=page.published,
        timezone=page.timezone,
        fetched_at=page.fetched_at,
        chinese=chinese,
    )


def _article(body: _Body, facts: _Facts, how: tuple[Evidence, ...]) -> Extracted:
    date = facts.published.chosen
    written = facts.authors.chosen
    return Extracted(
        title=body.title,
        text=body.text,
        published=date.moment.when if date else None,
        published_precise=date.moment.precise if date else False,
        authors=written.names if written else (),
        language=facts.language.value,
        canonical=facts.canonical.value,
        captions=body.captions,
        credited_source=facts.source.value,
        evidence=(*how, *facts.evidence()),
    )


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

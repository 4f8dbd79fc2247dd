"""Search: what a query finds, by source, language, rule and time, each of them a click narrower."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from alerts.history import overview
from archive.errors import QueryError
from archive.search import read_hits
from archive.snippet import columns
from archive.survey import MOST, Survey, best, can_rank, survey
from presswatch.web import narrow, periods
from presswatch.web.ask import Shown
from presswatch.web.errors import Nonsense
from presswatch.web.plots import Bar, chart, counted

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterator

    from markupsafe import Markup
    from sqlite_utils import Database

    from archive.query import Query
    from presswatch.web.ask import Ask

HITS: Final = 20
FACETS: Final = 10

#: Of a query on either side of a mistake, in columns of which an ideograph takes two.
AROUND: Final = 24

SORTS: Final = ("newest", "relevance")

LANGUAGES: Final = {
    "": "not known", "zh": "Chinese", "en": "English", "ja": "Japanese", "ko": "Korean",
    "de": "German", "fr": "French", "es": "Spanish", "ru": "Russian", "pt": "Portuguese",
    "it": "Italian", "ar": "Arabic", "vi": "Vietnamese",
}  # fmt: skip

#: All that a query can say, a line each (docs/queries.md).
EXAMPLES: Final = (
    ("知识产权 甘肃", "both of them, in either script, with readings in brackets or without"),
    ('"trade mark"', "these words in this order, within a sentence"),
    ("甘肃 OR 深圳", "one or the other; AND, OR and NOT are written in capitals"),
    (
        "专利 (转化 OR 运用) NOT 体育",
        "parentheses; NOT, or a - before a word, excludes",
    ),
    ("patent*", "all words that begin so"),
    ("patent* NEAR/5 licens*", "at most five words between them, in either order"),
    ("title:商标", "in the title; author: in the names of the authors"),
    ("专利 site:gov.cn", "of one site and its sub-domains; source: one source, lang: a language"),
    ("专利 after:2026-01 before:2026-03", "published in these months; days are written 2026-01-15"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """One way to narrow a search: a name, how many hits are so, and where the click leads."""

    name: str
    hits: int
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A query that cannot be understood, cut where it goes wrong."""

    before: str
    after: str
    column: int
    said: str


def search(db: Database, ask: Ask) -> Shown:
    """The hits of a query, of a rule, or of both; an empty page asks for one."""
    text, rule = ask.value("q"), ask.value("rule")
    values: dict[str, Any] = {"q": text, "rule": rule, "mistake_in": None, "found": None}
    values |= {"examples": EXAMPLES, "concepts": sorted(ask.book.rules.outline.concepts)}
    values["notes"] = ()
    try:
        query = ask.book.read(text) if text else None
    except QueryError as error:
        values["mistake_in"] = mistake(text, error)
        return Shown(template="search.html", values=values, status=400)
    if query is not None or rule:
        values |= _results(db, ask, query)
        values["notes"] = query.notes if query is not None else ()
    return Shown(template="search.html", values=values)


def mistake(text: str, error: QueryError) -> Mistake:
    """The query around the column of the error, as much as a phone has room for."""
    line = text.replace("\n", " ")
    cut = max(0, min(error.column - 1, len(line)))
    before, after = _reach(line[:cut][::-1])[::-1], _reach(line[cut:])
    return Mistake(
        before=before if len(before) == cut else f"…{before}",
        after=after if cut + len(after) == len(line) else f"{after}…",
        column=error.column,
        said=str(error).partition(": ")[2],
    )


def _reach(text: str) -> str:
    """The beginning of a text, `AROUND` columns of it."""
    left = AROUND
    for at, char in enumerate(text):
        left -= columns(char)
        if left < 0:
            return text[:at]
    return text


def surveyed(db: Database, ask: Ask, query: Query | None, most: int = MOST) -> Survey:
    """The hits that a page, a feed or the API is made of, in the order that is asked for.

    Raises Nonsense for an order that there is not.
    """
    rule = ask.value("rule")
    before = ask.number("before")
    among = overview.articles_of_rule(db, rule, MOST, before=before) if rule else None
    if query is not None and ranks(ask, query):
        return best(db, query, among=among, most=most)
    return survey(db, query, before=before, among=among, most=most)


def by_relevance(ask: Ask) -> bool:
    """Whether the best are asked for first. Raises Nonsense."""
    if ask.value("sort") not in ("", *SORTS):
        raise Nonsense(f"sort={ask.value('sort')[:40]}", hint=f"one of {', '.join(SORTS)}")
    return ask.value("sort") == "relevance"


def ranks(ask: Ask, query: Query) -> bool:
    """Whether the best are asked for first, and the query has what relevance weighs."""
    return by_relevance(ask) and can_rank(query)


def _results(db: Database, ask: Ask, query: Query | None) -> dict[str, Any]:
    found = surveyed(db, ask, query)
    at = min(ask.number("from") or 0, max(0, len(found.found) - 1)) // HITS * HITS
    page = [hit.article for hit in found.found[at : at + HITS]]
    shown = query if query is not None else _query_of(ask)
    return {
        "found": found,
        "hits": read_hits(db, shown, page, width=150),
        "rules_of": overview.of_articles(db, page),
        "at": at,
        "next": _next(ask, found, at),
        "previous": ask.link(**{"from": at - HITS or None}) if at else None,
        "facets": list(_facets(db, ask, query, found)),
        "plot": _plot(ask, query, found),
        "unranked": by_relevance(ask) and not found.ranked,
        "feed": _feed(ask),
        "days": narrow.days_of(ask.value("q")),
        "wider": _first_page(ask, q=narrow.without_days(ask.value("q"))),
    }


def _feed(ask: Ask) -> str:
    """Where the same hits are as Atom; "" for those of a rule alone, which has its own."""
    kept = {name: ask.value(name) for name in ("q", "rule", "sort") if ask.value(name)}
    return f"/feed/search?{urlencode(kept)}" if ask.value("q") else ""


def _query_of(ask: Ask) -> Query | None:
    """That of the rule whose matches are shown, for the words in the passages."""
    rule = ask.book.rule(ask.value("rule"))
    return rule.query if rule is not None else None


def _next(ask: Ask, found: Survey, at: int) -> str | None:
    if at + HITS < len(found.found):
        return ask.link(**{"from": at + HITS})
    if found.cursor is not None:
        return ask.link(before=found.cursor, **{"from": None})
    return None


def _facets(
    db: Database, ask: Ask, query: Query | None, found: Survey
) -> Iterator[tuple[str, list[Facet]]]:
    """What would narrow the search, with how many hits are so; what all have would not."""
    sources, languages = found.sources(), found.languages()
    if len(sources) > 1:
        yield "Sources", _facet(sources, lambda name: _narrowed(ask, query, "source", name))
    if len(languages) > 1:
        facets = _facet(languages, lambda code: _narrowed(ask, query, "lang", code))
        yield "Languages", [replace(one, name=LANGUAGES.get(one.name, one.name)) for one in facets]
    if not ask.value("rule"):
        rules = overview.rules_of(db, [hit.article for hit in found.found])
        yield "Rules that matched", _facet(rules, lambda name: _first_page(ask, rule=name))


def _facet(counts: Counter[str], link: Callable[[str], str]) -> list[Facet]:
    return [Facet(name=n, hits=hits, link=link(n)) for n, hits in counts.most_common(FACETS)]


def _first_page(ask: Ask, **changes: object) -> str:
    """Another search begins at its beginning."""
    return ask.link(**{**changes, "before": None, "from": None})


def _narrowed(ask: Ask, query: Query | None, field: str, value: str) -> str:
    """Where the click on a value leads; "" for one that no query can name."""
    return _first_page(ask, q=narrow.field(query, field, value)) if value else ""


def _plot(ask: Ask, query: Query | None, found: Survey) -> Markup:
    span, made = periods.spans(found.days(ask.clock.zone))
    bars = [
        Bar(
            count=hits,
            title=counted(periods.say(span, first), hits, "article"),
            label=periods.label(span, first, number=number, of=len(made)),
            link=_first_page(ask, q=narrow.within(ask.value("q"), query, first, last))
            if hits
            else "",
        )
        for number, (first, last, hits) in enumerate(made)
    ]
    says = f"Articles a {span} that the query finds; each bar leads to its {span}"
    return chart(bars, says=says, width=320, height=112)

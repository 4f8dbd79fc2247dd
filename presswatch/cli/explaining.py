"""presswatch rules explain: a rule taken apart over one article."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from presswatch.cli.choice import choose
from presswatch.cli.common import Clock, command, config_option, iso, reading
from presswatch.cli.group import NO, complain
from presswatch.config.load import rulebook
from presswatch.console import marked, out, text, visible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rich.text import Text
    from sqlite_utils import Database

    from alerts.history import MatchRow
    from alerts.rule import Rule
    from archive.article import Revision
    from archive.query.explain import Clause
    from archive.query.spans import Document, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """Why a rule holds for an article's newest text, or does not, and who was told."""

    rule: Rule
    revision: Revision
    document: Document
    clauses: tuple[Clause, ...]  # the first is the whole query
    matches: tuple[MatchRow, ...]  # of this rule, of any text of the article
    matched: bool  # the live loop has been past the newest text
    now: str  # what the decision would be now; "" where the rule does not hold

    @property
    def applies(self) -> bool:
        return self.rule.applies_to(self.revision.source)

    @property
    def holds(self) -> bool:
        return self.clauses[0].holds and self.applies


@command(
    "explain",
    short="Show why a rule holds for an article, or does not.",
    example="""
        presswatch rules explain patents https://www.example.org/news/42.html
        presswatch rules explain patents 42 --format json
    """,
    codes="""
        0  the rule holds for the article
        1  it does not, or the archive has no such article
        2  the rules in the config are wrong, or no rule has this name
        3  the archive could not be read
    """,
)
@click.argument("name")
@click.argument("key", metavar="URL|ID")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@config_option
def explain(*, name: str, key: str, form: str, config: Path) -> None:
    """Take a rule apart over the newest text of an article.

    Every clause of its query, true or false, with the places of its words; whether the rule looks
    at the article's source; and who was told, or why nobody was.
    """
    from archive.lookup import find_article

    book = rulebook(config, os.environ)
    rule = choose(book, name)
    with reading(config) as (_, db):
        article = find_article(db, key)
        if article is None:
            complain(f"The archive has no article {key}. `presswatch why URL` may know the page.")
            click.get_current_context().exit(NO)
        found = _explain(db, rule, article.newest)
    if form == "json":
        click.echo(json.dumps(_row(found), ensure_ascii=False, indent=2))
    else:
        _print(found, Clock(book.outline.timezone))
    if not found.holds:
        click.get_current_context().exit(NO)


def _explain(db: Database, rule: Rule, newest: Revision) -> Explained:
    from alerts import history, matches, mute
    from alerts.decide import Decision, decide
    from alerts.match import document_of
    from archive.query import explain as clauses

    document = document_of(newest)
    parts = clauses.explain(rule.query, document)
    now = ""
    if parts[0].holds and rule.applies_to(newest.source):
        told = matches.told(db, rule.name, newest, newest.story)
        decision = decide(rule.on, told, quiet=newest.quiet, first=newest.number == 1)
        if decision is Decision.ALERT and mute.covering(
            db, rule.name, newest.source, newest.story, datetime.now(UTC)
        ):
            decision = Decision.MUTED
        now = "alert" if decision is Decision.ALERT else decision.value
    return Explained(
        rule=rule,
        revision=newest,
        document=document,
        clauses=parts,
        matches=tuple(
            match
            for match in history.matches_of_article(db, newest.article)
            if match.rule == rule.name
        ),
        matched=matches.cursor(db) >= newest.id,
        now=now,
    )


def _print(found: Explained, clock: Clock) -> None:
    console, newest, rule = out(), found.revision, found.rule
    console.print(text(newest.title or newest.url, "bold"), soft_wrap=True)
    number = f", its text number {newest.number}" if newest.number > 1 else ""
    console.print(text(f"article {newest.article}{number}, of {newest.source}"), soft_wrap=True)
    console.print()
    verdict = "holds" if found.holds else "does not hold"
    console.print(text(f"{rule.name} {verdict}: ", "bold").append(visible(rule.query.text)),
                  soft_wrap=True)  # fmt: skip
    _truth(found.applies, 0, f"looks at sources {' '.join(rule.sources)}")
    for clause in found.clauses:
        _truth(clause.holds, clause.depth, clause.label)
        for field, place in _places(found, clause):
            line = text(f"{' ' * 9}{'  ' * clause.depth}{field}: ", "dim")
            console.print(line.append_text(place), soft_wrap=True)
    console.print()
    for said in _told(found, clock):
        console.print(text(said), soft_wrap=True)


def _truth(holds: bool, depth: int, label: str) -> None:
    style = "green" if holds else "red"
    line = text(f"{'true' if holds else 'false':<7}", style).append("  " * depth + visible(label))
    out().print(line, soft_wrap=True)


def _places(found: Explained, clause: Clause) -> Iterator[tuple[str, Text]]:
    """Field and passage of the first place in each field."""
    from archive.snippet import snippets

    first: dict[str, Span] = {}
    for span in clause.spans:
        first.setdefault(span.field, span)
    for field, span in first.items():
        if field in {"title", "body"}:
            for snippet in snippets(found.document, [span], most=1):
                yield field, marked(snippet.text, snippet.marks)
        else:
            yield field, text(span.words, "bold yellow")


def _told(found: Explained, clock: Clock) -> list[str]:
    """What the decisions were, and what one would be now."""
    from alerts.history import PRUNED

    said = []
    for match in found.matches:
        when = f"{clock.time(match.matched)}  text number {match.revision} matched"
        said += [f"{when}; not told: {match.silence}"] if match.silence else []
        said += [f"{when}; told: {PRUNED}"] if match.pruned else []
        said += [f"{when}; alert {alert.id} for channel {alert.channel}: {alert.state}"
                 for alert in match.alerts]  # fmt: skip
    if not found.matched:
        said.append("The rules have not looked at this text yet; the running service does at once.")
    elif not found.matches and found.holds:
        said.append("Never matched: when the service looked, the rule was not there or another.")
    elif not found.matches:
        said.append("Never matched.")
    if found.now and found.matched:
        said.append("A replay would alert." if found.now == "alert"
                    else f"A replay would not alert: {found.now}.")  # fmt: skip
    return said


def _row(found: Explained) -> dict[str, Any]:
    return {
        "rule": found.rule.name,
        "query": found.rule.query.text,
        "article": found.revision.article,
        "revision": found.revision.number,
        "story": found.revision.story,
        "holds": found.holds,
        "source": {
            "name": found.revision.source,
            "wanted": list(found.rule.sources),
            "applies": found.applies,
        },
        "clauses": [_clause_row(clause) for clause in found.clauses],
        "matches": [_match_row(match) for match in found.matches],
        "matched": found.matched,
        "replay": found.now,
    }


def _clause_row(clause: Clause) -> dict[str, Any]:
    return {
        "depth": clause.depth,
        "clause": clause.label,
        "holds": clause.holds,
        "places": [
            {"field": s.field, "start": s.start, "end": s.end, "words": s.words}
            for s in clause.spans
        ],
    }


def _match_row(match: MatchRow) -> dict[str, Any]:
    return {
        "revision": match.revision,
        "matched": iso(match.matched),
        "alerts": [alert.id for alert in match.alerts],
        "silence": match.silence,
        "pruned": match.pruned,
    }

"""What became of a page, from the poll that listed it to the last delivery, for `presswatch why`.

ledger: listed, tried, filed or dropped ─▶ archive: fetched, read, filed ─▶ history: matched,
queued, every try
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alerts import history, matches
from archive.lookup import find_article, raw_facts
from archive.retention import removed
from archive.urls import tidy
from crawler import ledger
from crawler.health import troubles
from crawler.health.words import words
from crawler.source import Fate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlite_utils import Database

    from alerts.history import AlertRow, MatchRow
    from archive.article import Article
    from archive.retention import Removed
    from crawler.source import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened, or is still to happen."""

    at: datetime | None
    what: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """All that is known of a URL; `article` is None where nothing was archived."""

    url: str
    article: Article | None
    events: tuple[Event, ...]


def trace(db: Database, key: str) -> Trace | None:
    """The trace of a URL or an article's id; None if nothing is known of it."""
    article = find_article(db, key)
    gone = None if article else _gone(db, key)
    url = article.newest.url if article else gone.url if gone else _tidied(key)
    pages = {(page.source, page.url): page for page in ledger.pages_of(db, url)}
    if article:
        listed = ledger.pages_of_article(db, article.id)
        pages |= {(page.source, page.url): page for page in listed}
    if not article and gone is None:  # a page may have led to it under another address
        led = (page.article for page in pages.values() if page.article is not None)
        gone = next(filter(None, (removed(db, number) for number in led)), None)
        if gone is None and not pages:
            return None
    events = [event for page in pages.values() for event in _page(db, page)]
    for source in {page.source for page in pages.values()}:
        events += _troubles(db, source)
    if article:
        events += [*_archived(db, article), *_told(db, article)]
    if gone is not None:
        events.append(_removed(gone))
    ordered = sorted(events, key=lambda event: (event.at is None, event.at))
    return Trace(url=url, article=article, events=tuple(ordered))


def _gone(db: Database, key: str) -> Removed | None:
    """The article of this id or URL, where it was removed."""
    if key.isascii() and key.isdigit():
        return removed(db, int(key)) if len(key) < 19 else None
    return removed(db, _tidied(key))


def _removed(gone: Removed) -> Event:
    said = f"article {gone.article}, kept for as long as the config says (keep_articles)"
    return Event(at=gone.at, what="removed", said=said)


def _tidied(key: str) -> str:
    try:
        return tidy(key)
    except ValueError:
        return key


def _page(db: Database, page: Page) -> Iterator[Event]:
    """What the source's ledger says of a page."""
    poll = ledger.poll(db, page.poll)
    by = f"by source {page.source}" + (f", poll {page.poll}" if page.poll else "")
    if poll is not None:
        by += f" ({poll.outcome}, {poll.found} listed)"
    title = f', as "{page.title}"' if page.title else ""
    date = f", dated {page.published}" if page.published else ""
    quiet = "; the source's first poll: only what is young alerts" if page.quiet else ""
    yield Event(at=page.found, what="found", said=f"{page.url} {by}{title}{date}{quiet}")
    tries = f" (try {page.attempts})" if page.attempts > 1 else ""
    if page.fate == Fate.FOUND:
        yield Event(at=None, what="waits", said=f"to be fetched by the next poll of {page.source}")
    elif page.fate == Fate.FAILED:
        yield Event(at=page.settled, what="failed", said=page.reason + tries)
        yield Event(at=page.retry, what="tries again", said=f"with a poll of {page.source}")
    elif page.fate == Fate.DROPPED:
        yield Event(at=page.settled, what="dropped", said=page.reason + tries)
    else:
        reason = page.reason or f"as article {page.article}"
        yield Event(at=page.settled, what="filed", said=f"by source {page.source}: {reason}{tries}")
        yield from _visits(page)


def _visits(page: Page) -> Iterator[Event]:
    """When a filed page was looked at again, and when it will be."""
    if page.looked is not None and page.settled is not None and page.looked > page.settled:
        yield Event(at=page.looked, what="looked", said=f"again, by source {page.source}")
    if page.look is not None:
        said = f"again at a poll of {page.source}, whether it has changed"
        yield Event(at=page.look, what="looks", said=said)


def _troubles(db: Database, source: str) -> Iterator[Event]:
    """What is the matter with the source itself: it may be why the page fared badly."""
    for trouble in troubles.of_source(db, source):
        if trouble.ended is None:
            said = f"source {source}: {words(trouble.finding)}"
            yield Event(at=trouble.finding.since, what="trouble", said=said)


def _archived(db: Database, article: Article) -> Iterator[Event]:
    """What was fetched and read, and where it stands in the archive."""
    newest = article.newest
    raw = raw_facts(db, article.id)
    if raw is not None:
        kept = "" if raw.kept else "; the response itself is no longer kept (keep_raw)"
        said = f"{raw.url}, HTTP {raw.status}, {raw.size} bytes, sha256 {raw.sha256}{kept}"
        yield Event(at=raw.fetched_at, what="fetched", said=said)
        facts = [f"{e.field} from {e.where}" for e in article.evidence if e.chosen]
        said = f"{len(newest.text)} characters" + "".join(f", {fact}" for fact in facts)
        yield Event(at=raw.fetched_at, what="extracted", said=said)
    story = f"article {article.id} in story {newest.story}"
    if newest.copy_of is not None:
        story += f", a copy of article {newest.copy_of}"
    yield Event(at=newest.first_seen, what="archived", said=story)
    if newest.number > 1:
        yield Event(at=newest.seen, what="revised", said=f"its text number {newest.number}")
    if article.withdrawn is not None:
        said = "its page answers that it is gone (404 or 410)"
        yield Event(at=article.withdrawn, what="withdrawn", said=said)


def _told(db: Database, article: Article) -> Iterator[Event]:
    """Which rules held, and what became of their alerts."""
    found = history.matches_of_article(db, article.id)
    for match in found:
        yield Event(at=match.matched, what="matched", said=_matched(match))
        if match.silence:
            yield Event(at=match.matched, what="not told", said=match.silence)
        if match.pruned:
            yield Event(at=match.matched, what="told", said=history.PRUNED)
        for alert in match.alerts:
            yield from _alert(db, alert)
    if matches.cursor(db) < article.newest.id:
        said = "the rules have not looked at its newest text yet; the running service does at once"
        yield Event(at=None, what="waits", said=said)
    elif not found:
        yield Event(at=None, what="no match", said="no rule held for it")


def _matched(match: MatchRow) -> str:
    words = ", ".join(
        f"{word.text}" + (f" ×{word.count}" if word.count > 1 else "") + f" in the {word.field}"
        + (f" (for {word.term})" if word.term != word.text else "")
        for word in match.words
    )  # fmt: skip
    number = f", text number {match.revision}" if match.revision > 1 else ""
    return f"rule {match.rule}{number}: {words}"


_TRIED = {"later": "not yet", "unknown": "in doubt", "dead": "given up"}


def _alert(db: Database, alert: AlertRow) -> Iterator[Event]:
    whom = f"alert {alert.id} for channel {alert.channel}"
    yield Event(at=alert.created, what="queued", said=whom)
    for attempt in history.attempts(db, alert.id):
        status = f", {attempt.status}" if attempt.status else ""
        took = f", {attempt.took.total_seconds() * 1000:.0f} ms"
        answer = f": {attempt.answer}" if attempt.answer else ""
        what = _TRIED.get(attempt.outcome, attempt.outcome)
        yield Event(at=attempt.at, what=what, said=f"{whom}{status}{took}{answer}")
    if alert.state == "due":
        late = f" ({alert.reason})" if alert.reason else ""
        yield Event(at=alert.due, what="waits", said=f"{whom}{late}")
    elif alert.state in {"dead", "muted"}:
        yield Event(at=alert.settled, what=alert.state, said=f"{whom}: {alert.reason}")
    if alert.via:
        yield Event(at=alert.created, what="collected", said=f"{whom}: goes with {alert.via}")
        with_ = history.find_alert(db, alert.via)
        yield from (event for event in _alert(db, with_) if event.what != "queued")

"""What the API says of articles, stories, sources and alerts: plain values, times in ISO 8601."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crawler.health.words import words
from presswatch.clock import iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from alerts.history import AlertRow, AttemptRow
    from alerts.overview import Matched
    from archive.article import Article
    from archive.browse import Listed, Story
    from archive.retold import Telling
    from archive.search import Hit
    from crawler.health import Trouble
    from crawler.ledger import PollRow, SourceState


def listed(one: Listed) -> dict[str, Any]:
    return {
        "id": one.article,
        "story": one.story,
        "url": one.url,
        "title": one.title,
        "source": one.source,
        "language": one.language,
        "published": iso(one.published),
        "published_precise": one.precise,
        "first_seen": iso(one.first_seen),
        "revisions": one.texts,
        "withdrawn": one.withdrawn,
    }


def hit(one: Hit) -> dict[str, Any]:
    return {
        "id": one.article,
        "story": one.story,
        "url": one.url,
        "title": one.title,
        "source": one.source,
        "language": one.language,
        "published": iso(one.published),
        "first_seen": iso(one.first_seen),
        "snippets": [
            {"text": s.text, "marks": [list(mark) for mark in s.marks], "field": s.field}
            for s in one.snippets
        ],
    }


def article(one: Article, doubts: Sequence[str]) -> dict[str, Any]:
    newest = one.newest
    return {
        "id": one.id,
        "story": newest.story,
        "url": newest.url,
        "title": newest.title,
        "text": newest.text,
        "source": newest.source,
        "language": newest.language,
        "published": iso(newest.published),
        "published_precise": newest.published_precise,
        "doubts": list(doubts),
        "first_seen": iso(newest.first_seen),
        "seen": iso(newest.seen),
        "withdrawn": iso(one.withdrawn),
        "authors": list(newest.authors),
        "credited_source": one.credited_source,
        "captions": list(one.captions),
        "revisions": one.revisions,
        "copy_of": newest.copy_of,
        "aliases": list(one.aliases),
        "evidence": [
            {"field": e.field, "value": e.value, "where": e.where, "chosen": e.chosen}
            for e in one.evidence
        ],
        "raw_sha256": one.raw_sha256,
    }


def story(one: Story, matched: Iterable[Matched]) -> dict[str, Any]:
    return {
        "id": one.id,
        "first": listed(one.first),
        "outlets": list(one.outlets),
        "articles": list(one.articles),
        "rules": sorted({match.rule for match in matched}),
    }


def telling(one: Telling) -> dict[str, Any]:
    return {
        "id": one.article,
        "url": one.url,
        "title": one.title,
        "source": one.source,
        "published": iso(one.published),
        "first_seen": iso(one.first_seen),
        "how": one.how,  # it stands to the first, in words; "" for the first itself
    }


def source(
    name: str, state: SourceState | None, troubles: Iterable[Trouble], *, enabled: bool | None
) -> dict[str, Any]:
    return {
        "name": name,
        "enabled": enabled,  # null: the config names it no more
        "kind": state.kind if state else None,
        "url": state.url if state else None,
        "last_poll": iso(state.last_poll) if state else None,
        "last_ok": iso(state.last_ok) if state else None,
        "last_outcome": state.last_outcome if state else "",
        "last_reason": state.last_reason if state else "",
        "failures": state.failures if state else 0,
        "next_poll": iso(state.next_poll) if state else None,
        "polls": state.polls if state else 0,
        "unchanged": state.unchanged if state else 0,
        "troubles": [
            {
                "kind": one.finding.kind.value,
                "since": iso(one.finding.since),
                "text": words(one.finding),
            }
            for one in troubles
        ],
    }


def poll(one: PollRow) -> dict[str, Any]:
    return {
        "id": one.id,
        "started": iso(one.started),
        "took_ms": round(one.took.total_seconds() * 1000),
        "outcome": one.outcome,
        "reason": one.reason,
        "found": one.found,
        "new": one.new,
        "revised": one.revised,
        "copies": one.copies,
        "dropped": one.dropped,
        "failed": one.failed,
    }


def alert(one: AlertRow, about: str, of: int | None) -> dict[str, Any]:
    return {
        "id": one.id,
        "rule": one.rule or None,
        "channel": one.channel,
        "state": one.state,
        "tries": one.attempts,
        "queued": iso(one.created),
        "due": iso(one.due),
        "settled": iso(one.settled),
        "reason": one.reason,
        "title": about,
        "article": of,
    }


def attempt(one: AttemptRow) -> dict[str, Any]:
    return {
        "at": iso(one.at),
        "took_ms": round(one.took.total_seconds() * 1000),
        "outcome": one.outcome,
        "status": one.status,
        "answer": one.answer,
    }

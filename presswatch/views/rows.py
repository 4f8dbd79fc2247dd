"""What programs are told: the rows of `--json` and of the API, alike. Times are ISO 8601.

Imports nothing of weight: commands that print a row answer at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from presswatch.clock import iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from alerts.history import AlertRow, AttemptRow, ChannelState
    from alerts.history.overview import Matched
    from alerts.mute import Mute
    from archive.article import Article
    from archive.browse import Listed, Story
    from archive.retold import Telling
    from archive.search import Hit
    from crawler.health import Trouble
    from crawler.ledger import PollRow
    from presswatch.views.standing import Concern, SourceStanding, Standing


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


def source(one: SourceStanding) -> dict[str, Any]:
    state = one.state
    return {
        "name": one.name,
        "enabled": one.enabled,
        "state": one.how,
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
        "troubles": [trouble(found) for found in one.troubles],
    }


def trouble(one: Trouble) -> dict[str, Any]:
    """A finding of the self-check."""
    from crawler.health.words import words

    finding = one.finding
    return {
        "kind": finding.kind.value,
        "since": iso(finding.since),
        "expected": finding.expected,
        "seen": finding.seen,
        "total": finding.total,
        "text": words(finding),
        "told": one.told,
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


def alert(one: AlertRow) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "rule": one.rule or None,
        "channel": one.channel,
        "state": one.state,
        "tries": one.attempts,
        "queued": iso(one.created),
        "due": iso(one.due),
        "settled": iso(one.settled),
        "reason": one.reason,
        "via": one.via or None,
    }


def attempt(one: AttemptRow) -> dict[str, Any]:
    return {
        "at": iso(one.at),
        "took_ms": round(one.took.total_seconds() * 1000),
        "outcome": one.outcome,
        "status": one.status,
        "answer": one.answer,
    }


def mute(one: Mute) -> dict[str, Any]:
    return {
        "what": one.target,
        "kind": one.kind,
        "name": one.name,
        "since": iso(one.since),
        "until": iso(one.until),
    }


def status(standing: Standing, concerns: Iterable[Concern]) -> dict[str, Any]:
    """How everything stands, and what somebody should look at."""
    return {
        "attention": [str(one) for one in concerns],
        "service": _service(standing),
        "config": _config(standing),
        "archive": {
            "used": standing.size.used if standing.size else None,
            "free": standing.size.free if standing.size else None,
            "disk_free": standing.room,
        },
        "troubles": [trouble(one) for one in standing.troubles],
        "network": trouble(standing.network) if standing.network else None,
        "sources": [source(one) for one in standing.sources],
        "alerts": standing.alerts,
        "muted": [mute(one) for one in standing.mutes],
        "channels": [channel(one, enabled=enabled) for one, enabled in standing.channels],
    }


def _service(standing: Standing) -> dict[str, Any]:
    beat = standing.beat
    return {
        "running": standing.alive,
        "pid": beat.pid if beat else None,
        "started": iso(beat.started) if beat else None,
        "at": iso(beat.at) if beat else None,
        "version": beat.version if beat else None,
    }


def _config(standing: Standing) -> dict[str, Any] | None:
    note = standing.config
    if note is None:
        return None
    changed = dict(note.changed)
    return {"read": iso(note.read), "changed": changed, "needs_restart": note.restart}


def channel(one: ChannelState, *, enabled: bool) -> dict[str, Any]:
    return {
        "name": one.name,
        "enabled": enabled,
        "due": one.due,
        "collected": one.collected,
        "delivered": one.delivered,
        "dead": one.dead,
        "oldest_due": iso(one.oldest_due),
        "disabled": iso(one.disabled),
        "disabled_reason": one.disabled_reason,
        "failing": iso(one.failing),
        "failing_reason": one.failing_reason,
        "held_until": iso(one.held_until),
    }

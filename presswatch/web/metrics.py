"""/metrics: the archive's own numbers, read when they are asked for, beside those of the process.

What is counted in the archive grows from start to start; a scraper sees no reset in between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector, CollectorRegistry
from starlette.responses import Response

from alerts import history, matches, overview
from archive.browse import totals
from archive.heartbeat import heartbeat
from crawler.health import troubles
from crawler.ledger import traffic
from presswatch.standing import alive
from presswatch.web.serve import asked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.metrics_core import Metric
    from sqlite_utils import Database
    from starlette.requests import Request

    from presswatch.web.ask import Ask
    from presswatch.web.desk import Desk

_KIND: Final = ["kind"]


async def metrics(request: Request) -> Response:
    """Everything in the text format of Prometheus."""
    desk: Desk = request.app.state.desk

    def job(db: Database) -> bytes:
        ask = asked(request, desk, {})
        registry = CollectorRegistry()
        registry.register(_Numbers(list(numbers(db, ask))))
        own = generate_latest(desk.meters.registry) if desk.meters is not None else b""
        return generate_latest(registry) + own

    body = await desk.readers.read(job)
    return Response(body, headers={"Content-Type": CONTENT_TYPE_LATEST})


class _Numbers(Collector):
    """Metrics that are known already."""

    def __init__(self, found: list[Metric]) -> None:
        self._found = found

    def collect(self) -> list[Metric]:
        return self._found


def numbers(db: Database, ask: Ask) -> Iterator[Metric]:
    """The archive's numbers, as of one moment."""
    now = ask.clock.now
    articles, revisions = totals(db)
    yield _counter("presswatch_articles", "Articles that were archived", articles)
    yield _counter("presswatch_revisions", "Texts that were archived", revisions)
    yield _counter("presswatch_matches", "Rules that held for a text", overview.last_match(db))
    yield from _polls(db)
    states = GaugeMetricFamily("presswatch_alerts", "Alerts by state", labels=["state"])
    for state, count in history.counts(db).items():
        states.add_metric([state], count)
    yield states
    yield from _deliveries(db)
    oldest = history.oldest_due(db)
    age = (now - oldest).total_seconds() if oldest else 0.0
    yield GaugeMetricFamily(
        "presswatch_queue_age_seconds", "How long the oldest waiting alert has waited", age
    )
    waiting = revisions - matches.cursor(db)
    yield GaugeMetricFamily("presswatch_unmatched_texts", "Texts not matched yet", max(0, waiting))
    yield from _sources(db, ask)
    beating = float(alive(heartbeat(db), now))
    yield GaugeMetricFamily("presswatch_up", "Whether the service gives signs of life", beating)


def _polls(db: Database) -> Iterator[Metric]:
    polls, unchanged, failing = traffic.polls(db)
    yield _counter("presswatch_polls", "Polls of all sources", polls)
    yield _counter("presswatch_polls_unchanged", "Polls that found nothing changed", unchanged)
    yield GaugeMetricFamily("presswatch_sources_failing", "Sources whose last poll failed", failing)


def _deliveries(db: Database) -> Iterator[Metric]:
    tries = CounterMetricFamily(
        "presswatch_delivery_tries", "Tries to deliver, by outcome", labels=["outcome"]
    )
    for outcome, count in sorted(overview.tries(db).items()):
        tries.add_metric([outcome], count)
    yield tries


def _sources(db: Database, ask: Ask) -> Iterator[Metric]:
    opened = troubles.opened(db)
    known = ask.book.rules.outline.sources
    states = GaugeMetricFamily("presswatch_sources", "Sources of the config", labels=["state"])
    states.add_metric(["paused"], sum(not enabled for _, enabled in known))
    troubled = sum(enabled and name in opened for name, enabled in known)
    states.add_metric(["troubled"], troubled)
    states.add_metric(["well"], sum(enabled for _, enabled in known) - troubled)
    yield states
    kinds = GaugeMetricFamily("presswatch_troubles", "Troubles that are not over", labels=_KIND)
    found = [kind.value for one in opened.values() for kind in one]
    for kind in sorted(set(found)):
        kinds.add_metric([kind], found.count(kind))
    yield kinds


def _counter(name: str, said: str, value: int) -> Metric:
    return CounterMetricFamily(name, said, value)

"""/metrics: the archive's own numbers, read when they are asked for, beside those of the process.

What is counted in the archive grows from start to start; a scraper sees no reset in between.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector, CollectorRegistry
from starlette.responses import Response

from alerts import history, matches
from alerts.history import overview
from archive.browse import totals
from crawler.health import Kind
from crawler.ledger import traffic
from presswatch.views.standing import attention
from presswatch.web.serve import asked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from prometheus_client.metrics_core import Metric
    from sqlite_utils import Database
    from starlette.requests import Request

    from presswatch.process.meters import Meters
    from presswatch.views.standing import Standing
    from presswatch.web.ask import Ask
    from presswatch.web.desk import Desk

_KIND: Final = ["kind"]


async def metrics(request: Request) -> Response:
    """Everything in the text format of Prometheus."""
    desk: Desk = request.app.state.desk

    def job(db: Database) -> Response:
        return exposed(numbers(db, asked(request, desk, {})), desk.meters)

    return await desk.readers.read(job)


def exposed(found: Iterable[Metric], meters: Meters | None) -> Response:
    """These numbers, and those of the process."""
    registry = CollectorRegistry()
    registry.register(_Numbers(list(found)))
    own = generate_latest(meters.registry) if meters is not None else b""
    headers = {"Content-Type": CONTENT_TYPE_LATEST}
    return Response(generate_latest(registry) + own, headers=headers)


class _Numbers(Collector):
    """Metrics that are known already."""

    def __init__(self, found: list[Metric]) -> None:
        self._found = found

    def collect(self) -> list[Metric]:
        return self._found


def numbers(db: Database, ask: Ask) -> Iterator[Metric]:
    """The archive's numbers, as of one moment."""
    now, standing = ask.clock.now, ask.standing(db, sums=True)
    articles, revisions = totals(db)
    yield _counter("presswatch_articles", "Articles that were archived", articles)
    yield _counter("presswatch_revisions", "Texts that were archived", revisions)
    yield _counter("presswatch_matches", "Rules that held for a text", overview.last_match(db))
    yield from _polls(db)
    states = GaugeMetricFamily("presswatch_alerts", "Alerts by state", labels=["state"])
    for state, count in standing.alerts.items():
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
    yield from _sources(standing)
    yield from _state(attention=len(attention(standing)), up=standing.alive)


def without_archive(*, full: bool) -> Iterator[Metric]:
    """What is known before there is an archive, which may be for want of room."""
    yield _troubles({Kind.DISK.value: 1} if full else {})
    yield from _state(attention=int(full), up=False)


def _state(*, attention: int, up: bool) -> Iterator[Metric]:
    said = "What somebody should look at: the lines of `presswatch status`"
    yield GaugeMetricFamily("presswatch_attention", said, attention)
    said = "Whether the service gives signs of life"
    yield GaugeMetricFamily("presswatch_up", said, float(up))


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


def _sources(standing: Standing) -> Iterator[Metric]:
    ways = Counter(source.how for source in standing.sources)
    states = GaugeMetricFamily("presswatch_sources", "Sources of the config", labels=["state"])
    for how in ("paused", "troubled", "well"):
        states.add_metric([how], ways[how])
    yield states
    opened = [*standing.troubles, *(one for found in standing.sources for one in found.troubles)]
    yield _troubles(Counter(one.finding.kind.value for one in opened))


def _troubles(counts: Mapping[str, int]) -> Metric:
    kinds = GaugeMetricFamily("presswatch_troubles", "Troubles that are not over", labels=_KIND)
    for kind, count in sorted(counts.items()):
        kinds.add_metric([kind], count)
    return kinds


def _counter(name: str, said: str, value: int) -> Metric:
    return CounterMetricFamily(name, said, value)

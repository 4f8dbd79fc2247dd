"""What the process counts while it runs, for `/metrics`: polls, requests, how its loop stalls.

All else that is worth a number is in the archive and outlives a restart (`presswatch.web.metrics`).
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Histogram

if TYPE_CHECKING:
    from crawler.source import PollReport

#: Between two looks at how late the loop is.
LOOK: Final = timedelta(milliseconds=500)

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
_STALL = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class Meters:
    """Counters and histograms of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._polls = Histogram(
            "presswatch_poll_seconds",
            "Time of a poll, its fetches and its reading of pages included",
            ["outcome"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._fetches = Histogram(
            "presswatch_fetch_seconds",
            "Time of a request on the wire, its turn at the origin not included",
            ["outcome"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._stall = Histogram(
            "presswatch_loop_stall_seconds",
            "How late the service's loop was, looked at twice a second",
            buckets=_STALL,
            registry=self.registry,
        )

    def polled(self, report: PollReport) -> None:
        """A poll has ended."""
        self._polls.labels(report.outcome).observe(report.took.total_seconds())

    def fetched(self, outcome: str, seconds: float) -> None:
        """A request was answered ("2xx" … "5xx"), or not ("failed")."""
        self._fetches.labels(outcome).observe(seconds)

    async def watch_loop(self) -> None:
        """Measure the running loop until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + LOOK.total_seconds()
            await asyncio.sleep(LOOK.total_seconds())
            self._stall.observe(max(0.0, loop.time() - due))

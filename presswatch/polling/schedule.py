"""When each source is polled: the one file that imports APScheduler.

The database owns the time of the next poll; a job of the scheduler is its copy in memory, set by
`Schedule.arm` alone. Every poll ends by arming the next one, so a job fires once.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from apscheduler.executors.debug import DebugExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from crawler.source import Source

#: A failing source is asked at least this often.
LONGEST_BACKOFF = timedelta(days=1)

_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_INSTANT = timedelta(microseconds=1)

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_NUMBERS = re.compile(r"([0-7])(?:-([0-7]))?(?:/([1-7]))?")

#: Polls that are due at the same moment start this far apart, or their interval's fair share.
SPREAD = timedelta(milliseconds=250)


@dataclass(frozen=True, slots=True)
class CronTimes:
    """The moments of a cron expression in its time zone; equal where both are."""

    text: str
    timezone: str

    def after(self, moment: datetime) -> datetime:
        """The first of them that is later than the moment, in UTC."""
        return _following(self.text, self.timezone, moment + _INSTANT) or _NEVER


def check_cron(text: str, timezone: str) -> str | None:
    """What is wrong with a cron expression, in words; None if nothing is."""
    try:
        trigger = _trigger(text, timezone)
    except (ValueError, KeyError) as error:
        return str(error)
    if trigger.get_next_fire_time(None, datetime.now(UTC)) is None:
        return "never comes round"
    return None


def _following(text: str, timezone: str, moment: datetime) -> datetime | None:
    """The first time from the moment on, in UTC; None: it never comes round.

    Where the clocks go forward, a time that is left out comes as much later (RFC 5545). Where they
    go back, one that is shown twice comes the first time alone; but for what names no hour or no
    minute (`*`), which comes in both, as cron has it.
    """
    trigger, zone = _trigger(text, timezone), ZoneInfo(timezone)
    minute, hour, *_ = text.split()
    once = not (minute.startswith("*") or hour.startswith("*"))
    while True:
        at: datetime | None = trigger.get_next_fire_time(None, moment)
        if at is None:
            return None
        found = at.astimezone(UTC)
        if not (once and found.astimezone(zone).fold):
            return found
        moment = found + _INSTANT


def _trigger(text: str, timezone: str) -> CronTrigger:
    """Raises ValueError, and KeyError for the zone."""
    fields = text.split()
    fields[4:] = [_weekdays(field) for field in fields[4:]]
    return CronTrigger.from_crontab(" ".join(fields), timezone=ZoneInfo(timezone))


def _weekdays(field: str) -> str:
    """Weekdays by name, since APScheduler begins to count on Monday, and crontab(5) on Sunday."""
    parts = (_NUMBERS.fullmatch(part) or part for part in field.split(","))
    return ",".join(part if isinstance(part, str) else _named(part) for part in parts)


def _named(found: re.Match[str]) -> str:
    first, last, step = int(found[1]), int(found[2] or found[1]), int(found[3] or 1)
    if last < first or (found[3] and not found[2]):
        return found[0]  # APScheduler says what is wrong with it
    return ",".join(_DAYS[day % 7] for day in range(first, last + 1, step))


def next_poll(
    source: Source, *, failures: int, started: datetime, not_before: datetime | None
) -> datetime:
    """When to poll a source again after a poll that began at `started`.

    By its interval or its cron expression; a failing source at intervals that double up to
    `LONGEST_BACKOFF` (or its own interval if that is longer), with up to 10 % on top so that
    sources which failed together do not come back together; never before what the server asked.
    """
    if failures:
        interval = _interval(source, started)
        longest = max(LONGEST_BACKOFF, interval)
        wait = min(interval * (1 << min(failures, 20)), longest)
        at = started + wait * random.uniform(1, 1.1)  # noqa: S311  # spreads load, guards nothing
    else:
        at = _regular(source, started)
    at = whole_second(at)
    return at if not_before is None else max(at, not_before)


def whole_second(at: datetime) -> datetime:
    """The nearest whole second.

    Polls that start together wake the process once and share the archive's commits: with 10,000
    sources an unchanged poll costs 2.0 ms of CPU instead of 4.1 (`python -m bench sources`).
    """
    return (at + timedelta(milliseconds=500)).replace(microsecond=0)


def _regular(source: Source, after: datetime) -> datetime:
    if not source.cron:
        return after + source.every
    at = _following(source.cron, source.timezone, after + timedelta(seconds=1))
    return after + source.every if at is None else at


def _interval(source: Source, now: datetime) -> timedelta:
    if not source.cron:
        return source.every
    first = _regular(source, now)
    return _regular(source, first) - first


def opening(
    sources: Iterable[Source], planned: Mapping[str, datetime | None], now: datetime
) -> dict[str, datetime]:
    """The first poll of every source after a start.

    A poll that is still ahead keeps its time. What is overdue or new is spread over `SPREAD` a
    source, but no wider than the shortest interval among them, in the order of the config.
    """
    due = [s for s in sources if (at := planned.get(s.name)) is None or at <= now]
    widest = min((source.every for source in due), default=timedelta())
    gap = min(SPREAD, widest / max(1, len(due)))
    times = {source.name: now + gap * place for place, source in enumerate(due)}
    return times | {name: at for name, at in planned.items() if at is not None and at > now}


class _WhenArmed(BaseTrigger):  # type: ignore[misc]
    """Never by itself. A job that stays is moved for a third of what making a new one costs."""

    def get_next_fire_time(self, _: datetime | None, __: datetime) -> datetime:
        return _NEVER


class Schedule:
    """Calls `fire(name)` in the loop when a source is due; firing must not block."""

    def __init__(self, fire: Callable[[str], None]) -> None:
        self._fire = fire
        self._known: set[str] = set()
        self._stopped = False
        self._scheduler = AsyncIOScheduler(
            jobstores={"default": MemoryJobStore()},
            # Despite its name the right one: it calls `fire` at once, in the loop. The asyncio one
            # makes a task of each call, and cancels with an error those that a stop has overtaken.
            executors={"default": DebugExecutor()},
            timezone=UTC,
            # A default grace of one second would silently skip a poll when the loop is busy.
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )

    def start(self) -> None:
        """Begin to fire; call it in the running loop."""
        self._scheduler.start()

    def stop(self) -> None:
        """Fire no more; polls that end after it arm nothing."""
        self._stopped = True
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def arm(self, name: str, at: datetime) -> None:
        """Set the next poll of a source, in the place of any other."""
        if self._stopped:  # its jobs are gone
            return
        if name in self._known:
            self._scheduler.modify_job(name, next_run_time=at)
            return
        self._known.add(name)
        self._scheduler.add_job(
            self._fire, _WhenArmed(), args=[name], id=name, name=name, next_run_time=at
        )

    def disarm(self, name: str) -> None:
        """Poll a source no more."""
        if name in self._known and not self._stopped:
            self._known.discard(name)
            self._scheduler.remove_job(name)

"""When sources are polled."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.source import Source
from presswatch.polling.schedule import LONGEST_BACKOFF, Schedule, check_cron, next_poll, opening

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def source(name: str = "s", **more: object) -> Source:
    return Source(name=name, url="https://example.org/feed", **more)  # type: ignore[arg-type]


def after(source: Source, failures: int = 0, not_before: datetime | None = None) -> datetime:
    return next_poll(source, failures=failures, started=NOW, not_before=not_before)


def test_a_healthy_source_keeps_its_interval() -> None:
    """Counted from the start of the poll, so that a slow one does not drift."""
    assert after(source(every=timedelta(minutes=15))) == NOW + timedelta(minutes=15)


def test_cron_is_read_in_the_source_s_own_time_zone() -> None:
    """Eight in Shanghai is midnight in UTC."""
    at = after(source(cron="0 8 * * *", timezone="Asia/Shanghai"))

    assert at == datetime(2026, 3, 5, 0, 0, tzinfo=UTC)


def test_what_the_server_asked_for_wins_if_it_is_later() -> None:
    """Retry-After is an order, and an early one changes nothing."""
    asked = NOW + timedelta(hours=2)

    assert after(source(), not_before=asked) == asked
    assert after(source(), not_before=NOW) == NOW + timedelta(minutes=15)


@given(st.integers(1, 60), st.integers(5, 5_000_000))
def test_a_failing_source_backs_off_but_is_never_given_up(failures: int, seconds: int) -> None:
    """Never sooner than its interval, never later than the longest backoff or that interval."""
    every = timedelta(seconds=seconds)

    wait = after(source(every=every), failures=failures) - NOW

    assert every <= wait <= max(LONGEST_BACKOFF, every) * 1.1 + timedelta(seconds=1)


@given(st.integers(0, 3), st.timedeltas(timedelta(), timedelta(days=1)))
def test_polls_of_one_second_start_together(failures: int, shift: timedelta) -> None:
    """Whatever the fraction at which a poll began; and the interval does not drift by rounding."""
    started, every = NOW + shift, timedelta(minutes=15)

    at = next_poll(source(every=every), failures=failures, started=started, not_before=None)

    assert at.microsecond == 0
    assert at - started >= every - timedelta(milliseconds=500)
    if not failures:
        assert abs(at - started - every) <= timedelta(milliseconds=500)


def test_backing_off_doubles() -> None:
    """One failure doubles the interval, two make it four times as long."""
    every = timedelta(minutes=5)
    for failures, factor in ((1, 2), (2, 4), (3, 8)):
        wait = after(source(every=every), failures=failures) - NOW

        assert every * factor <= wait <= every * factor * 1.1


def test_first_polls_are_spread_and_in_the_order_of_the_config() -> None:
    """A start with many sources must not ask all of them at once."""
    sources = [source(f"s{number}") for number in range(100)]

    times = opening(sources, {}, NOW)

    moments = [times[s.name] for s in sources]
    assert moments == sorted(moments)
    assert len(set(moments)) == 100
    assert moments[0] == NOW


@given(st.integers(1, 400), st.integers(5, 86_400))
def test_everything_due_is_polled_within_its_interval(count: int, seconds: int) -> None:
    """However many sources there are, the last one starts before the first is due again."""
    sources = [source(f"s{number}", every=timedelta(seconds=seconds)) for number in range(count)]

    times = opening(sources, {}, NOW)

    assert max(times.values()) - NOW < timedelta(seconds=seconds)


def test_a_poll_that_is_still_ahead_keeps_its_time() -> None:
    """A restart is no reason to poll again; what is overdue comes at once."""
    later = NOW + timedelta(minutes=7)
    planned = {"ahead": later, "overdue": NOW - timedelta(hours=3), "gone": later}

    times = opening([source("ahead"), source("overdue"), source("new")], planned, NOW)

    assert times["ahead"] == later
    assert times["overdue"] == NOW
    assert times["new"] > NOW


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("0 8 * * *", None), ("0 8 * *", "fields"), ("99 * * * *", ""), ("0 0 30 2 *", "never")],
)
def test_cron_expressions_are_checked(text: str, complaint: str | None) -> None:
    """A wrong one is named before the service starts, not when it should have fired."""
    found = check_cron(text, "Asia/Shanghai")

    assert (found is None) == (complaint is None)
    assert complaint is None or complaint in str(found)


def test_a_source_fires_when_it_is_due_and_once() -> None:
    """Arming again moves the poll; it does not add one."""

    async def run() -> list[str]:
        fired: list[str] = []
        both = asyncio.Event()

        def fire(name: str) -> None:
            fired.append(name)
            if len(fired) == 2:
                both.set()

        schedule = Schedule(fire)
        far = datetime.now(UTC) + timedelta(days=1)
        schedule.arm("a", far)
        schedule.start()
        schedule.arm("a", datetime.now(UTC))
        schedule.arm("b", datetime.now(UTC) + timedelta(milliseconds=50))
        schedule.arm("c", far)
        async with asyncio.timeout(10):
            await both.wait()
        schedule.stop()
        return fired

    assert asyncio.run(run()) == ["a", "b"]


def test_a_stop_that_overtakes_a_due_poll_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    """Whenever it comes: nobody should read of a cancelled job in the log of a clean stop."""

    async def stop_after(turns: int) -> None:
        schedule = Schedule(lambda _: None)
        schedule.arm("a", datetime.now(UTC))
        schedule.start()
        for _ in range(turns):
            await asyncio.sleep(0)
        schedule.stop()
        await asyncio.sleep(0)

    for turns in range(6):
        asyncio.run(stop_after(turns))

    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


def test_a_poll_that_ends_in_a_stop_arms_nothing() -> None:
    """It is told by nobody's traceback in the log of a clean stop."""

    async def run() -> list[str]:
        fired: list[str] = []
        schedule = Schedule(fired.append)
        schedule.arm("a", datetime.now(UTC) + timedelta(days=1))
        schedule.start()
        schedule.stop()
        await asyncio.sleep(0.01)
        schedule.arm("a", datetime.now(UTC))
        schedule.arm("b", datetime.now(UTC))
        schedule.disarm("a")
        await asyncio.sleep(0.01)
        return fired

    assert asyncio.run(run()) == []

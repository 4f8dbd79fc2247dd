"""When a request may leave, decided with a clock and transfers that tests move."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.http import Response

from crawler.errors import ToldToWait
from crawler.fetch.pace import LONGEST_WAIT, Pace, retry_after
from tests.support.fetching import run

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
A, B = "https://a.example:443", "https://b.example:443"
MINUTE = timedelta(minutes=1)
Transfer = Callable[[], Awaitable[Response]]


def answer(status: int = 200, **headers: str | bytes) -> Response:
    return Response("https://a.example/x", status=status, headers=headers)


@pytest.mark.parametrize(
    ("status", "value", "wait"),
    [
        (503, "120", timedelta(seconds=120)),
        (429, "1", timedelta(seconds=1)),
        (503, " 7 ", timedelta(seconds=7)),
        (503, "Sun, 22 Nov 2026 12:05:00 GMT", timedelta(minutes=5)),
        (503, "Sunday, 22-Nov-26 12:05:00 GMT", timedelta(minutes=5)),
        (503, "Sun Nov 22 12:05:00 2026", timedelta(minutes=5)),
        (503, "999999999999999999999999", LONGEST_WAIT),
        (503, "Fri, 22 Nov 2030 12:05:00 GMT", LONGEST_WAIT),
        (503, "Fri, 31 Dec 9999 23:59:59 -1200", None),
        (503, "Mon, 01 Jan 0001 00:00:00 +1200", None),
        (503, "0", None),
        (503, "-5", None),
        (503, "1.5", None),
        (503, "٣", None),
        (503, "soon", None),
        (503, "Sun, 22 Nov 2026 11:00:00 GMT", None),
        (503, "Sun, 99 Nov 2026 11:00:00 GMT", None),
        (503, None, None),
        (429, None, MINUTE),
        (429, "soon", MINUTE),
    ],
)
def test_how_long_an_answer_asks_us_to_wait(
    status: int, value: str | None, wait: timedelta | None
) -> None:
    response = answer(status)
    if value is not None:
        response.headers["Retry-After"] = value
    assert retry_after(response, NOW) == (None if wait is None else NOW + wait)


@given(st.binary(max_size=40), st.sampled_from([429, 503]))
def test_no_retry_after_breaks_it(value: bytes, status: int) -> None:
    until = retry_after(answer(status, **{"Retry-After": value}), NOW)
    assert until is None or NOW < until <= NOW + LONGEST_WAIT


@given(st.integers(min_value=1, max_value=10**7))
def test_both_forms_mean_the_same(seconds: int) -> None:
    date = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert retry_after(answer(503, **{"Retry-After": date}), NOW) == retry_after(
        answer(503, **{"Retry-After": str(seconds)}), NOW
    )


# ------------------------------------------------------------------ turns


class Times:
    """A wall clock that the test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class FakeTransfers:
    """Transfers that end when the test lets them."""

    def __init__(self) -> None:
        self.begun: list[object] = []
        self.under_way = 0
        self.most = 0
        self.go = asyncio.Event()

    def to(self, name: object, response: Response | None = None) -> Transfer:
        async def transfer() -> Response:
            self.begun.append(name)
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            try:
                await self.go.wait()
            finally:
                self.under_way -= 1
            return response or answer()

        return transfer


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def test_one_at_a_time_to_an_origin_in_order() -> None:
    async def main() -> Any:
        pace, transfers = Pace(32), FakeTransfers()
        transfers.go.set()
        await asyncio.gather(*(pace.turn(A, 0, transfers.to(n)) for n in range(20)))
        return transfers.begun, transfers.most

    assert run(main()) == (list(range(20)), 1)


def test_a_hung_origin_with_a_queue_holds_up_nobody() -> None:
    async def main() -> Any:
        pace, transfers = Pace(2), FakeTransfers()
        hung = [asyncio.create_task(pace.turn(A, 0, transfers.to("a"))) for _ in range(30)]
        await settle()
        other = FakeTransfers()
        other.go.set()
        await pace.turn(B, 0, other.to("b"))
        for task in hung:
            task.cancel()
        await asyncio.wait(hung)
        return transfers.begun, other.begun

    assert run(main()) == (["a"], ["b"])


def test_no_more_transfers_than_allowed() -> None:
    async def main() -> Any:
        pace, transfers = Pace(3), FakeTransfers()
        tasks = [
            asyncio.create_task(pace.turn(f"https://{n}.example:443", 0, transfers.to(n)))
            for n in range(10)
        ]
        await settle()
        begun = len(transfers.begun)
        transfers.go.set()
        await asyncio.gather(*tasks)
        return begun, transfers.most, len(transfers.begun)

    assert run(main()) == (3, 3, 10)


def test_who_is_cancelled_sends_nothing_and_blocks_nobody() -> None:
    async def main() -> Any:
        pace, transfers = Pace(32), FakeTransfers()
        tasks = [asyncio.create_task(pace.turn(A, 0, transfers.to(n))) for n in range(5)]
        await settle()
        for n in (0, 1, 3):  # one under way, two in the queue
            tasks[n].cancel()
        transfers.go.set()
        await asyncio.wait(tasks)
        return transfers.begun, [task.cancelled() for task in tasks]

    assert run(main()) == ([0, 2, 4], [True, True, False, True, False])


def test_who_is_cancelled_while_the_delay_lasts_frees_the_origin() -> None:
    async def main() -> Any:
        pace, transfers = Pace(32), FakeTransfers()
        transfers.go.set()
        await pace.turn(A, 0, transfers.to(0))
        waiting = asyncio.create_task(pace.turn(A, 3600, transfers.to(1)))
        await settle()
        waiting.cancel()
        await asyncio.wait({waiting})
        await pace.turn(A, 0, transfers.to(2))
        return transfers.begun

    assert run(main()) == [0, 2]


def test_the_pause_is_never_shorter_than_the_delay() -> None:
    async def main() -> Any:
        pace = Pace(32)
        times = []

        async def transfer() -> Response:
            times.append(time.monotonic())
            await asyncio.sleep(0.02)
            times.append(time.monotonic())
            return answer()

        await asyncio.gather(*(pace.turn(A, 0.05, transfer) for _ in range(4)))
        return [later - end for end, later in zip(times[1::2], times[2::2], strict=False)]

    pauses = run(main())
    assert len(pauses) == 3
    assert min(pauses) >= 0.0499


def test_a_failed_transfer_counts_too() -> None:
    async def main() -> Any:
        pace, seen = Pace(32, clock=time.monotonic), []

        async def fail() -> Response:
            seen.append(time.monotonic())
            raise ConnectionError

        for _ in range(2):
            with pytest.raises(ConnectionError):
                await pace.turn(A, 0.05, fail)
        return seen[1] - seen[0]

    assert run(main()) >= 0.0499


def test_an_origin_that_says_wait_is_closed_for_those_in_the_queue_and_for_later_ones() -> None:
    async def main() -> Any:
        times, transfers = Times(), FakeTransfers()
        pace = Pace(32, now=times)
        closing = answer(503, **{"Retry-After": "60"})
        tasks = [asyncio.create_task(pace.turn(A, 0, transfers.to(n, closing))) for n in range(4)]
        await settle()
        transfers.go.set()
        errors = await asyncio.gather(*tasks, return_exceptions=True)
        times.now += timedelta(seconds=59)
        with pytest.raises(ToldToWait):
            await pace.turn(A, 0, transfers.to("too early"))
        await pace.turn(B, 0, transfers.to("elsewhere"))
        times.now += timedelta(seconds=1)
        await pace.turn(A, 0, transfers.to("in time"))
        return errors, transfers.begun

    errors, begun = run(main())
    assert begun == [0, "elsewhere", "in time"]
    assert [(type(e), e.until) for e in errors] == [(ToldToWait, NOW + MINUTE)] * 4
    assert "12:01:00" in str(errors[0])


def test_an_answer_that_is_merely_bad_closes_nothing() -> None:
    async def main() -> Any:
        pace, transfers = Pace(32), FakeTransfers()
        transfers.go.set()
        first = await pace.turn(A, 0, transfers.to(0, answer(503)))
        second = await pace.turn(A, 0, transfers.to(1, answer(500, **{"Retry-After": "9"})))
        third = await pace.turn(A, 0, transfers.to(2))
        return [first.status, second.status, third.status]

    assert run(main()) == [503, 500, 200]


def test_origins_are_forgotten_when_there_is_nothing_to_remember() -> None:
    async def main() -> Any:
        transfers = FakeTransfers()
        transfers.go.set()
        pace = Pace(32, now=lambda: NOW)
        closing = answer(503, **{"Retry-After": "60"})
        with pytest.raises(ToldToWait):
            await pace.turn(A, 0, transfers.to("closed", closing))
        await pace.turn(B, 3600, transfers.to("waits"))
        for n in range(5000):
            await pace.turn(f"https://{n}.example:443", 0, transfers.to(n))
        with pytest.raises(ToldToWait):
            await pace.turn(A, 0, transfers.to("still closed"))
        return len(pace), "still closed" in transfers.begun

    size, sent = run(main())
    assert size < 3000
    assert not sent

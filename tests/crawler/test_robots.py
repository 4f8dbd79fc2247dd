"""Reading robots.txt, and how long what was read counts."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.http import Response

from crawler.errors import (
    BadStatus,
    FetchError,
    Forbidden,
    RobotsUnknown,
    TimedOut,
    ToldToWait,
    Unreachable,
)
from crawler.robots import Robots, Rules
from tests.support.fetching import run

if TYPE_CHECKING:
    from scrapy import Request

SITE = "https://news.example:443"
DAY = 24 * 3600


def allows(text: str | bytes, path: str) -> bool:
    body = text if isinstance(text, bytes) else text.encode()
    return Rules(body).allow(f"https://news.example{path}")


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("", "/x", True),
        ("User-agent: *\nDisallow: /", "/x", False),
        ("User-agent: *\nDisallow:", "/x", True),
        ("User-agent: *\nDisallow: /a", "/b", True),
        ("User-agent: *\nDisallow: /a", "/abc", False),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("User-agent: *\nAllow: /a/b\nDisallow: /a", "/a/c", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf?z", True),
        ("User-agent: *\nDisallow: /*?p=", "/x?p=1", False),
        ("User-agent: *\nDisallow: /知识", "/%E7%9F%A5%E8%AF%86/1", False),
        # groups
        ("User-agent: presswatch\nDisallow: /\n\nUser-agent: *\nAllow: /", "/x", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: PressWatch\nAllow: /", "/x", True),
        ("User-agent: presswatch/2.0\nDisallow: /x", "/x", False),
        ("User-agent: other\nUser-agent: presswatch\nDisallow: /x", "/x", False),
        ("User-agent: presswatch\nUser-agent: other\nDisallow: /x", "/x", False),
        ("User-agent: presswatch\nDisallow: /a\nUser-agent: other\nDisallow: /x", "/x", True),
        (
            "User-agent: presswatch\nDisallow: /a\n\nUser-agent: presswatch\nDisallow: /b",
            "/a",
            False,
        ),
        (
            "User-agent: presswatch\nDisallow: /a\n\nUser-agent: presswatch\nDisallow: /b",
            "/b",
            False,
        ),
        ("User-agent: *\nDisallow: /a\n\nUser-agent: *\nDisallow: /b", "/b", False),
        ("User-agent: presswatch\n\nUser-agent: *\nDisallow: /x", "/x", False),
        ("User-agent: presswatch\nDisallow:\n\nUser-agent: *\nDisallow: /", "/x", True),
        # names that only look like ours
        ("User-agent: press\nDisallow: /", "/x", True),
        ("User-agent: watch\nDisallow: /", "/x", True),
        ("User-agent: presswatcher\nDisallow: /", "/x", True),
        ("User-agent: presswatch2\nDisallow: /", "/x", True),
        ("User-agent: my-presswatch\nDisallow: /", "/x", True),
        ("User-agent: *bot\nDisallow: /", "/x", True),
        # as people write it
        ("user-AGENT :  *  # all\ndisallow : /x # no", "/x", False),
        ("User agent: *\nDisallow: /x", "/x", False),
        ("User-agent: *\r\nDisallow: /x\r\n", "/x", False),
        ("User-agent: *\rDisallow: /x\r", "/x", False),
        ("\ufeffUser-agent: *\nDisallow: /x", "/x", False),
        ("Disallow: /x", "/x", True),
        ("Sitemap: https://news.example/s.xml\nUser-agent: *\nDisallow: /x", "/x", False),
        ("User-agent: presswatch\nSitemap: /s\nUser-agent: other\nDisallow: /x", "/x", False),
        ("<html><body>User-agent: *\nDisallow: /</body></html>", "/x", True),
        ("User-agent: *\nDisallow: /规则".encode("gbk") + b"\nDisallow: /x", "/x", False),
        (b"User-agent: *\n\xff\xfe\nDisallow: /x", "/x", False),
        ("User-agent: *\nDisallow: /", "/robots.txt", True),
    ],
)
def test_what_a_robots_txt_allows(text: str, path: str, allowed: bool) -> None:
    assert allows(text, path) is allowed


@pytest.mark.parametrize(
    ("text", "delay"),
    [
        ("User-agent: *\nCrawl-delay: 5", 5),
        ("User-agent: *\nCrawl-delay: 0.5\nDisallow: /a", 0.5),
        ("User-agent: *\nCrawl-delay: 86400", 60),
        ("User-agent: *\nCrawl-delay: -1", 0),
        ("User-agent: *\nCrawl-delay: nan", 0),
        ("User-agent: *\nCrawl-delay: soon", 0),
        ("User-agent: other\nCrawl-delay: 5", 0),
        ("User-agent: presswatch\nCrawl-delay: 7\nUser-agent: *\nCrawl-delay: 5", 7),
    ],
)
def test_crawl_delay(text: str, delay: float) -> None:
    assert Rules(text.encode()).delay == delay


def test_sitemaps_are_named_wherever_they_stand() -> None:
    text = "Sitemap: https://n.example/1\nUser-agent: x\nDisallow: /\nsitemap:https://n.example/2\n"
    assert Rules(text.encode()).sitemaps == ("https://n.example/1", "https://n.example/2")


def test_a_huge_file_counts_as_far_as_its_beginning() -> None:
    head = b"User-agent: *\nDisallow: /x\n"
    rules = Rules(head + b"#" * 600_000 + b"\nDisallow: /y\n")
    assert not rules.allow("https://news.example/x")
    assert rules.allow("https://news.example/y")


@given(st.binary(max_size=300), st.text(max_size=30))
def test_nothing_breaks_the_reader(body: bytes, path: str) -> None:
    Rules(b"User-agent: *\n" + body).allow(f"https://news.example/{path}")


@given(
    st.lists(st.sampled_from(["/a", "/b", "/*c", "/d$", "/a/b"]), min_size=1, max_size=4),
    st.booleans(),
)
def test_groups_of_others_change_nothing(patterns: list[str], before: bool) -> None:
    ours = "User-agent: *\n" + "".join(f"Disallow: {pattern}\n" for pattern in patterns)
    other = "User-agent: otherbot\nDisallow: /\nCrawl-delay: 50\n"
    text = f"{other}\n{ours}" if before else f"{ours}\n{other}"
    for path in ("/a", "/a/b", "/b", "/xc", "/d", "/de"):
        assert allows(text, path) is allows(ours, path)
    assert Rules(text.encode()).delay == 0


# ------------------------------------------------------------------ the cache


class FakeSites:
    """Answers robots.txt as the test says, when the test says so."""

    def __init__(self, *answers: tuple[int, bytes] | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[Request] = []
        self.ready = asyncio.Event()
        self.ready.set()

    async def __call__(self, request: Request) -> Response:
        self.asked.append(request)
        await self.ready.wait()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        status, body = answer
        return Response(request.url, status=status, body=body)


class Clock:
    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


CLOSED = (200, b"User-agent: *\nDisallow: /")
LATER = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (CLOSED, False),
        ((200, b""), True),
        ((204, b""), True),
        ((304, b""), True),
        ((400, b"Disallow"), True),
        ((401, b""), True),
        ((403, CLOSED[1]), True),
        ((404, CLOSED[1]), True),
        ((410, b""), True),
        ((500, b""), RobotsUnknown),
        ((503, CLOSED[1]), RobotsUnknown),
        ((599, b""), RobotsUnknown),
        (TimedOut(f"{SITE}/robots.txt"), RobotsUnknown),
        (Unreachable("https://news.example/robots.txt", cause="refused"), Unreachable),
        (Unreachable("https://elsewhere.example/robots.txt", cause="refused"), RobotsUnknown),
        (FetchError("x", cause="the answer is broken"), RobotsUnknown),
        (BadStatus("x", status=302, cause="it redirects in a circle"), True),
        (ToldToWait("x", until=LATER), ToldToWait),
        (Forbidden("https://news.example/robots.txt"), Forbidden),
        (Forbidden("https://elsewhere.example/robots.txt"), RobotsUnknown),
    ],
)
def test_what_an_answer_means(answer: Any, outcome: Any) -> None:
    async def main() -> Any:
        robots = Robots(FakeSites(answer))
        return (await robots.rules(SITE)).allow("https://news.example/x")

    if isinstance(outcome, bool):
        assert run(main()) is outcome
    else:
        with pytest.raises(outcome):
            run(main())


def test_the_unknown_tells_its_cause() -> None:
    async def main() -> None:
        await Robots(FakeSites(Unreachable("x", cause="connection refused"))).rules(SITE)

    with pytest.raises(RobotsUnknown, match="connection refused"):
        run(main())


def test_a_bug_is_not_a_robots_txt() -> None:
    async def main() -> None:
        await Robots(FakeSites(KeyError("bug"))).rules(SITE)

    with pytest.raises(KeyError):
        run(main())


def questions(answer: tuple[int, bytes], *times: float) -> list[int]:
    """How often robots.txt was asked for when its rules were wanted at these times."""

    async def main() -> Any:
        clock, sites = Clock(), FakeSites(answer)
        robots = Robots(sites, clock=clock)
        counts = []
        for at in times:
            clock.time = 1000.0 + at
            with contextlib.suppress(FetchError):
                await robots.rules(SITE)
            counts.append(len(sites.asked))
        return counts

    return run(main())


def test_rules_count_for_a_day() -> None:
    assert questions(CLOSED, 0, 1, DAY - 1, DAY, DAY + 1) == [1, 1, 1, 2, 2]


def test_a_day_is_one_of_the_loop_that_it_runs_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the loop's clock is moved, what was read grows old with it."""

    async def main() -> int:
        sites, loop = FakeSites(CLOSED), asyncio.get_running_loop()
        robots, now = Robots(sites), loop.time
        with contextlib.suppress(FetchError):
            await robots.rules(SITE)
        monkeypatch.setattr(loop, "time", lambda: now() + DAY + 1)
        with contextlib.suppress(FetchError):
            await robots.rules(SITE)
        return len(sites.asked)

    assert run(main()) == 2


def test_none_counts_for_a_day() -> None:
    assert questions((404, b""), 0, DAY - 1, DAY) == [1, 1, 2]


def test_not_knowing_counts_briefly() -> None:
    assert questions((500, b""), 0, 299, 300, 301) == [1, 1, 2, 2]


def test_old_rules_count_while_they_cannot_be_read_anew() -> None:
    async def main() -> Any:
        clock, sites = Clock(), FakeSites(CLOSED, (500, b""), (404, b""))
        robots = Robots(sites, clock=clock)
        found = []
        for at in (0, DAY, DAY + 299, DAY + 300):
            clock.time = 1000.0 + at
            found.append((await robots.rules(SITE)).allow("https://news.example/x"))
        return found, len(sites.asked)

    assert run(main()) == ([False, False, False, True], 3)


def test_those_who_want_it_at_once_ask_once() -> None:
    async def main() -> Any:
        sites = FakeSites(CLOSED)
        sites.ready.clear()
        robots = Robots(sites)
        tasks = [asyncio.create_task(robots.rules(SITE)) for _ in range(20)]
        await asyncio.sleep(0)
        sites.ready.set()
        found = await asyncio.gather(*tasks)
        return len({id(rules) for rules in found}), len(sites.asked)

    assert run(main()) == (1, 1)


def test_one_who_gives_up_takes_nothing_from_the_others() -> None:
    async def main() -> Any:
        sites = FakeSites(CLOSED)
        sites.ready.clear()
        robots = Robots(sites)
        first, second = (asyncio.create_task(robots.rules(SITE)) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.wait({first})
        sites.ready.set()
        return first.cancelled(), (await second).delay, len(sites.asked)

    assert run(main()) == (True, 0, 1)


def test_each_who_hears_no_gets_an_error_of_its_own() -> None:
    async def main() -> Any:
        robots = Robots(FakeSites((500, b"")))
        return await asyncio.gather(*(robots.rules(SITE) for _ in range(3)), return_exceptions=True)

    errors = run(main())
    assert len({id(error) for error in errors}) == 3
    assert len({str(error) for error in errors}) == 1


def test_memory_is_bounded_and_the_longest_unused_goes_first() -> None:
    async def main() -> Any:
        sites = FakeSites((200, b"User-agent: *\n" + b"Disallow: /abcdef\n" * 50))
        robots = Robots(sites, most_text=10_000)
        sizes = []
        for n in range(30):
            await robots.rules("https://kept.example:443")
            await robots.rules(f"https://{n}.example:443")
            sizes.append(len(robots))
        kept = sum("kept" in request.url for request in sites.asked)
        return max(sizes), kept

    most, kept = run(main())
    assert 5 < most < 12
    assert kept == 1


def test_sitemaps_of_an_origin() -> None:
    async def main() -> Any:
        robots = Robots(FakeSites((200, b"Sitemap: https://news.example/s.xml")))
        return await robots.sitemaps(SITE)

    assert run(main()) == ("https://news.example/s.xml",)


def test_the_question_itself() -> None:
    async def main() -> Any:
        sites = FakeSites(CLOSED)
        await Robots(sites).rules(SITE)
        return sites.asked[0]

    request = run(main())
    assert request.url == "https://news.example/robots.txt"
    assert request.meta["download_timeout"] == 10

"""Looks at sites: few at once, remembered for a while, ended with the page. No sockets."""

from __future__ import annotations

import asyncio
import pickle
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import pytest

from crawler.errors import BadStatus
from presswatch.process import logs
from presswatch.web import adding
from presswatch.web.errors import NotFound, Refused
from presswatch.web.looking import AT_ONCE, KEPT, LONGEST, MOST, NEWEST, Looks
from spiders.discover import Article, Candidate

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from datetime import timedelta
    from typing import Any

    from presswatch.adding.explored import Explored

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def candidate(kind: str, articles: int = 300) -> Candidate:
    lines = tuple(
        Article(url=f"https://a.example/{n}", title=f"One {n}" * 100, when=NOW)
        for n in range(articles)
    )
    return Candidate(
        kind=kind, url=f"https://a.example/{kind}", articles=lines, recent=3, listed=articles
    )


@dataclass
class Explorer:
    """Finds a feed, then waits until it may go on."""

    error: Exception | None = None
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    ended: int = 0

    async def explore(
        self, url: str, *, timezone: str, limit: timedelta, found: Explored
    ) -> Explored:
        assert (timezone, limit.total_seconds()) == ("UTC", 60)
        found.asked.append(url)
        found.candidates.append(candidate("feed"))
        try:
            await self.go_on.wait()
        finally:
            self.ended += 1
        if self.error is not None:
            raise self.error
        found.candidates = [candidate(f"{n}") for n in range(9)]
        return found


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(main, 20))


def test_what_is_found_so_far_is_seen_and_then_the_best_few() -> None:
    async def main() -> None:
        looks, explorer = Looks(), Explorer()
        place = looks.begin(explorer, "https://a.example/", "UTC")
        so_far = await looks.of(place, wait=0.01)
        explorer.go_on.set()
        whole = await looks.of(place)

        assert not so_far.done and [one.kind for one in so_far.offers] == ["feed"]
        assert so_far.asked == ("https://a.example/",)
        assert whole.done and [one.kind for one in whole.offers] == ["0", "1", "2", "3", "4"]
        assert [len(one.newest) for one in whole.offers] == [NEWEST] * 5
        assert pickle.loads(pickle.dumps(partial(adding.page, {"look": whole})))

    run(main())


def test_what_a_site_says_is_bounded_and_holds_no_secret_of_the_config() -> None:
    """A title may be a book, and an error may repeat the address of a proxy with its password."""

    async def main() -> None:
        looks, explorer = Looks(), Explorer(error=BadStatus("http://u:hunter22@p/", status=502))
        looks_place = looks.begin(explorer, "https://a.example/", "UTC")
        so_far = await looks.of(looks_place, wait=0.01)
        explorer.go_on.set()
        whole = await looks.of(looks_place)

        assert [len(line.title) for line in so_far.offers[0].newest] == [LONGEST + 1] * NEWEST
        assert "hunter22" not in whole.error and "HTTP 502" in whole.error

    logs.hide.learn(["hunter22"])
    try:
        run(main())
    finally:
        logs.hide.learn([])


def test_a_site_that_cannot_be_had_is_an_answer_and_a_fault_of_ours_none() -> None:
    async def main() -> None:
        looks, refused = Looks(), Explorer(error=BadStatus("https://a.example/", status=404))
        broken = Explorer(error=ZeroDivisionError("ours"))
        places = [
            looks.begin(one, f"https://{n}/", "UTC") for n, one in enumerate((refused, broken))
        ]
        refused.go_on.set()
        broken.go_on.set()

        assert "HTTP 404" in (await looks.of(places[0])).error
        with pytest.raises(ZeroDivisionError):
            await looks.of(places[1])

    run(main())


def test_few_are_under_way_at_once_and_the_same_is_one() -> None:
    """Whoever may press the button must not make this machine knock at a hundred doors."""

    async def main() -> None:
        looks, explorer = Looks(), Explorer()
        places = [looks.begin(explorer, f"https://{n}/", "UTC") for n in range(AT_ONCE)]
        assert looks.begin(explorer, "https://0/", "UTC") == places[0]
        with pytest.raises(Refused):
            looks.begin(explorer, "https://more/", "UTC")
        explorer.go_on.set()
        await looks.of(places[0])
        assert looks.begin(explorer, "https://more/", "UTC")
        await looks.close()

    run(main())


def test_looks_are_forgotten() -> None:
    """After an hour, and the oldest of more than a few: they are kept in memory."""

    async def main() -> None:
        time = [0.0]
        looks, explorer = Looks(lambda: time[0]), Explorer()
        explorer.go_on.set()
        places = []
        for number in range(MOST + 1):
            places.append(looks.begin(explorer, f"https://{number}/", "UTC"))
            await looks.of(places[-1])
        with pytest.raises(NotFound):
            await looks.of(places[0])
        time[0] = KEPT + 1
        looks.begin(explorer, "https://new/", "UTC")
        with pytest.raises(NotFound):
            await looks.of(places[-1])
        await looks.close()

    run(main())


def test_the_end_of_the_page_ends_them() -> None:
    async def main() -> None:
        looks, explorer = Looks(), Explorer()
        looks.begin(explorer, "https://a.example/", "UTC")
        await asyncio.sleep(0)

        await looks.close()

        assert explorer.ended == 1

    run(main())

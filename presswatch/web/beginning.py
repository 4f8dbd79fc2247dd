"""The first look: nothing is archived yet, and what is still missing for that to change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from presswatch.clock import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from presswatch.clock import Clock
    from presswatch.views.standing import Standing
    from presswatch.web.book import Book


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that is needed before anybody is told anything."""

    done: bool
    said: str  # what to type stands between `…`
    place: str = ""  # where more is, on the page


def steps(standing: Standing, book: Book, clock: Clock, *, live: bool) -> Iterator[Step]:
    """All of them, in the order in which they are taken; `live`: some can be taken on the page."""
    yield _sources(standing, live=live)
    yield _service(standing)
    rules = len(book.rules.rules)
    said = "Say what you look for: a search is saved as a rule in one step"
    yield Step(
        done=bool(rules), said=plural(rules, "rule") if rules else said,
        place="/rules" if rules else "/search",
    )  # fmt: skip
    channels = sum(on for _, on in book.rules.outline.channels)
    said = "Say who is told: a `[[channel]]` in config.toml is a webhook, mail or a chat"
    yield Step(
        done=bool(channels), said=plural(channels, "channel") if channels else said,
        place="/status" if channels else "",
    )  # fmt: skip
    yield _first_poll(standing, clock)


def _sources(standing: Standing, *, live: bool) -> Step:
    known = sum(source.enabled is True for source in standing.sources)
    if known:
        return Step(done=True, said=plural(known, "source"), place="/sources")
    if live:
        said = "Add a source: the feed or the listing of a site is found for you"
        return Step(done=False, said=said, place="/add")
    said = "Name a source: `presswatch sources add URL` finds the feed or the listing of a site"
    return Step(done=False, said=said)


def _service(standing: Standing) -> Step:
    if standing.alive:
        return Step(done=True, said="The service runs", place="/status")
    return Step(done=False, said="Start the service: `presswatch run`")


def _first_poll(standing: Standing, clock: Clock) -> Step:
    """What is there to wait for: the next poll, and why those before brought nothing."""
    states = [one.state for one in standing.sources if one.enabled and one.state is not None]
    polled = sum(state.last_poll is not None for state in states)
    failed = sum(state.failures > 0 for state in states)
    following = min((state.next_poll for state in states if state.next_poll), default=None)
    said = f"{plural(polled, 'source')} polled" if polled else "Wait for the first poll"
    said += f", {failed} of them failed" if failed else ""
    if following is not None and standing.alive:
        said += f"; the next is {clock.away(following) if following > clock.now else 'due'}"
    return Step(done=False, said=said, place="/sources" if states else "")

"""Whether what was expected of the demo has come: declared by the press, compared here. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from presswatch.demo.press import ExpectedAlert, ExpectedOutcome, Press
    from presswatch.demo.receiver import Arrival


@dataclass(slots=True)
class Seen:
    """What has happened so far."""

    arrivals: list[tuple[float, Arrival]] = field(default_factory=list)  # seconds since the start
    became: set[tuple[str, str]] = field(default_factory=set)  # (URL, outcome)
    faults: list[str] = field(default_factory=list)  # errors that presswatch logged of itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that was expected, or that came though it was not."""

    ok: bool
    what: str
    about: str
    says: str
    missing: bool = False  # not come, which may only be too early to tell


def alerts(press: Press, urls: Mapping[str, str], seen: Seen) -> list[Line]:
    """A line for every expected alert, then one for each that nobody expected."""
    lines = [_alert(press, expected, urls, seen) for expected in press.alerts]
    return [*lines, *_unexpected(press.alerts, urls, seen)]


def outcomes(press: Press, urls: Mapping[str, str], seen: Seen) -> list[Line]:
    """A line for every page of which something must have become, and for every fault."""
    lines = [_outcome(press, expected, urls, seen) for expected in press.outcomes]
    faults = [
        Line(ok=False, what="fault", about=fault, says="see the log") for fault in seen.faults
    ]
    return [*lines, *faults]


def _alert(press: Press, expected: ExpectedAlert, urls: Mapping[str, str], seen: Seen) -> Line:
    places = {urls[name] for name in expected.articles}
    came = [
        (at, one) for at, one in seen.arrivals if one.rule == expected.rule and one.url in places
    ]
    title = press.articles[expected.articles[0]].text.title
    ok, says = False, "did not arrive"
    if any(not one.valid for _, one in came):
        says = "arrived with a signature that does not verify"
    elif len(came) > 1:
        says = f"arrived {len(came)} times"
    elif came:
        ok, says = True, f"arrived after {came[0][0]:.1f} s, signature verified"
    return Line(ok=ok, what=expected.rule, about=title, says=says, missing=not came)


def _unexpected(
    expected: Iterable[ExpectedAlert], urls: Mapping[str, str], seen: Seen
) -> Iterator[Line]:
    known = {(one.rule, urls[name]) for one in expected for name in one.articles}
    for _, one in seen.arrivals:
        if (one.rule, one.url) not in known:
            yield Line(ok=False, what=one.rule, about=one.title, says="was not expected")


def _outcome(press: Press, expected: ExpectedOutcome, urls: Mapping[str, str], seen: Seen) -> Line:
    ok = any((urls[name], expected.becomes) in seen.became for name in expected.articles)
    return Line(
        ok=ok,
        what=expected.what,
        about=press.articles[expected.articles[-1]].text.title,
        says=expected.means if ok else f"should have become “{expected.becomes}”, and has not",
        missing=not ok,
    )

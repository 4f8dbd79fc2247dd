"""Whether a source still does what it always did. Pure: records in, troubles out.

    reports, arrivals, state ─▶ judge ─▶ findings that hold now ─▶ changes ─▶ begun, ended
                 all states ─▶ network ─▶ one finding, or none

Every source is compared with its own past and with nothing else, so there is nothing to set. With
too little past there is no judgement. A trouble that is open is held against what was expected when
it began: a long one does not become the new usual. What a dead network has done is nobody's fault.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import takewhile
from statistics import median
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.health.findings import Finding, Kind
from crawler.health.silence import DAY, a_day, is_silence
from crawler.source import UNREACHED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from crawler.health.findings import Past, Span
    from crawler.ledger import PollRow, SourceState

    Check = Callable[[Past, Finding | None], Finding | None]


def judge(
    past: Past, opened: Mapping[Kind, Finding], now: datetime, downs: Sequence[Span] = ()
) -> dict[Kind, Finding]:
    """The findings about a source that hold now; `opened` are those that were told before.

    `downs` are the times in which the network was down; their failures do not count.
    """
    held = {
        kind: found
        for kind, check in _CHECKS.items()
        if (found := check(past, opened.get(kind))) is not None
    }
    failing = _failing(past, opened.get(Kind.FAILING), now, downs)
    if failing is not None and Kind.LINKS not in held:
        held[Kind.FAILING] = failing
    # Whoever lists nothing has no news either: that is one trouble, told once.
    if Kind.SILENCE not in opened and held.keys() & {Kind.LINKS, Kind.FAILING}:
        held.pop(Kind.SILENCE, None)
    return held


def changes(
    opened: Mapping[Kind, Finding], held: Mapping[Kind, Finding]
) -> tuple[list[Finding], list[Kind]]:
    """What has begun, and what has ended."""
    begun = [found for kind, found in held.items() if kind not in opened]
    return begun, [kind for kind in opened if kind not in held]


# ------------------------------------------------------------------ polls

FAILURES = 3
#: A listing that this error ends gave no links, whatever else it gave.
_EMPTY = "NotAListing"


def _failing(
    past: Past, opened: Finding | None, now: datetime, downs: Sequence[Span]
) -> Finding | None:
    """Failed polls in a row; those that a dead network has cost do not count."""
    state = past.state
    if not state.failures:
        return None
    failed = [
        report
        for report in takewhile(lambda r: r.outcome == "failed", past.reports)
        if (state.last_ok is None or report.started > state.last_ok)
        and not any(start <= report.started <= end for start, end in downs)
    ]
    if opened is not None:
        return replace(opened, seen=float(max(len(failed), int(opened.seen))))
    if not failed:
        return None
    since = failed[-1].started
    if len(failed) < FAILURES and not (len(failed) > 1 and now - since >= DAY):
        return None
    return Finding(kind=Kind.FAILING, since=since, seen=float(len(failed)), note=failed[0].reason)


_ENOUGH_LISTINGS = 5
_ENOUGH_LINKS = 5
_RECENT_LISTINGS = 50


def _links(past: Past, opened: Finding | None) -> Finding | None:
    """The links that the listing gives, against the median of what it gave."""
    listings = [
        (report.started, report.found)
        for report in past.reports
        if report.outcome == "ok" or report.error == _EMPTY
    ]
    if len(listings) <= _ENOUGH_LISTINGS:
        return opened
    usual = opened.expected if opened else median(found for _, found in listings[1:])
    few = usual / 10
    low = list(takewhile(lambda listing: listing[1] <= few, listings))
    if usual < _ENOUGH_LINKS or not low:
        return None
    if opened is not None:
        return replace(opened, seen=float(low[0][1]))
    before = [found for _, found in listings[len(low) :][:_RECENT_LISTINGS]]
    if len(before) < _ENOUGH_LISTINGS or min(before) <= few:
        return None
    # A few links may be a hiccup: the next poll must not say otherwise. None at all is none.
    last_ok = past.state.last_ok
    again = len(low) > 1 or (last_ok is not None and last_ok > low[0][0])
    if low[0][1] and not again:
        return None
    return Finding(kind=Kind.LINKS, since=low[-1][0], expected=float(usual), seen=float(low[0][1]))


# ------------------------------------------------------------------ pages

LOOK = 8  # pages that a judgement of quality looks at
_ENOUGH_NOW = 5
_ENOUGH_PAST = 20
_BAD, _CURED, _USUAL = 0.6, 0.4, 0.2  # shares: it begins, it ends, it never began


def _share(kind: Kind, bad: Callable[[PollRow], int], all_: Callable[[PollRow], int]) -> Check:
    """A check of the share of bad pages among the newest, against that of all before."""

    def check(past: Past, opened: Finding | None) -> Finding | None:
        newest, before = _newest(past.reports, all_)
        wrong, total = sum(map(bad, newest)), sum(map(all_, newest))
        if total < _ENOUGH_NOW:
            return opened
        if opened is not None:
            cured = wrong / total < _CURED
            return None if cured else replace(opened, seen=float(wrong), total=total)
        known = sum(map(all_, before))
        usual = sum(map(bad, before)) / known if known else 1.0
        if known < _ENOUGH_PAST or usual > _USUAL or wrong / total < _BAD:
            return None
        run = list(takewhile(lambda report: 2 * bad(report) >= all_(report), newest))
        since = (run or newest)[-1].started
        return Finding(kind=kind, since=since, expected=usual, seen=float(wrong), total=total)

    return check


def _newest(
    reports: Iterable[PollRow], count: Callable[[PollRow], int]
) -> tuple[list[PollRow], list[PollRow]]:
    """The newest reports that have `LOOK` pages together, and those before; both newest first."""
    newest: list[PollRow] = []
    before: list[PollRow] = []
    pages = 0
    for report in reports:
        if count(report):
            (newest if pages < LOOK else before).append(report)
            pages += count(report)
    return newest, before


def _with_text(report: PollRow) -> int:
    return report.read - report.textless


def _length(past: Past, opened: Finding | None) -> Finding | None:
    """The median length of texts: a page that gives its first lines only is of no use."""
    newest, before = _newest(past.reports, _with_text)
    total = sum(map(_with_text, newest))
    if total < _ENOUGH_NOW:
        return opened
    length = median(report.length for report in newest for _ in range(_with_text(report)))
    if opened is not None:
        return None if length > opened.expected / 2 else replace(opened, seen=float(length))
    if sum(map(_with_text, before)) < _ENOUGH_PAST:
        return None
    lengths = sorted(report.length for report in before for _ in range(_with_text(report)))
    usual, shortest = median(lengths), lengths[len(lengths) // 10]
    if length > usual / 4 or length >= shortest:
        return None
    since = newest[-1].started
    return Finding(
        kind=Kind.LENGTH, since=since, expected=float(usual), seen=float(length), total=total
    )


def _part(past: Past, opened: Finding | None) -> Finding | None:
    """Whether `text` still matches. Its past is not asked: it is the operator who says what is."""
    total, wrong = len(past.missed), sum(missed for _, missed in past.missed)
    if opened is not None and opened.note != past.text:
        opened = None  # of another selector
    if not past.text or total < _ENOUGH_NOW:
        return opened
    if opened is not None:
        cured = wrong / total < _CURED
        return None if cured else replace(opened, seen=float(wrong), total=total)
    if wrong / total < _BAD:
        return None
    run = [at for at, _ in takewhile(lambda page: page[1], past.missed)]
    since = run[-1] if run else past.missed[0][0]
    return Finding(kind=Kind.PART, since=since, seen=float(wrong), total=total, note=past.text)


# ------------------------------------------------------------------ silence


def _silence(past: Past, opened: Finding | None) -> Finding | None:
    """The time without news up to the last good poll, against the source's past."""
    state, finds = past.state, past.arrivals
    if state.kind == "watch" or state.first_polled is None or state.last_ok is None:
        return None
    until = state.last_ok
    if opened is not None:
        silent = not finds or finds[-1] <= opened.since
        return replace(opened, seen=(until - opened.since) / DAY) if silent else None
    if not finds or until <= finds[-1]:
        return None
    first = state.first_polled
    if not is_silence(finds, until, first):
        return None
    return Finding(
        kind=Kind.SILENCE,
        since=finds[-1],
        expected=a_day(finds, past.links),
        seen=(until - finds[-1]) / DAY,
    )


_CHECKS: dict[Kind, Check] = {
    Kind.LINKS: _links,
    Kind.TEXT: _share(Kind.TEXT, lambda r: r.textless, lambda r: r.read),
    Kind.TITLES: _share(Kind.TITLES, lambda r: r.untitled, _with_text),
    Kind.DATES: _share(Kind.DATES, lambda r: r.undated, _with_text),
    Kind.LENGTH: _length,
    Kind.PART: _part,
    Kind.SILENCE: _silence,
}


# ------------------------------------------------------------------ network

WINDOW = timedelta(hours=1)  # in which a source must have been polled to count
SITES = 3  # that must fail


def network(states: Sequence[SourceState], opened: Finding | None, now: datetime) -> Finding | None:
    """Whether nothing can be reached: sites in plenty fail to connect, and none answers.

    `states` are those of sources that were not failing before. One site in ten may answer all the
    same (it is in the same house). Sites count by their host: one host that is down is one.
    """
    last = [
        (state.last_poll, urlsplit(state.url).hostname, state.last_error in UNREACHED)
        for state in states
        if state.last_poll is not None and now - state.last_poll <= WINDOW
    ]
    hosts = {host for _, host, _ in last}
    spare = len(hosts) // 10
    if opened is not None:
        reached = {host for at, host, failed in last if at > opened.since and not failed}
        return (
            None if len(reached) > spare else replace(opened, total=max(opened.total, len(hosts)))
        )
    answered = sorted((at for at, _, failed in last if not failed), reverse=True)
    edge = answered[spare] if len(answered) > spare else now - WINDOW
    lost = [(at, host) for at, host, failed in last if failed and at > edge]
    dead = {host for _, host in lost}
    if len(dead) < max(SITES, len(hosts) / 2):
        return None
    return Finding(
        kind=Kind.NETWORK,
        since=min(at for at, _ in lost),
        seen=float(len(dead)),
        total=len(hosts),
    )

"""What may go now: stands between the outbox and the workers of a channel.

    arrange: fresh alerts ─▶ the open digest; quiet hours ─▶ later; beyond the throttle ─▶ summary
      ─▶ the claim ─▶ an open digest or summary is written out ─▶ Claim

All of it happens in the transaction of the claim, whatever brought an alert here: the rules, a
replay, a retry, a start after a day without power. So the plan of a channel is asked in one place,
and claiming stays "what is due by now". A channel without a plan costs nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from alerts import digest
from alerts.digest import waiting

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlite_utils import Database

    from alerts.digest import Facts
    from alerts.digest.plan import Plan
    from alerts.digest.throttle import Throttle
    from alerts.outbox import Claim

#: How the sources fare; alerts know none, so whoever wires them says it.
Ask: TypeAlias = "Callable[[Database, datetime], Facts]"


def claim(
    db: Database,
    channel: str,
    plan: Plan,
    take: Callable[[], Claim | None],
    *,
    now: datetime,
    facts: Ask | None = None,
) -> Claim | None:
    """What `take` claims of the channel (`outbox.claim`), with all that its plan says about it."""
    if plan:
        _arrange(db, channel, plan, now)
    while True:
        found = take()
        if found is not None and found.payload == waiting.OPEN:
            found = _written(db, found, plan, facts, now)
            if found is None:
                continue
        if found is not None and plan.throttle is not None:
            _note(db, found, plan.throttle, now)
        return found


def prepare(db: Database, channel: str, plan: Plan, now: datetime) -> None:
    """Before the first claim: the open digest keeps to the config as it is now.

    One that was missed stays due; one that is sent even when it is empty must be there.
    """
    if plan.digest is None:
        return
    opened = waiting.open_message(db, channel, "digest")
    following = plan.digest.after(now)
    if opened is not None:
        waiting.hasten(db, opened, following, now)
    elif plan.empty:
        waiting.begin_message(db, channel, "digest", following, now)


def _arrange(db: Database, channel: str, plan: Plan, now: datetime) -> None:
    oldest = waiting.oldest_fresh(db, channel) if plan.digest else None
    if plan.digest is not None and oldest is not None:
        via = waiting.open_message(db, channel, "digest")
        if via is None:  # its hour may be over: presswatch was off
            via = waiting.begin_message(db, channel, "digest", plan.digest.after(oldest), now)
        waiting.collect(db, channel, via)
    until = plan.release(now)
    if until > now:
        waiting.postpone(db, channel, until, now)
    if plan.throttle is not None:
        _throttle(db, channel, plan.throttle, now)


def _throttle(db: Database, channel: str, throttle: Throttle, now: datetime) -> None:
    """Where no single message may go now: fresh alerts join the summary, tried ones wait."""
    known = waiting.tries(db, channel)
    singles = [one.at for one in known if not one.summary]
    if not throttle.full(singles, now):
        return
    if waiting.oldest_fresh(db, channel, now) is not None:
        via = waiting.open_message(db, channel, "summary")
        if via is None:
            last = max((one.at for one in known if one.summary), default=None)
            due = throttle.summary(singles, last, now)
            via = waiting.begin_message(db, channel, "summary", due, now)
        waiting.collect(db, channel, via, now)
    free = throttle.free(singles, now)
    waiting.postpone_tried(db, channel, free, now - throttle.window, now)


def _note(db: Database, found: Claim, throttle: Throttle, now: datetime) -> None:
    """Single alerts count, but for urgent ones; summaries keep their distance from each other."""
    kind, urgent = waiting.kind_of(db, found.id)
    if (kind == "alert" and not urgent) or kind == "summary":
        waiting.note_try(db, found.channel, found.id, now)
        waiting.forget_tries(db, found.channel, now - throttle.window)


def _written(
    db: Database, found: Claim, plan: Plan, facts: Ask | None, now: datetime
) -> Claim | None:
    """An open message with its text; None, and no message, where it has nothing to say."""
    kind, _ = waiting.kind_of(db, found.id)
    collected = waiting.collected(db, found.id)
    if kind == "digest" and plan.digest is not None and plan.empty:
        waiting.begin_message(db, found.channel, kind, plan.digest.after(now), now)
    elif not collected:
        waiting.drop_message(db, found.id)
        return None
    payload = digest.build(
        alert=found.id,
        kind=kind,
        now=now,
        collected=collected,
        facts=facts(db, now) if facts is not None and kind == "digest" else None,
        zone=plan.zone,
    )
    waiting.close_message(db, found.id, payload)
    return replace(found, payload=payload)

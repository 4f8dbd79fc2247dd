"""outbox.circuit: a dead receiver is probed, a sound one is never held up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from alerts.channel import Outcome, Result
from alerts.outbox.circuit import OPENS, PAUSES, REFUSALS, SOUND, Circuit, after
from tests.alerts.press import DELIVERED, START
from tests.alerts.work import GONE, REFUSED, WAIT

DEAD = Result(outcome=Outcome.DEAD, reason="550 no such user", status=550)
UNREADABLE = Result(outcome=Outcome.REFUSED, reason="HTTP 413", status=413)
PARTLY = Result(outcome=Outcome.LATER, reason="accepted for 1 of 2", status=452, partly=True)


def failed(*alerts: str, result: Result = REFUSED) -> Circuit:
    circuit = SOUND
    for alert in alerts:
        circuit = after(circuit, alert, result, START, Random(1))
    return circuit


def test_it_opens_when_several_alerts_fail_in_a_row() -> None:
    """Two failures are a hiccup; from the third on nothing goes there for a pause."""
    assert OPENS == 3
    assert failed("a", "b").free_at() is None
    opened = failed("a", "b", "c")
    free = opened.free_at()

    assert opened.is_open
    assert free is not None
    assert PAUSES[0] <= free - START <= PAUSES[0] * 1.1
    assert (opened.since, opened.last, opened.reason) == (START, "c", "HTTP 500")


def test_one_place_that_asks_for_patience_gets_it_though_the_others_took_the_message() -> None:
    """A service counts by whoever sends, not by the room."""
    asked = replace(PARTLY, status=429, retry_after=timedelta(minutes=10))
    circuit = after(SOUND, "a", asked, START, Random(1))

    assert not circuit.is_open
    assert circuit.free_at() == START + timedelta(minutes=10)


def test_one_alert_that_is_refused_again_and_again_opens_nothing() -> None:
    """It may be the alert's own fault, and others must not wait for it."""
    assert not failed("a", "a", "a", "a", "a").is_open


def test_what_is_refused_for_what_it_is_counts_against_the_alert() -> None:
    """Three poisonous alerts in a row opened the circuit of a receiver that took all others."""
    some = [str(number) for number in range(REFUSALS - 1)]
    circuit = failed(*some, result=UNREADABLE)

    assert not circuit.is_open
    assert after(circuit, "good", DELIVERED, START, Random(1)) == SOUND
    again = circuit
    for alert in some * 3:
        again = after(again, alert, UNREADABLE, START, Random(1), first=False)
    assert not again.is_open, "tries of the same ones say nothing new"


def test_a_receiver_that_refuses_all_is_out_of_order() -> None:
    """Then the fault is no single alert's, and one probes for all."""
    circuit = failed(*map(str, range(REFUSALS)), result=UNREADABLE)
    free = circuit.free_at()

    assert circuit.is_open
    assert free is not None
    assert PAUSES[0] <= free - START <= PAUSES[0] * 1.1
    following = after(circuit, "x", UNREADABLE, START, Random(1)).free_at()
    assert following is not None
    assert PAUSES[1] <= following - START <= PAUSES[1] * 1.1


@pytest.mark.parametrize("first", [REFUSED, UNREADABLE], ids=["fails", "refuses"])
def test_failures_and_refusals_do_not_add_up(first: Result) -> None:
    """Whoever refuses works; whoever fails has read nothing."""
    other = UNREADABLE if first is REFUSED else REFUSED
    circuit = failed("a", "b", result=first)
    circuit = after(circuit, "c", other, START, Random(1))

    assert (circuit.is_open, circuit.failures) == (False, 1)


def test_pauses_grow_with_every_probe_that_fails_up_to_five_minutes() -> None:
    """Also where the probe is the only alert there is."""
    circuit = failed("a", "b", "c")
    pauses = []
    for _ in range(6):
        assert circuit.probe_at is not None
        pauses.append(circuit.probe_at - START)
        circuit = after(circuit, "c", REFUSED, START, Random(1))

    for pause, planned in zip(pauses, [*PAUSES, PAUSES[-1], PAUSES[-1]], strict=True):
        assert planned <= pause <= planned * 1.1


@pytest.mark.parametrize(
    "result", [DELIVERED, DEAD, PARTLY], ids=["delivered", "refused for good", "by one recipient"]
)
def test_whoever_answers_definitely_is_sound(result: Result) -> None:
    """A server that says no for ever works, and so does one that has a full mailbox."""
    assert after(failed("a", "b", "c"), "d", result, START, Random(1)) == SOUND


def test_retry_after_holds_everything_and_a_success_meanwhile_does_not_undo_it() -> None:
    """With several requests in flight one may be accepted when another was told to wait."""
    held = failed("a", result=WAIT)
    assert held.free_at() == START + timedelta(minutes=10)

    circuit = after(held, "b", DELIVERED, START, Random(1))
    assert circuit.free_at() == START + timedelta(minutes=10)
    later = START + timedelta(minutes=10)
    assert after(circuit, "b", DELIVERED, later, Random(1)) == SOUND


def test_the_longer_of_two_holds_counts() -> None:
    """A shorter Retry-After does not shorten the pause of an open circuit."""
    short = Result(outcome=Outcome.LATER, reason="", retry_after=timedelta(seconds=1))
    circuit = after(failed("a", "b"), "c", short, START, Random(1))
    free = circuit.free_at()

    assert free is not None
    assert free >= START + PAUSES[0]


def test_a_receiver_that_is_gone_is_another_matter() -> None:
    """410 disables the channel; enabled again, it is as it was."""
    assert after(failed("a"), "b", GONE, START, Random(1)) == failed("a")

from __future__ import annotations

import sqlite3
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlite_utils import Database

from alerts import matches, outbox
from alerts.channel import Outcome, Result
from alerts.digest import waiting
from alerts.errors import AlertUnknown
from alerts.outbox import ledger
from alerts.retry import Verdict
from archive import schema
from archive.article import from_ms, to_ms
from archive.transaction import transaction
from tests.alerts.press import DELIVERED, Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alerts.outbox import Claim

LEASE = timedelta(seconds=60)
LATER = Result(outcome=Outcome.LATER, reason="HTTP 500: no", status=500, answer="no")


@pytest.fixture
def db() -> Iterator[Database]:
    made = Database(sqlite3.connect(":memory:", isolation_level=None), execute_plugins=False)
    with transaction(made):
        schema.upgrade(made)
    yield made
    made.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def queue(
    db: Database, alert: str, clock: Clock, *, channel: str = "desk", match: int = 0, **more: Any
) -> None:
    number = match or db["alert"].count + 1
    outbox.queue(
        db, alert, match=number, rule="r", channel=channel, payload=f'{{"id":"{alert}"}}',
        now=clock(), **more,
    )  # fmt: skip


def claim(
    db: Database, clock: Clock, *, owner: str = "me", channel: str = "desk", **more: Any
) -> Claim | None:
    return outbox.claim(db, channel, owner=owner, now=clock(), lease=LEASE, **more)


def taken(db: Database, clock: Clock, **how: Any) -> Claim:
    found = claim(db, clock, **how)
    assert found is not None
    return found


def settle(
    db: Database, claimed: Claim, clock: Clock, result: Result = DELIVERED, **verdict: Any
) -> bool:
    values: dict[str, Any] = {"state": "delivered", "attempts": 1, "due": None, "reason": ""}
    return outbox.settle(
        db, claimed, result, Verdict(**values | verdict), at=clock(), now=clock()
    )  # fmt: skip


def row(db: Database, alert: str) -> dict[str, Any]:
    (found,) = db.query("SELECT * FROM alert WHERE id = ?", [alert])
    return found


def test_what_is_queued_is_due_at_once(db: Database, clock: Clock) -> None:
    queue(db, "a", clock)
    found = taken(db, clock)

    assert (found.id, found.channel, found.rule, found.attempts) == ("a", "desk", "r", 0)
    assert found.payload == '{"id":"a"}'


def test_what_is_queued_for_later_waits_until_then(db: Database, clock: Clock) -> None:
    """Whoever queues may say when: quiet hours and digests need nothing else of the outbox."""
    queue(db, "a", clock, due=clock() + timedelta(hours=8))

    assert claim(db, clock) is None
    clock.move(hours=8)
    assert taken(db, clock).id == "a"


def test_a_match_alerts_a_channel_once(db: Database, clock: Clock) -> None:
    queue(db, "a", clock, match=7)

    with pytest.raises(sqlite3.IntegrityError):
        queue(db, "b", clock, match=7)


def test_what_is_claimed_is_nobody_elses_until_the_lease_runs_out(
    db: Database, clock: Clock
) -> None:
    queue(db, "a", clock)
    taken(db, clock, owner="one")

    assert claim(db, clock, owner="two") is None
    clock.move(seconds=60)
    assert claim(db, clock, owner="two") is None
    clock.move(seconds=0.001)
    assert taken(db, clock, owner="two").id == "a"


def test_the_longest_due_comes_first_and_each_channel_has_its_own(
    db: Database, clock: Clock
) -> None:
    clock.move(seconds=1)
    queue(db, "late", clock)
    clock.move(seconds=-1)
    queue(db, "early", clock)
    queue(db, "second", clock)
    queue(db, "mail", clock, channel="mail")
    clock.move(seconds=5)

    order = [taken(db, clock).id for _ in range(3)]
    assert order == ["early", "second", "late"]
    assert claim(db, clock) is None
    assert taken(db, clock, channel="mail").id == "mail"


def test_what_is_due_later_is_not_claimed(db: Database, clock: Clock) -> None:
    queue(db, "a", clock)
    settle(
        db, taken(db, clock), clock, LATER, state="due", due=clock() + timedelta(seconds=5),
        reason="HTTP 500",
    )  # fmt: skip

    assert claim(db, clock) is None
    clock.move(seconds=5)
    found = taken(db, clock)
    assert (found.id, found.attempts) == ("a", 1)
    assert row(db, "a")["reason"] == "HTTP 500"


def test_what_became_due_since_can_be_left_alone(db: Database, clock: Clock) -> None:
    began = clock()
    clock.move(seconds=5)
    queue(db, "a", clock)

    assert claim(db, clock, due_by=began) is None
    assert claim(db, clock) is not None


def test_a_delivery_is_settled_with_its_try(db: Database, clock: Clock) -> None:
    queue(db, "a", clock)
    assert settle(db, taken(db, clock), clock)

    assert row(db, "a") | {"payload": ""} == {
        "id": "a", "kind": "alert", "match": 1, "rule": "r", "channel": "desk", "payload": "",
        "created_at": to_ms(clock()), "state": "delivered", "attempts": 1, "due_at": None,
        "claimed_by": None, "claimed_until": None, "settled_at": to_ms(clock()), "reason": None,
        "urgent": 0, "via": None,
    }  # fmt: skip
    assert list(db["attempt"].rows) == [
        {"id": 1, "alert": "a", "at": to_ms(clock()), "took_ms": 0, "outcome": "delivered",
         "status": 204, "answer": ""}
    ]  # fmt: skip
    clock.move(days=9)
    assert claim(db, clock) is None


def test_a_dead_letter_is_kept_with_its_reason(db: Database, clock: Clock) -> None:
    queue(db, "a", clock)
    settle(db, taken(db, clock), clock, LATER, state="dead", reason="given up after 11 tries")
    clock.move(days=365)

    assert claim(db, clock) is None
    assert row(db, "a")["state"] == "dead"
    assert row(db, "a")["reason"] == "given up after 11 tries"


def test_a_lost_lease_settles_nothing_but_its_try_is_kept(db: Database, clock: Clock) -> None:
    queue(db, "a", clock)
    lost = taken(db, clock, owner="one")
    clock.move(seconds=61)
    held = taken(db, clock, owner="two")

    assert not settle(db, lost, clock, LATER, state="dead", reason="late")
    assert (row(db, "a")["state"], row(db, "a")["claimed_by"]) == ("due", "two")
    assert settle(db, held, clock)
    assert not settle(db, lost, clock, LATER, state="dead", reason="later still")
    assert row(db, "a")["state"] == "delivered"
    assert db["attempt"].count == 3


def test_a_lease_that_ran_out_and_that_nobody_took_still_settles(
    db: Database, clock: Clock
) -> None:
    queue(db, "a", clock)
    mine = taken(db, clock)
    clock.move(hours=1)

    assert settle(db, mine, clock)


def test_a_disabled_channel_is_not_claimed_and_its_alerts_stay_due(
    db: Database, clock: Clock
) -> None:
    queue(db, "a", clock)
    queue(db, "b", clock, channel="mail")

    assert outbox.disable_channel(db, "desk", "HTTP 410", clock())
    assert not outbox.disable_channel(db, "desk", "HTTP 410 again", clock())
    assert claim(db, clock) is None
    assert outbox.next_due(db, ["desk", "mail"], clock()) == {"mail": to_ms(clock())}
    assert row(db, "a")["state"] == "due"
    assert [found["reason"] for found in db.query("SELECT * FROM channel")] == ["HTTP 410"]


def test_enabling_a_channel_makes_all_that_waits_due(db: Database, clock: Clock) -> None:
    queue(db, "a", clock)
    settle(db, taken(db, clock), clock, LATER, state="due", due=clock() + timedelta(hours=9))
    outbox.disable_channel(db, "desk", "HTTP 410", clock())
    clock.move(minutes=1)

    assert outbox.enable_channel(db, "desk", clock())
    assert not outbox.enable_channel(db, "desk", clock())
    assert taken(db, clock).id == "a"


def test_the_next_due_of_all_channels_in_one_look(db: Database, clock: Clock) -> None:
    queue(db, "a", clock)
    queue(db, "b", clock, channel="mail")
    taken(db, clock)
    clock.move(seconds=3)
    queue(db, "c", clock, channel="bot")
    names = ["desk", "mail", "bot", "empty"]

    assert outbox.next_due(db, names, clock()) == {
        "mail": to_ms(clock() - timedelta(seconds=3)),
        "bot": to_ms(clock()),
    }
    clock.move(seconds=60)
    assert set(outbox.next_due(db, names, clock())) == {"desk", "mail", "bot"}


def test_looking_and_claiming_read_no_settled_alert(db: Database, clock: Clock) -> None:
    """However many alerts there have been: only the index of those that wait is searched.

    However many are due at one moment: claiming one of ten thousand does not sort the others.
    """
    values = {"owner": "me", "until": 0, "channel": "desk", "channels": "[]", "now": 0, "due": 0}
    steps = {
        sql: [step[3] for step in db.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()]
        for sql in (ledger._NEXT, ledger._CLAIM, ledger._HELD)
    }

    assert "SEARCH alert USING INDEX alert_due (channel=?)" in steps[ledger._NEXT]
    assert "SEARCH alert USING INDEX alert_due (channel=? AND due_at<?)" in steps[ledger._CLAIM]
    held = "USING INDEX alert_claimed (channel=? AND claimed_until>?)"
    assert f"SEARCH alert {held}" in steps[ledger._HELD]
    assert not [step for found in steps.values() for step in found if "SCAN alert" in step]
    assert not [step for step in steps[ledger._CLAIM] if "TEMP B-TREE" in step]


def test_claims_are_given_back_by_their_owner_only(db: Database, clock: Clock) -> None:
    queue(db, "a", clock)
    queue(db, "b", clock)
    taken(db, clock, owner="one")
    taken(db, clock, owner="two")
    outbox.release(db, "one")

    assert taken(db, clock, owner="three").id == "a"
    assert claim(db, clock, owner="three") is None


def test_claims_of_the_dead_are_given_back(db: Database, clock: Clock) -> None:
    for name in "abc":
        queue(db, name, clock)
        taken(db, clock, owner=f"owner {name}")
    outbox.release_dead(db, lambda owner: owner != "owner b")

    assert [taken(db, clock).id, taken(db, clock).id] == ["a", "c"]
    assert claim(db, clock) is None


def test_what_a_dead_process_may_have_sent_is_not_fresh(db: Database, clock: Clock) -> None:
    """In a digest that the config wants since, it would come under a second id."""
    queue(db, "a", clock)
    queue(db, "b", clock)
    taken(db, clock, owner="killed")
    outbox.release_dead(db, lambda _: True)

    waiting.collect(db, "desk", "digest")

    assert (row(db, "a")["state"], row(db, "b")["state"]) == ("due", "collected")
    assert taken(db, clock).id == "a"


@pytest.mark.parametrize("digest", ["dead", "due", "delivered"])
def test_dead_letters_of_a_digest_go_by_themselves_only_once_it_arrived(
    db: Database, clock: Clock, digest: str
) -> None:
    """Else they go with it again: by both ways somebody would be told twice."""
    queue(db, "m", clock)
    queue(db, "a", clock)
    db.execute("UPDATE alert SET state = ? WHERE id = 'm'", [digest])
    db.execute("UPDATE alert SET state = 'dead', reason = 'no', via = 'm' WHERE id = 'a'")

    outbox.retry_dead(db, clock())

    assert row(db, "a")["state"] == ("due" if digest == "delivered" else "dead")


@pytest.mark.parametrize("state", ["dead", "delivered", "due"])
def test_retry_sends_again_under_the_same_id_by_the_whole_schedule(
    db: Database, clock: Clock, state: str
) -> None:
    queue(db, "a", clock)
    due = clock() + timedelta(hours=9) if state == "due" else None
    settle(db, taken(db, clock), clock, LATER, state=state, attempts=11, due=due, reason="why")
    clock.move(seconds=1)
    outbox.retry(db, "a", clock())
    found = taken(db, clock)

    assert (found.id, found.attempts) == ("a", 0)
    assert (row(db, "a")["reason"], row(db, "a")["settled_at"]) == (None, None)


def test_retry_of_what_does_not_exist(db: Database, clock: Clock) -> None:
    with pytest.raises(AlertUnknown, match="msg_nowhere"):
        outbox.retry(db, "msg_nowhere", clock())


def test_the_cursor_moves_only_from_where_it_was_read(db: Database) -> None:
    assert matches.cursor(db) == 0
    assert matches.move_cursor(db, 0, 5)
    assert not matches.move_cursor(db, 0, 7)
    assert matches.cursor(db) == 5
    assert matches.move_cursor(db, 5, 7)
    assert matches.cursor(db) == 7


def test_two_connections_never_claim_the_same(db: Database, clock: Clock, tmp_path: Any) -> None:
    path = tmp_path / "two.db"
    first, second = (
        Database(sqlite3.connect(path, isolation_level=None), execute_plugins=False)
        for _ in range(2)
    )
    with transaction(first):
        schema.upgrade(first)
        for number in range(20):
            queue(first, f"a{number}", clock)
    claims = []
    for _ in range(10):
        for connection in (first, second):
            with transaction(connection):
                claims.append(taken(connection, clock).id)

    first.close()
    second.close()
    assert len(set(claims)) == 20
    assert from_ms(to_ms(clock())) == clock()

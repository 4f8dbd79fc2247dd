"""What is ordinary is in order; what a hand in the file did is named."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from alerts import match
from alerts.channel import Outcome, Result
from alerts.deliver import Deliverer
from alerts.history import verify
from alerts.match import replay
from archive.stories import merge
from tests.alerts.press import START, FakeReceiver, Press, channels, rule

if TYPE_CHECKING:
    from alerts.rule import Rule

TEXT = "The council has passed the patent reform. It begins in May."
DEAD = Result(outcome=Outcome.DEAD, reason="550 no", status=550)


async def found(press: Press) -> list[str]:
    return await press.archive.read(lambda db: list(verify.problems(db)))


async def busy(press: Press) -> None:
    """Every decision, every state, stories that were joined, a rule that was replayed."""
    rules: list[Rule] = [rule("patent", "desk", "mail", name=on, on=on)
                         for on in ("story", "article", "revision")]  # fmt: skip
    await press.publish("old", "An old patent.", quiet=True)
    await press.publish("old", "An old patent, redesigned.")
    await press.publish("old", "An old patent, read otherwise.", quiet=True)
    await press.publish("a", TEXT)
    await press.publish("a", f"{TEXT} More.")
    await press.publish("b", TEXT, source="Wire")
    await press.publish("c", "Another patent altogether.")
    nobody = rule("patent", name="nobody")
    await press.match(*rules, type(nobody)(name="nobody", query=nobody.query, channels=()))
    await press.archive.write(lambda db: merge(db, 1, 3))
    late = match.build([rule("patent", name="late")])
    async for _ in replay.send(press.archive, late, START - timedelta(days=1), START):
        pass
    receiver = FakeReceiver()
    receiver.answers["mail"] = [DEAD]
    sending = Deliverer(press.archive, channels("mail"), clock=press.clock, senders=receiver.sender)
    await sending.drain()


def test_what_is_ordinary_is_in_order(press: Press) -> None:
    async def go() -> None:
        assert await found(press) == []
        await busy(press)
        decisions = {row["decision"] for row in await press.rows("rule_match")}
        states = {row["state"] for row in await press.rows("alert")}
        totals = await press.archive.read(verify.totals)

        assert decisions == {"ALERT", "BACKLOG", "REREAD", "KNOWN", "STORY", "ARTICLE"}
        assert states == {"due", "delivered", "dead"}
        assert await found(press) == []
        assert totals["matches"] == len(await press.rows("rule_match"))
        assert totals["waiting"] == 0

    asyncio.run(go())


ONE_ALERT = "(SELECT min(id) FROM alert WHERE state = 'delivered')"
FIRST = "(SELECT id FROM rule_match WHERE rule = 'story' AND decision = '{}' LIMIT 1)"


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (f"DELETE FROM alert WHERE id = {ONE_ALERT}", "not all of its alerts are there"),
        (f"DELETE FROM alert WHERE id = {ONE_ALERT}", "its alert is not there"),
        (f"DELETE FROM rule_match WHERE id = {FIRST.format('ALERT')}", "its match is not there"),
        (
            "UPDATE rule_match SET revision = 999 WHERE rule = 'late' AND revision = 1",
            "its text is not in the archive (revision 999)",
        ),
        ("UPDATE rule_match SET story = 999 WHERE id = 1", "its story is not in the archive"),
        (
            f"UPDATE rule_match SET decision = 'BACKLOG' WHERE id = {FIRST.format('STORY')}",
            "it told nobody, without the reason that it names (BACKLOG)",
        ),
        (
            f"UPDATE rule_match SET decision = 'KNOWN' WHERE id = {FIRST.format('STORY')}",
            "it told nobody, without the reason that it names (KNOWN)",
        ),
        (
            "UPDATE rule_match SET decision = 'STORY' WHERE rule = 'nobody'",
            "it told nobody, without the reason that it names (STORY)",
        ),
        (
            "UPDATE rule_match SET decision = 'ARTICLE' WHERE rule = 'nobody'",
            "it told nobody, without the reason that it names (ARTICLE)",
        ),
        (f"UPDATE alert SET payload = '{{}}' WHERE id = {ONE_ALERT}", "is of another alert"),
        (f"UPDATE alert SET payload = 'x' WHERE id = {ONE_ALERT}", "is of another alert"),
        (f"UPDATE alert SET state = 'lost' WHERE id = {ONE_ALERT}", "its state is none (lost)"),
        (f"UPDATE alert SET settled_at = NULL WHERE id = {ONE_ALERT}", "its state is none"),
        ("UPDATE alert SET due_at = NULL WHERE state = 'due'", "its state is none (due)"),
        (f"DELETE FROM attempt WHERE alert = {ONE_ALERT}", "delivered, and no try says so"),
        (f"INSERT INTO recipient VALUES ({ONE_ALERT}, 'ana@x', '')", "of an alert that all have"),
        ("INSERT INTO recipient VALUES ('msg_gone', 'ana@x', '')", "of an alert that all have"),
        ("UPDATE cursor SET revision = 99", "texts up to there would never be matched"),
    ],
)
def test_what_is_wrong_is_named(press: Press, damage: str, sentence: str) -> None:
    def harm(db: Any) -> None:
        db.execute(damage)

    async def go() -> None:
        await busy(press)
        await press.archive.write(harm)

        assert any(sentence in problem for problem in await found(press))

    asyncio.run(go())

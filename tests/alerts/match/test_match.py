from __future__ import annotations

import asyncio
import json
import re
from functools import partial

from alerts import match
from alerts.match import firing
from archive.stories import merge
from tests.alerts.press import LONGER, PATENT, START, TEXT, Press, about, rule


def test_a_match_is_an_alert_for_every_channel(press: Press) -> None:
    async def go() -> None:
        filed = await press.publish("a", TEXT)
        alerts = await press.match(rule(PATENT, "desk", "mail", "desk"))
        (found,) = await press.rows("rule_match")

        assert [alert["channel"] for alert in alerts] == ["desk", "mail"]
        assert {alert["match"] for alert in alerts} == {found["id"]}
        assert len({alert["id"] for alert in alerts}) == 2
        assert {alert["state"] for alert in alerts} == {"due"}
        assert (found["rule"], found["article"], found["revision"]) == ("rule", filed.article, 1)
        assert [word["text"] for word in json.loads(found["words"])] == ["patent", "reform"]

    asyncio.run(go())


def test_the_payload_bears_the_id_of_its_row_and_cannot_be_guessed(press: Press) -> None:
    async def go() -> None:
        await press.publish("a", TEXT)
        alerts = await press.match(rule(PATENT, "desk", "mail"))

        for alert in alerts:
            assert json.loads(alert["payload"])["id"] == alert["id"]
            assert re.fullmatch(r"msg_[\w-]{24}", alert["id"])

    asyncio.run(go())


def test_what_does_not_match_moves_the_cursor_and_no_more(press: Press) -> None:
    async def go() -> None:
        await press.publish("a", TEXT)

        assert await press.match(rule("trademark")) == []
        assert await press.rows("rule_match") == []
        assert await press.rows("cursor") == [{"name": "match", "revision": 1}]

    asyncio.run(go())


def test_a_new_rule_looks_at_new_articles_only(press: Press) -> None:
    async def go() -> None:
        await press.publish("a", TEXT)
        await press.match()
        await press.publish("b", "Another patent reform, elsewhere.")

        assert about(await press.match(rule(PATENT))) == [2]

    asyncio.run(go())


def test_nothing_new_writes_nothing(press: Press) -> None:
    async def go() -> None:
        await press.publish("a", TEXT)
        await press.match(rule(PATENT))

        assert await match.match_pending(press.archive, match.build([rule(PATENT)]), START) == 0
        assert await press.match(rule(PATENT)) == []

    asyncio.run(go())


def test_a_rule_looks_at_its_sources_only(press: Press) -> None:
    async def go() -> None:
        await press.publish("a", TEXT, source="Daily")
        await press.publish("b", "More on the patent reform.", source="Wire")
        mine = rule(PATENT, sources=("*", "!Wire"))

        assert about(await press.match(mine)) == [1]

    asyncio.run(go())


def test_a_rule_alerts_once_a_story(press: Press) -> None:
    async def go() -> None:
        await press.publish("a", TEXT, source="Daily")
        first = await press.match(rule(PATENT))
        await press.publish("copy", TEXT, source="Wire")
        again = await press.match(rule(PATENT))

        assert (len(first), again) == (1, [])
        assert len(await press.rows("rule_match")) == 2

    asyncio.run(go())


def test_a_rule_alerts_once_a_story_within_one_batch(press: Press) -> None:
    async def go() -> None:
        for number in range(5):
            await press.publish("a", TEXT, source=f"Daily{number}")

        assert about(await press.match(rule(PATENT))) == [1]

    asyncio.run(go())


def test_each_rule_alerts_for_itself(press: Press) -> None:
    async def go() -> None:
        await press.publish("a", TEXT)
        alerts = await press.match(rule(PATENT, name="one"), rule("council", name="two"))

        assert [alert["rule"] for alert in alerts] == ["one", "two"]

    asyncio.run(go())


def test_a_copy_alerts_if_the_word_stands_only_there(press: Press) -> None:
    async def go() -> None:
        await press.publish("a", TEXT, source="Daily")
        assert await press.match(rule("Lanzhou")) == []
        await press.publish("long", LONGER, source="Wire")
        await press.archive.write(lambda db: merge(db, 1, 2))

        assert about(await press.match(rule("Lanzhou"))) == [2]

    asyncio.run(go())


def test_a_revision_alerts_if_the_rule_was_silent_on_the_story(press: Press) -> None:
    async def go() -> None:
        await press.publish("a", TEXT)
        assert await press.match(rule("Lanzhou")) == []
        await press.publish("a", LONGER)
        (alert,) = await press.match(rule("Lanzhou"))

        assert json.loads(alert["payload"])["article"]["revision"] == 2

    asyncio.run(go())


def test_a_revision_of_what_was_told_is_silent(press: Press) -> None:
    async def go() -> None:
        await press.publish("a", TEXT)
        await press.match(rule(PATENT))
        await press.publish("a", LONGER)

        assert await press.match(rule(PATENT)) == []

    asyncio.run(go())


def test_two_stories_that_turn_out_to_be_one_are_told_no_third_time(press: Press) -> None:
    async def go() -> None:
        await press.publish("a", TEXT, source="Daily")
        await press.publish("b", LONGER, source="Wire")
        assert about(await press.match(rule(PATENT))) == [1, 2]
        await press.archive.write(lambda db: merge(db, 1, 2))
        await press.publish("c", LONGER, source="Post")
        await press.publish("d", TEXT, source="Echo")

        assert await press.match(rule(PATENT)) == []

    asyncio.run(go())


def test_matches_keep_the_story_that_they_were_made_for(press: Press) -> None:
    """Only roots change when stories turn out to be one."""

    async def go() -> None:
        await press.publish("a", TEXT, source="Daily")
        await press.publish("b", "An altogether different patent reform.", source="Wire")
        await press.match(rule(PATENT))
        before = await press.rows("rule_match")
        await press.archive.write(lambda db: merge(db, 1, 2))

        assert [found["story"] for found in before] == [1, 2]
        assert await press.rows("rule_match") == before
        assert [story["root"] for story in await press.rows("story")] == [1, 1]

    asyncio.run(go())


def test_a_renamed_rule_has_said_nothing(press: Press) -> None:
    async def go() -> None:
        await press.publish("a", TEXT, source="Daily")
        await press.match(rule(PATENT, name="old"))
        await press.publish("b", TEXT, source="Wire")

        assert about(await press.match(rule(PATENT, name="new"))) == [2]

    asyncio.run(go())


def test_the_root_is_read_when_the_match_is_written(press: Press) -> None:
    """Stories that were joined after the texts were read and before the matches were written."""

    async def go() -> None:
        await press.publish("a", TEXT, source="Daily")
        await press.match(rule(PATENT))
        await press.publish("b", LONGER, source="Wire")
        before, revisions = await press.archive.read(firing._pending)
        matcher = match.build([rule(PATENT)])
        await press.archive.write(lambda db: merge(db, 1, 2))
        written = await press.archive.write(
            partial(
                firing._write,
                candidates=matcher.candidates(revisions),
                before=before,
                after=2,
                zone=matcher.zone,
                now=START,
            )
        )

        assert written is not None
        assert [item.decision.name for item in written] == ["STORY"]

    asyncio.run(go())


def test_on_article_every_article_alerts_once(press: Press) -> None:
    async def go() -> None:
        mine = rule(PATENT, on="article")
        await press.publish("a", TEXT, source="Daily")
        await press.publish("a", TEXT, source="Wire")
        assert about(await press.match(mine)) == [1, 2]
        await press.publish("a", LONGER, source="Wire")

        assert await press.match(mine) == []

    asyncio.run(go())


def test_on_revision_every_matching_text_alerts(press: Press) -> None:
    async def go() -> None:
        mine = rule(PATENT, on="revision")
        await press.publish("a", TEXT)
        await press.publish("a", LONGER)
        await press.publish("a", "All is withdrawn.")
        await press.publish("a", TEXT)
        alerts = await press.match(mine)
        numbers = [json.loads(alert["payload"])["article"]["revision"] for alert in alerts]

        assert numbers == [1, 2, 4]

    asyncio.run(go())


def test_the_backlog_of_a_new_source_is_silent(press: Press) -> None:
    async def go() -> None:
        await press.publish("a", TEXT, quiet=True)

        assert await press.match(rule(PATENT, on="revision")) == []
        assert await press.match(rule(PATENT)) == []
        assert await press.rows("cursor") == [{"name": "match", "revision": 1}]

    asyncio.run(go())


def test_a_fresh_copy_of_what_lay_in_a_backlog_alerts(press: Press) -> None:
    async def go() -> None:
        await press.publish("a", TEXT, source="Daily", quiet=True)
        await press.match(rule(PATENT))
        await press.publish("b", TEXT, source="Wire")

        assert about(await press.match(rule(PATENT))) == [2]

    asyncio.run(go())


def test_a_changed_text_of_the_backlog_alerts_only_for_what_it_gained(press: Press) -> None:
    async def go() -> None:
        await press.publish("a", TEXT, quiet=True)
        rules = rule(PATENT, name="old"), rule("Lanzhou", name="gained")
        await press.match(*rules)
        await press.publish("a", LONGER)

        assert [alert["rule"] for alert in await press.match(*rules)] == ["gained"]

    asyncio.run(go())


def test_a_rule_that_asks_for_more_is_given_what_was_silent(press: Press) -> None:
    """After a change of `on`: only what was announced counts."""

    async def go() -> None:
        await press.publish("a", TEXT, source="Daily")
        await press.publish("a", TEXT, source="Wire")
        assert about(await press.match(rule(PATENT))) == [1]
        await press.publish("a", LONGER, source="Wire")

        assert about(await press.match(rule(PATENT, on="article"))) == [2]

    asyncio.run(go())

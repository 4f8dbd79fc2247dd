"""The ledger looked through, and what can be done there: mutes, closed channels, dead letters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import pytest

from alerts import mute, outbox
from alerts.digest import waiting

if TYPE_CHECKING:
    from sqlite_utils import Database

    from tests.web.office import Office
    from tests.web.served import LentHands
    from tests.web.visitor import Visitor


def rules_of(visitor: Visitor, place: str) -> list[str]:
    """The rules of the alerts that a look through the ledger shows, in order."""
    cells = visitor.page(place).xpath("//section[@aria-labelledby='all']//td[@data-label='rule']")
    return [str(cell.text_content()).strip() for cell in cells]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("rule=gansu", {"gansu"}),
        ("channel=bot", {"cnipa"}),
        ("channel=desk&state=delivered", {"gansu", "shenzhen", "corrections"}),
        ("channel=desk&state=due", set()),
        ("since=30d&rule=cnipa&state=due", {"cnipa"}),
        ("since=2099-01-01", set()),
        ("state=muted", set()),
        ("state=collected", set()),
    ],
)
def test_the_ledger_is_narrowed(reader: Visitor, asked: str, found: set[str]) -> None:
    """As by `alerts list`, and the API takes the same words."""
    there = reader.get(f"/api/v1/alerts?{asked}").json()["alerts"]

    assert set(rules_of(reader, f"/alerts?{asked}")) == found
    assert {row["rule"] for row in there} == found


def test_a_narrowed_ledger_stays_so_on_its_next_page(own_office: Office, editor: Visitor) -> None:
    def job(db: Database) -> None:
        for number in range(60):
            outbox.queue_notice(
                db, f"msg_{number:02}", channel="desk", payload="{}", now=own_office.now
            )

    own_office.write(job)
    first = editor.page("/alerts?channel=desk&state=due")
    (older,) = first.xpath("//a[@rel='next']/@href")

    assert "channel=desk" in older and "state=due" in older
    assert len(rules_of(editor, "/alerts?channel=desk&state=due")) == 50
    assert len(rules_of(editor, str(older))) == 10


def test_what_is_held_is_what_cannot_go_now(own_office: Office, editor: Visitor) -> None:
    """A later try and a closed channel hold; what is sent in a moment does not."""
    later = datetime.now(UTC) + timedelta(hours=2)
    own_office.write(
        lambda db: outbox.queue_notice(
            db, "msg_later", channel="desk", payload="{}", now=own_office.now, due=later
        )
    )
    assert rules_of(editor, "/alerts?state=held") == ["notice"]

    own_office.write(lambda db: outbox.disable_channel(db, "bot", "410 Gone", own_office.now))

    assert sorted(set(rules_of(editor, "/alerts?state=held"))) == ["cnipa", "notice"]


def test_a_closed_channel_is_opened(own_office: Office, editor: Visitor, hands: LentHands) -> None:
    """What `presswatch channel enable` does, and a word on what happens now."""
    own_office.write(lambda db: outbox.disable_channel(db, "bot", "410 Gone", own_office.now))
    assert "The channel bot is closed" in editor.text("/alerts")

    answer = editor.post("/channels/bot/enable")

    text = editor.text(answer.headers["location"])
    assert "The channel bot is open again; what waits for it is sent now" in text
    assert hands.woken == 1
    assert editor.post("/channels/bot/enable").status_code == 409
    assert editor.post("/channels/nobody/enable").status_code == 404


def test_the_dead_of_one_channel_are_sent_again(editor: Visitor) -> None:
    answer = editor.post("/alerts/retry", {"channel": "desk"})
    assert "0 alerts for desk queued again" in editor.text(answer.headers["location"])
    assert "Given up 1" in editor.text("/alerts")

    answer = editor.post("/alerts/retry", {"channel": "bot"})

    assert "1 alert for bot queued again" in editor.text(answer.headers["location"])


@pytest.mark.parametrize(
    "place", ["/alerts", "/alerts?state=dead", "/alerts?state=dead&channel=bot"]
)
def test_the_way_back_of_the_dead_stands_beside_them(editor: Visitor, place: str) -> None:
    """Wherever they are listed, all of a channel and one by one; not beside another channel."""
    buttons = [str(one.text_content()) for one in editor.page(place).xpath("//button")]

    assert "Send it to bot again" in buttons
    assert any(one.startswith("Send again msg_") for one in buttons)
    assert "to bot" not in editor.text("/alerts?state=dead&channel=desk")


@pytest.mark.parametrize(
    ("what", "place"),
    [("rule:gansu", "/rules/gansu"), ("story:10", "/story/10"), ("source:longshang",
                                                                "/sources/longshang")],
)  # fmt: skip
def test_what_is_muted_says_so_until_it_is_unmuted(
    editor: Visitor, own_office: Office, what: str, place: str
) -> None:
    """On its own page, on that of the alerts, and in the ledger of the command line."""
    answer = editor.post("/mute", {"what": what, "span": "3d"})

    assert answer.headers["location"].startswith(f"{place}?silenced=")
    assert "Muted until" in editor.text(answer.headers["location"])
    assert "is muted until" in editor.text("/alerts") and "(in 3d)" in editor.text("/alerts")
    (found,) = own_office.write(lambda db: mute.active(db, datetime.now(UTC)))
    assert found.target == what

    answer = editor.post("/unmute", {"what": what})

    assert "is told again" in editor.text(answer.headers["location"])
    assert own_office.write(lambda db: mute.active(db, datetime.now(UTC))) == []
    assert editor.post("/unmute", {"what": what}).status_code == 409


def test_a_mute_without_an_end_takes_what_waits(editor: Visitor) -> None:
    """It says how many alerts went along, so that nobody waits for them."""
    answer = editor.post("/mute", {"what": "rule:cnipa", "span": ""})
    text = editor.text(answer.headers["location"])

    assert "Muted until it is unmuted" in text and "2 alerts that waited went along" in text
    assert "Muted 2" in editor.text("/alerts")


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"what": "rule:none", "span": "1d"}, 404),
        ({"what": "source:none", "span": "1d"}, 404),
        ({"what": "story:999", "span": "1d"}, 404),
        ({"what": "story:" + "9" * 30}, 400),
        ({"what": "channel:desk", "span": "1d"}, 400),
        ({"what": "rule:gansu", "span": "soon"}, 400),
        ({"what": "rule:gansu", "span": "0s"}, 400),
        ({}, 400),
    ],
)
def test_a_mute_of_nothing_is_refused(
    editor: Visitor, own_office: Office, form: dict[str, str], status: int
) -> None:
    assert editor.post("/mute", form).status_code == status
    assert own_office.write(lambda db: mute.active(db, datetime.now(UTC))) == []


@pytest.mark.parametrize("place", ["/mute", "/unmute", "/channels/bot/enable", "/alerts/retry"])
def test_nobody_else_may_do_so(editor: Visitor, reader: Visitor, place: str) -> None:
    """Not a page elsewhere; and an archive without a service takes no orders."""
    foreign = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}

    assert editor.post(place, {"what": "rule:gansu"}, foreign).status_code == 403
    assert reader.post(place, {"what": "rule:gansu"}).status_code == 409


def test_a_name_with_anything_in_it_is_only_a_name(editor: Visitor, own_office: Office) -> None:
    """A source that is called like a path or a header leads nowhere else."""
    name = "//evil.example/\r\nSet-Cookie: a=b?<b>"
    text = own_office.config.read_text("utf-8")
    more = f'[[source]]\nname = {name!r}\nurl = "https://a.example/"\n'.replace("'", '"')
    own_office.config.write_text(text + more, "utf-8")

    answer = editor.post("/mute", {"what": f"source:{name}", "span": "1d"})

    assert answer.headers["location"] == f"/sources/{quote(name, safe='')}?silenced=0"
    assert "set-cookie" not in answer.headers


def hold(office: Office, count: int, channel: str = "desk") -> None:
    """So many notices that wait for two hours from now."""
    later = datetime.now(UTC) + timedelta(hours=2)

    def job(db: Database) -> None:
        for number in range(count):
            name = f"msg_held_{channel}_{number}"
            outbox.queue_notice(db, name, channel=channel, payload="{}", now=office.now, due=later)

    office.write(job)


def form_of(visitor: Visitor, place: str, button: str) -> tuple[str, dict[str, str]]:
    """Where the form of a button leads, and what it sends."""
    (form,) = visitor.page(place).xpath(f"//form[button[contains(., '{button}')]]")
    return str(form.get("action")), {field.name: field.value for field in form.inputs if field.name}


def test_all_that_is_held_is_sent_after_it_was_counted(
    own_office: Office, editor: Visitor, hands: LentHands
) -> None:
    """For the channel that is looked at, no other; and of what came since, nothing."""
    hold(own_office, 3)
    hold(own_office, 1, "bot")
    place, asked = form_of(editor, "/alerts?state=held&channel=desk", "Send all of them now")
    sure = f"{place}?{urlencode(asked)}"
    assert "Send 3 notices now?" in editor.text(sure)

    place, form = form_of(editor, sure, "Send now")
    later = datetime.now(UTC) + timedelta(hours=1)
    own_office.write(
        lambda db: outbox.queue_notice(
            db, "msg_new", channel="desk", payload="{}", now=later, due=later
        )
    )
    answer = editor.post(place, form)

    assert answer.headers["location"] == "/alerts?state=held&channel=desk&sent=3"
    assert "3 messages queued to be sent now" in editor.text(answer.headers["location"])
    assert len(rules_of(editor, "/alerts?state=held&channel=desk")) == 1
    assert len(rules_of(editor, "/alerts?state=held&channel=bot")) == 1
    assert hands.woken == 1


def test_what_was_muted_can_be_sent_from_its_list(editor: Visitor) -> None:
    editor.post("/mute", {"what": "rule:cnipa", "span": ""})
    place, asked = form_of(editor, "/alerts?state=muted", "Send all of them now")
    assert "Send 2 alerts now?" in editor.text(f"{place}?{urlencode(asked)}")

    place, form = form_of(editor, f"{place}?{urlencode(asked)}", "Send now")
    editor.post(place, form)

    assert rules_of(editor, "/alerts?state=muted") == []


@pytest.mark.parametrize("state", ["", "due", "dead", "delivered", "nonsense"])
def test_only_what_is_held_is_sent_so(editor: Visitor, state: str) -> None:
    """What is delivered must not go to everybody again by one wrong word."""
    until = datetime.now(UTC).isoformat()
    assert editor.get(f"/alerts/send?state={state}").status_code == 400
    assert editor.post("/alerts/send", {"state": state, "until": until}).status_code == 400
    assert "Send all of them" not in editor.get(f"/alerts?state={state}").text


def test_without_the_moment_of_the_count_nothing_is_sent(
    own_office: Office, editor: Visitor
) -> None:
    hold(own_office, 1)
    for until in ("", "yesterday", "2026-01-01"):
        answer = editor.post("/alerts/send", {"state": "held", "until": until})
        assert answer.status_code == 400
    assert len(rules_of(editor, "/alerts?state=held")) == 1


def test_a_page_that_only_reads_says_which_command_sends(reader: Visitor) -> None:
    assert "Send all of them" not in reader.get("/alerts?state=held").text
    assert "Nothing to send" in reader.text("/alerts/send?state=held")


def test_what_was_given_up_stands_before_what_is_muted(editor: Visitor) -> None:
    """Twenty mutes must not push what needs somebody off a phone."""
    editor.post("/mute", {"what": "rule:gansu", "span": "3d"})
    headings = [str(one.text_content()) for one in editor.page("/alerts").xpath("//h2")]

    assert headings == ["Given up", "Muted", "The ledger"]


def test_a_digest_that_still_collects_has_a_name(own_office: Office, editor: Visitor) -> None:
    later = datetime.now(UTC) + timedelta(hours=2)
    own_office.write(lambda db: waiting.begin_message(db, "desk", "digest", later, own_office.now))
    (link,) = editor.page("/alerts?state=held&channel=desk").xpath("//tbody//th/a")
    assert link.text_content() == "The next digest"
    assert editor.page(str(link.get("href"))).xpath("//h1")[0].text_content() == "The next digest"

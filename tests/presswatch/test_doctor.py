"""presswatch doctor: each thing that can be wrong is found, and says what to do."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from archive.store import transaction
from presswatch.doctor.check import clock
from tests.support.receiver import Receiver
from tests.support.site import Site
from tests.support.smtp import MailServer

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlite_utils import Database

    from tests.presswatch.desk import Desk

TEXT = "专利局公布新规，企业可以提前申请。" * 10


def checks(desk: Desk, *words: str) -> dict[tuple[str, str], dict[str, Any]]:
    """(what, name) → the check; the exit code is held against them."""
    result = desk.run("doctor", "--json", *words)
    rows = json.loads(result.stdout)
    wrong = [row for row in rows if not row["fine"]]
    assert result.exit_code == (1 if wrong else 0), result.output
    assert all(row["todo"] for row in wrong)
    return {(row["what"], row["name"]): row for row in rows}


def test_a_sound_installation(desk: Desk) -> None:
    for number in range(3):
        desk.file(f"https://cnipa.example/{number}", f"{TEXT}{number}")

    found = checks(desk, "--offline")

    assert all(row["fine"] for row in found.values()), found
    assert "3 articles in it, 3 of them" in found["archive", "index"]["said"]
    assert "Everything is fine." in desk.run("doctor", "--offline").stdout


def test_before_the_first_start_nothing_is_wrong(desk: Desk) -> None:
    """No archive is no fault yet."""
    assert desk.run("doctor", "--offline").exit_code == 0


def test_every_problem_of_the_config_is_a_line(desk: Desk) -> None:
    desk.config.write_text('[[source]]\nname = "a"\nurl = "b"\n[servise]\n', "utf-8")

    result = desk.run("doctor", "--json")

    assert result.exit_code == 1
    said = [row["said"] for row in json.loads(result.stdout)]
    assert any("servise" in line for line in said)
    assert any("source[1].url" in line for line in said)


def forget_one(db: Database) -> None:
    db.execute("DELETE FROM search_docsize WHERE id = 1")


def mix_up(db: Database) -> None:
    db.execute("UPDATE revision SET text = 'something else entirely' WHERE article = 2")


def from_tomorrow(db: Database) -> None:
    later = datetime.now(UTC) + timedelta(days=1)
    db.execute("UPDATE revision SET seen_at = ?", [int(later.timestamp() * 1000)])


def lose_an_article(db: Database) -> None:
    db.execute("PRAGMA defer_foreign_keys = ON")
    db.execute("DELETE FROM alias WHERE article = 3")
    db.execute("DELETE FROM revision WHERE article = 3")
    db.execute("DELETE FROM article WHERE id = 3")


@pytest.mark.parametrize(
    ("damage", "where", "said"),
    [
        (forget_one, ("archive", "index"), "1 articles are not in it"),
        (mix_up, ("archive", "index"), "1 of 3 articles are not found by their own words"),
        (lose_an_article, ("archive", "index"), "1 entries have no article"),
        (from_tomorrow, ("clock", "clock"), "the archive knows of"),
    ],
)
def test_damage_is_found(
    desk: Desk, damage: Callable[[Database], None], where: tuple[str, str], said: str
) -> None:
    """What SQLite calls sound may still not be what was filed."""
    for number in range(3):
        desk.file(f"https://cnipa.example/{number}", f"{TEXT}{number}")

    def job(db: Database) -> None:
        with transaction(db):
            damage(db)

    desk.write(job)

    row = checks(desk, "--offline")[where]
    assert not row["fine"]
    assert said in row["said"]


def test_a_file_that_is_no_archive(desk: Desk) -> None:
    desk.archive.write_text("no database")

    row = checks(desk, "--offline")["archive", "archive.db"]
    assert not row["fine"]


def test_no_room(desk: Desk) -> None:
    """The limit of the config counts."""
    text = desk.config.read_text("utf-8")
    text = text.replace("[archive]", '[archive]\nmin_free = "999999GB"')
    desk.config.write_text(text, "utf-8")

    rows = json.loads(desk.run("doctor", "--offline", "--json").stdout)
    (room,) = [row for row in rows if row["what"] == "disk" and not row["fine"]]
    assert "free" in room["said"]


OTHERS = """
[archive]
path = "archive.db"
[fetch]
contact = "mailto:desk@example.org"
allow_networks = ["127.0.0.0/8"]
delay = "0s"
[[source]]
name = "open"
url = "{site}/feed.xml"
[[source]]
name = "closed"
url = "{site}/private/feed.xml"
[[source]]
name = "gone"
url = "http://127.0.0.1:9/feed.xml"
[[channel]]
name = "bot"
type = "webhook"
url = "{hook}"
secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
[[channel]]
name = "dead"
type = "webhook"
url = "http://127.0.0.1:9/hook"
secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
[[channel]]
name = "mail"
type = "mail"
to = ["a@example.org"]
from = "b@example.org"
smtp = "{smtp}"
[[rule]]
name = "r"
query = "patent"
channels = ["bot", "dead", "mail"]
"""


def test_others_are_asked_and_sent_nothing(desk: Desk) -> None:
    """Receivers get no alert, mail servers no mail, sources one look at their robots.txt."""
    with Site() as site, Receiver() as receiver, MailServer() as mail:
        site.page("/robots.txt", "User-agent: *\nDisallow: /private/\n", content_type="text/plain")
        places = {"site": site.url(""), "hook": receiver.hook, "smtp": mail.url()}
        desk.config.write_text(OTHERS.format(**places), "utf-8")
        found = checks(desk)

        assert receiver.received == []
        assert mail.post.accepted == []
        assert {request.path for request in site.requests} == {"/robots.txt"}
        assert {request.method for request in receiver.requests} <= {"OPTIONS"}
    fine = {name: row["fine"] for (_, name), row in found.items()}
    assert (fine["bot"], fine["dead"], fine["mail"]) == (True, False, True)
    assert (fine["open"], fine["closed"], fine["gone"]) == (True, False, False)
    assert "forbids" in found["robots", "closed"]["said"]


@pytest.mark.parametrize(
    ("seconds", "fine", "word"), [(2, True, "agrees"), (90, False, "ahead"), (-7200, False, "2h")]
)
def test_a_clock_that_is_off_is_wrong(seconds: int, fine: bool, word: str) -> None:
    """Receivers refuse signatures whose time is five minutes off."""
    check = clock(timedelta(seconds=seconds), "a.example")

    assert check.fine is fine
    assert word in check.said

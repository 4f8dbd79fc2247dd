"""A changed config while the service runs: signals, files, and what is in flight."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from tests.support.news import article, feed
from tests.support.receiver import SECRET, Receiver
from tests.support.service import (
    ROOT,
    Running,
    rows,
    rule,
    source,
    until,
    webhook,
    write_config,
)
from tests.support.site import Answer, Recorded, Site, Wire

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.service


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        for number in range(4):
            site.page(f"/n/{number}.html", article(number))
        site.page("/one.xml", feed(site.url(""), [0, 1]), content_type="application/rss+xml")
        site.page("/two.xml", feed(site.url(""), [2, 3]), content_type="application/rss+xml")
        yield site


def hup(service: Running) -> None:
    service.send(signal.SIGHUP)


def status(config: Path) -> tuple[int, dict[str, object]]:
    command = [sys.executable, "-m", "presswatch", "status", "--json", "--config", str(config)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout)


def test_a_changed_file_is_applied_while_it_runs(
    tmp_path: Path, site: Site, receiver: Receiver
) -> None:
    """A source and a rule come, a source goes, and nobody has to tell the service."""
    one = source("one", site.url("/one.xml"))
    hook = webhook("hook", receiver.hook, SECRET)
    config = write_config(tmp_path, one + hook + rule("none", "nowhere", "hook"))
    with Running(config) as service:
        service.wait_for("poll.done", source="one")
        two = source("two", site.url("/two.xml"))
        write_config(tmp_path, two + hook + rule("cases", "case", "hook", on="article"))
        (changed,) = service.wait_for("config.changed")
        service.wait_for("alert.delivered", count=2)
        asked = len(site.asked("/one.xml"))
        service.wait_for("service.started")
        until(lambda: len(site.asked("/two.xml")) > 2, what="three polls of the new source")

        assert changed["sources"] == "1 added (two), 1 removed (one)"
        assert changed["rules"] == "1 added (cases), 1 removed (none)"
        assert len(site.asked("/one.xml")) == asked
        assert service.stop() == 0
    assert len({delivery.id for delivery in receiver.accepted()}) == 2


def test_a_channel_that_was_mended_is_told_at_once(
    tmp_path: Path, site: Site, receiver: Receiver
) -> None:
    """Whoever has corrected its address does not wait for the next try of a long schedule."""
    wrong = webhook("hook", receiver.page("/wrong", "", status=404), SECRET)
    rest = source("one", site.url("/one.xml")) + rule("cases", "case", "hook", on="article")
    config = write_config(tmp_path, wrong + rest)
    with Running(config) as service:
        service.wait_for("alert.later", count=3)
        write_config(tmp_path, webhook("hook", receiver.hook, SECRET) + rest)
        hup(service)
        service.wait_for("alert.delivered", count=2, timeout=15)

        assert service.stop() == 0


def test_a_poll_in_flight_is_not_dropped(tmp_path: Path, site: Site, receiver: Receiver) -> None:
    """Its source is gone from the config when the site answers at last: what it lists is filed."""
    answers = threading.Event()

    def late(_: Recorded, wire: Wire) -> None:
        while not answers.wait(0.02):
            if wire.closing.is_set():
                return
        body = feed(site.url(""), [0, 1]).encode()
        wire.answer(Answer(body, content_type="application/rss+xml"))

    site.behave("/late.xml", late)
    hook = webhook("hook", receiver.hook, SECRET) + rule("cases", "case", "hook", on="article")
    config = write_config(tmp_path, source("late", site.url("/late.xml")) + hook)
    with Running(config) as service:
        site.wait_for(lambda site: bool(site.asked("/late.xml")), timeout=60)
        write_config(tmp_path, source("two", site.url("/two.xml")) + hook)
        hup(service)
        service.wait_for("config.changed")
        answers.set()
        service.wait_for("poll.done", source="late")
        until(lambda: len(receiver.accepted()) == 4, what="the alerts of both sources")
        until(lambda: len(site.asked("/two.xml")) > 2, what="three polls of the new source")

        assert len(site.asked("/late.xml")) == 1
        assert service.stop() == 0


def test_how_it_fetches_may_change_while_it_runs(tmp_path: Path, site: Site) -> None:
    """Under which name, for how long, and whom it may ask; nothing of it takes a restart."""
    config = write_config(tmp_path, source("one", site.url("/one.xml")))
    before = config.read_text("utf-8")
    with Running(config) as service:
        service.wait_for("poll.done", source="one")
        named = before.replace("mailto:t@n.org", "mailto:other@n.org")
        config.write_text(named.replace("[fetch]", '[fetch]\ntimeout = "2s"'), "utf-8")
        (changed,) = service.wait_for("config.changed")
        until(lambda: "other@n.org" in agents(site, "/one.xml")[-1], what="the other name")
        config.write_text(before.replace('allow_networks = ["127.0.0.0/8"]', ""), "utf-8")
        (failed,) = service.wait_for("poll.failed", source="one")
        asked = len(site.requests)
        config.write_text(before, "utf-8")
        until(lambda: len(site.requests) > asked, what="a poll of what is open again")

        assert changed["settings"] == "fetch.contact, fetch.timeout"
        assert "needs_restart" not in changed
        assert "not a public address" in failed["reason"]
        assert service.logged("loop.failed") == []
        assert service.stop() == 0


def test_a_transfer_under_way_ends_as_it_began(tmp_path: Path, site: Site) -> None:
    """Its site answers when others are asked under another name, and with half of the time."""
    answers = threading.Event()

    def late(_: Recorded, wire: Wire) -> None:
        answers.wait(30)
        wire.answer(Answer(feed(site.url(""), [0]).encode(), content_type="application/rss+xml"))

    with Site("127.0.0.2") as slow:
        slow.behave("/late.xml", late)
        sources = source("one", site.url("/one.xml")) + source("late", slow.url("/late.xml"))
        config = write_config(tmp_path, sources)
        with Running(config) as service:
            slow.wait_for(lambda site: bool(site.asked("/late.xml")), timeout=60)
            text = config.read_text("utf-8").replace("mailto:t@n.org", "mailto:other@n.org")
            config.write_text(text.replace("[fetch]", '[fetch]\ntimeout = "1s"'), "utf-8")
            until(lambda: "other@n.org" in agents(site, "/one.xml")[-1], what="the other name")
            answers.set()
            service.wait_for("poll.done", source="late")

            assert service.logged("poll.failed") == []
            assert service.stop() == 0


def agents(site: Site, path: str) -> list[str]:
    return [request.headers.get("user-agent", "") for request in site.asked(path)]


def test_the_log_may_change_while_it_runs(tmp_path: Path, site: Site) -> None:
    """More of it, and in another form."""
    site.behave("/one.xml", lambda _, wire: wire.answer(Answer(status=304)))
    config = write_config(tmp_path, source("one", site.url("/one.xml")))
    text = config.read_text("utf-8")
    with Running(config) as service:
        service.wait_for("service.started")
        config.write_text('[service]\nlog_level = "debug"\n' + text, "utf-8")
        service.wait_for("poll.done", source="one", outcome="unchanged")
        config.write_text('[service]\nlog = "console"\n' + text, "utf-8")
        until(
            lambda: any("config.changed" in e["event"] and "settings" in e["event"]
                        for e in list(service.events)),
            what="a line for people",
        )  # fmt: skip

        assert service.stop() == 0


def test_a_wrong_config_is_refused_whole_and_the_operator_is_told(
    tmp_path: Path, site: Site, receiver: Receiver
) -> None:
    """The old one stays in force; status says so until a right one is read, then it is over."""
    right = (
        '[service]\noperator = "ops"\n'
        + source("one", site.url("/one.xml"))
        + webhook("ops", receiver.hook, SECRET)
    )
    config = write_config(tmp_path, right)
    with Running(config) as service:
        service.wait_for("poll.done", source="one")
        write_config(tmp_path, right + source("two", site.url("/two.xml"), evry="1m"))
        hup(service)
        (refused,) = service.wait_for("config.refused")
        until(lambda: len(receiver.accepted()) == 1, what="the notice")
        asked = len(site.asked("/one.xml"))
        site.wait_for(lambda site: len(site.asked("/one.xml")) > asked, timeout=60)
        code, said = status(config)

        assert "evry" in refused["problems"][0]
        assert code == 1
        assert any("config" in text and "evry" in text for text in said["attention"])  # type: ignore[attr-defined]
        assert not site.asked("/two.xml")

        write_config(tmp_path, right)
        hup(service)
        until(lambda: len(receiver.accepted()) == 2, what="the all-clear")
        code, said = status(config)

        assert (code, said["attention"]) == (0, [])
        assert service.stop() == 0
    begun, ended = (delivery.payload for delivery in receiver.accepted())
    assert (begun["kind"], begun["state"], ended["state"]) == ("config", "begun", "ended")
    assert "evry" in begun["text"]


def test_what_cannot_change_while_it_runs_says_so(tmp_path: Path, site: Site) -> None:
    """The archive stays the one it is, the rest of the change is applied all the same."""
    config = write_config(tmp_path, source("one", site.url("/one.xml")))
    with Running(config) as service:
        service.wait_for("poll.done", source="one")
        text = config.read_text("utf-8").replace('"a.db"', '"b.db"').replace('"0s"', '"10ms"')
        config.write_text(text, "utf-8")
        hup(service)
        (changed,) = service.wait_for("config.changed")

        assert changed["needs_restart"] == "archive.path"
        assert changed["settings"] == "fetch.delay"
        assert not (tmp_path / "b.db").exists()
        assert service.stop() == 0
    assert rows(tmp_path / "a.db", "SELECT count(*) FROM article") == [(2,)]


def test_a_channel_that_moved_gets_what_comes_next(
    tmp_path: Path, site: Site, receiver: Receiver
) -> None:
    """Also what waited for the receiver that is gone, under the same ids."""
    with Receiver() as gone:
        dead = gone.hook
    text = source("one", site.url("/one.xml")) + rule("cases", "case", "hook", on="article")
    config = write_config(tmp_path, text + webhook("hook", dead, SECRET))
    with Running(config) as service:
        service.wait_for("alert.later", count=2)
        queued = {row[0] for row in rows(tmp_path / "a.db", "SELECT id FROM alert")}
        write_config(tmp_path, text + webhook("hook", receiver.hook, SECRET))
        hup(service)
        (changed,) = service.wait_for("config.changed")
        until(lambda: len(receiver.accepted()) >= 2, what="delivery to the new place")

        assert changed["channels"] == "1 changed (hook)"
        assert {delivery.id for delivery in receiver.accepted()} == queued
        assert service.stop() == 0

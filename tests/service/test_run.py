"""The service as its operator meets it: a process, signals, exit codes, and its log."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.archive.articles import first_version
from tests.support.news import article, feed
from tests.support.receiver import SECRET, Receiver
from tests.support.service import Running, rows, rule, source, until, webhook, write_config
from tests.support.site import Site, drop, endless, garbled, hang
from tests.support.smtp import MailServer

pytestmark = pytest.mark.service

MAIL = """
[[channel]]
name = "mail"
type = "mail"
smtp = "{}"
from = "press@n.org"
to = ["desk@n.org"]
"""


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        for number in range(4):
            site.page(f"/n/{number}.html", article(number))
        site.page("/feed.xml", feed(site.url(""), range(4)), content_type="application/rss+xml")
        yield site


def config_for(folder: Path, site: Site, receiver: Receiver, more: str = "") -> Path:
    return write_config(
        folder,
        source("news", site.url("/feed.xml"))
        + webhook("hook", receiver.hook, SECRET)
        + rule("cases", "case", "hook", on="article")
        + more,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_drains_and_stops_it(
    tmp_path: Path, site: Site, receiver: Receiver, number: int
) -> None:
    """Everything that was filed is announced, and the exit status is 0, within ten seconds."""
    with Running(config_for(tmp_path, site, receiver)) as service:
        service.wait_for("article.filed", count=4)
        status = service.stop(number, within=10)

        assert status == 0
        assert service.logged("service.stopping")
        assert service.events[-1]["event"] == "service.stopped"
    assert len({delivery.id for delivery in receiver.accepted()}) == 4
    assert all(delivery.valid for delivery in receiver.received)


def test_a_stop_waits_for_nobody_who_hangs(tmp_path: Path, site: Site, receiver: Receiver) -> None:
    """Neither a site, a receiver nor a mail server; the alerts follow after the next start."""
    receiver.before = hang
    hanging = source("hanging", site.behave("/hang", hang)) + rule("mail", "case", "mail")
    with MailServer() as server:
        server.post.hangs = True
        mail = MAIL.format(server.url())
        with Running(config_for(tmp_path, site, receiver, hanging + mail)) as service:
            site.wait_for(lambda site: bool(site.asked("/hang")), timeout=60)
            receiver.wait_for(lambda site: bool(site.asked("/hook")), timeout=60)
            assert server.post.has_message.wait(60)
            status = service.stop(within=14)  # sooner than any of them is given up

            assert status == 0
            assert service.logged("loop.failed") == []
            assert service.events[-1]["event"] == "service.stopped"
    due = rows(tmp_path / "a.db", "SELECT DISTINCT channel FROM alert WHERE state = 'due'")
    assert set(due) == {("hook",), ("mail",)}
    assert rows(tmp_path / "a.db", "SELECT count(*) FROM alert WHERE state <> 'due'") == [(0,)]


def test_an_archive_has_one_service(tmp_path: Path, site: Site, receiver: Receiver) -> None:
    """The second one is refused, and told which process holds the archive."""
    config = config_for(tmp_path, site, receiver)
    with Running(config) as first:
        first.wait_for("service.started")
        with Running(config) as second:
            assert second.wait() == 3
            said = " ".join(event["event"] for event in second.events)

            assert str(first.pid) in said


def test_an_upgrade_is_told_before_and_after(
    tmp_path: Path, site: Site, receiver: Receiver
) -> None:
    """Of a large archive it takes minutes, in which nothing else happens."""
    first_version(tmp_path / "a.db").close()
    with Running(config_for(tmp_path, site, receiver)) as service:
        service.wait_for("service.started")

        told = [event["event"] for event in service.events if "upgrad" in event["event"]]
        assert told == ["archive.upgrading", "archive.upgraded"]
        assert service.logged("archive.upgrading")[0]["size"].endswith("B")


@pytest.mark.slow  # half a minute, until the receiver is tried again
def test_what_waits_at_a_receiver_that_is_down_goes_out_after_a_restart(
    tmp_path: Path, site: Site
) -> None:
    """The outbox outlives the process; the ids stay."""
    with Receiver() as down:
        config = config_for(tmp_path, site, down)
        port = down.port
    with Running(config) as service:
        service.wait_for("alert.later")
        service.stop()
    queued = {row[0] for row in rows(tmp_path / "a.db", "SELECT id FROM alert")}
    with Receiver(port=port) as up, Running(config) as service:
        until(lambda: len(up.accepted()) >= 4, what="delivery after the restart")

        assert {delivery.id for delivery in up.accepted()} == queued
        assert service.stop() == 0


def test_a_bad_source_delays_no_other_and_says_what_it_is(
    tmp_path: Path, site: Site, receiver: Receiver
) -> None:
    """Unreachable, hanging, endless, garbled, broken off, not a feed: each has its own reason."""
    bad = {
        "hanging": site.behave("/hang", hang),
        "endless": site.behave("/endless", endless),
        "garbled": site.behave("/garbled", garbled),
        "dropped": site.behave("/drop", drop),
        "page": site.page("/page", "<!doctype html><html><body>Please sign in</body></html>"),
        "refused": "http://127.0.0.1:9/feed.xml",
    }
    # Each on an origin of its own would be kinder; on one origin they queue behind the slow ones,
    # so the good source lives on another site.
    with Site() as good:
        good.page("/n/9.html", article(9))
        good.page("/feed.xml", feed(good.url(""), [9]))
        config = write_config(
            tmp_path,
            "".join(source(name, url) for name, url in bad.items())
            + source("good", good.url("/feed.xml"))
            + webhook("hook", receiver.hook, SECRET)
            + rule("cases", "case", "hook"),
        )
        config.write_text(config.read_text().replace("[fetch]\n", '[fetch]\ntimeout = "2s"\n'))
        with Running(config) as service:
            service.wait_for("alert.delivered")
            for name in bad:
                service.wait_for("poll.failed", source=name)
            service.stop()
    reasons = dict(rows(tmp_path / "a.db", "SELECT name, last_reason FROM source_state"))
    assert len({reasons[name].partition(":")[0] for name in bad}) >= 4, reasons
    assert all(reasons[name] for name in bad)
    assert rows(tmp_path / "a.db", "SELECT count(*) FROM article") == [(1,)]

"""presswatch init and check, offline and online."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from presswatch.cli import main
from presswatch.config.load import load
from tests.presswatch.desk import CONFIG
from tests.support.receiver import SECRET, Receiver
from tests.support.site import Answer, Site
from tests.support.smtp import MailServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.presswatch.desk import Desk

FEED = """<rss version="2.0"><channel><title>t</title>
<item><title>One</title><link>http://{host}/1</link></item>
<item><title>Two</title><link>http://{host}/2</link></item></channel></rss>"""


def test_init_writes_a_config_that_loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    result = CliRunner().invoke(main, ["init"])

    assert result.exit_code == 0
    assert result.stdout == "Wrote config.toml. Edit it, then: presswatch check\n"
    assert load(tmp_path / "config.toml", {}).sources


def test_init_never_writes_over_a_file(desk: Desk) -> None:
    result = desk.run("init")

    assert result.exit_code == 1
    assert "is here already" in result.stderr
    assert desk.config.read_text("utf-8") == CONFIG


def test_init_where_nothing_can_be_written(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["init", "--config", str(tmp_path / "none" / "config.toml")])

    assert result.exit_code == 3
    assert "No such file or directory" in result.stderr


def test_check_shows_what_the_config_says(desk: Desk) -> None:
    result = desk.run("check")

    assert result.exit_code == 0
    assert "2 sources, 1 enabled channel, 1 rule, 1 warning." in result.stdout
    for words in (
        ["source", "cnipa", "auto", "every", "15m"],
        ["source", "daily", "auto", "off"],
        ["channel", "bot", "webhook", "on"],
        ["rule", "patents", "on", "story"],
    ):
        assert any(line.split()[: len(words)] == words for line in result.stdout.splitlines())
    assert result.stderr.startswith("warning: channel[1].secret: stands in the file")


def test_check_names_every_problem_a_line_each(desk: Desk) -> None:
    desk.config.write_text(CONFIG.replace("patent*", "(").replace("every", "x") + "[[rule]]\n")

    result = desk.run("check")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[1].startswith("rule[1].query: column 7: ")
    assert len(result.stderr.splitlines()) == 5


def test_no_config_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    for command in (["check"], ["run"], ["status"], ["search", "x"], ["poll", "x"], ["why", "x"]):
        result = CliRunner().invoke(main, command)

        assert result.exit_code == 2
        assert result.stderr == "No config.toml here. `presswatch init` writes one.\n"


# Online


class Town:
    """Real sources and real receivers on loopback."""

    def __init__(self, site: Site, receiver: Receiver, mail: MailServer) -> None:
        self.site, self.receiver, self.mail = site, receiver, mail

    def config(self) -> str:
        return f"""
            [fetch]
            delay = "0s"
            allow_networks = ["127.0.0.0/8"]
            [[source]]
            name = "press"
            url = "{self.site.url("/feed.xml")}"
            kind = "feed"
            [[source]]
            name = "resting"
            url = "{self.site.url("/resting")}"
            enabled = false
            [[channel]]
            name = "bot"
            type = "webhook"
            url = "{self.receiver.hook}"
            secret = "{SECRET}"
            [[channel]]
            name = "desk"
            type = "mail"
            to = "desk@example.org"
            from = "presswatch@example.org"
            smtp = "{self.mail.url()}"
            [[rule]]
            name = "all"
            query = "news"
            channels = ["bot", "desk"]
        """


@pytest.fixture
def town() -> Iterator[Town]:
    with ExitStack() as stack:
        site = stack.enter_context(Site())
        receiver = stack.enter_context(Receiver())
        mail = stack.enter_context(MailServer())
        site.page("/feed.xml", FEED.format(host="127.0.0.1"), content_type="application/rss+xml")
        yield Town(site, receiver, mail)


def test_online_tries_every_source_and_channel(town: Town, desk: Desk) -> None:
    """The feed is read, the webhook gets a signed test, the mail server is asked; nothing stays."""
    desk.config.write_text(town.config())

    result = desk.run("check", "--online")

    assert result.exit_code == 0, result.output
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["ok", "feed", "press"] in [line[:3] for line in lines]
    assert "2 links" in result.stdout
    assert ["off", "source", "resting", "enabled", "=", "false"] in lines
    (received,) = town.receiver.received
    assert received.valid
    assert received.payload["type"].startswith("presswatch.test")
    assert "accepted for 1 of 1 recipients" in result.stdout
    assert town.site.asked("/resting") == []
    assert not desk.archive.exists()


def test_online_says_what_does_not_work(town: Town, desk: Desk) -> None:
    desk.config.write_text(town.config())
    town.site.page("/feed.xml", "<p>Under construction</p>")
    town.receiver.answers.append(Answer(status=404, body=b"no such bot"))

    result = desk.run("check", "--online")

    lines = [line.split() for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert ["failed", "feed", "press"] in [line[:3] for line in lines]
    assert ["failed", "webhook", "bot"] in [line[:3] for line in lines]
    assert ["ok", "mail", "desk"] in [line[:3] for line in lines]
    assert "HTTP 404: no such bot" in result.stdout
    assert "No list of articles in the answer" in result.stdout

"""docs/alerts.md: its programs are run against real deliveries, and what it promises is so."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from standardwebhooks import Webhook

from alerts import webhook
from alerts.channel import ChatChannel, MailChannel, Outcome, Result, WebhookChannel
from alerts.letter import compose
from alerts.outbox.circuit import OPENS, PAUSES
from alerts.retry import LONGEST, SCHEDULE
from alerts.webhook import WebhookSender, sign
from presswatch.config.load import load
from tests.alerts.sample import ALERT, PAYLOAD
from tests.support.receiver import SECRET, Receiver

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "alerts.md").read_text("utf-8")
OTHER = "whsec_YW5vdGhlci1zZWNyZXQtb2YtMzItYnl0ZXMtb3Itc28="
NODE = shutil.which("node")


def program(name: str) -> str:
    """A program of the documentation, by the comment above it."""
    (found,) = re.findall(rf"<!-- file: {re.escape(name)} -->\n```\w+\n(.*?)```", TEXT, re.DOTALL)
    return str(found)


@contextlib.contextmanager
def running(folder: Path, name: str, *command: str) -> Iterator[tuple[str, Path]]:
    """A receiver of the documentation at work; its address, and the file of its errors.

    What it said meanwhile is in handled.txt afterwards.
    """
    if not (folder / name).exists():
        (folder / name).write_text(program(name), "utf-8")
    said = folder / "said.txt"
    environment = {**os.environ, "WEBHOOK_SECRET": SECRET, "PORT": "0", "PYTHONUTF8": "1"}
    with (
        said.open("w") as out,
        subprocess.Popen(
            [*command, name], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=out,
            text=True, encoding="utf-8",
        ) as process,
    ):  # fmt: skip
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip(), said
        finally:
            process.terminate()
            (folder / "handled.txt").write_text(process.stdout.read(), "utf-8")


RECEIVERS = [
    pytest.param(("receiver.py", sys.executable), id="python"),
    pytest.param(
        ("receiver.mjs", NODE or "node"),
        id="javascript",
        marks=pytest.mark.skipif(NODE is None, reason="not measured: no node here"),
    ),
]


def send(
    url: str, *secrets: str, now: datetime | None = None, body: str = PAYLOAD, alert: str = ALERT
) -> Result:
    """A real delivery, through the sender that the service has."""

    async def deliver() -> Result:
        sender = WebhookSender(WebhookChannel(name="bot", url=url, secrets=secrets or (SECRET,)))
        try:
            return await sender.send(alert, body, now or datetime.now(UTC))
        finally:
            await sender.close()

    return asyncio.run(deliver())


#: What is changed in a request that is otherwise ours: a header, or the body.
FORGED: list[dict[str, str]] = [
    {"webhook-id": "msg_another"},
    {"webhook-timestamp": "soon"},
    {"webhook-timestamp": ""},
    {"webhook-signature": ""},
    {"webhook-signature": "v1,"},
    {"webhook-signature": "v1a,AAAA v1,AAAA"},
    {"webhook-signature": "v1,\u00fc"},
    {"body": PAYLOAD + " "},
]


def forge(url: str, change: dict[str, str]) -> int:
    """The status that a request with this change is answered with."""
    now = datetime.now(UTC)
    headers = sign([Webhook(SECRET)], ALERT, PAYLOAD, now) | change
    body = headers.pop("body", PAYLOAD)
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    return httpx.post(url, headers=raw, content=body.encode(), trust_env=False).status_code


@pytest.mark.parametrize("receiver", RECEIVERS)
def test_a_documented_receiver_takes_what_is_ours_and_nothing_else(
    tmp_path: Path, receiver: tuple[str, str]
) -> None:
    """Signed, by either of two secrets; and refuses another's, an old one and a changed one."""
    now = datetime.now(UTC)
    with running(tmp_path, *receiver) as (url, _):
        ours = [send(url), send(url), send(url, OTHER, SECRET)]
        others = [send(url, OTHER), *(send(url, now=now + timedelta(minutes=m)) for m in (-6, 6))]
        forged = [forge(url, change) for change in FORGED]

    assert [result.status for result in ours] == [204, 204, 204]
    assert [result.outcome for result in ours] == [Outcome.DELIVERED] * 3
    assert [result.status for result in others] == [401, 401, 401]
    assert forged == [401] * len(FORGED)
    handled = (tmp_path / "handled.txt").read_text("utf-8").splitlines()
    assert handled == ["ip-policy https://hexi.example/2026/03/01/ip-plan"]  # once


def test_a_repeat_under_another_id_is_another_alert(tmp_path: Path) -> None:
    """What a receiver remembers is the id, and nothing else of the body."""
    other = PAYLOAD.replace(ALERT, "msg_another")
    with running(tmp_path, "receiver.py", sys.executable) as (url, _):
        assert send(url).status == 204
        assert send(url, body=other, alert="msg_another").status == 204

    assert len((tmp_path / "handled.txt").read_text("utf-8").splitlines()) == 2


def test_the_package_verifies_a_real_delivery(monkeypatch: pytest.MonkeyPatch) -> None:
    """The few lines with `standardwebhooks`, over what a receiver really got."""
    with Receiver() as receiver:
        assert send(receiver.hook).outcome is Outcome.DELIVERED
        request = receiver.received[0].request
    monkeypatch.setenv("WEBHOOK_SECRET", SECRET)
    names: dict[str, Any] = {}
    exec(program("verified.py"), names)

    assert names["verified"](request.headers, request.body)
    assert not names["verified"](request.headers, request.body + b" ")
    monkeypatch.setenv("WEBHOOK_SECRET", OTHER)
    exec(program("verified.py"), names)
    assert not names["verified"](request.headers, request.body)


def test_the_package_s_lines_fit_into_the_receiver(tmp_path: Path) -> None:
    """`verified` becomes the other one, as the page says, and all is as before."""
    whole, lines = program("receiver.py"), program("verified.py")
    before, _, rest = whole.partition("def verified(")
    after = rest.partition("\n\n\n")[2]
    (tmp_path / "mixed.py").write_text(f"{before}{lines}\n\n{after}", "utf-8")
    with running(tmp_path, "mixed.py", sys.executable) as (url, _):
        assert [send(url).status, send(url, OTHER).status] == [204, 401]


def seconds(text: str) -> list[float]:
    units = {"s": 1, "m": 60, "h": 3600}
    return [int(number) * units[unit] for number, unit in re.findall(r"(\d+) ([smh])\b", text)]


def test_the_documented_schedule_is_the_one_kept() -> None:
    (told,) = re.findall(r"Tried again (5 s.*) after the try before", TEXT)

    assert seconds(told) == [wait.total_seconds() for wait in SCHEDULE[1:]]


def test_the_documented_pauses_limits_and_headers_are_those_of_the_code() -> None:
    (pauses,) = re.findall(r"in pauses of (.*)\.", TEXT)
    headers = set(re.findall(r"^\| `(webhook-\w+|content-type)` \|", TEXT, re.MULTILINE))
    signed = sign([Webhook(SECRET)], ALERT, PAYLOAD, datetime.now(UTC))

    assert "After three failed tries in a row" in TEXT
    assert OPENS == 3
    assert seconds(pauses) == [PAUSES[0].total_seconds(), PAUSES[-1].total_seconds()]
    assert f"any 2xx, within {webhook.TIMEOUT:.0f} seconds" in TEXT
    assert f"{LONGEST.total_seconds() / 3600:.0f} hours at most" in TEXT
    assert f"The first {webhook.ANSWER // 1024} KB of an answer" in TEXT
    assert headers == set(signed)


def test_every_mail_header_that_is_documented_is_sent() -> None:
    """And every one that is not plain mail is documented."""
    channel = MailChannel(
        name="desk", to=("law@firm.example",), sender="watch@firm.example",
        smtp="smtp://mail.firm.example", unsubscribe="https://firm.example/u",
    )  # fmt: skip
    message = message_from_bytes(compose(channel, ALERT, PAYLOAD, datetime.now(UTC)))
    section = TEXT.partition("## Mail")[2].partition("\n## ")[0]
    documented = set(re.findall(r"^\| `([\w-]+)` \|", section, re.MULTILINE))
    usual = {"From", "To", "Date", "MIME-Version", "Content-Type", "List-Unsubscribe-Post"}

    assert documented == set(message.keys()) - usual


def test_its_links_lead_somewhere() -> None:
    """To files beside it, and to headings on the page."""
    headings = {
        re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-")
        for line in TEXT.splitlines()
        if line.startswith("#")
    }
    links = re.findall(r"\]\((?!https)([^)]+)\)", TEXT)

    assert links
    for link in links:
        file, _, heading = link.partition("#")
        assert (DOCS / file).exists() if file else heading in headings, link


def test_its_channels_are_configs(tmp_path: Path) -> None:
    """What is copied from the page passes `presswatch check`."""
    blocks = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    source = '[[source]]\nname = "a"\nurl = "https://a.example/feed"\n'
    file = tmp_path / "config.toml"
    file.write_text("\n".join([source, *blocks]), "utf-8")
    rooms = {"WEBHOOK_SECRET": SECRET, "PASSWORD": "p", "ROOM": "feishu://abcdef-123456"}

    channels = load(file, rooms).channels
    assert [type(channel) for channel in channels[:3]] == [
        WebhookChannel, MailChannel, ChatChannel,
    ]  # fmt: skip

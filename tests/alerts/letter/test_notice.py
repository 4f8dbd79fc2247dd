"""What the operator is told: its JSON, its mail, and that docs/payload.md says the same."""

from __future__ import annotations

import email
import email.policy
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from alerts.channel import MailChannel
from alerts.letter import compose, html, plain_text, subject
from alerts.letter.notice import Notice, build

DOCS = Path(__file__).parents[3] / "docs" / "payload.md"
SINCE = datetime(2026, 3, 1, 9, 20, tzinfo=UTC)
NOW = datetime(2026, 3, 4, 10, 1, 10, tzinfo=UTC)
NOTICE = Notice(
    source="Hexi Daily", kind="silence", since=SINCE, ended=None, expected=12.0, seen=3.03,
    total=0, text="no news for 3 days, usually 12 a day",
)  # fmt: skip
MAIL = MailChannel(name="m", to=("desk@example.org",), sender="watch@example.org", smtp="smtp://x")


def payload(**changes: Any) -> dict[str, Any]:
    zone = ZoneInfo("Asia/Shanghai")
    notice = replace(NOTICE, **changes)
    data: dict[str, Any] = json.loads(build(alert="msg_1", queued=NOW, notice=notice, zone=zone))
    return data


def test_the_payload_is_the_documented_one() -> None:
    blocks = re.findall(r"```json\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    (documented,) = [
        block for block in map(json.loads, blocks) if block["type"] == "presswatch.notice.v1"
    ]

    assert payload() | {"id": ""} == documented | {"id": ""}
    assert list(payload()) == list(documented)


def test_the_network_is_of_no_source() -> None:
    data = payload(source="", kind="network", text="the network is down")

    assert data["source"] is None
    assert subject(data) == "[presswatch] the network is down"


def test_a_mail_when_it_begins_and_when_it_is_over() -> None:
    begun, ended = payload(), payload(ended=NOW)

    assert subject(begun) == "[presswatch] Hexi Daily: no news for 3 days, usually 12 a day"
    assert subject(ended) == "[presswatch] Hexi Daily: over: no news for 3 days, usually 12 a day"
    assert "Since: 2026-03-01 17:20 +08:00\n" in plain_text(begun)
    assert "Over:" not in plain_text(begun)
    assert "Over: 2026-03-04 18:01 +08:00\n" in plain_text(ended)
    assert ended["state"] == "ended"


def test_the_message_whole() -> None:
    data = payload(source="甘肃日报")
    message = email.message_from_bytes(
        compose(MAIL, "msg_1", json.dumps(data), NOW), policy=email.policy.default
    )
    plain, marked = message.get_body(("plain",)), message.get_body(("html",))

    assert message["Subject"] == subject(data)
    assert message["X-Presswatch-Alert"] == "msg_1"
    assert plain is not None
    assert "甘肃日报: no news for 3 days" in plain.get_content()
    assert marked is not None
    assert "2026-03-01 17:20" in marked.get_content()


@given(st.text(), st.text())
def test_text_from_outside_stays_text(source: str, text: str) -> None:
    """A site's reason and a source's name reach no header and no markup."""
    data = payload(source=source + "<b>", text=text + "<script>=?utf-8?q?a?=\r\nBcc: x")

    line = subject(data)
    assert len(line) <= 210
    assert len(line.splitlines()) == 1
    assert "=?" not in line
    assert "<script>" not in html(data)
    assert "<b>" not in html(data)
    assert escape("<b>") in html(data)

"""What a digest says, as JSON and as mail."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import digest
from alerts.channel import MailChannel
from alerts.digest import FULL, Collected, Facts, Trouble, build
from alerts.letter import compose, html, plain_text, subject
from tests.alerts.sample import PAYLOAD
from tests.alerts.schemas import refused

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)  # Monday, eight in the morning in Shanghai
SAMPLE = json.loads(PAYLOAD)
FACTS = Facts(
    total=42,
    healthy=41,
    troubles=(
        Trouble(
            source="cnipa-notices",
            kind="silence",
            words="silent",
            since=datetime(2026, 2, 24, 3, tzinfo=UTC),
        ),
    ),
)


def one(
    number: int, *, rule: str = "ip", story: int = 0, hours: float = 1, **article: Any
) -> Collected:
    """An alert of some hours ago about a story of its own, if no other is said."""
    words = {"id": number, "title": f"Title {number}", **article}
    return Collected(
        id=f"msg_{number}",
        rule=rule,
        queued=NOW - timedelta(hours=hours),
        payload=SAMPLE | {"article": SAMPLE["article"] | words},
        story=story or number,
        outlets=2,
        articles=3,
    )


def made(*collected: Collected, facts: Facts | None = FACTS, kind: str = "digest") -> Any:
    text = build(alert="msg_X", kind=kind, now=NOW, collected=collected, facts=facts, zone=SHANGHAI)
    return json.loads(text)


def test_it_is_grouped_by_rule_and_story_the_newest_first() -> None:
    """Two alerts of one story are one entry, under its newest article."""
    data = made(
        one(1, hours=9), one(2, rule="gansu", hours=8), one(3, story=1, hours=7), one(4, hours=6)
    )

    told = [
        (rule["name"], [story["alerts"] for story in rule["stories"]]) for rule in data["rules"]
    ]
    assert told == [("ip", [["msg_4"], ["msg_3", "msg_1"]]), ("gansu", [["msg_2"]])]
    assert data["rules"][0]["stories"][1]["article"]["title"] == "Title 3"
    assert data["text"] == "3 stories for 2 rules"
    assert data["alerts"] == 4
    assert set(digest.ids(data)) == {"msg_1", "msg_2", "msg_3", "msg_4"}


def test_copies_and_outlets_are_counted_as_they_are_now() -> None:
    (story,) = made(one(1))["rules"][0]["stories"]

    assert (story["outlets"], story["copies"]) == (2, 2)


def test_every_day_has_its_number_also_one_without_and_by_the_clock_there() -> None:
    """17:00 UTC is the next day in Shanghai."""
    data = made(one(1, hours=55), one(2, hours=54), one(3, hours=7))

    assert data["days"] == [
        {"date": "2026-02-28", "alerts": 2},
        {"date": "2026-03-01", "alerts": 0},
        {"date": "2026-03-02", "alerts": 1},
    ]


@pytest.mark.parametrize(
    ("since", "said"),
    [
        (datetime(2026, 2, 24, 3, tzinfo=UTC), "silent since Tuesday"),
        (datetime(2026, 3, 1, 20, tzinfo=UTC), "silent since 04:00"),
        (datetime(2026, 2, 23, 3, tzinfo=UTC), "silent since 2026-02-23"),
        (None, "silent"),
    ],
)
def test_the_last_line_proves_the_silence(since: datetime | None, said: str) -> None:
    """A weekday that could be last week's is a date."""
    trouble = Trouble(source="cnipa-notices", kind="silence", words="silent", since=since)
    line = digest.health_line(Facts(total=42, healthy=41, troubles=(trouble,)), NOW, SHANGHAI)

    assert line == f"41 of 42 sources healthy; cnipa-notices {said}"


def test_of_many_sources_in_trouble_some_are_named() -> None:
    bad = tuple(Trouble(source=f"s{n}", kind="x", words="silent", since=None) for n in range(30))
    line = digest.health_line(Facts(total=30, healthy=0, troubles=bad), NOW, UTC)

    assert line.count("silent") == 10
    assert line.endswith("; and 20 more")
    assert digest.health_line(Facts(total=1, healthy=1), NOW, UTC) == "1 of 1 source healthy"
    assert digest.health_line(Facts(total=0, healthy=0), NOW, UTC) == "no source is watched"


@pytest.mark.parametrize(
    "data",
    [made(), made(facts=None), made(one(1)), made(one(1), kind="summary", facts=None)],
    ids=["empty", "bare", "digest", "summary"],
)
def test_what_is_sent_is_what_the_schema_says(data: dict[str, Any]) -> None:
    """docs/presswatch.digest.v1.schema.json, in its strict form."""
    assert refused(data) == []
    assert plain_text(data)
    assert html(data)


def test_an_empty_digest_says_so_and_how_the_sources_fare() -> None:
    data = made()

    assert subject(data) == "[presswatch] Digest, Mon 2026-03-02: nothing new"
    assert "41 of 42 sources healthy; cnipa-notices silent since Tuesday" in plain_text(data)
    assert "41 of 42 sources healthy" in html(data)


def test_the_plain_text_has_bars_and_ends_with_the_sources() -> None:
    lines = plain_text(made(one(1, hours=55), one(2, hours=54), one(3, hours=7))).splitlines()

    assert lines[:6] == [
        "Digest, Mon 2026-03-02: 3 stories for 1 rule",
        "",
        "Sat 2026-02-28  ██ 2",
        "Sun 2026-03-01   0",
        "Mon 2026-03-02  █ 1",
        "",
    ]
    assert lines[6] == "== ip (3)"
    assert lines[8:11] == [
        "Title 3",
        "https://hexi.example/2026/03/01/ip-plan",
        "Hexi Daily · 2026-03-01 08:30 +08:00 · 2 outlets · 2 copies · 甘肃, 知识产权",
    ]
    assert "【甘肃】省今天公布了" in lines[11]
    assert lines[-4] == "41 of 42 sources healthy; cnipa-notices silent since Tuesday"


def test_the_longest_bar_fits_a_phone() -> None:
    many = [one(n, hours=20) for n in range(1, 200)]
    text = plain_text(made(*many, one(300, hours=1)))

    bars = [line.split()[2] for line in text.splitlines() if "█" in line]
    assert [len(bar) for bar in bars] == [24, 1]


def test_a_huge_digest_tells_every_story_and_the_first_with_passages() -> None:
    """Nothing is dropped, and a mail server takes it."""
    data = made(*(one(n) for n in range(1, FULL + 51)))
    stories = data["rules"][0]["stories"]

    assert len(stories) == FULL + 50
    assert sum(bool(story["snippets"]) for story in stories) == FULL
    assert len(html(data)) < 500_000


@given(st.text(min_size=1), st.text(min_size=1))
def test_what_strangers_write_stays_text(title: str, source: str) -> None:
    """In the HTML, in the subject and in the header of the mail."""
    data = made(one(1, title=title, source=source, url="javascript:alert(1)"))
    mail = MailChannel(name="m", to=("a@example.org",), sender="b@example.org", smtp="smtp://x")
    message = compose(mail, "msg_X", json.dumps(data), NOW)

    assert "<script" not in html(made(one(1, title=f"<script>{title}")))
    assert 'href="javascript' not in html(data)
    assert message.count(b"\r\nSubject: ") == 1
    assert b"\r\nBcc:" not in message.partition(b"\r\n\r\n")[0]

from __future__ import annotations

import email
import email.policy
import json
from datetime import UTC, datetime
from email.header import decode_header, make_header
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.channel import MailChannel
from alerts.letter import address, compose, html, plain_text, subject
from alerts.plain import one_line
from tests.alerts.sample import PAYLOAD

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
CHANNEL = MailChannel(
    name="mail",
    to=("Ma Lan 马兰 <law@firm.example>", "desk@律所.example"),
    sender="presswatch <watch@firm.example>",
    smtp="smtp://mail.example",
)
HEADERS = [
    "From", "To", "Subject", "Date", "Message-ID", "List-Id", "Auto-Submitted",
    "X-Presswatch-Alert", "MIME-Version", "Content-Type",
]  # fmt: skip


def alert(**changes: Any) -> dict[str, Any]:
    """The sample payload with other values, by dotted path with __."""
    data: dict[str, Any] = json.loads(PAYLOAD)
    for path, value in changes.items():
        *parents, last = path.split("__")
        target = data
        for parent in parents:
            target = target[parent]
        target[last] = value
    return data


def written(data: dict[str, Any]) -> bytes:
    return compose(CHANNEL, "msg_1", json.dumps(data), NOW)


def test_the_message_whole() -> None:
    message = email.message_from_bytes(written(alert()), policy=email.policy.default)
    plain = message.get_body(("plain",))
    marked = message.get_body(("html",))

    assert message["Subject"] == "[ip-policy] 甘肃公布三年行动计划"
    assert message["To"] == "Ma Lan 马兰 <law@firm.example>, desk@xn--g4t33d.example"
    assert message["Message-ID"] == "<msg_1@firm.example>"
    assert message["List-Id"] == "presswatch <presswatch.firm.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"] == "Sun, 01 Mar 2026 08:30:00 +0000"
    assert message.get_content_type() == "multipart/alternative"
    assert plain is not None
    assert marked is not None
    assert "Published: 2026-03-01 08:30 +08:00" in plain.get_content()
    assert "【知识产权】" in plain.get_content()
    assert "<mark>知识产权</mark>" in marked.get_content()
    assert 'href="https://hexi.example/2026/03/01/ip-plan"' in marked.get_content()


def test_a_day_without_a_time_is_shown_as_a_day() -> None:
    assert "Published: 2026-03-01\n" in plain_text(alert(article__published_precise=False))
    assert "Published: unknown\n" in plain_text(alert(article__published=None))


def test_a_story_alone_and_a_first_text_say_nothing_of_themselves() -> None:
    alone = plain_text(alert(story__outlets=1))
    revised = plain_text(alert(article__revision=3))

    assert "Story:" not in alone
    assert "Revision" not in alone
    assert "Story: 2 outlets so far, first https://press.example/gansu-plan" in revised
    assert "Revision 3 of an article that was changed" in revised


_NASTY = st.lists(
    st.one_of(
        st.text(max_size=12),
        st.sampled_from(
            [
                "=?utf-8?q?a=0ABcc:eve=40evil.example?=",
                "=?utf-8?b?YQpCY2M6IGV2ZUBldmlsLmV4YW1wbGU=?=",
                "=?utf-8?q?=3D=3Futf-8=3Fq=3Fa=3D0ABcc=3A?=",
                "\r\nBcc: eve@evil.example\r\n\r\nbody",
                "=?",
                "?=",
                "\n",
                "<script>",
                "知识产权",
                "x" * 80,
            ]
        ),
    ),
    max_size=6,
).map("".join)


@given(title=_NASTY, rule=_NASTY)
def test_no_text_adds_a_header_or_hides_in_one(title: str, rule: str) -> None:
    data = alert(article__title=title, rule__name=rule)
    raw = written(data)
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    shown = str(make_header(decode_header(message["Subject"].replace("\r\n", "\n"))))

    assert sorted(message.keys()) == sorted(HEADERS)
    assert b"\nBcc" not in raw
    assert " ".join(shown.split()) == " ".join(subject(data).split())
    assert max(map(len, raw.split(b"\r\n"))) < 999


def test_a_subject_is_short_and_one_line() -> None:
    line = subject(alert(article__title="长" * 1000, rule__name="a\nb" * 100))

    assert len(line) <= 200
    assert line.startswith("[a ba b")
    assert line.endswith("…")


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name == "href"]


_MARKUP = st.lists(
    st.sampled_from(
        [
            '"',
            "'",
            "<",
            ">",
            "&",
            "<script>alert(1)</script>",
            "<img src=x onerror=y>",
            "字",
            "\x00",
        ]
    ),
    max_size=8,
).map("".join)


@given(text=_MARKUP, data=st.data())
def test_text_from_outside_is_text_in_html(text: str, data: st.DataObject) -> None:
    mark = sorted(data.draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
    parsed = _Tags()
    parsed.feed(
        html(
            alert(
                article__title=text,
                article__source=text,
                article__language=text,
                article__url="https://news.example/" + text,
                rule__name=text,
                story__first_url=text,
                words=[{"text": text, "term": text, "field": "body", "count": 1}],
                snippets=[{"field": "body", "text": text, "marks": [mark]}],
            )
        )
    )

    assert parsed.tags == {
        "html", "head", "meta", "title", "body", "h2", "a", "p", "br", "small", "mark",
    }  # fmt: skip
    assert parsed.attributes == {"lang", "charset", "style", "href"}
    assert parsed.links == [one_line("https://news.example/" + text)]


def test_what_is_no_web_address_is_no_link() -> None:
    assert "href" not in html(alert(article__url="javascript:alert(1)"))


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("watch@firm.example", "watch@firm.example"),
        ("Press Watch <watch@firm.example>", "watch@firm.example"),
        ("watch@律所.example", "watch@xn--g4t33d.example"),
    ],
)
def test_the_bare_address(text: str, bare: str) -> None:
    assert address(text) == bare


@pytest.mark.parametrize("text", ["", "nobody", "@firm.example", "律师@firm.example"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="not a mail address"):
        address(text)

from __future__ import annotations

import email
import email.policy
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from email import charset
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
    "From", "To", "Subject", "Date", "Message-ID", "List-Id", "List-Unsubscribe", "Auto-Submitted",
    "X-Auto-Response-Suppress", "X-Presswatch-Alert", "MIME-Version", "Content-Type",
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
    assert re.search(r"<mark [^<>]*>知识产权</mark>", marked.get_content())
    assert 'href="https://hexi.example/2026/03/01/ip-plan"' in marked.get_content()


def test_a_day_without_a_time_is_shown_as_a_day() -> None:
    assert "Published: 2026-03-01\n" in plain_text(alert(article__published_precise=False))
    assert "Published: unknown\n" in plain_text(alert(article__published=None))


def test_a_story_alone_and_a_first_text_say_nothing_of_themselves() -> None:
    alone = plain_text(alert(story__outlets=1))
    revised = plain_text(alert(article__revision=3))

    assert "Story:" not in alone
    assert "Revision" not in alone
    assert "Story: 2 outlets so far\nFirst at: https://press.example/gansu-plan\n" in revised
    assert "Revision: 3 of an article that was changed" in revised


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
        "html", "head", "meta", "title", "style", "body", "div", "h1", "a", "p", "span", "mark",
    }  # fmt: skip
    assert parsed.attributes - {"lang"} == {
        "charset", "name", "content", "style", "class", "href",
    }  # fmt: skip
    assert parsed.links == [one_line("https://news.example/" + text)] * 2


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://[", "https://", ""])
def test_what_is_no_web_address_is_no_link(url: str) -> None:
    """Neither where the article is nor where its story was first."""
    assert "href" not in html(alert(article__url=url, story__first_url=url))


def test_an_article_without_a_title_can_be_opened() -> None:
    """A link without a text cannot be tapped, and a subject of a rule alone says nothing."""
    assert ">(no title)</a>" in html(alert(article__title=""))
    assert subject(alert(article__title="")) == "[ip-policy] (no title)"


def test_a_mail_says_how_to_have_no_more() -> None:
    """RFC 2369 always; RFC 8058 where a URL is configured, and with it nothing but https."""
    message = email.message_from_bytes(written(alert()), policy=email.policy.default)
    once = replace(CHANNEL, name="法务", unsubscribe="https://lists.example/u?c=law")
    clicked = email.message_from_bytes(
        compose(once, "msg_1", PAYLOAD, NOW), policy=email.policy.default
    )

    assert message["List-Unsubscribe"] == "<mailto:watch@firm.example?subject=unsubscribe%20mail>"
    assert "List-Unsubscribe-Post" not in message
    assert clicked["List-Unsubscribe"] == (
        "<https://lists.example/u?c=law>, "
        "<mailto:watch@firm.example?subject=unsubscribe%20%E6%B3%95%E5%8A%A1>"
    )
    assert clicked["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_no_other_library_changes_how_a_mail_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Apprise registers another coding of UTF-8 for the whole process when it is imported."""
    named = replace(CHANNEL, sender="律师事务所新闻监测 <watch@firm.example>")
    before = compose(named, "msg_1", PAYLOAD, NOW)
    changed = charset.CHARSETS | {"utf-8": (charset.QP, charset.QP, "utf-8")}
    monkeypatch.setattr(charset, "CHARSETS", changed)
    after = compose(named, "msg_1", PAYLOAD, NOW)

    boundary = re.compile(rb"={15}\d+==")
    assert boundary.sub(b"", after) == boundary.sub(b"", before)
    assert before.count(b"Content-Transfer-Encoding: base64") == 2


def test_encoded_words_are_read_before_controls_are_removed() -> None:
    """What they hide is seen, on one line, and nobody's reader decodes it a second time."""
    words = "=?utf-8?b?55+l6K+G5Lqn5p2DDQpCY2M6IGV2ZUBldmlsLmV4YW1wbGU=?="
    nested = "=?utf-8?q?=3D=3Futf-8=3Fq=3Fa=3D0ABcc=3A=3F=3D?="
    named = replace(CHANNEL, sender=f"{words} <watch@firm.example>")
    message = email.message_from_bytes(compose(named, "msg_1", PAYLOAD, NOW))
    name = str(make_header(decode_header(message["From"]))).partition(" <")[0]

    assert subject(alert(article__title=words)) == "[ip-policy] 知识产权 Bcc: eve@evil.example"
    assert subject(alert(article__title=nested)) == "[ip-policy] = ?utf-8?q?a=0ABcc:?="
    assert name == "知识产权 Bcc: eve@evil.example"
    assert message["Bcc"] is None


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

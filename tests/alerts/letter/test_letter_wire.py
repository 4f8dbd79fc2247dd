"""A mail on the wire: what RFC 5322 and RFC 2047 say of its lines, whatever is written in it."""

from __future__ import annotations

import email
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.utils import getaddresses
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alerts.letter import compose
from tests.alerts.letter.test_letter import CHANNEL, alert

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
LONG = "国家知识产权局政策法规司信息组与各省市知识产权保护中心联络处"
ENCODED = re.compile(rb"=\?[^?]+\?[bq]\?[^?]*\?=")
WORDS = st.text(st.characters(codec="utf-8"), max_size=120)


def wire(rule: str = "r", title: str = "t", name: str = "n", to: int = 1) -> bytes:
    data: Any = alert(rule__name=rule, article__title=title)
    channel = replace(
        CHANNEL,
        sender=f'"{name}" <watch@firm.example>',
        to=tuple(f"{LONG} {number} <u{number}@firm.example>" for number in range(to)),
        unsubscribe="https://firm.example/" + "u" * 870,
    )
    return compose(channel, "msg_1", json.dumps(data), NOW)


@given(WORDS, WORDS, st.integers(1, 60))
@example(LONG * 4, LONG * 9, 40)
@example("=?utf-8?b?" + "x" * 200, "\n.\r\n.\r\n", 1)
def test_no_line_is_longer_than_smtp_takes_and_no_encoded_word_than_readers_do(
    rule: str, title: str, to: int
) -> None:
    """998 and 75: beyond it servers cut or refuse, and readers show the code."""
    raw = wire(rule=rule, title=title, to=to)
    lines = raw.split(b"\r\n")

    assert max(map(len, lines)) <= 998
    assert max((len(word) for word in ENCODED.findall(raw)), default=0) <= 75
    assert raw.isascii(), "8BITMIME and SMTPUTF8 are not asked for"
    assert not [line for line in lines if line == b"." or b"\n" in line or b"\r" in line]


@pytest.mark.parametrize("name", [LONG, LONG * 3, "Ma Lan 马兰", 'Quote \\" and (comment)', ""])
def test_a_long_name_arrives_as_it_was_written(name: str) -> None:
    """Decoded as RFC 2047 has it: the new parser of Python 3.11 puts blanks into long names."""
    message = email.message_from_bytes(wire(name=name, to=3))
    sender, to = (read(message[header]) for header in ("From", "To"))

    assert sender == [(name.replace('\\"', '"'), "watch@firm.example")]
    assert to == [(f"{LONG} {n}", f"u{n}@firm.example") for n in range(3)]


def read(header: str) -> list[tuple[str, str]]:
    """Name and address of each mailbox."""
    pairs = getaddresses([header.replace("\r\n", "")])
    return [(str(make_header(decode_header(name))), address) for name, address in pairs]


def test_no_header_begins_with_an_empty_line() -> None:
    """`From:` with all of it folded away is read as empty by some."""
    head = wire(name=LONG * 3, to=3).split(b"\r\n\r\n")[0]
    empty = re.findall(rb"^([A-Za-z-]+): *\r\n", head, re.MULTILINE)

    assert empty == [b"List-Unsubscribe"], "whose address of 870 characters fits nowhere else"

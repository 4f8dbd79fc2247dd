"""OPML in and out, from anybody."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswatch.adding.naming import Names
from presswatch.adding.opml import LARGEST, MOST, NotOpml, Outline, read_opml, write_opml
from presswatch.config.values import source_name

NOW = datetime(2026, 5, 20, 8, tzinfo=UTC)

#: What XML can carry in an attribute without changing it.
TEXT = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), max_size=40)


@given(
    st.lists(
        st.builds(
            Outline,
            url=TEXT.map("https://site.example/".__add__),
            name=TEXT.map("n".__add__),
            kind=st.sampled_from(["feed", "sitemap", "listing", "watch", "auto"]),
            every=st.sampled_from(["", "15m"]),
            every_min=st.sampled_from(["", "5m"]),
            every_max=st.sampled_from(["", "6h"]),
            cron=st.sampled_from(["", "0 8 * * mon-fri"]),
            timezone=st.sampled_from(["", "Asia/Shanghai"]),
            select=TEXT,
        ),
        max_size=5,
    )
)
def test_what_is_written_is_read_again(outlines: list[Outline]) -> None:
    assert read_opml(write_opml(outlines, NOW)) == outlines


def test_names_keep_their_blanks_and_joined_signs() -> None:
    """The wide blank of Chinese typography and joined emoji are text; a bell is not XML."""
    (read,) = read_opml(
        write_opml([Outline(url="https://a.example/", name="科技\u3000新闻\a👩\u200d💻")], NOW)
    )

    assert read.name == "科技\u3000新闻👩\u200d💻"


def test_blanks_before_the_declaration_do_no_harm() -> None:
    """Some readers export them, and XML forbids them."""
    written = write_opml([Outline(url="https://a.example/")], NOW)

    assert len(read_opml(b"\r\n " + written)) == 1


def test_it_is_what_other_readers_expect() -> None:
    written = write_opml([Outline(url="https://a.example/?b&c", name='"A" & B')], NOW).decode()

    assert ' version="2.0"' in written
    assert (
        '<outline text="&quot;A&quot; &amp; B" title="&quot;A&quot; &amp; B" type="rss" '
        'xmlUrl="https://a.example/?b&amp;c"/>' in written
    )


@pytest.mark.parametrize("coding", ["utf-8", "utf-16", "gb18030"])
def test_any_coding_that_xml_declares(coding: str) -> None:
    outline_of = "<outline text='知识产权' xmlUrl='u'/>"
    text = f"<?xml version='1.0' encoding='{coding}'?><opml><body>{outline_of}</body></opml>"

    (outline,) = read_opml(text.encode(coding))

    assert (outline.name, outline.url) == ("知识产权", "u")


def test_folders_lead_nowhere_and_are_read_through() -> None:
    body = b"""<opml><body><outline text="A"><outline text="B"><outline title="T" text="t"
    type="RSS" xmlURL=" u1 " htmlUrl="h"/></outline></outline>
    <outline type="link" url="u2" text="page"/>
    <outline type="include" url="u3"/><outline text="no address" type="rss"/></body></opml>"""

    assert [(one.url, one.name, one.kind) for one in read_opml(body)] == [
        ("u1", "T", "feed"),
        ("u2", "page", "auto"),
    ]


LAUGHS = '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">'


@pytest.mark.parametrize(
    "prolog",
    [
        f"<!DOCTYPE opml [{LAUGHS}]>",
        '<!DOCTYPE opml [<!ENTITY c SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE opml SYSTEM "http://127.0.0.1:9/x.dtd">',
    ],
)
@pytest.mark.parametrize("coding", ["utf-8", "utf-16"])
def test_document_types_are_refused(prolog: str, coding: str) -> None:
    text = f"<?xml version='1.0' encoding='{coding}'?>{prolog}<opml><outline xmlUrl='u'/></opml>"

    with pytest.raises(NotOpml, match="document type"):
        read_opml(text.encode(coding))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<opml>",
        b"<rss/>",
        b"\x00\x01",
        b"<opml>" + b"<outline>" * 100_000,
        b"<opml>" + b"<outline xmlUrl='u'/>" * (MOST + 1) + b"</opml>",
        b"<opml>" + b" " * LARGEST + b"</opml>",
    ],
    ids=["empty", "cut", "rss", "binary", "deep", "many", "large"],
)
def test_what_is_no_list_of_sources(body: bytes) -> None:
    started = time.process_time()

    with pytest.raises(NotOpml):
        read_opml(body)

    assert time.process_time() - started < 5


@given(st.text(), st.text(), st.lists(st.text(max_size=5)))
def test_a_name_is_one_that_a_source_may_have_and_nobody_has(
    url: str, wanted: str, taken: list[str]
) -> None:
    names = Names(taken)

    first, second = names.take(url, wanted), names.take(url, wanted)

    assert source_name(first) == first
    assert source_name(second) == second
    assert len({*taken, first, second}) == len(set(taken)) + 2


def test_names_are_told_apart_as_the_config_does() -> None:
    assert Names(["Daily"]).take("https://www.daily.example/", "ＤＡＩＬＹ") == "ＤＡＩＬＹ-2"
    assert Names().take("https://www.daily.example/x") == "daily.example"
    assert Names().take("https://[", "") == "source"

"""The whole articles that feeds bring along."""

from __future__ import annotations

import json

import pytest

from spiders.feed import read_any_feed
from tests.crawler.newsroom import prose

HERE = "https://feeds.example/rss/news.xml"
LINES = [f"{prose(name)}" for name in ("one", "two", "three")]
WHOLE = "".join(f"<p>{line}</p>" for line in LINES)
CHINESE = "<br/><br/>".join(
    "甘肃省知识产权局近日公布首批专利开放许可清单，企业可以按年付费。" * 3 for _ in range(3)
)
ARTICLE = "<p>" + "A <em>whole</em> article &amp; more of it. " * 10 + "</p>"


def content(text: str) -> str:
    (link,) = read_any_feed(text, HERE)
    return link.content


def rss(inner: str) -> str:
    return (
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>t</title><item><link>https://n.org/1</link>{inner}</item></channel></rss>"
    )


def atom(inner: str) -> str:
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry>'
        f'<link href="https://n.org/1"/>{inner}</entry></feed>'
    )


def json_feed(**more: str) -> str:
    item = {"id": "1", "url": "https://n.org/1", **more}
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [item]})


@pytest.mark.parametrize(
    "text",
    [
        rss(f"<content:encoded><![CDATA[{ARTICLE}]]></content:encoded>"),
        rss(
            "<description>Only a summary.</description>"
            f"<content:encoded><![CDATA[{ARTICLE}]]></content:encoded>"
        ),
        atom(f'<content type="html"><![CDATA[{ARTICLE}]]></content>'),
        json_feed(content_html=ARTICLE, summary="Only a summary."),
    ],
)
def test_the_article_of_every_family_comes_as_it_stands(text: str) -> None:
    assert content(text) == ARTICLE


def test_xhtml_content_comes_without_its_wrapping() -> None:
    inner = f'<div xmlns="http://www.w3.org/1999/xhtml">{ARTICLE}</div>'

    assert "<em>whole</em> article" in content(atom(f'<content type="xhtml">{inner}</content>'))


def test_plain_text_becomes_paragraphs() -> None:
    lines = "One &lt; two.\n\n" + "Word after word. " * 20

    found = content(atom(f'<content type="text">{lines}</content>'))

    assert found.startswith("<p>One &lt; two.</p><p>Word after word.")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (rss(f"<description><![CDATA[{WHOLE}]]></description>"), WHOLE),
        (rss(f"<description><![CDATA[{CHINESE}]]></description>"), CHINESE),
        (rss("<description>" + "\n\n".join(LINES) + "</description>"), WHOLE),
        (atom(f'<summary type="html"><![CDATA[{WHOLE}]]></summary>'), WHOLE),
        (json_feed(content_text="\n".join(LINES)), WHOLE),
    ],
    ids=["paragraphs", "breaks", "lines", "atom", "json text"],
)
def test_a_description_that_is_the_article_is_content(text: str, expected: str) -> None:
    """Many feeds have no other place for it: three paragraphs, two hundred words or ideographs."""
    assert content(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        rss(f"<description><![CDATA[{WHOLE[:1200]}]]></description>"),  # two paragraphs
        rss(f"<description><![CDATA[{WHOLE.replace('<p>', ' ')}]]></description>"),  # all in one
        rss("<description><![CDATA[" + "<p>Twelve words.</p>" * 60 + "]]></description>"),
        rss("<description><![CDATA[" + f"<p>{prose('x', 2)}</p>" * 3 + "]]></description>"),
        json_feed(summary=WHOLE),
        rss(f"<description><![CDATA[{ARTICLE}]]></description>"),
        rss("<content:encoded><![CDATA[<p>Too short.</p>]]></content:encoded>"),
        rss(f"<content:encoded><![CDATA[{ARTICLE * 1000}]]></content:encoded>"),
        atom(f'<summary type="html"><![CDATA[{ARTICLE}]]></summary>'),
        json_feed(summary=ARTICLE),
        json_feed(content_text="Only text."),
        rss(""),
    ],
)
def test_summaries_and_what_is_too_short_or_too_long_are_no_content(text: str) -> None:
    assert content(text) == ""

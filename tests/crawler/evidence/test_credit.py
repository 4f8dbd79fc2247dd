"""Captions and the named source are kept, and kept out of the text."""

from __future__ import annotations

import pytest

from crawler.extract import extract
from tests.crawler.webpage import BODY, html, page


def test_captions_are_fields_and_no_text() -> None:
    figure = (
        '<figure><img src="a.jpg"><figcaption>码头边的第一班渡轮，城东，星期一。</figcaption>'
        "</figure>"
        '<p class="pic-desc">新堤岸比过去高出半米</p>'
    )
    credited = "<p>乘客在码头排队。 城东晚报记者 张三 摄</p>"

    found = extract(page(html().replace("</p><p>", f"</p>{figure}{credited}<p>", 1)))

    assert found.text == "\n".join(BODY)
    assert found.captions == (
        "码头边的第一班渡轮，城东，星期一。",
        "新堤岸比过去高出半米",
        "乘客在码头排队。 城东晚报记者 张三 摄",
    )


@pytest.mark.parametrize(
    ("line", "caption"),
    [
        ("Pictured from left are the mayor, Ann Lee, and the harbour master, Bo Chen.", True),
        ("Pictured: the first ferry of the morning, on its way to the islands.", True),
        ("Pictured right, is reader Cy Poe, speaking to the author of the book.", True),
        ("Pictured as a village of fishermen by every guidebook, the town has changed.", False),
    ],
)
def test_a_paragraph_that_says_what_is_pictured_is_a_caption(line: str, caption: bool) -> None:
    found = extract(page(html(body=(*BODY[:2], line, BODY[2]))))

    assert (line in found.text, line in found.captions) == (not caption, caption)


def test_a_paragraph_that_repeats_a_caption_stays() -> None:
    figure = f'<div class="caption">{BODY[1]}</div>'

    found = extract(page(html(tail=figure)))

    assert found.captions == (BODY[1],)
    assert BODY[0] in found.text
    assert BODY[2] in found.text


@pytest.mark.parametrize(
    ("byline", "source"),
    [
        ("2026年5月20日 08:15 来源：新华网 作者：张三", "新华网"),
        ("來源:中央社 2026-05-20", "中央社"),
        ("发布时间：2026-05-20 文章来源：国家知识产权局 【字体：大 中 小】", "国家知识产权局"),
        ("来源： 来源：人民网 举报", "人民网"),
        ("Source: Workers' Daily | Published 20 May 2026", "Workers' Daily"),
        ("转载自：城东晚报", "城东晚报"),
        ("来源：本站", ""),
        ("来源：https://a.example/", ""),
        ("2026年5月20日 08:15", ""),
    ],
)
def test_the_byline_names_the_source(byline: str, source: str) -> None:
    assert extract(page(html(byline=byline))).credited_source == source


@pytest.mark.parametrize(
    ("end", "source"),
    [
        ("(Source: Workers’ Daily)", "Workers’ Daily"),
        ("（来源：新华网）", "新华网"),
        ("来源：科技日报", "科技日报"),
        ("Source: The Harbour Post", "The Harbour Post"),
    ],
)
def test_a_source_line_below_the_text_is_a_field(end: str, source: str) -> None:
    found = extract(page(html(body=(*BODY, end))))

    assert found.credited_source == source
    assert found.text == "\n".join(BODY)
    assert any(one.field == "credited_source" and one.chosen for one in found.evidence)


def test_a_source_in_brackets_behind_the_last_sentence_is_a_field() -> None:
    found = extract(page(html(body=(*BODY[:2], BODY[2] + "（来源：新华网）"))))

    assert found.credited_source == "新华网"
    assert found.text == "\n".join(BODY)


@pytest.mark.parametrize(
    "line",
    [
        "据新华网报道，码头的来源众说纷纭，但历史学家认为它建于三百年前，当时这里还是一个渔村。",
        "The source of the river lies in the hills behind the harbour, some forty miles away.",
    ],
)
def test_a_sentence_about_a_source_names_none(line: str) -> None:
    found = extract(page(html(body=(*BODY, line))))

    assert found.credited_source == ""
    assert found.text.endswith(line)

"""The head and the tail of an article go; the article stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extract.trim import trimmed

TITLE = "城东码头重新开放"
BODY = [
    "经过两年的整修，城东码头于星期一上午重新开放，第一班渡轮载着四百名乘客离开。市长在仪式上说，新的堤岸比过去高出半米。",
    "渔市将在明年春天搬回原来的位置。摊主们已经开始准备，他们说，两年的等待是值得的，顾客也都盼着这一天。",
    "城东区的游客比去年同期多了两成，附近的酒店大都客满，周末的渡轮需要提前三天预订才能买到票。",
]
ENGLISH = [
    "The harbour opened again on Monday after two years of work, and the first ferry was full.",
    "The fish market will come back to its old place in the spring, the mayor said to the crowd.",
]


def test_path_title_and_byline_go() -> None:
    head = ["首页 >", "新闻 >", TITLE, "2026-05-20 08:15 来源：城东晚报", "字号：大 中 小"]

    assert trimmed(head + BODY, TITLE) == BODY


def test_a_notice_that_opens_with_its_date_keeps_it() -> None:
    notice = ["2026年5月20日，城东区发布公告。", *BODY]

    assert trimmed([TITLE, *notice], TITLE) == notice


@pytest.mark.parametrize(
    "tail",
    [
        [
            "责任编辑：李四",
            "一条别的新闻，讲的是完全不同的事情，而且很长，有好几句话。它不属于这篇文章，读者不会想到它。",
        ],
        ["（责任编辑：李四）"],
        ["- THE END -", "关注我们"],
        ["相关阅读", "另一条新闻", "又一条新闻"],
        ["热门推荐", "09:38", "243,325"],
        ["网友评论 (12)"],
        ["免责声明：本文内容仅供参考，不构成任何投资建议，读者据此操作，风险自担。"],
        ["上一篇：旧闻", "下一篇：没有了"],
        ["版权所有 城东医院", "湘ICP备00000000号", "地址：城东路一号"],
        ["免注册 快速登录", "登录超时，稍后再试"],
        ["分享到：", "微信", "微博"],
    ],
)
def test_a_chinese_tail_goes(tail: list[str]) -> None:
    assert trimmed(BODY + tail, TITLE) == BODY


@pytest.mark.parametrize(
    "tail",
    [
        ["Related stories", "Ferry sinks", "Bridge closed"],
        ["Read more"],
        ["This is a breaking news story, more to follow"],
        ["Follow The Mole on Google News"],
        ["More from The Mole", "Ferry sinks"],
        ["Comments (3)"],
        ["Sign up for our newsletter"],
        ["© 2026 The Daily Mole. All rights reserved"],
        ["front page", "product", "news", "connect"],
        ["(Finish)"],
    ],
)
def test_an_english_tail_goes(tail: list[str]) -> None:
    assert trimmed(ENGLISH + tail, "") == ENGLISH


def test_a_link_amid_the_text_does_not_end_it() -> None:
    amid = [*ENGLISH, "Read more: Ferry sinks", *BODY]

    assert trimmed(amid, "") == ENGLISH + BODY


@pytest.mark.parametrize(
    "prompt",
    [
        "READ MORE: The harbour master who kept a lighthouse in his own garden for forty years",
        "By providing your email address, you have read and agree to our terms and privacy policy.",
        "Get daily harbour news delivered to your inbox so that you never miss a ferry again.",
        "Got a story? Get in touch with our desk at the address below, or send us your pictures.",
        "Follow The Mole on Google News and add us as a preferred source for all that happens.",
        "You must confirm your public display name before commenting",
        "By signing up you will receive our letters and you agree to our terms of use.",
    ],
)
def test_a_prompt_of_any_length_goes_wherever_it_stands(prompt: str) -> None:
    assert trimmed([ENGLISH[0], prompt, ENGLISH[1]], "") == ENGLISH


@pytest.mark.parametrize(
    "line",
    [
        "By providing free ferries the town hopes to keep its young people, the mayor said.",
        "Follow the coast on foot and you will find the lighthouse behind the second bay.",
        "Copyright holders have until the first of May to reply.",
        "Comments on the draft may be sent until the end of June.",
        "Recommended royalties rise by two per cent, the office said.",
        "评论员认为，码头的开放来得正是时候。",
        "编辑部搬到了码头边的旧仓库。",
    ],
)
def test_words_of_a_tail_may_open_a_paragraph(line: str) -> None:
    text = [*ENGLISH, line]

    assert trimmed(text, "") == text


def test_one_word_of_a_menu_may_end_a_text() -> None:
    assert trimmed([*ENGLISH, "News"], "") == [*ENGLISH, "News"]


def test_a_text_that_stands_twice_is_kept_once() -> None:
    assert trimmed(BODY + BODY, TITLE) == BODY


def test_a_paragraph_that_stands_twice_is_the_authors() -> None:
    text = [*BODY, BODY[0], *ENGLISH]

    assert trimmed(text, TITLE) == text


@given(
    st.lists(st.sampled_from([*BODY, *ENGLISH, TITLE, "相关阅读", "责任编辑：李四", "首页 >", "a"]))
)
def test_lines_are_only_taken_away_and_never_all(lines: list[str]) -> None:
    kept = trimmed(lines, TITLE)

    rest = iter(lines)
    assert all(line in rest for line in kept)
    assert bool(kept) is bool(lines)

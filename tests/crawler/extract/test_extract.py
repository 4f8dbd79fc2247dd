"""A page is read whole, or said to be unreadable and why."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.errors import Unreadable
from crawler.extract import Extracted, extract, measured
from tests.crawler.webpage import BODY, TITLE, html, page


def chosen(found: Extracted, field: str) -> tuple[str, str]:
    return next(
        (one.value, one.where) for one in found.evidence if one.field == field and one.chosen
    )


def test_a_page_becomes_an_article() -> None:
    byline = "2026年5月20日 08:15 来源：城东晚报 记者 张三 李小四"
    head = '<link rel="canonical" href="/news/1.html?from=home">'

    found = extract(page(html(byline=byline, head=head, tail="<p>责任编辑：王五</p>")))

    assert found.title == TITLE
    assert found.text == "\n".join(BODY)
    assert found.published == datetime(2026, 5, 20, 0, 15, tzinfo=UTC)
    assert found.published_precise
    assert found.authors == ("张三", "李小四")
    assert found.language == "zh"
    assert found.canonical == "https://press.example/news/1.html?from=home"


def test_all_evidence_is_kept_and_one_is_chosen() -> None:
    data = json.dumps({"@type": "NewsArticle", "datePublished": "2026-05-20T08:15:00+08:00"})
    head = (
        f'<script type="application/ld+json">{data}</script>'
        '<meta name="pubdate" content="2026-05-21"><meta property="og:title" content="码头重开">'
    )
    listed = replace(page(html(byline="2026-05-19", head=head)), published="2026-05-18")

    found = extract(listed)

    dates = [(one.value, one.where) for one in found.evidence if one.field == "published"]
    assert dates == [
        ("2026-05-20T08:15:00+08:00", "json-ld datePublished"),
        ("2026-05-21", "meta pubdate"),
        ("2026-05-19", "text"),
        ("2026-05-18", "listing"),
    ]
    for field in ("title", "published", "language", "text"):
        assert sum(one.chosen for one in found.evidence if one.field == field) == 1
    assert {"h1", "meta og:title", "title"} <= {one.where for one in found.evidence}


@pytest.mark.parametrize("coding", ["gbk", "gb18030", "utf-8"])
def test_a_stale_coding_does_not_spoil_the_text(coding: str) -> None:
    found = extract(page(html().replace("utf-8", "big5"), coding))

    assert found.text == "\n".join(BODY)
    assert chosen(found, "text")[0] in {"gb18030", "utf-8"}


@pytest.mark.parametrize(
    ("byline", "day", "precise"),
    [
        ("发布时间：2026年5月20日", "2026-05-20", False),
        ("二〇二六年五月二十日", "2026-05-20", False),
        ("更新：2026-06-01 发布：2026-05-20 08:15", "2026-05-20T08:15:00+08:00", True),
        ("浏览 2019 次 2026/05/20", "2026-05-20", False),
    ],
)
def test_the_byline_tells_the_date(byline: str, day: str, precise: bool) -> None:
    found = extract(page(html(byline=byline)))

    assert chosen(found, "published") == (day, "text")
    assert found.published_precise is precise


@pytest.mark.parametrize(
    ("byline", "day"),
    [
        ("3小时前", "2026-07-20"),
        ("昨天 08:15", "2026-07-19T08:15:00+08:00"),
        ("5月20日 08:15", "2026-05-20T08:15:00+08:00"),
        ("On May 20", "2026-05-20"),
        ("10月22日", "2025-10-22"),
    ],
)
def test_a_byline_without_a_year_is_read_where_all_else_is_silent(byline: str, day: str) -> None:
    short = page(html(byline=byline))
    silent = extract(short)
    elsewhere = extract(replace(short, published="2026-05-19"))

    assert chosen(silent, "published") == (day, "text")
    assert chosen(elsewhere, "published") == ("2026-05-19", "listing")


def test_a_day_takes_its_time_from_another_place() -> None:
    head = '<meta name="publishdate" content="2026-05-20">'

    found = extract(page(html(head=head, byline="2026-05-20 08:15")))

    assert chosen(found, "published") == ("2026-05-20T08:15:00+08:00", "text")


def test_dates_of_other_stories_are_not_the_articles() -> None:
    tail = "<h3>相关新闻</h3><ul><li>2026-07-01 别的新闻</li><li>2026-07-02 又一条新闻</li></ul>"

    found = extract(page(html(tail=tail)))

    assert found.published is None
    assert not found.published_precise


def test_the_url_and_the_listing_are_the_last_to_be_asked() -> None:
    plain = page(html())

    by_url = extract(replace(plain, url="https://press.example/2026/05/20/1.html"))
    by_listing = extract(replace(plain, published="Wed, 20 May 2026 08:15:00 CST"))

    assert chosen(by_url, "published") == ("2026-05-20", "url")
    assert chosen(by_listing, "published") == ("2026-05-20T08:15:00+08:00", "listing")


def test_a_date_in_a_script_is_better_than_none() -> None:
    head = '<script>var page = {"publishTime": "2026-05-20 08:15:00", "x": 1}</script>'

    assert chosen(extract(page(html(head=head))), "published")[1] == "script"


@pytest.mark.parametrize(
    ("link", "canonical"),
    [
        ('<link rel="canonical" href="https://other.example/a">', "https://other.example/a"),
        ('<link rel="canonical" href="/">', ""),
        ('<link rel="canonical" href="javascript:alert(1)">', ""),
        ('<link rel="canonical" href="http://[bad">', ""),
        ('<meta property="og:url" content="//press.example/b">', "https://press.example/b"),
        ("", ""),
    ],
)
def test_the_canonical_address_is_absolute_and_an_inner_page(link: str, canonical: str) -> None:
    assert extract(page(html(head=link))).canonical == canonical


def test_what_a_script_would_show_is_read() -> None:
    hidden = html().replace("<div><p>", '<div style="visibility: hidden"><p>')

    assert extract(page(hidden)).text == "\n".join(BODY)


ENGLISH = (
    "The harbour opened again on Monday after two years of work, and the first ferry was full.",
    "The fish market will come back to its old place in the spring, the mayor told the crowd.",
    "In the last year alone the town counted a fifth more visitors, and its hotels were full.",
)
SURROUNDINGS = {
    "share bar": '<div class="share"><span>Share this</span><a href="/f">Facebook</a></div>',
    "分享": "<div><p>分享到：</p><a href=/w>微信</a><a href=/b>微博</a></div>",
    "related": "<div><h3>Related stories</h3>"
    + "".join(f'<p><a href="/{n}">Ferry number {n} sinks in the bay</a></p>' for n in range(5))
    + "</div>",
    "相关": "<div><h3>相关阅读</h3>"
    + "".join(f'<p><a href="/{n}">第{n}条新闻的标题说了一件有趣的事情</a></p>' for n in range(5))
    + "</div>",
    "comments": '<div id="comments" class="comments"><h3>Comments (2)</h3>'
    "<p>Well said, and high time that somebody said it so clearly in this paper.</p>"
    "<p>I do not agree with this at all, the old quay was much better for us.</p></div>",
    "评论": '<div class="comment-list"><h4>网友评论</h4><p>说得好，早就应该这样做了，我支持。</p>'
    "<p>我不同意，原来的码头对我们来说要方便得多，而且更便宜。</p></div>",
    "page tail": "<p>front page</p><p>product</p><p>news</p><p>connect</p>",
    "页尾": "<p>责任编辑：王五</p><p>首页</p><p>关于我们</p><p>版权所有 城东晚报</p>",
    "caption": "<figure><img src=a><figcaption>The first ferry leaves.</figcaption></figure>",
}


@pytest.mark.parametrize("body", [BODY, ENGLISH], ids=["zh", "en"])
@pytest.mark.parametrize("stuff", SURROUNDINGS.values(), ids=SURROUNDINGS)
@pytest.mark.parametrize("thorough", [True, False])
def test_what_surrounds_an_article_is_not_its_text(
    stuff: str, body: tuple[str, ...], *, thorough: bool
) -> None:
    found = extract(page(html(body=body, tail=stuff)), thorough=thorough)

    assert found.text == "\n".join(body)


def test_tables_are_rows() -> None:
    table = (
        "<table><tr><td>渡轮</td><td>四百人</td></tr><tr><td>渔船</td><td>三十艘</td></tr></table>"
    )

    found = extract(page(html().replace("</p></div>", f"</p>{table}</div>")))

    assert found.text.endswith("渡轮 | 四百人\n渔船 | 三十艘")


def test_a_short_official_notice_is_an_article() -> None:
    notice = "经验收合格，城东码头自本月二十日起恢复通航，每日六时至二十二时开放，票价和班次不变。"
    signed = ("请过往船只注意避让，服从现场人员指挥。特此通告。城东区交通局",)

    found = extract(page(html(title="关于城东码头恢复通航的通告", body=(notice, *signed))))

    assert 60 <= len(found.text) <= 90


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the page is empty"),
        ("\0\0  \n", "the page is empty"),
        ("<html><body></body></html>", "no text was found on the page"),
        (html(body=("码头重新开放。",)), "too short for an article"),
        (
            "<body><h1>新闻</h1>"
            + "".join(
                f'<p><a href="/{n}">第{n}条新闻的标题说了一件有趣的事情</a></p>' for n in range(60)
            ),
            "",
        ),
    ],
)
def test_a_page_without_an_article_is_unreadable(text: str, reason: str) -> None:
    with pytest.raises(Unreadable) as caught:
        extract(page(text))

    assert reason in str(caught.value)
    assert "https://press.example/news/1.html" in str(caught.value)
    assert measured(text.encode(), None) == {}


def test_furniture_around_a_video_is_no_article() -> None:
    titles = (
        "城东码头分窗口开张 企业办事不再来回跑",
        "渔市公布首批摊位名单 中小商户可以按年付费",
        "百合开挖时节到了 山村院落里摆起流水席",
    )
    ranking = "".join(f'<div><a href="/{n}.html">{one}</a></div>' for n, one in enumerate(titles))
    furniture = (
        "<div>字号：【大</div><div>中</div><div>小】</div><div>分享到：</div><div>朋友圈</div>"
        f"<div>邮件</div><div>打印本页</div><div>关闭窗口</div><h4>点击排行</h4>{ranking}"
        "<div>广告位招租</div><p>城东晚报 版权所有 未经授权任何人不得转载</p>"
    )

    with pytest.raises(Unreadable, match="nothing but links"):
        extract(page(html(body=("",), tail=furniture)))


HOSTILE = {
    "nested": "<div>" * 100_000,
    "one line": "x" * 10_000_000,
    "one line of words": "word " * 200_000,
    "paragraphs": "<p>word word word</p>" * 30_000,
    "nul bytes": "\0" * 100_000,
    "blanks": " " * 40_000,
    "blanks that are entities": "&nbsp;" * 40_000,
    "lines of blanks": "\n " * 20_000,
    "tags": "<i>a</i>" * 100_000,
    "open quotes": '<a href="' * 20_000,
    "json": '<script type="application/ld+json">' + "[" * 100_000 + "</script>",
    "digits": "2019-" * 50_000,
    "title": "<title>" + "a - " * 100_000 + "</title>",
}


@pytest.mark.parametrize("blanks", [" ", "&nbsp;", "\n ", "\u3000", "- ", "记者 ", "By A b "])
def test_forty_thousand_blanks_are_no_trap(blanks: str) -> None:
    """In each place that a pattern looks at: heading, byline, paragraph, metadata, listing."""
    trap = blanks * (40_000 // len(blanks))
    data = json.dumps({"@type": "Article", "headline": "a" + trap, "datePublished": "2019" + trap})
    head = (
        f'<meta name="author" content="A{trap}B"><meta name="pubdate" content="2019{trap}">'
        f'<script type="application/ld+json">{data}</script>'
    )
    body = (f"码头{trap}重新开放。", *BODY)
    hostile = page(html(title=f"码头{trap}开放", byline=f"2019年{trap}10月", body=body, head=head))
    began = time.process_time()

    found = extract(replace(hostile, title=trap + "x", published=trap + "x", author=trap + "x"))

    assert BODY[1] in found.text
    assert time.process_time() - began < 10


@pytest.mark.parametrize("stuff", HOSTILE.values(), ids=HOSTILE)
def test_hostile_markup_below_the_article_costs_little(stuff: str) -> None:
    began = time.process_time()
    try:
        found = extract(page(html(tail=f"<p>{stuff}")))
    except Unreadable:
        pass  # the parser may refuse it as a whole
    else:
        assert found.title == TITLE
    assert time.process_time() - began < 15


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.sampled_from('<>/"=&; pdivahrefscript\n\0国家2019-05年'), max_size=200))
def test_any_markup_is_read_or_unreadable(text: str) -> None:
    try:
        found = extract(page(html(tail=text)))
    except Unreadable:
        return
    assert found.text
    assert "\0" not in found.text

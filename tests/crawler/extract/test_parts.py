"""What of a page counts, as the operator says it."""

from __future__ import annotations

import asyncio
import re
import warnings
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import TooSlow, Unreadable
from crawler.extract import Extracted, extract
from crawler.extract.parts import cut, missed, parts_in
from crawler.extract.workers import Workers
from crawler.markup import parse
from crawler.source import Parts, Source
from tests.crawler.webpage import BODY, TITLE, html, page

if TYPE_CHECKING:
    from collections.abc import Iterator

OTHER = (
    "本报讯，城西的老图书馆昨天关闭，读者们带着鲜花前来告别，有人从早上六点就在门口等候。",
    "馆长说，新馆要到后年才能开放，在此之前，图书将存放在郊外的三个仓库里，由专人看管。",
    "附近的书店表示愿意借出自己的阅览室，每天下午开放三个小时，直到新馆落成为止。",
)
LONGER = "".join(f"<p>{line}</p>" for line in OTHER * 3)


def two_texts(inner: str = "") -> str:
    """A page on which another text is longer than the article's, in a box called so."""
    body = "".join(f"<p>{line}</p>" for line in BODY)
    tail = f'<div class="box">{LONGER}</div><div class="TRS_Editor comment">{body}{inner}</div>'
    return html(byline="2026年5月20日 来源：城东晚报 记者 张三", body=(), tail=tail)


def read(source: str, /, **parts: object) -> Extracted:
    return extract(replace(page(source), parts=Parts(**parts)))  # type: ignore[arg-type]


def said(found: Extracted) -> list[tuple[str, str, str, bool]]:
    fields = {"part", "dropped", "ignored"}
    return [(e.field, e.value, e.where, e.chosen) for e in found.evidence if e.field in fields]


def test_the_extractors_see_the_part_alone() -> None:
    """The rest of the page still tells title, date and authors."""
    usual = extract(page(two_texts()))
    found = read(two_texts(), text="div.TRS_Editor")

    assert OTHER[0] in usual.text, "else this test tests nothing"
    assert found.text == "\n".join(BODY)
    assert (found.title, found.authors, found.credited_source) == (TITLE, ("张三",), "城东晚报")
    assert found.published == usual.published is not None
    assert said(found) == [("part", "div.TRS_Editor", "text, 1 matched", True)]


def test_a_part_that_extractors_do_not_take_for_an_article_is_the_text() -> None:
    """Some sites set it into what others set comments into."""
    body = "".join(f'<div class="comment-item">{line}</div>' for line in BODY)
    menu = "".join(f'<a href="/{n}">{name}</a> ' for n, name in enumerate("甲乙丙丁"))
    script = "<script>var a = '码头';</script><aside>分享到微信</aside>"
    text = html(body=(), tail=f'{LONGER}<div class="t">{body}{script}</div>{menu}')

    found = read(text, text=".t")

    assert found.text == "\n".join(BODY)


def test_several_parts_stand_in_the_order_of_the_page() -> None:
    """A part within a part counts once."""
    body = "".join(f'<div class="p"><span class="p">{line}</span></div>' for line in BODY)

    found = read(html(body=(), tail=f"<div>{LONGER}</div>{body}"), text="span.p, div.p")

    assert found.text == "\n".join(BODY)


@pytest.mark.parametrize("selector", ["table.t", "td", "tr", "body", "html", ".w p", "li"])
def test_whatever_element_is_the_part_is_read(selector: str) -> None:
    rows = "".join(f"<tr><td><p>{line}</p></td></tr>" for line in BODY)
    items = f'<div class="w"><table class="t">{rows}</table></div>'
    listed = "".join(f"<li>{line}</li>" for line in BODY)
    text = html(body=(), tail=f"<ul>{listed}</ul>" if selector == "li" else items)

    found = read(text, text=selector)

    assert all(line.strip("。") in found.text for line in BODY)


@pytest.mark.parametrize("empty", ["div.gone", "div.empty"])
def test_what_matches_nothing_is_told_and_the_page_read_as_usual(empty: str) -> None:
    """A part without a word is as good as none: scripts fill such."""
    text = two_texts() + '<div class="empty"> <b></b> </div>'

    usual, found = extract(page(text)), read(text, text=empty)

    assert found.text == usual.text
    assert said(found) == [("part", empty, "text, nothing matched", False)]
    assert (missed(found.evidence), missed(usual.evidence)) == (empty, "")


def test_why_there_is_no_article_says_what_the_selector_did() -> None:
    short = html(body=(), tail='<div class="a">Loading</div>')

    with pytest.raises(Unreadable, match="in the part that `text` selects"):
        read(short, text=".a")
    with pytest.raises(Unreadable, match="`text` matched nothing on it"):
        read(short, text=".b")
    with pytest.raises(Unreadable) as usual:
        read(short, drop=(".b",))
    assert "`text`" not in str(usual.value)


def test_what_is_dropped_is_read_by_nobody() -> None:
    """Not by the extractors, and not as the title, the date or the byline either."""
    aside = '<div id="share"><h1>分享</h1><p>2025年1月1日 记者 李小四</p></div>'
    within = f'<p class="related">{OTHER[0]}</p>'
    text = two_texts(within).replace("<h1>", f"{aside}<h1>", 1)

    found = read(text, text="div.TRS_Editor", drop=(".related", "#share", ".none"))

    assert found.text == "\n".join(BODY)
    assert not any("分享" in e.value or "2025" in e.value for e in found.evidence)
    assert said(found)[1:] == [
        ("dropped", ".related", "drop, 1 matched", True),
        ("dropped", "#share", "drop, 1 matched", True),
        ("dropped", ".none", "drop, nothing matched", False),
    ]


def test_a_selector_that_drops_nothing_changes_nothing() -> None:
    usual, found = extract(page(two_texts())), read(two_texts(), drop=(".none",))

    assert found == replace(usual, evidence=found.evidence)


def test_lines_are_left_out_by_what_is_found_in_them() -> None:
    """Paragraphs are longer than what an expression is tried on."""
    counted = (*BODY, "本页访问 12345 次，今日 27 次，感谢您的关注与支持，欢迎常来。", "访问" * 400)
    text = html(body=counted)

    found = read(text, ignore_lines=(r"访问 \d+ 次", "^没有$"))

    assert found.text.split("\n") == [*BODY, "访问" * 400]
    assert said(found) == [
        ("ignored", r"访问 \d+ 次", "ignore_lines, 1 matched", True),
        ("ignored", "^没有$", "ignore_lines, nothing matched", False),
    ]


def test_the_evidence_tells_how_a_page_was_read() -> None:
    parts = Parts(text=".x", drop=(".related", ".y"), ignore_lines=("访问", "z"))

    assert parts_in(read(two_texts(), text=".x", drop=(".related", ".y")).evidence) == replace(
        parts, ignore_lines=()
    )
    assert parts_in(extract(replace(page(two_texts()), parts=parts)).evidence) == parts
    assert parts_in(extract(page(two_texts())).evidence) == Parts()


def test_a_source_says_what_counts_by_its_kind() -> None:
    """The text of a watched page is its `select`; lines are ignored of watched pages alone."""
    source = Source(name="s", url="https://n.example/", text=".a", drop=("b",), ignore_lines=("c",))
    plain = Source(name="s", url="https://n.example/")

    assert source.parts == Parts(text=".a", drop=("b",))
    assert replace(source, kind="watch").parts == Parts(drop=("b",), ignore_lines=("c",))
    assert plain.parts is None
    assert replace(plain, kind="watch", text=".a").parts is None


def test_a_source_without_parts_costs_nothing() -> None:
    """Not even a look at the tree; nor do lines, which are left out of the text."""
    markup = parse(two_texts())
    assert markup is not None

    for parts in (None, Parts(), Parts(ignore_lines=("x",))):
        taken = cut(markup, parts)
        assert taken.markup is markup is taken.part


#: Markup with a text in each element, which tells by its class whether it is to stay.
NESTED = st.recursive(
    st.sampled_from(["keep", "gone"]).map(lambda name: [name]),
    lambda inner: st.tuples(st.sampled_from(["keep", "gone"]), st.lists(inner, max_size=4)),
    max_leaves=12,
)


def written(node: Any, words: Iterator[int], kept: list[str], *, stays: bool = True) -> str:
    """The markup of a node; the words that are to stay go into `kept`."""
    name, inner = node if len(node) > 1 else (node[0], [])
    stays = stays and name == "keep"
    word = f"w{next(words)}"
    if stays:
        kept.append(word)
    rest = "".join(written(one, words, kept, stays=stays) for one in inner)
    return f"<div class={name}>{word} {rest}</div>"


@given(st.lists(NESTED, max_size=5))
def test_what_is_dropped_is_gone_and_all_else_is_there(nodes: list[Any]) -> None:
    """In its order, however deep one stands in the other."""
    words, kept = count(), ["first"]
    source = "".join(written(node, words, kept) for node in nodes)
    markup = parse(f"<p>first</p>{source}")
    assert markup is not None

    taken = cut(markup, Parts(text="body", drop=("div.gone",)))

    for found in (taken.markup, taken.part):
        assert " ".join(line.text for line in found.lines).split() == kept


@pytest.mark.parametrize(
    "source",
    [
        "<div>" * 50_000 + "x",
        '<?xml version="1.0"?><html><body><p>x</p></body></html>',
        "https://press.example/",
        "<p>" + "<b class='a'>" * 20_000,
        "<frameset><frame></frameset>",
        "<![CDATA[<p>]]>",
    ],
)
def test_no_page_is_too_odd_to_be_cut(source: str) -> None:
    """And none makes the parser warn on the service's standard error."""
    markup = parse(source)
    assert markup is not None

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        taken = cut(markup, Parts(text="p, div div", drop=("b.a", "b b b", ":has(> i)")))

    assert taken.evidence


def test_an_expression_that_runs_away_is_tried_on_short_lines_alone() -> None:
    """A paragraph of 5,000 characters is where a careless expression takes seconds."""
    text = html(body=(*BODY, "a" * 5000 + "!"))

    found = read(text, ignore_lines=("(a|aa)+$",))

    assert re.search("a{5000}!", found.text)


def test_an_expression_that_never_ends_costs_the_page_and_nothing_else() -> None:
    """The next page of the same worker pool is read as ever."""
    text = html(body=(*BODY, "a" * 60 + "!"))
    endless = replace(page(text), parts=Parts(ignore_lines=("(a|aa)+$",)))

    async def job() -> Extracted:
        workers = Workers(1, timedelta(seconds=3), 512)
        try:
            async with asyncio.timeout(60):
                await workers.extract(page(text))
                with pytest.raises(TooSlow):
                    await workers.extract(endless)
                return await workers.extract(page(text))
        finally:
            await asyncio.to_thread(workers.close)

    assert asyncio.run(job()).text.startswith(BODY[0])

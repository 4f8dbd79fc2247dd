"""Each reader finds the article, leaves the tree as it was, and keeps paragraphs and rows whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import lxml.html  # type: ignore[import-untyped]
import pytest

from crawler.extract import readers
from crawler.extract.readers import paragraphs, wrap_loose_text
from crawler.markup import parse
from tests.crawler.webpage import BODY, MENU, html

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawler.markup import Element

LINK = '<a href="/q">新的堤岸</a>'


def tree(text: str) -> Element:
    markup = parse(text)
    assert markup is not None
    return markup.tree


def precisely(page: Element) -> list[str]:
    return readers.trafilatura(page, precise=True)


READERS: list[Callable[[Element], list[str]]] = [
    readers.trafilatura,
    precisely,
    readers.readability,
    readers.resiliparse,
]


@pytest.mark.parametrize("read", READERS, ids=lambda read: read.__name__)
def test_a_reader_finds_the_article_and_leaves_the_tree_alone(
    read: Callable[[Element], list[str]],
) -> None:
    page = tree(html())
    before = lxml.html.tostring(page)

    lines = read(page)

    assert set(BODY) <= set(lines)
    assert "新闻财经" not in "".join(lines)
    assert lxml.html.tostring(page) == before


@pytest.mark.parametrize("read", READERS, ids=lambda read: read.__name__)
@pytest.mark.parametrize("text", [f"<ul>{MENU}</ul>", "<p></p>", "<frameset></frameset>"])
def test_a_page_without_an_article_is_read_without_an_error(
    read: Callable[[Element], list[str]], text: str
) -> None:
    assert BODY[0] not in read(tree(f"<html><body>{text}</body></html>"))


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (f"市长说，{LINK}高出半米。<br>渔市搬回。", ["市长说，新的堤岸高出半米。", "渔市搬回。"]),
        (f"{LINK}高出<b>半</b>米。<p>渔市</p>搬回。", ["新的堤岸高出半米。", "渔市", "搬回。"]),
        ("<p>市长</p> <p>渔市</p>", ["市长", "渔市"]),
        ("<br><br>市长<br> <br>渔市", ["市长", "渔市"]),
        (f"市长说，{LINK}高出半米。", ["市长说，新的堤岸高出半米。"]),
    ],
)
def test_loose_text_becomes_paragraphs_with_its_links(content: str, lines: list[str]) -> None:
    """readability would part a sentence at its link."""
    page = tree(f"<html><body><div>{content}</div></body></html>")

    wrap_loose_text(page)

    assert [text for div in page.iter("div") for text in paragraphs(div)] == lines
    assert all(len(div) or div.text for div in page.iter("div"))
    assert not any((child.tail or "").strip() for div in page.iter("div") for child in div
                   if child.tag != "a")  # fmt: skip


def test_rows_keep_their_cells_together() -> None:
    page = tree(
        "<html><body><table><tr><th>渡轮</th><td>四百人</td></tr>"
        "<tr><td>渔船</td><td>三十艘</td></tr></table></body></html>"
    )

    assert paragraphs(page) == ["渡轮 | 四百人", "渔船 | 三十艘"]


def test_captions_are_not_read_into_the_text_by_readability() -> None:
    figure = (
        "<figure><img src=a><figcaption>码头边的第一班渡轮，城东，星期一。</figcaption></figure>"
    )

    lines = readers.readability(tree(html().replace("</p><p>", f"</p>{figure}<p>", 1)))

    assert list(BODY) == [line for line in lines if line != "城东码头整修两年后重新开放"]


def test_a_page_of_very_many_elements_is_read_without_the_slow_fallback() -> None:
    """jusText, which trafilatura falls back to, takes a minute for twenty thousand paragraphs."""
    many = "".join(f"<p>{number} little words</p>" for number in range(20_000))

    assert len(readers.trafilatura(tree(html(tail=many)))) > len(BODY)

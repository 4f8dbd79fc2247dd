"""A search by relevance: on the page, as a feed and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from lxml import etree  # type: ignore[import-untyped]

from presswatch.web import searching

if TYPE_CHECKING:
    from tests.web.office import Office
    from tests.web.visitor import Visitor

QUERY = "专利 OR patent*"
PLACE = f"/search?q={QUERY}&sort=relevance"


@pytest.fixture
def heavy(own_office: Office) -> int:
    """An old article with the word in its title and again and again in its text."""
    from datetime import timedelta

    from presswatch.demo.press import Text

    text = Text("Patent patent", ("A patent is a patent is a patent.",))
    filed = own_office.file(
        "longshang", "heavy", text, own_office.now, published=own_office.now - timedelta(days=300)
    )
    assert filed is not None
    return filed.article


def found(visitor: Visitor, place: str) -> list[str]:
    return [str(one) for one in visitor.page(place).xpath("//article//h3/a/@href")]


def test_the_best_come_first(editor: Visitor, heavy: int) -> None:
    """Whatever their age; the same hits in another order."""
    ranked, newest = found(editor, PLACE), found(editor, f"/search?q={QUERY}")

    assert ranked[0] == newest[-1] == f"/article/{heavy}"
    assert sorted(ranked) == sorted(newest)


def test_every_way_on_keeps_the_order(
    editor: Visitor, heavy: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Facets, the plot, the next page, the feed and the search field itself."""
    monkeypatch.setattr(searching, "HITS", 3)
    page = editor.page(PLACE)
    links = page.xpath("//ul[@class='facets']//a/@href | //*[local-name()='svg']//@href")
    links += page.xpath("//a[@rel='next']/@href | //p[@class='acts']//a[.='Atom']/@href")

    assert len(links) > 6
    for link in links:
        assert parse_qs(urlsplit(link).query)["sort"] == ["relevance"], link
    assert page.xpath("//form//input[@name='sort']/@value") == ["relevance"]
    behind = found(editor, str(page.xpath("//a[@rel='next']/@href")[0]))
    assert f"/article/{heavy}" not in behind and len(behind) == 3


def test_feed_and_api_rank_as_the_page_does(editor: Visitor, heavy: int) -> None:
    ranked = [int(link.rpartition("/")[2]) for link in found(editor, PLACE)]
    whole, following = [], f"/api/v1/search?q={QUERY}&sort=relevance&limit=3"
    while following:
        answer = editor.get(following).json()
        assert answer["sort"] == "relevance"
        whole += [one["id"] for one in answer["articles"]]
        following = answer["next"]
    feed = etree.fromstring(editor.get(f"/feed/search?q={QUERY}&sort=relevance").content)
    titles = [entry.findtext("{http://www.w3.org/2005/Atom}title") for entry in feed[-len(whole) :]]

    assert whole == ranked and ranked[0] == heavy
    assert titles[0] == "Patent patent"


@pytest.mark.parametrize("query", ["after:2020-01-01", "专利 OR after:2020-01-01"])
def test_where_relevance_says_nothing_the_page_says_so(reader: Visitor, query: str) -> None:
    """A wrong order that looks right is worse than none."""
    text = reader.text(f"/search?q={query}&sort=relevance")

    assert "The newest come first all the same" in text
    plain = found(reader, f"/search?q={query}")
    assert found(reader, f"/search?q={query}&sort=relevance") == plain
    answer = reader.get(f"/api/v1/search?q={query}&sort=relevance&limit=2").json()
    assert answer["sort"] == "newest" and "before=" in answer["next"]


def test_a_rule_narrows_what_is_ranked(editor: Visitor, heavy: int) -> None:
    """The matches of a rule are found among all, not only among the best."""
    links = found(editor, f"/search?q={QUERY}&rule=shenzhen&sort=relevance")

    assert links and f"/article/{heavy}" not in links
    assert sorted(links) == sorted(found(editor, f"/search?q={QUERY}&rule=shenzhen"))


def test_all_matches_of_a_rule_are_leafed_through(
    reader: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rule with more matches than a survey takes: the rest is behind "Older", not lost."""
    whole = found(reader, "/search?rule=gansu")
    monkeypatch.setattr(searching, "MOST", 2)
    monkeypatch.setattr(searching.surveyed, "__defaults__", (2,))
    first = reader.page("/search?rule=gansu")
    (older,) = first.xpath("//a[@rel='next']/@href")

    assert "The newest 2 of more articles" in " ".join(first.text_content().split())
    assert len(whole) == 3
    assert found(reader, "/search?rule=gansu") + found(reader, str(older)) == whole

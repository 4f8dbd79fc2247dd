"""Text from outside is data: on no page does it become a script, a link to one, or a lie."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.payload import Word
from archive.article import Evidence
from crawler import ledger
from crawler.source import Source
from presswatch.demo.press import Text
from presswatch.web.plots import Bar, chart
from presswatch.web.render import mark, outward, plain
from tests.web.office import Office
from tests.web.visitor import Visitor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCRIPT = "<script>alert('专利 patent')</script>"
ATTRIBUTE = '" onmouseover="alert(1)" x=\''
TURNED = "paid \u202egnihton\u202c \x1b[31m"
HOSTILE = (SCRIPT, ATTRIBUTE, TURNED, "{{ 7 * 7 }}", "javascript:alert(1)")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An archive of nothing but hostile titles, texts, authors, evidence and addresses."""
    made = Office(tmp_path_factory.mktemp("hostile"))
    for number, nasty in enumerate(HOSTILE):
        text = Text(f"{nasty} 甘肃 知识产权 {number}", (f"{nasty} 专利 CNIPA", nasty * 3))
        evidence = (Evidence(field="published", value=nasty, where=nasty, chosen=True),)
        more = {"authors": (nasty,), "captions": (nasty,), "credited_source": nasty}
        made.file(
            "longshang", f"n{number}", text, made.now - timedelta(hours=number), evidence=evidence,
            language=nasty, **more,
        )  # fmt: skip
    made.match()
    made.deliver()
    return made


@pytest.fixture
def visitor(hostile: Office) -> Iterator[Visitor]:
    with Visitor(hostile) as one:
        yield one


PLACES = [
    "/", "/?backlog=1", "/search?q=甘肃", "/search?rule=gansu", "/alerts", "/sources/longshang",
    "/rules/gansu", "/rules/gansu?query=专利", "/save?q=专利", "/status", "/alerts?channel=desk",
    "/search?q=甘肃&sort=relevance",
    *(f"/article/{n}" for n in range(1, 6)), *(f"/story/{n}" for n in range(1, 6)),
]  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_nothing_of_an_article_is_markup(visitor: Visitor, place: str) -> None:
    """The only script is our own file; no attribute acts; no link leads to a script."""
    page = visitor.page(place)

    assert [str(src) for src in page.xpath("//script/@src")] == [
        str(page.xpath("//script/@src")[0])
    ]
    assert not page.xpath("//@*[starts-with(name(), 'on')]")
    assert not page.xpath("//@href[starts-with(., 'javascript')]")
    assert "\u202e" not in page.text_content() and "\x1b" not in page.text_content()
    assert "49 甘肃" not in page.text_content()


def test_the_script_is_there_to_be_read(visitor: Visitor) -> None:
    """Escaped does not mean lost."""
    assert SCRIPT in visitor.text("/article/1")


@pytest.mark.parametrize("nasty", HOSTILE)
def test_what_is_asked_is_escaped_as_well(visitor: Visitor, nasty: str) -> None:
    """A link with a script in it, sent to the operator."""
    for place in ("/search", "/save", "/rules/gansu", "/sources", "/api/v1/search"):
        answer = visitor.ask("GET", place, params={"q": nasty, "query": nasty, "rule": nasty})
        assert "<script>alert" not in answer.text or "json" in answer.headers["content-type"]
        assert 'onmouseover="alert' not in answer.text
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_page_as_it_was_fetched_is_never_shown(visitor: Visitor, hostile: Office) -> None:
    """It is a download, of no type that a browser renders, and in a sandbox all the same."""
    answer = visitor.get("/article/1/raw")

    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert SCRIPT.encode() in answer.content


@given(st.text(), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30))))
def test_marking_words_adds_nothing_but_marks(text: str, ranges: list[tuple[int, int]]) -> None:
    """Whatever the text and the places: escaped, and complete."""
    marks, at = [], 0
    for start, end in sorted(ranges):
        if at <= start < end <= len(text):
            marks.append((start, end))
            at = end

    made = str(mark(text, marks)).replace("<mark>", "").replace("</mark>", "")

    assert "<" not in made and ">" not in made
    assert mark(text, ()) == plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(
        ">", "&gt;"
    ).replace("'", "&#39;").replace('"', "&#34;")


@given(st.text())
def test_a_link_from_outside_is_a_web_address_or_none(url: str) -> None:
    shown = outward(url)

    assert shown == "" or shown.lower().startswith(("http:", "https:"))


@pytest.mark.parametrize("nasty", HOSTILE[:2])
def test_a_plot_holds_no_markup_of_its_words(nasty: str) -> None:
    """The library that draws writes what it is given."""
    drawn = str(chart([Bar(count=1, title=nasty, label=nasty, link=nasty)], says=nasty))

    assert "<script" not in drawn and 'onmouseover="' not in drawn


def test_words_are_found_where_they_stand(tmp_path: Path) -> None:
    from presswatch.web.passages import places

    words = [Word(text="知識(shí)產(chǎn)權(quán)", term="知识产权", field="body", count=1)]
    text = "甲知識(shí)產(chǎn)權(quán)乙知識(shí)產(chǎn)權(quán)"

    found = list(places("", text, words))

    assert [text[span.start : span.end] for span in found] == [words[0].text] * 2


def test_half_a_character_of_an_older_archive_is_shown_as_one_that_cannot_be(
    own_office: Office,
) -> None:
    """JSON-LD can hold it, and was stored as it stood: such a page was a mistake of ours."""
    own_office.write(lambda db: db.execute("UPDATE revision SET authors = '[\"Ann \\ud83d\"]'"))
    with Visitor(own_office) as visitor:
        assert "Ann" in visitor.text("/article/1")
        assert visitor.get("/api/v1/articles/1").json()["authors"][0].startswith("Ann")


@pytest.mark.parametrize("name", ['The "Post"', "★", "NOT", "a/b?c#d%"])
def test_a_source_of_any_name_has_its_page(tmp_path: Path, name: str) -> None:
    """Its articles are asked for by a query, which could not be read: the page was an error."""
    office = Office(tmp_path)
    office.file(name, "one", Text("Of that source", ("Patent office. " * 9,)), office.now)
    source = Source(name=name, url="https://one.example/feed")
    office.write(lambda db: ledger.register(db, [source]))

    with Visitor(office) as visitor:
        assert "Of that source" in visitor.text(f"/sources/{quote(name, safe='')}")

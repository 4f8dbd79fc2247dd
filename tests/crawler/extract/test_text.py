"""The text that several extractors agree on; a dear one is asked only where they differ."""

from __future__ import annotations

from functools import partial

import pytest

from crawler.extract import extract, readers
from crawler.extract.text import read
from crawler.markup import parse
from tests.crawler.webpage import BODY, TITLE, html, page

COMMENTS = [f"Reader {n} says that the new quay is far too high for old people." for n in range(9)]
SOME = [*BODY, *COMMENTS[:3]]

Lines = dict[str, list[str]]


def chosen(monkeypatch: pytest.MonkeyPatch, said: Lines, *, thorough: bool = True) -> list[str]:
    """The lines that are chosen where the readers say this; one that is not named is not asked."""

    def trafilatura(_: object, *, precise: bool = False) -> list[str]:
        return said["precise" if precise else "trafilatura"]

    monkeypatch.setattr(readers, "trafilatura", trafilatura)
    monkeypatch.setattr(readers, "readability", lambda _: said["readability"])
    monkeypatch.setattr(readers, "resiliparse", lambda _: said["resiliparse"])
    markup = parse(html())
    assert markup is not None
    return read(markup, TITLE, thorough=thorough).split("\n")


def test_the_dear_reader_is_not_asked_where_the_cheap_ones_agree(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = {name: list(BODY) for name in ("trafilatura", "readability", "resiliparse")}

    assert chosen(monkeypatch, said) == list(BODY)


def test_where_one_collapses_the_others_are_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """trafilatura took the comments for the article, in its precise setting too."""
    said: Lines = {
        "trafilatura": COMMENTS,
        "precise": COMMENTS[:-1],
        "readability": list(BODY),
        "resiliparse": SOME,
    }

    assert chosen(monkeypatch, said) == list(BODY)
    assert chosen(monkeypatch, said, thorough=False) == list(BODY)


def test_a_fourth_reading_decides_where_three_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quick keeps what the cheap ones agree on best; thorough learns that it was too much."""
    said: Lines = {
        "trafilatura": [*BODY, *COMMENTS],
        "precise": list(BODY),
        "readability": list(BODY),
        "resiliparse": [*BODY, *COMMENTS[:6]],
    }

    assert chosen(monkeypatch, said) == list(BODY)
    assert chosen(monkeypatch, said, thorough=False) == [*BODY, *COMMENTS]


def test_a_page_without_an_article_is_not_given_one_by_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: Lines = {"trafilatura": [], "readability": COMMENTS, "resiliparse": COMMENTS}

    assert chosen(monkeypatch, said) == [""]


@pytest.mark.parametrize("how", [extract, partial(extract, thorough=False)])
def test_both_ways_read_an_article_with_its_table(how: partial[object]) -> None:
    table = "<table><tr><td>渡轮</td><td>四百人</td></tr></table>"

    found = how(page(html().replace("</p></div>", f"</p>{table}</div>")))

    assert getattr(found, "text", "") == "\n".join((*BODY, "渡轮 | 四百人"))

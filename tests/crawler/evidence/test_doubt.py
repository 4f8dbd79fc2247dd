"""A date that something speaks against is told with what does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.evidence.dates import Moment
from crawler.evidence.doubt import doubts, elsewhere, place
from crawler.evidence.published import Dated
from crawler.extract import extract
from tests.crawler.webpage import html, page

APRIL = datetime(2024, 4, 17, 21, 5, 49, tzinfo=UTC)
REST = " The commissioner and the mayor of the city attended the event and signed the document."


def dated(moment: datetime, where: str) -> Dated:
    return Dated(Moment(moment, precise=True, local=moment), where)


def told(text: str, *seen: Dated) -> list[str]:
    return [one.value for one in doubts(dated(APRIL, "meta pubdate"), seen, text)]


@pytest.mark.parametrize(
    ("opening", "doubt"),
    [
        ("On September 14, the signing ceremony was held in the capital.", "14 September"),
        ("Harbour News, Lanzhou, July 10 (Ann Lee) The forum opened.", "10 July"),
        ("The forum was held in Lanzhou on 9th of January.", "9 January"),
        ("The meeting of Oct. 22 ended without a result.", "22 October"),
        ("本报讯 10月22日，签约仪式在兰州举行。", "22 October"),
        ("本报讯 １０月２２日，签约仪式在兰州举行。", "22 October"),
        ("2017年9月14日，签约仪式在北京举行。", "2017-09-14"),
        ("On September 14, 2017, the ceremony was held.", "2017-09-14"),
    ],
)
def test_the_texts_own_day_is_held_against_the_pages(opening: str, doubt: str) -> None:
    assert told(opening + REST) == [f"text speaks of {doubt}"]


@pytest.mark.parametrize(
    "opening",
    [
        "On April 16, the signing ceremony was held in the capital.",
        "4月16日，签约仪式在兰州举行。",
        "On May 1 new fees come into force.",  # soon
        "The office will close on September 14.",
        "新办法将于9月1日起施行。",
        "The number of filings has grown since September 14.",
        "去年9月14日，双方签署了协议。",
        "The two sides had signed an agreement on September 14, 2017.",
        "They may march 14 miles.",
        "2024年4月16日，签约仪式在北京举行。",
        "No day is named at all.",
        "On April 16 the court upheld the order of September 14.",
        "On February 30 nothing happened, and on April 16 it did.",
    ],
)
def test_a_day_that_news_may_name_raises_no_doubt(opening: str) -> None:
    assert told(opening + REST) == []


def test_a_signature_is_held_against_the_page() -> None:
    assert told("The office gives notice.\nThe Office\n2017年9月15日") == [
        "text is signed 2017-09-15"
    ]
    assert told("The office gives notice.\nThe Office\n2024年4月15日") == []


def test_the_url_and_the_listing_may_disagree() -> None:
    url = dated(datetime(2017, 9, 15, tzinfo=UTC), "url")
    listing = dated(datetime(2024, 4, 10, tzinfo=UTC), "listing")
    near = dated(datetime(2024, 4, 18, tzinfo=UTC), "url")

    assert told("", url, listing) == ["URL says 2017-09-15", "listing says 2024-04-10"]
    assert told("", near) == []
    assert doubts(None, [url], "On September 14 it rained.") == []


def test_an_earlier_copy_speaks_against_a_later_date() -> None:
    first = datetime(2017, 9, 15, tzinfo=UTC)

    assert elsewhere(APRIL, [(None, APRIL), (first, APRIL)]) == date(2017, 9, 15)
    assert elsewhere(APRIL, [(None, first)]) == date(2017, 9, 15)
    assert elsewhere(APRIL, [(APRIL, APRIL)]) is None
    assert elsewhere(APRIL, []) is None
    assert elsewhere(None, [(first, first)]) is None


def test_whose_word_a_date_is() -> None:
    assert [place(one) for one in ("url", "listing", "meta pubdate", "text")] == [
        "URL", "listing", "page", "page",
    ]  # fmt: skip


def test_the_doubt_is_kept_with_the_evidence() -> None:
    opening = "On September 14 the ferry came back." + REST
    own = page(html(byline="2024-04-17 21:05:49", body=(opening, REST * 2, REST.upper() * 2)))

    found = extract(replace(own, url="https://press.example/2017/09/15/1.html"))

    assert found.published is not None
    assert found.published.date() == date(2024, 4, 17)
    kept = [(one.value, one.where) for one in found.evidence if one.field == "doubt"]
    assert kept == [("URL says 2017-09-15", "url"), ("text speaks of 14 September", "text")]


@given(st.text(max_size=200))
def test_any_text_can_be_doubted(text: str) -> None:
    assert len(told(text)) <= 1

"""The pages: what an editor finds on each, and that every link of ours leads somewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from lxml import html  # type: ignore[import-untyped]

from archive.query import parse
from presswatch.web.ruling import DAYS
from presswatch.web.searching import EXAMPLES
from tests.web.office import CONFIG, Office
from tests.web.visitor import Visitor

if TYPE_CHECKING:
    from pathlib import Path

FIRST = ("/", "/search", "/search?q=专利", "/rules", "/sources", "/alerts")


def test_every_link_leads_somewhere(reader: Visitor) -> None:
    """From the first pages on, three clicks deep: no page of ours ends in an error."""
    seen, known = set(FIRST), list(FIRST)
    for _ in range(3):
        found = {link for place in known for link in links(reader, place)}
        known = sorted(found - seen)[:60]
        seen |= found
    assert len(seen) > 60


def links(reader: Visitor, place: str) -> list[str]:
    answer = reader.get(place)
    assert answer.status_code in {200, 308}, f"{place}: {answer.status_code}"
    if "text/html" not in answer.headers["content-type"]:
        return []
    found = html.fromstring(answer.text).xpath("//@href")
    return [str(link) for link in found if str(link).startswith("/")]


def test_today_tells_stories_with_their_outlets_rules_and_words(reader: Visitor) -> None:
    page, text = reader.page("/"), reader.text("/")

    assert "longshang, also xibu-digest" in text  # a copy is no story of its own
    marks = [mark.text for mark in page.xpath("//article//mark")]
    assert "知識(shí)產(chǎn)權(quán)" in marks and "CNIPA" in marks
    assert page.xpath("//article//a[@href='/rules/gansu']")
    assert len(page.xpath("//*[local-name()='svg']")) == 5  # the hours, and four rules
    assert "速看" not in text


def test_today_goes_back_by_its_cursor(reader: Visitor) -> None:
    """Every story once, on whatever page."""
    whole = [link for link in reader.links("/") if link.startswith("/story/")]
    rest = [link for link in reader.links("/?before=6") if link.startswith("/story/")]

    assert whole[-len(rest) :] == rest and len(rest) == 5


def test_a_search_marks_what_it_found_and_narrows(reader: Visitor) -> None:
    """A facet writes into the query; what it leads to has just so many hits."""
    page = reader.page("/search?q=专利 OR patent*")

    assert len(page.xpath("//article")) == 7
    facets = {
        str(item.xpath("string(a)")): (item.xpath("string(a/@href)"), item.xpath("string(span)"))
        for item in page.xpath("//ul[@class='facets']/li")
    }
    link, hits = facets["silkroad-review"]
    assert parse_qs(urlsplit(link).query)["q"] == ["(专利 OR patent*) AND source:silkroad-review"]
    assert len(reader.page(link).xpath("//article")) == int(hits)
    link, hits = facets["gansu"]
    assert len(reader.page(link).xpath("//article")) == int(hits)


def test_a_bar_of_the_plot_narrows_to_its_day(reader: Visitor) -> None:
    page = reader.page("/search?q=专利 OR patent*")
    bars = page.xpath("//*[local-name()='svg']//*[local-name()='a']")
    found = 0
    for bar in bars:
        link = bar.get("href")
        assert "after:" in parse_qs(urlsplit(link).query)["q"][0]
        found += len(reader.page(link).xpath("//article"))
    assert found == len(page.xpath("//article"))


def test_a_mistake_is_shown_under_its_column(reader: Visitor) -> None:
    answer = reader.get("/search?q=知识产权 AND (甘肃 OR AND 深圳)")
    page = html.fromstring(answer.text)

    assert answer.status_code == 400
    before, wrong = (str(found.text) for found in page.xpath("//*[@class='place']/span")[:2])
    assert before == "知识产权 AND (甘肃 OR " and wrong == "AND 深圳)"
    assert "column 17" in page.text_content() and "remove one" in page.text_content()


def test_a_rule_as_a_search_shows_what_it_matched(reader: Visitor) -> None:
    text = reader.text("/search?rule=gansu")

    assert "3 articles" in text and "Only what the rule gansu matched" in text


def test_a_story_tells_where_it_stands_and_how_it_differs(reader: Visitor) -> None:
    text = reader.text("/story/10")

    assert "Story 10: 2 articles" in text
    assert "the same text, new title" in text
    assert "desk: delivered" in text and "the rule has alerted for this story before" in text
    assert "meta date, believed" in text and "The date is in doubt" in text


def test_a_joined_story_leads_on_to_its_root(reader: Visitor) -> None:
    """A story that turned out to be another one keeps its address."""
    answer = reader.get("/story/12")

    assert answer.status_code in {308, 404}
    if answer.status_code == 308:
        assert answer.headers["location"] == "/story/10"


def test_a_correction_is_shown_as_a_difference(reader: Visitor) -> None:
    page = reader.page("/story/2")

    assert [str(one) for one in page.xpath("//section[@class='change']//del/text()")] == ["40"]
    assert "60" in page.xpath("//section[@class='change']//ins/text()")


def test_an_article_marks_the_words_of_a_query(reader: Visitor) -> None:
    page = reader.page("/article/9?q=商标")

    assert {mark.text for mark in page.xpath("//mark")} == {"商標(biāo)"}
    assert reader.text("/article/9").count("Download the page") == 1


def test_a_download_is_what_was_fetched(reader: Visitor) -> None:
    import hashlib

    answer = reader.get("/article/9/raw")

    digest = hashlib.sha256(answer.content).hexdigest()
    assert digest in reader.text("/article/9")
    assert answer.headers["etag"] == f'"{digest}"'


def test_rules_are_shown_with_thirty_days(reader: Visitor) -> None:
    text = reader.text("/rules")

    assert all(name in text for name in ("gansu", "shenzhen", "cnipa", "corrections"))
    assert f"3 matches of gansu in {DAYS} days" in text


def test_a_trial_tells_what_a_change_gains_and_loses(reader: Visitor) -> None:
    text = reader.text("/rules/gansu?query=甘肃 AND 商标")

    assert "of 3 matches in 13 texts" in text or "matches in 13 texts" in text
    assert "gained" in text and "lost" in text


def test_sources_in_trouble_come_first(reader: Visitor) -> None:
    page = reader.page("/sources")
    names = [str(link.text) for link in page.xpath("//tbody//th/a")]

    assert set(names[:2]) == {"xibu-digest", "quiet-gazette"} and len(names) == 6
    assert "2 in trouble" in reader.text("/sources")
    assert "failed 4 times in a row: HTTP 503 from xibu.example" in reader.text("/sources")


def test_a_source_shows_its_last_ten_polls(reader: Visitor) -> None:
    page = reader.page("/sources/xibu-digest")

    assert len(page.xpath("//table[contains(@class, 'brief')]/tbody/tr")) == 10
    assert reader.text("/sources/xibu-digest").count("HTTP 503 from xibu.example") > 4


def test_the_dead_come_first_in_the_ledger(reader: Visitor) -> None:
    text = reader.text("/alerts")

    assert text.index("Given up") < text.index("The ledger")
    assert "All 8 Waiting 2 Held Collected 0 Delivered 5 Given up 1 Muted 0" in text
    assert len(reader.page("/alerts?state=due").xpath("//tbody/tr")) == 2


@pytest.mark.parametrize(
    "place",
    ["/article/999", "/story/999", "/sources/none", "/rules/none", "/alerts/msg_none", "/none",
     "/article/99999999999999999999", "/story/99999999999999999999", "/article/999/raw"],
)  # fmt: skip
def test_what_is_not_there_is_said_to_be_so(reader: Visitor, place: str) -> None:
    answer = reader.get(place)

    assert answer.status_code == 404
    assert "To the newest stories" in answer.text and 'aria-label="Pages"' in answer.text


@pytest.mark.parametrize(
    "place",
    ["/search?q=专利&from=99999", "/sources?from=99999", "/?before=" + "9" * 19,
     "/alerts?since=0001-01-01T00:00"],
)  # fmt: skip
def test_what_is_far_away_breaks_nothing(reader: Visitor, place: str) -> None:
    assert reader.get(place).status_code == 200


@pytest.mark.parametrize(
    "place",
    ["/?before=x", "/?before=-1", "/search?q=专利&before=x", "/?before=" + "9" * 30,
     "/?before=%00", "/?before=１２", "/alerts?before=x", "/alerts?state=nope",
     "/alerts?since=yesterday", "/alerts?since=99999999w",
     "/api/v1/articles?before=x", "/api/v1/articles?limit=many", "/api/v1/alerts?before=x",
     "/api/v1/alerts?state=lost", "/api/v1/sources?after=x", "/feed/search?q=专利&sort=best",
     "/search?q=专利&sort=best"],
)  # fmt: skip
def test_nonsense_is_said_to_be_so(reader: Visitor, place: str) -> None:
    """A program that follows a broken cursor must not begin from the first page for ever."""
    answer = reader.get(place)

    assert answer.status_code == 400
    assert "500" not in answer.text and len(answer.text) < 5_000


def test_an_empty_archive_says_what_is_still_missing(tmp_path: Path) -> None:
    """The first look comes before the first poll: what is there, and what to do next."""
    office = Office(tmp_path)
    office.write(lambda _: None)
    with Visitor(office) as visitor:
        text = visitor.text("/")
        for place in FIRST:
            assert visitor.get(place).status_code == 200
        office.config.write_text("", "utf-8")
        bare = visitor.text("/")
        office.config.write_text(CONFIG, "utf-8")
        office.beat()
        running = visitor.text("/")

    assert "✓6 sources (done)" in text and "✓4 rules (done)" in text
    assert "○Start the service: presswatch run (to do)" in text
    assert "presswatch sources add URL" in bare and "[[channel]]" in bare
    assert "✓The service runs (done)" in running and "Wait for the first poll" in running


def test_the_first_poll_is_told_of(tmp_path: Path) -> None:
    """A source that fails at its first poll must not look like one that is waited for."""
    office = Office(tmp_path)
    office.write(office.poll_sources)
    office.beat()
    with Visitor(office) as visitor:
        assert "6 sources polled, 1 of them failed" in visitor.text("/")


def test_an_archive_of_old_news_alone_says_so(tmp_path: Path) -> None:
    """The backlog of a new source is not on the first page; nobody must think that it is lost."""
    from presswatch.demo.press import Text

    office = Office(tmp_path)
    office.file("longshang", "a", Text("甘肃", ("甘肃",)), office.now, quiet=True)
    with Visitor(office) as visitor:
        assert "was published before it was watched" in visitor.text("/")
        assert visitor.page("/?backlog=1").xpath("//article//h3")


def test_the_language_is_shown_by_queries_that_work(reader: Visitor) -> None:
    """On the empty page and beside a mistake."""
    assert len(EXAMPLES) > 8
    for example, _ in EXAMPLES:
        assert reader.get(f"/search?q={quote(example)}").status_code == 200
        assert parse(example).notes == ()
        assert example in reader.text("/search")
    assert "What a query can say" in reader.get("/search?q=AND").text


def test_without_an_archive_the_reason_is_said(tmp_path: Path) -> None:
    with Visitor(Office(tmp_path)) as visitor:
        answer = visitor.get("/")

    assert answer.status_code == 503 and "There is no archive here" in answer.text


def test_a_broken_config_is_told_and_the_last_sound_one_counts(tmp_path: Path) -> None:
    """Somebody edits a file while others read the page."""
    office = Office(tmp_path)
    office.write(lambda _: None)
    with Visitor(office) as visitor:
        assert "config.toml has mistakes" not in visitor.text("/rules")
        office.config.write_text("[[rule]]\nname = 3", "utf-8")
        text = visitor.text("/rules")

    assert "config.toml has mistakes" in text and "gansu" in text


@pytest.mark.parametrize(
    "before", ["甘肃 OR 深圳 OR 兰州 OR 知识产权 OR 专利 AND ", "patent OR " * 9]
)
def test_a_mistake_far_into_a_query_is_shown_where_it_is(reader: Visitor, before: str) -> None:
    """As much of the query around it as a phone has room for, and the column in the whole of it."""
    answer = reader.get(f"/search?q={quote(before + 'AND 体育' + ' OR 深圳' * 9)}")
    place = html.fromstring(answer.text).xpath("//div[@class='place']/span")
    left, wrong, _, said = (one.text_content() for one in place)

    assert left.startswith("…") and before.endswith(left[1:]) and len(left) < 30
    assert wrong.startswith("AND 体育") and wrong.endswith("…") and len(wrong) < 30
    assert f"column {len(before) + 1}:" in said


def test_an_error_is_said_in_sentences(reader: Visitor) -> None:
    """As somebody would write them; what is to be typed is set as such."""
    missing = reader.get("/article/99999")
    text = " ".join(html.fromstring(missing.text).xpath("//main")[0].text_content().split())
    assert "article 99999. The archive has no article of that number. To the newest" in text
    refused = reader.post("/mute", {"what": "rule:gansu"})
    assert "<code>presswatch run</code> serves one that acts." in refused.text


@pytest.mark.parametrize("place", ["/story/", "/article/", "/api/v1/articles/", "/api/v1/stories/"])
def test_a_number_of_thousands_of_digits_is_nothing_here(reader: Visitor, place: str) -> None:
    """Python refuses to read it: that was a mistake of ours in the log for every request."""
    assert reader.get(place + "9" * 5000).status_code == 404
    assert reader.get(place + "9" * 19).status_code == 404

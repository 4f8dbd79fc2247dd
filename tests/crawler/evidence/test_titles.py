"""The title is what the page and its <title> share."""

from __future__ import annotations

import json

import pytest

from crawler.evidence import titles
from crawler.markup import parse

SHARED = "Harbour of the old town opens again"


def title(html: str, listed: str = "") -> tuple[str, str]:
    markup = parse(html)
    assert markup is not None
    chosen = titles.choose(markup, titles.candidates(markup, listed))
    return (chosen.text, chosen.where) if chosen else ("", "")


def head(text: str = "", **meta: str) -> str:
    named = "".join(
        f'<meta property="og:{name}" content="{content}">' for name, content in meta.items()
    )
    return f"<head><title>{text}</title>{named}</head>"


@pytest.mark.parametrize(
    "around",
    ["{} | The Daily Mole", "{} - The Daily Mole", "The Daily Mole: {}", "{}_地方_新闻网", "{}"],
)
def test_a_heading_in_the_page_title_is_the_title(around: str) -> None:
    html = f"{head(around.format(SHARED))}<h1>The Daily Mole</h1><h2>{SHARED}</h2><h2>Weather</h2>"

    assert title(html) == (SHARED, "h2")


def test_a_site_name_as_heading_is_not_the_title() -> None:
    html = f"{head('城东码头重新开放-城东新闻网')}<h1>城东新闻网</h1><div>城东码头重新开放</div>"

    assert title(html) == ("城东码头重新开放", "text")


def test_the_heading_that_the_metadata_repeat_wins_over_another_wording() -> None:
    html = f"{head('Harbour opens: all you need to know', title=SHARED)}<h1>{SHARED}</h1>"

    assert title(html) == (SHARED, "h1")


def test_the_headline_of_the_data_stands_where_no_heading_is_shared() -> None:
    data = json.dumps({"@type": "NewsArticle", "headline": SHARED})
    script = f'<script type="application/ld+json">{data}</script>'
    html = f"{head(SHARED + ' | Mole')}{script}<h1>Old town is happy, says its mayor</h1>"

    assert title(html) == (SHARED, "json-ld headline")


def _with_data(heading: str, headline: str) -> str:
    """A page whose <title> and data have one wording, heading and og:title the other."""
    data = json.dumps({"@type": "NewsArticle", "headline": headline})
    script = f'<script type="application/ld+json">{data}</script>'
    return f"{head(headline + ' | Mole', title=heading)}{script}<h1>{heading}</h1>"


def test_of_two_wordings_of_one_title_the_page_title_says_which_stands() -> None:
    """A heading touched up after publication: <title> and data agree on the other wording."""
    html = _with_data(SHARED.replace("opens", "now opens"), SHARED)

    assert title(html) == (SHARED, "json-ld headline")


def test_a_page_title_for_search_engines_does_not_replace_the_heading() -> None:
    html = _with_data("After nine years the cranes are back", SHARED)

    assert title(html) == ("After nine years the cranes are back", "h1")


def test_the_sites_own_name_is_no_title_though_the_metadata_repeat_it() -> None:
    """A template that heads every page with the outlet's name, for sharing too."""
    meta = head(f"{SHARED} | The Daily Mole", title="The Daily Mole", site_name="The Daily Mole")
    html = f"{meta}<h1>The Daily Mole</h1><div>{SHARED}</div><p>text</p>"

    assert title(html) == (SHARED, "text")


def test_a_title_that_repeats_the_site_loses_it_by_the_heading() -> None:
    html = f"{head(SHARED + ' | Mole', title=SHARED + ' | Mole')}<h1>{SHARED}</h1>"

    assert title(html) == (SHARED, "h1")


def test_looks_do_not_matter_when_headings_are_compared() -> None:
    html = f"{head('“Ｈarbour” opens — again | Mole')}<h1>'Harbour' opens - again</h1>"

    assert title(html) == ("'Harbour' opens - again", "h1")


def test_a_lone_page_title_loses_its_site() -> None:
    assert title(head(f"{SHARED} | The Daily Mole")) == (SHARED, "title")
    assert title(head("城东码头重新开放-城东新闻网")) == ("城东码头重新开放", "title")
    assert title(head("1-10月本市投资结构趋稳")) == ("1-10月本市投资结构趋稳", "title")


def test_the_listing_has_a_say() -> None:
    assert title("<body><p>no heading</p></body>", listed=SHARED) == (SHARED, "listing")
    assert title(f"{head('Mole')}<h1>Mole</h1><p>{SHARED}</p>", listed=SHARED)[0] == SHARED


def test_entities_of_metadata_are_read() -> None:
    html = head("Mole", title="Fish &amp;amp; ships &amp;#8211; a story")

    assert title(html)[0] == "Fish & ships – a story"


@pytest.mark.parametrize("html", ["<p>text</p>", "<title></title><h1></h1>", "<h1>§</h1>"])
def test_a_page_may_have_no_title(html: str) -> None:
    assert title(html) == ("", "")

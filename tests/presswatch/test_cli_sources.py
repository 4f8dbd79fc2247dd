"""presswatch sources: found on a real site, written into a config that keeps its every byte."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

from presswatch.config.load import load
from tests.presswatch.desk import CONFIG, added
from tests.support.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.presswatch.desk import Desk

NOW = datetime.now(UTC)


def feed(site: Site, *ages: int, what: str = "Feed") -> str:
    """An RSS feed with one article of each age in days."""
    items = "".join(
        f"<item><title>{what} story of {age} days</title><link>{site.url(f'/{what}-{age}')}</link>"
        f"<pubDate>{format_datetime(NOW - timedelta(days=age))}</pubDate></item>"
        for age in ages
    )
    return f'<rss version="2.0"><channel>{items}</channel></rss>'


def sitemap(site: Site, *ages: int) -> str:
    urls = "".join(
        f"<url><loc>{site.url(f'/map-{age}')}</loc><n:news><n:title>Map story {age}</n:title>"
        f"<n:publication_date>{(NOW - timedelta(days=age)).isoformat()}</n:publication_date>"
        "</n:news></url>"
        for age in ages
    )
    return (
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">{urls}</urlset>'
    )


def listing(*ages: int, head: str = "") -> str:
    items = "".join(
        f"<li><a href='/notices/20260{age}/notice-number-{age}.html'>A notice of the office, "
        f"number {age}</a> <span>{NOW - timedelta(days=age):%Y-%m-%d}</span></li>"
        for age in ages
    )
    return f"<html><head>{head}</head><body><ul>{items}</ul></body></html>"


LINK = '<link rel="alternate" type="application/rss+xml" href="/news.xml">'


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        yield site


# ------------------------------------------------------------------ add


def test_the_best_is_shown_and_written(desk: Desk, site: Site) -> None:
    site.page("/", listing(1, 2, 3, head=LINK))
    site.page("/news.xml", feed(site, *range(12, 0, -1)))

    result = desk.run("sources", "add", "--yes", "--every", "30m", site.url("/"))

    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == f"1  feed  {site.url('/news.xml')}"
    shown = [line.split()[3] for line in lines if "Feed story" in line]
    assert shown == [str(age) for age in range(1, 11)], "the ten newest, newest first"
    assert f"2  listing  {site.url('/')}" in lines
    assert "follows within seconds" in result.stderr
    source = load(desk.config, {}).sources[-1]
    assert (source.name, source.url, source.kind) == ("127.0.0.1", site.url("/news.xml"), "feed")
    assert source.every == timedelta(minutes=30)
    block = f'[[source]]\nname = "127.0.0.1"\nurl = "{source.url}"\nkind = "feed"\nevery = "30m"\n'
    assert added(desk, CONFIG).strip() == block.strip()


def test_somebody_chooses(desk: Desk, site: Site) -> None:
    site.page("/", listing(1, 2, 3, head=LINK))
    site.page("/news.xml", feed(site, 1, 2))

    result = desk.run("sources", "add", site.url("/"), stdin="2\n")

    assert result.exit_code == 0, result.output
    assert load(desk.config, {}).sources[-1].kind == "listing"


def test_who_chooses_none_gets_none(desk: Desk, site: Site) -> None:
    site.page("/", listing(1, 2, 3, head=LINK))
    site.page("/news.xml", feed(site, 1, 2))

    result = desk.run("sources", "add", site.url("/"), stdin="")

    assert result.exit_code == 1
    assert result.stderr.endswith("--yes takes the first without asking.\n")
    assert desk.config.read_text("utf-8") == CONFIG


def test_a_news_sitemap_that_robots_names_comes_before_the_page(desk: Desk, site: Site) -> None:
    site.page("/", listing(1, 2, 3, 4, 5))
    site.page("/robots.txt", f"Sitemap: {site.url('/n.xml')}", content_type="text/plain")
    site.page("/n.xml", sitemap(site, 1, 2))

    desk.run("sources", "add", "--yes", site.url("/"))

    source = load(desk.config, {}).sources[-1]
    assert (source.kind, source.url) == ("sitemap", site.url("/n.xml"))


def test_what_no_page_names_is_looked_for_where_it_usually_is(desk: Desk, site: Site) -> None:
    site.page("/", listing(1, 2, 3))
    site.page("/atom.xml", feed(site, 1, 2))
    site.page("/news-sitemap.xml", sitemap(site, 3))

    result = desk.run("sources", "add", "--yes", site.url("/"))

    kinds = [line.split()[1] for line in result.stdout.splitlines() if line[:1].isdigit()]
    assert kinds == ["feed", "sitemap", "listing"]


def test_a_feed_that_nobody_feeds_comes_after_the_page(desk: Desk, site: Site) -> None:
    site.page("/", listing(1, 2, 3, head=LINK))
    site.page("/news.xml", feed(site, 700, 800))

    desk.run("sources", "add", "--yes", site.url("/"))

    assert load(desk.config, {}).sources[-1].kind == "listing"


def test_the_address_of_a_feed_is_that_feed(desk: Desk, site: Site) -> None:
    site.page("/news.xml", feed(site, 1))

    result = desk.run("sources", "add", site.url("/news.xml"), stdin="y\n")

    assert result.exit_code == 0, result.output
    assert load(desk.config, {}).sources[-1].kind == "feed"
    assert [request.path for request in site.requests if "rss" in request.path] == []


def test_a_second_source_of_a_host_has_a_name_of_its_own(desk: Desk, site: Site) -> None:
    for path in ("/a.xml", "/b.xml"):
        site.page(path, feed(site, 1))
        desk.run("sources", "add", "--yes", site.url(path))

    names = [source.name for source in load(desk.config, {}).sources]
    assert names == ["cnipa", "daily", "127.0.0.1", "127.0.0.1-2"]


def test_a_known_source_is_not_added_again(desk: Desk, site: Site) -> None:
    site.page("/a.xml", feed(site, 1))
    desk.run("sources", "add", "--yes", "--name", "first", site.url("/a.xml"))
    before = desk.config.read_bytes()

    result = desk.run("sources", "add", "--yes", site.url("/a.xml?utm_source=x"))

    assert result.exit_code == 1
    assert "'first' already" in result.stderr
    assert desk.config.read_bytes() == before


def test_a_site_without_articles_says_what_was_tried(desk: Desk, site: Site) -> None:
    site.page("/", "<p>Welcome</p>")

    result = desk.run("sources", "add", "--yes", site.url("/"))

    assert result.exit_code == 1
    assert "no links" in result.stderr
    assert "/feed/: HTTP 404" in result.stderr
    assert desk.config.read_text("utf-8") == CONFIG


def test_a_page_that_cannot_be_had(desk: Desk, site: Site) -> None:
    result = desk.run("sources", "add", "--yes", site.url("/gone"))

    assert result.exit_code == 3
    assert "HTTP 404" in result.stderr


def test_a_wrong_option_leaves_the_file_alone(desk: Desk, site: Site) -> None:
    site.page("/a.xml", feed(site, 1))

    result = desk.run("sources", "add", "--yes", "--every", "often", site.url("/a.xml"))

    assert result.exit_code == 2
    assert 'source[3].every: not a duration: "often"' in result.stderr
    assert desk.config.read_text("utf-8") == CONFIG


def test_an_address_says_what_it_says(desk: Desk, site: Site) -> None:
    """`${HOME}` in somebody's URL is no question to our environment."""
    site.page("/a.xml", feed(site, 1))

    result = desk.run("sources", "add", "--yes", site.url("/a.xml?q=${HOME}"))

    assert result.exit_code == 0, result.output
    assert load(desk.config, {"HOME": "/root"}).sources[-1].url == site.url("/a.xml?q=$%7BHOME%7D")


def test_what_is_no_address(desk: Desk) -> None:
    assert desk.run("sources", "add", "ftp://x.example/").exit_code == 2


def test_a_source_is_taken_out(desk: Desk) -> None:
    """Its articles stay; a rule that names it alone would be wrong, so nothing is written then."""
    text = CONFIG + 'sources = ["cnipa"]\n'
    desk.config.write_text(text, "utf-8")

    refused = desk.run("sources", "remove", "cnipa")
    misspelt = desk.run("sources", "remove", "dailly")
    kept = desk.config.read_text("utf-8")
    result = desk.run("sources", "remove", "daily")

    assert (refused.exit_code, misspelt.exit_code, kept) == (2, 2, text)
    assert "no source matches 'cnipa'" in refused.stderr
    assert result.exit_code == 0, result.output
    assert [one.name for one in load(desk.config, {}).sources] == ["cnipa"]


# ------------------------------------------------------------------ list, test


def test_the_list_says_how_sources_fare(desk: Desk, site: Site) -> None:
    url = site.page("/a.xml", "no", status=500)
    desk.config.write_text(CONFIG.replace("https://cnipa.example/list", url), "utf-8")
    before = json.loads(desk.run("sources", "list", "--format", "json").stdout)
    desk.run("poll", "cnipa")

    rows = json.loads(desk.run("sources", "list", "--format", "json").stdout)

    assert [row["state"] for row in before] == ["new", "paused"]
    assert [row["state"] for row in rows] == ["failing", "paused"]
    assert rows[0]["last_poll"] < rows[0]["next_poll"]
    assert rows[1]["next_poll"] is None
    table = desk.run("sources", "list").stdout
    assert table.splitlines()[0].split()[:4] == ["name", "kind", "every", "state"]
    assert "failing" in table and "15m" in table


def test_a_list_needs_no_secret(desk: Desk) -> None:
    desk.config.write_text('[[source]]\nname = "s"\nurl = "https://${HOST}/"\ncron = "5 * * * *"',
                           "utf-8")  # fmt: skip

    (row,) = json.loads(desk.run("sources", "list", "--format", "json").stdout)

    assert (row["url"], row["every"]) == ("https://${HOST}/", "cron 5 * * * *")


def test_a_list_says_between_what_a_source_is_polled(desk: Desk) -> None:
    """It said 15m, the default, of a source that is polled by its own rhythm."""
    desk.config.write_text('[[source]]\nname = "s"\nurl = "https://s.example/"\nevery_min = "5m"\n'
                           'every_max = "6h"\n', "utf-8")  # fmt: skip

    (row,) = json.loads(desk.run("sources", "list", "--format", "json").stdout)

    assert row["every"] == "5m to 6h"


def test_a_list_without_sources(desk: Desk) -> None:
    desk.config.write_text("", "utf-8")

    assert "sources add" in desk.run("sources", "list").stdout


def test_trying_a_source_archives_nothing(desk: Desk, site: Site) -> None:
    url = site.page("/a.xml", feed(site, 1, 2, 3))
    desk.config.write_text(CONFIG.replace("https://cnipa.example/list", url), "utf-8")

    result = desk.run("sources", "test", "cnipa", "--limit", "2")

    assert result.exit_code == 0, result.output
    assert "Feed story of 1 days" in result.stdout
    assert "Feed story of 3 days" not in result.stdout
    assert "3 links, 2 shown" in result.stdout
    assert not desk.archive.exists()
    rows = json.loads(desk.run("sources", "test", "cnipa", "--format", "json").stdout)
    assert [row["url"] for row in rows] == [site.url(f"/Feed-{n}") for n in (1, 2, 3)]


def test_trying_a_source_that_fails(desk: Desk, site: Site) -> None:
    desk.config.write_text(CONFIG.replace("https://cnipa.example/list", site.url("/none")), "utf-8")

    result = desk.run("sources", "test", "cnipa")

    assert result.exit_code == 1
    assert "HTTP 404" in result.stderr


@pytest.mark.parametrize("verb", ["test", "pause", "resume"])
def test_a_name_that_is_none_is_guessed_at(desk: Desk, verb: str) -> None:
    result = desk.run("sources", verb, "cnpia")

    assert result.exit_code == 2
    assert "did you mean `cnipa`?" in result.stderr


# ------------------------------------------------------------------ pause, resume


def test_a_source_is_paused_and_resumed(desk: Desk) -> None:
    result = desk.run("sources", "pause", "cnipa")

    assert result.exit_code == 0, result.output
    assert "follows within seconds" in result.stdout
    assert added(desk, CONFIG).strip() == "enabled = false"
    assert [source.enabled for source in load(desk.config, {}).sources] == [False, False]
    assert "already" in desk.run("sources", "pause", "cnipa").stdout

    desk.run("sources", "resume", "daily")

    assert [source.enabled for source in load(desk.config, {}).sources] == [False, True]

"""What a source says of its pages, tried on them before anything is archived."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.crawler.newsroom import prose
from tests.presswatch.desk import CONFIG
from tests.support.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.presswatch.desk import Desk

SOURCE = "https://cnipa.example/list"


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        yield site


def bring(desk: Desk, site: Site, *lines: str) -> None:
    """Three articles, of which the last was not set by the usual template; and the source."""
    items = ""
    for number in range(3):
        box = f"<p class='related'>{prose('related')}</p>"
        inner = f"<p>{prose(f'first {number}')}</p>{box}<p>{prose(f'last {number}')}</p>"
        name = "TRS_Editor" if number < 2 else "other"
        html = f"<h1>Notice {number}</h1><div class='{name}'>{inner}</div>"
        url = site.page(f"/{number}.html", f"<html><body>{html}</body></html>")
        items += f"<item><title>Notice {number}</title><link>{url}</link></item>"
    url = site.page("/f.xml", f'<rss version="2.0"><channel>{items}</channel></rss>')
    said = "\n".join(lines)
    config = CONFIG.replace(f'url = "{SOURCE}"', f'url = "{url}"\n{said}')
    assert said in config
    desk.config.write_text(config, "utf-8")


def test_trying_a_source_shows_what_its_selectors_do(desk: Desk, site: Site) -> None:
    bring(desk, site, 'text = "div.TRS_Editor"', 'drop = [".related", "#share"]')

    result = desk.run("sources", "test", "cnipa")

    assert result.exit_code == 0, result.output
    lines = [line.strip() for line in result.stdout.splitlines()]
    at = lines.index("Notice 0")
    assert lines[at + 1 : at + 4] == [
        "text div.TRS_Editor: 1 matched",
        "drop .related: 1 matched",
        "drop #share: nothing matched",
    ]
    assert prose("first 0")[:60] in lines[at + 4]
    assert prose("last 0")[-40:] in lines[at + 4]
    assert "text div.TRS_Editor: nothing matched" in lines
    assert "`text` matched nothing on 1 of 3 pages." in result.stderr
    assert not desk.archive.exists()


def test_for_programs_too(desk: Desk, site: Site) -> None:
    bring(desk, site, 'text = "div.TRS_Editor"', 'drop = ".related"')
    site.page("/1.html", "", status=404)

    result = desk.run("sources", "test", "cnipa", "--format", "json", "--limit", "2")

    first, second = (row["read"] for row in json.loads(result.stdout))
    assert first["characters"] == len(prose("first 0")) + len(prose("last 0")) + 1
    assert first["parts"] == [
        {"key": "text", "value": "div.TRS_Editor", "matched": True},
        {"key": "drop", "value": ".related", "matched": True},
    ]
    assert "404" in second["error"]
    assert second["parts"] == []


def test_a_selector_that_never_matches_is_a_failure(desk: Desk, site: Site) -> None:
    bring(desk, site, 'text = "div.TRS_Editro"')

    result = desk.run("sources", "test", "cnipa")

    assert result.exit_code == 1
    assert "`text` matched nothing on 3 of 3 pages." in result.stderr


def test_a_watched_page_is_tried_as_well(desk: Desk, site: Site) -> None:
    """By the page that was asked for to list it: one request is enough."""
    bring(desk, site, 'kind = "watch"', 'drop = ".related"', "ignore_lines = '^Updated'")
    watched = desk.config.read_text("utf-8").replace(site.url("/f.xml"), site.url("/0.html"))
    desk.config.write_text(watched, "utf-8")

    result = desk.run("sources", "test", "cnipa")

    assert result.exit_code == 0, result.output
    assert "drop .related: 1 matched" in result.stdout
    assert "ignore_lines ^Updated: nothing matched" in result.stdout
    assert len(site.asked("/0.html")) == 1


def test_a_source_that_says_nothing_of_its_pages_is_not_read(desk: Desk, site: Site) -> None:
    bring(desk, site)

    desk.run("sources", "test", "cnipa")

    assert [request.path for request in site.requests if "html" in request.path] == []

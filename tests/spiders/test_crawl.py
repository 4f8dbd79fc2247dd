"""`scrapy crawl KIND -a url=…` as a person types it, against a site on loopback."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.spiders import pages
from tests.support.site import Site

ROOT = Path(__file__).parents[2]


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        yield site


def crawl(kind: str, *arguments: str, networks: str = "127.0.0.0/8") -> tuple[list[str], str]:
    """Its lines on stdout, and its stderr."""
    command = [sys.executable, "-m", "scrapy", "crawl", kind]
    for argument in arguments:
        command += ["-a", argument]
    environment = os.environ | {"PRESSWATCH_ALLOW_NETWORKS": networks, "PYTHONUTF8": "1"}
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    return done.stdout.splitlines(), done.stderr


def test_links_are_printed_as_json_lines(site: Site) -> None:
    url = site.page("/col/col14/index.html", pages.GOVERNMENT)

    lines, errors = crawl("listing", f"url={url}", "select=ul.news a", "timezone=Asia/Shanghai")

    assert [json.loads(line) for line in lines] == [
        {"url": site.url(path), "title": title, "published": date}
        for path, title, date in pages.GOVERNMENT_LINKS
    ]
    assert errors == ""


def test_children_of_an_index_are_followed(site: Site) -> None:
    child = site.page("/news.xml", "<urlset><url><loc>/1</loc></url></urlset>")
    index = f"<sitemapindex><sitemap><loc>{child}</loc></sitemap></sitemapindex>"

    lines, errors = crawl("sitemap", f"url={site.page('/index.xml', index)}")

    assert [json.loads(line) for line in lines] == [{"url": site.url("/1")}]
    assert errors == ""


def test_what_went_wrong_is_one_line_without_a_traceback(site: Site) -> None:
    lines, errors = crawl("feed", f"url={site.page('/feed', pages.BLOG)}")

    assert lines == []
    assert "an HTML page came, not a feed" in errors
    assert "Traceback" not in errors


def test_a_status_and_a_refused_address_are_named(site: Site) -> None:
    _, missing = crawl("feed", f"url={site.url('/gone')}")
    site.page("/feed", "<rss/>")
    lines, refused = crawl("feed", f"url={site.url('/feed')}", networks="")

    assert "HTTP 404" in missing
    assert "no links found" in missing
    assert lines == []
    assert "must not be fetched" in refused
    assert not site.asked("/feed")


def test_a_wrong_argument_is_named() -> None:
    lines, errors = crawl("feed", "uri=https://site.example/")

    assert lines == []
    assert "-a url=https://" in errors

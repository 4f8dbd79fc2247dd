"""What of a page counts, in the service as it runs: nobody hears of what does not."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import pytest

from tests.crawler.newsroom import prose
from tests.support.news import feed
from tests.support.receiver import SECRET, Receiver
from tests.support.service import Running, rows, rule, source, until, webhook, write_config
from tests.support.site import Answer, Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.site import Recorded, Wire

pytestmark = pytest.mark.service

TEXTS = "SELECT a.url, r.number, r.text, r.quiet FROM revision r JOIN article a ON a.id = r.article"


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        yield site


def fees(site: Site, *, fee: str) -> None:
    """A page with a counter that is another at each request, and a box that stays."""
    numbers = count()
    box = f"<p class='box'>{prose('a box that stays', 4)}</p>"

    def behave(_: Recorded, wire: Wire) -> None:
        hits = f"<p class='hits'>{prose(f'hits {next(numbers)} {fee}', 3)}</p>"
        updated = f"<p>Updated at 08:{next(numbers):02} by the clerk of the office.</p>"
        text = f"<p>{prose('fees')} The fee is {fee}.</p>{box}{updated}<p>{prose('end')}</p>"
        body = f"<h1>Fees</h1><div>{hits}{text}</div>"
        wire.answer(Answer(f"<html><title>Fees</title><body>{body}</body></html>".encode()))

    site.behave("/fees.html", behave)


def config_of(folder: Path, site: Site, receiver: Receiver, drop: str) -> Path:
    watched = source("fees", site.url("/fees.html"), kind="watch", ignore_lines=r"^Updated at \d")
    changes = rule("changes", "fee", "hook", on="revision") + 'sources = ["fees"]\n'
    hook = webhook("hook", receiver.hook, SECRET)
    news = source("news", site.url("/feed.xml"), text="div.TRS_Editor")
    return write_config(folder, f"{watched}drop = {drop}\n{news}{hook}{changes}")


def test_only_a_changed_text_is_told(tmp_path: Path, site: Site, receiver: Receiver) -> None:
    """Not a counter, a line that is ignored, nor a selector that changes while the service runs."""
    fees(site, fee="nine hundred")
    site.page("/feed.xml", feed(site.url(""), []), content_type="application/rss+xml")
    config = config_of(tmp_path, site, receiver, '[".hits"]')
    with Running(config) as service:
        service.wait_for("poll.done", source="fees", count=3)
        assert [number for _, number, _, _ in rows(tmp_path / "a.db", TEXTS)] == [1]

        config_of(tmp_path, site, receiver, '[".hits", ".box"]')
        service.wait_for("page.read_otherwise", source="fees")
        until(lambda: len(rows(tmp_path / "a.db", TEXTS)) == 2, what="the text without the box")
        asked = len(site.asked("/fees.html"))
        until(lambda: len(site.asked("/fees.html")) > asked + 1, what="two more polls")
        assert receiver.received == []

        fees(site, fee="ten thousand")
        service.wait_for("alert.delivered")
        assert service.stop() == 0
    texts = rows(tmp_path / "a.db", TEXTS)
    assert [quiet for *_, quiet in texts] == [1, 1, 0]
    assert prose("a box that stays", 4) in texts[0][2]
    assert texts[1][2] == f"{prose('fees')} The fee is nine hundred.\n{prose('end')}"
    assert texts[2][2] == f"{prose('fees')} The fee is ten thousand.\n{prose('end')}"
    (told,) = receiver.accepted()
    assert "ten thousand" in str(told.payload)


def test_the_text_of_an_article_is_its_part(tmp_path: Path, site: Site, receiver: Receiver) -> None:
    """A page that has none is read as usual, and the log says so."""
    fees(site, fee="nine hundred")
    for number, name in enumerate(("TRS_Editor", "other")):
        box = f"<div class='box'><p>{prose('another story', 30)}</p></div>"
        part = f"<div class='{name}'><p>{prose(name)}</p></div>"
        site.page(f"/n/{number}.html", f"<body><h1>News {number}</h1>{box}{part}</body>")
    site.page("/feed.xml", feed(site.url(""), [0, 1]), content_type="application/rss+xml")
    with Running(config_of(tmp_path, site, receiver, "[]")) as service:
        service.wait_for("poll.done", source="news")
        (missed,) = service.logged("page.text_missed")
        assert service.stop() == 0

    texts = {url.rsplit("/", 1)[1]: text for url, _, text, _ in rows(tmp_path / "a.db", TEXTS)}
    assert texts["0.html"] == prose("TRS_Editor")
    assert prose("another story", 30) in texts["1.html"]
    assert (missed["url"], missed["text"]) == (site.url("/n/1.html"), "div.TRS_Editor")
    assert missed["level"] == "warning"

"""presswatch sources import and export: OPML there and back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from presswatch.config.load import load
from tests.presswatch.desk import CONFIG, added

if TYPE_CHECKING:
    from tests.presswatch.desk import Desk

OPML = """<opml version="1.1"><body>
<outline text="Folder"><outline text="News *" type="rss" xmlUrl="https://a.example/feed"/></outline>
<outline text="again" xmlUrl="https://a.example/feed?utm_source=x"/>
<outline text="daily" xmlUrl="https://daily.example/feed.xml"/>
<outline text="CNIPA" xmlURL="https://b.example/${HOME}"/>
<outline text="odd" xmlUrl="feed://c.example/"/>
</body></opml>"""

MORE = """
[[source]]
name = "list"
url = "https://l.example/"
kind = "listing"
select = "ul > a[href]"
every = "2h"
headers = { Authorization = "Bearer hush" }
[[source]]
name = "rhythm"
url = "https://r.example/"
every_min = "5m"
every_max = "6h"
[[source]]
name = "mornings"
url = "https://m.example/"
cron = "0 8 * * mon-fri"
[[source]]
name = "secret"
url = "https://${TOKEN}.example/"
"""


def test_an_import_adds_what_is_new_and_reports_the_rest(desk: Desk) -> None:
    """A reader's list is large, and half of it is known: each line says what became of it."""
    result = desk.run("sources", "import", "-", stdin=OPML)

    assert result.exit_code == 1, "one of them is refused"
    assert result.stdout.splitlines() == [
        "added  News  https://a.example/feed",
        "known  https://a.example/feed?utm_source=x (News)",
        "known  https://daily.example/feed.xml (daily)",
        "added  CNIPA-2  https://b.example/${HOME}",
        "refused  feed://c.example/: url: must be a URL: http://… or https://…",
        "5 sources: 2 added, 2 known, 1 refused.",
    ]
    sources = load(desk.config, {"HOME": "no"}).sources
    assert [(one.name, one.url, one.kind) for one in sources[2:]] == [
        ("News", "https://a.example/feed", "feed"),
        ("CNIPA-2", "https://b.example/${HOME}", "feed"),
    ]
    added(desk, CONFIG)


def test_what_is_exported_can_be_imported(desk: Desk) -> None:
    """But for what the config takes from the environment, and without its secrets."""
    desk.config.write_text(CONFIG + MORE, "utf-8")
    out = desk.config.parent / "out.opml"

    result = desk.run("sources", "export", str(out))

    assert result.exit_code == 0, result.output
    assert "left out: secret" in result.stderr
    assert f"Wrote 5 sources to {out}." in result.stderr
    assert "Wrote" not in desk.run("sources", "export").stderr  # to standard output
    assert b"hush" not in out.read_bytes()
    desk.config.write_text("", "utf-8")
    assert desk.run("sources", "import", str(out)).exit_code == 0
    sources = load(desk.config, {}).sources
    assert [(one.name, one.kind, one.select) for one in sources] == [
        ("cnipa", "auto", ""),
        ("daily", "auto", ""),
        ("list", "listing", "ul > a[href]"),
        ("rhythm", "auto", ""),
        ("mornings", "auto", ""),
    ]
    assert (sources[3].every_min, sources[3].every) == (timedelta(minutes=5), timedelta(hours=6))
    assert sources[4].cron == "0 8 * * mon-fri"
    assert sources[2].every == timedelta(hours=2)


def test_an_import_of_something_else(desk: Desk) -> None:
    """A page that was saved in the place of a list is named as what it is."""
    result = desk.run("sources", "import", "-", stdin="<html/>")

    assert result.exit_code == 3
    assert "the root is <html>" in result.stderr

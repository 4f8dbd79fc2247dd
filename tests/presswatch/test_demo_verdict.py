"""What the demo makes of what arrived, and how it tells events: pure."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from presswatch.demo import folder, press, verdict
from presswatch.demo.errors import FolderNotOurs
from presswatch.demo.lines import Teller
from presswatch.demo.pages import Printer
from presswatch.demo.receiver import Arrival

if TYPE_CHECKING:
    from pathlib import Path

PRESS = press.load()
URLS = {name: f"http://127.0.0.1:1/{name}" for name in PRESS.articles}


def arrival(number: int, *, valid: bool = True) -> Arrival:
    expected = PRESS.alerts[number]
    url = URLS[expected.articles[-1]]
    return Arrival(id=f"msg_{number}", rule=expected.rule, title="…", url=url, valid=valid)


def all_arrivals() -> list[tuple[float, Arrival]]:
    return [(1.0, arrival(number)) for number in range(len(PRESS.alerts))]


def wrong(seen: verdict.Seen) -> list[verdict.Line]:
    lines = (*verdict.alerts(PRESS, URLS, seen), *verdict.outcomes(PRESS, URLS, seen))
    return [line for line in lines if not line.ok]


def complete() -> verdict.Seen:
    became = {(URLS[one.articles[0]], one.becomes) for one in PRESS.outcomes}
    return verdict.Seen(arrivals=all_arrivals(), became=became)


def test_complete() -> None:
    assert wrong(complete()) == []


@pytest.mark.parametrize("number", range(len(PRESS.alerts)))
def test_each_alert_counts(number: int) -> None:
    seen = complete()
    del seen.arrivals[number]
    (line,) = wrong(seen)
    assert (line.what, line.says) == (PRESS.alerts[number].rule, "did not arrive")


def test_twice_is_wrong_also_by_another_outlet_of_the_story() -> None:
    number = next(n for n, one in enumerate(PRESS.alerts) if len(one.articles) > 1)
    expected, seen = PRESS.alerts[number], complete()
    again = Arrival(
        id="msg_x", rule=expected.rule, title="…", url=URLS[expected.articles[0]], valid=True
    )
    seen.arrivals.append((2.0, again))
    (line,) = wrong(seen)
    assert line.says == "arrived 2 times"


def test_a_wrong_signature_is_wrong() -> None:
    seen = complete()
    seen.arrivals[0] = (1.0, arrival(0, valid=False))
    (line,) = wrong(seen)
    assert "signature" in line.says


def test_unexpected_alerts_faults_and_missing_outcomes_are_wrong() -> None:
    seen = complete()
    stray = Arrival(id="msg_y", rule="gansu", title="Wool", url="http://x/", valid=True)
    seen.arrivals.append((1.0, stray))
    seen.faults.append("loop.failed: KeyError")
    seen.became = {one for one in seen.became if one[1] != "copy"}
    assert {line.what for line in wrong(seen)} == {"gansu", "fault", "reprint"}


# ------------------------------------------------------------------ telling


def polled(**changes: object) -> dict[str, object]:
    counts = dict.fromkeys(("new", "revised", "copies", "same", "dropped", "failed"), 0)
    event = {"event": "poll.done", "source": "s", "outcome": "ok", "found": 3, "took_ms": 1234}
    return {**event, **counts, **changes}


def test_polls_that_found_nothing_are_told_once_a_source() -> None:
    teller = Teller()
    first = teller.line(polled(outcome="unchanged"))
    assert first is not None
    assert "304" in first.says
    assert teller.line(polled(outcome="unchanged")) is None
    assert teller.line(polled(source="other")) is not None
    news = teller.line(polled(new=2, copies=1))
    assert news is not None
    assert news.says == "3 listed: 2 new, 1 copy"


def test_a_fault_of_the_service_is_one_line_without_its_traceback() -> None:
    trace = "Traceback (most recent call last):\n  File …\nKeyError: 'x'"
    line = Teller().line({"event": "poll.broken", "level": "error", "exception": trace})
    assert line is not None
    assert line.says == "poll.broken: KeyError: 'x'"


def test_a_reason_is_told_without_the_url_that_stands_beside_it() -> None:
    url = "http://127.0.0.1:1/a/b.html"
    reason = f"No article could be read: {url}: too short"
    line = Teller().line({"event": "page.dropped", "source": "s", "url": url, "reason": reason})
    assert line is not None
    assert (line.says, line.aside) == ("/a/b.html", "too short")


# ------------------------------------------------------------------ the folder


def test_the_folder_of_the_last_demo_is_emptied_of_what_that_wrote(tmp_path: Path) -> None:
    place = tmp_path / "demo"
    folder.prepare(place)
    folder.write(place, PRESS.template("config.toml"), {}, folder.new_secret())
    (place / folder.ARCHIVE).write_text("old")
    (place / "notes.txt").write_text("mine")

    folder.prepare(place)

    assert not (place / folder.ARCHIVE).exists()
    assert (place / "notes.txt").read_text() == "mine"
    assert (place / folder.SECRET).exists() is False


@pytest.mark.parametrize("config", ["", "# my own config\n"])
def test_another_folder_is_refused(tmp_path: Path, config: str) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    if config:
        (tmp_path / "config.toml").write_text(config)
    with pytest.raises(FolderNotOurs, match="--folder"):
        folder.prepare(tmp_path)
    assert (tmp_path / "notes.txt").exists()


# ------------------------------------------------------------------ the press


def test_the_bytes_are_as_bad_as_the_press_promises() -> None:
    site = next(site for site in PRESS.sites if site.encoding != "utf-8")
    article = PRESS.articles[f"{site.name}/protection-centre"]
    printer = Printer(PRESS, site, "http://127.0.0.1:1", datetime(2026, 5, 20, tzinfo=UTC))
    page = printer.page(article, article.text)
    with pytest.raises(UnicodeDecodeError):
        page.decode("utf-8")
    assert b"charset=utf-8" in page
    assert article.text.title in page.decode("gbk")


def test_the_reprint_is_word_for_word_and_dated_otherwise() -> None:
    reprint = PRESS.articles["xibu-digest/reprint"]
    original = PRESS.articles[reprint.follows]
    assert reprint.text.paragraphs == original.text.paragraphs
    assert reprint.text.title != original.text.title
    assert reprint.age != original.age


def test_every_expectation_names_articles_and_rules_that_exist() -> None:
    rules = {rule["name"] for rule in tomllib.loads(PRESS.template("config.toml"))["rule"]}
    assert {alert.rule for alert in PRESS.alerts} == rules
    named = {name for alert in PRESS.alerts for name in alert.articles}
    named |= {name for outcome in PRESS.outcomes for name in outcome.articles}
    assert named == set(PRESS.articles), "something is expected of every article"

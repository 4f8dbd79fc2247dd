"""A source paused, resumed and removed from the page, with all else in config.toml untouched."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from presswatch.config import edit as configedit
from presswatch.config.records import WebOptions
from tests.web.visitor import Visitor
from tests.web.walker import Walker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.web.office import Office
    from tests.web.served import LentHands


@pytest.fixture
def walker(editor: Visitor) -> Walker:
    return Walker(editor)


def table(office: Office, name: str) -> dict[str, Any] | None:
    found = tomllib.loads(office.config.read_text("utf-8"))["source"]
    return next((one for one in found if one["name"] == name), None)


def test_a_source_is_paused_and_resumed(walker: Walker, own_office: Office) -> None:
    """What stood in the file beside it stands there afterwards."""
    before = own_office.config.read_text("utf-8")
    walker.go("/sources/longshang").send("Pause")
    assert "It is paused: not polled until it is resumed" in walker.text
    assert table(own_office, "longshang")["enabled"] is False  # type: ignore[index]
    assert "none while it is paused" in walker.text and "Poll now" not in walker.text

    walker.send("Resume")

    assert "It is polled again" in walker.text and "Poll now" in walker.text
    after = own_office.config.read_text("utf-8")
    assert after.replace("enabled = true\n", "") == before


def test_what_is_so_already_is_not_written(editor: Visitor, own_office: Office) -> None:
    """A second click, or a page that is old."""
    before = own_office.config.stat().st_mtime_ns

    answer = editor.post("/sources/longshang/resume")

    assert answer.headers["location"] == "/sources/longshang?done=resumed"
    assert own_office.config.stat().st_mtime_ns == before


def test_a_source_is_removed_after_it_was_said_what_stays(
    walker: Walker, own_office: Office
) -> None:
    walker.go("/sources/longshang").send("Remove …")
    assert "Remove longshang?" in walker.text
    assert "What it brought stays in the archive:" in walker.text
    assert "3 articles, their texts" in walker.text
    assert table(own_office, "longshang"), "asking is no doing"

    walker.send("Remove it")

    assert "longshang is out of config.toml and polled no more" in walker.text
    assert table(own_office, "longshang") is None
    walker.click("what it brought")
    assert "The config names it no more; what it brought stays." in walker.text
    assert "Pause" not in walker.text and len(walker.find("//article")) == 3


def test_who_thinks_again_pauses_it_or_keeps_it(walker: Walker, own_office: Office) -> None:
    walker.go("/remove?source=longshang").click("Keep it as it is")
    assert walker.place == "/sources/longshang"
    walker.go("/remove?source=longshang").send("Only pause it")
    assert table(own_office, "longshang")["enabled"] is False  # type: ignore[index]


def test_a_source_that_a_rule_names_is_not_removed(walker: Walker, own_office: Office) -> None:
    """The service would refuse the whole config: the page says which rule is in the way."""
    text = own_office.config.read_text("utf-8")
    own_office.config.write_text(f'{text}sources = ["longshang"]\n', "utf-8")

    walker.go("/remove?source=longshang").send("Remove it")

    assert walker.status == 409
    assert "Rule[4].sources[1]: no source matches 'longshang'" in walker.text
    assert table(own_office, "longshang")


def test_a_config_that_cannot_be_written_is_told(
    walker: Walker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(configedit, "set_value", no)
    walker.go("/sources/longshang").send("Pause")

    assert walker.status == 409
    assert "The file config.toml could not be written: Permission denied" in walker.text
    assert walker.click("Back to the source").status == 200


@pytest.mark.parametrize("act", ["pause", "resume", "remove"])
def test_a_source_that_is_none_is_said_to_be_so(editor: Visitor, act: str) -> None:
    assert editor.post(f"/sources/nobody/{act}").status_code == 404
    assert editor.get("/remove?source=nobody").status_code == 404


def test_a_name_that_looks_like_an_act_is_a_name(editor: Visitor, own_office: Office) -> None:
    """Names are the operator's: slashes, quotes and the words of our own addresses."""
    for name in ("new/pause", "a b/remove", 'it\'s "so" & so', "知识产权"):
        text = own_office.config.read_text("utf-8")
        block = f"\n[[source]]\nname = '''{name}'''\nurl = 'https://{len(text)}.example/'\n"
        own_office.config.write_text(text + block, "utf-8")
        walker = Walker(editor).go("/sources").click(name).send("Pause")
        assert "It is paused" in walker.text, name
        assert table(own_office, name)["enabled"] is False  # type: ignore[index]
        assert f"{name} is out of config.toml" in walker.send("Remove …").send("Remove it").text


ACTS = (
    "/add", "/add/x", "/opml", "/sources/longshang/pause", "/sources/longshang/resume",
    "/sources/longshang/remove",
)  # fmt: skip
ELSEWHERE = (
    {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
    {"origin": "null", "sec-fetch-site": ""},
    {"origin": "", "sec-fetch-site": ""},
)


@pytest.fixture
def untouched(own_office: Office, hands: LentHands) -> Iterator[None]:
    """Nothing was written and no site was asked in the end."""
    before = own_office.config.read_bytes()
    yield
    assert own_office.config.read_bytes() == before and hands.explored == []


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("act", ACTS)
def test_a_change_from_elsewhere_is_refused(editor: Visitor, act: str) -> None:
    """Somebody else's page makes the operator's browser send a form."""
    for headers in ELSEWHERE:
        answer = editor.post(act, {"url": "http://127.0.0.1:9/"}, headers=headers)
        assert answer.status_code == 403


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("act", ACTS)
def test_who_has_not_logged_in_changes_nothing(
    own_office: Office, hands: LentHands, act: str
) -> None:
    with Visitor(own_office, WebOptions(password="correct horse battery"), hands) as stranger:
        for answer in (stranger.post(act, {"url": "http://127.0.0.1:9/"}), stranger.get("/add")):
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/login")


@pytest.mark.parametrize("act", ACTS)
def test_a_page_that_only_reads_refuses_all_of_it(reader: Visitor, act: str) -> None:
    answer = reader.post(act, {"url": "https://a.example/"})

    assert answer.status_code == 409 and "only reads the archive" in answer.text


def test_a_page_that_only_reads_shows_none_of_it(reader: Visitor) -> None:
    for place in ("/add", "/add/x", "/remove?source=longshang", "/opml"):
        assert reader.get(place).status_code == 409, place
    for place in ("/", "/sources", "/sources/longshang"):
        shown = reader.page(place)
        assert not shown.xpath(
            "//form[@method='post'] | //form[@action='/add' or @action='/remove']"
        )
        assert not [link for link in reader.links(place) if link.startswith(("/add", "/opml"))]

"""OPML by upload and download: what a feed reader wrote is judged, bounded, and never believed."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from presswatch.adding.opml import read_opml
from presswatch.web import carrying
from tests.web.caller import Caller
from tests.web.office import SITES
from tests.web.served import FREE, LentHands, served
from tests.web.walker import Walker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.web.office import Office

OPML = """<opml version="1.1"><body>
<outline text="Folder"><outline text="News &lt;b&gt;" type="rss" xmlUrl="https://a.example/feed"/></outline>
<outline text="known" xmlUrl="https://www.longshang.example/news/"/>
<outline text="知识产权" xmlUrl="https://b.example/${HOME}"/>
<outline text="odd" xmlUrl="feed://c.example/"/>
</body></opml>"""
BOMB = b"""<!DOCTYPE opml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">
<!ENTITY file SYSTEM "file:///etc/passwd">]><opml><body>
<outline text="&b;&file;" xmlUrl="https://a.example/&file;"/></body></opml>"""


@pytest.fixture
def caller(own_office: Office) -> Iterator[Caller]:
    hands = LentHands(own_office.archive, tuple(SITES))
    with served(own_office, FREE, hands) as address, Caller(address) as caller:
        yield caller


def test_the_feeds_of_a_reader_become_sources(caller: Caller, own_office: Office) -> None:
    """All that are new at once, each with what became of it; the rest of the file stays."""
    before = own_office.config.read_text("utf-8")

    walker = Walker(caller).come("/opml", caller.upload(OPML.encode()))

    assert walker.status == 200
    assert "2 sources more" in walker.text and "1 was known" in walker.text
    rows = [" ".join(one.text_content().split()) for one in walker.find("//tbody/tr")]
    assert rows[0].startswith("– refused url: must be a URL")
    assert [one.split()[0] for one in rows[1:]] == ["News", "知识产权", "longshang"]
    added = tomllib.loads(own_office.config.read_text("utf-8"))["source"][-2:]
    assert [one["url"] for one in added] == ["https://a.example/feed", "https://b.example/$${HOME}"]
    after = own_office.config.read_text("utf-8")
    assert all(line in after.splitlines() for line in before.splitlines())
    assert walker.click("知识产权").status == 200


def test_the_same_file_again_adds_nothing(caller: Caller, own_office: Office) -> None:
    """A page that is loaded again sends its form again."""
    caller.upload(OPML.encode())
    before = own_office.config.read_bytes()

    answer = caller.upload(OPML.encode())

    assert "Nothing new" in answer.text and own_office.config.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Choose the file"),
        (b"<html/>", "the root is &lt;html&gt;"),
        (b"\x89PNG", "This is no list of sources in OPML"),
        (BOMB, "document type"),
        (BOMB.decode().encode("utf-16"), "document type"),
        (b"<opml>" + b"<outline xmlUrl='https://a.example/'/>" * 2001 + b"</opml>", "2,000"),
    ],
)
def test_what_is_no_list_is_refused_and_says_why(
    caller: Caller, own_office: Office, content: bytes, said: str
) -> None:
    before = own_office.config.read_bytes()

    answer = caller.upload(content)

    assert answer.status_code == 400 and said in answer.text
    assert "root:" not in answer.text, "no file of this machine is read out"
    assert own_office.config.read_bytes() == before


def test_a_file_too_large_is_refused_while_it_comes(caller: Caller) -> None:
    answer = caller.upload(b" " * (carrying.MOST_UPLOAD + 1))

    assert answer.status_code == 409 and "too large: more than 2.1 MB" in answer.text


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"file=x"),
        ("multipart/form-data", b"--x\r\n"),
        ("multipart/form-data; boundary=x", b"no boundary here"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n\r\n"),
        ("text/xml", OPML.encode()),
    ],
)
def test_what_is_no_form_is_refused(caller: Caller, kind: str, body: bytes) -> None:
    """Nothing but a sentence comes of it, whatever is sent."""
    answer = caller.post("/opml", content=body, headers={"Content-Type": kind})

    assert answer.status_code == 409 and "cannot be read" in answer.text


def test_several_files_are_not_read(caller: Caller) -> None:
    files = [("file", (f"{n}.opml", OPML.encode(), "text/xml")) for n in range(2)]

    assert caller.post("/opml", files=files).status_code == 409


def test_the_sources_go_out_as_they_came(caller: Caller, own_office: Office) -> None:
    """Into a feed reader or another presswatch, without what may be a secret."""
    text = own_office.config.read_text("utf-8")
    more = (
        '[[source]]\nname = "wire"\nurl = "https://wire.example/"\nevery = "2h"\n'
        'headers = { Authorization = "Bearer hush" }\n'
        '[[source]]\nname = "key"\nurl = "https://key.example/${TOKEN}"\n'
    )
    own_office.config.write_text(f"{text}\n{more}", "utf-8")

    answer = caller.get("/opml")

    assert answer.headers["content-disposition"] == 'attachment; filename="presswatch.opml"'
    found = {one.name: one for one in read_opml(answer.content)}
    assert found.keys() == {*SITES, "wire"}
    assert found["wire"].every == "2h" and b"hush" not in answer.content

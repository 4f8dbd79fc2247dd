"""A source added from the page, over real HTTP and without a script: looked at, chosen, written."""

from __future__ import annotations

import errno
import tomllib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from presswatch.adding import writing
from presswatch.config import edit as configedit
from presswatch.config.check import check
from presswatch.config.load import load
from presswatch.web.adding import barred
from tests.support.fetching import options
from tests.support.site import Site, hang
from tests.web.caller import Caller
from tests.web.office import SITES, Office
from tests.web.served import FREE, LentHands, served
from tests.web.town import TITLES, settle
from tests.web.walker import Walker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        settle(site)
        yield site


@contextmanager
def calling(office: Office, **fetch: Any) -> Iterator[tuple[Caller, LentHands]]:
    """Somebody at the page of a running service, which fetches by these options."""
    hands = LentHands(office.archive, tuple(SITES), fetch=options(**fetch))
    with served(office, FREE, hands) as address, Caller(address) as caller:
        yield caller, hands


@pytest.fixture
def caller(own_office: Office) -> Iterator[Caller]:
    with calling(own_office) as (caller, _):
        yield caller


@pytest.fixture
def walker(caller: Caller) -> Walker:
    return Walker(caller)


def looked(walker: Walker, url: str) -> Walker:
    """From the form to what was found, however long the look takes."""
    walker.go("/add").send("Look", url=url)
    for _ in range(30):
        if not walker.find("//*[@data-again]"):
            break
        walker.click("Look what has come")
    return walker


def sources_of(office: Office) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads(office.config.read_text("utf-8"))["source"]
    return found


def test_a_source_is_found_chosen_and_written(
    walker: Walker, site: Site, own_office: Office
) -> None:
    """The whole way by links and forms, from the list of sources to the page of the new one."""
    before = own_office.config.read_text("utf-8")
    assert walker.go("/sources").send("Add a source").place.startswith("/add")
    looked(walker, site.url("/"))
    assert [one.get("value") for one in walker.find("//input[@type='radio']")] == ["1", "2"]
    assert "7 links, 7 recent" in walker.text and TITLES[1] in walker.text
    assert "told to nobody" in walker.text and "within seconds" in walker.text

    walker.send("Add this source", which="2", name="town hall", every="2h")

    assert walker.place == "/sources/town%20hall?done=added" and walker.status == 200
    assert "Added." in walker.text and "archived and told to nobody" in walker.text
    written = {"name": "town hall", "url": site.url("/"), "kind": "listing", "every": "2h"}
    assert sources_of(own_office)[-1] == written
    after = own_office.config.read_text("utf-8")
    block = after.partition('\n[[source]]\nname = "town hall"')[2].partition("\n\n")[0]
    whole = f'\n[[source]]\nname = "town hall"{block}\n'
    assert after.replace(whole, "", 1) == before, "all else is as it was"


def test_what_is_not_said_is_as_of_the_command(
    walker: Walker, site: Site, own_office: Office
) -> None:
    """A name from the host that nobody has, and the interval that a source has by itself."""
    looked(walker, site.url("/"))
    assert walker.find("//input[@name='name']/@value") == ["127.0.0.1"]

    walker.send("Add this source", name="")

    written = {"name": "127.0.0.1", "url": site.url("/news.xml"), "kind": "feed"}
    assert sources_of(own_office)[-1] == written


def test_titles_from_outside_are_text(walker: Walker, site: Site) -> None:
    looked(walker, site.url("/"))

    assert "<script>alert(1)</script>" in walker.text
    assert [one for one in walker.find("//script") if not one.get("src")] == []


def test_nothing_is_taken_from_the_environment(
    walker: Walker, site: Site, own_office: Office
) -> None:
    """What somebody types is what it says: no variable of the service is read out by it."""
    looked(walker, site.url("/"))

    walker.send("Add this source", name="a ${HOME}")

    assert sources_of(own_office)[-1]["name"] == "a $${HOME}"
    assert load(own_office.config, {"HOME": "secret"}).sources[-1].name == "a ${HOME}"


def test_a_slow_site_holds_up_no_page(walker: Walker, site: Site, caller: Caller) -> None:
    """The look goes on behind the page, and other pages are there at once."""
    site.page("/slow/", "<html><body>a page without links</body></html>")
    site.behave("/slow/feed/", hang)

    walker.go("/add").send("Look", url=site.url("/slow/"))

    assert walker.status == 200 and "Looking at 127.0.0.1" in walker.text
    assert walker.find("//*[@data-again]//a/@href") == [walker.place]
    assert caller.get("/search?q=甘肃").status_code == 200
    assert walker.click("Look what has come").status == 200


def test_an_address_that_is_looked_at_is_not_looked_at_twice(
    own_office: Office, site: Site
) -> None:
    """A second click, or a second window, asks the site nothing more; a third site must wait."""
    for place in ("/a/", "/b/", "/c/"):
        site.behave(place, hang)
    with calling(own_office) as (caller, hands):
        first, again, second = (
            caller.post("/add", {"url": site.url(place)}).headers["location"]
            for place in ("/a/", "/a/", "/b/")
        )
        third = caller.post("/add", {"url": site.url("/c/")})

        assert first == again != second
        assert third.status_code == 400 and "try again in a minute" in third.text
        assert hands.explored == [site.url("/a/"), site.url("/b/")]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "Must be given"),
        ("ftp://files.example/", "must be a URL"),
        ("https://me:secret@a.example/", "no user name or password"),
        ("file:///etc/passwd", "must be a URL"),
        ("https://www.longshang.example/news/?utm_source=x", "polled already"),
    ],
)
def test_what_is_wrong_with_an_address_stands_at_its_field(
    own_office: Office, url: str, said: str
) -> None:
    with calling(own_office) as (caller, hands):
        walker = Walker(caller).come("/add", caller.post("/add", {"url": url}))

        assert walker.status == 400
        (field,) = walker.find("//input[@name='url']")
        (found,) = walker.find(f"//*[@id='{field.get('aria-describedby')}']")
        assert said.lower() in found.text_content().lower()
        assert (field.get("value") or "") == url and hands.explored == []


def test_a_page_without_articles_says_what_to_do(walker: Walker, site: Site) -> None:
    site.page("/about", "<html><body><p>We are a town hall.</p></body></html>")

    looked(walker, site.url("/about"))
    assert "Nothing there lists articles. Give the address of the page" in walker.text

    looked(walker, site.url("/none"))
    assert "HTTP 404" in walker.text and "Open the address in a browser" in walker.text


@pytest.mark.parametrize("way", ["straight", "by a redirect"])
def test_no_look_reaches_a_private_network(own_office: Office, site: Site, way: str) -> None:
    """The page is no probe: what the service may not fetch, nobody makes it fetch from here."""
    with Site("127.0.0.2") as secret:
        site.redirect("/out", secret.url("/"))
        asked = secret.url("/") if way == "straight" else site.url("/out")
        with calling(own_office, allow_networks=("127.0.0.1/32",)) as (caller, _):
            walker = looked(Walker(caller), asked)

            assert "127.0.0.2 is not a public address" in walker.text
            assert "Only public addresses" in walker.text
            assert secret.requests == []


def test_only_what_was_found_can_be_written(
    walker: Walker, caller: Caller, site: Site, own_office: Office
) -> None:
    """An address that no look has judged is not let in by a form that somebody made up."""
    before = own_office.config.read_bytes()
    looked(walker, site.url("/"))

    for which in ("0", "3", "-1", "http://127.0.0.1:9/"):
        answer = caller.post(walker.place, {"which": which, "url": "http://127.0.0.1:9/"})
        assert answer.status_code == 400, which
    lost = caller.post("/add/nobodysLook", {"which": "1", "name": "x"})

    assert lost.status_code == 400 and "nobody remembers what it found" in lost.text
    assert own_office.config.read_bytes() == before


def test_every_mistake_stands_at_its_field_and_nothing_typed_is_lost(
    walker: Walker, site: Site, own_office: Office
) -> None:
    before = own_office.config.read_bytes()
    looked(walker, site.url("/"))

    walker.send("Add this source", which="2", name="longshang", every="often")

    assert walker.status == 400
    said = {
        one: walker.find(f"//*[@id='{one}-wrong']")[0].text_content() for one in ("name", "every")
    }
    assert "'longshang' is the name of another source; choose" in said["name"]
    assert said["every"].startswith('Not a duration: "often"; write for example')
    assert walker.find("//input[@name='every']/@value") == ["often"]
    assert walker.find("//input[@type='radio'][@checked]/@value") == ["2"]
    assert own_office.config.read_bytes() == before
    walker.send("Add this source", name="town hall", every="1d")
    assert walker.place.startswith("/sources/town")


def test_a_source_is_not_added_twice(walker: Walker, site: Site, own_office: Office) -> None:
    """In two windows, or by the browser's button back: the second is told that it is there."""
    looked(walker, site.url("/"))
    place = walker.place
    walker.send("Add this source", name="one")
    walker.go(place)
    assert "Polled already, as one." in walker.text
    assert walker.find("//input[@type='radio'][@disabled]/@value") == ["1"]

    walker.send("Add this source", which="1", name="two")

    assert walker.status == 400 and "polls this address already" in walker.text
    assert [one["name"] for one in sources_of(own_office)][-2:] == ["quiet-gazette", "one"]


def test_a_config_that_cannot_be_written_is_told_with_what_to_put_into_it(
    walker: Walker, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where it is mounted read-only in a container."""
    looked(walker, site.url("/"))

    def no(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(writing, "add_tables", no)
    walker.send("Add this source", name="town hall")

    assert walker.status == 400
    assert "config.toml could not be written: Read-only file system" in walker.text
    assert f'[[source]] name = "town hall" url = "{site.url("/news.xml")}"' in walker.text


def test_a_config_that_somebody_changed_meanwhile_is_left_alone(
    walker: Walker, site: Site, own_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked(walker, site.url("/"))

    def slow(path: Path, *more: Any) -> Any:
        path.write_text(path.read_text("utf-8") + "\n# mine\n", "utf-8")
        return check(path, *more)

    monkeypatch.setattr(configedit, "check", slow)
    walker.send("Add this source", name="town hall")

    assert "somebody else changed it meanwhile" in walker.text and walker.status == 400
    assert own_office.config.read_text("utf-8").endswith("# mine\n")


def test_a_config_with_mistakes_is_named_before_anything_is_asked(
    own_office: Office, site: Site
) -> None:
    text = own_office.config.read_text("utf-8")
    with calling(own_office) as (caller, hands):
        own_office.config.write_text(text + '[[rule]]\nname = "x"\n', "utf-8")
        answer = caller.post("/add", {"url": site.url("/")})

        assert answer.status_code == 400 and "rule[5].query" in answer.text
        assert hands.explored == [] and site.requests == []


def test_a_config_that_is_broken_after_the_look_is_said_to_be(
    walker: Walker, site: Site, own_office: Office
) -> None:
    """What was found is still shown, and can be added once the file is mended."""
    sound = own_office.config.read_text("utf-8")
    looked(walker, site.url("/"))
    own_office.config.write_text(sound + '[[rule]]\nname = "x"\n', "utf-8")

    walker.send("Add this source", name="town hall")
    assert walker.status == 400 and "Rule[5].query" in walker.text
    assert TITLES[1] in walker.text and "polled already" not in walker.text

    own_office.config.write_text(sound, "utf-8")
    walker.go(walker.place).send("Add this source", name="town hall")
    assert walker.place.startswith("/sources/town")


OPEN = '[web]\nhosts = ["press.example.org"]\n'
PRIVATE = '[fetch]\nallow_networks = ["10.0.0.0/8"]\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (OPEN, "Give `[web]` a `password`"),
        (OPEN + PRIVATE, "Give `[web]` a `password`"),
        ('[web]\ntrusted_proxies = ["10.0.0.1"]\n', "Give `[web]` a `password`"),
        (OPEN + 'password = "correct horse"\n' + PRIVATE, ""),
        ("", ""),
        (PRIVATE, ""),
    ],
)
def test_a_page_that_is_open_to_others_adds_nothing(tmp_path: Path, text: str, said: str) -> None:
    """It would be a probe for strangers: by what it fetches, and by the names that it resolves."""
    path = tmp_path / "config.toml"
    path.write_text(text, "utf-8")

    reason = barred(load(path, {}))

    assert said in reason and bool(reason) is bool(said)


def test_it_is_refused_there_before_anything_is_asked(own_office: Office, site: Site) -> None:
    text = own_office.config.read_text("utf-8")
    own_office.config.write_text(text.replace("[web]", OPEN.strip()), "utf-8")
    with calling(own_office) as (caller, hands):
        answers = caller.post("/add", {"url": site.url("/")}), caller.upload(b"<opml/>")

        assert [one.status_code for one in answers] == [400, 400]
        assert all("without a password" in one.text for one in answers)
        assert hands.explored == []

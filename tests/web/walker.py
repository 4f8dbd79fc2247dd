"""Somebody who walks by links and forms alone, as a browser does that runs no script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode, urljoin, urlsplit

from lxml import html  # type: ignore[import-untyped]

if TYPE_CHECKING:
    import httpx


class Asks(Protocol):
    """Who fetches for a walker: `tests.web.visitor.Visitor`, or `tests.web.caller.Caller`."""

    def get(self, path: str) -> httpx.Response: ...

    def post(self, path: str, data: dict[str, str] | None = None) -> httpx.Response: ...


class Walker:
    """``walker.go("/").click("Search").send("Search", q="甘肃")``; keeps where it is."""

    def __init__(self, visitor: Asks) -> None:
        self._visitor = visitor
        self.place, self.status = "", 0
        self._page: Any = None

    @property
    def text(self) -> str:
        """What people read on the page, blanks made one."""
        return " ".join(self._page.text_content().split())

    def find(self, path: str) -> list[Any]:
        """By XPath."""
        found: list[Any] = self._page.xpath(path)
        return found

    def go(self, place: str) -> Walker:
        """Type an address."""
        return self.come(place, self._visitor.get(place))

    def click(self, said: str) -> Walker:
        """The first link with these words."""
        links = [link for link in self.find("//a[@href]") if said in _words(link)]
        assert links, f"{self.place} has no link {said!r}"
        return self.go(urljoin(self.place, links[0].get("href")))

    def send(self, button: str, **fields: str) -> Walker:
        """Fill in the form of the first button with these words, and press it."""
        forms = [
            form for form in self.find("//form")
            if any(button in _words(one) for one in form.xpath(".//button"))
        ]  # fmt: skip
        assert forms, f"{self.place} has no button {button!r}"
        values = {one.name: one.value for one in forms[0].inputs if one.name and not _is_off(one)}
        assert values.keys() >= fields.keys(), f"it asks for {sorted(values)}"
        values = {name: value or "" for name, value in (values | fields).items()}
        place = urljoin(self.place, forms[0].get("action"))
        if forms[0].method == "POST":
            return self.come(place, self._visitor.post(place, values))
        return self.go(f"{place}?{urlencode(values)}")

    def come(self, place: str, answer: httpx.Response) -> Walker:
        """Go on from an answer."""
        for _ in range(5):
            if answer.status_code not in {303, 308}:
                break
            place = urljoin(place, answer.headers["location"])
            answer = self._visitor.get(place)
        parts = urlsplit(place)
        self.place = f"{parts.path}?{parts.query}" if parts.query else parts.path
        self.status = answer.status_code
        self._page = html.fromstring(answer.text)
        return self


def _words(element: Any) -> str:
    return " ".join(element.text_content().split())


def _is_off(element: Any) -> bool:
    """Whether it is one of several, and another is chosen."""
    return element.get("type") == "radio" and not element.checked

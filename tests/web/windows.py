"""What a browser and axe-core say against a page that it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

SCHEMES = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])

_COMPLAINTS: dict[int, list[str]] = {}


def listened(page: Page) -> Page:
    """The window, which notes what the browser complains of."""
    page.on("console", lambda message: complaints(page).append(message.text))
    page.on("pageerror", lambda error: complaints(page).append(str(error)))
    return page


def complaints(page: Page) -> list[str]:
    """What the browser said against a page, but for the statuses that were meant."""
    return _COMPLAINTS.setdefault(id(page), [])


def faults(page: Page, place: str) -> list[Any]:
    """Of the page at a place, what `faults_here` finds."""
    page.goto(place)
    return faults_here(page)


def faults_here(page: Page) -> list[Any]:
    """What axe-core finds against WCAG 2.2 A and AA that is serious, and anything too wide."""
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]

    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    options = {"resultTypes": ["violations"], "runOnly": rules}
    response: dict[str, Any] = Axe().run(page, options=options).response
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [["too wide", wide] for _ in range(wide > 0)] + [
        [one["id"], [node["html"][:120] for node in one["nodes"][:3]]]
        for one in response["violations"]
        if one["impact"] in {"serious", "critical"}
    ]

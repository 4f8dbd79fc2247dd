"""The browser of the tests is the one that they think it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.browser import Screens


@pytest.mark.browser
def test_the_browser_reaches_nothing_but_this_machine(browser: Screens) -> None:
    """A page under test that asks the world for a font or a picture gets nothing."""
    from playwright.sync_api import Error

    page = browser.phone()
    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("http://news.example/")


@pytest.mark.browser
def test_a_phone_is_as_wide_as_a_phone(browser: Screens) -> None:
    """Without the viewport line a phone lays a page out 980 pixels wide, and so does this one."""
    page = browser.phone(dark=True)
    page.set_content('<meta name="viewport" content="width=device-width">字')

    assert page.evaluate("innerWidth") == 390
    assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")

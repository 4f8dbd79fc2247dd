"""A real browser, Debian's chromium, driven headless: what people see is looked at, not assumed.

Playwright's own loop runs while a browser is open: `asyncio.run` works before, not beside it; a
server that a page asks runs in a thread or a process. Chromium reaches loopback and nothing else.
Where there is no chromium the test is skipped and says "not measured".
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

ARGUMENTS = [
    "--no-sandbox",  # a container's root has no user namespaces for one
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


class Screens:
    """Windows of one browser: ``screens.phone().goto(url)``. A page is a Playwright `Page`."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    def phone(self, *, dark: bool = False) -> Page:
        """390 × 844 CSS pixels, touched and not clicked."""
        return self._page(390, 844, dark=dark, is_mobile=True, has_touch=True)

    def desktop(self, *, dark: bool = False) -> Page:
        """1280 × 900 CSS pixels."""
        return self._page(1280, 900, dark=dark, is_mobile=False, has_touch=False)

    def plain(self) -> BrowserContext:
        """A browser that runs no script."""
        return self._browser.new_context(java_script_enabled=False)

    def _page(self, width: int, height: int, *, dark: bool, **device: bool) -> Page:
        context = self._browser.new_context(
            viewport={"width": width, "height": height},
            device_scale_factor=2,
            color_scheme="dark" if dark else "light",
            **device,  # type: ignore[arg-type]  # two flags that it knows
        )
        page = context.new_page()
        page.set_default_timeout(10_000)
        return page


def installed() -> str | None:
    """The path of chromium: PRESSWATCH_CHROMIUM, or the first one on the PATH."""
    named = os.environ.get("PRESSWATCH_CHROMIUM")
    return named or shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture
def browser() -> Iterator[Screens]:
    """A browser with a fresh profile, for tests marked `browser`."""
    yield from launched()


def launched() -> Iterator[Screens]:
    """One browser; for a fixture of another scope, in a file whose tests run no loop."""
    path = installed()
    if path is None:
        pytest.skip("not measured: no chromium here; apt-get install chromium, as root")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, headless=True, args=ARGUMENTS)
        try:
            yield Screens(launched)
        finally:
            launched.close()

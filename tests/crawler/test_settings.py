from __future__ import annotations

import re
from typing import Any

import pytest
from scrapy.settings import Settings
from scrapy.utils.python import without_none_values

from crawler.settings import FetchOptions, scrapy_settings, user_agent
from tests.support.fetching import run, transport


def test_user_agent_names_us_and_the_contact() -> None:
    options = FetchOptions(contact="mailto:press@example.org")
    assert re.fullmatch(r"presswatch/\d\S* \(\+mailto:press@example\.org\)", user_agent(options))
    assert re.fullmatch(r"presswatch/\d\S*", user_agent(FetchOptions()))
    assert user_agent(FetchOptions(contact="x", user_agent="own/1")) == "own/1"


def test_a_contact_cannot_add_a_header() -> None:
    for options in (FetchOptions(contact="a\r\nX: 1"), FetchOptions(user_agent="a\r\nX: 1")):
        assert user_agent(options).isprintable()


@pytest.mark.parametrize("robots", [True, False])
def test_nothing_of_scrapys_is_on_by_default(robots: bool) -> None:
    settings = Settings(scrapy_settings(FetchOptions(robots=robots)))
    handlers = without_none_values(settings.getwithbase("DOWNLOAD_HANDLERS"))
    assert set(handlers) == {"http", "https"}
    middlewares = settings.get_component_priority_dict_with_base("DOWNLOADER_MIDDLEWARES")
    on = {str(name) for name, value in middlewares.items() if value is not None}
    assert not [name for name in on if "scrapy." in name]
    assert any("RobotsMiddleware" in name for name in on)  # whether it is obeyed may change
    extensions = settings.get_component_priority_dict_with_base("EXTENSIONS")
    assert not extensions


@pytest.mark.parametrize(
    "name", ["REMOTE_CONTROL_ENABLED", "TELNETCONSOLE_ENABLED", "COOKIES_ENABLED", "RETRY_ENABLED"]
)
def test_unsafe_parts_are_off(name: str) -> None:
    assert Settings(scrapy_settings(FetchOptions())).getbool(name) is False


def test_the_running_crawler_has_our_parts_alone() -> None:
    async def main() -> tuple[list[str], list[Any]]:
        async with transport() as opened:
            engine = opened.crawler.engine
            parts = [type(part).__name__ for part in engine.downloader.middleware.middlewares]
            return parts, list(opened.crawler.extensions.middlewares)

    parts, extensions = run(main())
    assert parts == ["RobotsMiddleware", "RedirectMiddleware"]
    assert extensions == []

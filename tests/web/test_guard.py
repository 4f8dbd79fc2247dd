"""presswatch.web.guard and headers: who may ask, and what no answer may leave out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

from archive import browse
from presswatch.config.records import WebOptions
from presswatch.web import serve
from presswatch.web.headers import POLICY
from tests.web.visitor import HERE, Visitor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.web.office import Office

PLACES = (
    "/", "/search?q=甘肃", "/story/10", "/article/9", "/article/9/raw", "/rules", "/sources",
    "/alerts", "/api/v1/articles", "/feed/rules/gansu", "/health/live", "/nowhere", "/login",
)  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_every_answer_allows_nothing_from_elsewhere(reader: Visitor, place: str) -> None:
    """No script but our own file, no frame, no guessing of types; on errors as well."""
    headers = reader.get(place).headers
    policy = headers["content-security-policy"]

    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy and "*" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "server" not in headers


@pytest.mark.parametrize("place", PLACES[:8])
def test_no_page_holds_a_script_or_a_style(reader: Visitor, place: str) -> None:
    """What the policy forbids would be a page that is broken."""
    answer = reader.get(place)
    if "text/html" in answer.headers["content-type"]:
        page = reader.page(place)
        assert not page.xpath("//style | //script[not(@src)] | //@style")
        assert not page.xpath("//@*[starts-with(name(), 'on')]")
        assert not page.xpath("//*[starts-with(@src, 'http') or @src = '//']")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "presswatch:8400"])
def test_a_foreign_name_is_refused(reader: Visitor, host: str) -> None:
    """DNS rebinding: a page elsewhere reaches us by its own name, with its own script."""
    answer = reader.ask("GET", "/", headers={"host": host or "["})

    assert answer.status_code == 421
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:8400", "127.0.0.1", "[::1]:8400", "desk.localhost", "a.example"],
)
def test_our_own_names_and_addresses_are_served(full_office: Office, host: str) -> None:
    with Visitor(full_office, WebOptions(hosts=("a.example",))) as visitor:
        assert visitor.get("/health/live", host=host).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
        {"origin": "https://evil.example", "sec-fetch-site": ""},
        {"origin": "null", "sec-fetch-site": ""},
        {"origin": HERE, "sec-fetch-site": "same-site"},
        {"origin": "http://127.0.0.1:9999", "sec-fetch-site": ""},
        {"origin": "", "sec-fetch-site": ""},
        {"origin": "", "sec-fetch-site": "none"},
    ],
)
def test_a_change_from_elsewhere_is_refused(editor: Visitor, headers: dict[str, str]) -> None:
    """A page elsewhere makes the operator's browser send a form: nothing may come of it."""
    answer = editor.post("/alerts/retry", headers=headers)

    assert answer.status_code == 403
    assert "Given up" in editor.text("/alerts")


@pytest.mark.parametrize("headers", [{"sec-fetch-site": ""}, {"origin": ""}, {}])
def test_a_change_from_our_own_page_is_made(editor: Visitor, headers: dict[str, str]) -> None:
    assert editor.post("/alerts/retry", headers=headers).status_code == 303
    assert "Given up 0" in editor.text("/alerts")


def test_other_methods_are_refused(reader: Visitor) -> None:
    for method in ("PUT", "DELETE", "TRACE", "OPTIONS"):
        assert reader.ask(method, "/").status_code == 405


def test_a_form_too_large_is_refused(editor: Visitor) -> None:
    """Nobody fills the memory of the service with a form."""
    answer = editor.post("/rules", {"q": "a" * 70_000})

    assert answer.status_code == 409
    assert "too large" in answer.text


def test_a_page_that_only_reads_changes_nothing(reader: Visitor) -> None:
    """`presswatch web` has no hands, whatever is sent to it."""
    for place in ("/alerts/retry", "/rules", "/sources/longshang/poll"):
        answer = reader.post(place, {"q": "甘肃"})
        assert answer.status_code == 409 and "only reads" in answer.text
    assert not reader.page("/alerts").xpath("//form[@method='post']")


def test_a_form_that_never_ends_is_refused(
    editor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who sends it byte by byte would hold a connection for ever; there are two hundred."""
    monkeypatch.setattr(serve, "BODY_TIME", 0.05)

    async def drops() -> AsyncIterator[bytes]:
        yield b"what="
        await asyncio.Event().wait()

    own = {"origin": HERE, "sec-fetch-site": "same-origin"}
    answer = editor.ask("POST", "/mute", content=drops(), headers=own)

    assert answer.status_code == 409 and "took too long" in answer.text


@pytest.mark.parametrize("place", ["/", "/api/v1/stories"])
def test_a_mistake_of_ours_tells_nothing_and_keeps_the_policy(
    reader: Visitor, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """No traceback for whoever asks, for people or for programs; the log gets it."""
    monkeypatch.setattr(browse, "newest_stories", lambda *_, **__: 1 / 0)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(reader.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
            return await client.get(place)

    answer = asyncio.run(ask())

    assert answer.status_code == 500
    assert "mistake in presswatch" in answer.text and "ZeroDivision" not in answer.text
    assert answer.headers["content-security-policy"] == POLICY

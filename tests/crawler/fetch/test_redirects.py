from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy import Request
from scrapy.http import Response

from crawler.errors import BadStatus, Forbidden
from crawler.fetch.redirects import RedirectMiddleware
from tests.support.fetching import run, transport
from tests.support.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator

URL = "https://news.example/a/b?c=d"


def follow(
    location: str | bytes, *, url: str = URL, status: int = 302, most: int = 5, **meta: Any
) -> Request | Response:
    request = Request(url, meta=meta, headers={"X-Key": "k", "If-None-Match": '"v"'})
    response = Response(url, status=status, headers={"Location": location})
    return RedirectMiddleware(most).process_response(request, response)


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/x", "https://news.example/x"),
        ("x", "https://news.example/a/x"),
        ("?e=f", "https://news.example/a/b?e=f"),
        ("//other.example/x", "https://other.example/x"),
        ("http://other.example:81/x#part", "http://other.example:81/x"),
        (" /blank ", "https://news.example/blank"),
        ("/a b", "https://news.example/a%20b"),
        ("/知识".encode(), "https://news.example/%E7%9F%A5%E8%AF%86"),
        ("/知识".encode("gbk"), "https://news.example/%D6%AA%CA%B6"),
        ("/%D6%AA?x=%2F", "https://news.example/%D6%AA?x=%2F"),
    ],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_where_a_redirect_leads(location: str | bytes, target: str, status: int) -> None:
    found = follow(location, status=status)
    assert isinstance(found, Request)
    assert found.url == target


@pytest.mark.parametrize("status", [200, 300, 304, 404])
def test_other_answers_are_not_redirects(status: int) -> None:
    found = follow("/x", status=status)
    assert isinstance(found, Response)
    assert found.status == status


def test_a_redirect_without_a_target_is_an_answer() -> None:
    assert isinstance(follow(""), Response)


@pytest.mark.parametrize(
    "location",
    ["ftp://x.example/", "file:///etc/passwd", "data:,x", "javascript:alert(1)", "http://:80/"],
)
def test_only_to_the_web(location: str | bytes) -> None:
    with pytest.raises(Forbidden, match=r"not http\(s\)"):
        follow(location)


@given(st.binary(max_size=60))
def test_no_location_breaks_it(location: str | bytes) -> None:
    try:
        found = follow(location)
    except (Forbidden, BadStatus):
        return
    assert isinstance(found, Request | Response)


def test_circles_and_long_chains_end() -> None:
    with pytest.raises(BadStatus, match="in a circle"):
        follow(URL)
    with pytest.raises(BadStatus, match="in a circle"):
        follow("/x", redirect_urls=("https://news.example/x",))
    done = tuple(f"https://news.example/{n}" for n in range(4))
    assert isinstance(follow("/x", redirect_urls=done), Request)
    with pytest.raises(BadStatus, match="more than 5 redirects"):
        follow("/x", redirect_urls=(*done, "https://news.example/4"))


def test_the_circle_of_a_site_that_wants_a_cookie() -> None:
    with Site() as site:
        site.redirect("/a", "/b")
        site.redirect("/b", "/a")

        async def main() -> None:
            async with transport(robots=False) as opened:
                await opened.fetch(Request(site.url("/a")))

        with pytest.raises(BadStatus, match="in a circle") as caught:
            run(main())
        assert caught.value.which == site.url("/a")
        assert len(site.requests) == 2


def test_the_last_url_is_kept_and_at_most_five_are_followed() -> None:
    with Site() as site:
        for n in range(7):
            site.redirect(f"/{n}", f"/{n + 1}")
        site.page("/7", "there")

        async def main(path: str) -> Response:
            async with transport(robots=False) as opened:
                return await opened.fetch(Request(site.url(path)))

        response = run(main("/2"))
        assert (response.url, response.body) == (site.url("/7"), b"there")
        assert response.meta["redirect_urls"] == tuple(site.url(f"/{n}") for n in range(2, 7))
        with pytest.raises(BadStatus, match="more than 5"):
            run(main("/1"))


# ------------------------------------------------------------------ the source's headers


def headers_at(first: Site, second: Site, start: str, **meta: Any) -> list[set[str]]:
    """What the two sites were sent when `start` was fetched with the source's headers."""

    async def main() -> None:
        headers = {"X-Key": "k", "Authorization": "a", "Cookie": "c", "If-None-Match": '"v"'}
        async with transport(robots=False) as opened:
            await opened.fetch(Request(start, headers=headers, meta=meta))

    run(main())
    keys = ("x-key", "authorization", "cookie", "if-none-match")
    return [
        {key for key in keys for request in site.requests if key in request.headers}
        for site in (first, second)
    ]


@pytest.fixture
def two() -> Iterator[tuple[Site, Site]]:
    with Site() as first, Site() as second:
        first.redirect("/near", "/here")
        first.page("/here", "here")
        first.redirect("/far", second.url("/there"))
        second.page("/there", "there")
        second.redirect("/back", first.url("/here"))
        yield first, second


EVERY = {"x-key", "authorization", "cookie", "if-none-match"}
HARMLESS = {"if-none-match"}


def test_headers_stay_on_the_same_origin(two: tuple[Site, Site]) -> None:
    assert headers_at(*two, two[0].url("/near"))[0] == EVERY


def test_headers_do_not_go_to_another_origin(two: tuple[Site, Site]) -> None:
    assert headers_at(*two, two[0].url("/far")) == [EVERY, HARMLESS]


def test_headers_meant_for_another_origin_do_not_leave_at_all(two: tuple[Site, Site]) -> None:
    home = f"http://{two[1].host}:{two[1].port}"
    found = headers_at(*two, two[0].url("/far"), source_headers_origin=home)
    assert found == [HARMLESS, HARMLESS]


def test_headers_do_not_return_by_a_way_round(two: tuple[Site, Site]) -> None:
    home = f"http://{two[0].host}:{two[0].port}"
    found = headers_at(*two, two[1].url("/back"), source_headers_origin=home)
    assert found == [HARMLESS, HARMLESS]

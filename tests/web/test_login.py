"""presswatch.web.login and signin: where there is a password, nobody comes in without."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from presswatch.config.records import WebOptions
from presswatch.web.guard import PLAIN_METHODS
from presswatch.web.login import TRIES, WINDOW, Keeper
from presswatch.web.signin import inside
from tests.web.visitor import HERE, Visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.web.office import Office

PASSWORD, TOKEN = "correct horse battery", "0123456789abcdef0123456789"
GUARDED = WebOptions(host="0.0.0.0", password=PASSWORD, token=TOKEN)


@pytest.fixture
def stranger(full_office: Office) -> Iterator[Visitor]:
    with Visitor(full_office, GUARDED) as visitor:
        yield visitor


def basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"reader:{password}".encode()).decode()


def test_every_page_asks_for_the_password(stranger: Visitor) -> None:
    """Not one route may be forgotten; the signs of life and the style are the exceptions."""
    opened = []
    for route in stranger.app.routes:
        place = route.path.replace("{name}", "x").replace("{digest}", "x")  # type: ignore[attr-defined]
        place = place.replace(":number}", "}").replace(":path}", "}")
        for word in ("article", "story", "rule", "alert"):
            place = place.replace(f"{{{word}}}", "1")
        answer = stranger.get(place)
        if not (answer.status_code in {303, 401} and "/login" in answer.headers.get(
            "location", "/login")):  # fmt: skip
            opened.append(route.path)  # type: ignore[attr-defined]

    assert sorted(opened) == ["/health/live", "/health/ready", "/login", "/static/{digest}/{name}"]


def test_the_password_lets_in_and_leads_back(stranger: Visitor) -> None:
    asked = stranger.get("/search?q=甘肃")
    assert asked.headers["location"].startswith("/login?next=/search%3Fq%3D")

    answer = stranger.post("/login", {"password": PASSWORD, "next": "/rules"})

    assert answer.headers["location"] == "/rules"
    kept = answer.headers["set-cookie"].lower()
    assert "httponly" in kept and "samesite=strict" in kept
    assert stranger.get("/rules").status_code == 200
    stranger.post("/logout")
    assert stranger.get("/rules").status_code == 303


def test_the_cookie_is_for_https_alone_where_we_are_asked_by_it(stranger: Visitor) -> None:
    answer = stranger.ask(
        "POST", "https://127.0.0.1:8400/login", data={"password": PASSWORD},
        headers={"origin": "https://127.0.0.1:8400"},
    )  # fmt: skip

    assert "secure" in answer.headers["set-cookie"].lower()


def test_wrong_passwords_cost_time(stranger: Visitor) -> None:
    """Guessing is slow, and the right one does not help while one waits."""
    for _ in range(TRIES):
        assert stranger.post("/login", {"password": "wrong"}).status_code == 401
    answer = stranger.post("/login", {"password": PASSWORD})

    assert answer.status_code == 429 and int(answer.headers["retry-after"]) > 60
    stranger.address = "192.0.2.8"
    assert stranger.post("/login", {"password": PASSWORD}).status_code == 303


def test_the_wait_ends() -> None:
    now = [0.0]
    keeper = Keeper(GUARDED, lambda: now[0])
    for _ in range(TRIES):
        keeper.is_password("wrong", "a")
    assert keeper.wait("a") and not keeper.wait("b")

    now[0] += WINDOW.total_seconds() + 1

    assert not keeper.wait("a")
    assert keeper.is_password(PASSWORD, "a")


def test_a_login_outlives_a_restart_and_not_a_new_password() -> None:
    """Whoever changes the password has thrown everybody out."""
    cookie = Keeper(GUARDED).cookie()

    assert Keeper(GUARDED).is_login(cookie)
    assert not Keeper(WebOptions(password="another password")).is_login(cookie)
    assert not Keeper(WebOptions()).is_login(cookie)
    assert not Keeper(GUARDED).is_login(cookie[:-2] + "xx")


@pytest.mark.parametrize("value", [f"Bearer {TOKEN}", f"bearer {TOKEN}", basic(TOKEN)])
def test_programs_bring_the_token(stranger: Visitor, value: str) -> None:
    assert stranger.get("/api/v1/articles", authorization=value).status_code == 200
    assert stranger.get("/metrics", authorization=value).status_code == 200


@pytest.mark.parametrize(
    "value", ["Bearer x", f"Bearer {PASSWORD}", basic(PASSWORD), "Basic !", "Digest x", "Bearer é"]
)
def test_a_wrong_token_is_refused_with_what_to_send(stranger: Visitor, value: str) -> None:
    answer = stranger.ask(
        "GET", "/api/v1/articles", headers={"authorization": value.encode("utf-8")}
    )

    assert answer.status_code == 401
    assert "Bearer" in answer.headers["www-authenticate"]


@pytest.mark.parametrize(
    "place",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", "", "/\n"],
)
def test_the_login_leads_nowhere_else(place: str) -> None:
    """A link to our login must not end on another's page."""
    assert inside(place) == "/"


def test_somebody_logged_in_may_follow_a_link_from_a_mail(stranger: Visitor) -> None:
    """A strict cookie is not sent from elsewhere: our own page asks once more."""
    answer = stranger.get("/story/10", sec_fetch_site="cross-site", sec_fetch_mode="navigate")

    assert answer.status_code == 200
    assert 'content="0; url=/story/10"' in answer.text
    assert "兰州" not in answer.text


def test_only_these_methods_read() -> None:
    assert {"GET", "HEAD"} == PLAIN_METHODS


@pytest.mark.parametrize("path", ["//evil.example/x", "/%2Fevil.example/x", "///evil.example"])
def test_who_is_asked_once_more_is_asked_for_a_page_of_ours(stranger: Visitor, path: str) -> None:
    """A link to us in a mail led on to wherever its writer wanted, by itself."""
    answer = stranger.get(HERE + path, sec_fetch_site="cross-site", sec_fetch_mode="navigate")

    assert 'content="0; url=/"' in answer.text
    assert "evil" not in answer.text

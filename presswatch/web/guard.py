"""Who may ask at all: by which name, from which page, as whom. Before any route.

name     a name that is not ours is refused: a page elsewhere that points its own name at this
machine (DNS rebinding) asks by that name. Addresses are no such names.
origin   a change must come from a page of ours: `Sec-Fetch-Site`, else `Origin`. Who sends
neither is no browser and must bring the token.
login    where there is a password or a token: one of them, but for the login itself, the
signs of life and our own style.
"""

from __future__ import annotations

import ipaddress
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse

from presswatch.web.login import COOKIE
from presswatch.web.render import render
from presswatch.web.signin import inside

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from presswatch.config.records import WebOptions
    from presswatch.web.login import Keeper

PLAIN_METHODS: Final = frozenset({"GET", "HEAD"})
_METHODS: Final = PLAIN_METHODS | {"POST"}
_OPEN: Final = ("/login", "/static/", "/health/")
_PROGRAMS: Final = ("/api/", "/metrics", "/feed/")


class Guard:
    """Lets a request through, or answers it."""

    def __init__(self, app: ASGIApp, *, options: WebOptions, keeper: Keeper) -> None:
        self._app = app
        self._names = {"localhost", options.host.lower(), *options.hosts}
        self._keeper = keeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            refusal = self._refuse(Request(scope))
            if refusal is not None:
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _refuse(self, request: Request) -> Response | None:
        if not self._is_ours(request.headers.get("host", "")):
            said = "This page is not served under that name; [web] hosts lists those that it has."
            return PlainTextResponse(f"{said}\n", 421)
        if request.method not in _METHODS:
            return PlainTextResponse("Not so.\n", 405, {"Allow": ", ".join(sorted(_METHODS))})
        bearer = self._keeper.is_bearer(request.headers.get("authorization", ""))
        if request.method not in PLAIN_METHODS and not (bearer or is_same_origin(request)):
            return PlainTextResponse("A change must come from a page of presswatch itself.\n", 403)
        known = bearer or self._keeper.is_login(_cookie(request))
        request.state.known = known
        if known or not self._keeper.guarded or request.url.path.startswith(_OPEN):
            return None
        return self._ask(request)

    def _is_ours(self, host: str) -> bool:
        name = _name(host)
        return name in self._names or name.endswith(".localhost") or _is_address(name)

    def _ask(self, request: Request) -> Response:
        """Ask a browser for the password, a program for the token."""
        path = request.url.path
        if path.startswith(_PROGRAMS) or not self._keeper.has_password:
            headers = {"WWW-Authenticate": 'Basic realm="presswatch", Bearer'}
            said = {"error": "say who you are: Authorization: Bearer and the token of [web]"}
            return JSONResponse(said, 401, headers)
        back = inside(path + (f"?{request.url.query}" if request.url.query else ""))
        if request.headers.get("sec-fetch-site") == "cross-site":
            # A link in a mail: the browser keeps a strict cookie back, and sends it when a page
            # of ours asks for the same again.
            return HTMLResponse(render("again.html", {"back": back}))
        there = (
            f"/login?next={quote(back, safe='/')}" if request.method in PLAIN_METHODS else "/login"
        )
        return RedirectResponse(there, 303)


def is_same_origin(request: Request) -> bool:
    """Whether a browser says that the request comes from a page of ours."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None and site != "same-origin":
        return False
    if origin is not None:
        # The scheme is left out: behind a proxy that ends TLS we may not know it.
        return origin.partition("://")[2].lower() == request.headers.get("host", "").lower()
    return site is not None


def _name(host: str) -> str:
    """The host of a Host header, without its port; "" for what is none."""
    try:
        return (urlsplit(f"//{host}").hostname or "").removesuffix(".")
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _cookie(request: Request) -> str:
    """Our cookie. Starlette's own reading takes what RFC 6265 does not allow."""
    try:
        found = SimpleCookie(request.headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""

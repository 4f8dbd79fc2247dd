"""The login page. A wrong password costs time; a right one leads back to where one wanted to go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, RedirectResponse

from presswatch.web.login import COOKIE, LASTS
from presswatch.web.render import render
from presswatch.web.serve import form

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from presswatch.web.login import Keeper


async def login(request: Request) -> Response:
    """The form, and what it sends."""
    keeper: Keeper = request.app.state.keeper
    values = await form(request) if request.method == "POST" else dict(request.query_params)
    back = inside(values.get("next", ""))
    if not keeper.has_password:
        return RedirectResponse("/", 303)
    if request.method != "POST":
        return _form(back)
    address = request.client.host if request.client else ""
    if wait := keeper.wait(address):
        said = f"Too many wrong passwords. Try again in {-(-wait // 60)} minutes."
        return _form(back, said, 429, {"Retry-After": str(wait)})
    if not keeper.is_password(values.get("password", ""), address):
        return _form(back, "That is not the password.", 401)
    answer = RedirectResponse(back, 303)
    answer.set_cookie(
        COOKIE, keeper.cookie(), max_age=int(LASTS.total_seconds()), httponly=True,
        samesite="strict", secure=request.url.scheme == "https",
    )  # fmt: skip
    return answer


async def logout(_: Request) -> Response:
    """Forget the login of this browser."""
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer


def inside(place: str) -> str:
    """A place of ours to go on to; anything that could lead elsewhere becomes the first page."""
    fine = place.startswith("/") and not place.startswith(("//", "/\\")) and place.isprintable()
    return place if fine else "/"


def _form(
    back: str, said: str = "", status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    page = render("login.html", {"back": back, "said": said})
    return HTMLResponse(page, status, headers)

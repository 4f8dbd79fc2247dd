"""Somebody who asks the application for pages, without a socket in between."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
from lxml import html  # type: ignore[import-untyped]

from presswatch.config.records import WebOptions
from presswatch.process.meters import Meters
from presswatch.web.app import make_app
from presswatch.web.book import Books
from presswatch.web.desk import Desk
from presswatch.web.readers import Readers
from presswatch.web.standings import Standings
from presswatch.web.trying import Trials

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from presswatch.web.desk import Hands
    from tests.web.office import Office

HERE = "http://127.0.0.1:8400"


class Visitor:
    """``with Visitor(office) as visitor: visitor.get("/")``; keeps cookies, follows nothing."""

    def __init__(
        self, office: Office, options: WebOptions | None = None, hands: Hands | None = None
    ) -> None:
        self._readers, self._trials = Readers(office.archive), Trials(office.archive)
        desk = Desk(
            config=office.config, environ={}, books=Books(office.config, {}),
            readers=self._readers, trials=self._trials, hands=hands, meters=Meters(),
            standings=Standings(timedelta(0)),
        )  # fmt: skip
        self.app = make_app(desk, options or WebOptions())
        self.cookies = httpx.Cookies()
        self.address = "192.0.2.7"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._trials.close()
        asyncio.run(self._readers.close())

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.ask("GET", path, headers=headers)

    def post(
        self, path: str, data: dict[str, str] | None = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """A form of our own page, as a browser sends it, unless `headers` say otherwise."""
        own = {"origin": HERE, "sec-fetch-site": "same-origin"}
        return self.ask("POST", path, data=data or {}, headers=own | (headers or {}))

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = more.pop("headers", {})
        sent = {name.replace("_", "-"): value for name, value in headers.items() if value}

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, client=(self.address, 1))
            async with httpx.AsyncClient(
                transport=transport, base_url=HERE, cookies=self.cookies
            ) as client:
                answer = await client.request(method, path, headers=sent, **more)
                self.cookies = client.cookies
                return answer

        return asyncio.run(send())

    def page(self, path: str) -> Any:
        """A page that must be there, read as HTML."""
        answer = self.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:300]}"
        return html.fromstring(answer.text)

    def text(self, path: str) -> str:
        """What people read on a page, blanks made one."""
        return " ".join(self.page(path).text_content().split())

    def links(self, path: str) -> list[str]:
        """Where a page leads on this server."""
        return [str(link) for link in self.page(path).xpath("//@href") if str(link).startswith("/")]

"""Somebody who asks a served page over its socket, as a browser without a script does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self


class Caller:
    """``with Caller(address) as caller: Walker(caller).go("/add")``; follows nothing by itself."""

    def __init__(self, address: str) -> None:
        own = {"Origin": address, "Sec-Fetch-Site": "same-origin"}
        self._client = httpx.Client(base_url=address, headers=own, timeout=20, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def get(self, path: str) -> httpx.Response:
        return self._client.get(path)

    def post(self, path: str, data: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        """A form of our own page, unless `headers` say otherwise."""
        return self._client.post(path, data=data, **more)

    def upload(self, content: bytes, name: str = "feeds.opml") -> httpx.Response:
        """The form that takes a feed reader's list."""
        return self._client.post("/opml", files={"file": (name, content, "text/xml")})

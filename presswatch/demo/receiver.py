"""Somebody's webhook endpoint, as docs/payload.md tells people to write one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from presswatch.demo.sites import HOST, listen

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """An alert that arrived."""

    id: str
    rule: str
    title: str
    url: str
    valid: bool  # its signature


class Receiver:
    """``async with Receiver(secret, tell) as receiver``; `tell` is called for every request."""

    def __init__(self, secret: str, tell: Callable[[Arrival], None]) -> None:
        self._webhook = Webhook(secret)
        self._tell = tell

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/alerts", self._receive)
        self._runner, port = await listen(app)
        self.url = f"http://{HOST}:{port}/alerts"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            self._webhook.verify(body, headers, json_parse=False)
        except WebhookVerificationError:
            valid = False
        else:
            valid = True
        try:
            self._tell(_arrival(headers.get("webhook-id", ""), body, valid=valid))
        except (ValueError, KeyError, TypeError):
            return web.Response(status=400, text="not an alert of presswatch")
        return web.Response(status=204 if valid else 401)


def _arrival(alert: str, body: bytes, *, valid: bool) -> Arrival:
    """Raises ValueError, KeyError or TypeError for what is no alert."""
    payload = json.loads(body)
    article = payload["article"]
    return Arrival(
        id=alert, rule=payload["rule"]["name"], title=article["title"], url=article["url"],
        valid=valid,
    )  # fmt: skip

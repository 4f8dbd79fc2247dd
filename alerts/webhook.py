"""Deliver by HTTP, signed as Standard Webhooks describes (https://www.standardwebhooks.com).

    headers: webhook-id (the alert's id, the same on every try), webhook-timestamp (fresh on every
             try), webhook-signature (one for each secret, so that a secret can be replaced)
    body:    the frozen payload, byte for byte

What an answer means:

    2xx           delivered, whatever becomes of the body; with `success` only where the body is
                  JSON that says so, for there are receivers that refuse with status 200
    410           the receiver wants no more: the channel is disabled
    429, 503      later; `Retry-After` holds for the whole channel
    3xx           later; a signed alert is sent where the operator said and nowhere else
    400, 413, …   refused for what it is (`alerts.retry.failed_as`): later, and no fault of the
                  receiver
    other         later, client errors too: a receiver that is being deployed or has lost its route
                  answers 404 or 401 for a while, and an alert is dearer than a dozen requests
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
from standardwebhooks import Webhook

from alerts import payload, unreached
from alerts.channel import NOBODY, Outcome, Result
from alerts.errors import ChannelUnusable
from alerts.plain import one_line
from alerts.retry import failed_as, read_retry_after

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from alerts.channel import WebhookChannel

TIMEOUT = 15.0  # seconds for a whole try, connecting and answering included
ANSWER = 2048  # bytes of an answer that are kept
READ = 65_536  # bytes of an answer that are read where it must say success
_ANSWER_TIME = 2.0  # seconds for the body of an answer whose status is known already
_LEAST = 6  # characters of a path that may be a secret; a shorter one stands in any text
_HIDDEN = "[its path]"
_KEY_SIZES = range(24, 65)  # bytes, as the specification has them


class WebhookSender:
    """One receiver and the one connection to it. Raises ChannelUnusable for a bad secret or URL."""

    def __init__(self, channel: WebhookChannel, *, timeout: float = TIMEOUT) -> None:
        if not channel.secrets:
            raise ChannelUnusable(channel.name, cause="a webhook needs a secret to sign with")
        try:
            self._url = httpx.URL(channel.url)
            self._signers = [Webhook(key(secret)) for secret in channel.secrets]
        except (httpx.InvalidURL, ValueError) as error:
            raise ChannelUnusable(channel.name, cause=str(error)) from None
        self._success = channel.success
        self._timeout = timeout
        self._open: httpx.AsyncClient | None = None

    @property
    def _client(self) -> httpx.AsyncClient:
        if self._open is None:
            self._open = httpx.AsyncClient(
                timeout=self._timeout,
                trust_env=False,
                follow_redirects=False,
                limits=httpx.Limits(max_connections=1, max_keepalive_connections=1),
                headers={"user-agent": "presswatch", "accept-encoding": "identity"},
            )
        return self._open

    async def send(
        self,
        alert: str,
        body: str,
        now: datetime,
        settled: Mapping[str, str] = NOBODY,  # noqa: ARG002  # there is one receiver
    ) -> Result:
        """One signed request; every failure is a `Result` with its reason."""
        headers = sign(self._signers, alert, body, now)
        try:
            async with (
                asyncio.timeout(self._timeout) as limit,
                self._client.stream(
                    "POST", self._url, content=body.encode(), headers=headers
                ) as response,
            ):
                limit.reschedule(None)  # the status decides; the body has a limit of its own
                body_back = await _read(response, READ if self._success else ANSWER)
        except (TimeoutError, httpx.TimeoutException):
            return _later(f"no answer within {self._timeout:g} s")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return _later(f"no answer: {_cause(error)}")
        where = _without(self._url, response.headers.get("location", "not given"))
        words = one_line(body_back[:ANSWER].decode("utf-8", "replace"), ANSWER)
        result = read_answer(response, _without(self._url, words), where, now)
        if result.outcome is Outcome.DELIVERED and not says(body_back, self._success):
            return _refused(result, body_back, self._success)
        return result

    async def test(self, now: datetime) -> Result:
        """A signed request of the type `presswatch.test.v1`, with an id that no alert has."""
        alert = payload.new_id()
        return await self.send(alert, payload.test(alert, now), now)

    async def close(self) -> None:
        client, self._open = self._open, None
        if client is not None:
            await client.aclose()


def key(secret: str) -> bytes:
    """The bytes that sign.

    `whsec_` and base64; base64 of 24 to 64 bytes without the prefix, as other Standard Webhooks
    libraries read it; any other text stands for its UTF-8 bytes. Raises ValueError, which does not
    repeat the secret, for an empty one or a prefix without base64 behind it.
    """
    marked = secret.startswith("whsec_")
    text = secret.removeprefix("whsec_")
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if not raw and marked:
        message = "the secret is not base64 behind whsec_"
        raise ValueError(message)
    if marked or len(raw) in _KEY_SIZES:
        return raw
    if not secret:
        message = "the secret is empty"
        raise ValueError(message)
    return secret.encode()


def sign(signers: list[Webhook], alert: str, body: str, now: datetime) -> dict[str, str]:
    """The headers of a request that is made `now`."""
    return {
        "content-type": "application/json",
        "webhook-id": alert,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(
            signer.sign(msg_id=alert, timestamp=now, data=body) for signer in signers
        ),
    }


def read_answer(response: httpx.Response, answer: str, where: str, now: datetime) -> Result:
    """What an answer means; see the table above. `where` is what it says in Location."""
    status = response.status_code
    if response.is_success:
        return Result(outcome=Outcome.DELIVERED, status=status, answer=answer)
    reason = f"HTTP {status}"
    if response.is_redirect or 300 <= status < 400:
        reason += f": redirects are not followed: Location {one_line(where, 300)}"
    elif answer:
        reason += f": {one_line(answer, 200)}"
    waits = status in {429, 503}
    return Result(
        outcome=failed_as(status),
        reason=reason,
        status=status,
        answer=answer,
        retry_after=read_retry_after(response.headers.get("retry-after", ""), now)
        if waits
        else None,
        gone=status == 410,
    )


def _without(url: httpx.URL, said: str) -> str:
    """Without the way there, the secret of many services: error pages and redirects repeat it."""
    for way in sorted({url.raw_path.decode("ascii"), url.path}, key=len, reverse=True):
        if len(way) >= _LEAST:
            said = said.replace(way, _HIDDEN)
    return said


def says(body: bytes, success: Sequence[tuple[str, str | int | bool]]) -> bool:
    """Whether an answer is a JSON object with all these values; of no values any answer."""
    if not success:
        return True
    data = _object(body)
    return all(type(data.get(key)) is type(value) and data[key] == value for key, value in success)


def _object(body: bytes) -> dict[str, Any]:
    """The JSON object that was answered; empty where it is none."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _refused(taken: Result, body: bytes, success: Sequence[tuple[str, str | int | bool]]) -> Result:
    """By the receiver, where it says anything of it; else by what stands before it."""
    itself = any(key in _object(body) for key, _ in success)
    wanted = ", ".join(f"{key} = {json.dumps(value)}" for key, value in success)
    reason = f"HTTP {taken.status}, and not {wanted}: {one_line(taken.answer, 200) or 'no body'}"
    outcome = Outcome.REFUSED if itself else Outcome.LATER
    return replace(taken, outcome=outcome, reason=reason)


async def _read(response: httpx.Response, limit: int) -> bytes:
    """The beginning of the body. The status stands, so nothing here can fail a try."""
    body = bytearray()
    with suppress(TimeoutError, httpx.HTTPError, OSError):
        async with asyncio.timeout(_ANSWER_TIME):
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) >= limit:
                    break
    return bytes(body[:limit])


def _later(reason: str) -> Result:
    return Result(outcome=Outcome.LATER, reason=reason)


def _cause(error: BaseException) -> str:
    """The innermost reason: the outer ones say only that no connection was made."""
    innermost = error
    while (cause := innermost.__cause__ or innermost.__context__) is not None:
        innermost = cause
    return unreached.words(innermost)

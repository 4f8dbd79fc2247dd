"""Whether alerts would find their way, as far as that can be told without sending one.

    webhook   OPTIONS, which asks what an address takes and sets off nothing (RFC 9110, 9.3.7)
    mail      a session with sender and recipients, without a mail
    apprise   a connection to the service: a key is known to be right only by a message

What was not proved is said as well; `presswatch alerts test` proves it, with a test message.
"""

from __future__ import annotations

import asyncio
import errno
import os
import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import httpx

from alerts.channel import TYPES, MailChannel, Outcome, WebhookChannel
from alerts.chat import service_of
from alerts.deliver import probe
from alerts.errors import AlertError
from alerts.unreached import NO_TLS
from presswatch.doctor.check import Check

if TYPE_CHECKING:
    from alerts.channel import Channel, ChatChannel

SECONDS: Final = 10.0

#: Where a service of Apprise says which address it sends to.
_ADDRESSES: Final = ("notify_url", "webhook_url", "cloud_notify_url")
#: Services whose own host is the address.
_SELF_HOSTED: Final = frozenset({"json", "jsons", "form", "forms", "xml", "xmls"})

_REACH: Final = "see that it runs and may be reached from here"
#: A mail server that was there and said no: to the log-in, to the sender or to a recipient.
_REFUSED: Final = "see that the name, the password and the addresses of the channel are right"

#: What was found, and what to do about it; "" where nothing is.
Found = tuple[str, str]


async def ask(channel: Channel) -> Check:
    """What a channel says, as one line."""
    if isinstance(channel, WebhookChannel):
        said, todo = await _webhook(channel.url)
    elif isinstance(channel, MailChannel):
        said, todo = await _mail(channel)
    else:
        said, todo = await _chat(channel)
    if todo:
        todo = f"{todo}; then `presswatch alerts test {channel.name}`"
    return Check(what=TYPES[type(channel)], name=channel.name, fine=not todo, said=said, todo=todo)


async def _mail(channel: MailChannel) -> Found:
    try:
        result = await probe(channel, datetime.now(UTC))
    except AlertError as error:
        return str(error), "see the message"
    if result.outcome is Outcome.DELIVERED:
        return "takes mail from the sender for all recipients; none was sent", ""
    said = result.reason or result.answer
    if NO_TLS in said:
        return said, "see the message"  # which says what to write
    return said, _REFUSED if result.status else _REACH


async def _webhook(url: str) -> Found:
    place = _place(url)
    fault = await _connects(url)
    if fault:
        return fault, _REACH
    try:
        async with httpx.AsyncClient(
            timeout=SECONDS, trust_env=False, follow_redirects=False,
            headers={"user-agent": "presswatch"},
        ) as client:  # fmt: skip
            answer = await client.request("OPTIONS", url)
    except httpx.TimeoutException:
        return f"{place} does not answer within {SECONDS:.0f} s", _REACH
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        return f"{place}: {str(error) or type(error).__name__}", _REACH
    said, todo = judge(answer.status_code, answer.headers.get("allow", ""))
    return f"{place} {said}", todo


def judge(status: int, allow: str) -> Found:
    """What an answer to OPTIONS says of an address that is to take POST."""
    methods = {method.strip().upper() for method in allow.split(",")} - {""}
    todo = _to_do(status)
    if todo:
        return f"answers {status}", todo
    if methods and "POST" not in methods:
        taken = ", ".join(sorted(methods))
        return f"takes {taken}, and no POST", "see that the address is that of the receiver"
    said = f"answers {status} to OPTIONS"
    if methods:
        said = "takes POST (asked by OPTIONS)"
    elif status in {httpx.codes.NOT_FOUND, httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        said += ", which may be no answer to POST"
    return f"{said}; whether it takes an alert was not tried", ""


def _to_do(status: int) -> str:
    """Where the status of an answer alone says that alerts would not be taken."""
    if status == httpx.codes.GONE:
        return "it is gone for good: give the channel another address"
    if 300 <= status < 400:
        return "give the channel the address that it leads to: alerts follow no redirect"
    if status >= 500 and status != httpx.codes.NOT_IMPLEMENTED:
        return "see the log of the receiver"
    return ""


async def _chat(channel: ChatChannel) -> Found:
    try:
        address = await asyncio.to_thread(_home, channel.url)
    except ValueError as error:
        return str(error), "see the message"
    if not address:
        return "its URL is one that Apprise can use; it cannot be asked without a message", ""
    fault = await _connects(address)
    if fault:
        return fault, _REACH
    said = "takes connections; whether its key is right only a message tells"
    return f"{_place(address)} {said}", ""


def _home(url: str) -> str:
    """The address of the service behind an Apprise URL, "" where it does not say. ValueError."""
    made = service_of(url)
    if urlsplit(url).scheme in _SELF_HOSTED:
        port = f":{made.port}" if made.port else ""
        return f"{'https' if made.secure else 'http'}://{made.host}{port}"
    found = (getattr(made, name, "") for name in _ADDRESSES)
    return next((one for one in found if isinstance(one, str) and one.startswith("http")), "")


async def _connects(url: str) -> str:
    """Connect, with TLS where there is one, and nothing else; why not, "" where it could be."""
    parts, place = urlsplit(url), _place(url)
    safe = ssl.create_default_context() if parts.scheme == "https" else None
    host, _, port = place.rpartition(":")
    try:
        async with asyncio.timeout(SECONDS):
            _, writer = await asyncio.open_connection(host.strip("[]"), int(port), ssl=safe)
            writer.close()
            await writer.wait_closed()
    except TimeoutError:
        return f"{place} does not answer within {SECONDS:.0f} s"
    except ssl.SSLError as error:
        return f"{place}: no safe connection: {error.reason or error}"
    except ConnectionError as error:  # asyncio's own words repeat the address
        return f"{place}: {os.strerror(error.errno or errno.ECONNRESET)}"
    except OSError as error:
        return f"{place}: {error.strerror or error}"
    return ""


def _place(url: str) -> str:
    """Host and port alone: what follows is often a key."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}"

"""Where alerts go, and what comes back from there."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from alerts.digest.plan import AT_ONCE, Plan

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from alerts.rate import Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookChannel:
    """A receiver of signed HTTP requests. Several secrets sign side by side while one is replaced.

    A secret is `whsec_` and base64, or base64 alone; any other text stands for its own UTF-8 bytes.
    `success` is for receivers that refuse with status 200: what the JSON of a 2xx must say.
    """

    name: str
    url: str = field(repr=False)  # many services put the secret into the path
    secrets: tuple[str, ...] = field(repr=False)
    success: tuple[tuple[str, str | int | bool], ...] = ()  # key and value; empty: any 2xx counts
    concurrency: int = 1  # requests side by side; more than one: in no order
    rate: Rate | None = None  # None: as fast as it answers
    plan: Plan = AT_ONCE  # digest, quiet hours, throttle


@dataclass(frozen=True, slots=True, kw_only=True)
class MailChannel:
    """Recipients behind an SMTP server: `smtp://user:password@host:587`, or `smtps://`."""

    name: str
    to: tuple[str, ...]
    sender: str
    smtp: str = field(repr=False)
    unsubscribe: str = ""  # https URL of the one-click unsubscription (RFC 8058); "" without
    concurrency: int = 1
    rate: Rate | None = None
    plan: Plan = AT_ONCE


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatChannel:
    """A service that Apprise knows: `feishu://…`, `tgram://…`; its URL is its secret."""

    name: str
    url: str = field(repr=False)
    concurrency: int = 1
    rate: Rate | None = None
    plan: Plan = AT_ONCE


Channel = WebhookChannel | MailChannel | ChatChannel

#: The `type` of a channel in config.toml.
TYPES: dict[type, str] = {WebhookChannel: "webhook", MailChannel: "mail", ChatChannel: "apprise"}


#: Of no recipient is anything known.
NOBODY: Mapping[str, str] = MappingProxyType({})


class Outcome(StrEnum):
    """How one try ended; values of `attempt.outcome`."""

    DELIVERED = "delivered"  # the receiver has it
    LATER = "later"  # not now: tried again by the schedule
    REFUSED = "refused"  # for what it is: tried again as well, and no word on the receiver
    UNKNOWN = "unknown"  # it may have been received, and no id tells a repeat: tried again seldom
    DEAD = "dead"  # never: kept with its reason, sent again only by hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a try came to. `answer` is what the receiver said, on one line, at most 2 KB."""

    outcome: Outcome
    reason: str = ""  # for people; empty when delivered
    status: int | None = None  # of HTTP or SMTP, where there was a reply
    answer: str = ""
    retry_after: timedelta | None = None  # the receiver asks to be left alone for so long
    gone: bool = False  # the receiver wants no more of anything: the channel is disabled
    partly: bool = False  # some recipients have it: later is for the others, the server works
    #: Recipient → "", where it has the alert, or the words of a refusal for ever: for what is sent
    #: to several, whoever needs no further try. Kept by the books until all have been told.
    settled: Mapping[str, str] = field(default_factory=dict)


class Sender(Protocol):
    """What delivers for one channel. Never raises for anything that the other side can do."""

    async def send(
        self, alert: str, body: str, now: datetime, settled: Mapping[str, str] = NOBODY
    ) -> Result:
        """Send the frozen payload of the alert with this id once, but to nobody in `settled`.

        That is what earlier results said, whichever sender and process they came from.
        """

    async def test(self, now: datetime) -> Result:
        """Find out whether the channel would deliver, without an alert."""

    async def close(self) -> None:
        """Let go of connections; the next `send` makes new ones."""

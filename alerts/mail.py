"""Deliver by SMTP, in a thread, since smtplib waits for every answer.

Encryption: `smtps://` from the first byte; with `smtp://` STARTTLS wherever it is offered, and
never a password without it, unless the server is on this machine. Certificates are verified, but
for loopback, where a mail server has a made-up one and nobody stands between.

What an answer means:

    accepted for every recipient         delivered; also where some were refused for ever (5xx):
                                         they are named in the answer
    4xx for some recipients              later, and then to those alone: the others have it, and the
                                         archive knows it
    4xx, no connection, log-in refused,  later: an expired password, a wrong sender or a day's
    no sender or relaying of ours        quota concern every mail, and are the operator's to mend
    5xx for recipients, for the message  dead, with the server's words
    no word on a message that is out     it may have been received: twice more, seldom
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from alerts import unreached
from alerts.channel import NOBODY, Outcome, Result
from alerts.errors import ChannelUnusable
from alerts.letter import address, compose
from alerts.plain import one_line
from alerts.retry import IN_DOUBT
from alerts.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from alerts.channel import MailChannel

TIMEOUT = 30.0  # seconds for a session until the server has the message
#: Seconds for its word on the message then, as RFC 5321 (4.5.3.2.6) has it: whoever leaves earlier
#: sends again what a server that scans for long accepts every time.
WORD = 600.0
ANSWER = 2048
#: That we may not send at all: no log-in, as much as a day may have; of all recipients also that
#: nothing is relayed for us. Of a message that would mean that it looks like spam.
_NOT_US = re.compile(r"53[058]\b|5\d\d 5\.4\.5\b")
_NO_RELAY = re.compile(_NOT_US.pattern + r"|5\d\d 5\.7\.\d+\b")
_TOO_BIG = 552  # of a sender: the message, by its announced size
_CROWDED = 552  # of a recipient: RFC 5321 (4.5.3.1.10) has it read as 452, too many at once

Refused = dict[str, tuple[int, bytes]]  # recipient → what the server said of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where `smtp://user:password@host:port` leads. Percent-encoded credentials are decoded."""

    host: str
    port: int
    tls: bool  # from the first byte
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @property
    def loopback(self) -> bool:
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def read_server(url: str) -> Server:
    """Ports default to 587 and 465. Raises ValueError, which does not repeat the password."""
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        message = "must be smtp://user:password@host:587 or smtps://user:password@host:465"
        raise ValueError(message)
    tls = parts.scheme == "smtps"
    return Server(
        host=parts.hostname,
        port=parts.port or (465 if tls else 587),
        tls=tls,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


class MailSender:
    """Sends each alert over a connection of its own. Raises ChannelUnusable for a bad URL."""

    def __init__(
        self, channel: MailChannel, *, timeout: float = TIMEOUT, word: float = WORD
    ) -> None:
        self._channel = channel
        self._timeout = timeout
        self._word = word
        try:
            self._server = read_server(channel.smtp)
            self._sender = address(channel.sender)
            self._to = tuple(dict.fromkeys(address(to) for to in channel.to))
        except ValueError as error:  # UnicodeError of an impossible domain among them
            raise ChannelUnusable(channel.name, cause=str(error)) from None

    async def send(
        self, alert: str, body: str, now: datetime, settled: Mapping[str, str] = NOBODY
    ) -> Result:
        """One message; every failure is a `Result` with its reason."""
        recipients = _Recipients(self._to, settled)
        if not recipients.open:  # the config names fewer than it did
            return recipients.judge({})
        return await self._within_time(recipients, compose(self._channel, alert, body, now))

    async def test(self, now: datetime) -> Result:  # noqa: ARG002
        """Connect, log in, and ask for sender and recipients; no message is sent."""
        return await self._within_time(_Recipients(self._to, NOBODY), None)

    async def close(self) -> None:
        """Nothing is kept open between messages."""

    async def _within_time(self, recipients: _Recipients, message: bytes | None) -> Result:
        loop, limits = asyncio.get_running_loop(), []

        def wait_for_its_word() -> None:
            limits.append(self._word)
            with suppress(RuntimeError):  # the time was over in this very moment
                limit.reschedule(loop.time() + self._word)

        conversation = _Conversation(
            self._server, self._timeout, self._word,
            lambda: loop.call_soon_threadsafe(wait_for_its_word),
        )  # fmt: skip
        work = partial(conversation.run, self._sender, recipients.open, message)
        try:
            async with asyncio.timeout(self._timeout) as limit:
                said = await in_thread(work, "mail")
        except TimeoutError:
            if limits:
                return _in_doubt(f"no word on the message within {self._word:g} s")
            return _later(f"no answer within {self._timeout:g} s")
        finally:
            conversation.hang_up()  # wakes the thread where it still waits
        return said if isinstance(said, Result) else recipients.judge(said)


class _Recipients:
    """Who has a message, and who will never have it; the others are open."""

    def __init__(self, to: Sequence[str], settled: Mapping[str, str]) -> None:
        self._to = tuple(to)
        self._settled = {who: settled[who] for who in to if who in settled}

    @property
    def open(self) -> list[str]:
        return [recipient for recipient in self._to if recipient not in self._settled]

    def judge(self, refused: Refused) -> Result:
        """The books after a conversation in which these were refused and the other open not."""
        later = {who: said for who, said in refused.items() if _put_off(said[0])}
        for who in self.open:
            if who not in later:
                self._settled[who] = _reply(*refused[who]) if who in refused else ""
        never = {who: words for who, words in self._settled.items() if words}
        if len(never) == len(self._to) and all(map(_NO_RELAY.match, never.values())):
            self._settled.clear()
            return self._nobody(refused, _replies(never), dead=False)
        words = _replies(never | {who: _reply(*said) for who, said in later.items()})
        accepted = len(self._settled) - len(never)
        count = f"accepted for {accepted} of {len(self._to)} recipients"
        if not accepted:
            return self._nobody(later or refused, words, dead=not later)
        answer = one_line(f"{count}; refused: {words}" if words else count, ANSWER)
        if later:
            status, _ = next(iter(later.values()))
            return Result(
                outcome=Outcome.LATER, reason=one_line(answer, 500), status=status, answer=answer,
                partly=True, settled=self._settled,
            )  # fmt: skip
        reason = f"refused: {words}" if words else ""
        return Result(outcome=Outcome.DELIVERED, reason=reason, status=250, answer=answer)

    def _nobody(self, refused: Refused, words: str, *, dead: bool) -> Result:
        status = next((code for code, _ in refused.values()), None)
        return Result(
            outcome=Outcome.DEAD if dead else Outcome.LATER,
            reason=f"no recipient accepted: {words}",
            status=status,
            answer=words,
            settled=self._settled,
        )


class _Telling(smtplib.SMTP):
    """Says when the message goes out, and whether all of it is out."""

    on_message: Callable[[smtplib.SMTP], None]
    out = False

    def send(self, s: Any) -> None:
        super().send(s)
        self.out = self.out or isinstance(s, bytes)  # commands are text

    def data(self, msg: Any) -> Any:
        self.on_message(self)
        try:
            return super().data(msg)
        finally:
            if self.sock is not None:
                self.sock.settimeout(self.timeout)


class _TellingTLS(_Telling, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


class _Conversation:
    """One session with the server: `run` in a thread, `hang_up` from anywhere."""

    def __init__(
        self, server: Server, timeout: float, word: float, on_message: Callable[[], object]
    ) -> None:
        self._server = server
        self._timeout = timeout
        self._word = word
        self._on_message = on_message  # called when it goes out
        self._smtp: _Telling | None = None

    def run(self, sender: str, to: list[str], message: bytes | None) -> Result | Refused:
        """Who was refused while others have it; or what became of all of them alike."""
        try:
            self._smtp = smtp = self._connect()
            try:
                self._protect(smtp)
                if message is None:
                    return _ask(smtp, sender, to)
                return smtp.sendmail(sender, to, message)
            finally:
                _leave(smtp)
        except smtplib.SMTPRecipientsRefused as error:
            # A server that leaves in between (421) has said nothing of the others.
            last = list(error.recipients.values())[-1]
            return {recipient: error.recipients.get(recipient, last) for recipient in to}
        except smtplib.SMTPResponseException as error:
            return _answered(error)
        except UnicodeEncodeError:
            return _later("not sent: SMTP takes no user or password that is not ASCII")
        except (smtplib.SMTPException, OSError) as error:
            said = unreached.words(error)
            if said == unreached.NO_TLS:
                said += "; smtp://, in the place of smtps://, asks for it by STARTTLS"
            out = self._smtp is not None and self._smtp.out
            return (
                _in_doubt(f"no word on the message: {said}") if out else _later(f"not sent: {said}")
            )

    def hang_up(self) -> None:
        smtp = self._smtp
        sock = smtp.sock if smtp is not None else None
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(2)

    def _connect(self) -> _Telling:
        host, port, timeout = self._server.host, self._server.port, self._timeout
        smtp: _Telling
        if self._server.tls:
            smtp = _TellingTLS(host, port, timeout=timeout, context=_tls(self._server))
        else:
            smtp = _Telling(host, port, timeout=timeout)
        smtp.on_message = self._wait_for_its_word
        return smtp

    def _wait_for_its_word(self, smtp: smtplib.SMTP) -> None:
        if smtp.sock is not None:
            smtp.sock.settimeout(self._word)
        self._on_message()

    def _protect(self, smtp: smtplib.SMTP) -> None:
        """STARTTLS and log-in."""
        smtp.ehlo_or_helo_if_needed()
        if not self._server.tls and smtp.has_extn("starttls"):
            smtp.starttls(context=_tls(self._server))
            smtp.ehlo()
        elif self._server.user and not self._server.tls and not self._server.loopback:
            message = "it offers no STARTTLS, and a password is not sent without"
            raise smtplib.SMTPNotSupportedError(message)
        if self._server.user:
            smtp.login(self._server.user, self._server.password)


def _tls(server: Server) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if server.loopback:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _ask(smtp: smtplib.SMTP, sender: str, to: list[str]) -> Refused:
    code, words = smtp.mail(sender)
    if code != 250:
        raise smtplib.SMTPSenderRefused(code, words, sender)
    refused = {}
    for recipient in to:
        reply = smtp.rcpt(recipient)
        if reply[0] not in {250, 251}:
            refused[recipient] = reply
    smtp.rset()
    return refused


def _leave(smtp: smtplib.SMTP) -> None:
    """Whether the server says goodbye changes nothing about what it has accepted."""
    with suppress(smtplib.SMTPException, OSError):
        smtp.quit()
    smtp.close()


def _answered(error: smtplib.SMTPResponseException) -> Result:
    """The server said no: to the connection, the log-in or the sender, or to the message."""
    code, words = error.smtp_code, _text(error.smtp_error)
    if isinstance(error, smtplib.SMTPSenderRefused):
        dead = code == _TOO_BIG
    else:
        to_message = isinstance(error, smtplib.SMTPDataError)
        dead = to_message and not _passing(code) and not _NOT_US.match(f"{code} {words}")
    what = "log-in refused" if isinstance(error, smtplib.SMTPAuthenticationError) else "refused"
    return Result(
        outcome=Outcome.DEAD if dead else Outcome.LATER,
        reason=f"{what}: {code} {one_line(words, 200)}",
        status=code,
        answer=words,
    )


def _passing(code: int) -> bool:
    """4xx, and -1, which smtplib writes where the connection broke."""
    return not 500 <= code < 600


def _put_off(code: int) -> bool:
    """Whether a recipient that was refused with this may be accepted later."""
    return _passing(code) or code == _CROWDED


def _reply(code: int, words: bytes) -> str:
    return f"{code} {_text(words)}"


def _replies(recipients: Mapping[str, str]) -> str:
    return one_line("; ".join(f"{who}: {said}" for who, said in recipients.items()), ANSWER)


def _text(words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return one_line(text, ANSWER)


def _in_doubt(reason: str) -> Result:
    return Result(outcome=Outcome.UNKNOWN, reason=f"{IN_DOUBT}: {reason}")


def _later(reason: str) -> Result:
    return Result(outcome=Outcome.LATER, reason=reason)

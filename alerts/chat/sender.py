"""Every other service, through Apprise: what we say there, and what their answers mean.

Apprise knows how a hundred services want a message; what stands in it is ours: a title, the
passages with the words in 【】, who and when, and the address alone on its line, where every
service makes a link of it. Plain text, since titles and passages are written by strangers: Apprise
escapes it for a service that reads markup, and what would call a whole room is broken up here.

Of an answer Apprise keeps only whether its status was fine; `heard` hears what it said.

    delivered   the service took it, and no body says otherwise
    refused     it says no to this message
    unknown     it may have it: nothing was answered in time, or with success what Apprise does not
                know for a success; tried again twice, since no id tells a repeat
    later       all else: tried again by the schedule, after `Retry-After` where it is given; of a
                URL with several places only those are told again that have not taken it
"""

from __future__ import annotations

import asyncio
import json
import re
import warnings
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from alerts import digest, letter, payload
from alerts.channel import NOBODY, Outcome, Result
from alerts.chat.heard import Heard, listen, note_into
from alerts.chat.places import Places
from alerts.errors import ChannelUnusable
from alerts.letter import phrases
from alerts.plain import one_line
from alerts.retry import IN_DOUBT, failed_as, read_retry_after
from alerts.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from apprise import NotifyBase

    from alerts.channel import ChatChannel

TIMEOUT = 30.0  # seconds for a whole message
READ = 15.0  # seconds for one answer, unless the URL says another (`?rto=`)
ANSWER = 2048
HUNG = 4  # tries whose time is over and whose service still holds them; then no more are begun
MISSING = "needs Apprise, which is not installed: pip install 'presswatch[chat]'"

_LONGEST = 3500  # bytes of UTF-8: more is no alert any more
_DIGEST = 9000  # escaped as \uXXXX twice that, within the 20 KB that Feishu and DingTalk take
_TITLE = 200
_KEPT = 6  # characters that a part of a URL needs to be a secret
_LOUD = re.compile(r"@(?=all\b|channel\b|everyone\b|here\b)|<(?=/?at\b|!)", re.IGNORECASE)
_APART = "\u200b"  # zero-width space: seen by nobody, and no mention any more


# ---------------------------------------------------------------------------- what we say


def title(data: Mapping[str, Any]) -> str:
    """One line over the text."""
    if data["type"] == payload.TEST:
        return "[presswatch] a test message"
    return _calm(letter.subject(data))


def text(data: Mapping[str, Any], limit: int = _LONGEST) -> str:
    """The message without its title, in at most `limit` bytes of UTF-8, but for the address.

    Where there is little room, passages go first, from the last one up; the address never does.
    """
    if data["type"] == payload.TEST:
        return "If you read this, presswatch can tell you of its alerts here."
    if data["type"] != payload.ALERT:
        return _fitted(re.split(r"\n{2,}", _calm(_body(data))), limit)
    passages = [_calm(each) for each in letter.passages(data)]
    while True:
        said = "\n\n".join([*passages, _where(data)])
        if len(said.encode()) <= limit:
            return said
        if not passages:
            return one_line(data["article"]["url"], 2000)
        passages.pop()


def longest(data: Mapping[str, Any]) -> int:
    """How many bytes of UTF-8 a text may have, whatever the service takes."""
    return _DIGEST if digest.is_digest(data) else _LONGEST


def _where(data: Mapping[str, Any]) -> str:
    """Who and when, and the address."""
    article, story = data["article"], data["story"]
    facts = [one_line(article["source"]), phrases.published(article)]
    if article["revision"] > 1:
        facts.append(f"revision {article['revision']}")
    if story["outlets"] > 1:
        facts.append(f"{story['outlets']} outlets")
    said = _calm(" · ".join(fact for fact in facts if fact != "unknown"))
    return f"{said}\n{one_line(article['url'], 2000)}"


def _body(data: Mapping[str, Any]) -> str:
    """The plain text of a notice or a digest, without what the title says and without the end."""
    said = letter.plain_text(data).rpartition("\n-- \n")[0].strip()
    return said.partition("\n\n")[2]


def _calm(words: str) -> str:
    """The same, calling nobody: `@all`, `<!channel>` and Feishu's `<at …>` are broken up."""
    return _LOUD.sub(lambda found: found[0] + _APART, words)


def _fitted(paragraphs: list[str], limit: int) -> str:
    """At most so many bytes: the last paragraph, how the sources fare, stays; others go."""
    *paragraphs, last = paragraphs
    kept = "\n\n".join([*paragraphs, last])
    while paragraphs and len(kept.encode()) > limit:
        paragraphs.pop()
        kept = "\n\n".join([*paragraphs, "…", last])
    if len(kept.encode()) <= limit:
        return kept
    limit = max(limit, 3)
    return kept.encode()[: limit - 3].decode(errors="ignore").rstrip() + "…"


# ---------------------------------------------------------------------------- how it is sent


def service_of(url: str) -> NotifyBase:
    """The service behind a URL. Raises ValueError, which does not repeat the URL."""
    if find_spec("apprise") is None:
        raise ValueError(MISSING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some of its hundred plugins import what is deprecated
        from apprise import Apprise, AppriseAsset

        listen()
        asset = AppriseAsset(
            app_id="presswatch", app_desc="presswatch", app_url="", image_url_mask="",
            image_url_logo="", language="en", async_mode=False, service_timeout=0,
            http_redirects=False,
        )  # fmt: skip
        made = Apprise.instantiate(url, asset=asset)
    if made is None:
        scheme = one_line(urlsplit(url).scheme, 20)
        message = f"Apprise cannot use it as {scheme}://…; https://appriseit.com/services says how"
        raise ValueError(message)
    if made.socket_read_timeout == type(made).socket_read_timeout:
        made.socket_read_timeout = READ
    return made


class ChatSender:
    """Sends each alert by a service of its own making. Raises ChannelUnusable for a bad URL."""

    def __init__(self, channel: ChatChannel, *, timeout: float = TIMEOUT) -> None:
        self._url = channel.url
        self._timeout = timeout
        self._under_way: set[object] = set()
        try:
            service_of(channel.url)
        except ValueError as error:
            raise ChannelUnusable(channel.name, cause=str(error)) from None

    async def send(
        self,
        alert: str,  # noqa: ARG002  # no service knows of it
        body: str,
        now: datetime,
        settled: Mapping[str, str] = NOBODY,
    ) -> Result:
        """One message; every failure is a `Result` with its reason."""
        if len(self._under_way) >= HUNG:
            reason = f"no answer: {HUNG} tries before have not ended yet"
            return Result(outcome=Outcome.LATER, reason=reason)
        places = Places(settled)
        work = partial(self._send, json.loads(body), places, now)
        try:
            async with asyncio.timeout(self._timeout):
                result = await in_thread(work, "chat")
        except TimeoutError:
            reason = f"{IN_DOUBT}: no answer within {self._timeout:g} s"
            result = Result(outcome=Outcome.UNKNOWN, reason=reason)
        finally:
            places.stop()
        if result.outcome is Outcome.DELIVERED:
            return result
        return replace(result, partly=bool(places.settled), settled=places.settled)

    def _send(self, data: Mapping[str, Any], places: Places, now: datetime) -> Result:
        """In a thread, which nobody can end where a service never does."""
        mine = object()
        self._under_way.add(mine)
        try:
            return _send(self._url, data, places, now)
        finally:
            self._under_way.discard(mine)

    async def test(self, now: datetime) -> Result:
        """A message that says that it is a test: no service can be asked without one."""
        alert = payload.new_id()
        return await self.send(alert, payload.test(alert, now), now)

    async def close(self) -> None:
        """Nothing is kept open between messages."""


def _send(url: str, data: Mapping[str, Any], places: Places, now: datetime) -> Result:
    """Apprise waits for every answer."""
    from apprise import Apprise, NotifyFormat

    made = service_of(url)  # a new one, or it would sleep between two alerts
    line, room = _split(made, data)
    heard: list[Heard] = []
    note_into(heard)
    places.follow(made, lambda: bool(heard) and heard[-1].good and heard[-1].refuses(url))
    service = Apprise(asset=made.asset)
    service.add(made)
    said = text(data, room) or line  # some services take no message without a text
    result = service.notify(body=said, title=line, body_format=NotifyFormat.TEXT)
    return judge(bool(result), heard, [entry.message for entry in result.logs()], url, now)


def _split(made: NotifyBase, data: Mapping[str, Any]) -> tuple[str, int]:
    """The title, and the bytes that are left for the text.

    Where the title goes over it, at least half of what the service takes: a short message would be
    all title and no address.
    """
    room = min(made.body_maxlen, longest(data))
    line = title(data)[: made.title_maxlen or _TITLE]
    if made.title_maxlen:
        return line, room
    line = line.encode()[: room // 2].decode(errors="ignore")
    return line, room - len(line.encode()) - 2


def judge(
    accepted: bool, heard: Sequence[Heard], warned: Iterable[str], url: str, now: datetime
) -> Result:
    """What became of a message: what Apprise thinks, the answers in order, and what it logged."""
    refusals = [each for each in heard if each.good and each.refuses(url)]
    failures = refusals or [each for each in heard if not each.good]
    last = (failures or heard or [Heard(None)])[-1]
    answer = _hide(url, one_line(last.answer, ANSWER))
    if accepted and not refusals:
        return Result(outcome=Outcome.DELIVERED, status=last.status, answer=answer)
    reason = _say(last) if failures else one_line("; ".join([*warned, last.answer]), 300)
    reason, outcome = _hide(url, reason) or "not sent", _outcome(heard, failures, url)
    return Result(
        outcome=outcome,
        reason=f"{IN_DOUBT}: {reason}" if outcome is Outcome.UNKNOWN else reason,
        status=last.status,
        answer=answer,
        retry_after=read_retry_after(last.retry_after, now) if failures else None,
    )


def _outcome(heard: Sequence[Heard], failures: Sequence[Heard], url: str) -> Outcome:
    """Refused for what it is where every place says so; what stands before them is none.

    With success answered, and no success to Apprise, it may have been taken.
    """
    if any(each.doubtful for each in heard) or (heard and not failures):
        return Outcome.UNKNOWN

    def refused(each: Heard) -> bool:
        if each.status is None or each.good:
            return each.refuses_it(url)
        return failed_as(each.status) is Outcome.REFUSED

    return Outcome.REFUSED if failures and all(map(refused, failures)) else Outcome.LATER


def _say(failure: Heard) -> str:
    if failure.status is None:
        return f"no answer: {failure.fault}"
    what = "refused" if failure.good else f"HTTP {failure.status}"
    return f"{what}: {one_line(failure.answer, 200)}" if failure.answer else what


def _hide(url: str, words: str) -> str:
    """Without what the URL holds: most services put their secret into it."""
    parts = re.split(r"[/@?&=:#]", unquote(url).partition("://")[2])
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= _KEPT:
            words = words.replace(part, "…")
    return words

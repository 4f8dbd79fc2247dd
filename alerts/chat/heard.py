"""What chat services answer to our calls, which Apprise does not tell.

Of an answer Apprise keeps only whether its status was fine. Feishu, DingTalk and WeCom answer 200
to what they refuse ("keywords not in content", "too frequent") and say so in the body. So this
listens at `requests.Session.send`, as OpenTelemetry does, but only to what our own calls send; and
reads no more of a body than an answer has, for no longer than it may take.
"""

from __future__ import annotations

import json
import logging
import os
import time
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from alerts.plain import one_line

if TYPE_CHECKING:
    import requests

MOST: Final = 65_536  # bytes of an answer that are read
LONGEST: Final = 15.0  # seconds in which they are

#: Services that refuse with status 200: the keys of the body of which one is 0 where they took it.
_CODES: Final = {
    "feishu": ("code", "StatusCode"),
    "lark": ("code", "StatusCode"),
    "dingtalk": ("errcode",),
    "wecombot": ("errcode",),
}
#: Of those: that it was not the message, but that there are too many.
_TOO_MANY: Final = frozenset({9499, 11232, 45009, 130101})
#: Services of which only a refusal is known: a key that is then not 0.
_REFUSALS: Final = {"schan": "code", "pushdeer": "code", "pushdeers": "code"}


@dataclass(frozen=True, slots=True)
class Heard:
    """One answer of a service, or why there was none."""

    status: int | None
    answer: str = ""
    retry_after: str = ""
    fault: str = ""
    sent: bool = True  # where there was none: whether the message went out

    @property
    def good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    def refuses(self, url: str) -> bool:
        """Whether the body of a good answer says no, or, where it must, does not say yes.

        What stands before a service and answers 200 with a page of its own took nothing.
        """
        keys, said = _CODES.get(_scheme(url)), self._said()
        if keys is None:
            return _no(said) or said.get(_REFUSALS.get(_scheme(url), ""), 0) not in _YES
        return _no(said) or all(said.get(key) not in _YES for key in keys)

    @property
    def doubtful(self) -> bool:
        """Whether it may have been taken all the same: nobody, or a gateway, waited to the end."""
        return self.sent if self.status is None else self.status == _GATEWAY_TIMEOUT

    def refuses_it(self, url: str) -> bool:
        """Whether the service itself says no, to this message: the same again is refused again."""
        said = self._said()
        keys = (*_CODES.get(_scheme(url), ()), _REFUSALS.get(_scheme(url), ""))
        codes = {said[key] for key in keys if isinstance(said.get(key), int | str)}
        return self.refuses(url) and (_no(said) or bool(codes)) and not codes & _TOO_MANY

    def _said(self) -> dict[str, Any]:
        """The JSON object that was answered; empty where it is none."""
        try:
            said = json.loads(self.answer)
        except (ValueError, RecursionError):
            return {}
        return said if isinstance(said, dict) else {}


_YES: Final = (0, "0")
_GATEWAY_TIMEOUT: Final = 504


def _scheme(url: str) -> str:
    return urlsplit(url).scheme.lower()


def _no(said: dict[str, Any]) -> bool:
    return said.get("ok") is False or said.get("success") is False


_notes: ContextVar[list[Heard] | None] = ContextVar("heard", default=None)
_listening: list[bool] = []  # once a process


def note_into(notes: list[Heard]) -> None:
    """What is answered in this context from now on is noted there."""
    _notes.set(notes)


def listen() -> None:
    """Note what services answer to our calls, and to nobody else's."""
    import requests

    if _listening:
        return
    _listening.append(True)
    send = requests.Session.send
    logger = logging.getLogger("apprise")  # its warnings name secrets; what they say is in results
    logger.propagate = False
    logger.addHandler(logging.NullHandler())

    @wraps(send)
    def heard(self: requests.Session, request: Any, **options: Any) -> requests.Response:
        notes = _notes.get()
        if notes is None:
            return send(self, request, **options)
        try:
            response = send(self, request, **options | {"stream": True})
            _read(response)
        except requests.RequestException as error:
            notes.append(Heard(None, fault=_cause(error), sent=_went_out(error)))
            raise
        words = response.content.decode("utf-8", "replace")
        after = response.headers.get("retry-after", "")
        notes.append(Heard(response.status_code, words, after))
        return response

    requests.Session.send = heard  # type: ignore[method-assign]


def _read(response: requests.Response) -> None:
    """The beginning of the body, in the place of all of it: a body may never end.

    Raises RequestException where it breaks off, or is not there in time.
    """
    import requests
    import urllib3

    end, body = time.monotonic() + LONGEST, bytearray()
    try:
        while len(body) < MOST:
            if time.monotonic() > end:
                raise requests.ReadTimeout("the answer does not end")
            chunk = response.raw.read1(MOST, decode_content=True)
            if not chunk:
                break
            body += chunk
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise requests.ConnectionError(error) from error
    finally:
        response.close()
    response.raw = BytesIO(bytes(body[:MOST]))  # of a redirect requests has read it already


def _went_out(error: requests.RequestException) -> bool:
    """Whether a call that failed so had reached somebody: not where no connection was made."""
    import requests
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

    if isinstance(error, requests.ReadTimeout):
        return True
    if not isinstance(error, requests.ConnectionError | requests.exceptions.ChunkedEncodingError):
        return False
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError):
        return False
    cause = getattr(error.args[0] if error.args else None, "reason", None)
    return not isinstance(cause, ConnectTimeoutError | NewConnectionError)


def _cause(error: BaseException) -> str:
    """The innermost reason; the outer ones repeat the address, and the secret in it."""
    if "Timeout" in type(error).__name__:
        return "it took too long"
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    number = error.errno if isinstance(error, OSError) else None
    return one_line(os.strerror(number) if number else str(error) or type(error).__name__, 200)

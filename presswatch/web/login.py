"""Who may come in: one password for people, one token for programs. No sockets here.

A login is a signed cookie and outlives a restart; another password ends all of them. The key is
drawn from the password by scrypt, so that a stolen cookie does not give the password away.
Comparisons take the same time whatever they find.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections import defaultdict, deque
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Final

from itsdangerous import BadSignature, TimestampSigner

if TYPE_CHECKING:
    from collections.abc import Callable

    from presswatch.config.records import WebOptions

COOKIE: Final = "presswatch"
LASTS: Final = timedelta(days=30)

#: Wrong passwords that an address, and all of them together, may send within `WINDOW`.
TRIES: Final = 5
TRIES_OF_ALL: Final = 50
WINDOW: Final = timedelta(minutes=10)

_MOST_ADDRESSES: Final = 10_000
_VALUE: Final = b"reader"


class Keeper:
    """Knows the password and the token, and remembers wrong tries."""

    def __init__(self, options: WebOptions, clock: Callable[[], float] = monotonic) -> None:
        self._password, self._token = options.password, options.token
        self._signer = TimestampSigner(_key(options), salt="presswatch.web.login")
        self._clock = clock
        self._wrong: dict[str, deque[float]] = defaultdict(deque)
        self.guarded = options.guarded
        self.has_password = bool(options.password)

    def cookie(self) -> str:
        """What a browser keeps that has given the password."""
        return self._signer.sign(_VALUE).decode("ascii")

    def is_login(self, cookie: str) -> bool:
        """Whether this is such a cookie, and not too old."""
        if not self._password:
            return False
        try:
            value = self._signer.unsign(cookie, max_age=int(LASTS.total_seconds()))
        except BadSignature:
            return False
        return hmac.compare_digest(value, _VALUE)

    def is_bearer(self, authorization: str) -> bool:
        """Whether a header has the token: as Bearer, or as the password of Basic (feed readers)."""
        kind, _, rest = authorization.partition(" ")
        given = rest.strip()
        if kind.lower() == "basic":
            given = _basic(given)
        elif kind.lower() != "bearer":
            return False
        return bool(self._token) and _same(given, self._token)

    def wait(self, address: str) -> int:
        """Seconds until this address may try a password again; 0: now."""
        now = self._clock()
        waits = [self._full(address, TRIES, now), self._full("", TRIES_OF_ALL, now)]
        return max(waits)

    def is_password(self, given: str, address: str) -> bool:
        """Whether this is the password; a wrong one counts against the address."""
        if self._password and _same(given, self._password):
            self._wrong.pop(address, None)
            return True
        if len(self._wrong) > _MOST_ADDRESSES:
            self._wrong = defaultdict(deque, {"": self._wrong[""]})
        for key in (address, ""):
            self._wrong[key].append(self._clock())
        return False

    def _full(self, key: str, most: int, now: float) -> int:
        tries = self._wrong.get(key)
        if not tries:
            return 0
        while tries and now - tries[0] > WINDOW.total_seconds():
            tries.popleft()
        if len(tries) < most:
            return 0
        return max(1, round(WINDOW.total_seconds() - (now - tries[-most])))


def _key(options: WebOptions) -> bytes:
    return hashlib.scrypt(
        options.password.encode(), salt=b"presswatch.web", n=2**14, r=8, p=1, dklen=32
    )


def _same(given: str, wanted: str) -> bool:
    digests = [hashlib.sha256(text.encode("utf-8", "replace")).digest() for text in (given, wanted)]
    return hmac.compare_digest(*digests)


def _basic(given: str) -> str:
    try:
        return base64.b64decode(given, validate=True).decode("utf-8").partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""

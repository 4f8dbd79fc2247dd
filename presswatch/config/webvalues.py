"""What the values of [web] may be: each takes one, and returns it or raises ValueError.

Messages never repeat a password or a token.
"""

from __future__ import annotations

import ipaddress
import re

#: Guessing is slowed down by the login; shorter than this it would still come to an end.
SHORTEST_PASSWORD = 10
SHORTEST_TOKEN = 20

OPEN = (
    "others can reach this address, so it needs `password` or `token`;"
    " both can be read from a file: password_file, token_file"
)

_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*", re.ASCII)
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")  # RFC 6750, section 2.1


def split(listen: str) -> tuple[str, int]:
    """Host and port of "127.0.0.1:8400" or "[::1]:8400". Raises ValueError."""
    host, _, port = listen.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    if not bare or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        message = f'not an address with a port such as "127.0.0.1:8400": {listen!r}'
        raise ValueError(message)
    return bare, int(port)


def listen(value: str) -> str:
    bare, _ = split(value)
    try:
        ipaddress.ip_address(bare)
    except ValueError:
        if bare != "localhost":
            message = f"must be an address of this machine, not a name: {bare!r}"
            raise ValueError(message) from None
    return value


def host(value: str) -> str:
    name = value.lower().removesuffix(".")
    if not _NAME.fullmatch(name):
        message = f'must be a name such as "press.example.org", without port: {value!r}'
        raise ValueError(message)
    return name


def password(value: str) -> str:
    if value and (len(value) < SHORTEST_PASSWORD or not value.isprintable()):
        message = f"must be one line of at least {SHORTEST_PASSWORD} printable characters"
        raise ValueError(message)
    return value


def token(value: str) -> str:
    if value and (len(value) < SHORTEST_TOKEN or not _TOKEN.fullmatch(value)):
        message = (
            f"must be at least {SHORTEST_TOKEN} letters, digits or ._~+/- ;"
            " `openssl rand -hex 24` makes a good one"
        )
        raise ValueError(message)
    return value


def reaches_others(listen: str) -> bool:
    """Whether an address is open to others than this machine."""
    bare, _ = split(listen)
    return bare != "localhost" and not ipaddress.ip_address(bare).is_loopback

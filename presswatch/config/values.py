"""What a single value of config.toml may be: each takes it, and returns it or raises ValueError.

Messages never repeat a value that may be a secret.
"""

from __future__ import annotations

import base64
import difflib
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from presswatch.units import parse_duration, parse_size, say_duration

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import ValidationInfo

Items = TypeVar("Items", bound="list[str]")

_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_POSITION = re.compile(r" (?:at )?position (\d+)")
_ADDRESS = re.compile(r"[^\s@<>,;:\"]+@[^\s@<>,;:\"]+")
#: What people call the one zone of China, which is not called so.
_CHINAS_CLOCK = ("asia/beijing", "asia/peking", "asia/pekin", "asia/shenzhen", "asia/guangzhou",
                 "beijing", "utc+8", "gmt+8", "utc+08:00", "cst")  # fmt: skip
_OURS = frozenset({"host", "content-length", "connection", "transfer-encoding", "cookie"})


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a sentence, "; did you mean `X`?", or nothing if nothing is near."""
    near = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return f"; did you mean `{near[0]}`?" if near else ""


def duration(value: Any) -> timedelta | None:
    if value is None or isinstance(value, timedelta):
        return value
    if isinstance(value, str):
        return parse_duration(value)
    message = f'must be a duration in quotes, for example "15m", not {value!r}'
    raise ValueError(message)


def keep(value: Any) -> timedelta | None:
    """How long something is kept; None: for ever."""
    if value == "forever":
        return None
    try:
        span = duration(value)
    except ValueError:
        message = f'must be "forever" or a duration such as "180d", not {value!r}'
        raise ValueError(message) from None
    return at_least(span, timedelta(days=1))


def at_least(value: timedelta | None, least: timedelta) -> timedelta | None:
    if value is not None and value < least:
        message = f"must be at least {say_duration(least)}, not {say_duration(value)}"
        raise ValueError(message)
    return value


def above(value: timedelta | None, least: timedelta | None) -> timedelta | None:
    """The end of a range that begins with `every_min`; both are there, or neither."""
    if (least is None) != (value is None):
        message = "`every_min` and `every_max` go together; one of them is missing"
        raise ValueError(message)
    if least is not None and value is not None and least > value:
        message = "is shorter than `every_min`"
        raise ValueError(message)
    return value


def schedule(value: list[timedelta]) -> list[timedelta]:
    """Times after a filing, in rising order."""
    for span in value:
        at_least(span, timedelta(minutes=1))
    if sorted(set(value)) != value:
        message = "must rise from one to the next"
        raise ValueError(message)
    if len(value) > 20:
        message = f"names {len(value)} times; 20 are enough"
        raise ValueError(message)
    return value


def longer_than_nothing(value: timedelta) -> timedelta:
    if not value:
        message = "must be longer than nothing"
        raise ValueError(message)
    return value


def size(value: Any) -> Any:
    return parse_size(value) if isinstance(value, str) else value


def one_or_more(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def some(value: Items) -> Items:
    if not value:
        message = "names none; it needs at least one"
        raise ValueError(message)
    twice = sorted({item for item in value if value.count(item) > 1})
    if twice:
        message = f"names {twice[0]!r} twice"
        raise ValueError(message)
    return value


def name(value: str) -> str:
    if not value or value != value.strip() or not value.isprintable() or len(value) > 100:
        message = "must be 1 to 100 printable characters without blanks at its ends"
        raise ValueError(message)
    return value


def source_name(value: str) -> str:
    if value.startswith("!") or set(value) & set("*?[]"):
        message = (
            "must not begin with ! or contain * ? [ ], which mean something in a rule's sources"
        )
        raise ValueError(message)
    return name(value)


def web_url(value: str) -> str:
    parts = _split(value, {"http", "https"}, "must be a URL: http://… or https://…")
    if parts.username is not None:
        message = "must hold no user name or password; put them into a header"
        raise ValueError(message)
    return value


def proxy(value: str) -> str:
    if value:
        _split(value, {"http", "https"}, "must be a URL: http://host:port")
    return value


def smtp_url(value: str) -> str:
    _split(value, {"smtp", "smtps"}, "must be a URL: smtp://user:password@host:587 or smtps://…")
    return value


def chat_url(value: str, info: ValidationInfo) -> str:
    """Asked of Apprise itself, if the channel is on."""
    from alerts.chat import service_of

    if not value or any(char.isspace() or not char.isprintable() for char in value):
        message = "must be one URL: feishu://…, dingtalk://…, wecombot://…, slack://…, tgram://…"
        raise ValueError(message)
    if info.data.get("enabled", True):
        service_of(value)
    return value


def unsubscribe(value: str) -> str:
    """An address for a mail's header: RFC 8058 wants https."""
    if value:
        _split(value, {"https"}, "must be a URL: https://…")
        if not value.isascii() or set(value) & set("<>,") or len(value) > 900:
            message = "must be plain ASCII without < > and commas, and at most 900 characters"
            raise ValueError(message)
    return value


def _split(value: str, schemes: set[str], message: str) -> Any:
    try:
        parts = urlsplit(value)
        fine = parts.scheme in schemes and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError as error:  # a port beyond 65535, an unclosed bracket
        raise ValueError(f"{message} ({error})") from None
    if not fine or any(char.isspace() or not char.isprintable() for char in value):
        raise ValueError(message)
    return parts


def timezone(value: str) -> str:
    from zoneinfo import ZoneInfo, available_timezones

    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        zones = {zone.lower(): zone for zone in available_timezones()}
        zones |= dict.fromkeys(_CHINAS_CLOCK, "Asia/Shanghai")
        guess = did_you_mean(value, zones)
        for said, zone in zones.items():
            guess = guess.replace(f"`{said}`", f"`{zone}`")
        message = f'no such time zone: "{value}"{guess or "; write for example Asia/Shanghai"}'
        raise ValueError(message) from None
    return value


def cron(value: str | None, zone: str) -> str | None:
    from presswatch.polling.schedule import check_cron

    error = None if value is None else check_cron(value, zone)
    if error:
        raise ValueError(error)
    return value


def quiet(value: str) -> str:
    from alerts.digest.quiet import parse_quiet

    parse_quiet(value)
    return value


def throttle(value: str) -> str:
    from alerts.digest.throttle import parse_throttle

    parse_throttle(value)
    return value


def rate(value: str) -> str:
    from alerts.rate import parse

    parse(value)
    return value


def contact(value: str) -> str:
    fine = value.isascii() and value.isprintable() and " " not in value
    if value and not (fine and value.startswith(("mailto:", "http://", "https://"))):
        message = "must be mailto:you@example.org or the URL of a page about you, in plain ASCII"
        raise ValueError(message)
    return value


def network(value: str) -> str:
    import ipaddress

    try:
        ipaddress.ip_network(value)
    except ValueError as error:
        raise ValueError(f"not a network such as 10.0.0.0/8 or fd00::/8: {error}") from None
    return value


def selector(value: str) -> str:
    """A CSS selector, or ""."""
    return some_selector(value) if value else value


def some_selector(value: str) -> str:
    import soupsieve

    try:
        soupsieve.compile(value)
    except (soupsieve.SelectorSyntaxError, NotImplementedError) as error:
        said = str(error).splitlines()[0]
        found = _POSITION.search(said)
        place = f"column {int(found[1]) + 1}: " if found else ""
        if isinstance(error, soupsieve.SelectorSyntaxError) and error.col is not None:
            line = f"line {error.line}, " if "\n" in value else ""
            place = f"{line}column {error.col}: "
        message = f"{place}not a CSS selector: {_POSITION.sub('', said)}"
        raise ValueError(message) from None
    return value


def pattern(value: str) -> str:
    """A regular expression that is not found in just any line."""
    try:
        found = re.compile(value)
    except re.error as error:
        place = f"column {error.pos + 1}: " if error.pos is not None else ""
        message = f"{place}not a regular expression: {error.msg}"
        raise ValueError(message) from None
    except (OverflowError, RecursionError):
        message = "not a regular expression: too large"
        raise ValueError(message) from None
    if found.search("") and found.search("\0"):
        message = "is found in every line, and would leave nothing"
        raise ValueError(message)
    return value


def query(value: str, info: ValidationInfo) -> str:
    """A query that can be read with the concepts that are the context, if there are any."""
    from archive.query import Concepts, parse

    parse(value, Concepts(info.context or {}))
    return value


def headers(value: dict[str, str]) -> dict[str, str]:
    for key, text in value.items():
        if not _HEADER.fullmatch(key):
            message = f"not the name of a header: {key!r}"
            raise ValueError(message)
        if key.lower() in _OURS - {"cookie"}:
            message = f"{key} is set by presswatch itself"
            raise ValueError(message)
        if not text.isprintable() or text != text.strip():
            message = f"the value of {key} must be one line of printable characters"
            raise ValueError(message)
    return value


def secrets(value: Items) -> Items:
    for secret in some(value):
        if not secret or not secret.isprintable():
            message = "must be one line of printable characters, and not empty"
            raise ValueError(message)
        if not secret_bytes(secret):
            message = "must have base64 behind whsec_"
            raise ValueError(message)
    return value


def secret_bytes(secret: str) -> int:
    """How many bytes a signing secret has; 0 where it says that it is base64 and is not."""
    text = secret.removeprefix("whsec_")
    try:
        size = len(base64.b64decode(text + "=" * (-len(text) % 4), validate=True))
    except ValueError:  # not base64, or not even ASCII
        size = 0
    return size if secret != text or size >= 24 else len(secret.encode())


def address(value: str) -> str:
    from alerts.letter import address as bare

    try:
        fine = value.isprintable() and _ADDRESS.fullmatch(bare(value))
    except ValueError:
        fine = None
    if not fine:
        message = "must be a mail address such as you@example.org or You <you@example.org>"
        raise ValueError(message)
    return value


def addresses(value: Items) -> Items:
    some(value)
    for item in value:
        address(item)
    return value

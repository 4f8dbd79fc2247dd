"""The secrets of a config, and texts without them: for logs, and for reasons that are kept.

Secret is what is made to be one (signing secrets, passwords, values of headers, where a webhook
leads), and whatever the config takes from the environment or a file, since that is why it is there.
"""

from __future__ import annotations

import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from presswatch.config.records import Config

HIDDEN = "[secret]"

#: Shorter texts would be found where they are no secret.
_LEAST = 6

_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")

#: Whose URLs name a server, a user and a path.
_WAYS = frozenset({"http", "https", "smtp", "smtps"})
_URL_PARTS = re.compile(r"[/@?&=:#]")

#: Paths of files are no secrets, and an operator wants to read them in the log.
_OPEN = frozenset({"archive"})


class Hider:
    """Takes secrets out of texts; `learn` replaces those that it knew."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._pattern: re.Pattern[str] | None = None
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Hide these from now on."""
        spellings = {way for secret in secrets for way in (secret, quote(secret), unquote(secret))}
        long = sorted((one for one in spellings if len(one) >= _LEAST), key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, long))) if long else None

    def __call__(self, text: str) -> str:
        """The text with HIDDEN in the place of every secret."""
        return text if self._pattern is None else self._pattern.sub(HIDDEN, text)


def secrets_of(
    config: Config, document: Mapping[str, Any], environ: Mapping[str, str]
) -> frozenset[str]:
    """Everything in a config that must not be read anywhere else."""
    found = {part for secret in _made(config) for part in _parts(secret)}
    for section, value in document.items():
        if section not in _OPEN:
            found.update(environ[name] for name in _referred(value) if name in environ)
    return frozenset(found)


def _made(config: Config) -> Iterator[str]:
    """What is secret by its kind."""
    for channel in config.channels:
        for one in fields(channel):
            if not one.repr:  # the channels' own mark for it
                value = getattr(channel, one.name)
                yield from [value] if isinstance(value, str) else value
    for source in config.sources:
        yield from (value for _, value in source.headers)
    yield from (config.web.password, config.web.token, config.fetch.proxy)


def _parts(secret: str) -> Iterator[str]:
    """A secret as it may be met: whole; of a URL its path and password; of a header its token."""
    if "://" not in secret:
        yield secret
        yield secret.removeprefix("whsec_")
        yield secret.rpartition(" ")[2]
        return
    parts = urlsplit(secret)
    if parts.scheme not in _WAYS:  # of a chat service: any part of it may be the key
        yield from _URL_PARTS.split(secret.partition("://")[2])
        return
    if parts.password:
        yield parts.password
    if len(parts.path) > 1 or parts.query:
        yield secret
        yield f"{parts.path}?{parts.query}" if parts.query else parts.path


def _referred(value: Any) -> Iterator[str]:
    """The names of the variables that a value of the document takes something from."""
    if isinstance(value, str):
        yield from _REFERENCE.findall(value)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _referred(item)
    elif isinstance(value, list):
        for item in value:
            yield from _referred(item)

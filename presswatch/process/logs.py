"""What the running service says on standard error: for people on a terminal, else JSON lines.

A line is one event, without secrets and without control characters, whoever wrote what is in it.
Scrapy, APScheduler and the others log through the standard library; it comes out in the same
form, from warnings upwards, since their chatter is not ours.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any, Literal

import structlog

from presswatch.config.secretwords import Hider
from presswatch.console import visible

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from structlog.typing import Processor

#: What must not be in any line; the service teaches it the secrets of its config.
hide = Hider()

Format = Literal["auto", "console", "json"]

#: What `[service] log_level` may say.
LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


def set_up(form: Format = "auto", *, verbose: bool = False, level: int = logging.INFO) -> None:
    """Send log lines from `level` upwards to standard error; `auto` looks if that is a terminal."""
    level = logging.DEBUG if verbose else level
    terminal = sys.stderr.isatty()
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _safe,
    ]
    renderer = _renderer(form, terminal=terminal)
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,  # modules make their loggers before this is called
    )
    theirs = logging.INFO if verbose else max(level, logging.WARNING)
    _take_over_the_library([*shared, _without_record, renderer], theirs)


def _renderer(form: Format, *, terminal: bool) -> Processor:
    if form == "json" or (form == "auto" and not terminal):
        return structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    return structlog.dev.ConsoleRenderer(
        colors=terminal, pad_event_to=18, exception_formatter=structlog.dev.plain_traceback
    )


def _take_over_the_library(processors: list[Processor], level: int) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=[_logger_name], processors=processors)
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    logging.captureWarnings(capture=True)


def _logger_name(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event["logger"] = event["_record"].name
    return event


def _without_record(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event.pop("_record", None)
    event.pop("_from_structlog", None)
    return event


def _safe(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Titles, URLs and answers are other people's text, on a terminal and in a log file alike."""
    for key, value in event.items():
        if not key.startswith("_"):  # what the standard library hands on, not shown
            event[key] = _shown(value, keep="\n\t" if key == "exception" else "")
    return event


def _shown(value: Any, keep: str) -> Any:
    """Without secrets, without control characters, however deep."""
    if isinstance(value, str):  # most are
        return visible(hide(value), keep=keep)
    if isinstance(value, dict):
        return {_shown(str(key), keep): _shown(item, keep) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_shown(item, keep) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return visible(hide(str(value)), keep=keep)

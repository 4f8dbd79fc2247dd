"""The service's log of a demo: JSON lines in a file, and every event handed on as it happens."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, MutableMapping
    from pathlib import Path
    from typing import TextIO

    from structlog.typing import Processor

_STAMP: list[Processor] = [
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]
_RENDER = structlog.processors.JSONRenderer(ensure_ascii=False, default=str)


@contextmanager
def recording(path: Path, hear: Callable[[Mapping[str, Any]], None]) -> Iterator[None]:
    """Write all events to `path`, the debugging ones too, and call `hear` with each of our own.

    What other libraries have to warn of goes to the file alone.
    """

    def heard(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        hear(event)
        return event

    root = logging.getLogger()
    before = structlog.get_config(), root.handlers, root.level
    with path.open("w", encoding="utf-8") as file:
        structlog.configure(
            processors=[*_STAMP, heard, _RENDER],
            wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
            logger_factory=structlog.PrintLoggerFactory(file),
            cache_logger_on_first_use=False,
        )
        root.handlers = [_of_libraries(file)]
        root.setLevel(logging.WARNING)
        logging.captureWarnings(capture=True)
        try:
            yield
        finally:
            logging.captureWarnings(capture=False)
            structlog.configure(**before[0])
            root.handlers, root.level = before[1], before[2]


def _of_libraries(file: TextIO) -> logging.Handler:
    """Writes what the standard logging brings in the same form."""
    handler = logging.StreamHandler(file)
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_STAMP, structlog.stdlib.add_logger_name],
            processors=[remove, _RENDER],
        )
    )
    return handler

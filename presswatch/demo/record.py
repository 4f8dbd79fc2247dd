"""The service's log of a demo: JSON lines in a file, and every event handed on as it happens."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, MutableMapping
    from pathlib import Path

    from structlog.typing import Processor


@contextmanager
def recording(path: Path, hear: Callable[[Mapping[str, Any]], None]) -> Iterator[None]:
    """Write all events to `path`, the debugging ones too, and call `hear` with each of our own.

    What other libraries have to warn of goes to the file alone.
    """

    def heard(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        hear(event)
        return event

    stamp: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    render = structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    root = logging.getLogger()
    before = structlog.get_config(), root.handlers, root.level
    with path.open("w", encoding="utf-8") as file:
        structlog.configure(
            processors=[*stamp, heard, render],
            wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
            logger_factory=structlog.PrintLoggerFactory(file),
            cache_logger_on_first_use=False,
        )
        handler = logging.StreamHandler(file)
        remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
        handler.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                foreign_pre_chain=[*stamp, structlog.stdlib.add_logger_name],
                processors=[remove, render],
            )
        )
        root.handlers = [handler]
        root.setLevel(logging.WARNING)
        logging.captureWarnings(capture=True)
        try:
            yield
        finally:
            logging.captureWarnings(capture=False)
            structlog.configure(**before[0])
            root.handlers, root.level = before[1], before[2]

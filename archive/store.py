"""The articles of the archive: filing them, finding them again, and keeping their index."""

from __future__ import annotations

from archive.connection import open_for_reading, transaction
from archive.lock import ServiceLock
from archive.writer import Archive

__all__ = ["Archive", "ServiceLock", "open_for_reading", "transaction"]

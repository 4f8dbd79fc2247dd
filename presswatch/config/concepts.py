"""The [concept] table: names for queries, used as ``@NAME`` in any query."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from presswatch.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NAME = re.compile(r"\w[\w.-]*")


def concepts_of(document: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Name → its queries, as far as the document writes them as it should."""
    table = document.get("concept")
    found: dict[str, tuple[str, ...]] = {}
    for name, value in (table if isinstance(table, dict) else {}).items():
        items = [value] if isinstance(value, str) else value
        if isinstance(items, list) and items and all(isinstance(item, str) for item in items):
            found[name] = tuple(items)
    return found


def concept_problems(concepts: Mapping[str, tuple[str, ...]]) -> Iterator[Problem]:
    """Names that cannot be written behind a @, and queries that cannot be understood."""
    from archive import query
    from archive.query.concepts import key

    seen: dict[str, str] = {}
    for name in concepts:
        if not _NAME.fullmatch(name):
            message = "the name of a concept has letters, digits, _ - and . only"
            yield Problem(f"concept.{name}", message)
        if (first := seen.setdefault(key(name), name)) != name:
            yield Problem(f"concept.{name}", f"is the same name as {first}, but for case or width")
    for name, number, error in query.concept_problems(concepts):
        yield Problem(f"concept.{name}[{number}]", str(error))

"""What pydantic found, in words for whoever wrote the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from presswatch.config.values import did_you_mean
from presswatch.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic_core import ErrorDetails

    from presswatch.config.model import Table

_WORDS = {
    "missing": "is missing",
    "string_type": "must be text in quotes, not {input}",
    "bool_type": "must be true or false, without quotes, not {input}",
    "int_type": "must be a whole number, without quotes, not {input}",
    "list_type": 'must be a list such as ["a", "b"], not {input}',
    "dict_type": 'must be a table such as {{ Key = "value" }}, not {input}',
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "string_too_short": "must not be empty",
}


def keys_of(table: type[Table]) -> list[str]:
    """Every key that the table may have, `*_file` included."""
    names = [field.alias or name for name, field in table.model_fields.items()]
    return names + [f"{name}_file" for name in sorted(table.twins)]


def unknown_key(path: str, key: str, known: Iterable[str]) -> Problem:
    return Problem(path, f"unknown key{did_you_mean(key, known)}")


def problem_of(details: ErrorDetails, place: str, table: type[Table]) -> Problem:
    """One of pydantic's errors, with its path counted from 1."""
    path = place + "".join(
        f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in details["loc"]
    )
    kind, context = details["type"], details.get("ctx", {})
    if kind == "extra_forbidden":
        return unknown_key(path, str(details["loc"][-1]), keys_of(table))
    if kind == "value_error":
        return Problem(path, str(context["error"]))
    if kind == "literal_error":
        wanted = str(context["expected"])
        near = did_you_mean(str(details["input"]), wanted.replace("'", "").split(", "))
        return Problem(path, f"must be one of {wanted}, not {details['input']!r}{near}")
    words = _WORDS.get(kind, details["msg"][:1].lower() + details["msg"][1:].replace("{", "{{"))
    return Problem(path, words.format(input=_what(details["input"]), **context))


def _what(value: Any) -> str:
    """The kind of a value, never the value: it may be a secret."""
    kinds: dict[type, str] = {
        str: "text",
        bool: "true or false",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "a table",
    }
    return kinds.get(type(value), "a date")

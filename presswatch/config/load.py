"""The way in: `load` judges all of it, `outline` takes what reading the archive needs.

`load` is all or nothing: one problem anywhere and nothing runs. `outline` asks no secret and
imports nothing heavy, so that `search` and `status` answer at once, also in a shell that lacks
the service's environment.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from presswatch.config.concepts import concepts_of
from presswatch.config.expand import expand
from presswatch.config.records import Config, archive_place
from presswatch.config.syntax import problem_of
from presswatch.errors import ConfigError, ConfigMissing, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from alerts.rule import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """As much of a config file as the commands need that only read the archive."""

    path: Path
    archive_path: Path
    timezone: str
    sources: tuple[tuple[str, bool], ...]  # name, enabled
    channels: tuple[tuple[str, bool], ...]
    concepts: Mapping[str, tuple[str, ...]]  # name → queries


def load(path: Path, environ: Mapping[str, str]) -> Config:
    """The whole config.

    Raises ConfigError with all problems at once, each with its path, counted from 1
    (``rule[2].query: column 17: …``), and ConfigMissing where there is no file.
    """
    document = read(path)
    from presswatch.config.check import check
    from presswatch.config.secretwords import secrets_of

    config = check(path, document, environ)
    return replace(config, secrets=secrets_of(config, document, environ))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """The rules, checked, and as much else as trying them on the archive needs."""

    outline: Outline
    rules: tuple[Rule, ...]  # each names only channels that are enabled
    disabled: tuple[tuple[str, tuple[str, ...]], ...]  # rule → its channels that are not


def rulebook(path: Path, environ: Mapping[str, str]) -> Rulebook:
    """The rules alone, also in a shell that lacks the secrets of the channels.

    Raises ConfigError with the problems of the rules, and of what `outline` needs.
    """
    seen = outline(path, environ)
    from presswatch.config.check import check_rules

    rules, disabled = check_rules(path, read(path), environ)
    return Rulebook(outline=seen, rules=rules, disabled=disabled)


def outline(path: Path, environ: Mapping[str, str]) -> Outline:
    """The names and the archive's place. Raises ConfigError if even these cannot be read."""
    document = read(path)
    archive = _table(document, "archive")
    filled = expand(archive, "archive", environ, path.parent)
    place = filled.values.get("path", "presswatch.db")
    if not isinstance(place, str) or not place:
        filled.problems.append(Problem("archive.path", "must be the path of the archive file"))
    if filled.problems:
        raise ConfigError(str(path), problems=filled.problems)
    timezone = _table(document, "service").get("timezone", "UTC")
    return Outline(
        path=path,
        archive_path=archive_place(path, place),
        timezone=timezone if isinstance(timezone, str) else "UTC",
        sources=_named(document, "source"),
        channels=_named(document, "channel"),
        concepts=concepts_of(document),
    )


def read(path: Path) -> dict[str, Any]:
    """The document as TOML. Raises ConfigMissing, or ConfigError naming line and column."""
    text = ""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        return tomllib.loads(text)
    except FileNotFoundError:
        raise ConfigMissing(str(path)) from None
    except OSError as error:
        raise ConfigError(str(path), cause=error.strerror or str(error)) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        message = "not UTF-8; save the file in that encoding"
        raise ConfigError(str(path), problems=[Problem(f"line {line}", message)]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(str(path), problems=[problem_of(error, text)]) from None


def _table(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = document.get(key, {})
    if isinstance(value, dict):
        return value
    raise ConfigError(problems=[Problem(key, f"must be a table: [{key}]")])


def _named(document: Mapping[str, Any], key: str) -> tuple[tuple[str, bool], ...]:
    tables = document.get(key, [])
    return tuple(
        (table["name"], table.get("enabled") is not False)
        for table in (tables if isinstance(tables, list) else [])
        if isinstance(table, dict) and isinstance(table.get("name"), str)
    )

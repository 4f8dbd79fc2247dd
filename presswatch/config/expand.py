"""`${VAR}` and `*_file`: what a config file takes from elsewhere, before anything is judged."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from presswatch.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

_REFERENCE = re.compile(r"\$(?:\$(?=\{)|\{([^{}]*)\}?)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(slots=True)
class Expanded:
    """A table with everything fetched that it refers to.

    `blank` holds the keys whose value could not be had; `literal` those of string values that
    stand in the file itself, which for a secret deserves a warning.
    """

    values: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    blank: set[str] = field(default_factory=set)
    literal: set[str] = field(default_factory=set)


def expand(
    table: Mapping[str, Any],
    path: str,
    environ: Mapping[str, str],
    base: Path,
    twins: frozenset[str] = frozenset(),
) -> Expanded:
    """The table with `${VAR}` filled in and `KEY_file` read for each KEY of `twins`.

    Paths of files count from `base`, the folder of the config file.
    """
    done = Expanded()
    for key, value in table.items():
        target = key.removesuffix("_file")
        is_twin = key.endswith("_file") and target in twins
        where = f"{path}.{key}" if path else key
        problems: list[Problem] = []
        filled = _fill(value, where, environ, problems)
        if is_twin and target in table:
            problems.append(Problem(where, f"`{target}` is given as well; keep one of the two"))
        elif is_twin and not problems:
            filled = _read_all(filled, where, base, problems)
        if problems or (filled == "" != value):
            done.blank.add(target if is_twin else key)
        if not is_twin and filled == value:
            done.literal.add(key)
        done.problems += problems
        done.values[target if is_twin else key] = filled
    return done


def _fill(value: Any, where: str, environ: Mapping[str, str], problems: list[Problem]) -> Any:
    if isinstance(value, str):
        return _REFERENCE.sub(lambda found: _one(found, where, environ, problems), value)
    if isinstance(value, list):
        return [
            _fill(item, f"{where}[{number}]", environ, problems)
            for number, item in enumerate(value, start=1)
        ]
    if isinstance(value, dict):
        return {
            key: _fill(item, f"{where}.{key}", environ, problems) for key, item in value.items()
        }
    return value


def _one(
    found: re.Match[str], where: str, environ: Mapping[str, str], problems: list[Problem]
) -> str:
    name = found[1]
    if name is None:  # `$${` stands for a plain `${`
        return "$"
    if not _NAME.fullmatch(name):
        message = f"`{found[0]}` is not a variable; write `${{NAME}}`, or `$${{` for a plain `${{`"
        problems.append(Problem(where, message))
    elif name not in environ:
        problems.append(Problem(where, f"the environment variable {name} is not set"))
    else:
        return environ[name]
    return ""


def _read_all(value: Any, where: str, base: Path, problems: list[Problem]) -> Any:
    if isinstance(value, dict):
        return {
            key: _read_all(item, f"{where}.{key}", base, problems) for key, item in value.items()
        }
    if isinstance(value, str) and value:
        return _read(base / Path(value).expanduser(), where, problems)
    problems.append(Problem(where, "must be the path of a file, in quotes"))
    return ""


def _read(file: Path, where: str, problems: list[Problem]) -> str:
    try:
        text = file.read_text(encoding="utf-8").strip()
    except OSError as error:
        problems.append(Problem(where, f"cannot read {file}: {error.strerror}"))
        return ""
    except UnicodeDecodeError:
        problems.append(Problem(where, f"{file} is not text in UTF-8"))
        return ""
    if not text:
        problems.append(Problem(where, f"{file} is empty"))
    return text

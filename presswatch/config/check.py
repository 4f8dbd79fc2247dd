"""The judgement of a config file: every table by its model, then what they say about each other.

document ─ expand ─▶ model of the table ─▶ names against names ─▶ records
              └──────────┴── problems, all of them ──┴─▶ ConfigError
"""

from __future__ import annotations

from collections import defaultdict
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

from pydantic import ValidationError

from presswatch.config import model, webvalues
from presswatch.config.build import build, rules, web
from presswatch.config.concepts import concept_problems, concepts_of
from presswatch.config.expand import Expanded, expand
from presswatch.config.words import problem_of, unknown_key
from presswatch.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from alerts.rule import Rule
    from presswatch.config.records import Config, WebOptions


class Judged:
    """The tables of a document that are right, and what is wrong with the others."""

    def __init__(self, path: Path, environ: Mapping[str, str]) -> None:
        self.path = path
        self.environ = environ
        self.problems: list[Problem] = []
        #: Section → place ("rule[2]") → the raw table, the table as filled in, and its model.
        self.raw: dict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
        self.filled: dict[str, Expanded] = {}
        self.models: dict[str, model.Table] = {}
        self.concepts: dict[str, tuple[str, ...]] = {}  # for the queries of rules

    def judge(self, document: Mapping[str, Any], *, only: Collection[str] = model.TABLES) -> None:
        """The tables of `only` these sections; of the others just the names are taken."""
        self.concepts = concepts_of(document)
        self.problems += concept_problems(self.concepts)
        for key in document:
            if key not in model.TABLES:
                self.problems.append(unknown_key(key, key, model.TABLES))
        for section in model.TABLES:
            for place, table in self._tables(section, document):
                self.raw[section][place] = table
                if section in only:
                    self._one(section, place, table)

    def _tables(
        self, section: str, document: Mapping[str, Any]
    ) -> list[tuple[str, Mapping[str, Any]]]:
        many = section in {"source", "channel", "rule"}
        value = document.get(section, [] if many else {})
        if many and isinstance(value, list) and all(isinstance(item, dict) for item in value):
            return [(f"{section}[{number}]", item) for number, item in enumerate(value, start=1)]
        if not many and isinstance(value, dict):
            return [(section, value)]
        wanted = f"[[{section}]], one for each {section}" if many else f"[{section}]"
        self.problems.append(Problem(section, f"must be written as {wanted}"))
        return []

    def _one(self, section: str, place: str, table: Mapping[str, Any]) -> None:
        kind = model.TABLES[section]
        if section == "channel":
            kind = model.CHANNELS.get(_text(table.get("type")), model.ChannelTable)
        filled = expand(table, place, self.environ, self.path.parent, kind.twins)
        off = section == "channel" and table.get("enabled") is False
        problems = [] if off else list(filled.problems)
        skip = filled.blank if off else {_key(place, found.path) for found in filled.problems}
        try:
            self.models[place] = kind.model_validate(filled.values, context=self.concepts)
        except ValidationError as error:
            unknown_type = kind is model.ChannelTable
            problems += [
                _emptied(problem_of(details, place, kind), place, table, filled)
                for details in error.errors(include_url=False)
                if details["loc"][0] not in skip
                # Which keys a channel may have is not known before its type is.
                and not (unknown_type and details["type"] == "extra_forbidden")
            ]
        self.filled[place] = filled
        name = _text(table.get("name"))
        note = f" (in {section} {name!r})" if name else ""
        self.problems += [Problem(found.path, found.message + note) for found in problems]

    def compare(self) -> None:
        """What tables say about each other, by the names as they stand in the file."""
        for section in ("source", "channel", "rule"):
            self._twice(section)
        channels = self._names("channel")
        sources = self._names("source")
        for place, table in self.raw["service"].items():
            name = _text(table.get("operator"))
            if name and name not in channels:
                message = f"no channel is called {name!r}"
                self._unknown(f"{place}.operator", message, name, channels)
        web = self.models.get("web")
        # A password that could not be had is a problem of its own already.
        unhad = {_key("web", one.path) for one in self.problems if one.path.startswith("web.")}
        if isinstance(web, model.WebTable) and _is_open(web) and not unhad & _GUARDS:
            self.problems.append(Problem("web.listen", webvalues.OPEN))
        for place, table in self.raw["rule"].items():
            for number, name in _texts(table.get("channels")):
                if name not in channels:
                    message = f"no channel is called {name!r}"
                    self._unknown(f"{place}.channels[{number}]", message, name, channels)
            for number, glob in _texts(table.get("sources")):
                if sources and not any(fnmatchcase(name, glob.lstrip("!")) for name in sources):
                    message = f"no source matches {glob!r}"
                    self._unknown(f"{place}.sources[{number}]", message, glob, sources)

    def _names(self, section: str) -> list[str]:
        names = (_text(table.get("name")) for table in self.raw[section].values())
        return [name for name in names if name]

    def _twice(self, section: str) -> None:
        seen: dict[str, str] = {}
        for place, table in self.raw[section].items():
            name = normalize("NFKC", _text(table.get("name"))).casefold()
            if name and (first := seen.setdefault(name, place)) != place:
                message = f"{table['name']!r} is the name of {first} already"
                self.problems.append(Problem(f"{place}.name", message))

    def _unknown(self, path: str, message: str, name: str, known: list[str]) -> None:
        from presswatch.config.values import did_you_mean

        self.problems.append(Problem(path, message + did_you_mean(name, known)))


def check(path: Path, document: Mapping[str, Any], environ: Mapping[str, str]) -> Config:
    """The config of a document. Raises ConfigError with every problem in the order of the file."""
    judged = Judged(path, environ)
    judged.judge(document)
    judged.compare()
    if judged.problems:
        raise ConfigError(str(path), problems=sorted(judged.problems, key=_order))
    off = tuple(
        table["name"] for table in judged.raw["channel"].values() if table.get("enabled") is False
    )
    return build(path, judged.models, judged.filled, off)


def check_web(path: Path, document: Mapping[str, Any], environ: Mapping[str, str]) -> WebOptions:
    """The [web] table alone, whatever else is wrong. Raises ConfigError with its problems."""
    judged = Judged(path, environ)
    judged.judge({"web": document["web"]} if "web" in document else {})
    judged.compare()
    if judged.problems:
        raise ConfigError(str(path), problems=judged.problems)
    return web(judged.models["web"])


#: Sections without which a rule means something else.
_OF_RULES = frozenset({"concept", "rule"})


def check_rules(
    path: Path, document: Mapping[str, Any], environ: Mapping[str, str]
) -> tuple[tuple[Rule, ...], tuple[tuple[str, tuple[str, ...]], ...]]:
    """The rules of a document, and which of their channels are off, whatever else is wrong in it.

    Raises ConfigError with the problems of the rules alone.
    """
    judged = Judged(path, environ)
    judged.judge(document, only=_OF_RULES)  # ten thousand sources take their time
    judged.compare()
    wrong = [p for p in judged.problems if p.path.split(".")[0].split("[")[0] in _OF_RULES]
    if wrong:
        raise ConfigError(str(path), problems=sorted(wrong, key=_order))
    channels = judged.raw["channel"].values()
    on = {_text(table.get("name")) for table in channels if table.get("enabled") is not False}
    tables = [table for table in judged.models.values() if isinstance(table, model.RuleTable)]
    off = (tuple(name for name in table.channels if name not in on) for table in tables)
    disabled = tuple((table.name, names) for table, names in zip(tables, off, strict=True))
    return rules(judged.models, on), disabled


def _order(problem: Problem) -> tuple[int, int]:
    """Sections as the documents list them, tables as they stand in the file."""
    head = problem.path.split(".")[0]
    section, _, number = head.rstrip("]").partition("[")
    known = list(model.TABLES)
    return (known.index(section) if section in known else -1), int(number or 0)


def _emptied(problem: Problem, place: str, table: Mapping[str, Any], filled: Expanded) -> Problem:
    """The problem, and whose emptiness it comes from: `NAME=` in an environment file."""
    key = _key(place, problem.path)
    if key not in filled.blank or key not in table:
        return problem
    return Problem(problem.path, f"{problem.message}; {table[key]} is set and empty")


def _key(place: str, path: str) -> str:
    """The key of the table that a path leads to; a twin (`secret_file`) stands for the secret."""
    return path.removeprefix(f"{place}.").split(".")[0].split("[")[0].removesuffix("_file")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: Any) -> list[tuple[int, str]]:
    items = value if isinstance(value, list) else []
    return [(number, item) for number, item in enumerate(items, 1) if isinstance(item, str)]


#: Keys of which one keeps strangers from the page.
_GUARDS = {"password", "token"}


def _is_open(table: model.WebTable) -> bool:
    """Whether the page would be served to others than this machine, to whoever comes."""
    guarded = table.password or table.token or not table.enabled
    return not guarded and webvalues.reaches_others(table.listen)

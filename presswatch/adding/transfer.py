"""Sources that come from a feed reader, and go to one: what each outline becomes, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from presswatch.adding.naming import Names, same_address
from presswatch.adding.opml import MORE, Outline
from presswatch.config.edit import literal
from presswatch.config.model import SourceTable
from presswatch.config.words import problem_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from presswatch.config.records import Config


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What becomes of an outline."""

    fate: str  # added | known | refused
    url: str
    name: str = ""  # of the new source, or of the one that has its address
    problem: str = ""  # why it was refused
    table: dict[str, Any] | None = None  # of a new source


def judged(outlines: Iterable[Outline], config: Config) -> Iterator[Judged]:
    """What becomes of each outline, in their order; nothing is written."""
    known = {same_address(source.url): source.name for source in config.sources}
    names = Names(source.name for source in config.sources)
    for outline in outlines:
        key, url = same_address(outline.url), outline.url
        if key in known:
            yield Judged(fate="known", url=url, name=known[key])
            continue
        name = names.take(url, outline.name)
        table, problem = _table(outline, name)
        if problem:
            yield Judged(fate="refused", url=url, problem=problem)
            continue
        known[key] = name
        yield Judged(fate="added", url=url, name=name, table=table)


def _table(outline: Outline, name: str) -> tuple[dict[str, Any], str]:
    """The source's table and what is wrong with it, or ``""``."""
    given = {"name": name, "url": outline.url, "kind": outline.kind}
    given |= {key: getattr(outline, key) for key in MORE}
    values = {key: value for key, value in given.items() if value}
    try:
        SourceTable.model_validate(values)
    except ValidationError as error:
        problems = [problem_of(one, "", SourceTable) for one in error.errors(include_url=False)]
        return {}, "; ".join(str(one).removeprefix(".") for one in problems)
    return {key: literal(value) for key, value in values.items()}, ""


def outlines_of(tables: Any, left_out: list[str]) -> Iterator[Outline]:
    """The sources of a config from its tables as they stand, which hold no secret.

    Those whose address takes something from the environment are named in `left_out`: there it may
    be one.
    """
    for table in tables if isinstance(tables, list) else []:
        if not (isinstance(table, dict) and isinstance(table.get("url"), str)):
            continue
        name, url = str(table.get("name", "")), table["url"]
        if "${" in url.replace("$${", ""):
            left_out.append(name)
            continue
        yield Outline(
            url=url.replace("$${", "${"),
            name=name.replace("$${", "${"),
            kind=str(table.get("kind", "auto")),
            **{key: table[key] for key in MORE if isinstance(table.get(key), str)},
        )

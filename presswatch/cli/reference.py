"""docs/commands.md, config.md and tables.md, produced from commands, models and schema themselves.

`python -m presswatch.cli.reference docs` writes them; a test fails where they are not up to date.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from presswatch.cli.group import main
from presswatch.cli.tables import tables_page
from presswatch.config import values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

    from presswatch.config.model import Table

COMMANDS_HEAD = """# Commands

Made from `--help` by `python -m presswatch.cli.reference docs`; do not edit.

Data goes to standard output; progress, warnings and errors go to standard error.
Exit codes mean the same everywhere:

| code | meaning |
|---|---|
| 0 | what was asked for is done, or is so |
| 1 | it is not so: nothing found, something needs attention, a poll failed |
| 2 | the command or the config is wrong; nothing was done |
| 3 | it could not be done or looked up: no archive, archive busy, file not readable |
| 130 | interrupted |
"""

CONFIG_HEAD = """# config.toml

The tables below are made from the models by `python -m presswatch.cli.reference docs`; do not edit.

- Durations are text: `"5s"`, `"15m"`, `"2h"`, `"3d"`. Sizes are `"500KB"`, `"10MB"`.
- `${NAME}` anywhere in a text is taken from the environment; `$${` stands for a plain `${`.
- A key marked *file* may be given as `KEY_file`, the path of a file whose content is the value.
  Paths count from the folder of the config file.
- Unknown keys, wrong types, names that lead nowhere: all problems are reported at once, each with
  its path, counted from 1: `rule[2].query: column 17: …`. Nothing runs with part of a config.
"""

TITLES = {
    "service": ("[service]", ""),
    "archive": ("[archive]", ""),
    "fetch": ("[fetch]", ""),
    "web": ("[web]", "The page: see docs/api.md for what it answers to programs."),
    "source": ("[[source]]", "One for each place that lists articles."),
    "webhook": ('[[channel]] type = "webhook"', "See docs/payload.md for what is sent."),
    "mail": ('[[channel]] type = "mail"', ""),
    "apprise": (
        '[[channel]] type = "apprise"',
        "Every other service; see docs/alerts.md for what is sent and what is made of the answers.",
    ),
    "concept": (
        "[concept]",
        "Every key is a name for queries, used as `@NAME` in any query. See docs/queries.md.",
    ),
    "rule": ("[[rule]]", "One for each thing to look for. See docs/queries.md."),
}


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command that can be called, with the words that call it."""
    context = click.Context(main, info_name="presswatch")
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        if isinstance(command, click.Group):
            yield from ((f"{name} {inner}", one) for inner, one in command.commands.items())
        elif command is not None:
            yield name, command


def commands_page() -> str:
    """The text of docs/commands.md."""
    return COMMANDS_HEAD + "".join(
        f"\n## presswatch {name}\n\n```\n{_help(name, command)}\n```\n"
        for name, command in commands()
    )


def _help(name: str, command: click.Command) -> str:
    context = click.Context(command, info_name=f"presswatch {name}", max_content_width=88)
    context.help_option_names = ["-h", "--help"]
    lines = command.get_help(context).splitlines()
    return "\n".join(line.rstrip() for line in lines)


def config_page() -> str:
    """The text of docs/config.md."""
    from presswatch.config import model

    tables: dict[str, type[Table]] = {**model.TABLES, **model.CHANNELS}
    parts = [CONFIG_HEAD]
    for key, (title, remark) in TITLES.items():
        table = tables[key]
        parts.append(f"\n## `{title}`\n" + (f"\n{remark}\n" if remark else ""))
        if table.model_fields:
            parts.append("\n| key | type | default | meaning |\n|---|---|---|---|\n")
        parts += [_row(name, field, table) for name, field in table.model_fields.items()]
    return "".join(parts)


def _row(name: str, field: FieldInfo, table: type[Table]) -> str:
    key = field.alias or name
    file = " *file*" if name in table.twins else ""
    default = "**required**" if field.is_required() else f"`{_default(field.default)}`"
    if not field.is_required() and field.default in (None, "", [], {}):
        default = ""
    meaning = (field.description or "").replace("|", "\\|")
    return f"| `{key}`{file} | {_type(field)} | {default} | {meaning} |\n"


def _type(field: FieldInfo) -> str:
    choices = get_args(field.annotation)
    if choices and all(isinstance(choice, str) for choice in choices):
        return " ".join(f"`{choice}`" for choice in choices)
    if any(getattr(item, "func", None) is values.size for item in field.metadata):
        return "size"
    text = str(field.annotation)
    if "timedelta" in text and "list" in text:
        return "list of durations"
    for sign, word in (
        ("timedelta", "duration"), ("dict", "table of texts"), ("list", "list of texts"),
        ("bool", "true or false"), ("int", "number"),
    ):  # fmt: skip
        if sign in text:
            return word
    return "text"


def _default(value: Any) -> str:
    from presswatch.units import say_duration

    if isinstance(value, timedelta):
        return f'"{say_duration(value)}"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(_default, value))}]"
    if isinstance(value, int) and value >= 2**20:
        return f'"{value // 2**20}MiB"'
    return f'"{value}"' if isinstance(value, str) else str(value)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    (folder / "commands.md").write_text(commands_page(), encoding="utf-8")
    (folder / "config.md").write_text(config_page(), encoding="utf-8")
    (folder / "tables.md").write_text(tables_page(), encoding="utf-8")

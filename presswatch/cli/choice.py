"""A rule by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from alerts.rule import Rule
    from presswatch.config.load import Rulebook


def choose(book: Rulebook, name: str) -> Rule:
    """The rule of this name; ends the command where there is none."""
    from presswatch.config.values import did_you_mean

    for rule in book.rules:
        if rule.name == name:
            return rule
    near = did_you_mean(name, [rule.name for rule in book.rules])
    message = f"{book.outline.path} has no rule {name!r}{near}"
    raise click.BadParameter(message, param_hint="NAME")

"""What `crawler.health` has found, in words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.health.findings import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawler.health.findings import Finding


def words(finding: Finding) -> str:
    """The finding in a sentence without its subject and its time."""
    say = _SAY[finding.kind]
    return say(finding)


def _shares(what: str) -> Callable[[Finding], str]:
    def say(finding: Finding) -> str:
        usual = f"{finding.expected:.0%}" if finding.expected else "none"
        return f"{finding.seen:g} of {finding.total} articles without {what}, usually {usual}"

    return say


def _say_silence(finding: Finding) -> str:
    rate = finding.expected
    usual = f"{rate:.0f} a day" if rate >= 1 else f"one in {1 / rate:.0f} days"
    hours = finding.seen * 24
    gap = f"{finding.seen:.0f} days" if hours >= 48 else f"{hours:.0f} hours"
    return f"no news for {gap}, usually {usual}"


def _say_failing(finding: Finding) -> str:
    return f"failed {finding.seen:g} times in a row: {finding.note}"


def _say_network(finding: Finding) -> str:
    return f"the network is down: {finding.seen:g} of {finding.total} sites cannot be reached"


def _say_config(finding: Finding) -> str:
    return f"the changed config is wrong, the old one stays in force: {finding.note}"


def _say_disk(finding: Finding) -> str:
    return f"nothing is fetched: {finding.note}"


_SAY: dict[Kind, Callable[[Finding], str]] = {
    Kind.FAILING: _say_failing,
    Kind.LINKS: lambda f: f"the listing gave {f.seen:g} links, usually {f.expected:g}",
    Kind.TEXT: _shares("text"),
    Kind.TITLES: _shares("a title"),
    Kind.DATES: _shares("a date"),
    Kind.LENGTH: lambda f: f"texts of {f.seen:.0f} characters, usually {f.expected:.0f}",
    Kind.PART: lambda f: f"`text` matched nothing on {f.seen:g} of the last {f.total} pages",
    Kind.SILENCE: _say_silence,
    Kind.NETWORK: _say_network,
    Kind.CONFIG: _say_config,
    Kind.DISK: _say_disk,
}

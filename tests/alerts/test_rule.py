from __future__ import annotations

import pytest

from alerts.rule import Rule
from archive.query import parse


@pytest.mark.parametrize(
    ("sources", "name", "applies"),
    [
        (("*",), "gansu-ip", True),
        (("gansu-*",), "gansu-ip", True),
        (("gansu-*",), "Gansu-ip", False),
        (("shenzhen", "gansu-ip"), "gansu-ip", True),
        (("*", "!gansu-*"), "gansu-ip", False),
        (("!gansu-*", "*"), "gansu-ip", False),
        (("!gansu-*",), "shenzhen", True),
        (("!gansu-*",), "gansu-ip", False),
        (("甘肃*",), "甘肃日报", True),
        ((), "anything", True),
    ],
)
def test_which_sources_a_rule_looks_at(sources: tuple[str, ...], name: str, applies: bool) -> None:
    rule = Rule(name="r", query=parse("IPR"), channels=("desk",), sources=sources)

    assert applies == rule.applies_to(name)


def test_a_rule_alerts_once_a_story_unless_told_otherwise() -> None:
    rule = Rule(name="r", query=parse("IPR"), channels=("desk",))

    assert rule.on == "story"
    assert rule.applies_to("anything")

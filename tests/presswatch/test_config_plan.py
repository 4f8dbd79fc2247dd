"""The keys that say when a channel is told: what they become, and what is wrong with them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from alerts.digest.plan import AT_ONCE, Plan
from alerts.digest.quiet import Quiet
from alerts.digest.throttle import Throttle
from presswatch.config.load import load
from presswatch.errors import ConfigError
from presswatch.polling.schedule import CronTimes

if TYPE_CHECKING:
    from pathlib import Path

CHANNEL = """
[service]
timezone = "Asia/Shanghai"
[[channel]]
name = "bot"
type = "webhook"
url = "http://10.0.0.5/hook"
secret = "${{SECRET}}"
{keys}
[[rule]]
name = "patents"
query = "patent"
channels = ["bot"]
{rule}
"""
ENVIRON = {"SECRET": "whsec_cHJlc3N3YXRjaC10ZXN0LXNlY3JldC0xMjM0NTY3ODkw"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def read(file: Path, keys: str, rule: str = "") -> Plan:
    file.write_text(CHANNEL.format(keys=keys, rule=rule), "utf-8")
    return load(file, ENVIRON).channels[0].plan


def test_a_channel_is_told_at_once_if_it_says_nothing(file: Path) -> None:
    assert read(file, "") == AT_ONCE
    assert not load(file, ENVIRON).rules[0].urgent


def test_every_key_reaches_the_plan(file: Path) -> None:
    """A config that is read again says the same: the deliverer stays as it is."""
    keys = 'digest = "0 8 * * mon-fri"\nempty = "send"\nquiet = "22:00-07:00"'
    plan = read(file, keys, "urgent = true")

    assert plan == read(file, keys, "urgent = true") == Plan(
        zone=ZoneInfo("Asia/Shanghai"),
        digest=CronTimes("0 8 * * mon-fri", "Asia/Shanghai"),
        empty=True,
        quiet=Quiet(start=time(22), end=time(7)),
    )  # fmt: skip
    assert load(file, ENVIRON).rules[0].urgent
    (remark,) = load(file, ENVIRON).warnings
    assert remark.startswith("fetch.contact: not given")


def test_the_zone_of_the_channel_goes_before_that_of_the_service(file: Path) -> None:
    plan = read(file, 'timezone = "Europe/Berlin"\nthrottle = "5/15m"\nquiet = "12:00-13:00"')

    assert plan.zone == ZoneInfo("Europe/Berlin")
    assert plan.throttle == Throttle(count=5, window=timedelta(minutes=15))


def test_nonsense_is_named_all_at_once(file: Path) -> None:
    """Each with its path and its reason; nothing runs with part of it."""
    keys = (
        'digest = "0 8 * *"\nempty = "maybe"\nquiet = "22-7"\nthrottle = "0/h"\n'
        'timezone = "Europe/Berlyn"'
    )
    with pytest.raises(ConfigError) as caught:
        read(file, keys, 'urgent = "yes"')
    said = "\n".join(str(caught.value).splitlines())

    for path, reason in (
        ("channel[1].digest", "fields"),
        ("channel[1].empty", "skip"),
        ("channel[1].quiet", '"22:00-07:00"'),
        ("channel[1].throttle", "let nothing through"),
        ("channel[1].timezone", "Europe/Berlin"),
        ("rule[1].urgent", "true"),
    ):
        assert any(path in line and reason in line for line in said.splitlines()), (path, said)


@pytest.mark.parametrize(
    ("keys", "remark"),
    [
        ('digest = "0 8 * * *"\nthrottle = "10/h"', "channel[1].throttle: not used"),
        ('empty = "send"', "channel[1].empty: means nothing"),
        ('throttle = "10/h"\ntimezone = "UTC"', "channel[1].timezone: means nothing"),
    ],
)
def test_what_has_no_effect_is_said(file: Path, keys: str, remark: str) -> None:
    read(file, keys)

    assert any(text.startswith(remark) for text in load(file, ENVIRON).warnings)


@pytest.mark.parametrize(
    ("weekdays", "days"),
    [
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("1-5", {0, 1, 2, 3, 4}),
        ("0", {6}),
        ("7", {6}),
        ("0,6", {5, 6}),
        ("5-7", {4, 5, 6}),
        ("1-5/2", {0, 2, 4}),
        ("sun,3", {2, 6}),
        ("*", set(range(7))),
    ],
)
def test_weekdays_are_counted_as_crontab_counts_them(weekdays: str, days: set[int]) -> None:
    """Sunday is 0 and 7. (The scheduler itself begins with Monday.)"""
    times = CronTimes(f"0 8 * * {weekdays}", "UTC")
    at, found = datetime(2026, 3, 1, tzinfo=UTC), set()
    for _ in range(14):
        at = times.after(at)
        found.add(at.weekday())

    assert found == days


def test_the_next_time_is_later_and_by_the_clock_of_the_zone() -> None:
    """A digest at eight is at eight on both sides of a change of the clocks."""
    times = CronTimes("0 8 * * *", "Europe/Berlin")
    before = times.after(datetime(2026, 3, 28, 6, 59, tzinfo=UTC))

    assert before == datetime(2026, 3, 28, 7, tzinfo=UTC)
    assert times.after(before) == datetime(2026, 3, 29, 6, tzinfo=UTC)

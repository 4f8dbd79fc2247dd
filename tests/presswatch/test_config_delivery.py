"""The keys that say how fast a channel may be sent to, and how long alerts are kept."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from alerts.rate import Rate
from presswatch.config.load import load
from presswatch.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from presswatch.config.records import Config

TEXT = """
[archive]
{archive}
[[channel]]
name = "bot"
type = "webhook"
url = "http://10.0.0.5/hook"
secret = "${{SECRET}}"
{channel}
"""
ENVIRON = {"SECRET": "whsec_cHJlc3N3YXRjaC10ZXN0LXNlY3JldC0xMjM0NTY3ODkw"}


def read(folder: Path, channel: str = "", archive: str = "") -> Config:
    file = folder / "config.toml"
    file.write_text(TEXT.format(channel=channel, archive=archive), "utf-8")
    return load(file, ENVIRON)


def test_by_default_one_at_a_time_as_fast_as_it_answers_and_a_year(tmp_path: Path) -> None:
    """In order, that is."""
    config = read(tmp_path)
    (channel,) = config.channels

    assert (channel.concurrency, channel.rate) == (1, None)
    assert config.archive.keep_alerts == timedelta(days=365)


def test_a_channel_says_how_many_at_once_and_how_often(tmp_path: Path) -> None:
    """What the deliverer gets is what the file says."""
    config = read(tmp_path, 'concurrency = 4\nrate = "20/m"', 'keep_alerts = "forever"')
    (channel,) = config.channels

    assert channel.concurrency == 4
    assert channel.rate == Rate(count=20, per=timedelta(minutes=1))
    assert config.archive.keep_alerts is None


@pytest.mark.parametrize(
    ("channel", "archive", "said"),
    [
        ("concurrency = 0", "", r"channel\[1\].concurrency"),
        ("concurrency = 17", "", r"channel\[1\].concurrency"),
        ('rate = "fast"', "", r'channel\[1\].rate: not a rate: "fast"; write for example'),
        ("", 'keep_alerts = "1h"', r"archive.keep_alerts: must be at least"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_path(
    tmp_path: Path, channel: str, archive: str, said: str
) -> None:
    """And the service does not start."""
    with pytest.raises(ConfigError, match=said):
        read(tmp_path, channel, archive)

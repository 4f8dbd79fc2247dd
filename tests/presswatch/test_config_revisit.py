"""When articles are looked at again, as config.toml says it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from presswatch.config.load import load
from presswatch.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from presswatch.config.records import Config

HOUR = timedelta(hours=1)


def config(folder: Path, fetch: str = "", source: str = "") -> Config:
    file = folder / "config.toml"
    file.write_text(
        f'[fetch]\n{fetch}\n[[source]]\nname = "a"\nurl = "https://n.org/"\n{source}\n',
        encoding="utf-8",
    )
    return load(file, {})


def test_the_default_is_an_hour_six_hours_a_day_and_three_days(tmp_path: Path) -> None:
    read = config(tmp_path)

    assert read.fetch.revisit == (HOUR, 6 * HOUR, 24 * HOUR, 72 * HOUR)
    assert read.sources[0].revisit is None


def test_all_sources_and_each_may_say_otherwise(tmp_path: Path) -> None:
    read = config(tmp_path, 'revisit = ["30m", "2h"]', "revisit = []")

    assert read.fetch.revisit == (HOUR / 2, 2 * HOUR)
    assert read.sources[0].revisit == ()


@pytest.mark.parametrize(
    ("revisit", "said"),
    [
        ('["2h", "1h"]', "must rise"),
        ('["1h", "1h"]', "must rise"),
        ('["5s"]', "at least 1m"),
        ("[3600]", "duration"),
        (str([f"{hours}h" for hours in range(1, 30)]), "20 are enough"),
    ],
)
def test_what_cannot_be_a_schedule_is_named(tmp_path: Path, revisit: str, said: str) -> None:
    with pytest.raises(ConfigError, match=r"fetch\.revisit") as caught:
        config(tmp_path, f"revisit = {revisit}")

    assert said in str(caught.value)

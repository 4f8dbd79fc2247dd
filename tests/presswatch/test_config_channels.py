"""What a channel may say of itself in config.toml."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from alerts.channel import MailChannel
from presswatch.config import Config, load
from presswatch.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

MAIL = """
[[source]]
name = "a"
url = "https://a.example/feed"
[[channel]]
name = "desk"
type = "mail"
to = "one@example.org"
from = "presswatch@example.org"
smtp = "smtp://mail.example.org"
unsubscribe = "{unsubscribe}"
"""


def read(folder: Path, text: str) -> Config:
    file = folder / "config.toml"
    file.write_text(text, "utf-8")
    return load(file, {})


def test_a_mail_channel_says_where_to_unsubscribe(tmp_path: Path) -> None:
    (channel,) = read(tmp_path, MAIL.format(unsubscribe="https://lists.example/u?c=1")).channels

    assert isinstance(channel, MailChannel)
    assert channel.unsubscribe == "https://lists.example/u?c=1"


@pytest.mark.parametrize(
    "url",
    [
        "http://lists.example/u",
        "mailto:me@example.org",
        "https://lists.example/退订",
        "https://lists.example/u>,<https://evil.example/",
        "https://lists.example/" + "u" * 900,
        "https://lists.example/u\\r\\nBcc: eve@evil.example",
    ],
)
def test_what_cannot_stand_in_the_header_is_refused(tmp_path: Path, url: str) -> None:
    """RFC 8058 wants https; and nothing of it may end the header."""
    with pytest.raises(ConfigError, match=r"channel\[1\].unsubscribe: must be"):
        read(tmp_path, MAIL.format(unsubscribe=url))

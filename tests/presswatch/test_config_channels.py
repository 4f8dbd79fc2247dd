"""What a channel may say of itself in config.toml."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from alerts.channel import ChatChannel, MailChannel, WebhookChannel
from alerts.chat import sender
from presswatch.cli import main
from presswatch.config.load import load
from presswatch.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from presswatch.config.records import Config

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


CHAT = """
[[source]]
name = "a"
url = "https://a.example/feed"
[[channel]]
name = "room"
type = "apprise"
{url}
"""


def read(folder: Path, text: str, **environ: str) -> Config:
    file = folder / "config.toml"
    file.write_text(text, "utf-8")
    return load(file, environ)


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


def test_one_click_for_several_people_is_warned_of(tmp_path: Path) -> None:
    """The URL is the same for all of them: nobody knows who wants no more."""
    one = MAIL.format(unsubscribe="https://lists.example/u")
    two = one.replace('"one@example.org"', '["one@example.org", "two@example.org"]')

    assert not [each for each in read(tmp_path, one).warnings if "unsubscribe" in each]
    assert [each for each in read(tmp_path, two).warnings if "unsubscribe: one click" in each]


@pytest.mark.parametrize("line", ['url = "${ROOM}"', 'url_file = "room"'])
def test_the_url_of_a_room_comes_from_elsewhere(tmp_path: Path, line: str) -> None:
    """It holds the secret; nothing warns where it does not stand in the file."""
    (tmp_path / "room").write_text("feishu://abcdef-123456\n")
    config = read(tmp_path, CHAT.format(url=line), ROOM="feishu://abcdef-123456")

    assert config.channels == (ChatChannel(name="room", url="feishu://abcdef-123456"),)
    assert not [warning for warning in config.warnings if "secret" in warning]


def test_check_names_the_type_of_every_channel(tmp_path: Path) -> None:
    room = CHAT[CHAT.index("[[channel]]") :].format(url='url = "feishu://abcdef-123456"')
    read(tmp_path, MAIL.format(unsubscribe="") + room)
    checked = CliRunner().invoke(main, ["check", "--config", str(tmp_path / "config.toml")])

    assert re.search(r"channel +desk +mail ", checked.output)
    assert re.search(r"channel +room +apprise ", checked.output)


def test_a_url_in_the_file_is_warned_of(tmp_path: Path) -> None:
    config = read(tmp_path, CHAT.format(url='url = "feishu://abcdef-123456"'))

    assert any("url: it is a secret and stands in the file" in each for each in config.warnings)


@pytest.mark.parametrize("url", ["nosuchservice://secret123", "feishu://", "feishu://a b", ""])
def test_what_apprise_cannot_use_is_an_error_that_hides_it(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError, match=r"channel\[1\].url: ") as caught:
        read(tmp_path, CHAT.format(url=f'url = "{url}"'))

    assert "secret123" not in str(caught.value)


def test_without_the_extra_check_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And ends with 2, as for any config that cannot be run; a channel that is off needs none."""
    monkeypatch.setattr(sender, "find_spec", lambda _: None)
    text = CHAT.format(url='url = "feishu://abcdef-123456"')
    off = read(tmp_path, text.replace('type = "apprise"', 'type = "apprise"\nenabled = false'))
    (tmp_path / "config.toml").write_text(text)
    checked = CliRunner().invoke(main, ["check", "--config", str(tmp_path / "config.toml")])

    assert off.disabled_channels == ("room",)
    assert checked.exit_code == 2
    assert "channel[1].url: needs Apprise" in checked.output
    assert "pip install 'presswatch[chat]'" in checked.output


WEBHOOK = """
[[source]]
name = "a"
url = "https://a.example/feed"
[[channel]]
name = "bot"
type = "webhook"
url = "{url}"
secret = "whsec_cHJlc3N3YXRjaC10ZXN0LXNlY3JldC0xMjM0NTY3ODkw"
{more}
"""


def webhook(folder: Path, url: str = "https://bot.example/hook", more: str = "") -> Config:
    return read(folder, WEBHOOK.format(url=url, more=more))


def test_a_webhook_says_what_success_looks_like(tmp_path: Path) -> None:
    """There are receivers that refuse with status 200."""
    (channel,) = webhook(
        tmp_path, more='success = { errcode = 0, ok = true, msg = "fine" }'
    ).channels
    (usual,) = webhook(tmp_path).channels

    assert isinstance(channel, WebhookChannel)
    assert channel.success == (("errcode", 0), ("ok", True), ("msg", "fine"))
    assert isinstance(usual, WebhookChannel)
    assert usual.success == ()


def test_success_is_a_table_of_plain_values(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"channel\[1\]\.success"):
        webhook(tmp_path, more="success = { data = [1] }")


@pytest.mark.parametrize("host", ["open.feishu.cn", "qyapi.weixin.qq.com", "hooks.slack.com"])
def test_a_webhook_at_a_chat_service_is_warned_of(tmp_path: Path, host: str) -> None:
    """It takes none of our JSON, and some of them say so with status 200."""
    (warning,) = (
        each for each in webhook(tmp_path, f"https://{host}/hook/1").warnings if "url" in each
    )

    assert f'{host} does not take the JSON of a webhook; use type = "apprise"' in warning


def test_a_robot_that_counts_is_warned_of_without_a_rate(tmp_path: Path) -> None:
    """DingTalk shuts a robot out for ten minutes after twenty messages in one."""
    bare = read(tmp_path, CHAT.format(url='url = "${ROOM}"'), ROOM="dingtalk://abcdef123456")
    text = CHAT.format(url='url = "${ROOM}"\nrate = "20/m"')
    rated = read(tmp_path, text, ROOM="dingtalk://abcdef123456")

    assert any("rate: the service shuts out" in warning for warning in bare.warnings)
    assert not any("rate" in warning for warning in rated.warnings)

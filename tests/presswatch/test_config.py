"""config.toml: what may stand in it, what it becomes, and what is said about the rest."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from alerts.channel import MailChannel, WebhookChannel
from archive.query import parse
from crawler.settings import FetchOptions
from presswatch.config.load import load, outline
from presswatch.config.model import KINDS as CONFIGURABLE
from presswatch.errors import ConfigError
from spiders.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from presswatch.config.records import Config

    Loads = Callable[..., Config]

ROOT = Path(__file__).parents[2]
SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
MINIMAL = """
[fetch]
contact = "mailto:desk@example.org"
[[source]]
name = "daily"
url = "https://daily.example/feed.xml"
[[channel]]
name = "bot"
type = "webhook"
url = "http://10.0.0.5:8080/hook"
secret = "${SECRET}"
[[rule]]
name = "patents"
query = "专利 OR patent*"
channels = ["bot"]
"""
ENVIRON = {"SECRET": SECRET}


SECOND = """
[[channel]]
name = "b"
type = "webhook"
url = "http://h/"
secret = "${SECRET}"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


@pytest.fixture
def read(file: Path) -> Loads:
    def loads(text: str, environ: Mapping[str, str] = ENVIRON) -> Config:
        file.write_text(text, encoding="utf-8")
        return load(file, environ)

    return loads


def problems(file: Path, text: str, environ: Mapping[str, str] = ENVIRON) -> list[str]:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(file, environ)
    return str(caught.value).splitlines()


# What is right


def test_a_small_config_becomes_records(read: Loads, file: Path) -> None:
    """Everything that is not said has its default."""
    config = read(MINIMAL)

    assert config.archive_path == file.parent / "presswatch.db"
    assert config.fetch == FetchOptions(contact="mailto:desk@example.org")
    assert config.sources[0].every == timedelta(minutes=15)
    assert config.sources[0].timezone == "UTC"
    assert config.channels == (
        WebhookChannel(name="bot", url="http://10.0.0.5:8080/hook", secrets=(SECRET,)),
    )
    assert config.rules[0].query == parse("专利 OR patent*")
    assert config.rules[0].channels == ("bot",)
    assert config.warnings == ()


EVERYTHING = """
[service]
timezone = "Asia/Shanghai"
[archive]
path = "/var/lib/presswatch/archive.db"
[fetch]
delay = "2s"
allow_networks = ["127.0.0.10/31", "fd00::/8"]
max_body = "5MB"
timeout = "10s"
per_poll = 50
extraction = "quick"
robots = false
[[source]]
name = "a"
url = "http://127.0.0.1:8001/list"
kind = "listing"
cron = "*/5 * * * *"
select = "ul.news > li a"
delay = "500ms"
backlog = "0s"
headers = { "X-Key" = "${KEY}" }
[[source]]
name = "b"
url = "https://b.example/"
timezone = "Europe/London"
enabled = false
[[channel]]
name = "desk"
type = "mail"
to = ["One <one@example.org>", "two@example.org"]
from = "presswatch@example.org"
smtp = "smtp://user:${KEY}@mail.example.org:587"
[[rule]]
name = "all"
query = "news"
channels = ["desk"]
sources = ["*", "!b"]
on = "revision"
"""


def test_every_key_reaches_its_record(read: Loads) -> None:
    """What an operator writes is what the parts get, in their units."""
    config = read(EVERYTHING, {"KEY": "k"})

    first, second = config.sources
    assert str(config.archive_path) == "/var/lib/presswatch/archive.db"
    assert config.fetch.allow_networks == ("127.0.0.10/31", "fd00::/8")
    assert (config.fetch.max_body, config.fetch.per_poll) == (5_000_000, 50)
    assert config.fetch.extraction == "quick"
    assert (config.fetch.delay, config.fetch.robots) == (timedelta(seconds=2), False)
    assert (first.cron, first.timezone, first.select) == (
        "*/5 * * * *", "Asia/Shanghai", "ul.news > li a",
    )  # fmt: skip
    assert (first.delay, first.backlog) == (timedelta(milliseconds=500), timedelta(0))
    assert first.headers == (("X-Key", "k"),)
    assert (second.timezone, second.enabled) == ("Europe/London", False)
    assert config.channels == (
        MailChannel(
            name="desk",
            to=("One <one@example.org>", "two@example.org"),
            sender="presswatch@example.org",
            smtp="smtp://user:k@mail.example.org:587",
        ),
    )
    assert (config.rules[0].sources, config.rules[0].on) == (("*", "!b"), "revision")


def test_the_shipped_configs_load_without_any_secret() -> None:
    """The example of the repository and what `init` writes are to be tried at once."""
    for file in (ROOT / "config.toml", ROOT / "presswatch" / "template.toml"):
        config = load(file, {})

        assert config.sources
        assert config.disabled_channels == ("bot", "desk")
        assert not [text for text in config.warnings if "query" in text]


def test_the_shipped_example_watches_exactly_the_known_sources() -> None:
    """No address in it is invented, and each says that it is unverified."""
    text = (ROOT / "config.toml").read_text("utf-8")
    urls = {source.url for source in load(ROOT / "config.toml", {}).sources}

    assert (
        len(urls) == text.count("[[source]]") == text.count("[[source]]              # unverified")
    )
    assert {url.split("/")[2] for url in urls} == {
        "www.wipo.int", "www.chinanews.com.cn", "ipkitten.blogspot.com", "ipwatchdog.com",
        "www.scmp.com", "www.cnipa.gov.cn", "english.cnipa.gov.cn",
    }  # fmt: skip


def test_every_kind_has_its_spider() -> None:
    assert set(CONFIGURABLE) == set(KINDS)


def test_a_byte_order_mark_is_no_mistake(read: Loads) -> None:
    assert read("\ufeff" + MINIMAL).sources


# Secrets


def test_secrets_come_from_files_beside_the_config(read: Loads, file: Path) -> None:
    (file.parent / "secret").write_text(f"{SECRET}\n")

    config = read(MINIMAL.replace('secret = "${SECRET}"', 'secret_file = "secret"'))

    assert isinstance(config.channels[0], WebhookChannel)
    assert config.channels[0].secrets == (SECRET,)


def test_header_values_come_from_files(read: Loads, file: Path) -> None:
    (file.parent / "token").write_text("Bearer abc\n")

    text = MINIMAL.replace('feed.xml"', 'feed.xml"\nheaders_file = { Authorization = "token" }')

    assert read(text).sources[0].headers == (("Authorization", "Bearer abc"),)


def test_two_secrets_sign_while_one_is_replaced(read: Loads) -> None:
    config = read(MINIMAL.replace('"${SECRET}"', '["${SECRET}", "${OLD}"]'),
                  {"SECRET": SECRET, "OLD": "any other text that is long enough"})  # fmt: skip

    assert isinstance(config.channels[0], WebhookChannel)
    assert len(config.channels[0].secrets) == 2
    assert config.warnings == ()


def test_a_variable_that_is_not_set_is_named(file: Path) -> None:
    assert problems(file, MINIMAL, {}) == [
        "channel[1].secret: the environment variable SECRET is not set (in channel 'bot')"
    ]


def test_a_channel_that_is_off_needs_no_secret(read: Loads) -> None:
    """Rules may name it already; nothing is queued for it."""
    config = read(MINIMAL.replace('"webhook"', '"webhook"\nenabled = false'), {})

    assert config.channels == ()
    assert config.disabled_channels == ("bot",)
    assert config.rules[0].channels == ()
    assert "rule[1]: every channel is off" in config.warnings[0]


def test_a_channel_that_is_off_is_checked_all_the_same(file: Path) -> None:
    text = MINIMAL.replace('"webhook"', '"webhook"\nenabled = false\nscret = "x"')

    assert problems(file, text, {}) == [
        "channel[1].scret: unknown key; did you mean `secret`? (in channel 'bot')"
    ]


def test_a_dollar_can_be_written(read: Loads) -> None:
    config = read(MINIMAL.replace("feed.xml", "feed.xml?a=$${b}&c=$1"))

    assert config.sources[0].url.endswith("?a=${b}&c=$1")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('secret_file = "none"', "secret_file: cannot read "),
        ('secret_file = "empty"', "secret_file: "),
        ('secret = "a"\nsecret_file = "empty"', "secret_file: `secret` is given as well"),
        ("secret_file = 5", "secret_file: must be the path of a file"),
        ('secret = "${A-B}"', "secret: `${A-B}` is not a variable"),
        ('secret = "whsec_?"', "secret: must have base64 behind whsec_"),
        ('secret = ""', "secret: must be one line"),
        ("secret = []", "secret: names none"),
    ],
)
def test_secrets_that_cannot_be_had(file: Path, line: str, said: str) -> None:
    """One mistake, one sentence."""
    (file.parent / "empty").write_text("\n")

    found = problems(file, MINIMAL.replace('secret = "${SECRET}"', line))

    assert len(found) == 1
    assert found[0].startswith(f"channel[1].{said}")


def test_no_message_and_no_record_shows_a_secret(file: Path, read: Loads) -> None:
    """Errors and tracebacks end up in logs."""
    text = MINIMAL.replace("http://10.0.0.5:8080/hook", "ftp://hidden-url/").replace(
        "${SECRET}", "whsec_hidden-secret"
    )

    assert "hidden" not in "\n".join(problems(file, text))
    assert SECRET not in repr(read(MINIMAL))


# What is doubtful


@pytest.mark.parametrize(
    ("before", "after", "warning"),
    [
        ('contact = "mailto:desk@example.org"', "", "fetch.contact: not given"),
        ("[fetch]", "[fetch]\nrobots = false", "fetch.robots: "),
        ("[fetch]", '[fetch]\nproxy = "http://proxy:3128"', "fetch.proxy: "),
        ('feed.xml"', 'feed.xml"\nevery = "30s"', "source[1].every: 30s is often"),
        ('feed.xml"', 'feed.xml"\nkind = "feed"\nselect = "a"', "source[1].select: not used"),
        ('feed.xml"', 'feed.xml"\nheaders = { Cookie = "a=b" }', "source[1].headers: a secret"),
        ("${SECRET}", SECRET, "channel[1].secret: stands in the file"),
        ("patent*", "patent* law", "rule[1].query: column 15: joined by AND"),
        ('channels = ["bot"]', 'channels = ["b"]\n' + SECOND, "channel[1].name: no rule uses it"),
        ('"bot"]', '"bot"]\n[[source]]\nname = "b"\nurl = "https://daily.example/feed.xml"',
         "source[2].url: the same as in source[1]"),
    ],
)  # fmt: skip
def test_what_is_doubtful_is_said(read: Loads, before: str, after: str, warning: str) -> None:
    assert before in MINIMAL

    found = read(MINIMAL.replace(before, after)).warnings

    assert len(found) == 1
    assert found[0].startswith(warning)


def test_a_short_secret_is_doubtful(read: Loads) -> None:
    assert "short" in read(MINIMAL, {"SECRET": "whsec_c2hvcnQ="}).warnings[0]


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "10.1.2.3", "[fd00::1]", "nas"])
def test_a_host_of_ones_own_may_be_asked_often(read: Loads, host: str) -> None:
    text = MINIMAL.replace('https://daily.example/feed.xml"', f'http://{host}/"\nevery = "5s"')

    assert read(text).warnings == ()


# The outline


def test_the_outline_needs_no_secret_and_no_valid_rule(file: Path) -> None:
    """`search` works in a shell that lacks the service's environment."""
    file.write_text(MINIMAL.replace("专利 OR patent*", "((") + '[archive]\npath = "${DIR}/a.db"\n')

    seen = outline(file, {"DIR": "/data"})

    assert str(seen.archive_path) == "/data/a.db"
    assert seen.sources == (("daily", True),)
    assert seen.channels == (("bot", True),)
    with pytest.raises(ConfigError, match="DIR is not set"):
        outline(file, {})


def test_outline_and_config_agree(read: Loads, file: Path) -> None:
    config = read(MINIMAL)
    seen = outline(file, ENVIRON)

    assert (seen.archive_path, seen.timezone) == (config.archive_path, config.service.timezone)
    assert [name for name, _ in seen.sources] == [source.name for source in config.sources]


def test_a_relative_path_counts_from_the_config_file(
    read: Loads, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = file.parent / "elsewhere"
    elsewhere.mkdir()
    read(MINIMAL)
    shutil.copy(file, elsewhere)
    monkeypatch.chdir(elsewhere.parent)

    assert load(Path("elsewhere/config.toml"), ENVIRON).archive_path == elsewhere / "presswatch.db"


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        ('every_min = "5m"', "source[1].every_max: `every_min` and `every_max` go together"),
        ('every_max = "5m"', "source[1].every_max: `every_min` and `every_max` go together"),
        ('every_min = "2h"\nevery_max = "1h"', "source[1].every_max: is shorter than"),
        ('every = "1h"\nevery_min = "5m"\nevery_max = "6h"', "source[1].every_min: `every` is"),
        ('every_min = "5m"\nevery_max = "6h"\ncron = "0 8 * * *"', "source[1].cron: `every_min`"),
        ('every_min = "1s"\nevery_max = "6h"', "source[1].every_min: must be at least 5s"),
    ],
)
def test_a_range_is_whole_and_alone(tmp_path: Path, keys: str, complaint: str) -> None:
    """Half a range, or two schedules at once, would leave it to chance which one counts."""
    path = tmp_path / "config.toml"
    path.write_text(f'[[source]]\nname = "a"\nurl = "https://a.example/"\n{keys}\n', "utf-8")

    with pytest.raises(ConfigError) as raised:
        load(path, {})

    assert len(raised.value.problems) == 1
    assert str(raised.value).startswith(complaint)


def test_a_range_is_the_source_s(tmp_path: Path) -> None:
    """Until its rhythm is known to anybody who asks, the longer of the two stands for it."""
    path = tmp_path / "config.toml"
    keys = 'every_min = "5m"\nevery_max = "6h"'
    path.write_text(f'[[source]]\nname = "a"\nurl = "https://a.example/"\n{keys}\n', "utf-8")

    (source,) = load(path, {}).sources

    assert (source.every_min, source.every_max) == (timedelta(minutes=5), timedelta(hours=6))
    assert source.every == source.every_max

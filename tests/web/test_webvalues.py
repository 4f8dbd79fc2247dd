"""presswatch.config.webvalues and [web]: nothing is served to others that anybody may read."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from presswatch.config.check import check_web
from presswatch.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from presswatch.config.records import WebOptions

TOKEN = "0123456789abcdef01234567"


def read(folder: Path, text: str) -> WebOptions:
    return check_web(folder / "config.toml", tomllib.loads(f"[web]\n{text}"), {"PW": "long enough"})


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(folder, text)
    return [problem.path for problem in caught.value.problems]


def test_the_page_is_for_this_machine_unless_configured(tmp_path: Path) -> None:
    """Nobody else may see an archive because somebody started the service."""
    found = check_web(tmp_path / "config.toml", {}, {})

    assert (found.host, found.port, found.enabled, found.guarded) == (
        "127.0.0.1",
        8400,
        True,
        False,
    )


@pytest.mark.parametrize("listen", ["0.0.0.0:8400", "192.0.2.7:80", "[::]:8400", "[2001:db8::1]:1"])
def test_another_address_is_refused_without_a_password_or_token(
    tmp_path: Path, listen: str
) -> None:
    """It refuses to start, and says what is missing."""
    assert problems(tmp_path, f'listen = "{listen}"') == ["web.listen"]


@pytest.mark.parametrize("key", ['password = "${NOT_SET}"', 'token_file = "nothing"'])
def test_a_password_that_could_not_be_had_is_one_problem(tmp_path: Path, key: str) -> None:
    """Who has written `password` is not told that the page needs one."""
    (problem,) = problems(tmp_path, f'listen = "0.0.0.0:8400"\n{key}')

    assert problem.removesuffix("_file") in {"web.password", "web.token"}


@pytest.mark.parametrize("key", ['password = "${PW}"', f'token = "{TOKEN}"'])
def test_another_address_is_served_with_either(tmp_path: Path, key: str) -> None:
    assert read(tmp_path, f'listen = "0.0.0.0:8400"\n{key}').guarded


def test_secrets_come_from_files(tmp_path: Path) -> None:
    """No password has to stand in the config."""
    (tmp_path / "password").write_text("long enough\n", "utf-8")

    assert read(tmp_path, 'password_file = "password"').password == "long enough"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('listen = "8400"', "web.listen"),
        ('listen = "press.example:80"', "web.listen"),
        ('listen = "127.0.0.1:99999"', "web.listen"),
        ('hosts = ["ok.example", "https://no.example"]', "web.hosts[2]"),
        ('password = "short"', "web.password"),
        ('token = "has blanks and is long enough"', "web.token"),
        ('trusted_proxies = ["proxy"]', "web.trusted_proxies[1]"),
        ("port = 8400", "web.port"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, path: str) -> None:
    assert problems(tmp_path, text) == [path]


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    """Neither in a log of the options nor in a message."""
    shown: Any = read(tmp_path, f'password = "long enough"\ntoken = "{TOKEN}"')

    assert "long enough" not in repr(shown) and TOKEN not in repr(shown)
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, 'password = "tiny"')
    assert "tiny" not in str(caught.value)

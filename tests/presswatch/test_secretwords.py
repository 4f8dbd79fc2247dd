"""What is secret in a config, and that it is taken out of texts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from presswatch.config.load import load
from presswatch.config.secretwords import HIDDEN, Hider
from presswatch.process import logs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONFIG = """
[archive]
path = "${FOLDER}/a.db"
[fetch]
proxy = "http://user:pr0xy-pass@127.0.0.1:3128"
[web]
password = "page-passw0rd"
[[source]]
name = "s"
url = "https://s.example/feed?key=${KEY}"
headers = { Authorization = "Bearer t0ken-of-source" }
[[channel]]
name = "hook"
type = "webhook"
url = "https://hooks.example/services/T00/B00/XyZ123"
secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
[[channel]]
name = "mail"
type = "mail"
to = ["a@example.org"]
from = "b@example.org"
smtp = "smtp://user:p%40ss-word@mail.example:587"
[[channel]]
name = "chat"
type = "apprise"
url = "feishu://f3ishu-robot-key"
enabled = true
[[rule]]
name = "r"
query = "patent"
channels = ["hook", "mail"]
"""
ENVIRON = {"FOLDER": "/srv/presswatch", "KEY": "k3y-in-the-address"}
SECRETS = [
    "pr0xy-pass",
    "page-passw0rd",
    "k3y-in-the-address",
    "t0ken-of-source",
    "/services/T00/B00/XyZ123",
    "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz",
    "p%40ss-word",
    "p@ss-word",
    "f3ishu-robot-key",
]


@pytest.fixture
def hide(tmp_path: Path) -> Hider:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG, "utf-8")
    return Hider(load(path, ENVIRON).secrets)


@pytest.fixture
def hiding() -> Iterator[None]:
    """The log of this process knows secrets, for one test."""
    yield
    logs.hide.learn(())


@pytest.mark.parametrize("secret", SECRETS)
def test_every_secret_is_hidden_wherever_it_stands(hide: Hider, secret: str) -> None:
    """In an address, in a sentence, alone; percent-encoded or not."""
    for text in (secret, f"GET https://x.example/{secret}?a=1: HTTP 500", f"«{secret}»"):
        assert secret not in hide(text)
        assert HIDDEN in hide(text)


def test_what_helps_the_operator_is_not_hidden(hide: Hider) -> None:
    """Hosts, names and the path of the archive are why one reads a log."""
    for text in ("/srv/presswatch/a.db", "https://hooks.example/", "mail.example:587", "patent"):
        assert hide(text) == text


@given(st.text(min_size=6), st.text(), st.text())
def test_no_secret_survives(secret: str, before: str, after: str) -> None:
    """Whatever characters it is made of, plain or as an address has it."""
    hidden = Hider([secret])

    assert secret not in hidden(f"{before}{secret}").replace(HIDDEN, "") or secret in HIDDEN
    assert quote(secret) not in hidden(f"{quote(secret)}") or quote(secret) in HIDDEN
    assert hidden(after if secret not in after and quote(secret) not in after else "") is not None


def test_the_log_hides_them_at_any_depth(capsys: pytest.CaptureFixture[str], hiding: None) -> None:
    """Also in lists, in errors, and in what other libraries say."""
    logs.set_up("json")
    logs.hide.learn(["s3cret-word"])
    log = structlog.get_logger()
    log.info("a", words=["x s3cret-word\x1b[31m"], deep={"k": ("s3cret-word",)})
    try:
        raise ValueError("s3cret-word")  # noqa: TRY301
    except ValueError:
        log.exception("b")

    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all("s3cret-word" not in line and "\\u001b" not in line for line in lines)
    assert json.loads(lines[0])["deep"] == {"k": [HIDDEN]}

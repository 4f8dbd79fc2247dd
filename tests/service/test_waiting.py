"""A service that is started on a full disk: its page says what it waits for, and gives way."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.service.test_disk import fill, small_disk
from tests.support.service import Running, write_config

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.service, pytest.mark.timeout(180)]

PASSWORD = "correct horse battery"


def config_for(folder: Path, disk: Path) -> Path:
    config = write_config(folder, "")
    text = config.read_text("utf-8")
    text = text.replace('"a.db"', f'"{disk / "a.db"}"\nmin_free = "20MB"')
    page = f'listen = "127.0.0.1:0"\npassword = "{PASSWORD}"'
    config.write_text(text.replace("enabled = false", page), "utf-8")
    return config


def log_in(client: httpx.Client) -> None:
    own = {"Origin": str(client.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}
    answer = client.post("/login", data={"password": PASSWORD}, headers=own)
    assert answer.status_code == 303


def look(client: httpx.Client) -> None:
    """What a service that waits says to people and to programs."""
    page = client.get("/")
    assert page.status_code == 503 and "Waiting for room" in page.text
    assert "0 B free" in page.text and "20 MB are needed" in page.text
    assert client.get("/health/live").status_code == 200
    ready = client.get("/health/ready")
    assert ready.status_code == 503
    assert ready.json()["reason"] == "waiting for room: 0 B free of 20 MB needed"
    assert 'presswatch_troubles{kind="disk"} 1.0' in client.get("/metrics").text


def test_the_page_of_a_start_without_room(tmp_path: Path) -> None:
    """It answers while there is none, and the port is open all the time until it is the page."""
    with small_disk(tmp_path / "disk", "64m") as disk:
        ballast = fill(disk)
        with Running(config_for(tmp_path, disk)) as service:
            (line,) = service.wait_for("web.waiting")
            service.wait_for("disk.full")
            with httpx.Client(base_url=line["url"], timeout=20) as client:
                assert client.get("/").headers["location"] == "/login?next=/"
                log_in(client)
                look(client)
                ballast.unlink()
                seen = []
                while not seen or seen[-1] != 200:
                    seen.append(client.get("/").status_code)  # never refused
                    time.sleep(0.05)
                assert set(seen) == {503, 200}
            (there,) = service.wait_for("web.listening")
            assert there["url"] == line["url"]
            assert service.stop() == 0

"""A service without room on its disk, at its start and later: its page says what is going on."""

from __future__ import annotations

import resource
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.service.test_disk import fill, limit, small_disk
from tests.support.service import Running, until, write_config

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.service, pytest.mark.timeout(180)]

PASSWORD = "correct horse battery"


def config_for(folder: Path, disk: Path, *, free: str = "20MB", page: str = "") -> Path:
    config = write_config(folder, "")
    text = config.read_text("utf-8")
    text = text.replace('"a.db"', f'"{disk / "a.db"}"\nmin_free = "{free}"')
    page = f'listen = "127.0.0.1:0"\n{page}'
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


@pytest.mark.slow
def test_the_page_of_a_start_without_room(tmp_path: Path) -> None:
    """It answers while there is none, and the port is open all the time until it is the page."""
    with small_disk(tmp_path / "disk", "64m") as disk:
        ballast = fill(disk)
        config = config_for(tmp_path, disk, page=f'password = "{PASSWORD}"')
        with Running(config) as service:
            (line,) = service.wait_for("web.waiting")
            service.wait_for("disk.full")
            with httpx.Client(base_url=line["url"], timeout=20) as client:
                assert client.get("/").headers["location"] == "/login?next=/"
                log_in(client)
                look(client)
                ballast.unlink()
                seen: list[int] = []
                while not seen or seen[-1] != 200:
                    seen.append(client.get("/").status_code)  # never refused
                    time.sleep(0.05)
                assert set(seen) == {503, 200}
            (there,) = service.wait_for("web.listening")
            assert there["url"] == line["url"]
            assert service.stop() == 0


@pytest.mark.slow
def test_the_page_of_a_service_that_finds_no_room_any_more(tmp_path: Path) -> None:
    """It shows what is archived, and says itself what the archive cannot: it is not dead."""
    with Running(config_for(tmp_path, tmp_path, free="0B")) as service:
        (line,) = service.wait_for("web.listening")
        service.wait_for("service.started")
        with httpx.Client(base_url=line["url"], timeout=20) as client:
            limit(service.pid, 4096)  # not one page of the journal
            service.wait_for("disk.full")
            ready = client.get("/health/ready")
            assert ready.status_code == 503 and "a write failed" in ready.json()["reason"]
            page = client.get("/sources")
            assert page.status_code == 200 and "Nothing can be written" in page.text

            limit(service.pid, resource.RLIM_INFINITY)
            service.wait_for("disk.room")
            until(lambda: client.get("/health/ready").status_code == 200)
            assert "Nothing can be written" not in client.get("/sources").text
        assert service.stop() == 0

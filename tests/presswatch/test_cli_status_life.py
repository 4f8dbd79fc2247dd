"""presswatch status where the archive or the config tells less than it should."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from archive.lock import holder
from archive.store import ServiceLock, beat

if TYPE_CHECKING:
    from tests.presswatch.desk import Desk


def alive(desk: Desk, ago: timedelta = timedelta(0)) -> None:
    at = datetime.now(UTC) - ago
    desk.write(lambda db: beat(db, pid=os.getpid(), started=at, now=at, version="0.1.0"))


@pytest.mark.parametrize(
    "broken",
    ["nonsense = [\n", '[[source]]\nname = "no address"\n[archive\n'],
    ids=["at the end", "a table"],
)
def test_a_service_lives_while_its_config_is_being_typed(desk: Desk, broken: str) -> None:
    """A container must not be restarted for a typing error: then it would not start at all."""
    alive(desk)
    with desk.config.open("a", encoding="utf-8") as file:
        file.write(broken)

    health, shown = desk.run("status", "--live"), desk.run("status")

    assert (health.exit_code, health.stdout) == (0, "alive\n")
    assert shown.exit_code == 2
    assert shown.stderr.startswith("The service runs on, by the config that it read before.\n")
    assert f"{desk.config} cannot be used:" in shown.stderr


def test_a_config_that_hides_the_archive_is_wrong(desk: Desk) -> None:
    """Not another archive's life."""
    desk.config.write_text('[archive]\npath = "archive.db\n')

    assert desk.run("status", "--live").exit_code == 2


def test_a_config_that_is_missing_is_no_dead_service(desk: Desk) -> None:
    desk.config.unlink()

    assert desk.run("status", "--live").exit_code == 2


@pytest.mark.parametrize("ever", [True, False])
def test_who_holds_the_archive_without_a_sign_of_life_is_named(desk: Desk, *, ever: bool) -> None:
    """A start that waits for room, or upgrades for minutes: `run` would only be refused."""
    if ever:
        alive(desk, timedelta(hours=2))

    with ServiceLock(desk.archive):
        shown = desk.run("status")
    after = desk.run("status")

    assert f"! process {os.getpid()} holds the archive and gives no sign of life" in shown.stdout
    assert f"service   no sign of life; process {os.getpid()} holds" in shown.stdout
    assert "! the service is not running; `presswatch run` starts it" in after.stdout


def test_a_lock_that_nobody_holds_has_no_holder(desk: Desk) -> None:
    """The file stays behind, with the number of who is no more."""
    assert holder(desk.archive) == ""
    with ServiceLock(desk.archive):
        assert holder(desk.archive) == str(os.getpid())

    assert holder(desk.archive) == ""

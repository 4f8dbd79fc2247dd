from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.alerts.press import Press
from tests.alerts.services import Services, in_their_place
from tests.support.receiver import Receiver
from tests.support.site import Site
from tests.support.smtp import MailServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def press(tmp_path: Path) -> Iterator[Press]:
    made = Press(tmp_path / "archive.db")
    yield made
    made.archive.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """Five chat services, that take everything."""
    with Site() as site:
        yield in_their_place(site, monkeypatch)


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A mail server that accepts everything."""
    with MailServer() as running:
        yield running

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.web.office import SITES, Office
from tests.web.served import LentHands
from tests.web.visitor import Visitor
from tests.web.windows import listened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.support.browser import Screens


@pytest.fixture(scope="session")
def full_office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """The sample press at work; nobody writes into it."""
    return Office(tmp_path_factory.mktemp("office")).fill()


@pytest.fixture
def reader(full_office: Office) -> Iterator[Visitor]:
    """Somebody who looks at an archive without a service."""
    with Visitor(full_office) as visitor:
        yield visitor


@pytest.fixture
def own_office(full_office: Office, tmp_path: Path) -> Office:
    """An office of a test's own, filled; its service has just given a sign of life."""
    own = Office(tmp_path)
    shutil.copy(full_office.archive, own.archive)
    own.beat()
    return own


@pytest.fixture
def hands(own_office: Office) -> Iterator[LentHands]:
    lent = LentHands(own_office.archive, tuple(SITES))
    yield lent
    lent.archive.close()


@pytest.fixture
def editor(own_office: Office, hands: LentHands) -> Iterator[Visitor]:
    """Somebody who works with the page of a running service."""
    with Visitor(own_office, hands=hands) as visitor:
        yield visitor


@pytest.fixture(params=["desktop", "phone"])
def page(request: pytest.FixtureRequest, browser: Screens) -> Page:
    """A window that notes what the browser complains of (`tests.web.windows.complaints`)."""
    return listened(getattr(browser, request.param)())

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.alerts.press import Press

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def press(tmp_path: Path) -> Iterator[Press]:
    made = Press(tmp_path / "archive.db")
    yield made
    made.archive.close()

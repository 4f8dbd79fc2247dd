"""What tests of the running service share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.receiver import Receiver

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def site() -> Iterator[Site]:
    """A site on loopback with one page, /page."""
    with Site() as site:
        site.page("/page", "<p>页</p>")
        yield site

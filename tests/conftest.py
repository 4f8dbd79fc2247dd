"""What holds for all tests."""

import os

from hypothesis import settings

from tests.support.browser import browser

__all__ = ["browser"]

# A timing is never asserted: this machine may be busy. What must end has a time-out of its own.
# What must pass before anything lands tries the same cases every time; at home they differ.
settings.register_profile("presswatch", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("presswatch")

"""What holds for all tests."""

from hypothesis import settings

from tests.support.browser import browser

__all__ = ["browser"]

# A timing is never asserted: this machine may be busy. What must end has a time-out of its own.
settings.register_profile("presswatch", deadline=None)
settings.load_profile("presswatch")

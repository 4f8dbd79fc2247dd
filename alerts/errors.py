"""Errors of the alerts.

PresswatchError
└── AlertError
    ├── AlertUnknown       no alert has this id
├── StoryUnknown       no story has this id
    └── ChannelUnusable    what is configured cannot send (also a ValueError)

A delivery that fails is not an error here but a `Result`: it belongs into the outbox, with its
reason, and is nobody's exception.
"""

from __future__ import annotations

from archive.errors import PresswatchError


class AlertError(PresswatchError):
    """The alert cannot be handled."""


class AlertUnknown(AlertError):
    """No alert has this id."""


class StoryUnknown(AlertError):
    """No story has this id."""


class ChannelUnusable(AlertError, ValueError):
    """The channel cannot send."""

"""Errors of the demo.

PresswatchError
└── FolderNotOurs    the folder for the demo holds something else
"""

from __future__ import annotations

from archive.errors import PresswatchError


class FolderNotOurs(PresswatchError):
    """The folder for the demo holds what no demo wrote."""

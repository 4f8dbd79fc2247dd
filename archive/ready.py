"""Imported for what it does: makes the tables of the fold, for processes forked later to share.

`multiprocessing`'s fork server can be told modules only.
"""

from __future__ import annotations

from archive.fold import make_ready

make_ready()

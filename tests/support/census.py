"""How many objects of each type there are, counted where nobody is disturbed by it."""

from __future__ import annotations

import gc
import json
import os
import warnings
from collections import Counter


def census() -> Counter[str]:
    """Objects that the collector knows, by the name of their type; strings count with their holder.

    A copy of the process does the counting: `gc.get_objects` holds a tuple that another thread is
    still making, and that thread then fails (CPython, `_PyTuple_Resize`). The copy has one thread.
    """
    gc.collect()  # here: what it finalizes may close what both share
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        # 3.12: a lock that a thread holds stays held in the copy, which takes none.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        _tell(writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    if status:
        raise ChildProcessError(status)
    return Counter(json.loads(told))


def _tell(writing: int) -> None:
    """What the copy does; it never returns, nor cleans up what is the first one's."""
    status = 1
    try:
        gc.disable()
        kinds = Counter(type(one).__name__ for one in gc.get_objects())
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(json.dumps(kinds).encode())
        status = 0
    finally:
        os._exit(status)

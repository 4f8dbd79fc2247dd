"""Who holds a claim: a worker of a process of a machine, and whether that process still lives."""

from __future__ import annotations

import os
import secrets
import socket

_HOST = socket.gethostname().replace(":", "-")
_PROCESS = secrets.token_hex(4)  # tells this process from an earlier one with the same pid


def new() -> str:
    """A name for one deliverer of this process: ``host:pid:process:deliverer``."""
    return f"{_HOST}:{os.getpid()}:{_PROCESS}:{secrets.token_hex(4)}"


def is_dead(owner: str) -> bool:
    """Whether a claim's owner was a process of this machine that is no more."""
    host, pid, process = owner.split(":")[:3]
    if host != _HOST or process == _PROCESS:
        return False
    if int(pid) == os.getpid():
        return True  # an earlier life: in a container every life has the same pid
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False  # somebody else's, and alive
    return False

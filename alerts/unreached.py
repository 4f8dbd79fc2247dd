"""Why a receiver was not reached, in words: the same for webhooks and for mail."""

from __future__ import annotations

import os
import socket
import ssl

from alerts.plain import one_line

#: What OpenSSL says when plain text comes; the latter since 3.2.
_NO_TLS = {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"}
NO_TLS = "what answers there speaks no TLS"

_NAMES = {
    socket.EAI_NONAME: "there is no host of this name",
    socket.EAI_AGAIN: "the name server does not answer",
}


def words(error: BaseException) -> str:
    """One line of at most 200 characters: ``Connection refused``, without numbers of errors."""
    if isinstance(error, ssl.SSLCertVerificationError):
        text = f"its certificate does not hold: {error.verify_message}"
    elif isinstance(error, ssl.SSLError):
        text = NO_TLS if error.reason in _NO_TLS else str(error)
    elif isinstance(error, socket.gaierror):
        text = _NAMES.get(error.errno or 0) or error.strerror or str(error)
    elif isinstance(error, OSError) and (error.errno or 0) > 0:
        text = os.strerror(error.errno or 0)
    else:
        text = str(error)
    return one_line(text or type(error).__name__, 200)

"""What went wrong with a transfer, in words that an operator can act on."""

from __future__ import annotations

import os
import socket

import aiohttp

from crawler.errors import FetchError, Forbidden, TimedOut, Unreachable

_NO_SUCH_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}

#: What OpenSSL says when plain HTTP comes.
_NO_TLS = {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"}  # the latter since 3.2


def explain(url: str, error: Exception, seconds: float) -> FetchError:
    """The crawl error for what aiohttp raised when it fetched `url` within `seconds`."""
    if isinstance(error, TimeoutError):
        connecting = isinstance(error, aiohttp.ConnectionTimeoutError)
        late = "no connection in time" if connecting else f"no complete answer within {seconds:g} s"
        return TimedOut(url, cause=late)
    if isinstance(error, aiohttp.InvalidURL):
        return Forbidden(url, cause="not a web address")
    if isinstance(error, aiohttp.ClientPayloadError):
        return FetchError(url, cause=f"the answer is broken: {_line(error)}")
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return Unreachable(url, cause=f"the proxy answered {error.status}")
    if isinstance(error, aiohttp.ClientResponseError):
        return FetchError(url, cause=f"the answer is not HTTP: {_line(error.message)}")
    return Unreachable(url, cause=_connection(error))


def _connection(error: Exception) -> str:
    """Why there was no connection, or why it did not last."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        reason = getattr(error.certificate_error, "verify_message", "")
        return f"its certificate is not valid: {reason or _line(error)}"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return _name(error)
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return f"the proxy cannot be reached: {_system(error.os_error)}"
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return f"TLS failed: {_tls(error.os_error)}"
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "the server hung up without an answer"
    return _system(getattr(error, "os_error", error))


def _name(error: aiohttp.ClientConnectorDNSError) -> str:
    if error.os_error.errno in _NO_SUCH_NAME:
        return f"there is no host of the name {error.host}"
    return f"the name {error.host} could not be looked up: {_line(error.os_error.strerror)}"


def _tls(error: OSError) -> str:
    reason = getattr(error, "reason", "")
    return "what answers there speaks none" if reason in _NO_TLS else _line(error)


def _system(error: Exception) -> str:
    number = getattr(error, "errno", None)
    if number is not None and number > 0:
        return os.strerror(number).lower()  # asyncio's own text is for programmers
    return _line(error) or type(error).__name__


def _line(text: object) -> str:
    """One short line of whatever a library or a server says."""
    line = " ".join(str(text).split())[:200]
    return "".join(c if c.isprintable() else "\ufffd" for c in line)

"""What went wrong with a transfer, in words that an operator can act on."""

from __future__ import annotations

import socket

import aiohttp

from crawler.errors import FetchError, Forbidden, TimedOut, Unreachable

_NO_SUCH_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


def explain(url: str, error: Exception, seconds: float) -> FetchError:
    """The crawl error for what aiohttp raised when it fetched `url` within `seconds`."""
    if isinstance(error, TimeoutError):
        return TimedOut(url, cause=f"no complete answer within {seconds:g} s")
    if isinstance(error, aiohttp.InvalidURL):
        return Forbidden(url, cause="not a web address")
    return Unreachable(url, cause=_cause(error))


def _cause(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"the certificate is not valid: {_certificate(error.certificate_error)}"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return _name(error)
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return f"the proxy cannot be reached: {_system(error.os_error)}"
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"the proxy answered {error.status}"
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return f"TLS failed: {_system(error.os_error)}"
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "the server closed the connection without an answer"
    if isinstance(error, aiohttp.ClientPayloadError):
        return f"the answer is broken ({_line(error)})"
    if isinstance(error, aiohttp.ClientResponseError):
        return f"the answer is not HTTP ({_line(error.message)})"
    if isinstance(error, OSError):
        return _system(error)
    return _line(error) or type(error).__name__


def _certificate(error: Exception) -> str:
    return str(getattr(error, "verify_message", "") or _line(error))


def _name(error: aiohttp.ClientConnectorDNSError) -> str:
    if error.os_error.errno in _NO_SUCH_NAME:
        return f"there is no host of the name {error.host}"
    return f"the name {error.host} could not be looked up: {_system(error.os_error)}"


def _system(error: OSError) -> str:
    inner = getattr(error, "os_error", error)
    return (inner.strerror or _line(inner)).lower() or type(inner).__name__


def _line(text: object) -> str:
    """One short line of whatever a library or a server says."""
    return " ".join(str(text).split())[:200]

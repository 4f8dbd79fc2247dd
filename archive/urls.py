"""One spelling for one URL, so that an article is recognised however it was linked.

Only what cannot change the page is normalised. A parameter dropped in error makes two articles
one; a parameter kept in error is caught later by the text. So the list of trackers is short.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import idna

if TYPE_CHECKING:
    from urllib.parse import SplitResult

_PORTS = {"http": 80, "https": 443}
_LONGEST = 8000

_TRACKER = re.compile(
    r"""
    (utm|hsa|pk|mtm|piwik|matomo)_.* | at_(medium|campaign)          # campaigns
    | fbclid | gclid | gclsrc | dclid | [gw]braid | msclkid | yclid  # clicks on advertisements
    | ysclid | twclid | ttclid | li_fat_id | igsh(id)? | srsltid | wickedid
    | mc_[ce]id | mkt_tok | _hs(enc|mi) | __hs(tc|sc|fp) | vero_(id|conv) | oly_(anon|enc)_id # mail
    | _g[al] | s_cid | wt_z?mc | ref_(src|url)                       # analytics
    | spm | spm_id_from | vd_source | isappinstalled | wxshare_count | nsukey  # shared links
    | share_(source|medium|plat|session_id|tag|token|from)
    """,
    re.VERBOSE,
)
#: Parameters that are trackers only with these values: what WeChat adds to a shared link.
_TRACKER_VALUES = {"from": frozenset({"timeline", "singlemessage", "groupmessage"})}

#: Second-level names under which registries sell names: `gov.cn` is not the parent of `sz.gov.cn`.
_REGISTRIES = frozenset(
    ("ac", "co", "com", "edu", "go", "gob", "gouv", "gov", "gub", "mil", "ne", "net", "or", "org")
)

_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", re.ASCII)
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]", re.ASCII)
#: Everything that may stand as it is in a path or a query; brackets by common practice.
_UNSAFE = re.compile(r"[^A-Za-z0-9._~!$&'()*+,;=:@/?%\[\]-]", re.ASCII)
_BLANKS_INSIDE = re.compile(r"[\t\r\n]")
_BLANKS_AROUND = "".join(map(chr, range(0x21)))


@lru_cache(maxsize=4096)  # of every link, each time that its listing changes, and of its page
def tidy(url: str) -> str:
    """The canonical form of an http(s) URL; applying it twice changes nothing.

    Lower-case ASCII host without credentials and default port; no fragment, no tracking
    parameters, the others in their order; escapes in upper case and only where needed.
    Raises ValueError for anything else.
    """
    parts, host, port = _split(url)
    netloc = host if port == _PORTS[parts.scheme] else f"{host}:{port}"
    path = _without_dots(_escaped(parts.path.replace("\\", "/"))) or "/"
    pieces = [piece for piece in _escaped(parts.query).split("&") if not _is_noise(piece)]
    query = "?" + "&".join(pieces) if pieces else ""
    result = f"{parts.scheme}://{netloc}{path}{query}"
    if len(result) > _LONGEST:
        raise ValueError(f"a URL of {len(result)} characters")
    return result


@lru_cache(maxsize=512)  # asked several times for every request, of the same few URLs
def origin(url: str) -> str:
    """``https://host:port``, the port always there. Raises ValueError as `tidy` does."""
    parts, host, port = _split(url)
    return f"{parts.scheme}://{host}:{port}"


def same_site(a: str, b: str) -> bool:
    """True for equal hosts (``www.`` aside) and where one is a subdomain of the other.

    A bare address is a site only together with its port. Raises ValueError as `tidy` does.
    """
    _, first, first_port = _split(a)
    _, second, second_port = _split(b)
    if _is_address(first) or _is_address(second):
        return (first, first_port) == (second, second_port)
    first, second = first.removeprefix("www."), second.removeprefix("www.")
    if first == second:
        return True
    shorter, longer = sorted((first, second), key=len)
    return longer.endswith("." + shorter) and not _is_registry(shorter)


def _split(url: str) -> tuple[SplitResult, str, int]:
    """The parts, the host as it is connected to, and the port."""
    url = _BLANKS_INSIDE.sub("", url.strip(_BLANKS_AROUND))
    parts = urlsplit(url)
    if parts.scheme not in _PORTS:
        raise ValueError(f"not an http(s) URL: {url[:200]!r}")
    # Browsers end the host at a backslash, urlsplit does not: refuse what two readers read two ways
    if not parts.hostname or "\\" in parts.netloc:
        raise ValueError(f"no host in the URL: {url[:200]!r}")
    port = _PORTS[parts.scheme] if parts.port is None else parts.port
    if port == 0:
        raise ValueError(f"no such port: {url[:200]!r}")
    return parts, _host(parts.hostname), port


def _host(name: str) -> str:
    if ":" in name:
        return f"[{ipaddress.IPv6Address(name).compressed}]"
    if not name.isascii():
        name = idna.encode(name, uts46=True).decode("ascii")
    name = name.lower().removesuffix(".")
    if not _HOST.fullmatch(name):
        raise ValueError(f"not a host name: {name[:200]!r}")
    return name


def _escaped(text: str) -> str:
    """Escapes in one spelling: needless ones undone, needed ones made, a lone % escaped."""
    text = _ESCAPE.sub(_one_escape, text)
    return _UNSAFE.sub(lambda found: "".join(f"%{b:02X}" for b in found[0].encode()), text)


def _one_escape(found: re.Match[str]) -> str:
    if found[1] is None:
        return "%25"
    character = chr(int(found[1], 16))
    return character if _UNRESERVED.fullmatch(character) else found[0].upper()


def _without_dots(path: str) -> str:
    """RFC 3986, 5.2.4, for an absolute path."""
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _is_noise(piece: str) -> bool:
    name, _, value = piece.partition("=")
    name = unquote(name).lower()
    return (
        not piece or _TRACKER.fullmatch(name) is not None or value in _TRACKER_VALUES.get(name, ())
    )


def _is_address(host: str) -> bool:
    return host.startswith("[") or host == "localhost" or host.replace(".", "").isdigit()


def _is_registry(host: str) -> bool:
    labels = host.split(".")
    return len(labels) == 1 or (
        len(labels) == 2 and len(labels[1]) == 2 and labels[0] in _REGISTRIES
    )

"""OPML 2.0: bytes in, outlines out, and back. Nothing here fetches or opens a file.

Feeds are `type="rss"` with `xmlUrl`, as every feed reader writes and reads them. What is no feed
is `type="link"` with `url`, and says what it is in attributes of a namespace of ours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import format_datetime
from typing import TYPE_CHECKING

from lxml import etree  # type: ignore[import-untyped]

from archive.errors import PresswatchError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

LARGEST = 10 * 2**20  # bytes
MOST = 2_000  # outlines
_LONGEST = 8000  # characters of one attribute
_DOCTYPE = b"<!DOCTYPE"
_NO_DOCTYPE = "it has a document type, which OPML does not use"
_OURS = "https://presswatch.invalid/opml"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_KINDS = frozenset({"feed", "sitemap", "listing", "watch", "auto"})


#: What a source says beyond its name, address and kind, as the config calls it.
MORE = ("every", "every_min", "every_max", "cron", "timezone", "select")


class NotOpml(PresswatchError, ValueError):
    """This is no list of sources in OPML."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A source as OPML knows it; empty text where it does not say."""

    url: str
    name: str = ""
    kind: str = "feed"
    every: str = ""
    every_min: str = ""
    every_max: str = ""
    cron: str = ""
    timezone: str = ""
    select: str = ""


def read_opml(body: bytes) -> list[Outline]:
    """The sources of a document, in its order, those inside of folders too. Raises NotOpml.

    Document types are refused, so that no entity is ever declared, let alone expanded or fetched.
    """
    if len(body) > LARGEST:
        raise NotOpml(cause=f"larger than {LARGEST:,} bytes")
    if _DOCTYPE in body.replace(b"\0", b""):  # in UTF-16 too
        raise NotOpml(cause=_NO_DOCTYPE)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(body.lstrip(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotOpml(cause=str(error)) from error
    if root.getroottree().docinfo.doctype:
        raise NotOpml(cause=_NO_DOCTYPE)
    if etree.QName(root).localname.lower() != "opml":
        raise NotOpml(cause=f"the root is <{etree.QName(root).localname}>")
    found = [outline for element in root.iter("{*}outline") if (outline := _outline(element))]
    if len(found) > MOST:
        raise NotOpml(cause=f"more than {MOST:,} sources")
    return found


def write_opml(outlines: Iterable[Outline], now: datetime) -> bytes:
    """A document with these sources, in UTF-8."""
    root = etree.Element("opml", version="2.0", nsmap={"presswatch": _OURS})
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = "Sources of presswatch"
    etree.SubElement(head, "dateCreated").text = format_datetime(now)
    body = etree.SubElement(root, "body")
    for outline in outlines:
        etree.SubElement(body, "outline", dict(_attributes(outline)))
    written = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    assert isinstance(written, bytes)
    return written


def _outline(element: etree._Element) -> Outline | None:
    """None for a folder, and for what leads nowhere."""
    plain = {
        str(name).lower(): str(value)[:_LONGEST].strip()
        for name, value in element.attrib.items()
        if not str(name).startswith("{")
    }

    def ours(name: str) -> str:
        return str(element.get(f"{{{_OURS}}}{name}", ""))[:_LONGEST].strip()

    feed = plain.get("xmlurl", "")
    linked = plain.get("url", "") if plain.get("type", "").lower() in {"link", "rss"} else ""
    kind = ours("kind") if ours("kind") in _KINDS else ""
    if not (feed or linked):
        return None
    return Outline(
        url=feed or linked,
        name=plain.get("title") or plain.get("text", ""),
        kind=kind or ("feed" if feed or plain["type"].lower() == "rss" else "auto"),
        **{key: ours(key) for key in MORE},
    )


def _attributes(outline: Outline) -> Iterator[tuple[str, str]]:
    name = _clean(outline.name)
    yield "text", name
    yield "title", name
    if outline.kind == "feed":
        yield from (("type", "rss"), ("xmlUrl", _clean(outline.url)))
    else:
        yield from (("type", "link"), ("url", _clean(outline.url)))
        yield f"{{{_OURS}}}kind", outline.kind
    for key in MORE:
        if value := getattr(outline, key):
            yield f"{{{_OURS}}}{key}", _clean(value)


def _clean(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return _NOT_XML.sub("", text)

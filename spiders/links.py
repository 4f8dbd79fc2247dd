"""Small pure helpers that every reader of lists needs: URLs, plain text, and no link twice."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urljoin, urlsplit

from archive.urls import tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crawler.source import Link

TITLE_LENGTH = 500
SUMMARY_LENGTH = 2000
_URL_LENGTH = 4096
_CONTENT_SHORTEST = 200  # characters; no article is shorter, with its tags
_CONTENT_LONGEST = 300_000  # longer ones hold pictures, and the archive waits for their pages
_MARKUP_LENGTH = 50_000  # read of one field: enough for a summary, whatever the feed holds

_TAG = re.compile(r"<(/?[A-Za-z][^<>]*|[!?][^<>]*)>")
_TAG_NAME = re.compile(r"/?[A-Za-z][A-Za-z0-9]*")
_BLANKS = re.compile(r"\s+")
_UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\u200b\ufeff]")
_BARE_HOST = re.compile(r"www\.[\w-]+(?:\.[\w-]+)+/", re.ASCII)
_SILENT = frozenset({"script", "style", "noscript", "template"})
_INLINE = re.compile(
    r"/?(?:a|abbr|b|bdi|bdo|big|cite|code|em|font|i|ins|kbd|mark|ruby|rb|rp|rt|s|small|span|strong"
    r"|sub|sup|tt|u|var|wbr)"
)


def absolute(base: str, href: str) -> str:
    """The http(s) URL that `href` means on a page at `base`, without its fragment; else ``""``."""
    href = "".join(href.split()) if "\n" in href or "\t" in href else href.strip()
    if _BARE_HOST.match(href):
        href = "//" + href
    try:
        url = urldefrag(urljoin(base, href)).url
        if len(url) > _URL_LENGTH or not urlsplit(url).hostname:
            return ""
        tidy(url)
    except ValueError:
        return ""
    return url


def beginning(text: str, length: int, tags: int) -> str:
    """As much of the text as is read; the very text if that is all of it.

    Trees cost memory by the tag, and their readers time: both limits are far above real pages.
    """
    if len(text) > length:
        text = text[:length]
    if text.count("<") > tags:
        text = text[: -len(text.split("<", tags)[-1])]
    return text


def unique(links: Iterable[Link]) -> Iterator[Link]:
    """Drop the links whose tidy URL came before."""
    seen = set()
    for link in links:
        key = tidy(link.url)
        if key not in seen:
            seen.add(key)
            yield link


def article_html(markup: str) -> str:
    """The HTML of a whole article as a listing brings it; "" for what is too short or too long."""
    return markup if _CONTENT_SHORTEST <= len(markup) <= _CONTENT_LONGEST else ""


def squeeze(text: str, length: int) -> str:
    """One line of at most `length` characters, cut at its end."""
    line = _BLANKS.sub(" ", _UNSEEN.sub("", text[: 8 * length])).strip()
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def plain(markup: str, length: int) -> str:
    """The text of a piece of HTML as one line: tags, scripts and entities gone."""
    # A hand-made splitter: it is linear on any input, which html.parser is not.
    pieces: list[str] = []
    silent = ""
    for number, piece in enumerate(_TAG.split(markup[:_MARKUP_LENGTH])):
        if not number % 2:
            if not silent:
                pieces.append(html.unescape(piece))
            continue
        name = _TAG_NAME.match(piece)
        tag = name.group().lower() if name else ""
        if silent:
            silent = "" if tag == "/" + silent else silent
        elif tag in _SILENT:
            silent = tag
        if tag and not _INLINE.fullmatch(tag):
            pieces.append(" ")
    return squeeze("".join(pieces), length)

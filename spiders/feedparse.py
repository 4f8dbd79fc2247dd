"""RSS 0.9 to 2.0, RDF and Atom: decoded text in, links out. Nothing here fetches.

feedparser reads the entries. What it must not see is taken out first: document types (so no
entity is ever declared, let alone expanded or fetched), control characters, and bare ampersands,
which would send every second feed to its slow parser for broken XML.
"""

from __future__ import annotations

import io
import re
from html import escape
from html.entities import html5
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import feedparser  # type: ignore[import-untyped]

from crawler.errors import NotAListing
from crawler.source import Link
from spiders.links import (
    SUMMARY_LENGTH,
    TITLE_LENGTH,
    absolute,
    article_html,
    plain,
    squeeze,
    unique,
)
from spiders.sniff import Shape, after_prolog, shape
from spiders.whole import article_in, paragraphed

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What is read of a feed: its newest entries come first, and feedparser takes its time.
_LONGEST = 7_000_000  # characters
_MOST_TAGS = 200_000  # start and end tags, those of HTML in CDATA not counted
_TAIL = 20_000  # characters after the root: caches and proxies leave comments and scripts there
_MOST = 10_000  # links of one feed
_PIECE = 32 * 1024  # characters that are mended at once
#: `mail (Name)`, `Name <mail>`, `mail`: the name is the author, if there is one.
_MAILBOX = re.compile(r"\S+@\S+\s*(?:\(([^()]+)\))?\s*$|([^<>@]+)<\s*\S+@\S+\s*>\s*$")
_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'
_ATOM = re.compile(r"<(?:[\w.-]+:)?feed\b", re.IGNORECASE)
_HEADERS = {"content-type": "application/xml; charset=utf-8"}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});)")
_NAMED = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31};)")
_XML_OWN = frozenset({"amp;", "lt;", "gt;", "quot;", "apos;"})
_ROOT_END = re.compile(r"</(?:[\w.-]+:)?(?:rss|rdf|feed|channel)\s*>", re.IGNORECASE)
_ENTRY_END = re.compile(r"</(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
#: feedparser compares each keyword of an entry with all others, and nobody here reads them.
_KEYWORDS = re.compile(
    r"</?(?:[\w.-]+:)?(?:category|categories|keywords|subject|tags)\b[^<>]*>", re.IGNORECASE
)
#: Expat compares each attribute of an element with all others.
_LONG_TAG = re.compile(r"<[^<>]{4000,}>")
#: feedparser's search for mail addresses in people's names is quadratic in the longest word.
_PERSON = re.compile(
    r"(<(?:[\w.-]+:)?(?:author|creator|managingeditor|webmaster|publisher|contributor|owner)\b"
    r"[^<>]*>\s*(?:<!\[CDATA\[)?[^<\]]{0,300})[^<\]]*",
    re.IGNORECASE,
)
_LONGEST_WORD = 2000  # links with words of 700 characters exist
_WORD = re.compile(rf"[\w.+-]{{{_LONGEST_WORD}}}[\w.+-]+", re.ASCII)


def read_feed(text: str, url: str) -> list[Link]:
    """The entries of a feed in their order, each once; empty for a feed without entries.

    Raises NotAListing when the text is no feed, or too broken to hold one.
    """
    came = shape(text)
    if came is not Shape.FEED:
        hint = 'kind = "auto" looks for a feed in a page' if came is Shape.HTML else ""
        raise NotAListing(url, cause=f"{came} came, not a feed", hint=hint)
    head = _beginning(text)
    whole = head is text and _ROOT_END.search(text[-_TAIL:]) is not None
    parsed = _parse(_mend(text if whole else _whole_entries(head)), url)
    entries = parsed["entries"]
    base = _base(parsed, url)
    found = (_link(entry, base, parsed["version"]) for entry in entries[:_MOST])
    links = list(unique(link for link in found if link))
    if not links and (parsed["bozo"] or not whole):
        cause = str(parsed.get("bozo_exception") or "it ends before its first entry does")
        raise NotAListing(url, cause=f"a broken feed without one readable entry ({cause})")
    if not links and entries:
        raise NotAListing(url, cause=f"a feed of {len(entries)} entries, none with a link")
    return links


def _beginning(text: str) -> str:
    """As much of the feed as is read, the very text if that is all of it.

    Tags inside of CDATA are text to feedparser, and cost no time.
    """
    text = text[:_LONGEST] if len(text) > _LONGEST else text
    at, room = 0, _MOST_TAGS
    while at < len(text):
        begin = text.find("<![CDATA[", at)
        end = len(text) if begin < 0 else begin
        if (tags := text.count("<", at, end)) > room:
            return text[: end - len(text[at:end].split("<", room)[-1])]
        room -= tags
        close = text.find("]]>", end)
        at = len(text) if close < 0 else close + 3
    return text


def _whole_entries(text: str) -> str:
    """Up to the last complete entry: half an entry may hold half a URL."""
    end = len(text)
    while (end := text.rfind("</", 0, end)) >= 0:
        if close := _ENTRY_END.match(text, end):
            return text[: close.end()]
    return text


def _mend(text: str) -> str:
    body = "".join(map(_tame, _in_pieces(text[after_prolog(text) :])))
    pieces: list[str] = []
    at = 0
    # Inside CDATA an ampersand is itself.
    while (begin := body.find("<![CDATA[", at)) >= 0 and (end := body.find("]]>", begin)) >= 0:
        pieces += (*map(_escape, _in_pieces(body[at:begin])), body[begin : end + 3])
        at = end + 3
    pieces += map(_escape, _in_pieces(body[at:]))
    return _DECLARATION + "".join(pieces)


def _in_pieces(text: str) -> Iterator[str]:
    """The text in pieces that begin at end tags, across which nothing reaches that is mended.

    A regular expression holds all threads until it has come through: over 6 MB the loop would wait.
    """
    at = 0
    while at < len(text):
        end = text.find("</", at + _PIECE)
        end = len(text) if end < 0 else end
        yield text[at:end]
        at = end


def _tame(piece: str) -> str:
    """Without what XML forbids and without what feedparser takes too long for."""
    piece = _PERSON.sub(r"\1", _CONTROL.sub("", piece))
    return _WORD.sub(lambda word: word.group()[:_LONGEST_WORD], piece)


def _escape(text: str) -> str:
    text = _LONG_TAG.sub("", _KEYWORDS.sub("", text))
    if "&" not in text:
        return text
    return _AMPERSAND.sub("&amp;", _NAMED.sub(_character, text))


def _character(entity: re.Match[str]) -> str:
    name = entity.group(1)
    known = None if name in _XML_OWN else html5.get(name)
    return entity.group() if known is None else escape(known)


def _parse(text: str, url: str) -> Any:
    """The feed as feedparser sees it; every way in which it can trip becomes NotAListing."""
    # Only Atom says that links are relative to the document; see _base.
    atom = bool(_ATOM.match(text, len(_DECLARATION)))
    headers = _HEADERS | ({"content-location": url} if atom else {})
    try:
        # A file object, since feedparser opens or fetches a string that looks like a path or URL.
        return feedparser.parse(
            io.BytesIO(text.encode()),
            response_headers=headers,
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
        raise NotAListing(url, cause=f"a feed that cannot be parsed ({error})") from error
    except (RecursionError, AssertionError) as error:
        raise NotAListing(url, cause=f"a feed that cannot be parsed ({error!r})") from error


def _base(parsed: Any, url: str) -> str:
    """Where relative links start: RSS never says, but its authors mean the site."""
    site = str(dict.get(parsed["feed"], "link") or "")
    atom = str(parsed["version"]).startswith("atom")
    return url if atom or urlsplit(url).scheme == "" else absolute(url, site) or url


def _link(entry: Any, base: str, version: str) -> Link | None:
    url = next((u for href in _hrefs(entry) if (u := absolute(base, href))), "")
    if not url:
        return None
    literal = version.startswith("atom") and _type(entry, "title") == "text/plain"
    title = _field(entry, "title")
    return Link(
        url=url,
        title=squeeze(title, TITLE_LENGTH) if literal else plain(title, TITLE_LENGTH),
        published=squeeze(_date(entry), 100),
        summary=plain(_field(entry, "summary") or _content(entry), SUMMARY_LENGTH),
        author=_author(entry),
        content=article_html(_html_content(entry)),
    )


def _hrefs(entry: Any) -> list[str]:
    """Where the entry may stand, best first: never an enclosure, a comment page or the feed."""
    alternates = [
        link for link in dict.get(entry, "links", ()) if link.get("rel", "alternate") == "alternate"
    ]
    alternates.sort(key=lambda link: "html" not in str(link.get("type", "html")))
    guid = _field(entry, "id")
    return [
        href
        for href in (
            _field(entry, "feedburner_origlink"),
            *(str(link.get("href") or "") for link in alternates),
            _field(entry, "link"),
            guid if guid.startswith(("http://", "https://")) else "",
        )
        if href
    ]


def _field(entry: Any, name: str) -> str:
    # dict.get, since the class's own get maps names onto each other and warns about it.
    value = dict.get(entry, name)
    return value if isinstance(value, str) else ""


def _type(entry: Any, name: str) -> str:
    detail = dict.get(entry, f"{name}_detail")
    return _field(detail, "type") if isinstance(detail, dict) else ""


def _date(entry: Any) -> str:
    """The date as it stands: feedparser's own reading of 2020年10月22日 is the 1st of November."""
    return _field(entry, "published") or _field(entry, "updated") or _field(entry, "created")


def _content(entry: Any) -> str:
    content = dict.get(entry, "content")
    return _field(content[0], "value") if isinstance(content, list) and content else ""


def _html_content(entry: Any) -> str:
    """The longest content that the entry brings, else a description that is one; as HTML."""
    contents = dict.get(entry, "content")
    found = [item for item in contents if _field(item, "value")] if contents else []
    if not found:
        return article_in(_field(entry, "summary"))
    longest = max(found, key=lambda item: len(_field(item, "value")))
    value = _field(longest, "value")
    if _field(longest, "type") == "text/plain":
        return paragraphed(value)
    return value


def _author(entry: Any) -> str:
    raw = _field(entry, "author")
    people = dict.get(entry, "authors") or ()
    names = [plain(name, 100) for person in people if (name := _field(person, "name"))]
    if mail := _MAILBOX.match(raw[:500]):
        # feedparser takes ann@site.example for ann@site.exam and leaves the rest to the name.
        return plain(mail.group(1) or mail.group(2) or mail.group(), 200)
    return squeeze(", ".join(names) or plain(raw, 200), 200)

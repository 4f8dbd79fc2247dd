"""A page's markup, parsed once: the tree, its metadata, and its visible lines.

Everything here is bounded, because a page may be hostile: text beyond a size and tags and
metadata beyond a number are left out. No article reaches these limits.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import deque
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import lxml.html  # type: ignore[import-untyped]
from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Element = Any  # lxml has no types of its own

_MAX_CHARACTERS = 8_000_000
_MAX_TAGS = 60_000  # the largest of the news pages measured has 3,200
_MAX_META = 400
_MAX_TITLE = 1000  # characters
_MAX_OBJECTS = 500
_MAX_LINES = 20_000

_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\ufeff\ufffe\uffff]")
_LONG_BLANK = re.compile(r"[^\S\n]{40,}")
_TAG = re.compile(r"<[a-zA-Z]")
_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "br", "button", "center", "dd", "div",
    "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5",
    "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "select", "option",
    "table", "tbody", "td", "th", "thead", "time", "title", "tr", "ul",
))  # fmt: skip
_INVISIBLE = frozenset(
    ("head", "iframe", "noscript", "script", "style", "svg", "template", "textarea")
)
#: Types of schema.org that are articles, in lower case.
_ARTICLES = frozenset((
    "advertisercontentarticle", "analysisnewsarticle", "article", "askpublicnewsarticle",
    "backgroundnewsarticle", "blogposting", "liveblogposting", "newsarticle", "opinionnewsarticle",
    "report", "reportagenewsarticle", "reviewnewsarticle", "satiricalarticle", "scholarlyarticle",
    "socialmediaposting", "techarticle",
))  # fmt: skip
_HEADINGS = frozenset(["h1", "h2", "h3"])
_LONG_LINE = 2000  # characters; longer ones are not remembered
_SPACE = re.compile(r"\s+")
_LOOKS = re.compile(r"[\W_]+")


def tidy(text: str | None) -> str:
    """One line of text: blanks collapsed, control characters gone."""
    return _SPACE.sub(" ", _UNWANTED.sub("", text or "")).strip()


def key(text: str) -> str:
    """What of a text counts when two are compared: letters and digits, without their looks."""
    return (_remembered if len(text) <= _LONG_LINE else _key)(text)


def _key(text: str) -> str:
    return _LOOKS.sub("", unicodedata.normalize("NFKC", text).casefold())


#: Each line of a page is asked for some five times while the page is read.
_remembered: Final = lru_cache(maxsize=512)(_key)


@dataclass(frozen=True, slots=True)
class Line:
    """A visible line; `tag` is the innermost block that it stands in."""

    text: str
    tag: str


@dataclass(frozen=True)
class Markup:
    """A parsed page. `lines`, `meta` and `objects` are read from the untouched tree."""

    tree: Element
    source: str
    #: lxml makes an element anew whenever it is asked for and nobody holds it.
    held: Sequence[Element] = ()

    @cached_property
    def meta(self) -> Mapping[str, tuple[str, ...]]:
        """Contents of the <meta> elements by lower-case name, property or itemprop."""
        found: dict[str, list[str]] = {}
        for number, element in enumerate(self.tree.iter("meta")):
            if number >= _MAX_META:
                break
            content = tidy(element.get("content"))
            for attribute in ("name", "property", "itemprop", "http-equiv"):
                name = (element.get(attribute) or "").strip().lower()
                if name and content:
                    found.setdefault(name, []).append(content[:2000])
        return {name: tuple(contents) for name, contents in found.items()}

    @cached_property
    def objects(self) -> tuple[Mapping[str, Any], ...]:
        """The JSON-LD objects, those of the outer levels first."""
        waiting: deque[Any] = deque(_json_ld(self.tree))
        found: list[Mapping[str, Any]] = []
        while waiting and len(found) < _MAX_OBJECTS:
            value = waiting.popleft()
            if isinstance(value, list):
                waiting.extend(value[:_MAX_OBJECTS])
            elif isinstance(value, dict):
                found.append(value)
                waiting.extend(inner for inner in value.values() if isinstance(inner, list | dict))
        return tuple(found)

    @cached_property
    def articles(self) -> tuple[Mapping[str, Any], ...]:
        """Those of the objects that are articles, a page's own before those it refers to."""
        return tuple(thing for thing in self.objects if _types(thing) & _ARTICLES)

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """What a reader sees, top to bottom, a line a block."""
        return tuple(_lines(self.tree))

    @cached_property
    def title(self) -> str:
        """The <title>, "" if there is none."""
        element = self.tree.find(".//title")
        return tidy(element.text_content()[:_MAX_TITLE]) if element is not None else ""


def parse(text: str) -> Markup | None:
    """The page of a decoded text; None where there is nothing to parse."""
    source = _LONG_BLANK.sub(" ", _UNWANTED.sub("", text[:_MAX_CHARACTERS]))
    source = _limited(source)
    if not source.strip():
        return None
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        tree = lxml.html.document_fromstring(source.encode(), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    return Markup(tree, source, list(tree.iter()))


def _limited(source: str) -> str:
    """The source up to where it has too many tags. libxml2 itself stops at 256 levels."""
    beyond = next(islice(_TAG.finditer(source), _MAX_TAGS, None), None)
    return source[: beyond.start()] if beyond else source


def _types(thing: Mapping[str, Any]) -> set[str]:
    kind = thing.get("@type")
    kinds = kind if isinstance(kind, list) else [kind]
    return {str(one).rpartition("/")[2].lower() for one in kinds}


def _json_ld(tree: Element) -> Iterator[Any]:
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        text = (script.text or "").strip().removeprefix("<!--").removesuffix("-->")
        text = re.sub(r"^\s*//\s*<!\[CDATA\[|//\s*\]\]>\s*$", "", text)
        try:
            yield json.loads(text.strip().rstrip(";"), strict=False)
        except (ValueError, RecursionError):
            continue  # broken JSON is common; what it says is looked for by pattern elsewhere


def _lines(tree: Element) -> Iterator[Line]:
    """Walks by events rather than recursion: depth costs nothing."""
    parts: list[str] = []
    blocks: list[str] = []
    found = 0
    for text, tag, opens in _visible(tree):
        if tag:
            if line := tidy("".join(parts)):
                yield Line(line, _within(blocks))
                found += 1
            parts.clear()
            if opens:
                blocks.append(tag)
            else:
                blocks.pop()
        parts.append(text)
        if found >= _MAX_LINES:
            return
    if line := tidy("".join(parts)):
        yield Line(line, "")


def _visible(tree: Element) -> Iterator[tuple[str, str, bool]]:
    """(text that follows, block that begins or ends before it or "", whether it begins)."""
    hidden = 0
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else ""
        opens = event == "start"
        if tag in _INVISIBLE:
            hidden += 1 if opens else -1
        if not hidden:
            text = element.text if opens else element.tail
            yield text or "", tag if tag in _BLOCKS else "", opens


def _within(blocks: list[str]) -> str:
    """The heading around, else the innermost block."""
    for tag in reversed(blocks[-4:]):
        if tag in _HEADINGS:
            return tag
    return blocks[-1] if blocks else ""

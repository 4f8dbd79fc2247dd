"""Four readings of a page's tree, by three families of extractors that fail on different pages.

trafilatura knows the press and its class names, readability (trafilatura's copy of it) scores
containers by the prose in them, resiliparse goes by what is around a block. Each gets the tree,
leaves it as it was, and gives the lines of what it takes for the article; [] where it finds none.
"""

from __future__ import annotations

from copy import deepcopy
from itertools import islice
from typing import TYPE_CHECKING, Final

import lxml.html  # type: ignore[import-untyped]

from crawler.markup import tidy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.markup import Element

#: What may stand within a line of text.
INLINE: Final = frozenset((
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "br", "cite", "code", "del", "dfn", "em",
    "font", "i", "img", "ins", "kbd", "label", "mark", "q", "s", "small", "span", "strike",
    "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
))  # fmt: skip
#: Elements that begin and end a line, in trafilatura's own markup and in HTML.
_BLOCKS: Final = frozenset((
    "address", "article", "aside", "blockquote", "body", "center", "code", "dd", "div", "dl",
    "dt", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "head",
    "header", "hr", "item", "li", "list", "main", "nav", "ol", "p", "pre", "quote", "row",
    "section", "table", "tbody", "tfoot", "thead", "tr", "ul",
))  # fmt: skip
_CELLS: Final = frozenset(("cell", "td", "th"))
_BREAKS: Final = frozenset(("lb", "br"))
_ASIDE: Final = ("aside", "button", "figcaption", "figure", "footer", "form", "nav")
_UNSEEN: Final = ("head", "iframe", "noscript", "script", "style", "svg", "template", "textarea")
_MANY: Final = 5000  # elements, from which on trafilatura's own fallback takes ever longer
_LONG: Final = 400  # characters; some pages set their whole article into a form or an aside


def trafilatura(tree: Element, *, precise: bool = False) -> list[str]:
    """The library's choice; `precise` is its setting that rather leaves out than takes in."""
    import trafilatura as library
    from trafilatura.settings import Document

    document = library.bare_extraction(
        tree,
        include_comments=False,
        include_tables=True,
        favor_precision=precise,
        fast=next(islice(tree.iter(), _MANY, None), None) is not None,
    )
    return paragraphs(document.body) if isinstance(document, Document) else []


def readability(tree: Element) -> list[str]:
    """The container with most prose. The copy in trafilatura works on trees, five times faster."""
    from trafilatura.external import try_readability

    own = deepcopy(tree)
    held = list(own.iter())  # else lxml makes every element anew at each of the passes
    for element in list(own.iter(*_ASIDE)):
        if element.getparent() is not None and len(element.text_content()) < _LONG:
            element.drop_tree()
    for element in list(own.iter("svg")):
        element.drop_tree()
    wrap_loose_text(own)
    found = paragraphs(try_readability(own))
    del held
    return found


def resiliparse(tree: Element) -> list[str]:
    """The blocks that do not look like a page's furniture; tables and lists are plain lines."""
    from resiliparse.extract.html2text import extract_plain_text

    text = extract_plain_text(
        lxml.html.tostring(tree, encoding="unicode"),
        main_content=True,
        alt_texts=False,
        list_bullets=False,
    )
    return [line for raw in text.split("\n") if (line := tidy(raw))]


def plain(tree: Element) -> list[str]:
    """Every line that is seen, but for short asides: of a tree that is known to be the article."""
    own = deepcopy(tree)
    for element in list(own.iter(*_ASIDE, *_UNSEEN)):
        goes = element.tag in _UNSEEN or len(element.text_content()) < _LONG
        if goes and element.getparent() is not None:
            element.drop_tree()
    return paragraphs(own)


def wrap_loose_text(tree: Element) -> None:
    """Text that stands loose between blocks or breaks becomes paragraphs, its links with it.

    readability makes a paragraph of every piece of loose text by itself, so that a link within a
    sentence would part it in three.
    """
    for block in list(tree.iter("div", "article", "section", "main", "td", "center")):
        children = list(block)
        if not _is_loose(block, children) or all(_is_text(child) for child in children):
            continue
        parts = list(_gathered(block, children))
        block.text = None
        block[:] = parts


def _is_loose(block: Element, children: list[Element]) -> bool:
    return bool((block.text or "").strip()) or any((child.tail or "").strip() for child in children)


def _is_text(child: Element) -> bool:
    return child.tag in INLINE and child.tag != "br"


def _gathered(block: Element, children: list[Element]) -> Iterator[Element]:
    """The block's content, in which what is no block stands in paragraphs; breaks are gone."""
    paragraph = block.makeelement("p")
    paragraph.text = block.text
    for child in children:
        rest, child.tail = child.tail, None
        if _is_text(child):
            child.tail = rest
            paragraph.append(child)
            continue
        if len(paragraph) or (paragraph.text or "").strip():
            yield paragraph
        if child.tag != "br":
            yield child
        paragraph = block.makeelement("p")
        paragraph.text = rest
    if len(paragraph) or (paragraph.text or "").strip():
        yield paragraph


def paragraphs(body: Element) -> list[str]:
    """The lines of a tree, of trafilatura's own or of HTML; table rows as cells with a bar between.

    Recursion is safe: libxml2 nests at most 256 levels.
    """
    parts: list[str] = []
    _write(body, parts)
    texts = (tidy(line).strip("| ") for line in "".join(parts).split("\n"))
    return [text for text in texts if text]


def _write(element: Element, parts: list[str]) -> None:
    """Add the words of an element to `parts`, with line breaks around and between its blocks."""
    block = element.tag in _BLOCKS
    if block or element.tag in _BREAKS:
        parts.append("\n")
    parts.append(element.text or "")
    for child in element:
        _write(child, parts)
        parts.append(child.tail or "")
    if element.tag in _CELLS:
        parts.append(" | ")
    if block:
        parts.append("\n")

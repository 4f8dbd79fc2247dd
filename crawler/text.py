"""The body of an article: trafilatura's choice, on a page cleared of what it falls for.

Before: text that only a script makes visible is shown, blocks of links are taken out. After: the
head (title, path, byline) and the tail (editor's line, related stories, disclaimers) are cut.
The rules are about the press, not about sites: each holds for words that many of them use.
"""

from __future__ import annotations

import re
from copy import deepcopy
from typing import TYPE_CHECKING

from crawler.markup import tidy
from crawler.trim import trimmed

if TYPE_CHECKING:
    from crawler.markup import Element, Markup


def read(markup: Markup, title: str) -> str:
    """The paragraphs of the article, a line each; "" where there is none."""
    import trafilatura
    from trafilatura.settings import Document

    tree = deepcopy(markup.tree)
    show_hidden(tree, sum(len(line.text) for line in markup.lines))
    drop_link_blocks(tree)
    name_paragraphs(tree)
    document = trafilatura.bare_extraction(tree, include_comments=False, include_tables=True)
    if not isinstance(document, Document):
        return ""
    return "\n".join(trimmed(paragraphs(document.body), title))


# ---------------------------------------------------------------- before

_HIDDEN = re.compile(
    r"visibility\s*:\s*hidden|display\s*:\s*none|opacity\s*:\s*0(?![.\d])", re.IGNORECASE
)
_LARGE = 0.3  # of what is visible; menus that open on a click are smaller


def show_hidden(tree: Element, visible: int) -> None:
    """Pages that fade in by script hide their whole article by a style; show such a part."""
    for element in tree.iter("div", "article", "section", "main", "body"):
        style = element.get("style")
        if style and _HIDDEN.search(style) and len(tidy(element.text_content())) > _LARGE * visible:
            del element.attrib["style"]


_FEWEST_LINKS = 4
_MOSTLY = 0.6  # of a block's letters that are links; a list of sources within an article has less


def drop_link_blocks(tree: Element) -> None:
    """Lists of links lead elsewhere, whatever they are called."""
    for element in [block for block in tree.iter("ul", "ol", "dl") if _is_link_block(block)]:
        if element.getparent() is not None:
            element.drop_tree()


def _is_link_block(element: Element) -> bool:
    links = [text for link in element.iter("a") if (text := tidy(link.text_content()))]
    if len(links) < _FEWEST_LINKS:
        return False
    return sum(map(len, links)) > _MOSTLY * len(tidy(element.text_content()))


_INLINE = frozenset(
    [
        "a",
        "abbr",
        "b",
        "br",
        "code",
        "em",
        "font",
        "i",
        "img",
        "mark",
        "q",
        "s",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "time",
        "u",
    ]
)


def name_paragraphs(tree: Element) -> None:
    """A <section> that holds nothing but words is a paragraph; trafilatura asks for the name."""
    for element in list(tree.iter("section")):
        if all(inner.tag in _INLINE for inner in element.iterdescendants()):
            element.tag = "p"


# ---------------------------------------------------------------- after

_BLOCKS = frozenset(("p", "head", "item", "quote", "code", "row", "list", "table", "div"))


def paragraphs(body: Element) -> list[str]:
    """The lines of trafilatura's tree, table rows as cells with a bar between."""
    lines: list[str] = []
    parts: list[str] = []

    def flush() -> None:
        texts = (tidy(line).strip("| ") for line in "".join(parts).split("\n"))
        lines.extend(text for text in texts if text)
        parts.clear()

    def walk(element: Element) -> None:
        block = element.tag in _BLOCKS
        if block:
            flush()
        if element.tag == "lb":
            parts.append("\n")
        parts.append(element.text or "")
        for child in element:
            walk(child)
            parts.append(child.tail or "")
        if element.tag == "cell":
            parts.append(" | ")
        if block:
            flush()

    walk(body)
    flush()
    return lines

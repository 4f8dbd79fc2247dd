"""The body of an article: trafilatura's choice, on a page cleared of what it falls for.

Before: text that only a script makes visible is shown, blocks of links are taken out. After: the
head (title, byline, path) and the tail (editor's line, related stories, disclaimers) are cut.
"""

from __future__ import annotations

import re
from copy import deepcopy
from typing import TYPE_CHECKING

from crawler.markup import tidy
from crawler.titles import key

if TYPE_CHECKING:
    from crawler.markup import Element, Markup


def read(markup: Markup, title: str) -> str:
    """The paragraphs of the article, a line each; "" where there is none."""
    import trafilatura
    from trafilatura.settings import Document

    tree = deepcopy(markup.tree)
    show_hidden(tree)
    drop_link_blocks(tree)
    document = trafilatura.bare_extraction(tree, include_comments=False, include_tables=True)
    if not isinstance(document, Document):
        return ""
    return "\n".join(trimmed(paragraphs(document.body), title))


# ---------------------------------------------------------------- before

_HIDDEN = re.compile(
    r"visibility\s*:\s*hidden|display\s*:\s*none|opacity\s*:\s*0(?![.\d])", re.IGNORECASE
)


def show_hidden(tree: Element) -> None:
    """Pages that fade in by script hide their whole article by a style: a large part is shown."""
    total = len(tree.text_content())
    for element in tree.iter("div", "article", "section", "main", "body"):
        style = element.get("style")
        if style and _HIDDEN.search(style) and len(element.text_content()) * 3 > total:
            del element.attrib["style"]


_LISTS = ("ul", "ol", "dl", "table", "div", "section", "aside", "nav")
_FEWEST_LINKS = 4


def drop_link_blocks(tree: Element) -> None:
    """Lists of links lead elsewhere, whatever they are called."""
    doomed = [element for element in tree.iter("ul", "ol", "dl") if _is_link_block(element)]
    for element in doomed:
        parent = element.getparent()
        if parent is not None:
            element.tail = None if not (element.tail or "").strip() else element.tail
            element.drop_tree()


def _is_link_block(element: Element) -> bool:
    links = [link for link in element.iter("a") if (link.text_content() or "").strip()]
    if len(links) < _FEWEST_LINKS:
        return False
    inside = sum(len(tidy(link.text_content())) for link in links)
    whole = len(tidy(element.text_content()))
    return inside > 0.6 * whole


# ---------------------------------------------------------------- after

_BLOCKS = frozenset(
    ["p", "head", "item", "quote", "code", "row", "list", "table", "div", "fw", "ab"]
)


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


def trimmed(lines: list[str], title: str) -> list[str]:
    """Without the title, which is kept apart."""
    return [line for line in lines if key(line) != key(title)]

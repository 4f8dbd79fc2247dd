"""Real pages in other markup, so that a reader is measured on sites that nobody has tuned it to.

Extractors know the class names and the structural elements that sites use. Each disguise takes
some of that away and leaves what a person sees; the truth of a page stays what it was.
"""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import lxml.html  # type: ignore[import-untyped]

from crawler.decode import decode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Tree = Any  # lxml has no types of its own

_NAMES = ("class", "id", "role", "itemprop", "itemtype", "data-component", "data-testid")
_STRUCTURE = ("article", "aside", "footer", "header", "main", "nav", "section")


def nameless(tree: Tree) -> None:
    """No class, id or other attribute that tells what an element is for."""
    for element in tree.iter(lxml.html.etree.Element):
        if element.tag != "meta":
            for name in _NAMES:
                element.attrib.pop(name, None)


def shapeless(tree: Tree) -> None:
    """As `nameless`, and no element that says it is an article, a menu or a footer."""
    nameless(tree)
    for element in tree.iter(*_STRUCTURE):
        element.tag = "div"


def divided(tree: Tree) -> None:
    """Paragraphs are <div>s."""
    for element in tree.iter("p"):
        element.tag = "div"


DISGUISES: dict[str, Callable[[Tree], None]] = {
    "without class names": nameless,
    "without structural elements too": shapeless,
    "`<div>` for paragraphs": divided,
}


def disguised(folder: Path, target: Path, disguise: Callable[[Tree], None]) -> None:
    """Write a folder of pages and its manifest anew to `target`, an empty folder, in UTF-8."""
    rows = (folder / "manifest.jsonl").read_text("utf-8")
    (target / "manifest.jsonl").write_text(rows, "utf-8")
    for row in filter(None, rows.split("\n")):
        name = json.loads(row)["file"]
        page = decode(gzip.decompress((folder / name).read_bytes()))
        parser = lxml.html.HTMLParser(encoding="utf-8")
        tree = lxml.html.document_fromstring(page.utf8, parser=parser)
        disguise(tree)
        html = lxml.html.tostring(tree, encoding="unicode").encode("utf-8", "replace")
        (target / name).write_bytes(gzip.compress(html, 1))

"""The body of an article: what several extractors agree on, on a page cleared of their traps.

page ─ clear ─▶ trafilatura, readability, resiliparse ─ trim each ─▶ medoid ─ doubtful? ─▶ with a
fourth reading, trafilatura's precise one, the medoid again

Cleared: text that only a script makes visible is shown, blocks of links are taken out. Trimmed:
the head (title, path, byline) and the tail (editor's line, related stories, disclaimers).
The rules are about the press, not about sites: each holds for words that many of them use.
"""

from __future__ import annotations

import re
from copy import deepcopy
from typing import TYPE_CHECKING

from crawler.extract import readers
from crawler.extract.consensus import Reading, doubtful, medoid
from crawler.extract.readers import INLINE
from crawler.extract.trim import trimmed
from crawler.markup import tidy

if TYPE_CHECKING:
    from crawler.markup import Element, Markup

_AGREED = 0.9  # between readings that differ in a line or two
_AT_LEAST = 0.5  # of a part that is known to be the article
_ALONE = 1.5  # votes of a family of which one reading stands against trafilatura's two


def read(markup: Markup, title: str, *, thorough: bool = True) -> str:
    """The paragraphs of the article, a line each; "" where there is none.

    trafilatura says whether there is an article at all: the others find one on every page.
    resiliparse only votes, as its lines have lost the page's tables. `thorough` asks the precise
    reading too where the others differ.
    """
    tree = cleared(markup)

    def reading(lines: list[str], *, only_votes: bool = False) -> Reading:
        return Reading("\n".join(trimmed(lines, title)), only_votes)

    first = reading(readers.trafilatura(tree))
    if not first.text:
        return ""
    second = reading(readers.readability(tree))
    third = reading(readers.resiliparse(tree), only_votes=True)
    chosen = medoid({first: 1, second: 1, third: 1})
    if thorough and doubtful(chosen, (first, second, third), _AGREED):
        precise = reading(readers.trafilatura(tree, precise=True))
        chosen = medoid({first: 1, precise: 1, second: _ALONE, third: _ALONE})
    return chosen.text


def read_part(markup: Markup, title: str, *, thorough: bool = True) -> str:
    """As `read`, of a page that holds nothing but what the operator says is the text.

    Extractors that leave less than half of it are mistaken, and it is taken as it stands.
    """
    chosen = read(markup, title, thorough=thorough)
    whole = "\n".join(trimmed(readers.plain(cleared(markup)), title))
    return chosen if len(chosen) >= _AT_LEAST * len(whole) else whole


def cleared(markup: Markup) -> Element:
    """A copy of the page's tree without what extractors fall for."""
    tree = deepcopy(markup.tree)
    show_hidden(tree, sum(len(line.text) for line in markup.lines))
    drop_link_blocks(tree)
    name_paragraphs(tree)
    return tree


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


def name_paragraphs(tree: Element) -> None:
    """A <section> that holds nothing but words is a paragraph; trafilatura asks for the name."""
    for element in list(tree.iter("section")):
        if all(inner.tag in INLINE for inner in element.iterdescendants()):
            element.tag = "p"

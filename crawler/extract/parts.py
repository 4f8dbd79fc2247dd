"""What of a page counts, where the operator knows it better than the extractors.

    page ─ drop ─▶ what is left: title, date, byline
                     └─ text ─▶ the part: what the extractors see ─ ignore_lines ─▶ the text

What was done is kept as evidence, and so is what matched nothing. From the evidence of an article
`parts_in` tells how it was read, so that another way of reading it is not taken for its change.

The selectors are read by soupsieve, like those of listings: one language for all. Nothing here is
bounded but by the worker that it runs in, which has limits of time and memory for each page: a
selector or an expression that never comes to an end costs the page, and nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import lxml.html  # type: ignore[import-untyped]

from archive.article import Evidence
from crawler.markup import parse
from crawler.source import DROPPED, IGNORED, PART, Parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bs4 import BeautifulSoup, Tag

    from crawler.markup import Markup

_NOTHING: Final = "nothing matched"
#: Characters of a line that an expression is tried on: counters and dates are short, and no
#: expression takes long over so little unless it is built for that.
_LONGEST: Final = 500
#: Elements that mean something by their name, and stay what they are.
_NAMED: Final = frozenset(
    ("blockquote", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "table", "ul")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A page as it is to be read."""

    markup: Markup  # without what was dropped
    part: Markup  # of it, what the extractors see
    evidence: tuple[Evidence, ...] = ()
    note: str = ""  # the end of a sentence that says why there is no article


def cut(markup: Markup, parts: Parts | None) -> Cut:
    """The page without what is dropped, and the part of it that is its text."""
    if parts is None or not (parts.text or parts.drop):
        return Cut(markup=markup, part=markup)
    from bs4 import BeautifulSoup

    # From the tree, which is no deeper than libxml2 lets it be, and has lost its XML declaration.
    soup = BeautifulSoup(lxml.html.tostring(markup.tree, encoding="unicode"), "lxml")
    dropped = tuple(_dropped(soup, one) for one in parts.drop)
    if any(one.chosen for one in dropped):
        markup = parse(str(soup)) or markup
    if not parts.text:
        return Cut(markup=markup, part=markup, evidence=dropped)
    found = _outermost(soup.select(parts.text))
    part = _page_of(found)
    where = f"text, {_times(len(found))}" if part else f"text, {_NOTHING}"
    said = Evidence(field=PART, value=parts.text, where=where, chosen=part is not None)
    note = " in the part that `text` selects" if part else "; `text` matched nothing on it"
    return Cut(markup=markup, part=part or markup, evidence=(said, *dropped), note=note)


def without_lines(text: str, parts: Parts | None) -> tuple[str, tuple[Evidence, ...]]:
    """The text without the lines in which an expression is found, and what each of them took."""
    if parts is None:
        return text, ()
    said = []
    for pattern in parts.ignore_lines:
        lines = text.split("\n")
        kept = [line for line in lines if len(line) > _LONGEST or not re.search(pattern, line)]
        gone = len(lines) - len(kept)
        text = "\n".join(kept)
        where = f"ignore_lines, {_times(gone)}"
        said.append(Evidence(field=IGNORED, value=pattern, where=where, chosen=gone > 0))
    return text, tuple(said)


def missed(evidence: Iterable[Evidence]) -> str:
    """The selector of the text that matched nothing on the page of this evidence, or ""."""
    return next((one.value for one in evidence if one.field == PART and not one.chosen), "")


def parts_in(evidence: Iterable[Evidence]) -> Parts:
    """The parts by which the article of this evidence was read."""
    kept = list(evidence)

    def values(field: str) -> tuple[str, ...]:
        return tuple(one.value for one in kept if one.field == field)

    return Parts(
        text=next(iter(values(PART)), ""), drop=values(DROPPED), ignore_lines=values(IGNORED)
    )


def _dropped(soup: BeautifulSoup, selector: str) -> Evidence:
    """Take out what a selector matches."""
    found = _outermost(soup.select(selector))
    for tag in found:
        tag.decompose()
    where = f"drop, {_times(len(found))}"
    return Evidence(field=DROPPED, value=selector, where=where, chosen=bool(found))


def _outermost(found: Sequence[Tag]) -> list[Tag]:
    """Those that do not stand within another, in the order of the page."""
    known = {id(tag) for tag in found}
    return [tag for tag in found if not any(id(parent) in known for parent in tag.parents)]


def _page_of(found: Sequence[Tag]) -> Markup | None:
    """A page of these alone; None where there is no word in them.

    What they are called is of no account: extractors leave out a `<div class="comment">`.
    """
    if not any(tag.get_text(strip=True) for tag in found):
        return None
    for tag in found:
        tag.attrs = {}
        if tag.name not in _NAMED:
            tag.name = "div"
    body = "\n".join(str(tag) for tag in found)
    return parse(f"<html><body><article>{body}</article></body></html>")


def _times(count: int) -> str:
    return f"{count} matched" if count else _NOTHING

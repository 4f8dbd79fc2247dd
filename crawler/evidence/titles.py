"""Which of the things that look like a title is the title.

The principle: a page names its article twice, once for the reader (a heading) and once for the
browser (<title>, with the site's name around it). What both share is the title. Only where
nothing is shared do we take one party's word.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from crawler.markup import key, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.markup import Markup

#: Between a title and the site's name. A hyphen alone also stands inside of titles (1-10月).
_SEPARATOR = re.compile(r"\s*(?:[|｜_»*]|--+|——+|\s[-–—·:/]\s|::)+\s*")
_LOOSE_END = re.compile(r"[-－–—][^-－–—\d]{2,16}$")  # …-新华网, the last resort
_MAX_TITLE = 300
_MIN_KEY = 4
_NEAR_TOP = 400  # lines
_BYLINES = 14  # lines below a title
_BYLINE = 120  # characters
_ALIKE = 0.9  # of letters in common: two wordings of one title; two titles had .8 at most


@dataclass(frozen=True, slots=True)
class Candidate:
    """A string that may be the title; `weight` is how far its place is to be trusted."""

    text: str
    where: str
    weight: float

    @property
    def value(self) -> str:
        return self.text


def candidates(markup: Markup, listed: str = "") -> list[Candidate]:
    """Everything that may be the title, the most trusted first; `listed` is the feed's word."""
    found = [*_headings(markup, "h1", 1.0), *_named(markup)]
    if listed := tidy(html.unescape(listed)):
        found.append(Candidate(listed, "listing", 0.7))
    found += [*_headings(markup, "h2", 0.5), *_headings(markup, "h3", 0.4)]
    if markup.title:
        found.append(Candidate(markup.title, "title", 0.0))
    return [one for one in found if len(key(one.text)) >= _MIN_KEY and len(one.text) <= _MAX_TITLE]


def choose(markup: Markup, found: list[Candidate]) -> Candidate | None:
    """The title among the candidates; None on a page that has none."""
    trusted = [one for one in found if one.where != "title" and not _is_site(markup, one)]
    if repeated := _repeated(trusted):
        return _as_titled(markup, repeated, trusted) or repeated
    lines = _lines(markup)
    if listed := _listed(trusted, lines):
        return listed
    if shared := _shared(markup, trusted) or _shared(markup, lines):
        return shared
    headings = [one for one in trusted if one.weight >= 1.0]
    if len(headings) == 1 or (headings and not markup.title):
        return headings[0]
    named = [one for one in trusted if one.where not in {"h1", "h2", "h3"}]
    stripped = Candidate(without_site(markup.title), "title", 0.0) if markup.title else None
    return next(iter(named), None) or stripped or next(iter(headings), None)


def below(markup: Markup, title: str) -> list[str]:
    """The short lines below a title, where the byline stands; below the first line without one."""
    wanted = key(title)
    lines = [line.text for line in markup.lines]
    at = next((number for number, line in enumerate(lines) if wanted and key(line) == wanted), 0)
    return [line for line in lines[at + 1 : at + 1 + _BYLINES] if len(line) <= _BYLINE]


def without_site(title: str) -> str:
    """A <title> without the site's name: the longest of its segments."""
    segments = [segment for segment in _SEPARATOR.split(title) if segment]
    if len(segments) > 1:
        return max(segments, key=lambda segment: len(key(segment)))
    return _LOOSE_END.sub("", title).strip() or title


def _shared(markup: Markup, found: list[Candidate]) -> Candidate | None:
    """The candidate that stands whole in the <title> and is not merely the site's name there."""
    whole = key(markup.title)
    if not whole:
        return None
    segments = [key(segment) for segment in _SEPARATOR.split(markup.title)]
    longest = max(segments, key=len)
    best: tuple[float, Candidate] | None = None
    for one in found:
        own = key(one.text)
        if own not in whole or len(own) * 2 < len(longest):
            continue
        if len(segments) > 1 and own == segments[-1] != longest:
            continue
        score = one.weight + 0.3 * len(own) / len(whole)
        if best is None or score > best[0]:
            best = score, one
    return best[1] if best else None


def _repeated(found: list[Candidate]) -> Candidate | None:
    """The heading that the page's metadata repeat: a <title> of its own wording yields to it."""
    named = {key(one.text) for one in found if one.where not in {"h1", "h2", "h3"}}
    return next((one for one in found if one.where == "h1" and key(one.text) in named), None)


def _as_titled(markup: Markup, heading: Candidate, found: list[Candidate]) -> Candidate | None:
    """The data's wording of a heading, where <title> has it too and a word or two differ.

    Headings are touched up after publication; which wording stands is said by the two that agree.
    A <title> that says something else altogether is for search engines: the heading stays.
    """
    whole, own = key(markup.title), key(heading.text)
    if own in whole:
        return None
    for one in found:
        other = key(one.text)
        if one.where == "json-ld headline" and other in whole and _nearly(own, other):
            return one
    return None


def _nearly(one: str, other: str) -> bool:
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= _ALIKE


def _is_site(markup: Markup, one: Candidate) -> bool:
    """Some front pages' templates head every page with the outlet's name, og:title included."""
    return key(one.text) in {key(name) for name in markup.meta.get("og:site_name", ())}


def _listed(found: list[Candidate], lines: list[Candidate]) -> Candidate | None:
    """What the listing calls the page, if the page says so in a line of its own."""
    shown = {key(line.text) for line in lines}
    return next((one for one in found if one.where == "listing" and key(one.text) in shown), None)


def _headings(markup: Markup, tag: str, weight: float) -> Iterator[Candidate]:
    for number, element in enumerate(markup.tree.iter(tag)):
        if number >= 12:
            return
        if text := tidy(element.text_content()):
            yield Candidate(text, tag, weight)


def _named(markup: Markup) -> Iterator[Candidate]:
    """What the page's metadata say."""
    for thing in markup.articles:
        headline = thing.get("headline") or thing.get("name")
        if isinstance(headline, str) and headline.strip():
            yield Candidate(tidy(html.unescape(headline)), "json-ld headline", 0.9)
            break
    for name in ("og:title", "articletitle", "twitter:title", "title"):
        for content in markup.meta.get(name, ())[:1]:
            text = _without_suffix(tidy(html.unescape(content)), markup)
            yield Candidate(text, f"meta {name}", 0.8)


def _without_suffix(text: str, markup: Markup) -> str:
    """og:title often repeats the whole <title>; its first segment may stand in a heading."""
    first = _SEPARATOR.split(text)[0]
    if first != text and key(first) in {key(one.text) for one in _headings(markup, "h1", 1)}:
        return first
    return text


def _lines(markup: Markup) -> list[Candidate]:
    """Any line near the top: many pages make their heading of a <div>."""
    lines = (line.text for line in markup.lines[:_NEAR_TOP])
    return [
        Candidate(text, "text", 0.0)
        for text in lines
        if len(text) <= _MAX_TITLE and len(key(text)) >= _MIN_KEY
    ]

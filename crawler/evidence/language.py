"""Which language an article is in: what its text shows, else what its page says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.fold import simple

if TYPE_CHECKING:
    from crawler.markup import Markup

_SAMPLE = 20_000  # characters; more says nothing new
_CODE = re.compile(r"[a-z]{2}(?=$|[-_])")
_UNREADABLE = re.compile("[\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")  # what CLD2 refuses


@dataclass(frozen=True, slots=True)
class Spoken:
    """A language (ISO 639-1) and where it was seen."""

    value: str
    where: str


def candidates(markup: Markup, text: str) -> list[Spoken]:
    """The languages that text and page name, the most trusted first."""
    found = []
    if code := detect(text):
        found.append(Spoken(code, "text"))
    said = {
        "html lang": markup.tree.get("lang") or "",
        "meta content-language": " ".join(markup.meta.get("content-language", ())[:1]),
        "meta og:locale": " ".join(markup.meta.get("og:locale", ())[:1]),
    }
    matches = ((_CODE.match(value.strip().lower()), where) for where, value in said.items())
    return found + [Spoken(match[0], where) for match, where in matches if match]


def detect(text: str) -> str:
    """The language of a text, "" where it is too short or too mixed to tell.

    Of its folded form: CLD2 knows no full-width letters, and takes the readings of names that
    stand in brackets for another language.
    """
    import pycld2  # type: ignore[import-untyped]

    sample = simple(_UNREADABLE.sub("", text[:_SAMPLE]))
    try:
        reliable, _, details = pycld2.detect(sample.encode(), isPlainText=True)
    except pycld2.error:
        return ""
    match = _CODE.match(details[0][1].lower())
    return match[0] if reliable and match and match[0] != "un" else ""

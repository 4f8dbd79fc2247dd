"""Whether what a feed calls a description is the whole article. Pure.

Many feeds, Chinese ones above all, have no other place for it. Summaries that content systems make
by themselves have one paragraph of some 55 words, what editors write one or two; so three real
paragraphs with 200 words or ideographs between them are taken for an article. What ends in "read
more" is found out when the article is filed (`crawler.intake.feedtext`).
"""

from __future__ import annotations

import re
from html import escape

from spiders.links import plain

FEWEST_WORDS = 200  # words, or ideographs
FEWEST_PARAGRAPHS = 3
_PARAGRAPH = 15  # words that make one: bylines, captions and tags have fewer
_SHORTEST = 300  # characters of markup; no description with so many ideographs is shorter
_READ = 50_000  # characters: what says nothing until there is no article

_BREAK = re.compile(
    r"<(?:/?(?:p|div|section|li|h[1-6]|blockquote)\b[^<>]*|br\s*/?\s*)>", re.IGNORECASE
)
_MARKUP = re.compile(r"<(?:p|br|div)\b", re.IGNORECASE)
_WORD = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]|[^\W_\u3400-\u9fff]+")


def article_in(description: str) -> str:
    """The description as HTML where it is a whole article, else ""."""
    if len(description) < _SHORTEST:
        return ""
    marked = _MARKUP.search(description[:_READ]) is not None
    pieces = _BREAK.split(description[:_READ]) if marked else description[:_READ].split("\n")
    words = paragraphs = 0
    for piece in pieces:
        count = len(_WORD.findall(plain(piece, _READ)))
        words, paragraphs = words + count, paragraphs + (count >= _PARAGRAPH)
        if words >= FEWEST_WORDS and paragraphs >= FEWEST_PARAGRAPHS:
            return description if marked else paragraphed(description)
    return ""


def paragraphed(text: str) -> str:
    """Plain text as HTML, a paragraph a line."""
    return "".join(f"<p>{escape(line)}</p>" for line in text.split("\n") if line.strip())

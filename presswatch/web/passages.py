"""Words that a rule found, shown where they stand, without folding the text again.

A match keeps its words as they stood in the text (`alerts.payload.Word`), so that they are found
again by looking for just these characters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.query.leaf import Term
from archive.query.spans import Document, Span
from archive.snippet import snippets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from alerts.payload import Word
    from archive.snippet import Snippet

_PLACES = 40  # of one word that are looked at


def passages(
    title: str, text: str, words: Iterable[Word], *, width: int = 120, most: int = 2
) -> tuple[Snippet, ...]:
    """The words in their sentences, the title left out; the beginning of the text without any."""
    document = Document(title=title, body=text, source="")
    spans = [span for span in places(title, text, words) if span.field == "body"]
    return snippets(document, spans, width=width, most=most)


def places(title: str, text: str, words: Iterable[Word]) -> Iterator[Span]:
    """Every place of these words in the title and the text."""
    texts = {"title": title, "body": text}
    for word in dict.fromkeys(words):
        term = Term(field="", tokens=(), prefix=False, text=word.term)
        if word.field in texts and word.text:
            for start in _found(texts[word.field], word.text):
                end = start + len(word.text)
                yield Span(word.field, start, end, word.text, term)


def _found(text: str, word: str) -> Iterator[int]:
    at = text.find(word)
    for _ in range(_PLACES):
        if at < 0:
            return
        yield at
        at = text.find(word, at + len(word))

"""Rules: how long 10,000 take to build, and how many folded articles a second they are tried on.

`python -m bench rules` prints it.
"""

from __future__ import annotations

import random
from time import process_time
from typing import TYPE_CHECKING, TypeVar

from archive.query import parse
from archive.query.spans import Automaton, Document
from bench.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

RULES = 10_000
ARTICLES = 400
REBUILD_LIMIT = 0.5  # seconds
SPEED_LIMIT = 2_000  # articles a second and core

#: Nobody makes a rule of the most common words.
_COMMON = 1_000
_WORDS = 20_000
_SYLLABLES = "ba co di fu ga he ji ko lu ma ne pi qu ro su ta vi wo xe zu".split()


class Language:
    """A made-up language of Chinese and Latin words that occur as words do: few of them often."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        characters = [chr(0x4E00 + number) for number in range(2500)]
        likely = [1 / (rank + 30) for rank in range(len(characters))]
        self._chinese = self._words(characters, likely, (2, 2, 2, 3, 4))
        self._latin = self._words(_SYLLABLES, [1.0] * len(_SYLLABLES), (2, 3, 3, 4))
        self._likely = [1 / (rank + 3) for rank in range(_WORDS)]

    def _words(self, parts: list[str], likely: list[float], lengths: tuple[int, ...]) -> list[str]:
        words: set[str] = set()
        while len(words) < _WORDS:
            length = self._random.choice(lengths)
            words.add("".join(self._random.choices(parts, likely, k=length)))
        return self._random.sample(sorted(words), _WORDS)

    def document(self) -> Document:
        """An article of about 5 KB, one in three English."""
        if self._random.random() < 1 / 3:
            words = self._random.choices(self._latin, self._likely, k=830)
            return Document(" ".join(words[:9]), " ".join(words), "sample")
        words = self._random.choices(self._chinese, self._likely, k=700)
        sentences = ["".join(words[at : at + 14]) + "。" for at in range(0, len(words), 14)]
        return Document("".join(words[:8]), "\n".join(sentences), "sample")

    def query(self) -> str:
        """A rule as people write them: a place and a matter, some alternatives, an exclusion."""
        words = self._latin if self._random.random() < 1 / 3 else self._chinese
        a, b, c, d = self._random.sample(words[_COMMON:], 4)
        forms = (
            f"{a}{b}",
            f'"{a} {b}"',
            f"{a} AND {b}",
            f"({a} OR {b}) AND ({c} OR {d})",
            f"title:{a} OR {b}{c}",
            f"{a} AND {b} NOT {c}",
            f"{a}* AND {b}",
        )
        return self._random.choice(forms)


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    """What it gives, and the CPU seconds that it took."""
    start = process_time()
    done = work()
    return done, process_time() - start


def run() -> list[Figure]:
    """In CPU seconds of one core."""
    language = Language(seed=7)
    texts = [language.query() for _ in range(RULES)]
    documents = [language.document() for _ in range(ARTICLES)]

    queries, parsed = _timed(lambda: {str(at): parse(text) for at, text in enumerate(texts)})
    automaton, built = _timed(lambda: Automaton(queries))

    for document in documents:
        assert document.streams["body"]  # folded before the clock starts
    fired, trying = _timed(lambda: sum(len(automaton.fires(one)) for one in documents))
    matched, placing = _timed(lambda: sum(len(automaton.match(one)) for one in documents))
    assert matched == fired
    return [
        Figure(name=f"parse {RULES:,} queries", value=parsed, unit="s"),
        Figure(
            name=f"rebuild {RULES:,} rules", value=built, unit="s", limit=f"<= {REBUILD_LIMIT}"
        ),
        Figure(
            name=f"try {RULES:,} rules", value=ARTICLES / trying, unit="folded articles/s/core",
            limit=f">= {SPEED_LIMIT}",
        ),
        Figure(name="the same with places in the original", value=ARTICLES / placing,
               unit="folded articles/s/core", note=f"{fired / ARTICLES:.1f} rules fire an article"),
    ]  # fmt: skip

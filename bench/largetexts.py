"""Articles for a large archive: Chinese and English, with words as frequent as words are.

Made-up words follow Zipf's law with Mandelbrot's shift, weight 1 / (rank + 2.7) among 60,000 of
each language, so a few stand in nearly every text, the hundredth in one of eight, most of them
hardly ever. Three in five articles are Chinese (500 ideographs at the median), the others English
(1.5 KB); lengths are lognormal. Every tenth one is a reprint, cut or whole, of one of the last
fifty. An article is seen every 95 s, most of them within the hour of their date; one in thirty is
of a backlog and up to five years old, one in fifty has no date. All of it follows from a seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate
from random import Random
from typing import Final

from archive.article import Incoming, Raw

SEED: Final = 11
VOCABULARY: Final = 60_000  # words of each language
START: Final = datetime(2023, 1, 1, tzinfo=UTC)
EVERY: Final = timedelta(seconds=95)
SOURCES: Final = 400
#: Words of a text at the median: 500 ideographs, 1.5 KB.
MEDIAN: Final = {"zh": 255, "en": 230}
_SPREAD: Final = 0.55
_SYLLABLES: Final = (
    "ba co di fu ga he ji ko lu ma ne pi qu ro su ta vi wo xe zu an er in os".split()
)
_PARTICLES: Final = 20  # the most frequent words are short


@dataclass(frozen=True, slots=True)
class Made:
    """An article of the large archive, when it was seen, and of which one it is a reprint."""

    number: int
    incoming: Incoming
    seen: datetime
    base: int | None


@cache
def words(language: str) -> list[str]:
    """The vocabulary of a language, the most frequent word first."""
    rng = Random(f"{SEED} {language}")
    parts, lengths = _SYLLABLES, [2, 2, 3, 3, 4]
    likely = list(accumulate(1.0 for _ in parts))
    if language == "zh":
        parts, lengths = (
            [chr(0x4E00 + 5 * number) for number in range(3_500)],
            [2] * 5 + [3, 4],
        )
        likely = list(accumulate(1 / (rank + 30) for rank in range(len(parts))))
    found: dict[str, None] = {}
    while len(found) < VOCABULARY:
        length = 1 if len(found) < _PARTICLES else rng.choice(lengths)
        found["".join(rng.choices(parts, cum_weights=likely, k=length))] = None
    return list(found)


@cache
def _weights() -> list[float]:
    return list(accumulate(1 / (rank + 2.7) for rank in range(1, VOCABULARY + 1)))


def article(number: int) -> Made:
    """The article of this number, counted from 0."""
    rng = Random(f"{SEED} {number}")
    seen = START + EVERY * number
    base = _base(rng, number)
    title, text, language = _text(number if base is None else base)
    if base is not None:
        text = text[: max(200, int(len(text) * rng.uniform(0.6, 1)))]
    source = f"outlet{rng.randrange(SOURCES)}"
    url = f"https://www.{source}.example/news/{number}.html"
    raw = Raw(url=url, status=200, headers=(), body=text.encode(), fetched_at=seen)
    return Made(
        number=number,
        incoming=Incoming(
            source=source, url=url, title=title, text=text, raw=raw, language=language,
            published=_published(rng, seen), authors=(f"Author {rng.randrange(2_000)}",),
        ),
        seen=seen,
        base=base,
    )  # fmt: skip


def _base(rng: Random, number: int) -> int | None:
    """Every tenth is a reprint of one of the last fifty that are none."""
    if number % 10 != 9 or number < 50:
        return None
    base = number - rng.randrange(1, 50)
    return base - 1 if base % 10 == 9 else base


def _published(rng: Random, seen: datetime) -> datetime | None:
    kind, lag = rng.random(), timedelta(minutes=rng.lognormvariate(3, 1.2))
    if kind < 1 / 50:
        return None
    if kind < 1 / 50 + 1 / 30:
        lag = timedelta(days=rng.uniform(3, 5 * 365))
    return (seen - lag).replace(microsecond=0)


def _text(number: int) -> tuple[str, str, str]:
    """Title, text and language of a base."""
    rng = Random(f"{SEED} text {number}")
    language = "zh" if rng.random() < 3 / 5 else "en"
    length = max(40, round(rng.lognormvariate(0, _SPREAD) * MEDIAN[language]))
    drawn = rng.choices(words(language), cum_weights=_weights(), k=length + 8)
    sentences, place = [], 8
    while place < len(drawn):
        size = rng.randint(8, 22)
        sentences.append(_sentence(drawn[place : place + size], language))
        place += size
    joint = "" if language == "zh" else " "
    paragraphs = [joint.join(sentences[at : at + 3]) for at in range(0, len(sentences), 3)]
    return _sentence(drawn[:8], language)[:-1], "\n".join(paragraphs), language


def _sentence(drawn: list[str], language: str) -> str:
    if language == "en":
        return f"{' '.join(drawn).capitalize()}."
    half = len(drawn) // 2
    return f"{''.join(drawn[:half])}，{''.join(drawn[half:])}。"

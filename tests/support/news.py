"""Articles and feeds by the dozen, each with a text of its own, for tests of the service."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

_WORDS = (
    "office court patent filing notice market licence review trademark agency holder judge "
    "province reform design appeal hearing firm inventor register library fee clause treaty"
).split()


def article(number: int, *, word: str = "") -> str:
    """A page with an article of three paragraphs; `word` stands in its first sentence."""
    rng = Random(number)

    def sentence() -> str:
        words = " ".join(rng.choice(_WORDS) for _ in range(14))
        return f"The {words} in case {rng.randrange(10**9)}."

    title = f"Case {number} before the {rng.choice(_WORDS)} {rng.choice(_WORDS)}"
    first = f"<p>{word} {sentence()} {sentence()} {sentence()}</p>"
    rest = "".join(f"<p>{sentence()} {sentence()} {sentence()}</p>" for _ in range(3))
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{title} | Test</title>"
        f"</head><body><nav><a href=/>Home</a></nav>"
        f"<article><h1>{title}</h1>{first}{rest}</article>"
        "<footer>Test News</footer></body></html>"
    )


def feed(base: str, numbers: range | list[int]) -> str:
    """An RSS feed that lists `/n/<number>.html`, all published now."""
    date = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
    items = "".join(
        f"<item><title>Case {n}</title><link>{base}/n/{n}.html</link>"
        f"<pubDate>{date}</pubDate></item>"
        for n in numbers
    )
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>{items}</channel></rss>'
    )

"""What makes two texts one text: an identity for equal bodies, bands for similar ones.

    text ─▶ simple form ─▶ body (archive.core) ─▶ words ─▶ identity: a hash of all of them
                                                       └▶ shingles of 4 ─▶ 126 minima ─▶ 42 bands,
                                                          and a sketch: their low bytes

Two bodies that share a part s of all their shingles have a band in common with a chance of
1 - (1 - s³)⁴²: .94 for .4, .68 for .3, .04 for .1. What shares one is a candidate, no more: the
sketches tell about how much they share, then `archive.near` compares the words.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Final

from rensa import RMinHash

from archive.core import bounds
from archive.fold import SENTINEL, fold_version, simple, simple_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

SHINGLE: Final = 4  # tokens: ideographs, or words
BANDS: Final = 42
ROWS: Final = 3  # minima in a band
LEAST: Final = 12  # words of a body that can be similar; a shorter one is equal or it is not

_SEED: Final = 20_260_301
_BITS: Final = 41  # of a band's hash; with its number in front SQLite keeps it in six bytes
_PRIME: Final = (1 << 61) - 1
BANDS_END: Final = BANDS << _BITS  # the integers of all bands are below it, spread evenly


def shingles(words: Sequence[str]) -> list[str]:
    """Every run of SHINGLE words, in order; nothing for fewer words."""
    return list(map(" ".join, zip(*(words[n:] for n in range(SHINGLE)), strict=False)))


def minima(words: Sequence[str]) -> list[int]:
    """BANDS × ROWS minima of 32 bits; [] for a body too short."""
    if len(words) < LEAST:
        return []
    signature = RMinHash(num_perm=BANDS * ROWS, seed=_SEED)
    signature.update(shingles(words))
    return list(signature.digest())


def bands(low: Sequence[int]) -> tuple[int, ...]:
    """One integer for each band of the minima, none of them shared by two bands."""
    return tuple(
        band << _BITS | ((a * 0x9E3779B97F4A7C15 + b * 0xC2B2AE3D27D4EB4F + c) % _PRIME >> 20)
        for band, (a, b, c) in enumerate(zip(low[::ROWS], low[1::ROWS], low[2::ROWS], strict=True))
    )


def identity(words: Sequence[str]) -> str:
    """`fold_version():hex` of a body's words, the same for every spelling of the same text."""
    hashed = hashlib.blake2b(" ".join(words).encode(), digest_size=16)
    return f"{fold_version()}:{hashed.hexdigest()}"


@dataclass(frozen=True)
class Print:
    """What the archive knows a text by."""

    stream: str  # of the whole text (archive.fold.stream)
    words: tuple[str, ...]  # of its body, without sentinels

    @cached_property
    def identity(self) -> str:
        return identity(self.words)

    @cached_property
    def minima(self) -> list[int]:
        return minima(self.words)

    @cached_property
    def bands(self) -> tuple[int, ...]:
        return bands(self.minima)

    @cached_property
    def sketch(self) -> bytes:
        return bytes(map((0xFF).__and__, self.minima))


def take(text: str) -> Print:
    """The print of a text, folded once."""
    form = simple(text)
    tokens = simple_tokens(form)
    words = [token for token in tokens if token != SENTINEL]
    start, end = bounds(form)
    first, behind = _words(form[:start]), len(words) - _words(form[end:])
    body = words[first:behind] if first < behind else words
    return Print(" ".join(tokens), tuple(body))


def _words(form: str) -> int:
    return sum(token != SENTINEL for token in simple_tokens(form)) if form else 0


@cache
def wordless() -> str:
    """The identity of a text without a single word: it makes no two articles copies."""
    return identity(())


@cache
def version() -> str:
    """Good for one fold, one idea of a body and one hash, wherever they come from.

    An archive with another one is rebuilt. The probe notices a library that hashes differently.
    """
    probe = repr(minima([str(n) for n in range(40)])).encode()
    return f"{fold_version()}/2-{hashlib.blake2b(probe, digest_size=4).hexdigest()}"

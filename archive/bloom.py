"""Which hashes band and band_recent may hold: a small filter in front of large tables.

Nearly all bands of a new text are in no other, and to learn that from the tables forty-two pages
somewhere in them have to be read: with a million articles in 0.6 GB, seldom in memory. The filter
is a tenth of that. It says no for certain, and yes wrongly to three hashes in a hundred.

    hash ─▶ page: a range of hashes, CAPACITY of them at most ─▶ word of 64 bits ─▶ two bits in it

A page that is full is split, both halves made anew from the tables. They are not equally large, so
that pages filled evenly are not full all at once. What is taken out of the tables leaves its bits
behind until then.

The words are those of Putze, Sanders, Singler: "Cache-, Hash- and Space-Efficient Bloom Filters"
(2007), each a filter as Bloom described it (1970).
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import cycle, islice
from struct import Struct
from typing import TYPE_CHECKING, Final

from archive.fingerprint import BANDS_END

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlite_utils import Database

WORDS: Final = 250  # of eight bytes; two pages of the filter share one of the file
CAPACITY: Final = 2_000  # hashes in a page, at most: eight bits each
_SPARSE: Final = 1_500  # a page that holds no more when it is made anew is not split
_SPLIT: Final = 0.4  # of a page's range goes to its first half
_SIZES: Final = (1_000, 1_618, 1_236, 1_854, 1_472, 1_090, 1_708, 1_326)  # of pages made at once

_PACKED: Final = Struct(f"<{WORDS}Q")
_WORD_OF: Final = (
    "SELECT value, (SELECT substr(bits, 1 + 8 * ((value >> 12 & 4095) * ? >> 12), 8) FROM bloom"
    " WHERE first <= value ORDER BY first DESC LIMIT 1) FROM json_each(?)"
)


def possible(db: Database, hashes: Sequence[int]) -> list[int]:
    """Those of the hashes that may be in the tables; the others are not."""
    rows = db.conn.execute(_WORD_OF, (WORDS, f"[{','.join(map(str, hashes))}]"))
    return [
        value
        for value, word in rows
        if word is not None and not _mask(value) & ~int.from_bytes(word, "little")
    ]


def add(db: Database, hashes: Sequence[int]) -> None:
    """Note hashes, lowest first, that were just put into a table; a transaction is open."""
    while hashes:
        first, end, held, words = _page(db, hashes[0])
        here = bisect_left(hashes, end)
        assert here, "bands are below BANDS_END"
        held += _mark(words, hashes[:here])
        if held > CAPACITY:
            _anew(db, first, end)
        else:
            _write(db, first, held, words)
        hashes = hashes[here:]


def make(db: Database) -> None:
    """Make the filter where there is none yet: a minute for a million articles."""
    if db.conn.execute("SELECT 1 FROM bloom").fetchone():
        return
    rows = db.conn.execute("SELECT hash FROM band UNION SELECT hash FROM band_recent ORDER BY hash")
    sizes, first = cycle(_SIZES), 0
    while hashes := [value for (value,) in islice(rows, next(sizes))]:
        _fill(db, first, hashes)
        first = hashes[-1] + 1


def clear(db: Database) -> None:
    """Forget all hashes."""
    db.execute("DELETE FROM bloom")


def _page(db: Database, value: int) -> tuple[int, int, int, list[int]]:
    """Where the page of a hash begins and ends, how many hashes it holds, its words."""
    row = db.conn.execute(
        "SELECT first, held, bits, (SELECT min(first) FROM bloom later WHERE later.first > ?)"
        " FROM bloom WHERE first <= ? ORDER BY first DESC LIMIT 1",
        (value, value),
    ).fetchone()
    if row is None:
        return 0, BANDS_END, 0, [0] * WORDS
    first, held, bits, later = row
    return first, later or BANDS_END, held, list(_PACKED.unpack(bits))


def _anew(db: Database, first: int, end: int) -> None:
    """Make a full page of what the tables hold now: two, unless it holds much less."""
    hashes = [
        value
        for (value,) in db.conn.execute(
            "SELECT hash FROM band WHERE hash >= ? AND hash < ?"
            " UNION SELECT hash FROM band_recent WHERE hash >= ? AND hash < ? ORDER BY hash",
            (first, end, first, end),
        )
    ]
    middle = first + int((end - first) * _SPLIT) if len(hashes) > _SPARSE else end
    half = bisect_left(hashes, middle)
    _fill(db, first, hashes[:half])
    if middle < end:
        _fill(db, middle, hashes[half:])


def _fill(db: Database, first: int, hashes: Sequence[int]) -> None:
    words = [0] * WORDS
    _write(db, first, _mark(words, hashes), words)


def _write(db: Database, first: int, held: int, words: Sequence[int]) -> None:
    db.conn.execute(
        "INSERT INTO bloom (first, held, bits) VALUES (?, ?, ?)"
        " ON CONFLICT (first) DO UPDATE SET held = excluded.held, bits = excluded.bits",
        (first, held, _PACKED.pack(*words)),
    )


def _mask(value: int) -> int:
    """The two bits of a hash in its word."""
    return 1 << (value & 63) | 1 << (value >> 6 & 63)


def _mark(words: list[int], hashes: Iterable[int]) -> int:
    """Set the bits of the hashes; of how many some were not set."""
    changed = 0
    for value in hashes:
        place, mask = (value >> 12 & 4095) * WORDS >> 12, _mask(value)
        if mask & ~words[place]:
            words[place] |= mask
            changed += 1
    return changed

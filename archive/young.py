"""The bands of the articles filed last, on their way to the table band.

An article has forty-two bands, and each has a place of its own among those of all others: written
there one by one, they make forty-two pages to the log and to the file. So they get there in steps,
each with many neighbours. (A log-structured merge: O'Neil et al., "The Log-Structured Merge-Tree",
1996.)

    add ─▶ young: a row an article, at the end of the table     what another process has to know
      └──▶ fresh: a row a band, of this connection, in memory; a fiftieth of the archive at most
             └─▶ band_recent: when that is full, slice by slice; a sixteenth of the archive or so
                   └─▶ band: range by range, in a turn over all hashes that never ends

Both steps are made by the articles that are added, a few rows by each, so that nobody waits. Every
connection that writes has its own index, and reads what another one has added before it is asked.
It names rows of young: what is merged or taken out, by whomever, is not found there.
"""

from __future__ import annotations

import sqlite3
import struct
from typing import TYPE_CHECKING, Final

from archive import bloom
from archive.fingerprint import BANDS_END
from archive.schema import FRESH

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlite_utils import Database

SHARE: Final = 50  # articles in the archive for one whose bands are held back
LEAST: Final = 1_000  # articles held back, at least
MOST: Final = 20_000  # at most: 20 MB, and more than a second to read them at the start
SPREAD: Final = 8  # articles held back for each slice of a merge, or range of a turn
TURN: Final = 8  # articles in the archive for one that is added during a turn
_READ: Final = 1_000  # rows at a time, so that memory has no peak
_TURNED: Final = "bands_turned"  # in meta: the hash up to which a turn has come

_HOLD: Final = "INSERT INTO fresh (hash, number) SELECT value, ? FROM json_each(?)"
_WAITING: Final = "SELECT article FROM fresh JOIN young USING (number) WHERE hash = ?"
_FILED: Final = (
    "SELECT article FROM band WHERE hash = ?",
    "SELECT article FROM band_recent WHERE hash = ?",
)


def add(db: Database, article: int, bands: Sequence[int]) -> None:
    """Hold the bands of an article, and merge a slice if it is time; a transaction is open."""
    row = (article, packed(bands))
    number = db.execute("INSERT INTO young (article, bands) VALUES (?, ?)", row).lastrowid
    catch_up(db)
    _merge(db)
    if number is not None and number % SPREAD == 0:
        _settle(db)


def remove(db: Database, article: int, bands: Sequence[int]) -> None:
    """Take the bands of an article out, wherever they are by now."""
    places = [(band, article) for band in bands]
    db.conn.executemany("DELETE FROM band WHERE hash = ? AND article = ?", places)
    db.conn.executemany("DELETE FROM band_recent WHERE hash = ? AND article = ?", places)
    db.execute("DELETE FROM young WHERE article = ?", (article,))


def clear(db: Database) -> None:
    """Forget the bands of all articles."""
    db.execute("DELETE FROM band")
    db.execute("DELETE FROM band_recent")
    db.execute("DELETE FROM young")
    bloom.clear(db)


def articles(db: Database, bands: Sequence[int], most: int) -> Iterator[list[int]]:
    """Of each band that holds any, the oldest articles: no more than `most`.

    Of a text without a copy hardly a band does. Where one is said not to be, it is not looked for:
    of the bands that a reprint shares, most are in memory alone, and each look is a page to read.
    """
    rows = db.conn.execute(
        "SELECT value FROM json_each(?) WHERE EXISTS (SELECT 1 FROM fresh WHERE hash = value)",
        (_listed(bands),),
    )
    waiting = {band for (band,) in rows}
    filed = set(bloom.possible(db, bands))
    for band in sorted(waiting | filed):
        parts = (_WAITING,) * (band in waiting) + _FILED * (band in filed)
        oldest = f"{' UNION '.join(parts)} ORDER BY article LIMIT ?"
        yield [article for (article,) in db.conn.execute(oldest, (*[band] * len(parts), most))]


def catch_up(db: Database) -> None:
    """Read what has been added since this connection looked last; a transaction is open."""
    rows = db.conn.execute(
        "SELECT number, bands FROM young WHERE number > ? ORDER BY number", (_reach(db),)
    )
    while some := rows.fetchmany(_READ):
        for number, bands in some:
            db.conn.execute(_HOLD, (number, _listed(unpacked(bands))))
        db.conn.execute("UPDATE reach SET number = ?", (some[-1][0],))


def _reach(db: Database) -> int:
    """The last row of young that this connection has read; 0 with new tables, where it has none."""
    try:
        row = db.conn.execute("SELECT number FROM reach").fetchone()
    except sqlite3.OperationalError:  # of a new connection, or the transaction that made them
        for statement in FRESH:  # was undone
            db.conn.execute(statement)
        return 0
    return int(row[0])


def _merge(db: Database) -> None:
    """Bring one more slice of the hashes to the file; begin where enough articles are held."""
    upto, done, slices = db.conn.execute("SELECT upto, done, slices FROM reach").fetchone()
    if upto is None:
        upto, held, articles = db.conn.execute(
            "SELECT max(number), max(number) + 1 - (SELECT min(number) FROM young),"
            " (SELECT max(article) FROM sketch) FROM young"
        ).fetchone()
        if held < min(max(articles // SHARE, LEAST), MOST):
            return
        done, slices = 0, max(held // SPREAD, 1)
    _bring(db, BANDS_END * done // slices, BANDS_END * (done + 1) // slices, upto)
    done += 1
    if done == slices:
        db.conn.execute("DELETE FROM young WHERE number <= ?", (upto,))
        upto = None
    db.conn.execute("UPDATE reach SET upto = ?, done = ?, slices = ?", (upto, done, slices))


def _bring(db: Database, start: int, end: int, upto: int) -> None:
    """The hashes of one slice, of the articles up to this number, go to the file."""
    of_slice = (start, end, upto)
    hashes = db.conn.execute(
        "SELECT DISTINCT hash FROM fresh WHERE hash >= ? AND hash < ? AND number <= ?"
        " ORDER BY hash",
        of_slice,
    ).fetchall()
    db.conn.execute(
        "INSERT OR IGNORE INTO band_recent (hash, article) SELECT hash, article FROM fresh"
        " JOIN young USING (number) WHERE hash >= ? AND hash < ? AND number <= ?",
        of_slice,
    )
    bloom.add(db, [value for (value,) in hashes])
    db.conn.execute("DELETE FROM fresh WHERE hash >= ? AND hash < ? AND number <= ?", of_slice)


def _settle(db: Database) -> None:
    """Bring the next range of a turn from band_recent to band.

    Where the last one ended is kept. Worked out of numbers that grow with the archive, as the
    length of a turn does, the ranges would be the same again and again.
    """
    (articles,) = db.conn.execute("SELECT max(article) FROM sketch").fetchone()
    known = db.conn.execute("SELECT value FROM meta WHERE key = ?", (_TURNED,)).fetchone()
    start = int(known[0]) if known else 0
    end = start + BANDS_END * SPREAD // max(articles // TURN, LEAST)
    db.conn.execute(
        "INSERT OR IGNORE INTO band (hash, article)"
        " SELECT hash, article FROM band_recent WHERE hash >= ? AND hash < ?",
        (start, end),
    )
    db.conn.execute("DELETE FROM band_recent WHERE hash >= ? AND hash < ?", (start, end))
    db.conn.execute(
        "INSERT INTO meta (key, value) VALUES (?, ?)"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (_TURNED, str(end if end < BANDS_END else 0)),
    )


def _listed(bands: Sequence[int]) -> str:
    """As JSON, to be one parameter: a row for each of them would take longer than its work."""
    return f"[{','.join(map(str, bands))}]"


def packed(bands: Sequence[int]) -> bytes:
    return struct.pack(f"<{len(bands)}q", *bands)


def unpacked(bands: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(bands) // 8}q", bands)

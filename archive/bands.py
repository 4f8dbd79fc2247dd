"""The bands of every newest text, in the database: which articles may have a similar one.

Memory does not grow with the archive, and what boilerplate shares with thousands is bounded: of a
band FULL articles are looked at, and at most TRIED candidates are handed out. Chance and formulas
bring many articles into one band; their sketches, read for a hundredth of what comparing texts
costs, sort them out.
"""

from __future__ import annotations

import json
from collections import Counter
from operator import eq
from typing import TYPE_CHECKING, Final

from archive import young

if TYPE_CHECKING:
    from sqlite_utils import Database

    from archive.fingerprint import Print

FULL: Final = 64  # articles in one band that are looked at: the oldest
SKETCHED: Final = 400  # articles whose sketches are looked at: those that share most bands
TRIED: Final = 24  # articles that are compared with one text, at most
ALIKE: Final = 15  # of the 126 bytes of two sketches are equal: a resemblance of about .12


def add(db: Database, article: int, text: Print) -> None:
    """Make an article a candidate, if its text is long enough; a transaction is open."""
    if bands := text.bands:
        db.execute("INSERT INTO sketch (article, low) VALUES (?, ?)", (article, text.sketch))
        young.add(db, article, bands)


def remove(db: Database, article: int, text: Print) -> None:
    """Take out what was added for its former text."""
    db.execute("DELETE FROM sketch WHERE article = ?", (article,))
    young.remove(db, article, text.bands)


def clear(db: Database) -> None:
    """Forget all candidates."""
    young.clear(db)
    db.execute("DELETE FROM sketch")


def candidates(db: Database, text: Print) -> list[int]:
    """Articles that share a band and much of the sketch, the most similar first."""
    young.catch_up(db)
    found: Counter[int] = Counter()
    for some in young.articles(db, text.bands, FULL):
        found.update(some)
    if not found:
        return []
    best = sorted(found, key=lambda article: (-found[article], article))[:SKETCHED]
    sketch = text.sketch
    rows = db.execute(
        "SELECT article, low FROM sketch WHERE article IN (SELECT value FROM json_each(?))",
        (json.dumps(best),),
    )
    alike = {article: sum(map(eq, sketch, low)) for article, low in rows.fetchall()}
    near = [article for article in alike if alike[article] >= ALIKE]
    return sorted(near, key=lambda article: (-alike[article], article))[:TRIED]

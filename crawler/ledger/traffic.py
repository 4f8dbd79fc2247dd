"""How much a source brings: new pages a day, from the index over what it has listed. Reads only."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from archive.article import from_ms, to_ms

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime, tzinfo

    from sqlite_utils import Database


def new_pages(
    db: Database, sources: Iterable[str], *, since: datetime, zone: tzinfo
) -> dict[str, Counter[date]]:
    """Source → day of `zone` → pages that it listed for the first time; backlogs left out."""
    rows = db.execute(
        "SELECT source, found_at, count(*) FROM json_each(?) AS wanted"
        " JOIN page ON page.source = wanted.value AND page.quiet = 0 AND page.found_at >= ?"
        " GROUP BY source, found_at",
        [json.dumps(list(sources)), to_ms(since)],
    ).fetchall()
    found: dict[str, Counter[date]] = defaultdict(Counter)
    for source, at, pages in rows:
        found[source][from_ms(at).astimezone(zone).date()] += pages
    return dict(found)


def polls(db: Database) -> tuple[int, int, int]:
    """Polls of all sources so far, those of them that found nothing changed, sources that fail."""
    row = db.execute(
        "SELECT coalesce(sum(polls), 0), coalesce(sum(unchanged), 0),"
        " coalesce(sum(failures > 0), 0) FROM source_state"
    ).fetchone()
    return int(row[0]), int(row[1]), int(row[2])

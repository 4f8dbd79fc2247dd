"""The archive as lines: an article a line, copies too, in the order of filing."""

from __future__ import annotations

import csv
import json
from typing import IO, TYPE_CHECKING, Any

from archive.article import from_ms, to_ms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from sqlite_utils import Database

FIELDS = (
    "id",
    "url",
    "title",
    "text",
    "published",
    "first_seen",
    "source",
    "language",
    "credited_source",
    "captions",
    "withdrawn",
    "story",
    "copies",
)

#: A spreadsheet takes a cell that begins with one of these for a formula; one set up for Chinese
#: or Japanese takes the wide ones as well.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

_ROWS = (
    "SELECT a.id, a.url, r.title, r.text, r.published, a.first_seen, a.source, r.language,"
    " r.credited_source, r.captions, a.withdrawn_at, s.root,"
    " (SELECT json_group_array(json_array(o.url, o.source)) FROM"
    "   (SELECT o.url, o.source FROM story t JOIN article o ON o.story = t.id"
    "    WHERE t.root = s.root AND o.id <> a.id ORDER BY o.id) o)"
    " FROM article a JOIN revision r ON r.id = a.newest JOIN story s ON s.id = a.story"
    " WHERE coalesce(r.published, a.first_seen) >= ?"
    " ORDER BY a.id"
)
_EVER = -(2**63)


def export_rows(db: Database, since: datetime | None = None) -> Iterator[dict[str, Any]]:
    """Every article with its newest text, read as it is consumed, as of one moment.

    `since`: only what was published then or later, or first seen where that is not known.
    Fields as in FIELDS: times as ISO 8601 with offset, `published` None where unknown,
    `withdrawn` since when its page is gone, None where it is not; `story` is its root; `copies`
    are the other articles of the story as {url, source}.
    """
    oldest = _EVER if since is None else to_ms(since)
    for row in db.conn.execute(_ROWS, [oldest]):
        article, url, title, text, published, first_seen, source, language, *more = row
        credited, captions, withdrawn, story, copies = more
        yield {
            "id": article,
            "url": url,
            "title": title,
            "text": text,
            "published": None if published is None else from_ms(published).isoformat(),
            "first_seen": from_ms(first_seen).isoformat(),
            "source": source,
            "language": language,
            "credited_source": credited,
            "captions": json.loads(captions),
            "withdrawn": None if withdrawn is None else from_ms(withdrawn).isoformat(),
            "story": story,
            "copies": [{"url": url, "source": source} for url, source in json.loads(copies)],
        }


def write_jsonl(rows: Iterable[Mapping[str, Any]], out: IO[str]) -> int:
    """A JSON object a line, in UTF-8 as it reads; returns the number of lines."""
    count = 0
    for row in rows:
        # U+2028 and U+2029 end a line for some readers of JSON lines
        line = json.dumps(row, ensure_ascii=False)
        out.write(line.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029") + "\n")
        count += 1
    return count


def write_csv(rows: Iterable[Mapping[str, Any]], out: IO[str]) -> int:
    """RFC 4180 with a header, `copies` as JSON; returns the number of articles.

    Open `out` with ``newline=""``. A cell that a spreadsheet would run as a formula gets a
    leading apostrophe.
    """
    writer = csv.writer(out)
    writer.writerow(FIELDS)
    count = 0
    for row in rows:
        writer.writerow([_cell(row[name]) for name in FIELDS])
        count += 1
    return count


def _cell(value: object) -> object:
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value

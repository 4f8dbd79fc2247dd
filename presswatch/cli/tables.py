"""docs/tables.md, produced from the schema itself: every table with its own comments."""

from __future__ import annotations

import re

from archive.migrations import NAMES
from archive.schema import TODAY

HEAD = """# Tables

Made from `archive/schema.py` by `python -m presswatch.cli.reference docs`; do not edit.

The archive is one SQLite file; read it while the service runs, opened read-only.
Writing to it is the service's alone: rows belong together across tables, and the index keeps no
copy of what it indexed.

- Times are milliseconds since 1970, UTC: `datetime(seen_at / 1000, 'unixepoch')`.
- Records that are only read back whole are JSON in TEXT.
- An article's text as it is now: `revision` by `article.newest`; its story: `story.root`.
- `search` holds token streams, not words: `presswatch search` writes its queries, and
  `presswatch fold` shows what a text becomes.
- `sqlite_sequence`, `_sqlite_migrations` and `search_*` are SQLite's and the library's own.

[Datasette](how-to.md#look-at-the-archive-with-sql) shows all of it in a browser.
"""

_TABLE = re.compile(r"CREATE (?:VIRTUAL )?TABLE (\w+)")


def tables() -> dict[str, str]:
    """Table → what makes it, its indices included, as the schema says it."""
    found: dict[str, str] = {}
    for statement in _statements(TODAY):
        table = _TABLE.search(statement)
        if table:
            found[table[1]] = statement
        elif found:  # an index stands behind its table
            last = re.search(r" ON (\w+)", statement)
            found[last[1] if last and last[1] in found else list(found)[-1]] += f"\n{statement}"
    return found


def tables_page() -> str:
    """The text of docs/tables.md."""
    parts = [HEAD, f"\nThis is version {len(NAMES)}; `PRAGMA user_version` tells that of a file.\n"]
    parts += [f"\n## {name}\n\n```sql\n{sql}\n```\n" for name, sql in sorted(tables().items())]
    return "".join(parts)


def _statements(script: str) -> list[str]:
    """A semicolon inside of a comment ends nothing."""
    done: list[str] = []
    lines: list[str] = []
    for line in script.strip("\n").splitlines():
        lines.append(line.rstrip())
        code = line.partition("--")[0]
        if ";" in code:
            done.append("\n".join(lines).strip("\n"))
            lines = []
    return done

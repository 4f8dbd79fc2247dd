"""An operator's desk: a config, an archive with articles in it, and the command."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from click.testing import CliRunner

from archive.article import Evidence, Incoming, Raw
from archive.store import Archive, file_article
from presswatch.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result
    from sqlite_utils import Database

    from archive.article import Filed

T = TypeVar("T")

SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
CONFIG = f"""
[service]
timezone = "Asia/Shanghai"
[archive]
path = "archive.db"
[fetch]
contact = "mailto:desk@example.org"
allow_networks = ["127.0.0.0/8"]
delay = "0s"
[[source]]
name = "cnipa"
url = "https://cnipa.example/list"
[[source]]
name = "daily"
url = "https://daily.example/feed.xml"
enabled = false
[[channel]]
name = "bot"
type = "webhook"
url = "http://127.0.0.1:9/hook"
secret = "{SECRET}"
[[rule]]
name = "patents"
query = "专利 OR patent*"
channels = ["bot"]
"""
START = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)


class Desk:
    """Everything in one folder; `run` is the command with `--config` pointing there."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "config.toml"
        self.archive = folder / "archive.db"
        self.config.write_text(CONFIG, encoding="utf-8")

    def run(self, *arguments: str, stdin: str | bytes = "") -> Result:
        return CliRunner().invoke(main, [*arguments, "--config", str(self.config)], input=stdin)

    def file(self, url: str, text: str, **changes: Any) -> Filed:
        """Archive an article as a poll would."""
        now = changes.pop("now", START)
        raw = Raw(
            url=url,
            status=200,
            headers=(("Content-Type", "text/html"),),
            body=text.encode(),
            fetched_at=now - timedelta(seconds=1),
        )
        values: dict[str, Any] = {
            "source": "cnipa",
            "title": "Title",
            "published": START - timedelta(hours=2),
            "language": "zh",
            "evidence": (Evidence(field="title", value="Title", where="h1", chosen=True),),
        }
        incoming = Incoming(url=url, text=text, raw=raw, **(values | changes))
        return self.write(lambda db: file_article(db, incoming, now))

    def write(self, job: Callable[[Database], T]) -> T:
        async def with_archive() -> T:
            archive = Archive.open(self.archive)
            try:
                return await archive.write(job)
            finally:
                await asyncio.to_thread(archive.close)

        return asyncio.run(with_archive())


def added(desk: Desk, before: str) -> str:
    """What the config has more than before; nothing else of it may differ."""
    after = desk.config.read_text("utf-8")
    start = next((n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b),
                 len(before))  # fmt: skip
    end = len(after) - (len(before) - start)
    assert after[:start] + after[end:] == before
    return after[start:end]

"""The references in docs/ are what the code says."""

from __future__ import annotations

from pathlib import Path

import pytest

from presswatch.cli.reference import commands_page, config_page
from presswatch.cli.tables import tables, tables_page
from presswatch.config import model
from tests.archive.articles import fresh

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(
    ("name", "page"),
    [("commands.md", commands_page), ("config.md", config_page), ("tables.md", tables_page)],
)
def test_the_reference_is_up_to_date(name: str, page: object) -> None:
    """`python -m presswatch.cli.reference docs` makes it so."""
    assert callable(page)
    assert (DOCS / name).read_text("utf-8") == page()


def test_every_key_has_its_line() -> None:
    text = (DOCS / "config.md").read_text("utf-8")

    for table in (*model.TABLES.values(), *model.CHANNELS.values()):
        for name, field in table.model_fields.items():
            assert f"\n| `{field.alias or name}`" in text
            assert field.description, f"{table.__name__}.{name}"


def test_every_table_of_an_archive_is_described() -> None:
    """What somebody finds in the file is in the reference, but for what is not ours."""
    with fresh() as db:
        names = {name for name in db.table_names() if not name.startswith("search_")}

    assert set(tables()) == names - {"sqlite_sequence", "_sqlite_migrations"}

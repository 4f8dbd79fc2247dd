"""archive.migrations: an archive of every released version comes up to date with all it holds."""

from __future__ import annotations

from sqlite_utils import Database

from archive import schema
from archive.migrations import NAMES
from archive.transaction import transaction
from tests.archive.articles import column, first_version

MATCH = "INSERT INTO rule_match VALUES (1, 'patents', 3, 4, 5, 6, '[]', 'ALERT', 1)"
ALERT = """INSERT INTO alert (id, match, rule, channel, payload, created_at, state, settled_at)
           VALUES ('a', 1, 'patents', 'bot', '{}', 7, 'dead', 8)"""


def test_matches_and_alerts_survive_the_way_from_the_first_version() -> None:
    """An upgrade by itself must not cost anybody the ledger."""
    with first_version() as db:
        db.execute(MATCH)
        db.execute(ALERT)

        with transaction(db):
            schema.upgrade(db)

        assert column(db, "SELECT rule FROM rule_match WHERE article = 4") == ["patents"]
        assert column(db, "SELECT id FROM alert WHERE state = 'dead'") == ["a"]
        assert column(db, "SELECT pruned FROM rule_match") == [0]
        assert column(db, "PRAGMA user_version") == [len(NAMES)]
        assert column(db, "PRAGMA integrity_check") == ["ok"]


def test_articles_learn_when_they_appeared_and_in_which_language() -> None:
    """The newest text says it: its date, else the time when the article was first seen."""
    with first_version() as db:
        db.execute("INSERT INTO story VALUES (1, 1)")
        for article, published in ((1, 70), (2, None)):
            db.execute(
                "INSERT INTO article (id, url, source, story, first_seen, newest)"
                " VALUES (?, 'u' || ?, 's', 1, 50, 10 + ?)",
                (article, article, article),
            )
            for number, date, language in ((article, 60, "en"), (10 + article, published, "zh")):
                db.execute(
                    "INSERT INTO revision (id, article, number, seen_at, title, text, published,"
                    " published_precise, authors, language, content_hash, quiet, evidence)"
                    " VALUES (?, ?, ?, 50, 't', 'x', ?, 1, '[]', ?, '', 0, '[]')",
                    (number, article, number, date, language),
                )

        with transaction(db):
            schema.upgrade(db)

        assert column(db, "SELECT appeared FROM article ORDER BY id") == [70, 50]
        assert column(db, "SELECT language FROM article") == ["zh", "zh"]


def test_the_index_of_an_older_archive_is_merged_as_that_of_a_new_one() -> None:
    with first_version() as old, Database(memory=True) as new:
        for db in (old, new):
            with transaction(db):
                schema.upgrade(db)
            assert column(db, "SELECT v FROM search_config WHERE k = 'automerge'") == [8]

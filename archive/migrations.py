"""The way from an older archive to today's schema: a migration a change, in order, never edited.

What they add up to stands, commented, in `archive.schema.TODAY`; a change is made in both places.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlite_utils.migrations import Migrations

if TYPE_CHECKING:
    from sqlite_utils import Database

MIGRATIONS = Migrations("presswatch")

_FIRST = """
CREATE TABLE meta (
  key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE source_state (
  name TEXT PRIMARY KEY NOT NULL, kind TEXT, url TEXT,
  first_polled_at INTEGER, last_poll_at INTEGER, last_ok_at INTEGER,
  last_outcome TEXT,
  last_reason TEXT, last_error TEXT,
  failures INTEGER NOT NULL DEFAULT 0,
  next_poll_at INTEGER,
  lease_owner TEXT, lease_until INTEGER,
  polls INTEGER NOT NULL DEFAULT 0, unchanged INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE TABLE validator (
  source TEXT NOT NULL, url TEXT NOT NULL, etag TEXT, last_modified TEXT,
  PRIMARY KEY (source, url)
) STRICT, WITHOUT ROWID;
CREATE TABLE poll (
  id TEXT PRIMARY KEY NOT NULL, source TEXT NOT NULL, started_at INTEGER NOT NULL, took_ms INTEGER,
  outcome TEXT, reason TEXT, error TEXT, requests INTEGER, found INTEGER, new INTEGER,
  revised INTEGER, copies INTEGER, same INTEGER, dropped INTEGER, failed INTEGER,
  read INTEGER, textless INTEGER,
  untitled INTEGER, undated INTEGER,
  length INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX poll_by_source ON poll (source, started_at);
CREATE TABLE page (
  source TEXT NOT NULL, url TEXT NOT NULL, found_at INTEGER, poll TEXT,
  title TEXT, published TEXT, summary TEXT, author TEXT,
  quiet INTEGER,
  fate TEXT,
  reason TEXT, attempts INTEGER, retry_at INTEGER, settled_at INTEGER, article INTEGER,
  content TEXT,
  etag TEXT, last_modified TEXT,
  looked_at INTEGER, look_at INTEGER,
  PRIMARY KEY (source, url)
) STRICT, WITHOUT ROWID;
CREATE INDEX page_by_url ON page (url);
CREATE INDEX page_by_time ON page (source, found_at) WHERE quiet = 0;
CREATE INDEX page_open ON page (source, fate) WHERE fate IN ('found', 'failed');
CREATE INDEX page_due ON page (source, look_at) WHERE look_at IS NOT NULL;
CREATE TABLE story (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  root INTEGER NOT NULL
) STRICT;
CREATE INDEX story_by_root ON story (root);
CREATE TABLE article (
  id INTEGER PRIMARY KEY AUTOINCREMENT, url TEXT NOT NULL UNIQUE, source TEXT NOT NULL,
  story INTEGER NOT NULL REFERENCES story (id),
  copy_of INTEGER REFERENCES article (id),
  first_seen INTEGER NOT NULL, first_poll TEXT,
  newest INTEGER,
  withdrawn_at INTEGER
) STRICT;
CREATE INDEX article_by_story ON article (story);
CREATE TABLE alias (
  url TEXT PRIMARY KEY NOT NULL, article INTEGER NOT NULL REFERENCES article (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX alias_by_article ON alias (article);
CREATE TABLE revision (
  id INTEGER PRIMARY KEY AUTOINCREMENT, article INTEGER NOT NULL REFERENCES article (id),
  number INTEGER NOT NULL,
  seen_at INTEGER NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL,
  published INTEGER, published_precise INTEGER NOT NULL, authors TEXT NOT NULL,
  language TEXT NOT NULL, content_hash TEXT NOT NULL, raw INTEGER REFERENCES raw (id),
  quiet INTEGER NOT NULL, evidence TEXT NOT NULL,
  captions TEXT NOT NULL DEFAULT '[]', credited_source TEXT NOT NULL DEFAULT '',
  UNIQUE (article, number)
) STRICT;
CREATE INDEX revision_by_hash ON revision (content_hash);
CREATE TABLE band (
  hash INTEGER NOT NULL, article INTEGER NOT NULL, PRIMARY KEY (hash, article)
) STRICT, WITHOUT ROWID;
CREATE TABLE sketch (article INTEGER PRIMARY KEY, low BLOB NOT NULL) STRICT;
CREATE TABLE raw (
  id INTEGER PRIMARY KEY, sha256 TEXT NOT NULL, url TEXT NOT NULL, status INTEGER NOT NULL,
  headers TEXT NOT NULL, body BLOB NOT NULL,
  size INTEGER NOT NULL, fetched_at INTEGER NOT NULL
) STRICT;
CREATE VIRTUAL TABLE search USING fts5 (
  title, body, source, lang, author, site, content='', tokenize='ascii'
);
CREATE TABLE cursor (
  name TEXT PRIMARY KEY NOT NULL, revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE rule_match (
  id INTEGER PRIMARY KEY AUTOINCREMENT, rule TEXT NOT NULL, revision INTEGER NOT NULL,
  article INTEGER NOT NULL, story INTEGER NOT NULL,
  matched_at INTEGER NOT NULL, words TEXT NOT NULL,
  decision TEXT NOT NULL,
  alerts INTEGER NOT NULL,
  UNIQUE (rule, revision)
) STRICT;
CREATE INDEX rule_match_by_story ON rule_match (rule, story);
CREATE TABLE alert (
  id TEXT PRIMARY KEY NOT NULL,
  kind TEXT NOT NULL DEFAULT 'alert',
  match INTEGER, rule TEXT, channel TEXT NOT NULL,
  payload TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0, due_at INTEGER,
  claimed_by TEXT, claimed_until INTEGER, settled_at INTEGER, reason TEXT,
  UNIQUE (match, channel),
  CHECK ((kind = 'notice') = (match IS NULL) AND (match IS NULL) = (rule IS NULL))
) STRICT;
CREATE INDEX alert_due ON alert (channel, due_at) WHERE state = 'due';
CREATE TABLE attempt (
  id INTEGER PRIMARY KEY, alert TEXT NOT NULL, at INTEGER NOT NULL, took_ms INTEGER,
  outcome TEXT NOT NULL,
  status INTEGER, answer TEXT
) STRICT;
CREATE INDEX attempt_by_alert ON attempt (alert);
CREATE TABLE channel (
  name TEXT PRIMARY KEY NOT NULL, disabled_at INTEGER, reason TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE trouble (
  id INTEGER PRIMARY KEY, source TEXT NOT NULL,
  kind TEXT NOT NULL,
  since INTEGER NOT NULL, found_at INTEGER NOT NULL,
  expected REAL NOT NULL, seen REAL NOT NULL, total INTEGER NOT NULL, note TEXT NOT NULL,
  told_at INTEGER,
  ended_at INTEGER
) STRICT;
CREATE UNIQUE INDEX trouble_open ON trouble (source, kind) WHERE ended_at IS NULL;
CREATE INDEX trouble_by_source ON trouble (source, since);
CREATE TABLE paragraph (
  source TEXT NOT NULL, mark INTEGER NOT NULL,
  pages INTEGER NOT NULL,
  first INTEGER NOT NULL, last INTEGER NOT NULL,
  PRIMARY KEY (source, mark)
) STRICT, WITHOUT ROWID;
CREATE TABLE heartbeat (
  id INTEGER PRIMARY KEY CHECK (id = 1), pid INTEGER NOT NULL, started_at INTEGER NOT NULL,
  at INTEGER NOT NULL, ended_at INTEGER, version TEXT NOT NULL
) STRICT;
"""


@MIGRATIONS(name="0001_first")
def first(db: Database) -> None:
    """The tables of the first version."""
    db.executescript(_FIRST)


_NOT_DROWNING = """
ALTER TABLE alert RENAME TO alert_before;
CREATE TABLE alert (
  id TEXT PRIMARY KEY NOT NULL,
  kind TEXT NOT NULL DEFAULT 'alert',
  match INTEGER, rule TEXT, channel TEXT NOT NULL,
  payload TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0, due_at INTEGER,
  claimed_by TEXT, claimed_until INTEGER, settled_at INTEGER, reason TEXT,
  urgent INTEGER NOT NULL DEFAULT 0,
  via TEXT,
  UNIQUE (match, channel),
  CHECK ((kind = 'alert') = (match IS NOT NULL) AND (match IS NULL) = (rule IS NULL))
) STRICT;
INSERT INTO alert
  (id, kind, match, rule, channel, payload, created_at, state, attempts, due_at, claimed_by,
   claimed_until, settled_at, reason)
  SELECT id, kind, match, rule, channel, payload, created_at, state, attempts, due_at, claimed_by,
   claimed_until, settled_at, reason FROM alert_before ORDER BY rowid;
DROP TABLE alert_before;
CREATE INDEX alert_due ON alert (channel, due_at) WHERE state = 'due';
CREATE INDEX alert_by_via ON alert (via) WHERE via IS NOT NULL;
CREATE TABLE mute (
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  since INTEGER NOT NULL, until INTEGER,
  PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE pace (
  channel TEXT NOT NULL, alert TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (channel, alert)
) STRICT, WITHOUT ROWID;
"""


@MIGRATIONS(name="0002_not_drowning")
def not_drowning(db: Database) -> None:
    """Digests and summaries beside alerts, what goes by them, mutes, throttled channels.

    The table of the alerts is made anew: what its CHECK allows cannot be changed otherwise.
    """
    db.executescript(_NOT_DROWNING)


@MIGRATIONS(name="0003_overviews")
def overviews(db: Database) -> None:
    """Indices for those who look at matches and alerts by article and by time."""
    db.execute("CREATE INDEX rule_match_by_article ON rule_match (article)")
    db.execute("CREATE INDEX rule_match_by_time ON rule_match (rule, matched_at)")
    db.execute("CREATE INDEX alert_dead ON alert (settled_at) WHERE state = 'dead'")
    db.execute("CREATE INDEX alert_by_time ON alert (created_at)")
    db.execute("CREATE INDEX alert_tally ON alert (channel, state, created_at)")


_DELIVERY = """
CREATE TABLE receiver (
  channel TEXT PRIMARY KEY NOT NULL,
  failures INTEGER NOT NULL,
  failing_since INTEGER,
  last_failed TEXT NOT NULL, reason TEXT NOT NULL,
  probe_at INTEGER, held_until INTEGER,
  taken TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE told (
  channel TEXT NOT NULL, kind TEXT NOT NULL,
  upto INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (channel, kind)
) STRICT, WITHOUT ROWID;
ALTER TABLE rule_match ADD COLUMN pruned INTEGER NOT NULL DEFAULT 0;
"""


@MIGRATIONS(name="0004_delivery")
def delivery(db: Database) -> None:
    """How receivers answer, what the operator was told of them, and alerts that are deleted."""
    db.executescript(_DELIVERY)


@MIGRATIONS(name="0005_retention")
def retention(db: Database) -> None:
    """Articles that are removed, and what makes removing one cheap: its copies, its response."""
    db.executescript(
        "CREATE TABLE removed (article INTEGER PRIMARY KEY, url TEXT NOT NULL,"
        " removed_at INTEGER NOT NULL) STRICT;"
        "CREATE INDEX removed_by_url ON removed (url);"
        "CREATE INDEX article_by_copy ON article (copy_of) WHERE copy_of IS NOT NULL;"
        "CREATE INDEX revision_by_raw ON revision (raw) WHERE raw IS NOT NULL;"
    )


@MIGRATIONS(name="0006_rhythm")
def rhythm(db: Database) -> None:
    """How old a source says that its listing may become."""
    db.execute("ALTER TABLE source_state ADD COLUMN hint_ms INTEGER")


@MIGRATIONS(name="0007_appeared")
def appeared(db: Database) -> None:
    """When an article appeared stands with it, so that the newest hits are found without all."""
    db.execute("ALTER TABLE article ADD COLUMN appeared INTEGER")
    db.execute(
        "UPDATE article SET appeared = coalesce("
        "(SELECT published FROM revision r WHERE r.id = article.newest), first_seen)"
    )
    db.execute("CREATE INDEX article_by_time ON article (appeared)")


@MIGRATIONS(name="0008_claims")
def claims(db: Database) -> None:
    """What is under way to a receiver is counted before each claim."""
    db.execute(
        "CREATE INDEX alert_claimed ON alert (channel, claimed_until)"
        " WHERE state = 'due' AND claimed_by IS NOT NULL"
    )


@MIGRATIONS(name="0009_young")
def young(db: Database) -> None:
    """The bands of the articles filed last wait in a table of their own."""
    db.execute(
        "CREATE TABLE young (number INTEGER PRIMARY KEY AUTOINCREMENT,"
        " article INTEGER NOT NULL UNIQUE, bands BLOB NOT NULL) STRICT"
    )


@MIGRATIONS(name="0010_outline")
def outline(db: Database) -> None:
    """What a search says of all its hits stands in one narrow index, by article."""
    db.execute("ALTER TABLE article ADD COLUMN language TEXT NOT NULL DEFAULT ''")
    db.execute(
        "UPDATE article SET language = coalesce("
        "(SELECT language FROM revision r WHERE r.id = article.newest), '')"
    )
    db.execute("CREATE INDEX article_outline ON article (id, appeared, source, language)")


@MIGRATIONS(name="0011_recipients")
def recipients(db: Database) -> None:
    """Who of several recipients has an alert; and what people ask of the ledger, latest first."""
    db.executescript(
        "CREATE TABLE recipient (alert TEXT NOT NULL, who TEXT NOT NULL, refusal TEXT NOT NULL,"
        " PRIMARY KEY (alert, who)) STRICT, WITHOUT ROWID;"
        "CREATE INDEX alert_by_rule ON alert (rule, created_at) WHERE rule IS NOT NULL;"
        "CREATE INDEX alert_by_channel ON alert (channel, created_at);"
        "CREATE INDEX alert_undelivered ON alert (created_at, state) WHERE state <> 'delivered';"
    )


@MIGRATIONS(name="0012_automerge")
def automerge(db: Database) -> None:
    """Eight segments of the index become one, no longer four: each is written less often."""
    db.execute("INSERT INTO search (search, rank) VALUES ('automerge', 8)")


@MIGRATIONS(name="0013_bloom")
def filtered(db: Database) -> None:
    """A small filter in front of the bands; it is filled when the archive is opened."""
    db.execute(
        "CREATE TABLE bloom (first INTEGER PRIMARY KEY,"
        " held INTEGER NOT NULL, bits BLOB NOT NULL) STRICT"
    )


@MIGRATIONS(name="0014_days")
def by_days(db: Database) -> None:
    """Which articles of a day and a half were filed when: archive.order."""
    db.execute("CREATE INDEX article_by_days ON article (appeared >> 27)")


@MIGRATIONS(name="0015_recent")
def recent(db: Database) -> None:
    """Bands stay in a smaller table on their way to the large one."""
    db.execute(
        "CREATE TABLE band_recent (hash INTEGER NOT NULL, article INTEGER NOT NULL,"
        " PRIMARY KEY (hash, article)) STRICT, WITHOUT ROWID"
    )


#: Every migration that this presswatch knows, oldest first; their number is `user_version`.
NAMES = (
    "0001_first",
    "0002_not_drowning",
    "0003_overviews",
    "0004_delivery",
    "0005_retention",
    "0006_rhythm",
    "0007_appeared",
    "0008_claims",
    "0009_young",
    "0010_outline",
    "0011_recipients",
    "0012_automerge",
    "0013_bloom",
    "0014_days",
    "0015_recent",
)

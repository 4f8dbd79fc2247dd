"""Every table of the archive as it stands today, and the check that a file is one of ours.

`TODAY` is what a new archive is made from; `archive.migrations` is the way here for an older one.
Both end at the same schema (tests/archive/test_schema.py). Times are INTEGER milliseconds since
1970, records that are only read back whole are JSON in TEXT.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.errors import ArchiveError, ArchiveMissing, ArchiveNewer
from archive.migrations import MIGRATIONS, NAMES

if TYPE_CHECKING:
    from sqlite_utils import Database

#: "prsw" in the file's header: `file presswatch.db` and we ourselves can tell it from others.
APPLICATION_ID = 0x70727377

TODAY = """
CREATE TABLE meta (             -- fold_version, archive_id
  key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE source_state (
  name TEXT PRIMARY KEY NOT NULL, kind TEXT, url TEXT,
  first_polled_at INTEGER, last_poll_at INTEGER, last_ok_at INTEGER,
  last_outcome TEXT,            -- ok | unchanged | partial | failed
  last_reason TEXT, last_error TEXT,   -- why it failed, for people; class of the error
  failures INTEGER NOT NULL DEFAULT 0,  -- in a row
  next_poll_at INTEGER,         -- the schedule's one truth
  lease_owner TEXT, lease_until INTEGER,
  polls INTEGER NOT NULL DEFAULT 0, unchanged INTEGER NOT NULL DEFAULT 0,
  hint_ms INTEGER               -- how old its listing says that it may become
) STRICT, WITHOUT ROWID;

CREATE TABLE validator (        -- what a listing URL answered last, for a conditional request
  source TEXT NOT NULL, url TEXT NOT NULL, etag TEXT, last_modified TEXT,
  PRIMARY KEY (source, url)
) STRICT, WITHOUT ROWID;

CREATE TABLE poll (             -- the report of a poll that was not `unchanged`
  id TEXT PRIMARY KEY NOT NULL, source TEXT NOT NULL, started_at INTEGER NOT NULL, took_ms INTEGER,
  outcome TEXT, reason TEXT, error TEXT, requests INTEGER, found INTEGER, new INTEGER,
  revised INTEGER, copies INTEGER, same INTEGER, dropped INTEGER, failed INTEGER,
  read INTEGER, textless INTEGER,       -- pages looked at; of them without a text
  untitled INTEGER, undated INTEGER,    -- of those with a text
  length INTEGER                        -- median of their texts, in characters
) STRICT, WITHOUT ROWID;
CREATE INDEX poll_by_source ON poll (source, started_at);

CREATE TABLE page (             -- every page that a source ever listed
  source TEXT NOT NULL, url TEXT NOT NULL, found_at INTEGER, poll TEXT,
  title TEXT, published TEXT, summary TEXT, author TEXT,  -- as listed
  quiet INTEGER,
  fate TEXT,                    -- found (not fetched) | filed | dropped (final) | failed (again)
  reason TEXT, attempts INTEGER, retry_at INTEGER, settled_at INTEGER, article INTEGER,
  content TEXT,                 -- the full text that the feed brought, until the page is settled
  etag TEXT, last_modified TEXT,  -- what the page itself answered last
  looked_at INTEGER, look_at INTEGER,  -- read or asked last; to be looked at again
  PRIMARY KEY (source, url)
) STRICT, WITHOUT ROWID;
CREATE INDEX page_by_url ON page (url);
CREATE INDEX page_by_time ON page (source, found_at) WHERE quiet = 0;
CREATE INDEX page_open ON page (source, fate) WHERE fate IN ('found', 'failed');
CREATE INDEX page_due ON page (source, look_at) WHERE look_at IS NOT NULL;

CREATE TABLE story (            -- one group of articles that say the same
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  root INTEGER NOT NULL         -- the oldest story of the group, itself at first; never a chain
) STRICT;
CREATE INDEX story_by_root ON story (root);

CREATE TABLE article (
  id INTEGER PRIMARY KEY AUTOINCREMENT, url TEXT NOT NULL UNIQUE, source TEXT NOT NULL,
  story INTEGER NOT NULL REFERENCES story (id),  -- as filed; what it belongs to is story.root
  copy_of INTEGER REFERENCES article (id),       -- as filed
  first_seen INTEGER NOT NULL, first_poll TEXT,
  newest INTEGER,               -- revision; NULL only inside the transaction that files it
  withdrawn_at INTEGER,         -- its page answers 404 or 410 since; NULL where it does not
  appeared INTEGER,             -- published, as its newest revision says, else first_seen
  language TEXT NOT NULL DEFAULT ''      -- of its newest revision
) STRICT;
CREATE INDEX article_by_story ON article (story);
CREATE INDEX article_by_time ON article (appeared);
CREATE INDEX article_by_days ON article (appeared >> 27);  -- 37 hours; then by id
CREATE INDEX article_outline ON article (id, appeared, source, language);  -- without its row
CREATE INDEX article_by_copy ON article (copy_of) WHERE copy_of IS NOT NULL;

CREATE TABLE removed (          -- articles that were kept for as long as was wished
  article INTEGER PRIMARY KEY, url TEXT NOT NULL, removed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX removed_by_url ON removed (url);

CREATE TABLE alias (            -- every other URL that led to the article
  url TEXT PRIMARY KEY NOT NULL, article INTEGER NOT NULL REFERENCES article (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX alias_by_article ON alias (article);

CREATE TABLE revision (         -- ids grow in the order of commit: cursors stand on them
  id INTEGER PRIMARY KEY AUTOINCREMENT, article INTEGER NOT NULL REFERENCES article (id),
  number INTEGER NOT NULL,      -- 1, 2, 3 … within the article
  seen_at INTEGER NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL,
  published INTEGER, published_precise INTEGER NOT NULL, authors TEXT NOT NULL,
  language TEXT NOT NULL, content_hash TEXT NOT NULL, raw INTEGER REFERENCES raw (id),
  quiet INTEGER NOT NULL, evidence TEXT NOT NULL,
  captions TEXT NOT NULL DEFAULT '[]', credited_source TEXT NOT NULL DEFAULT '',
  UNIQUE (article, number)
) STRICT;
CREATE INDEX revision_by_hash ON revision (content_hash);
CREATE INDEX revision_by_raw ON revision (raw) WHERE raw IS NOT NULL;

CREATE TABLE band (             -- archive.fingerprint: what similar newest texts have in common
  hash INTEGER NOT NULL, article INTEGER NOT NULL, PRIMARY KEY (hash, article)
) STRICT, WITHOUT ROWID;
CREATE TABLE band_recent (      -- the same, on its way there (archive.young)
  hash INTEGER NOT NULL, article INTEGER NOT NULL, PRIMARY KEY (hash, article)
) STRICT, WITHOUT ROWID;
CREATE TABLE young (            -- articles whose bands are in neither yet (archive.young)
  number INTEGER PRIMARY KEY AUTOINCREMENT, article INTEGER NOT NULL UNIQUE,
  bands BLOB NOT NULL           -- eight bytes each, the lowest first
) STRICT;
CREATE TABLE bloom (            -- which hashes those two may hold (archive.bloom)
  first INTEGER PRIMARY KEY,    -- hashes from this one to the first of the next page
  held INTEGER NOT NULL, bits BLOB NOT NULL  -- 250 words of eight bytes, the lowest first
) STRICT;
CREATE TABLE sketch (article INTEGER PRIMARY KEY, low BLOB NOT NULL) STRICT;  -- how much, about

CREATE TABLE raw (              -- the response as it came
  id INTEGER PRIMARY KEY, sha256 TEXT NOT NULL, url TEXT NOT NULL, status INTEGER NOT NULL,
  headers TEXT NOT NULL, body BLOB NOT NULL,  -- zlib; sha256 and size are of what it holds
                                -- x'' where it was kept for as long as was wished
  size INTEGER NOT NULL, fetched_at INTEGER NOT NULL
) STRICT;

-- rowid = article; the token streams (archive.fold) of its newest revision. Contentless: a row is
-- deleted by passing exactly what was indexed, so a new fold version means a rebuild.
CREATE VIRTUAL TABLE search USING fts5 (
  title, body, source, lang, author, site, content='', tokenize='ascii'
);
INSERT INTO search (search, rank) VALUES ('automerge', 8);  -- segments of a size to be made one

CREATE TABLE cursor (           -- the last revision that a reader has dealt with
  name TEXT PRIMARY KEY NOT NULL, revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE rule_match (
  id INTEGER PRIMARY KEY AUTOINCREMENT, rule TEXT NOT NULL, revision INTEGER NOT NULL,
  article INTEGER NOT NULL, story INTEGER NOT NULL,  -- the story that the match was made for
  matched_at INTEGER NOT NULL, words TEXT NOT NULL,
  decision TEXT NOT NULL,       -- alerts.decide: ALERT, or why nobody was told
  alerts INTEGER NOT NULL,      -- queued with it, one for each channel
  pruned INTEGER NOT NULL DEFAULT 0,     -- of these, kept long enough and deleted
  UNIQUE (rule, revision)
) STRICT;
CREATE INDEX rule_match_by_story ON rule_match (rule, story);
CREATE INDEX rule_match_by_article ON rule_match (article);
CREATE INDEX rule_match_by_time ON rule_match (rule, matched_at);

CREATE TABLE alert (            -- the outbox: one row for one match and one channel
  id TEXT PRIMARY KEY NOT NULL,
  kind TEXT NOT NULL DEFAULT 'alert',    -- or notice: of a trouble, to the operator; or
                                -- digest, summary: a message that says what many alerts say
  match INTEGER, rule TEXT, channel TEXT NOT NULL,
  payload TEXT NOT NULL,        -- frozen when it is queued; '{}': a digest that still collects
  created_at INTEGER NOT NULL,
  state TEXT NOT NULL,          -- due (now or at due_at) | delivered | dead (given up: reason)
                                -- | collected (goes with the message in via) | muted (reason)
  attempts INTEGER NOT NULL DEFAULT 0, due_at INTEGER,
  claimed_by TEXT, claimed_until INTEGER, settled_at INTEGER, reason TEXT,
  urgent INTEGER NOT NULL DEFAULT 0,     -- waits for no digest, no morning and no throttle
  via TEXT,                     -- the digest or summary by which it goes or went
  UNIQUE (match, channel),
  CHECK ((kind = 'alert') = (match IS NOT NULL) AND (match IS NULL) = (rule IS NULL))
) STRICT;
CREATE INDEX alert_due ON alert (channel, due_at) WHERE state = 'due';
CREATE INDEX alert_claimed ON alert (channel, claimed_until)
  WHERE state = 'due' AND claimed_by IS NOT NULL;
CREATE INDEX alert_by_via ON alert (via) WHERE via IS NOT NULL;
CREATE INDEX alert_dead ON alert (settled_at) WHERE state = 'dead';
CREATE INDEX alert_by_time ON alert (created_at);
CREATE INDEX alert_by_rule ON alert (rule, created_at) WHERE rule IS NOT NULL;
CREATE INDEX alert_by_channel ON alert (channel, created_at);
CREATE INDEX alert_undelivered ON alert (created_at, state) WHERE state <> 'delivered';
CREATE INDEX alert_tally ON alert (channel, state, created_at);  -- counts without the payloads

CREATE TABLE attempt (
  id INTEGER PRIMARY KEY, alert TEXT NOT NULL, at INTEGER NOT NULL, took_ms INTEGER,
  outcome TEXT NOT NULL,        -- delivered | later | refused | unknown | dead
  status INTEGER, answer TEXT
) STRICT;
CREATE INDEX attempt_by_alert ON attempt (alert);

CREATE TABLE recipient (        -- of an alert that some of its recipients have, and not all
  alert TEXT NOT NULL, who TEXT NOT NULL,  -- a mail address; of a chat service a hash of it
  refusal TEXT NOT NULL,        -- '': has it; else why it never will
  PRIMARY KEY (alert, who)
) STRICT, WITHOUT ROWID;

CREATE TABLE channel (          -- a row only while the channel is disabled
  name TEXT PRIMARY KEY NOT NULL, disabled_at INTEGER, reason TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE mute (             -- what is told to nobody for a while
  kind TEXT NOT NULL,           -- rule | story | source
  name TEXT NOT NULL,           -- of the rule or the source; the id of the story
  since INTEGER NOT NULL, until INTEGER,  -- NULL: until it is unmuted
  PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE pace (             -- what a throttled channel has sent within its window
  channel TEXT NOT NULL, alert TEXT NOT NULL,  -- a single alert, or a summary
  at INTEGER NOT NULL,          -- of its latest try
  PRIMARY KEY (channel, alert)
) STRICT, WITHOUT ROWID;

CREATE TABLE receiver (         -- how what stands behind a channel answers (alerts.outbox.circuit)
  channel TEXT PRIMARY KEY NOT NULL,     -- no row: it is sound
  failures INTEGER NOT NULL,    -- tries in a row that failed
  failing_since INTEGER,
  last_failed TEXT NOT NULL, reason TEXT NOT NULL,  -- the alert, and why
  probe_at INTEGER, held_until INTEGER,  -- nothing is sent before: by the circuit, as it asked
  taken TEXT NOT NULL           -- moments of the last alerts, where a rate limits them
) STRICT, WITHOUT ROWID;

CREATE TABLE told (             -- what the operator was told of a channel: nothing twice
  channel TEXT NOT NULL, kind TEXT NOT NULL,  -- alerts.outbox.undelivered.Kind
  upto INTEGER NOT NULL,        -- the last try, or the beginning, that the notice knew of
  at INTEGER NOT NULL,
  PRIMARY KEY (channel, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE trouble (          -- what a source does unlike its own past
  id INTEGER PRIMARY KEY, source TEXT NOT NULL,  -- '' for the network
  kind TEXT NOT NULL,           -- crawler.health.Kind
  since INTEGER NOT NULL, found_at INTEGER NOT NULL,
  expected REAL NOT NULL, seen REAL NOT NULL, total INTEGER NOT NULL, note TEXT NOT NULL,
  told_at INTEGER,              -- when a notice of it was queued; NULL: nobody is to be told
  ended_at INTEGER
) STRICT;
CREATE UNIQUE INDEX trouble_open ON trouble (source, kind) WHERE ended_at IS NULL;
CREATE INDEX trouble_by_source ON trouble (source, since);

CREATE TABLE paragraph (        -- what the pages of a source have in common, counted
  source TEXT NOT NULL, mark INTEGER NOT NULL, -- crawler.intake.furniture; 0: any page
  pages INTEGER NOT NULL,       -- on which it stood
  first INTEGER NOT NULL, last INTEGER NOT NULL,  -- of the pages of the source, by number
  PRIMARY KEY (source, mark)
) STRICT, WITHOUT ROWID;

CREATE TABLE heartbeat (
  id INTEGER PRIMARY KEY CHECK (id = 1), pid INTEGER NOT NULL, started_at INTEGER NOT NULL,
  at INTEGER NOT NULL, ended_at INTEGER, version TEXT NOT NULL
) STRICT;
"""

#: In memory, of each connection that files articles: the bands of young by their hash, and how far
#: that has come. None of it outlives the connection, all of it is undone with a transaction.
FRESH = (
    """
    CREATE TEMP TABLE fresh (
      hash INTEGER NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (hash, number)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TEMP TABLE reach (
      number INTEGER NOT NULL, upto INTEGER, done INTEGER, slices INTEGER
    ) STRICT
    """,
    "INSERT INTO reach (number) VALUES (0)",
)


def create(db: Database) -> None:
    """Make an empty archive; the caller has a transaction open and the file is empty."""
    db.executescript(TODAY)
    MIGRATIONS.ensure_migrations_table(db)
    for name in NAMES:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES (?, ?, datetime('now'))",
            (MIGRATIONS.name, name),
        )
    _stamp(db)


def upgrade(db: Database, which: str = "") -> None:
    """Bring any archive to today's schema; the caller has a transaction open.

    Raises ArchiveNewer for one that a newer presswatch has migrated, and ArchiveError for
    another program's database.
    """
    if is_empty(db):
        create(db)
        return
    check(db, which)
    if is_outdated(db):
        MIGRATIONS.apply(db)
        _stamp(db)


def check(db: Database, which: str = "") -> None:
    """Refuse what is not an archive, and one whose migrations this presswatch does not know.

    Raises ArchiveMissing for an empty file, ArchiveError for another program's, ArchiveNewer.
    """
    if is_empty(db):
        raise ArchiveMissing(which, cause="the file is empty")
    applied = {migration.name for migration in MIGRATIONS.applied(db)}
    if not applied:
        raise ArchiveError(which, cause="it is the database of another program")
    unknown = sorted(applied - set(NAMES))
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if unknown or version > len(NAMES):
        cause = f"it has the migrations {', '.join(unknown)}" if unknown else f"version {version}"
        raise ArchiveNewer(which, cause=cause, hint="Use the presswatch that wrote it, or a newer")


def is_outdated(db: Database) -> bool:
    """True where migrations wait that a reader cannot carry out."""
    return bool(MIGRATIONS.pending(db))


def is_empty(db: Database) -> bool:
    """True where the file holds no table at all: a new archive may be made in it."""
    return not db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()


def _stamp(db: Database) -> None:
    db.execute(
        "INSERT INTO meta (key, value) VALUES ('archive_id', lower(hex(randomblob(16))))"
        " ON CONFLICT (key) DO NOTHING"
    )
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute(f"PRAGMA user_version = {len(NAMES)}")

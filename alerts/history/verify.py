"""The ledger held against the archive and against itself. Reads only.

A match says how many alerts were queued with it, and why where there were none; so a row that is
lost shows, and so does a silence for which there is no reason. What is found here comes of hands in
the file, or of a fault of presswatch: of nothing that is ordinary.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alerts import matches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlite_utils import Database

#: Matches of the rule of match m that alerted for any story of the group of its story.
_TOLD_STORY = """
    SELECT 1 FROM story s JOIN story t ON t.root = s.root
    JOIN rule_match n ON n.rule = m.rule AND n.story = t.id AND n.alerts > 0
    WHERE s.id = m.story"""
#: The same for its article, under a further condition.
_OF_ARTICLE = """
    SELECT 1 FROM revision e JOIN rule_match n ON n.revision = e.id AND n.rule = m.rule
    WHERE e.article = m.article AND """
_HAS_ALERT = "n.alerts > 0"

#: What is wrong → a query for (which, detail) of every case.
_CHECKS = {
    "its text is not in the archive": """
        SELECT 'match ' || m.id || ' of rule ' || m.rule, 'revision ' || m.revision
        FROM rule_match m LEFT JOIN revision r ON r.id = m.revision AND r.article = m.article
        WHERE r.id IS NULL AND m.article NOT IN (SELECT article FROM removed)""",
    "its story is not in the archive": """
        SELECT 'match ' || m.id || ' of rule ' || m.rule, 'story ' || m.story
        FROM rule_match m LEFT JOIN story s ON s.id = m.story WHERE s.id IS NULL""",
    "not all of its alerts are there": """
        SELECT 'match ' || m.id || ' of rule ' || m.rule,
          (m.alerts - m.pruned) || ' queued, ' || count(a.id) || ' there'
        FROM rule_match m LEFT JOIN alert a ON a.match = m.id
        GROUP BY m.id HAVING count(a.id) <> m.alerts - m.pruned""",
    "it told nobody, without the reason that it names": f"""
        SELECT 'match ' || m.id || ' of rule ' || m.rule, m.decision
        FROM rule_match m JOIN revision r ON r.id = m.revision
        WHERE NOT CASE m.decision
          WHEN 'ALERT' THEN 1
          WHEN 'BACKLOG' THEN r.quiet
          WHEN 'REREAD' THEN r.quiet AND r.number > 1
          WHEN 'KNOWN' THEN EXISTS ({_OF_ARTICLE} e.quiet AND e.id < m.revision)
          WHEN 'STORY' THEN EXISTS ({_TOLD_STORY})
          WHEN 'ARTICLE' THEN EXISTS ({_OF_ARTICLE} {_HAS_ALERT})
          WHEN 'MUTED' THEN m.alerts > 0
          ELSE 0 END""",  # noqa: S608  # constants only
    "its match is not there": """
        SELECT 'alert ' || a.id, 'match ' || a.match FROM alert a
        LEFT JOIN rule_match m ON m.id = a.match AND m.rule = a.rule
        WHERE a.match IS NOT NULL AND m.id IS NULL""",
    "its payload is of another alert": """
        SELECT 'alert ' || id, '' FROM alert
        WHERE NOT (kind IN ('digest', 'summary') AND payload = '{}' AND state = 'due')
          AND (NOT json_valid(payload) OR json_extract(payload, '$.id') IS NOT id)""",
    "its state is none": """
        SELECT 'alert ' || id, state FROM alert
        WHERE NOT CASE state WHEN 'due' THEN due_at IS NOT NULL AND settled_at IS NULL
          WHEN 'delivered' THEN settled_at IS NOT NULL
          WHEN 'collected' THEN via IS NOT NULL AND due_at IS NULL AND settled_at IS NULL
          WHEN 'dead' THEN settled_at IS NOT NULL AND reason IS NOT NULL
          WHEN 'muted' THEN settled_at IS NOT NULL AND reason IS NOT NULL ELSE 0 END""",
    "it waits for a message that is not there, or gone": """
        SELECT 'alert ' || a.id, 'message ' || a.via FROM alert a
        LEFT JOIN alert v ON v.id = a.via AND v.channel = a.channel AND v.state = 'due'
          AND v.kind IN ('digest', 'summary')
        WHERE a.state = 'collected' AND v.id IS NULL""",
    "it does not stand in the message that it went by": """
        SELECT 'alert ' || a.id, 'message ' || v.id FROM alert a JOIN alert v ON v.id = a.via
        WHERE v.payload <> '{}' AND instr(v.payload, '"' || a.id || '"') = 0""",
    "it is delivered, and no try says so": """
        SELECT 'alert ' || id, '' FROM alert WHERE state = 'delivered' AND NOT EXISTS
          (SELECT 1 FROM attempt t WHERE t.alert = alert.id AND t.outcome = 'delivered')
          AND NOT EXISTS
          (SELECT 1 FROM attempt t WHERE t.alert = alert.via AND t.outcome = 'delivered')""",
    "who has it is remembered of an alert that all have, or that is not there": """
        SELECT 'recipient ' || r.who, 'alert ' || r.alert FROM recipient r
        LEFT JOIN alert a ON a.id = r.alert WHERE a.id IS NULL OR a.state = 'delivered'""",
    "its alert is not there": """
        SELECT 'try ' || t.id, 'alert ' || t.alert FROM attempt t
        LEFT JOIN alert a ON a.id = t.alert WHERE a.id IS NULL""",
    "texts up to there would never be matched": """
        SELECT 'the cursor of the rules', 'revision ' || c.revision FROM cursor c
        WHERE c.name = 'match' AND c.revision >
          (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'revision')""",
}  # fmt: skip


def problems(db: Database) -> Iterator[str]:
    """A sentence for everything that is wrong; nothing where all is in order."""
    for wrong, query in _CHECKS.items():
        for which, detail in db.execute(query):
            yield f"{which}: {wrong}" + (f" ({detail})" if detail else "")


def totals(db: Database) -> dict[str, int]:
    """How much was verified: matches, alerts, tries; and texts that wait to be matched."""
    row = db.execute(
        "SELECT (SELECT count(*) FROM rule_match), (SELECT count(*) FROM alert),"
        " (SELECT count(*) FROM attempt)"
    ).fetchone()
    named = dict(zip(("matches", "alerts", "tries"), row, strict=True))
    return named | {"waiting": matches.pending(db)}

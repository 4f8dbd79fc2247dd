"""The table `recipient`: who of several has an alert already, or will never have it.

    a try ─▶ some have it, some are put off ─▶ rows, in the transaction of the try
      ─▶ the next try, of whatever process, asks the others alone ─▶ all have it: the rows go

So a full mailbox costs the others no second copy, whatever is restarted, reloaded or killed in
between. Only what was accepted by some and not by all has rows here; nearly nothing does.

What remains is the moment between the server's word for a message and the commit of it. Whoever is
killed there does not know what was said, and those that were asked in that try, no others, get the
message again, under the id that it always had. Nothing in SMTP or HTTP can close that gap.

All functions take the database of a transaction; none begins or commits anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlite_utils import Database


def of(db: Database, alert: str) -> dict[str, str]:
    """Recipient → "", where it has the alert, or the words of a refusal for ever."""
    rows = db.execute("SELECT who, refusal FROM recipient WHERE alert = ?", [alert]).fetchall()
    return dict(rows)


def note(db: Database, alert: str, settled: Mapping[str, str]) -> None:
    """These need the alert no more; nothing is kept of one that is delivered by now.

    Of a dead one only who has it: whoever sends it again wants the refused asked once more.
    """
    row = db.execute("SELECT state FROM alert WHERE id = ?", [alert]).fetchone()
    state = row[0] if row else "delivered"
    if state == "delivered":
        forget(db, alert)
        return
    for who, refusal in settled.items():
        db.execute(
            "INSERT INTO recipient (alert, who, refusal) VALUES (?, ?, ?)"
            " ON CONFLICT (alert, who) DO UPDATE SET refusal = min(refusal, excluded.refusal)",
            [alert, who, refusal],
        )
    if state == "dead":
        ask_again(db, alert)


def ask_again(db: Database, alert: str) -> None:
    """Forget who refused the alert for ever; who has it is remembered."""
    db.execute("DELETE FROM recipient WHERE alert = ? AND refusal <> ''", [alert])


def forget(db: Database, alert: str) -> None:
    """Nothing is known of any recipient."""
    db.execute("DELETE FROM recipient WHERE alert = ?", [alert])

"""From an archived text to alerts: which rules fire, and which of them say so.

    revision ─▶ firing: rules that hold ─▶ candidate ─▶ alerts.decide: who is told?
                                              ▲            └▶ books: the ledger, or memory
           replay: the past once more ────────┘                 └▶ matches, mute, outbox

`match_pending` goes the whole way for what is new in the archive.
"""

from alerts.match.firing import Matcher, build, document_of, match_pending, settle

__all__ = [
    "Matcher",
    "build",
    "document_of",
    "match_pending",
    "settle",
]

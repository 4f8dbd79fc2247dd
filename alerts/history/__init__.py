"""What became of matches and alerts, read back for people.

    queries: of one article, one alert, one channel     overview: leafed through, by hour and rule
    verify: the ledger held against the archive and against itself

Nothing here writes.
"""

from alerts.history.queries import (
    ALERT,
    NO_CHANNEL,
    PRUNED,
    STATES,
    AlertRow,
    AttemptRow,
    ChannelState,
    MatchRow,
    RuleState,
    Tally,
    alert_of,
    alerts_of_article,
    attempts,
    channel_states,
    counts,
    dead_letters,
    find_alert,
    given_up,
    goes_with,
    latest_alerts,
    matches_of_article,
    oldest_due,
    payload_of,
    rule_states,
    tally,
    undelivered,
)

__all__ = [
    "ALERT",
    "NO_CHANNEL",
    "PRUNED",
    "STATES",
    "AlertRow",
    "AttemptRow",
    "ChannelState",
    "MatchRow",
    "RuleState",
    "Tally",
    "alert_of",
    "alerts_of_article",
    "attempts",
    "channel_states",
    "counts",
    "dead_letters",
    "find_alert",
    "given_up",
    "goes_with",
    "latest_alerts",
    "matches_of_article",
    "oldest_due",
    "payload_of",
    "rule_states",
    "tally",
    "undelivered",
]

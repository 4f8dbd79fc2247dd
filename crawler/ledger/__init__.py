"""The crawler's books: the state of every source, its polls, and what became of every listed page.

    sources: states and leases      reports: polls, kept for a while      pages: listed, read, …
    rows: the records given out                                           traffic: how much comes

The table `page` is the to-do list of a source as well as its record: a link is written down before
it is fetched, so that a poll which dies or runs out of time loses nothing, and the validators of a
listing may be kept as soon as its links are. All functions take the database of a transaction
(`Archive.write`) or of a reader; none begins or commits anything.
"""

from crawler.ledger.pages import (
    PAGE_RETRIES,
    arrivals,
    due,
    finds,
    gives_up,
    look_again,
    looked,
    newest_filed,
    note_links,
    pages_of,
    pages_of_article,
    seen,
    settle_page,
    waiting,
    watched_articles,
)
from crawler.ledger.reports import KEEP_REPORTS, KEEP_REPORTS_A_SOURCE, poll, polls, settle
from crawler.ledger.rows import Lease, PollRow, SourceState
from crawler.ledger.setback import set_right
from crawler.ledger.sources import (
    forgive,
    free_lease,
    free_leases,
    lease,
    register,
    set_next_poll,
    state,
    states,
)

__all__ = [
    "KEEP_REPORTS",
    "KEEP_REPORTS_A_SOURCE",
    "PAGE_RETRIES",
    "Lease",
    "PollRow",
    "SourceState",
    "arrivals",
    "due",
    "finds",
    "forgive",
    "free_lease",
    "free_leases",
    "gives_up",
    "lease",
    "look_again",
    "looked",
    "newest_filed",
    "note_links",
    "pages_of",
    "pages_of_article",
    "poll",
    "polls",
    "register",
    "seen",
    "set_next_poll",
    "set_right",
    "settle",
    "settle_page",
    "state",
    "states",
    "waiting",
    "watched_articles",
]

"""One poll of one source, from its lease to its report.

    poll: lease ─▶ crawler.listing: links ─▶ triage: which are to be read?
       ─▶ pages: fetch, extract, offer, file ─▶ rhythm: when is the next? ─▶ settle
            └▶ again: those filed before, when `revisits` says so; manner: are they read otherwise?

`Engine` polls any number of sources at the same time.
"""

from crawler.engine.poll import LEASE_MARGIN, Engine, Plans

__all__ = ["LEASE_MARGIN", "Engine", "Plans"]

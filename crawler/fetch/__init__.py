"""From a request to a response: at a pace, within limits, from public addresses alone.

    request ─▶ transport ─▶ robots.txt ─▶ pace: the turn of its origin ─▶ handler: one transfer
       ▲                                                                          │
       └──────────────────────── redirects: the next hop ◀────────────────────────┴─▶ response

`crawler.fetch.transport` is the way in. Which addresses and which paths may be asked for is said by
`crawler.guard` and `crawler.robots`.
"""

"""From a stored article to the outside world. Imports archive.

    archive ─▶ match: rule, decide, mute ─▶ outbox ─▶ deliver ─▶ webhook, mail, chat ─▶ receivers
               └▶ payload                   └▶ digest: later     └▶ letter: as people read it

`history` reads back what became of it all.
"""

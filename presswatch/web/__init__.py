"""The page: what the archive holds, what was told, how the sources fare; for people and programs.

    request ─▶ guard (host, origin, who are you) ─▶ route ─▶ thread: a read-only connection
      ─▶ page(db, ask) ─▶ Shown ─▶ template ─▶ answer
                           changes: hands (the service's own archive and schedule), or none

Pages are plain functions of an archive and an `Ask`, and hold no SQL. Text from outside is data:
templates escape everything, HTML of articles is never rendered, and no script or style stands in
a page.
"""

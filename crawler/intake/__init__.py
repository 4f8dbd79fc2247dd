"""From what a page says to what the archive files.

    page ─▶ extract ─▶ offer: where it lives, is it news? ─┬▶ habits: without what stands on all
    feed ─▶ extract ─▶ feedtext: is it an article? ────────┘  pages of its source (furniture)

`incoming` makes the offer.
"""

from crawler.intake.offer import home, incoming

__all__ = ["home", "incoming"]

"""What a page says about itself, field by field.

    markup ─▶ titles, published, authors, language, credit, address: all that was seen, best first
           ─▶ one of it is chosen ─▶ seen: the evidence that an article keeps

`published` reads `dates`, which reads `numerals`; `doubt` is what speaks against a chosen date.
"""

from crawler.evidence.address import Place, canonical
from crawler.evidence.seen import Field, Seen, coding, gathered

__all__ = ["Field", "Place", "Seen", "canonical", "coding", "gathered"]

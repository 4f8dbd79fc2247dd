"""What makes two texts the same text.

For now equality of the folded text; near-duplicates will get their bands here too.
"""

from __future__ import annotations

import hashlib

from archive.fold import FOLD_VERSION, SENTINEL


def identity(stream: str) -> str:
    """`archive.fold.content_hash` of the text that folds to this stream.

    Taken from the stream because filing needs that for the index as well, and folding is the
    dearest part of it.
    """
    words = stream.replace(f"{SENTINEL} ", "")
    return f"{FOLD_VERSION}:{hashlib.blake2b(words.encode(), digest_size=16).hexdigest()}"


#: The identity of a text without a single word: it makes no two articles copies of each other.
WORDLESS = identity("")

"""gzip by its magic bytes: sitemaps are often served packed, under any content type."""

from __future__ import annotations

import zlib

from crawler.errors import NotAListing

MAGIC = b"\x1f\x8b\x08"
LARGEST = 50 * 1024 * 1024  # bytes unpacked; the limit that the sitemap protocol sets itself
_MEMBERS = 100


def unzip(body: bytes, url: str, largest: int = LARGEST) -> bytes:
    """The unpacked body, or the body itself where it is not packed.

    A packed body that ends early is unpacked as far as it goes. Raises NotAListing when it is
    damaged, or larger than `largest` bytes.
    """
    if not body.startswith(MAGIC):
        return body
    pieces: list[bytes] = []
    room = largest + 1
    for _ in range(_MEMBERS):
        member = zlib.decompressobj(wbits=31)
        try:
            piece = member.decompress(body, room)
        except zlib.error as error:
            raise NotAListing(url, cause=f"damaged gzip ({error})") from error
        pieces.append(piece)
        room -= len(piece)
        if room <= 0:
            raise NotAListing(url, cause=f"more than {largest:,} bytes when unpacked")
        body = member.unused_data
        if not body.startswith(MAGIC):
            break
    return b"".join(pieces)

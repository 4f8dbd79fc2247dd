"""What a listing says of itself; how sources are asked for one is tested with the spiders."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crawler.listing import told


@pytest.mark.parametrize(
    ("header", "body", "seconds"),
    [
        (b"", b"", None),
        (b"public, max-age=600", b"", 600),
        (b"s-maxage=60,Max-Age = 900", b"", 900),
        (b"no-cache, max-age=600", b"", None),
        (b"max-age=0", b"", None),
        (b"", b"<rss><channel><ttl> 30 </ttl>", 1800),
        (b"max-age=60", b"<rss><channel><TTL>5</TTL>", 300),
        (b"max-age=x", b"<ttl>soon</ttl>", None),
        (b"", b" " * 20_000 + b"<ttl>5</ttl>", None),
    ],
)
def test_what_a_listing_says_of_its_age(header: bytes, body: bytes, seconds: int | None) -> None:
    """The longer of the two counts; nonsense and a lie of zero do not."""
    assert told(header, body) == (None if seconds is None else timedelta(seconds=seconds))

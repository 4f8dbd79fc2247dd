"""Files that are linked between articles are no articles, whatever the server calls them."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import UTC, datetime

import pytest

from crawler.errors import Unreadable
from crawler.extract import Page, extract
from crawler.extract.formats import foreign


def office() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", "<w:document/>")
    return file.getvalue()


PDF = (
    b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + b"1 0 obj <</Type /Page /Contents (words and words)>> " * 40
)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (PDF, "a PDF"),
        (b"\r\n" + PDF, "a PDF"),
        (b"\xef\xbb\xbf" + PDF, "a PDF"),
        (office(), "a ZIP archive or an Office document"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 60, "an Office document"),
        (gzip.compress(b"x"), "a gzip archive"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "an image"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "an image"),
        (b"\0\0\0\x20ftypisom", "a video"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",  # some bytes hold the time
)
def test_what_is_no_page_is_named(body: bytes, name: str) -> None:
    assert foreign(body) == name


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!DOCTYPE html><p>%PDF-1.7 is a format</p>",
        "知识产权".encode("gb18030"),
        "<p>知识产权</p>".encode("utf-16"),
        b"ID3 tags, and what they are for",
        b"RIFF is a format",
    ],
    ids=lambda one: str(len(one)),
)
def test_what_may_be_a_page_is_read(body: bytes) -> None:
    assert foreign(body) == ""


def test_a_pdf_is_dropped_with_its_reason() -> None:
    """It was filed: thousands of signs, found by every search for a word that was among them."""
    page = Page(
        url="https://office.example/notice.pdf",
        html=PDF,
        content_type="text/html",
        fetched_at=datetime(2026, 5, 20, tzinfo=UTC),
    )

    with pytest.raises(Unreadable, match="it is a PDF, and only pages are read"):
        extract(page)

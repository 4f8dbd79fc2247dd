"""What is no page, by its first bytes: servers say too little of it, and decoders find text in all.

Offices link their PDFs and tables between their notices, and a PDF that is decoded as text is
thousands of signs that mean nothing and are found by every search for a word that is in them.
"""

from __future__ import annotations

#: As each format's own specification has them; the first that fits.
_SIGNATURES = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive or an Office document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Office document"),
    (b"{\\rtf", "an RTF document"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\x1f\x8b\x08", "a gzip archive"),
    (b"\x89PNG\r\n\x1a\n", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF87a", "an image"),
    (b"GIF89a", "an image"),
    (b"ID3\x02", "sound"),
    (b"ID3\x03", "sound"),
    (b"ID3\x04", "sound"),
    (b"OggS", "sound or video"),
    (b"\x1a\x45\xdf\xa3", "a video"),
)
#: Behind a word, or four bytes of length.
_INSIDE = {(4, b"ftyp"): "a video", (8, b"WEBP"): "an image", (8, b"WAVE"): "sound"}
_BLANK = b"\xef\xbb\xbf \t\r\n"  # some servers put a line before a PDF


def foreign(body: bytes) -> str:
    """What the bytes are that are no page; empty where they may be one."""
    for (at, mark), name in _INSIDE.items():
        if body[at : at + 4] == mark:
            return name
    head = body[:64].lstrip(_BLANK)
    return next((name for start, name in _SIGNATURES if head.startswith(start)), "")

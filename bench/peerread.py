"""Run by the interpreter of the peers' own environment: what a peer reads on a folder of pages.

``python bench/peerread.py NAME FOLDER`` prints a JSON object a page of FOLDER/manifest.jsonl, in
its order: title, text, published, authors, and the CPU seconds that it took. A page on which the
peer raises counts as nothing found. Imports nothing of presswatch and opens no connection.
"""

import gzip
import importlib
import json
import logging
import re
import socket
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

NOWHERE = "http://127.0.0.1/a.html"
Page = dict[str, Any]


def _decoded(html: bytes) -> str:
    """For peers that want text: decoded as trafilatura does it, the best of the four."""
    return str(importlib.import_module("trafilatura.utils").decode_file(html))


def _trafilatura(html: bytes, url: str) -> Page:
    library = importlib.import_module("trafilatura")
    found = library.bare_extraction(html, url=url, include_comments=False, with_metadata=True)
    if found is None:
        return {}
    return {
        "title": found.title, "text": found.text, "published": found.date, "authors": found.author,
    }  # fmt: skip


def _readability(html: bytes, url: str) -> Page:
    del url
    found = importlib.import_module("readability").Document(html)
    tree = importlib.import_module("lxml.html").fromstring(found.summary(html_partial=True))
    lines = (text.strip() for text in tree.itertext())
    return {"title": found.short_title(), "text": "\n".join(line for line in lines if line)}


def _newspaper(html: bytes, url: str) -> Page:
    """With the language named for pages that are Chinese: without it, it finds nothing there."""
    text = _decoded(html)
    chinese = {"language": "zh"} if len(re.findall(r"[\u4e00-\u9fff]", text)) > 300 else {}
    library = importlib.import_module("newspaper")
    found = library.Article(url, fetch_images=False, **chinese)
    found.download(input_html=text)
    found.parse()
    return {
        "title": found.title, "text": found.text, "published": found.publish_date,
        "authors": found.authors,
    }  # fmt: skip


def _news_please(html: bytes, url: str) -> Page:
    found = importlib.import_module("newsplease").NewsPlease.from_html(_decoded(html), url=url)
    return {
        "title": found.title, "text": found.maintext, "published": found.date_publish,
        "authors": found.authors,
    }  # fmt: skip


PEERS: dict[str, Callable[[bytes, str], Page]] = {
    "trafilatura": _trafilatura,
    "readability": _readability,
    "newspaper4k": _newspaper,
    "news-please": _news_please,
}


def _offline(*_: object) -> None:
    raise OSError("no connection leaves this process")


def main(name: str, folder: Path) -> None:
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    socket.socket.connect = _offline  # type: ignore[method-assign]
    # news-please looks up what it is given, and waits for it
    socket.getaddrinfo = _offline  # type: ignore[assignment]
    for line in (folder / "manifest.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        html = gzip.decompress((folder / row["file"]).read_bytes())
        before = time.process_time()
        try:
            found = PEERS[name](html, row.get("url") or NOWHERE)
        except Exception:
            logging.getLogger().exception("page failed")
            found = {}
        found["seconds"] = time.process_time() - before
        print(json.dumps(found, default=str), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))

"""Run by the interpreter of the peers' own environment: what reading a page costs a peer.

``python bench/peer.py NAME FOLDER`` prints CPU milliseconds a page over the files of the folder.
Imports nothing of presswatch.
"""

import logging
import sys
import time
import warnings
from pathlib import Path

URL = "http://127.0.0.1/a.html"


def _trafilatura(html: bytes) -> object:
    import trafilatura

    return trafilatura.bare_extraction(html, url=URL, with_metadata=True)


def _news_please(html: bytes) -> object:
    from newsplease import NewsPlease

    return NewsPlease.from_html(html.decode(), url=URL)


PEERS = {"trafilatura": _trafilatura, "news-please": _news_please}


def main(name: str, folder: Path) -> None:
    """Read the first page once unmeasured: imports, and dictionaries that are loaded then."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    pages = [path.read_bytes() for path in sorted(folder.iterdir())]
    read = PEERS[name]
    read(pages[0])
    read(pages[1])
    before = time.process_time()
    for page in pages[2:]:
        read(page)
    print((time.process_time() - before) * 1000 / (len(pages) - 2))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))

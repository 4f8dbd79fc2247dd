"""A page to an article, in a process of its own.

    lanes: whose page may have a worker ─▶ workers: a process, limits of time and memory
      ─▶ article: parts ─▶ title ─▶ text ─▶ language ─▶ date, authors, …     (crawler.evidence)
                                     └▶ readers: several readings ─▶ trim each ─▶ consensus

`parts` is what the operator says of a source's pages, and mostly nothing.
`extract` is all of it but the processes.
"""

from crawler.extract.article import extract, measured
from crawler.extract.records import Extracted, Page

__all__ = ["Extracted", "Page", "extract", "measured"]

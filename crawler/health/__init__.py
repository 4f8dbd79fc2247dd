"""Whether sources still do what they always did, and presswatch itself what it should.

    troubles: the past of a source ─▶ judgement, silence: findings ─▶ begun, ended ─▶ troubles
                                                             └▶ words: what operators read

Only `troubles`, the books, knows the archive; all else is pure.
"""

from crawler.health.findings import Finding, Kind, Past, Span, Trouble
from crawler.health.judgement import FAILURES, LOOK, SITES, WINDOW, changes, judge, network

__all__ = [
    "FAILURES",
    "LOOK",
    "SITES",
    "WINDOW",
    "Finding",
    "Kind",
    "Past",
    "Span",
    "Trouble",
    "changes",
    "judge",
    "network",
]

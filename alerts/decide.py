"""Whether a match alerts. Pure.

Every match is written down. One without alerts was silent, and why is one of `Decision`:

    the text is from the backlog of a new source                      BACKLOG
    a later one that came with it, or by a config that reads it
      otherwise, without a change of the page                         REREAD
    on="revision": the rule has alerted for this very text            REVISION
    else, on="revision"                                               ALERT
    the article's earlier text, from the backlog, matched already     KNOWN
    on="story":   the rule has alerted for a story with this root     STORY
    on="article": the rule has alerted for this article               ARTICLE
    else                                                              ALERT

and what would alert is MUTED while somebody has muted its rule, its story or its source.

So for on="story" a copy alerts if the rule has not alerted for its story so far (the word stands
only in the longer version), and a revision likewise. A silent match never silences another: only
what was announced counts, so that neither a changed `on` nor the story's text in the backlog of
another source swallows anything. The one exception is the same article (KNOWN): a redesigned site
changes a hundred old texts at once, and none is news; an old article that gains the word is.
A text is matched once while it is news, so REVISION comes up only when the past is replayed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a rule has done before, as far as it decides on another match."""

    story: bool  # it has alerted for the story, under whatever root
    article: bool  # it has alerted for the article
    backlog: bool  # it has matched the first text of the article, from the backlog of its source
    revision: bool = False  # it has alerted for this very text


class Decision(Enum):
    """Whether a match alerts; the values are for people."""

    ALERT = "alerted"
    BACKLOG = "from the backlog of a new source"
    REREAD = "read otherwise since the config changed, or from a backlog"
    KNOWN = "an earlier text of the article, from the backlog, matched already"
    STORY = "the rule has alerted for this story before"
    ARTICLE = "the rule has alerted for this article before"
    REVISION = "the rule has alerted for this text before"
    MUTED = "muted"


def decide(on: str, told: Told, *, quiet: bool, first: bool = True) -> Decision:
    """Whether a match alerts, after what its rule has said before (the table above).

    `first`: it is of the first text of its article.
    """
    if quiet:
        return Decision.BACKLOG if first else Decision.REREAD
    if on == "revision":
        return Decision.REVISION if told.revision else Decision.ALERT
    if told.backlog:
        return Decision.KNOWN
    if on == "article":
        return Decision.ARTICLE if told.article else Decision.ALERT
    return Decision.STORY if told.story else Decision.ALERT

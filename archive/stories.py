"""What an incoming article is to the archive (`decide`, pure), and which stories are one.

The URL says which article it is, the text says which story:

    URL known?  text known?                     outcome   story
    no          no                              new       one of its own
    no          yes (any revision of any)       copy      that of the first article with the text
    no          near the newest of another      copy      that of the nearest
    yes         as its newest, title too        same      –
    yes         as its newest, another title    revised   unchanged
    yes         another, new to the archive     revised   unchanged
    yes         another, known or near one      revised   both stories become one
    yes         another, its own earlier text   revised   unchanged

A text that is known or near in several stories makes all of them one: what is a story is said by
the pairs that belong together, so the order of arrival does not matter.

A URL that has only led to an article (an alias among the incoming ones, say after a redirect)
identifies it only if the text agrees: `/latest` leads to another article every day.

`copy_of` is settled when an article is filed; a revision never changes it. What belongs together
afterwards is said by the story's root.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.article import Outcome
from archive.fold import stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlite_utils import Database


@dataclass(frozen=True, slots=True)
class Known:
    """An article of the archive as far as the decision needs it."""

    article: int
    url: str
    story: int  # its root
    content_hash: str  # of its newest revision
    title: str  # of its newest revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What to do with an incoming article, and why."""

    outcome: Outcome
    reason: str  # for people
    article: int | None = None  # the article that it is; None for new and copy
    story: int | None = None  # the root that it joins; None: a story of its own
    copy_of: int | None = None
    merge: tuple[int, ...] = ()  # other roots that turn out to be the same story


@dataclass(frozen=True, slots=True)
class Near:
    """An article whose newest text is much the same, and what the incoming text is to it."""

    known: Known
    how: str  # for people: "93 % the text"


def decide(
    by_url: Known | None,
    by_hash: Known | None,
    *,
    content_hash: str,
    title: str,
    by_aliases: Sequence[Known] = (),
    near: Sequence[Near] = (),
) -> Verdict:
    """See the table above.

    `by_url` is the article of this URL; `by_hash` the first article that ever had this text;
    `by_aliases` the articles that the other URLs of the incoming one belong to; `near` those with
    a similar text, the nearest first, found by `archive.near.compare`.
    """
    if by_url is None:
        by_url = next((k for k in by_aliases if k.content_hash == content_hash), None)
    if by_url is not None:
        return _known_article(by_url, by_hash, content_hash, title, near)
    if by_hash is not None:
        reason = f"same text as article {by_hash.article} ({by_hash.url})"
        return _copy(by_hash, reason, near)
    if near:
        first = near[0].known
        reason = f"{near[0].how} of article {first.article} ({first.url})"
        return _copy(first, reason, near)
    return Verdict(outcome=Outcome.NEW, reason="neither the URL nor the text was seen before")


def _copy(of: Known, reason: str, near: Sequence[Near]) -> Verdict:
    others = _others(of.story, near)
    return Verdict(
        outcome=Outcome.COPY,
        reason=reason + _joins(others),
        story=of.story,
        copy_of=of.article,
        merge=others,
    )


def _others(story: int, near: Sequence[Near]) -> tuple[int, ...]:
    return tuple(sorted({item.known.story for item in near} - {story}))


def _joins(others: Sequence[int]) -> str:
    if not others:
        return ""
    return f"; it makes one of this story and {', '.join(map(str, others))}"


def _known_article(
    known: Known, by_hash: Known | None, content_hash: str, title: str, near: Sequence[Near]
) -> Verdict:
    article, story = known.article, known.story
    other = by_hash if by_hash is not None and by_hash.story != story else None
    others = () if content_hash == known.content_hash else _others(story, near)
    if content_hash != known.content_hash:
        reason = f"the text of article {article} has changed"
        if other is not None:
            reason += f" to that of article {other.article} ({other.url})"
            others = tuple(sorted({other.story, *others}))
        elif others:
            first = next(item for item in near if item.known.story in others)
            reason += f" to {first.how} of article {first.known.article} ({first.known.url})"
    elif stream(title) != stream(known.title):
        reason = f"the title of article {article} has changed"
    else:
        reason = f"article {article} with this text and title is here already"
        return Verdict(outcome=Outcome.SAME, reason=reason, article=article, story=story)
    return Verdict(
        outcome=Outcome.REVISED,
        reason=reason,
        article=article,
        story=story,
        merge=others,
    )


def root_of(db: Database, story: int) -> int:
    """The oldest story of the group that this one belongs to; LookupError where there is none."""
    row = db.execute("SELECT root FROM story WHERE id = ?", (story,)).fetchone()
    if row is None:
        raise LookupError(f"no story {story}")
    return int(row[0])


def merge(db: Database, a: int, b: int) -> int:
    """Make two stories one and return its root, the older of the two roots.

    Every story of the younger group points straight to it afterwards, so no chain ever grows.
    The caller has a transaction open.
    """
    older, younger = sorted((root_of(db, a), root_of(db, b)))
    if older != younger:
        db.execute("UPDATE story SET root = ? WHERE root = ?", (older, younger))
    return older


def start(db: Database) -> int:
    """A new story with itself as the root; the caller has a transaction open."""
    story = db.execute("INSERT INTO story (root) VALUES (0)").lastrowid
    assert story is not None
    db.execute("UPDATE story SET root = id WHERE id = ?", (story,))
    return story

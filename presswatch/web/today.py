"""The first page: what is new, told story by story, and how busy the day is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from alerts.history import overview
from archive import browse
from presswatch.web.ask import Shown
from presswatch.web.beginning import steps
from presswatch.web.passages import passages, places
from presswatch.web.plots import Bar, chart, counted, spark

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from markupsafe import Markup
    from sqlite_utils import Database

    from alerts.history.overview import Matched
    from archive.browse import Story
    from archive.snippet import Snippet
    from presswatch.clock import Clock
    from presswatch.web.ask import Ask
    from presswatch.web.beginning import Step

STORIES = 30
HOURS = 48
RULES = 12  # that are shown beside the stories
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A story as the page tells it."""

    story: Story
    matched: tuple[Matched, ...]  # a rule each, of whatever article of it
    title_marks: tuple[tuple[int, int], ...]
    snippets: tuple[Snippet, ...]


def today(db: Database, ask: Ask) -> Shown:
    """The newest stories, those of a new source's backlog only where asked for."""
    backlog = ask.value("backlog") == "1"
    stories, cursor = browse.newest_stories(
        db, before=ask.number("before"), limit=STORIES, backlog=backlog
    )
    items = tell(db, stories)
    return Shown(
        template="today.html",
        values={
            "days": by_day(items, ask.clock),
            "older": cursor,
            "first": ask.number("before") is None,
            "backlog": backlog,
            "hours": hours(db, ask.clock),
            "rules": rules(db, ask),
            "every": len(ask.book.rules.rules),
            "steps": _steps(db, ask) if not items else (),
        },
    )


def _steps(db: Database, ask: Ask) -> list[Step]:
    """What is missing before the first article; none once there is one."""
    articles, _ = browse.totals(db)
    return [] if articles else list(steps(ask.standing(db), ask.book, ask.clock, live=ask.live))


def tell(db: Database, stories: Sequence[Story]) -> list[Item]:
    """The stories with the rules that they matched and the words in their sentences."""
    articles = [article for story in stories for article in story.articles]
    matches = overview.of_articles(db, articles)
    told = [article for article in articles if article in matches]
    texts = browse.texts(db, told)
    return [_item(story, matches, texts) for story in stories]


def _item(
    story: Story, matches: dict[int, list[Matched]], texts: dict[int, tuple[str, str]]
) -> Item:
    found: dict[str, Matched] = {}
    for article in story.articles:
        for match in matches.get(article, ()):
            found.setdefault(match.rule, match)
    first = story.first
    own = [
        word for match in found.values() if match.article == first.article for word in match.words
    ]
    title, text = texts.get(first.article, (first.title, first.lead))
    spans = [span for span in places(title, text, own) if span.field == "title"]
    return Item(
        story=story,
        matched=tuple(found.values()),
        title_marks=united((span.start, span.end) for span in spans),
        snippets=passages(title, text, own, most=2 if own else 1, width=150),
    )


def united(ranges: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Ranges in order, those that touch or overlap as one."""
    made: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if made and start <= made[-1][1]:
            made[-1] = made[-1][0], max(end, made[-1][1])
        else:
            made.append((start, end))
    return tuple(made)


def by_day(items: Sequence[Item], clock: Clock) -> list[tuple[date, list[Item]]]:
    """The items under the days on which they came, the newest day first."""
    days: dict[date, list[Item]] = {}
    for item in items:
        day = item.story.first.first_seen.astimezone(clock.zone).date()
        days.setdefault(day, []).append(item)
    return list(days.items())


def hours(db: Database, clock: Clock) -> Markup:
    """Articles in each of the last two days' hours."""
    last = clock.now.replace(minute=0, second=0, microsecond=0)
    since = last - (HOURS - 1) * _HOUR
    counts = browse.per_hour(db, since)
    bars = [_hour_bar(since + number * _HOUR, counts, clock) for number in range(HOURS)]
    total = sum(bar.count for bar in bars)
    return chart(
        bars, says=f"Articles an hour: {total} in the last {HOURS} hours", width=320, height=112
    )


def _hour_bar(hour: datetime, counts: dict[datetime, int], clock: Clock) -> Bar:
    local = hour.astimezone(clock.zone)
    number = counts.get(hour, 0)
    label = f"{local:%H}" if local.hour % 12 == 0 else ""
    return Bar(count=number, title=counted(f"{local:%d %b %H:%M}", number, "article"), label=label)


def rules(db: Database, ask: Ask) -> list[tuple[str, int, Markup]]:
    """Rule, its matches within the last day, and a small plot of two days; the busiest first."""
    clock = ask.clock
    since = clock.now - HOURS * _HOUR
    names = [rule.name for rule in ask.book.rules.rules]
    found = overview.of_rules(db, names, since=since, span=2 * _HOUR)
    busiest = sorted(found.items(), key=lambda one: -one[1].recent)[:RULES]
    rows = []
    for name, matches in busiest:
        counts = [matches.counts.get(number, 0) for number in range(HOURS // 2)]
        says = f"{matches.recent} matches of {name} in the last {HOURS} hours"
        rows.append((name, sum(counts), spark(counts, says=says)))
    return rows

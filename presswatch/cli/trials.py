"""A trial of a rule on the terminal, and as JSON."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from presswatch.cli.common import iso, plural
from presswatch.console import out, text, visible

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from rich.text import Text

    from alerts.payload import Word
    from presswatch.cli.common import Clock
    from presswatch.views.trial import Line, Tally

WIDTH = 40  # of the longest bar
MOST_DAYS = 62  # more than two months are listed only where there is something


def show(tally: Tally, clock: Clock, since: datetime) -> None:
    """Sums, a bar a day, the newest ten."""
    console = out()
    looked = f"{plural(tally.texts, 'text')} looked at, {tally.matches} matched"
    console.print(f"{looked}, {plural(tally.told, 'alert')} for each channel", soft_wrap=True)
    if not tally.told:
        return
    console.print()
    for line in bars(tally.days, since.astimezone(tally.zone).date(), clock):
        console.print(line, soft_wrap=True)
    console.print()
    console.print("The newest:" if tally.told > len(tally.newest) else "In full:", style="bold")
    lines(reversed(tally.newest), clock)


def bars(days: dict[date, int], first: date, clock: Clock) -> Iterable[Text]:
    """A line a day, oldest first: the day, a bar, the number."""
    mark = "█" if out().is_terminal else "#"
    most, last = max(days.values()), max([*days, clock.today()])
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        count = days.get(day, 0)
        if not count and (last - first).days > MOST_DAYS:
            continue
        bar = mark * -(-count * WIDTH // max(most, WIDTH)) if count else ""
        yield text(f"{day:%Y-%m-%d}  ").append(bar, "cyan").append(f" {count}" if count else "·")


def lines(shown: Iterable[Line], clock: Clock, sign: str = "", style: str = "") -> None:
    """An alert in two lines: when, where, what; and the words."""
    for line in shown:
        head = text(sign, style).append(f"{clock.short(line.seen)}  ", "dim")
        head.append(visible(f"{line.article}  {line.title or line.url}"), "bold")
        head.append(f"  {visible(line.source)}", "dim")
        out().print(head, soft_wrap=True)
        out().print(text(f"{' ' * len(sign)}{' ' * 18}{say_words(line.words)}"), soft_wrap=True)


def say_words(words: Iterable[Word]) -> str:
    """What fired, each word once: "专利 ×2 in the body, patent in the title"."""
    said = (
        f"{word.text}" + (f" ×{word.count}" if word.count > 1 else "") + f" in the {word.field}"
        for word in words
    )
    return ", ".join(said) or "no word: the rule only excludes"


def show_change(old: Tally, new: Tally, clock: Clock) -> None:
    """The stories that a change of the query gains and loses."""
    gained, lost = new.without(old), old.without(new)
    console = out()
    console.print()
    console.print(f"{plural(len(gained), 'story').replace('storys', 'stories')} gained, "
                  f"{len(lost)} lost", style="bold")  # fmt: skip
    lines(gained, clock, "+ ", "green")
    lines(lost, clock, "- ", "red")


def row(tally: Tally) -> dict[str, Any]:
    """The trial for programs."""
    return {
        "texts": tally.texts,
        "matches": tally.matches,
        "alerts": tally.told,
        "days": [{"day": day.isoformat(), "alerts": n} for day, n in sorted(tally.days.items())],
        "newest": [line_row(line) for line in reversed(tally.newest)],
    }


def line_row(line: Line) -> dict[str, Any]:
    return {
        "article": line.article,
        "revision": line.revision,
        "story": line.story,
        "title": line.title,
        "url": line.url,
        "source": line.source,
        "seen": iso(line.seen),
        "words": [
            {"text": word.text, "term": word.term, "field": word.field, "count": word.count}
            for word in line.words
        ],
    }

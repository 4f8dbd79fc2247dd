"""A digest or a summary as mail: subject, plain text and HTML. Pure.

12 stories for 3 rules
a bar for each day
rule: its stories, the newest first, with outlets, copies and a passage
41 of 42 sources healthy; cnipa-notices silent since Tuesday
"""

from __future__ import annotations

from datetime import date
from html import escape
from typing import TYPE_CHECKING, Any

from alerts.digest import WEEKDAYS, count
from alerts.letter import layout
from alerts.letter.phrases import marked, published
from alerts.plain import header_line, one_line, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_URL = 2000
_PASSAGE = 4000
_UNTITLED = "(no title)"
_BAR = 24  # characters of the longest bar
_NAMES = {"digest": "Digest", "summary": "Summary"}

_DAYS = "width:100%;border-collapse:collapse;margin:0 0 22px;font-size:14px;line-height:1.5"
_DAY = "padding:1px 10px 1px 0;white-space:nowrap;color:#6b655c"
_NUMBER = "padding:1px 0 1px 10px;text-align:right"
_RULE = "margin:26px 0 10px;padding:0 0 4px;border-bottom:1px solid #e3ded3;font-size:16px"
_STORY = f"margin:0;font:700 18px/1.4 {layout.SERIF}"
_LINK = "display:block;padding:12px 0 7px;color:inherit;text-decoration:none"
_NOTE = "margin:0 0 6px;font-size:14px;line-height:1.5;color:#6b655c"


def subject(data: Mapping[str, Any]) -> str:
    """One line, with nothing in it that can be decoded into something else."""
    return header_line(f"[presswatch] {_head(data)}")


def plain_text(data: Mapping[str, Any]) -> str:
    """For readers without HTML."""
    lines = [_head(data), ""]
    lines += (f"{day}  {bar} {number}" for day, bar, number in _bars(data))
    for rule in data["rules"]:
        lines += ["", f"== {one_line(rule['name'])} ({len(rule['stories'])})", ""]
        for story in rule["stories"]:
            lines += [*_story(story), ""]
    if data["sources"]:
        lines += ["", data["sources"]["text"]]
    return "\n".join([*lines, "", "-- ", f"presswatch · {data['id']}", ""])


def html(data: Mapping[str, Any]) -> str:
    """The same; every text is escaped."""
    titles = (one_line(story["article"]["title"], 60) for story in _stories(data))
    return layout.page(
        layout.Page(
            subject=subject(data),
            preview=" · ".join(title for title, _ in zip(titles, range(3), strict=False)),
            kicker=f"presswatch · {_NAMES[data['kind']].lower()}",
            title=data["text"],
            byline=_day(data["timestamp"][:10]),
            body=_days_html(data) + "".join(map(_rule_html, data["rules"])),
            facts=[("Sources", data["sources"]["text"])] if data["sources"] else (),
            foot=f"presswatch · {data['id']}",
        )
    )


def _head(data: Mapping[str, Any]) -> str:
    return f"{_NAMES[data['kind']]}, {_day(data['timestamp'][:10])}: {data['text']}"


def _stories(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return (story for rule in data["rules"] for story in rule["stories"])


def _day(day: str) -> str:
    """``Mon 2026-03-02``."""
    return f"{WEEKDAYS[date.fromisoformat(day).weekday()][:3]} {day}"


def _bars(data: Mapping[str, Any]) -> list[tuple[str, str, int]]:
    """Day, bar, number; the longest bar is `_BAR` long, and none that stands for one is empty."""
    most = max((day["alerts"] for day in data["days"]), default=0)
    return [
        (_day(day["date"]), "█" * -(-day["alerts"] * _BAR // max(most, _BAR)), day["alerts"])
        for day in data["days"]
    ]


def _story(story: Mapping[str, Any]) -> list[str]:
    article = story["article"]
    lines = [one_line(article["title"] or _UNTITLED), one_line(article["url"], _URL), _note(story)]
    if story["snippets"]:
        lines.append(one_line(marked(story["snippets"][0], "【", "】", str), _PASSAGE))
    return lines


def _note(story: Mapping[str, Any]) -> str:
    """Where and when, how many carry it, and what fired."""
    article = story["article"]
    date_ = published(article)
    words = ", ".join(dict.fromkeys(one_line(word["text"], 100) for word in story["words"]))
    parts = [
        one_line(article["source"]),
        "" if date_ == "unknown" else date_,
        count(story["outlets"], "outlet", "outlets") if story["outlets"] > 1 else "",
        count(story["copies"], "copy", "copies") if story["copies"] else "",
        count(len(story["alerts"]), "alert", "alerts") if len(story["alerts"]) > 1 else "",
        words,
    ]
    return " · ".join(part for part in parts if part)


def _days_html(data: Mapping[str, Any]) -> str:
    """A bar for each day, as cells: readers of mail drop all else."""
    most = max((day["alerts"] for day in data["days"]), default=0)
    rows = [
        f'<tr><td class="quiet" style="{_DAY}">{_day(day["date"])}</td>'
        f'<td style="width:100%">{_bar_html(day["alerts"], most)}</td>'
        f'<td style="{_NUMBER}">{day["alerts"]}</td></tr>'
        for day in data["days"]
    ]
    table = f'<table role="presentation" style="{_DAYS}">'
    return f"{table}\n" + "\n".join(rows) + "\n</table>\n" if rows else ""


def _bar_html(number: int, most: int) -> str:
    width = round(100 * number / most) if most else 0
    style = f"height:11px;width:{width}%;background:#8a2b1d;border-radius:2px"
    return f'<div class="bar" style="{style}"></div>' if number else ""


def _rule_html(rule: Mapping[str, Any]) -> str:
    stories = "".join(map(_story_html, rule["stories"]))
    name = f"{layout.text(rule['name'])} ({len(rule['stories'])})"
    return f'<h2 class="kicker" style="{_RULE}">{name}</h2>\n{stories}'


def _story_html(story: Mapping[str, Any]) -> str:
    article = story["article"]
    title, url = layout.text(article["title"] or _UNTITLED), layout.web(article["url"])
    head = f'<a href="{url}" style="{_LINK}">{title}</a>' if url else title
    language = escape(article["language"] or "und", quote=True)
    before, after = layout.mark()
    passages = "".join(
        layout.passage(marked(each, before, after, lambda text: escape(visible(text))))
        for each in story["snippets"][:1]
    )
    return (
        f'<h3 lang="{language}" style="{_STORY}">{head}</h3>\n'
        f'<p class="quiet" style="{_NOTE}">{layout.text(_note(story), 1000)}</p>\n'
        f'<div lang="{language}">{passages}</div>\n'
    )

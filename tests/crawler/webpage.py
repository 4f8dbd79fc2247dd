"""A page with one article, as a small paper sets it."""

from __future__ import annotations

from datetime import UTC, datetime

from crawler.extract import Page

NOW = datetime(2026, 7, 20, 12, 0, tzinfo=UTC)
TITLE = "城东码头整修两年后重新开放"
BODY = (
    "经过两年的整修，城东码头于星期一上午重新开放，第一班渡轮载着四百名乘客离开。",
    "市长在仪式上说，新的堤岸比过去高出半米，应当足以抵挡今后几十年的洪水。",
    "渔市将在明年春天搬回原来的位置。摊主们已经开始准备，他们说，两年的等待是值得的。",
)
MENU = "".join(
    f'<li><a href="/{name}">{name}</a></li>' for name in ("新闻", "财经", "体育", "天气")
)


def html(
    *,
    title: str = TITLE,
    byline: str = "",
    body: tuple[str, ...] = BODY,
    head: str = "",
    tail: str = "",
) -> str:
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in body)
    return (
        f'<html lang="zh-CN"><head><meta charset="utf-8"><title>{title}_城东晚报</title>'
        f"{head}</head><body><ul>{MENU}</ul><h1>{title}</h1><div>{byline}</div>"
        f"<div>{paragraphs}</div>{tail}</body></html>"
    )


def page(text: str, coding: str = "utf-8") -> Page:
    return Page(
        html=text.encode(coding),
        url="https://press.example/news/1.html",
        timezone="Asia/Shanghai",
        fetched_at=NOW,
    )

"""Which links of a page lead to articles, told by their looks. Pure: anchors in, anchors out.

An article link has a long title and a URL with a date, a number or a slug; it stands among its
like (the same structure repeated), often beside a date; and it does not stand in navigation.
Each of these is worth points; what stays far below the best of the page is noise.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from archive.urls import same_site, tidy
from spiders.dates import date_in_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from urllib.parse import SplitResult

ENOUGH = 5.0  # points that make an article link
_OF_BEST = 0.5  # of the points of the page's better links
_REPEATED = 3  # links of one structure that make a list
_LONG = 14  # columns: seven ideographs, or two or three English words
_LONGER = 24

_FILE = re.compile(
    r"\.(?:jpe?g|png|gif|svg|webp|ico|css|js|json|xml|rss|zip|rar|7z|gz|exe|apk|dmg|mp[34]|m3u8|avi"
    r"|mov|wav|pdf|docx?|xlsx?|pptx?|wps|ofd|csv)$",
    re.IGNORECASE,
)
_PAGE_END = re.compile(r"\.(?:s?html?|aspx?|php|jspx?)$", re.IGNORECASE)
_ID = re.compile(r"\d{4,}")
_NOT_ARTICLES = re.compile(
    r"/(?:tags?|topics?|categor(?:y|ies)|authors?|users?|members?|login|logout|sign-?(?:in|up)|regist"
    r"(?:er|ration)|search|about(?:-us)?|contact(?:-us)?|privacy(?:-policy)?|terms[\w-]*|cookies?"
    r"(?:-policy)?|legal|help|faqs?|subscri(?:be|ptions?)|newsletters?|rss|feed|sitemap|jobs|careers"
    r"|advertis[\w-]*|accessibility|account|cart|shop|page|archives?|wp-(?:admin|login|content)"
    r"|col|node/?$)(?:/|\.|$)"
    r"|/(?:index|default|list|home|main)(?:[_-]?\d{1,4})?(?:\.[a-z]{3,5})?$",
    re.IGNORECASE,
)
_NOT_TITLES = re.compile(
    r"\W*(?:"
    r"(?:read|learn|see|view|show|load)? ?(?:more|all|full (?:story|article))"
    r"|(?:continue|keep) reading(?:\b.*)?|\d+ comments?|no comments"
    r"|(?:leave a|click here to cancel) (?:comment|reply)|next|previous"
    r"|(?:older|newer) (?:posts|entries)|skip to .*|\d{1,4}"
    r"|更多|查看更多|详细|[查点][看击](?:详情|全文|更多)|阅读(?:全文|更多|原文)|全文|详情"
    r"|上一页|下一页|首页|尾页|末页|返回(?:首页|列表|顶部)|登录|注册|设为首页|加入收藏"
    r")?\W*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A link as it stands on a page."""

    url: str
    title: str
    published: str = ""  # a date with a year that stands beside it
    dated: bool = False  # some date stands beside it, perhaps without a year
    heading: bool = False  # in a heading, or holding one
    pictured: bool = False  # the title only describes a picture
    place: str = ""  # "nav" | "side" | "" (the body of the page)
    structure: str = ""  # its ancestors' tags and classes: equal for the items of one list


def article_links(anchors: Iterable[Anchor], page: str) -> list[Anchor]:
    """The anchors that look like links to articles of this site, in their order, each once."""
    candidates = _merged(anchor for anchor in anchors if _may_be(anchor, page))
    groups: defaultdict[str, list[Anchor]] = defaultdict(list)
    for anchor in candidates:
        groups[anchor.structure].append(anchor)
    worth = {key: _group_points(group) for key, group in groups.items()}
    points = [_points(anchor) + worth[anchor.structure] for anchor in candidates]
    good = sorted(score for score in points if score >= ENOUGH)
    limit = max(ENOUGH, _OF_BEST * good[3 * len(good) // 4]) if good else ENOUGH
    return [anchor for anchor, score in zip(candidates, points, strict=True) if score >= limit]


def width(text: str) -> int:
    """Columns on a terminal: an ideograph says as much as two letters."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _may_be(anchor: Anchor, page: str) -> bool:
    """False for what no look can redeem: other sites, files, the page itself."""
    if _FILE.search(urlsplit(anchor.url).path):
        return False
    return same_site(anchor.url, page) and tidy(anchor.url) != tidy(page)


def _merged(anchors: Iterable[Anchor]) -> list[Anchor]:
    """One anchor for each URL: picture, title, "read more" are three links to one article."""
    best: dict[str, Anchor] = {}
    for anchor in anchors:
        key = tidy(anchor.url)
        other = best.get(key)
        if other is None:
            best[key] = anchor
            continue
        first, second = sorted((other, anchor), key=_title_rank, reverse=True)
        best[key] = replace(
            first,
            published=first.published or second.published,
            dated=first.dated or second.dated,
        )
    return list(best.values())


def _title_rank(anchor: Anchor) -> tuple[bool, ...]:
    """A real title first, in the body of the page rather than beside it, and not a short one."""
    if _NOT_TITLES.fullmatch(anchor.title):
        return (False,)
    long = anchor.heading or width(anchor.title) >= _LONG
    return True, not anchor.pictured, not anchor.place, long


def _points(anchor: Anchor) -> float:
    parts = urlsplit(anchor.url)
    columns = 0 if _NOT_TITLES.fullmatch(anchor.title) else width(anchor.title)
    points = _url_points(parts)
    points += 3 if columns >= _LONGER else 2 if columns >= _LONG else 0 if columns >= 8 else -4
    points += 2 if anchor.dated else 0
    points += 1 if anchor.heading else 0
    return points - {"nav": 6, "side": 1}.get(anchor.place, 0)


def _url_points(parts: SplitResult) -> float:
    path = parts.path.rstrip("/")
    last = path.rpartition("/")[2]
    stem = _PAGE_END.sub("", last)
    numbered = bool(_ID.search(stem)) or any(
        value.isdigit() and "page" not in name for name, value in parse_qsl(parts.query)
    )
    points = -1.0  # nothing in it speaks for an article
    points += 3 if date_in_path(parts.path) else 0
    points += 2 if numbered else 0
    points += 2 if len([word for word in re.split(r"[-_]", stem) if word.isalpha()]) >= 3 else 0
    points += 1 if stem != last else 0
    points -= 5 if _NOT_ARTICLES.search(parts.path) else 0
    points -= 2 if not path or (path.count("/") == 1 and stem.isalpha() and not numbered) else 0
    return points


def _group_points(group: Sequence[Anchor]) -> float:
    if len(group) < _REPEATED:
        return 0.0
    long = median(width(anchor.title) for anchor in group) >= _LONG
    dated = sum(anchor.dated for anchor in group) * 2 >= len(group)
    return 1.0 + long + dated

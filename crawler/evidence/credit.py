"""What stands beside an article and is kept apart from its text: captions and the named source.

A caption is what the markup calls one, or a line that only says who took a picture. The credited
source is whom the page itself names as the origin of its text: 来源：新华网, (Source: Reuters).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.evidence.titles import below
from crawler.markup import key, tidy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.markup import Markup

_MOST = 40  # captions
_MAX_CAPTION = 400  # characters
_PROSE = 4  # lines of a text near whose end a source is named
_LINE = 120  # characters
_CREDIT = 60  # characters of a line that a photographer's name makes a caption
_NAME_LENGTH = 40

_CAPTIONS = (
    "//figcaption | //*[contains(translate(@class, 'CAPTION', 'caption'), 'caption')]"
    " | //*[@class='img-desc' or @class='pic-desc' or @class='photo-desc' or @class='tuzhu']"
)
#: A line that is a caption by its words: a photographer's credit, or "the picture shows …".
_CREDIT_LINE = re.compile(
    r"""^[\s(（【\[]*(?:
      (?:photo|image|picture)s?\s*(?:by|credit|courtesy)?\s*[:：] | photos?\s(?:by|courtesy)\b
    | 图\s?[/／:：] | (?:图片|圖片)(?:来源|來源|说明|說明)\s?[:：]
    | (?:资料|資料|示意)[图圖片]+[。\s)）\]】]*$
    )|(?:[\s　](?:摄|攝|供图|供圖)|(?:记者|記者|通讯员)\S{2,8}(?:摄|攝))[)）\]】。\s]*$""",
    re.IGNORECASE | re.VERBOSE,
)
#: "Pictured from left are …": small papers set their captions as paragraphs.
_PICTURED = re.compile(
    r"^[(\[]?pictured(?:\s(?:above|below|here|left|right|with|from|at|on|in|during|is|are)\b|\s*[:,])",
    re.IGNORECASE,
)
_LABEL = (
    r"(?:(?:文章|新闻|新聞|信息|稿件|稿源|本文|消息)?(?:来源|來源|出处|出處)"
    r"|转载自|轉載自|转自|轉自|source|originally\spublished\sby)"
)
_NAMED = re.compile(
    rf"(?:^|[\s(（【\[|])(?:{_LABEL})\s?[:：于於]?\s*(?P<name>[^\s|｜][^|｜)）\]】]*)",
    re.IGNORECASE,
)
#: The whole of a line, or of the bracket that ends a paragraph.
_WHOLE = re.compile(
    rf"^[\s(（【\[—–-]*(?:{_LABEL})\s?[:：]\s*(?P<name>[^|｜)）\]】。\n]{{2,{_NAME_LENGTH}}})[)）\]】。.\s]*$",
    re.IGNORECASE,
)
_BRACKET = re.compile(
    rf"\s*[(（【\[]\s*(?:{_LABEL})\s?[:：]?\s*(?P<name>[^()（）\[\]【】]{{2,{_NAME_LENGTH}}})[)）\]】]\s*$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"\s*(?:作者|编辑|編輯|责编|责任编辑|记者|記者|字号|字體|字体|时间|日期|发布|發布|点击|浏览|阅读|分享|打印|评论"
    r"|(?:19|20)\d\d\s?[年./-]|\d{1,2}:\d\d|https?:|published\b|updated\b).*$",
    re.IGNORECASE,
)
_LEADING = re.compile(rf"^(?:{_LABEL})\s?[:：]\s*", re.IGNORECASE)
_HAN = re.compile(r"[\u4e00-\u9fff]")
_META = ("contentsource", "article:source", "original-source", "syndication-source-name", "source")
_NO_NAME = re.compile(
    r"^(?:本站|本网|本網|原创|原創|网络|網絡|互联网|未知|不详|unknown|none|null|n/a|\W*)$|https?:|[<>{}=]|[。！？]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Credited:
    """The name of a source, and where it stood."""

    value: str
    where: str


def captions(markup: Markup) -> tuple[str, ...]:
    """The captions of a page's pictures, once each, in their order."""
    found: dict[str, str] = {}
    for element in markup.tree.xpath(_CAPTIONS)[: 4 * _MOST]:
        text = tidy(element.text_content())
        if 1 < len(text) <= _MAX_CAPTION:
            found.setdefault(key(text), text)
    own = list(found)
    whole = [text for at, text in found.items() if not any(at != one and at in one for one in own)]
    return tuple(whole[:_MOST])


def sources(markup: Markup, title: str, text: str) -> list[Credited]:
    """Every naming of the text's source, the most trusted place first."""
    found = [
        Credited(name, f"meta {place}")
        for place in _META
        for content in markup.meta.get(place, ())[:1]
        if (name := _name(content))
    ]
    found += [Credited(name, "text") for line in below(markup, title) if (name := _named(line))]
    for line in text.split("\n")[-_PROSE:]:
        match = _WHOLE.match(line) or _BRACKET.search(line)
        if match and (name := _name(match["name"])):
            found.append(Credited(name, "text"))
    return found


def without(text: str, known: Sequence[str], *, title: str) -> tuple[str, tuple[str, ...]]:
    """(the text without captions and source lines, the captions that were taken out of it).

    `known` are the captions that the markup names. A text that would vanish stays as it is, and
    a caption that says more than a paragraph of the text is not looked for in it.
    """
    wanted = {key(caption) for caption in known} - {key(title)}
    kept: list[str] = []
    taken: list[str] = []
    for line in text.split("\n"):
        if key(line) in wanted or _is_caption(line):
            wanted.discard(key(line))  # a paragraph may say again what a caption said
            taken.append(line)
        elif not (len(line) <= _LINE and _WHOLE.match(line)):
            kept.append(line)
    if kept:
        kept[-1] = _BRACKET.sub("", kept[-1]) or kept[-1]
    return ("\n".join(kept), tuple(taken)) if kept else (text, ())


def _is_caption(line: str) -> bool:
    """By its words: a photographer's credit, or what a picture shows."""
    if len(line) <= _CREDIT and _CREDIT_LINE.search(line):
        return True
    return len(line) <= _MAX_CAPTION and _PICTURED.match(line) is not None


def _named(line: str) -> str:
    match = _NAMED.search(line)
    return _name(match["name"]) if match and ":" in line.replace("：", ":") else ""


def _name(text: str) -> str:
    name = _AFTER.sub("", _LEADING.sub("", tidy(text)))
    if _HAN.match(name):  # what follows a blank is the next field of the byline
        name = name.split()[0]
    name = name.strip(' 　:：,，.。;；|"“”<>《》()（）')
    return name if 1 < len(name) <= _NAME_LENGTH and not _NO_NAME.search(name) else ""

"""Who wrote it: names from metadata and bylines, in Chinese and English.

An editor, a photographer and a publisher's address are not authors. A name that is not surely
one is left out: no author is the better answer.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archive.pinyin import glosses
from crawler.evidence.titles import below
from crawler.markup import key, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.markup import Markup

_META = (
    "author", "article:author", "byl", "parsely-author", "sailthru.author", "dc.creator",
    "dcterms.creator", "citation_author", "article.author", "og:article:author",
)  # fmt: skip
_SITE = ("og:site_name", "application-name")  # an outlet is an author only where no person is named
_MOST = 12  # names; more is a list of staff
_LONGEST = 60  # characters of one name
_BYLINE = 120  # characters of a line that can be one

_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢"
    "姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤裴宪"
    "張劉陳楊黃趙吳孫馬鄭許馮鄧蕭葉蘇呂盧鐘鍾譚陸賈韋鄒龍陶賀顧龔萬錢嚴湯"
    "安常樊康施牛洪文庞倪申关焦霍齐柳左岳章梅游俞单包华古洛喻翟温季翁鲁柯祝欧祁巩娄殷管冷裘祖竺苗耿"
)
_HAN = r"[\u4e00-\u9fff]"
_PERSON = rf"(?:{_HAN}{{1,6}}(?:·{_HAN}{{1,6}}){{1,3}}|{_HAN}{{2,4}})"
_PEOPLE = rf"(?P<names>{_PERSON}(?:[\s、，,/&]+(?:和\s*)?{_PERSON}){{0,5}})"
_REPORTER = r"(?:见习|实习|特约|驻\S{1,6})?(?:记者|記者|通讯员|通訊員|特派员|撰稿人?)"
_END = r"(?=$|[\s，,。;；|/)）\]】:：])"
_CHINESE = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:作者\s?[:：丨|/]?|(?:撰文|撰稿|文字)\s?[:：丨|/])\s*{_PEOPLE}{_END}",
        rf"(?:^|[\s（(【\[|。！？”])文\s?[/／|｜丨:：]\s*(?:\S{{0,10}}(?:作者|记者|記者)\s+)?{_PEOPLE}{_END}",
        rf"{_REPORTER}\s?[:：/丨|]\s*{_PEOPLE}{_END}",
        rf"{_REPORTER}\s*{_PEOPLE}{_END}",
        rf"^{_PEOPLE}\s?[/／|｜]\s?(?:\S{{1,8}}[报報社网網台刊]|文)$",
    )
)
_BRACKETED = re.compile(
    rf"[（(]\s*(?:\S{{0,8}}{_REPORTER}\s*|作者\s?[:：]?\s*|文\s?[/:：]\s*)?{_PEOPLE}\s*[)）]\s*$"
)
_OTHER_CREDIT = re.compile(r"\s*[\u4e00-\u9fff\s]{0,8}(?:摄|攝|供图|供圖|制图|製圖|插画|剪辑)")
_NOT_A_NAME = re.compile(
    r"https?:|www\.|\.(?:com|net|org|cn)\b|@|\d{2}|[<>{}=$]|photo|picture|image|getty|copyright|sponsor"
    r"|taboola|outbrain|来源|编辑|編輯|图片|摄影|责编|记者|記者|报道|報導|本报|本報|讯$"
    r"|^(?:unknown|admin|administrator|editor|name|null|none|author|guest|staff|reporter|by"
    r"|匿名|佚名|网络|互联网|本网|本站|原创|转载|综合)$",
    re.IGNORECASE,
)
#: Two characters of a family name; all others have one, and with it two or three in all.
_DOUBLE_SURNAMES = frozenset((
    "欧阳", "歐陽", "司马", "司馬", "上官", "诸葛", "諸葛", "皇甫", "尉迟", "尉遲", "慕容",
    "令狐", "端木", "东方", "東方", "东郭", "東郭", "南宫", "南宮", "司徒", "夏侯", "公孙",
    "公孫", "闻人", "聞人", "轩辕", "軒轅", "长孙", "長孫", "宇文", "独孤", "獨孤",
))  # fmt: skip
_VERBS = re.compile(r"[某说說称稱了的是悉]")
_BY = re.compile(r"^(?:(?:written|words|story|reported|analysis)\s+)?by[:\s]+", re.IGNORECASE)
_WORD = r"(?:[A-Z][\w'’.-]+|de|van|von|der|den|and|&|bin|al)"
_ENGLISH = re.compile(
    rf"^(?i:(?:written|words|story|reported)\s+by|by)[:\s]+(?P<names>{_WORD}(?:[\s,]+{_WORD}){{0,14}})"
)
#: Agency, Place, July 10 (Shi Jing and Wei Jian) The forum …: those in brackets wrote it.
_FULL_NAME = r"[A-Z][\w'’-]+(?:\s[A-Z][\w'’-]+){1,2}"
_DATELINE = re.compile(
    rf"^[A-Z][^()\n]{{2,80}}\d\s?\((?P<names>{_FULL_NAME}(?:(?:\s?,\s|\sand\s|\s?,\sand\s){_FULL_NAME}){{0,5}})\)"
    r"(?!\s*[-–—:])(?<!Daily\))(?<!News\))(?<!Times\))(?<!Agency\))(?<!Post\))"
)
_SLUG = re.compile(r"[a-z]{2,}(?:[-_.][a-z]{2,}){1,2}")
_SPLIT = re.compile(r"\s*(?:[,;；、|，]|\band\b|&|\n|\bwith\b)\s*", re.IGNORECASE)
_AFTER_NAME = re.compile(r"\s*[(/].*$|\s+[-–—].*$|\s+(?:for|in|at)\s.*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Named:
    """Names, and where they stood."""

    names: tuple[str, ...]
    where: str

    @property
    def value(self) -> str:
        return ", ".join(self.names)


def candidates(markup: Markup, title: str, text: str, listed: str = "") -> list[Named]:
    """Every naming of authors that the page has, the most trusted first."""
    found = [
        *_json_ld(markup),
        *_bylines(markup, title, text),
        *_metadata(markup),
        *_marked_up(markup),
    ]
    if names := people(listed):
        found.append(Named(names, "listing"))
    site = {key(name) for place in _SITE for name in markup.meta.get(place, ())}
    return sorted(found, key=lambda one: all(key(name) in site for name in one.names))


def people(text: str) -> tuple[str, ...]:
    """The names of a byline: "By Ann Lee and Bo Chen", "张三 李四", "作者：张三"."""
    text = tidy(html.unescape(text))
    for pattern in _CHINESE:
        match = pattern.search(text)
        if match and not _OTHER_CREDIT.match(text, match.end()):
            return _chinese(match["names"])
    if re.fullmatch(_PEOPLE, text):
        return _chinese(text)
    parts = (_AFTER_NAME.sub("", part).strip(" .·•") for part in _SPLIT.split(_BY.sub("", text)))
    return _distinct(_spelled(part) for part in parts if _is_name(part))


def _spelled(name: str) -> str:
    """chuck-ross, as some pages have it of their own URLs, is Chuck Ross."""
    return re.sub(r"[-_.]", " ", name).title() if _SLUG.fullmatch(name) else name


def _chinese(names: str) -> tuple[str, ...]:
    parts = re.split(r"[\s、，,/&]+(?:和(?=\S))?", names)
    return _distinct(part for part in parts if _is_chinese_name(part))


def _is_chinese_name(text: str) -> bool:
    if _NOT_A_NAME.search(text) or _VERBS.search(text):
        return False
    if "·" in text:
        return True
    if text[:2] in _DOUBLE_SURNAMES:
        return 3 <= len(text) <= 4
    return 2 <= len(text) <= 3 and text[0] in _SURNAMES


def _distinct(names: Iterator[str]) -> tuple[str, ...]:
    by_key = {key(name): name for name in reversed(list(names))}
    found = tuple(reversed(by_key.values()))
    return found if len(found) <= _MOST else ()


def _is_name(text: str) -> bool:
    return 1 < len(text) <= _LONGEST and text.count(" ") < 6 and not _NOT_A_NAME.search(text)


def _json_ld(markup: Markup) -> Iterator[Named]:
    for thing in markup.articles:
        if names := _distinct(iter(_of_value(thing.get("author") or thing.get("creator")))):
            yield Named(names, "json-ld author")
            return


def _of_value(value: Any) -> list[str]:
    if isinstance(value, list):
        return [name for one in value[:_MOST] for name in _of_value(one)]
    if isinstance(value, dict):
        return _of_value(value.get("name"))
    return list(people(value)) if isinstance(value, str) else []


def _metadata(markup: Markup) -> Iterator[Named]:
    for name in _META:
        contents = markup.meta.get(name, ())
        if names := _distinct(iter([one for content in contents for one in people(content)])):
            yield Named(names, f"meta {name}")


def _marked_up(markup: Markup) -> Iterator[Named]:
    """rel=author, itemprop=author, class=byline: of the first that holds names."""
    places = markup.tree.xpath(
        "//*[@rel='author' or @itemprop='author' or contains(@class,'byline') or"
        " contains(@class,'author-name') or contains(@class,'article-author')]"
        "[not(ancestor-or-self::*[self::form or contains(@class,'comment')"
        " or contains(@id,'comment')])]"
    )
    for element in places[:20]:
        text = tidy(element.text_content())
        if 1 < len(text) <= _BYLINE and (names := people(text)):
            yield Named(names, "byline")
            return


def _bylines(markup: Markup, title: str, text: str) -> Iterator[Named]:
    """Above the text by its label, and in brackets where the text ends."""
    for line in _around(markup, title, text):
        english = _ENGLISH.match(line)
        if not english and not any(pattern.search(line) for pattern in _CHINESE):
            continue
        if names := people(english["names"] if english else line):
            yield Named(names, "text")
            return
    paragraphs = text.split("\n")
    if match := _DATELINE.match(paragraphs[0]):
        yield Named(people(match["names"]), "text")
        return
    for paragraph in paragraphs[-4:]:
        match = _BRACKETED.search(_without_readings(paragraph))
        if match and (names := _chinese(match["names"])):
            yield Named(names, "text")
            return


def _without_readings(paragraph: str) -> str:
    """馬計(jì) 楊柳崗 as 馬計 楊柳崗; only the end of a paragraph, where names are."""
    text = unicodedata.normalize("NFKC", paragraph[-_BYLINE:])
    found = glosses(text.casefold()) if len(text) == len(text.casefold()) else []
    for gloss in reversed(found):
        text = text[: gloss.start] + text[gloss.end :]
    return text


def _around(markup: Markup, title: str, text: str) -> Iterator[str]:
    """The short lines below the title, the opening of the text, and its last lines."""
    yield from below(markup, title)
    paragraphs = text.split("\n")
    yield from (paragraph[:_BYLINE] for paragraph in paragraphs[:2])
    yield from (paragraph for paragraph in paragraphs[-4:] if len(paragraph) <= _BYLINE)

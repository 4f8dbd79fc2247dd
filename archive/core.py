"""Where the body of an article begins and ends: without what a reprint adds, drops or renames.

At the head bylines, source lines, dates and a dateline; at the tail credits, editors, captions,
copyright, links to other articles. A pure function on `archive.fold.simple` forms: lower case,
Simplified characters, half-width punctuation, a line feed where a line or a Chinese sentence ends.
Only short lines in the first and last few are looked at, and where little would remain, nothing
is taken away: half a body is worse than a byline in it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

_HEAD_LINES: Final = 6
_TAIL_LINES: Final = 20
_LONGEST: Final = 160  # characters of a line that can be furniture
_LEAST: Final = 0.5  # of the characters remain, else all do

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.?"
_LABEL = (
    r"(?:来源|稿源|信息来源|文章来源|稿件来源|消息来源|原标题|标题|发布时间|发布日期|更新时间|日期|时间|作者|"
    r"文|记者|通讯员|撰稿|编辑|责任编辑|责编|编审|审核|校对|监制|摄影|图片|图源|供图|字号|字体|浏览次数|"
    r"浏览量|阅读|阅读量|点击数|关键词|标签|source|sources|original title|author|authors|by|writer|"
    r"editor|editors|editing|reporter|reporting|published|updated|posted|date|tags|keywords|"
    r"photo|photos|image|picture|caption|credit)"
)
_DATE = (
    rf"(?:\d{{4}}\s*[-/.年]\s*\d{{1,2}}\s*[-/.月]\s*\d{{1,2}}日?|{_MONTH} \d{{1,2}},? \d{{4}}|"
    rf"\d{{1,2}} {_MONTH} \d{{4}})"
)
_FURNITURE = (
    rf"{_LABEL}\s*[::|].*|"
    r"by [a-z][\w .,'&-]{2,80}|"
    r"(?:本报|本台|本网|本刊|新华社|中新社)?(?:记者|通讯员)\s*"
    r"[^\s,:]{2,4}(?:\s[^\s,:]{2,4}){0,4}(?: 报道| 摄)?|"
    rf"{_DATE}[\s\d:]*(?:{_LABEL}\s*[::|].*)?"
)
_HEAD: Final = rf"[\s(\[【]*(?:{_FURNITURE})[\s)\]】]*"
_DATELINE: Final = (
    r"\s*(?:[^,:\n(]{0,24}\d{1,2}日(?:电|讯|消息)|本[报台网刊]讯|[^,:\n( ]{1,8}[网社]讯|"
    rf"[a-z][a-z .,'/]{{1,40}}?,? {_MONTH} \d{{1,2}}(?=\s*(?:\([^()\n]{{2,40}}\))?\s*[-–—]))?"
    r"(?:\s*(?<=[电讯息\d])\s*\([^()\n]{1,40}\)|\s*\((?:记者|通讯员)[^()\n]{1,40}\)|"
    r"[a-z][a-z .,'/]{1,40}\((?:reuters|xinhua|ap|afp|upi|dpa|kyodo|tass|ani|bloomberg|pti)\))?"
    r"[\s:,–—-]*"
)
_TAIL: Final = (
    rf"[\s(\[【]*(?:{_FURNITURE}|完|完毕|end|ends|finish|finished|#+|-+\s*(?:end|ends)?\s*-*|"
    r"https?://\S+|(?:图为|资料图).*|(?:photo|image|picture) (?:by|courtesy).*|"
    r"(?:版权所有|转载请|未经授权|免责声明|特别声明|声明:|扫一扫|扫码|分享到|上一篇|下一篇|上一条|下一条|"
    r"打印|关闭|返回|点击|原文链接|阅读原文|责任编辑|更多精彩|欢迎关注|关注我们|举报).*|"
    r"(?:©|\(c\)|copyright|all rights reserved|read more|read the original|share this|share on|"
    r"follow us|subscribe|sign up|originally published|"
    r"this article (?:was|is) (?:first|originally)|print|click here|disclaimer).*|"
    r"front page|home|homepage|products?|news|contact|contact us|connect|about us|top|back|next|"
    r"previous|首页|新闻|产品|联系我们|关于我们)[\s)\]】.!]*"
)
_CREDIT: Final = (
    rf"\s*[(\[【](?:{_LABEL}\s*[::]?[^()\[\]【】\n]{{1,60}}|完|end|ends|finish|"
    r"[\u4e00-\u9fff]{2,4}(?:\s+[\u4e00-\u9fff]{2,4}){1,4})[)\]】][\s.]*$"
)
#: From where the blank lines before it begin: tried from each of them, a text of nothing but stops
#: would hold up all of the process for as many lines as they are, times themselves.
_ELSEWHERE: Final = (
    r"(?<!\s)[^\S\n]*(\n)\s*[【\[]?(?:相关阅读|相关新闻|相关文章|相关链接|延伸阅读|推荐阅读|热门推荐|猜你喜欢|"
    r"related(?: (?:articles|stories|news|links|reading))?|more from [^\n]{1,40}|"
    r"you may also like|recommended(?: for you)?|most read|see also)[】\]]?(?=[\s:]*(\n))"
)


#: Compiled when a text is first looked at, and not for commands that look at none.
_compiled = cache(re.compile)


def bounds(form: str) -> tuple[int, int]:
    """The range of a simple form that is its body; all of it where too little would remain."""
    end = _end(form)
    start = _start(form, end)
    return (start, end) if end - start > _LEAST * len(form) else (0, len(form))


def _start(form: str, end: int) -> int:
    start = 0
    for _ in range(_HEAD_LINES):
        stop = form.find("\n", start, end)
        if stop < 0:
            break
        line = form[start:stop]
        if line.strip() and (len(line) > _LONGEST or not _compiled(_HEAD).fullmatch(line)):
            break
        start = stop + 1
    dateline = _compiled(_DATELINE).match(form, start, end)
    return dateline.end() if dateline else start


def _end(form: str) -> int:
    end = len(form)
    least = int(len(form) * _LEAST)
    for elsewhere in _compiled(_ELSEWHERE).finditer(form[least:]):
        if form.count("\n", least + elsewhere.start(2)) <= _TAIL_LINES:
            end = least + elsewhere.start(1)
            break
    for _ in range(_TAIL_LINES):
        start = form.rfind("\n", 0, end) + 1
        line = form[start:end]
        if line.strip() and (len(line) > _LONGEST or not _compiled(_TAIL).fullmatch(line)):
            break
        if not start:
            break
        end = start - 1
    last = form.rfind("\n", 0, end) + 1
    credit = _compiled(_CREDIT).search(form, max(last, end - _LONGEST), end)
    return credit.start() if credit else end

"""What stands above and below an article's text and passes for a part of it.

Paragraphs in, paragraphs out. Every rule names words that the press uses everywhere for the same
thing, asks for a line of its own, and takes nothing from the middle of the text but such a line.
"""

from __future__ import annotations

import re
from itertools import accumulate

from crawler.markup import key

_LINE = 90  # characters; a marker is a line of its own, not the opening of a paragraph
_PROMPTED = 300  # characters; longer is a story that begins like a prompt
_ENOUGH = 120  # letters of text that must stand before other matter may be cut
_SOME = 40  # letters before an editor's line; notices are short
_PROSE = 70  # letters from which a line with a full stop is a paragraph
_REPEATED = 25  # letters from which a paragraph that stands twice is a copy
_IDEOGRAPH = re.compile(r"[\u3400-\u9fff]")
_STOP = re.compile(r"[。！？!?；;”」]|[.]\s|[.]$")

#: The article is over, whatever follows.
_END = re.compile(
    r"""^[\s【\[（(《■◆●▶>*＊-]*(?:
      (?:责任?编辑|責任?編輯|本文编辑|编辑|編輯|值班编辑|网站编辑|责编|責編|编审|监制|校对)\s*[:：丨|/]
    | 责任编辑
    | (?:-\s*){1,4}(?:the\s)?end(?:\s*-)+
    | [(（](?:完|finish|end)[)）]$
    )""",
    re.IGNORECASE | re.VERBOSE,
)
#: What follows is probably something else; it goes unless it reads like an article.
_ELSEWHERE = re.compile(
    r"""^[\s【\[（(《■◆●▶>*＊—–-]*(?:
      (?:相关|相關|更多|推荐|推薦|热门|熱門|热点|熱點|延伸|最新|精彩|近期|作者最近|小编最近|往期)
      (?:推荐|推薦|阅读|閱讀|新闻|新聞|文章|报道|報導|資訊|资讯|链接|連結|内容|專題|专题|点击|點閱|搜索|排行)+
    | 猜你喜欢 | 为[您你]推荐 | 為您推薦 | 大家都在看 | 点击排行
    | (?:网友|網友|新闻|新聞|用户|最新|全部|发表|發表|我要)?(?:评论|評論|跟贴|留言)[\s\d(（)）]*$
    | 网友评论 | 上一[篇条則] | 下一[篇条則]
    | 分享[到至給] | 扫描?(?:上方|左方|下方)?二维码 | 微信扫 | 扫一扫 | 打开微信
    | 关注我们 | 关注公众号 | 返回(?:列表|首页|顶部) | 加载更多 | 阅读原文 | 閱讀原文 | 查看更多
    | 版权所有 | 版權所有 | .{0,3}ICP[备備] | .{0,4}公网安备 | 免注册 | 快速登录 | 登录超时
    | copyright\s*(?:©|\(c\)|\d{4}) | all\srights\sreserved | ©
    | related(?:\s(?:stories|articles|news|content|topics|links|posts))?\s*:?\s*$
    | (?:read|see)\s(?:more|next|also)\b | more\s(?:from|stories)\b | more\s*:
    | (?:most|also)\s(?:popular|read|viewed)\b
    | (?:popular|trending|recommended)(?:\s(?:now|stories|reading|for\syou))?\s*:?\s*$
    | you\s(?:may|might)\s(?:also\s)?(?:like|be\sinterested) | editors?['’]?s?\spicks\b
    | comments?(?:\s\(?\d+\)?)?\s*$ | leave\sa\s(?:comment|reply)
    | join\s(?:our|the)\s(?:conversation|comment) | you\smust\s(?:be\slogged|log)\sin
    | about\sthe\sauthors?\b | sign\sup\s(?:for|to)\b | subscribe\sto\b | got\sa\s(?:story|tip)\b
    | follow\s(?:us|me)\s(?:on|at)\b | share\sthis\b | for\smore\s(?:stories|news|updates)\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)
#: As that, but a whole paragraph.
_DISCLAIMER = re.compile(
    r"^[\s【\[（(*＊—–-]*(?:免责|免責|版权|版權|特别|法律|郑重)?(?:声明|聲明)\s*[:：】]"
)
#: Stands between two paragraphs as often as below the last.
_WITHIN = re.compile(r"(?:read|see)\s(?:more|also|next)|related\b|more\s*:", re.IGNORECASE)
#: A line that is not part of the text wherever it stands.
_ASIDE = re.compile(
    r"""^[\s【\[（(《■◆●▶>*＊—–-]*(?:
      (?:read|see)\s(?:more|next|also)\s*(?:[:：]|$) | more\s*: | related\s*: | watch\s*:
    | (?:photo|image|picture|video|credit|source)s?\s*(?:by|credit|courtesy)?\s*[:：]
    | this\sis\sa\s(?:breaking|developing)\s(?:news?\s)?story\b
    | follow\s.{2,30}\son\s(?:google|twitter|facebook|instagram|tiktok|whatsapp)\b
    | advertisement\s*$ | story\scontinues\sbelow | click\shere\sto\b | sign\sup\s(?:for|to)\b
    | (?:图片|圖片|图|圖|视频|資料圖|资料图)?(?:来源|來源)\s*[:：] | (?:本文)?原[标標][题題]\s*[:：]
    | 最后更新\s*[:：] | 转载请 | 请支持 | 請支持 | 本文(?:来自|来源|转自|系|仅代表)
    | 字号\s*[:：]?\s*$
    | 更多(?:猛料|精彩) | 欢迎(?:扫描|关注)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
#: A paragraph that asks the reader for something, wherever it stands.
_PROMPT = re.compile(
    r"""^[\s◆●▶>*—–-]*(?:
      (?:read|see)\s(?:more|next|also)\s*[:：]
    | by\s(?:providing|entering|submitting)\syour\s(?:e-?mail|details|information)\b
    | by\s(?:signing\sup|subscribing|clicking)\b.{0,80}\byou\s(?:agree|accept|consent|confirm)\b
    | (?:get|receive|sign\sup)\b.{0,120}\bto\syour\sinbox\b
    | got\sa\s(?:story|tip)\s?\? | do\syou\shave\sa\s(?:story|tip)\b.{0,20}\?
    | follow\s.{2,40}\son\sgoogle\snews\b
    | (?:you\smust|please)\s(?:be\slogged\sin|log\s?(?:in|out)|sign\sin|confirm\syour)\b.{0,60}
      \b(?:comment|commenting|display\sname)\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)
#: Above the text: path, date, source and counters.
_BYLINE = re.compile(
    r"""(?:19|20)\d\d\s?[年./-]\s?\d{1,2}\s?[月./-]\s?\d{1,2}
    | (?:来源|來源|作者|編輯|编辑|责编)\s*[:：] | 浏览次数 | 阅读次数 | 点击数 | 发布时间
    | ^位置\s?[:：]
    | ^(?:首页|首頁|主页|当前位置|您?所在的?位置|您的位置|字号|字體|大\s*中\s*小|分享|评论)
    | ^(?:浏览|阅读|标签)
    | ^(?:by|published|updated|last\supdated)\b[\s:] | ^[>»/|]+$ | [>»]\s*$
    """,
    re.IGNORECASE | re.VERBOSE,
)
#: Labels of a site's own menu, below the text of pages that mark up nothing.
_MENU = re.compile(
    r"(?:front page|home(?:page)?|products?|services?|news|connect|contact(?: us)?|about(?: us)?"
    r"|login|sign in|search|sitemap|privacy(?: policy)?|terms|top|首页|首頁|产品|產品|新闻|新聞"
    r"|服务|服務|联系我们|聯繫我們|关于我们|關於我們|网站地图|隐私政策|登录|注册|返回顶部)",
    re.IGNORECASE,
)
_SENTENCE_END = tuple("。！？；.!?;”」")


def trimmed(lines: list[str], title: str) -> list[str]:
    """The paragraphs of the article among the lines of an extraction; never all of them gone."""
    below = _below_title(lines, title)
    kept = _once(_without_menu(_without_tail(_without_byline(below))))
    return [line for line in kept if not _is_aside(line)] or lines


def _is_aside(line: str) -> bool:
    if len(line) <= _LINE and _ASIDE.match(line):
        return True
    return len(line) <= _PROMPTED and _PROMPT.match(line) is not None


def _below_title(lines: list[str], title: str) -> list[str]:
    """What follows the title, unless a paragraph stands before it."""
    wanted = key(title)
    at = next((number for number, line in enumerate(lines) if wanted and key(line) == wanted), None)
    if at is None or any(_is_prose(line) for line in lines[:at]):
        return [line for line in lines if key(line) != wanted]
    return [line for line in lines[at + 1 :] if key(line) != wanted]


def _without_byline(lines: list[str]) -> list[str]:
    first = next((at for at, line in enumerate(lines) if not _is_byline(line)), 0)
    return lines[first:]


def _is_byline(line: str) -> bool:
    """A notice may well begin with a date, but then its first line is a sentence."""
    short = len(line) <= _LINE and not line.endswith(_SENTENCE_END)
    return short and _BYLINE.search(line) is not None


def _without_menu(lines: list[str]) -> list[str]:
    """Two or more labels of a menu at the very end; one alone may be a word of the text."""
    end = len(lines)
    while end and _MENU.fullmatch(lines[end - 1].strip(" |·>")):
        end -= 1
    return lines[:end] if len(lines) - end > 1 else lines


def _without_tail(lines: list[str]) -> list[str]:
    before = list(accumulate(map(_letters, lines), initial=0))
    for at, line in enumerate(lines):
        if before[at] >= _SOME and len(line) <= _LINE and _END.match(line):
            return lines[:at]
        if before[at] < _ENOUGH or not _leads_away(line):
            continue
        if not _reads_on(line, lines[at + 1 :], before[at]):
            return lines[:at]
    return lines


def _leads_away(line: str) -> bool:
    if len(line) <= _LINE and _ELSEWHERE.match(line):
        return True
    return _DISCLAIMER.match(line) is not None


def _reads_on(marker: str, rest: list[str], before: int) -> bool:
    """Whether the article seems to go on: paragraphs make up most of what follows, and much."""
    prose = sum(_letters(line) for line in rest if _is_prose(line))
    enough = prose * 4 > before or _WITHIN.match(marker) is not None
    return enough and prose * 2 > sum(map(_letters, rest))


def _once(lines: list[str]) -> list[str]:
    """Some pages hold their whole text twice, for two widths of screen; one paragraph may be."""
    seen: set[str] = set()
    kept = []
    for line in lines:
        own = key(line)
        if len(own) >= _REPEATED and own in seen:
            continue
        seen.add(own)
        kept.append(line)
    return kept if sum(map(len, kept)) < 0.7 * sum(map(len, lines)) else lines


def _is_prose(line: str) -> bool:
    return _letters(line) >= _PROSE and _STOP.search(line) is not None


def _letters(line: str) -> int:
    """The length of a line; an ideograph says as much as two letters."""
    return len(line) + len(_IDEOGRAPH.findall(line))

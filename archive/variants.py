"""Which characters are one and the same to presswatch: the lower half of the fold.

`plain` reduces a text to one form, character by character and without looking at words:

    NFC → ignorables out, NFKC, case, Traditional → Simplified, one blank, one line break → NFKC

Per character on purpose. A converter that knows phrases writes 乾 in 乾隆 as 乾 and alone as 干;
a rule on one of them would then miss the other. The price is a form that nobody should read
(著作权 becomes 着作权); it is compared, never shown.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from itertools import groupby
from typing import Final

from opencc import OpenCC

# Every CJK ideograph: the marks 々〆〇 that stand for one, Suzhou numerals, the unified and the
# compatibility blocks, and planes 2 and 3 whole, so that an extension newer than this Python's
# Unicode data is cut like the others. For use inside a regular expression's brackets.
IDEOGRAPHS: Final = "々-〇〡-〩〻㐀-䶿一-鿿\uf900-\ufaff\U00020000-\U0003fffd"

_UNIFIED = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0x20000, 0x323B0))
_SIZE = 0x323B0  # the table covers planes 0 to 3; above lie only tags, selectors and private use

# Traditional and older forms that OpenCC leaves alone because only the phrase could tell
# (著名 or 走著), or because it deals in standards and the press does not.
_PATCHES = {
    "著": "着",
    "馀": "余",
    "锺": "钟",
    "瞭": "了",
    "藉": "借",
    "覆": "复",
    "彷": "仿",
    "倣": "仿",
    "甯": "宁",
    "甦": "苏",
    "効": "效",
    "砲": "炮",
    "囘": "回",
    "簷": "檐",
    "戸": "户",
    "値": "值",
    "毎": "每",
    "靑": "青",
    "尙": "尚",
    "緖": "绪",
    "寃": "冤",
    "韮": "韭",
    "艶": "艳",
    "黒": "黑",
    "歩": "步",
    "縁": "缘",
}

# Text copied out of a PDF often holds radicals for characters (⻓ for 长); NFKC knows only some.
_RADICALS = dict(
    zip(
        "⺠⻁⻄⻅⻆⻉⻋⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻬⻮⻰",
        "民虎西见角贝车长门青韦页风飞食马骨鬼鱼鸟卤麦黄齐齿龙",
        strict=True,
    )
)

# Unicode's Default_Ignorable_Code_Point: not seen by a reader, so not seen by a rule.
_IGNORABLES = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a"
)
_TAGS = re.compile("[\U000e0000-\U000e0fff]+")

# A sentence or paragraph ends here, whatever stands around: all become one line break.
_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029¶。!?…"

# NFKC glues these to the word before (Huawei™ → huaweitm, 中兴² → 中兴 2), and the name is lost.
_APART = "™℠²³¹⁰⁴-⁹₀-₉①-⓿❶-➓¼-¾⅐-⅞↉"


def _members(ranges: str) -> list[str]:
    """The characters of a regular expression's bracket content."""
    matcher = re.compile(f"[{ranges}]")
    low, high = ord(min(ranges.replace("-", "") or "-")), ord(max(ranges))
    return [c for c in map(chr, range(low, high + 1)) if matcher.match(c)]


def _variants() -> dict[str, str]:
    """Each ideograph that is written otherwise in Simplified → that character, one to one."""
    ideographs = [chr(c) for low, high in _UNIFIED for c in range(low, high)]
    found: dict[str, str] = {}
    for config in ("hk2s", "t2s"):  # the later one wins; hk2s adds forms such as 衞 and 粧
        # A line a character: the converter sees no phrase.
        converted = OpenCC(config).convert("\n".join(ideographs)).split("\n")
        pairs = zip(ideographs, converted, strict=True)
        found |= {a: b for a, b in pairs if a != b and len(b) == 1}
    found |= _PATCHES
    found |= _RADICALS
    return {a: _follow(found, a) for a in found}


def _follow(table: dict[str, str], character: str) -> str:
    """The end of the chain; a circle ends at its smallest member, from wherever it is entered."""
    seen = [character]
    while (character := table.get(character, character)) not in seen:
        seen.append(character)
    return min(seen[seen.index(character) :])


VARIANTS: Final = _variants()


def digest(variants: dict[str, str]) -> str:
    """A short name for the variants and this Python's Unicode data, for `FOLD_VERSION`."""
    rows = "".join(a + b for a, b in sorted(variants.items()))
    return hashlib.sha256(f"{unicodedata.unidata_version}{rows}".encode()).hexdigest()[:8]


def _compatible(characters: list[str]) -> list[str]:
    """NFKC and casefold of each character alone, to a fixed point, all in one pass of C."""
    lines = "\n".join(characters)
    while (folded := unicodedata.normalize("NFKC", lines.casefold())) != lines:
        lines = folded
    return lines.split("\n")


def _special() -> dict[str, str]:
    """Characters with a meaning of their own to the fold."""
    controls = [chr(c) for c in (*range(0x20), *range(0x7F, 0xA0))]
    table = dict.fromkeys([*controls, "\u1680"], " ")
    table |= dict.fromkeys(map(chr, range(0xD800, 0xE000)), "\ufffd")  # no UTF-8 for these
    table |= dict.fromkeys(_ENDS, "\n")
    table |= dict.fromkeys(_members(_IGNORABLES), "")
    table["_"] = "-"  # punctuation, but a word character to regular expressions
    return table


def _table() -> list[str | int]:
    """The fold of every character in planes 0 to 3, for `str.translate` (a list is fastest)."""
    table: list[str | int] = list(range(_SIZE))
    special = _special()
    each = {**VARIANTS, **special}
    candidates = [chr(c) for c in (*range(0x80, 0x20000), *range(0x2F800, 0x2FA20))]
    candidates = [c for c in candidates if c not in each]
    apart = set(_members(_APART))
    upper = {chr(c): chr(c + 32) for c in range(ord("A"), ord("Z") + 1)}
    pairs = zip(candidates, _compatible(candidates), strict=True)
    for a, b in [*each.items(), *upper.items(), *((a, b) for a, b in pairs if a != b)]:
        folded = "".join(each.get(c, c) for c in b)
        table[ord(a)] = f" {folded} " if a in apart else folded
    return table


_TABLE = _table()


def plain(text: str) -> str:
    """The text in the one character form; blanks are " ", line and sentence ends are line feeds.

    Idempotent, and the same for canonically equivalent texts.
    """
    text = _TAGS.sub("", unicodedata.normalize("NFC", text)).translate(_TABLE)
    while not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text).translate(_TABLE)
    return text


def bracketed(characters: list[str]) -> str:
    """Characters in ascending order as ranges, for use inside a regular expression's brackets."""
    keyed = groupby(enumerate(map(ord, characters)), key=lambda pair: pair[1] - pair[0])
    runs = [[code for _, code in group] for _, group in keyed]
    return "".join(f"\\U{run[0]:08x}-\\U{run[-1]:08x}" for run in runs)


_ASTRAL_TABLE_END = 0x20000
_EVERY = [chr(c) for c in range(_ASTRAL_TABLE_END)]
_MARKS = [c for c in _EVERY if unicodedata.category(c)[0] == "M"]
_JOINING_JAMO = set(map(chr, range(0x1161, 0x1200)))  # vowels and finals: join what stands before

# Combining marks, for use inside a regular expression's brackets.
MARKS: Final = bracketed(_MARKS)


def _followers() -> str:
    """Characters whose fold may depend on the one before, and those that vanish."""
    joining = {*_MARKS, *_JOINING_JAMO}
    found = []
    for character in _EVERY:
        folded = _TABLE[ord(character)]
        first = folded[:1] if isinstance(folded, str) else character
        if not first or first in joining or character in joining:
            found.append(character)
    return bracketed(found) + "\U000e0000-\U000e0fff"


_PIECE = re.compile(f".[{_followers()}]*", re.DOTALL)


def plain_pieces(text: str) -> list[tuple[str, int, int]]:
    """`plain(text)` in pieces that fold alone: their plain form, and where they stood in `text`."""
    known: dict[str, str] = {}
    pieces = []
    for match in _PIECE.finditer(text):
        piece = match[0]
        if piece not in known:
            known[piece] = plain(piece)
        pieces.append((known[piece], match.start(), match.end()))
    return pieces

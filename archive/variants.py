"""Which characters are one and the same to presswatch: the lower half of the fold.

`plain` reduces a text to one form, character by character and without looking at words:

    NFC → ignorables out, NFKC, case, Traditional → Simplified, one blank, one line break → NFKC

Per character on purpose. A converter that knows phrases writes 乾 in 乾隆 as 乾 and alone as 干;
a rule on one of them would then miss the other. The price is a form that nobody should read
(著作权 becomes 着作权); it is compared, never shown.

The tables are made when a text is first folded (`make_tables`), not when this is imported: most
commands fold nothing, and making them takes longer than all that those do.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import cache
from itertools import chain, groupby
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

# Every CJK ideograph: the signs 々〆〇 that stand for one, Suzhou numerals, the unified and the
# compatibility blocks, and planes 2 and 3 whole, so that an extension newer than this Python's
# Unicode data is cut like the others. For use inside a regular expression's brackets.
IDEOGRAPHS: Final = "々-〇〡-〩〻㐀-䶿一-鿿\uf900-\ufaff\U00020000-\U0003fffd"

_UNIFIED = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0x20000, 0x323B0))
_IDEOGRAPH = re.compile(f"[{IDEOGRAPHS}]")

_BLOCK = 128  # characters
_PLANE_1 = 0x10000
_PLANE_2 = 0x20000  # from here on characters are rare enough for a dictionary of their own
_RARE_FROM = chr(_PLANE_2)
_RARE = re.compile("[\U00020000-\U0010ffff]")
# Where other letters, symbols and marks are; not ideographs, Hangul, surrogates, private use.
_OTHERS = (
    *((0x80, 0x3400), (0x4DC0, 0x4E00), (0xA000, 0xAC00), (0xD7A4, 0xD800)),
    *((0xF900, 0x17000), (0x1B000, _PLANE_2)),
)

# Pairs, older or Traditional form first. OpenCC leaves these alone: because only the phrase could
# tell (名著 or 走著), because it keeps to one standard, or because the press itself wavers
# (想像 and 想象, 座标 and 坐标).
_PATCHES = """
着:著 余:馀 钟:锺 了:瞭 借:藉 复:覆 仿:彷倣 宁:甯 苏:甦 效:効 炮:砲 回:囘 檐:簷 户:戸 值:値 每:毎
青:靑 尚:尙 绪:緖 冤:寃 韭:韮 艳:艶 黑:黒 步:歩 缘:縁 卫:衞 叙:敍敘 只:衹 妆:粧 粽:糭 台:枱
象:像 坐:座 夫:伕 背:揹 熏:薰 痹:痺 睾:睪 昵:暱 浚:濬 鲇:鯰鲶 腭:顎颚 澄:澂 巨:钜 径:迳 托:讬
咨:谘 沈:渖 尽:侭 曲:麹 线:缐 枪:鎗 焰:燄 拿:拏 斫:斲
"""

# Text copied out of a PDF often holds radicals for characters (⻓ for 长); NFKC knows only some.
_RADICALS = dict(
    zip(
        "⺠⻁⻄⻅⻆⻉⻋⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻬⻮⻰",
        "民虎西见角贝车长门青韦页风飞食马骨鬼鱼鸟卤麦黄齐齿龙",
        strict=True,
    )
)

# Unicode's Default_Ignorable_Code_Point below plane 2: not seen by a reader, nor by a rule.
_IGNORABLES = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a"
)
_TAGS = range(0xE0000, 0xE1000)  # the rest of them: language tags, more variation selectors

# A sentence or paragraph ends here, whatever stands around: all become one line break.
_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029¶。!?…"

# NFKC glues these to the word before (Huawei™ → huaweitm), and the name is lost; ❷ it leaves alone.
_APART = "™℠²³¹⁰⁴-⁹₀-₉①-⓿❶-➓¼-¾⅐-⅞↉"


def _characters(ranges: Iterable[tuple[int, int]]) -> Iterator[str]:
    return map(chr, chain.from_iterable(range(low, high) for low, high in ranges))


def _blocks(ranges: Iterable[tuple[int, int]]) -> Iterator[str]:
    """The same characters by the dozen, for what a string tells of all of its characters."""
    for low, high in ranges:
        for start in range(low, high, _BLOCK):
            yield "".join(map(chr, range(start, min(start + _BLOCK, high))))


def _members(brackets: str) -> set[str]:
    """The characters of a regular expression's bracket content."""
    pairs = re.findall("(.)(?:-(.))?", brackets, re.DOTALL)
    return set(_characters((ord(low), ord(high or low) + 1) for low, high in pairs))


@cache
def variants() -> Mapping[str, str]:
    """Each ideograph that is written otherwise in Simplified → that character, one to one."""
    from opencc import OpenCC

    convert = OpenCC("t2s").convert
    found: dict[str, str] = {}
    for block in _blocks(_UNIFIED):
        lines = "\n".join(block)  # a line a character: it sees no phrase
        if (converted := convert(lines)) != lines:
            pairs = zip(block, converted.split("\n"), strict=True)
            found.update((a, b) for a, b in pairs if a != b and len(b) == 1)
    for group in _PATCHES.split():
        found |= dict.fromkeys(group[2:], group[0])
    found |= _RADICALS
    return {a: _follow(found, a) for a in found}


def _follow(table: Mapping[str, str], character: str) -> str:
    """The end of the chain; a circle ends at its smallest member, from wherever it is entered."""
    seen = [character]
    while (character := table.get(character, character)) not in seen:
        seen.append(character)
    return min(seen[seen.index(character) :])


def digest(table: Mapping[str, str], unicode: str) -> str:
    """A short name for a table of variants together with a version of Unicode's data."""
    rows = "".join(a + b for a, b in sorted(table.items()))
    return hashlib.sha256(f"{unicode}{rows}".encode()).hexdigest()[:8]


def compatible(text: str) -> str:
    """NFKC and casefold, to a fixed point."""
    while (folded := unicodedata.normalize("NFKC", text.casefold())) != text:
        text = folded
    return text


def _special() -> dict[str, str]:
    """Characters with a meaning of their own to the fold."""
    blanks = [*_characters(((0, 0x21), (0x7F, 0xA0))), "\u1680"]
    table = dict.fromkeys(blanks, " ")
    table |= dict.fromkeys(_characters(((0xD800, 0xE000),)), "\ufffd")  # UTF-8 cannot hold these
    table |= dict.fromkeys(_ENDS, "\n")
    table |= dict.fromkeys(_members(_IGNORABLES), "")
    table["_"] = "-"  # punctuation, but a word character to regular expressions
    for small in _members(_APART):
        form = compatible(small)
        table[small] = f" {int(unicodedata.numeric(small)) if form == small else form} "
    return table


class _Fold(NamedTuple):
    """How each character is folded."""

    forms: dict[str, str]  # of those in planes 0 and 1 that do not stand for themselves
    table: list[int | str]  # of all of both planes, for `str.translate`
    rare: dict[int, str]  # of those above


@cache
def _fold() -> _Fold:
    """A list, for it is three times as fast as a dictionary that lacks most characters."""
    each = {**variants(), **_special()}
    forms = {
        character: "".join(each.get(c, c) for c in form)
        for character, form in chain(each.items(), _compatible_forms(each))
        if character < _RARE_FROM
    }
    table: list[int | str] = list(range(_PLANE_2))
    for character, form in forms.items():
        table[ord(character)] = form
    rare = {ord(a): b for a, b in variants().items() if a >= _RARE_FROM}
    return _Fold(forms, table, rare | dict.fromkeys(_TAGS, ""))


def _compatible_forms(but: Collection[str]) -> Iterator[tuple[str, str]]:
    """Letters, symbols and marks that `compatible` changes, with what it makes of them."""
    for block in _blocks(((0x41, 0x5B), *_OTHERS)):
        if block.casefold() == block and unicodedata.is_normalized("NFKC", block):
            continue  # most: one pass of C tells that of none of them anything else is made
        pairs = zip(block, compatible("\n".join(block)).split("\n"), strict=True)
        yield from ((a, b) for a, b in pairs if a != b and a not in but)


def is_ideograph(character: str) -> bool:
    """Whether the one character is a CJK ideograph."""
    if character < "々":  # the first of them: letters of words are asked about one by one
        return False
    return "一" <= character <= "鿿" or _IDEOGRAPH.match(character) is not None


def _brackets(characters: Iterable[str]) -> str:
    """Characters as ranges, for use inside a regular expression's brackets."""
    codes = enumerate(sorted(map(ord, characters)))
    runs = [list(run) for _, run in groupby(codes, key=lambda pair: pair[1] - pair[0])]
    return "".join(f"{chr(run[0][1])}-{chr(run[-1][1])}" for run in runs)


@cache
def marks() -> str:
    """Combining marks, for use inside a regular expression's brackets."""
    return _brackets(
        c
        for block in _blocks(_OTHERS)
        if not block.isalpha()  # nor then a mark
        for c in block
        if unicodedata.category(c)[0] == "M"
    )


def _joining() -> set[str]:
    """Characters that join the one before, or vanish, when folded."""
    jamo = _characters(((0x1160, 0x1200), (0xD7B0, 0xD800)))  # vowels and finals of Hangul
    first = _members(marks()).union(jamo)
    return first | {c for c, form in _fold().forms.items() if not form or form[0] in first}


@cache
def _pile() -> re.Pattern[str]:
    return re.compile(f"([{marks()}]{{30}})[{marks()}]+")


class _Pieces(NamedTuple):
    """Expressions for the parts of a text that fold alone."""

    odd: re.Pattern[str]  # one character that does not, or not to one
    piece: re.Pattern[str]  # group 1: characters that do


@cache
def _pieces() -> _Pieces:
    """Planes 1 and up are odd as a whole: dozens of ranges would take nine tenths of the time."""
    joining = _joining()
    odd = joining.union(c for c, form in _fold().forms.items() if len(form) != 1)
    ones = f"{_brackets(c for c in odd if ord(c) < _PLANE_1)}\U00010000-\U0010ffff"
    joins = f"{_brackets(joining)}{chr(_TAGS[0])}-{chr(_TAGS[-1])}"
    piece = re.compile(f"([^{ones}]+(?![{joins}]))|.[{joins}]*", re.DOTALL)
    return _Pieces(re.compile(f"[{ones}]"), piece)


def make_tables() -> None:
    """Make what folding needs, before processes that share it are forked."""
    plain("")
    is_even("")


def _normal(form: Literal["NFC", "NFKC"], text: str) -> str:
    """Unicode's normal form, of no more than the first 30 marks in a row.

    Python sorts them in quadratic time: a page with 80,000 on one letter would take 4.5 seconds.
    """
    if unicodedata.is_normalized(form, text):
        return text
    return unicodedata.normalize(form, _pile().sub(r"\1", text))


def plain(text: str) -> str:
    """The text in the one character form; blanks are " ", line and sentence ends are line feeds.

    Idempotent, and the same for canonically equivalent texts.
    """
    _, table, rare = _fold()
    text = _normal("NFC", text)
    if _RARE.search(text):
        text = text.translate(rare)
    text = text.translate(table)
    while (composed := _normal("NFKC", text)) is not text:
        text = composed.translate(table)
    return text


def is_even(text: str) -> bool:
    """Whether every character of the text folds for itself, and to one; so do parts of it."""
    return _pieces().odd.search(text) is None


@cache
def _sources() -> dict[str, str]:
    found: dict[str, str] = {}
    for character, form in sorted(_fold().forms.items()):
        if len(form) == 1 and ord(character) < _PLANE_1:
            found[form] = found.get(form, form) + character
    return found


def sources(character: str) -> str:
    """The characters that a folded one may come from, in a text that `is_even`."""
    return _sources().get(character, character)


def plain_places(text: str) -> tuple[str, Sequence[int], Sequence[int]]:
    """`plain(text)`, and for each of its characters the start and end of what it came from.

    Most texts fold one character for one, and nearly all of the others; the rest is folded in
    pieces that fold alone.
    """
    table = _fold().table
    if is_even(text):
        return text.translate(table), range(len(text)), range(1, len(text) + 1)
    known: dict[str, str] = {}
    form: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for match in _pieces().piece.finditer(text):
        piece, (start, end) = match[0], match.span()
        if match[1] is not None:
            form.append(piece.translate(table))
            starts.extend(range(start, end))
            ends.extend(range(start + 1, end + 1))
            continue
        if piece not in known:
            known[piece] = plain(piece)
        form.append(known[piece])
        starts.extend([start] * len(known[piece]))
        ends.extend([end] * len(known[piece]))
    return "".join(form), starts, ends

"""Chinese numerals, full-width digits and eras of dates, as the digits that everybody reads.

二〇一九年十月二十二日 and 民國一百零八年十月二十二日 are both 2019年10月22日.
"""

from __future__ import annotations

import re
import unicodedata

_DIGITS = {char: at % 10 for at, char in enumerate("〇一二三四五六七八九")} | {
    "○": 0,
    "零": 0,
    "O": 0,
    "元": 1,  # the first year of an era
    "两": 2,
    "兩": 2,
}
_NUMERAL_DATE = re.compile(
    r"([〇○零O一二三四五六七八九]{4})年([一二三四五六七八九十]{1,3})月([一二三四五六七八九十廿卅]{1,4})[日号號]"
)
_NUMERAL_DAY = re.compile(
    r"([一二三四五六七八九十]{1,2})月([一二三四五六七八九十廿卅]{1,4})[日号號]"
)
#: Digits by place (一〇八) or a number in words (一百零八, 九十九, 元).
_REPUBLIC = re.compile(
    r"(?:中[华華]?)?民[国國]\s*(\d{1,3}|[〇○零一二三四五六七八九十百元]{1,5})\s*年"
)
_BEGAN = 1911  # the year before the first of the Republic


def plain(text: str) -> str:
    """Full-width forms to ASCII, Chinese numerals of dates to digits, eras to years."""
    text = unicodedata.normalize("NFKC", text).replace("\u200b", "").replace("−", "-")
    text = _REPUBLIC.sub(_from_republic, _NUMERAL_DATE.sub(_from_numerals, text))
    return _NUMERAL_DAY.sub(lambda match: f"{count(match[1])}月{count(match[2])}日", text)


def count(numeral: str) -> int:
    """十 → 10, 二十二 → 22, 廿二 → 22, 一百零八 → 108, 一百十 → 110.

    Without 十 and 百 the last numeral alone counts. Raises KeyError for what is no numeral.
    """
    numeral = numeral.replace("廿", "二十").replace("卅", "三十")
    hundreds, hundred, rest = numeral.rpartition("百")
    tens, ten, ones = rest.rpartition("十")
    found = _DIGITS[ones[-1]] if ones else 0
    found += (10 * (_DIGITS[tens[-1]] or 1) if tens else 10) if ten else 0
    return found + ((100 * _DIGITS[hundreds[-1]] if hundreds else 100) if hundred else 0)


def _from_numerals(match: re.Match[str]) -> str:
    return f"{_by_place(match[1])}年{count(match[2])}月{count(match[3])}日"


def _from_republic(match: re.Match[str]) -> str:
    written = match[1]
    in_words = "十" in written or "百" in written
    year = int(written) if written.isascii() else count(written) if in_words else _by_place(written)
    return f"{_BEGAN + int(year)}年"


def _by_place(numerals: str) -> str:
    return "".join(str(_DIGITS[char]) for char in numerals)

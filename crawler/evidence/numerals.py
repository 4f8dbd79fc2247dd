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
_ONE = "[一二三四五六七八九]"
_TENS = f"{_ONE}?十{_ONE}?"
#: To 99: in words (二十五, 廿五), or by place (二五).
_NUMBER = f"(?:{_TENS}|[廿卅]{_ONE}?|{_ONE}{{1,2}})"
_DAY = f"({_NUMBER})月({_NUMBER})[日号號]"
_NUMERAL_DATE = re.compile(f"([〇○零O一二三四五六七八九]{{4}})年{_DAY}")
_NUMERAL_DAY = re.compile(f"(?<![〇○零一二三四五六七八九十廿卅百]){_DAY}")
#: Digits, digits by place (一〇八) or a number in words (一百零八, 九十九, 元).
_REPUBLIC = re.compile(
    rf"(?:中[华華]?)?民[国國]\s*(\d{{1,3}}|元|[〇○零一二三四五六七八九]{{1,3}}|{_TENS}"
    rf"|{_ONE}?百(?:[〇○零]{_ONE}|{_TENS}|{_ONE})?)\s*年"
)
_BEGAN = 1911  # the year before the first of the Republic


def plain(text: str) -> str:
    """Full-width forms to ASCII, Chinese numerals of dates to digits, eras to years."""
    text = unicodedata.normalize("NFKC", text).replace("\u200b", "").replace("−", "-")
    text = _REPUBLIC.sub(_from_republic, _NUMERAL_DATE.sub(_from_numerals, text))
    return _NUMERAL_DAY.sub(lambda match: f"{count(match[1])}月{count(match[2])}日", text)


def count(numeral: str) -> int:
    """十 → 10, 二十二 → 22, 廿二 → 22, 一百零八 → 108, 一百十 → 110; by place 一一 → 11.

    Raises KeyError for what is no numeral.
    """
    numeral = numeral.replace("廿", "二十").replace("卅", "三十")
    if "十" not in numeral and "百" not in numeral:
        return int("".join(str(_DIGITS[char]) for char in numeral))
    hundreds, hundred, rest = numeral.rpartition("百")
    tens, ten, ones = rest.rpartition("十")
    found = _DIGITS[ones[-1]] if ones else 0
    found += (10 * _DIGITS[tens[-1]] if tens else 10) if ten else 0
    return found + ((100 * _DIGITS[hundreds[-1]] if hundreds else 100) if hundred else 0)


def _from_numerals(match: re.Match[str]) -> str:
    return f"{count(match[1])}年{count(match[2])}月{count(match[3])}日"


def _from_republic(match: re.Match[str]) -> str:
    written = match[1]
    return f"{_BEGAN + int(written if written.isdecimal() else count(written))}年"

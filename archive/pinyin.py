"""Reading glosses: 知識(shí)產(chǎn)權(quán) is 知识产权 with its reading in brackets.

A gloss is taken for one only when nothing else is likely; what is kept by mistake breaks a word,
what is dropped by mistake is lost to every rule. So it must stand directly after ideographs, carry
a tone mark, split wholly into pinyin syllables, and have no more of them than there are ideographs
before it. Two more conditions keep European names: the first syllable has a tone (not 马累(Malé)),
and at least every other one (not 莫妮卡(Mónica)).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

from archive.variants import IDEOGRAPHS, is_ideograph

# Initial, then its finals. "v" is ü. The syllabic nasals stand in _NASALS.
_FINALS = """
- a ai an ang ao e ê ei en eng er o ou
b a ai an ang ao ei en eng i ian iang iao ie in ing o u
p a ai an ang ao ei en eng i ian iao ie in ing o ou u
m a ai an ang ao e ei en eng i ian iao ie in ing iu o ou u
f a an ang ei en eng iao o ou u
d a ai an ang ao e ei en eng i ia ian iao ie in ing iu ong ou u uan ui un uo
t a ai an ang ao e ei eng i ian iao ie ing ong ou u uan ui un uo
n a ai an ang ao e ei en eng i ia ian iang iao ie in ing iu ong ou u uan ue un uo v ve
l a ai an ang ao e ei eng i ia ian iang iao ie in ing iu o ong ou u uan ue un uo v van ve vn
g a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo
k a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo
h a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo
j i ia ian iang iao ie in ing iong iu u uan ue un
q i ia ian iang iao ie in ing iong iu u uan ue un
x i ia ian iang iao ie in ing iong iu u uan ue un
zh a ai an ang ao e ei en eng i ong ou u ua uai uan uang ui un uo
ch a ai an ang ao e en eng i ong ou u ua uai uan uang ui un uo
sh a ai an ang ao e ei en eng i ou u ua uai uan uang ui un uo
r an ang ao e en eng i ong ou u ua uan ui un uo
z a ai an ang ao e ei en eng i ong ou u uan ui un uo
c a ai an ang ao e en eng i ong ou u uan ui un uo
s a ai an ang ao e en eng i ong ou u uan ui un uo
y a ai an ang ao e i in ing o ong ou u uan ue un
w a ai an ang ao ei en eng o u
"""
_ROWS = [row.split() for row in _FINALS.split("\n") if row]
SYLLABLES: Final = frozenset(row[0].strip("-") + final for row in _ROWS for final in row[1:])
_NASALS = frozenset({"m", "n", "ng", "hm", "hng"})  # 嗯 ń: a syllable only with a tone
_LONGEST = max(map(len, SYLLABLES))

# Macron, acute, caron, grave, and the breve that is often typed for a caron.
_TONES = frozenset("\u0304\u0301\u030c\u0300\u0306")
_LOOKALIKES = str.maketrans({"ɑ": "a", "ɡ": "g"})
_LETTERS = "a-zɑɡüêāáǎàăēéěèĕīíǐìĭōóǒòŏūúǔùŭǖǘǚǜńňǹḿếề\u0304\u0301\u030c\u0300\u0306\u0302\u0308"
_BETWEEN = " '’‘·\\-"
_CANDIDATE = re.compile(rf"\((?<=[{IDEOGRAPHS})]\()([{_LETTERS}{_BETWEEN}]{{1,200}})\)")
_BREAK = re.compile(f"[{_BETWEEN}]+")


class Gloss(NamedTuple):
    """A reading in brackets: `text[start:end]`, brackets included."""

    start: int
    end: int
    syllables: int


def _word(spelled: str) -> tuple[str, list[int]] | None:
    """Letters of a word without tones, and how many tones stand on each; None if not pinyin."""
    letters: list[str] = []
    tones: list[int] = []
    for character in unicodedata.normalize("NFD", spelled):
        if not unicodedata.combining(character):
            letters.append(character)
            tones.append(0)
        elif not letters:
            return None
        elif character in _TONES:
            tones[-1] += 1
        elif (pair := letters[-1] + character) in {"u\u0308", "e\u0302"}:
            letters[-1] = "v" if pair[0] == "u" else "ê"
        else:
            return None
    return "".join(letters), tones


def _is_syllable(letters: str, toned: int, *, first: bool, inside: bool) -> bool:
    """Whether the letters are one syllable; `first` of the gloss, or `inside` a word."""
    if toned > 1:
        return False
    if toned:
        return letters in SYLLABLES or letters in _NASALS
    if first:
        return False
    if inside and letters[0] in "aoe":  # xī'ān needs its apostrophe or its tone; Léa has neither
        return False
    return letters in SYLLABLES or (inside and letters == "r")  # 花儿 huār


def _fewest(letters: str, tones: list[int], *, first: bool) -> int | None:
    """The smallest number of syllables that the letters of one word split into."""
    best: list[int | None] = [0] + [None] * len(letters)
    for end in range(1, len(letters) + 1):
        counts = [
            count + 1
            for start in range(max(0, end - _LONGEST), end)
            if (count := best[start]) is not None
            and _is_syllable(
                letters[start:end],
                sum(tones[start:end]),
                first=first and not start,
                inside=start > 0,
            )
        ]
        best[end] = min(counts, default=None)
    return best[-1]


@lru_cache(4096)  # a page in glosses has the same few hundred readings all over
def syllables(reading: str) -> int | None:
    """The number of syllables in a toned pinyin reading (lower case); None if it is not one."""
    count = toned = 0
    for spelled in filter(None, _BREAK.split(reading.translate(_LOOKALIKES))):
        word = _word(spelled)
        fewest = word and _fewest(*word, first=not count)
        if not word or not fewest:
            return None
        count += fewest
        toned += sum(word[1])
    return count if toned and count <= 2 * toned else None


def glosses(text: str) -> list[Gloss]:
    """The reading glosses of a text in plain form (see `archive.variants.plain`), in order.

    A gloss is transparent: a second one directly after it counts the ideographs before both.
    """
    found: list[Gloss] = []
    room = 0  # ideographs before the last gloss found
    for match in _CANDIDATE.finditer(text):
        count = syllables(match[1])
        if not count:
            continue
        start = first = match.start()
        floor = found[-1].end if found else 0
        while first > floor and is_ideograph(text[first - 1]):
            first -= 1
        before = start - first + (room if found and first == floor else 0)
        if count <= before:
            found.append(Gloss(start, match.end(), count))
            room = before
    return found

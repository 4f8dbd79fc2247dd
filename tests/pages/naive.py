"""Matching without a fold, an index or an automaton: regular expressions over the text as it is."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_LETTER = r"[^\W_\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
_HAN = r"[\u3400-\u4dbf\u4e00-\u9fff]"


@dataclass(frozen=True)
class Wanted:
    """A rule in two spellings: the query, and what it means: one of `some`, all of `every`."""

    name: str
    query: str
    every: tuple[str, ...] = ()
    some: tuple[str, ...] = ()
    none: tuple[str, ...] = ()

    def holds(self, title: str, body: str) -> bool:
        texts = plain(title), plain(body)

        def stands(word: str) -> bool:
            return any(_pattern(word).search(text) for text in texts)

        return (
            all(map(stands, self.every))
            and (not self.some or any(map(stands, self.some)))
            and not any(map(stands, self.none))
        )


def plain(text: str) -> str:
    """Compatibility forms, case and invisible characters gone; blanks between ideographs too."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = re.sub("[\u200b-\u200d\u2060\ufeff\u00ad]", "", text)
    return re.sub(rf"(?<={_HAN})[^\S\n]+(?={_HAN})", "", text)


@lru_cache
def _pattern(word: str) -> re.Pattern[str]:
    """An ideograph's word anywhere; others whole, but for a `*` at the end."""
    if re.fullmatch(f"{_HAN}+", word):
        return re.compile(word)
    inner = r"\s+".join(map(re.escape, word.removesuffix("*").split()))
    end = "" if word.endswith("*") else f"(?!{_LETTER})"
    return re.compile(f"(?<!{_LETTER}){inner}{end}")

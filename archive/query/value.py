"""What stands behind a field, read: words, a name, a language, a site, a date or a story."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from archive.article import to_ms
from archive.errors import QueryError
from archive.facets import site_token, typed_host
from archive.fold import SENTINEL, name_token, stream
from archive.query.leaf import FACTS, NAMES, Fact, Term
from archive.query.lex import narrow

if TYPE_CHECKING:
    from datetime import tzinfo

    from archive.query.lex import Lexeme

_SYMBOLS = {"&": "AND", "&&": "AND", "+": "AND", "|": "OR", "||": "OR", "!": "NOT", "-": "NOT"}
_DATE = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月)?|年)?", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}", re.ASCII)
_LANGUAGES = {
    "chinese": "zh", "english": "en", "german": "de", "french": "fr", "japanese": "ja",
    "korean": "ko", "spanish": "es", "cn": "zh", "zh-cn": "zh", "zh-tw": "zh", "zh-hans": "zh",
    "zh-hant": "zh", "en-us": "en", "en-gb": "en", "jp": "ja", "kr": "ko",
    "中文": "zh", "英文": "en", "汉语": "zh", "英语": "en",
}  # fmt: skip


def leaf(lexeme: Lexeme, field: str, zone: tzinfo) -> Term | Fact:
    """What a word or phrase behind a field (or none) asks for; days begin in `zone`.

    Raises QueryError with the column of the word.
    """
    if field in FACTS:
        return Fact(field, _value(lexeme, field, zone), lexeme.typed)
    if field == "site":
        return _site(lexeme)
    if field == "lang":
        return _language(lexeme)
    tokens = _tokens(lexeme.text, field, quoted=lexeme.kind == "phrase")
    if tokens:
        return Term(field, tokens, lexeme.star, lexeme.typed)
    if lexeme.kind == "phrase" and not lexeme.text.strip():
        raise QueryError("the phrase is empty", column=lexeme.column, hint="write a word into it")
    operator = _SYMBOLS.get(narrow(lexeme.text))
    raise QueryError(
        f"{lexeme.text.strip()} has no letters or digits, so there is nothing to look for",
        column=lexeme.column,
        hint=f"leave it out, or write {operator}" if operator else "leave it out",
    )


def _tokens(text: str, field: str, *, quoted: bool) -> tuple[str, ...]:
    if field in NAMES:  # of which one may be a single star, between quotes
        found = text.strip() if quoted else any(map(str.isalnum, text))
        return (name_token(text.strip()),) if found else ()
    tokens = stream(text).split()
    while tokens and tokens[0] == SENTINEL:
        del tokens[0]
    while tokens and tokens[-1] == SENTINEL:
        del tokens[-1]
    return tuple(tokens)


def _site(lexeme: Lexeme) -> Term:
    host = typed_host(narrow(lexeme.text))
    if host is None or lexeme.star:
        raise QueryError(
            f"site:{lexeme.typed} is not a host name",
            column=lexeme.column,
            hint="write it without http:// and path; sub-domains are found too: site:gov.cn",
        )
    return Term("site", (site_token(host),), prefix=True, text=lexeme.typed)


def _language(lexeme: Lexeme) -> Term:
    name = narrow(lexeme.text).strip().lower()
    if not _LANGUAGE.fullmatch(name) or name in _LANGUAGES or lexeme.star:
        meant = _LANGUAGES.get(name)
        raise QueryError(
            f"{lexeme.typed} is not the code of a language",
            column=lexeme.column,
            hint=f"did you mean lang:{meant}?" if meant else "two letters, as in lang:zh, lang:en",
        )
    return Term("lang", (name_token(name),), prefix=False, text=lexeme.typed)


def _value(lexeme: Lexeme, field: str, zone: tzinfo) -> int:
    text = narrow(lexeme.text).strip()
    if field == "story":
        if re.fullmatch(r"[0-9]{1,18}", text) and not lexeme.star:
            return int(text)
        raise QueryError(
            f"{lexeme.typed} is not the number of a story",
            column=lexeme.column,
            hint="search shows it: story:12",
        )
    if (found := _DATE.fullmatch(text)) and not lexeme.star:
        year, month, day = (int(part or 1) for part in found.groups())
        try:
            return to_ms(datetime(year, month, day, tzinfo=zone))
        except (ValueError, OverflowError):
            pass
    raise QueryError(
        f"{lexeme.typed} is not a date",
        column=lexeme.column,
        hint=f"write it as in {field}:2026-05-20, or the year and month only",
    )

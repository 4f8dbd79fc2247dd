"""The words of the query language: text → lexemes, each with its column.

Operators, quotes, parentheses, the colon and the star are understood in full width as well, so
that nobody has to leave a Chinese keyboard to write a query.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from archive.errors import QueryError
from archive.variants import IDEOGRAPHS

if TYPE_CHECKING:
    from collections.abc import Iterator

FIELDS = ("title", "source", "author", "site", "lang", "after", "before", "story")
OPERATORS = ("AND", "OR", "NOT")

_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_CURLY = "“”„‟"
_CLOSING = {'"': '"', "「": "」", "『": "』"} | dict.fromkeys(_CURLY, _CURLY)
_STRAY = "」』"
_FIELD = re.compile(r"([A-Za-z_]+|标题|標題|题目|題目|来源|來源|作者|网站|網站|语言|語言):(?!//)")
_WORD = re.compile(rf'[^\s()"{_CURLY}「」『』]+')
_STUCK = re.compile(rf"(?<=[{IDEOGRAPHS}])(?:AND|OR|NOT)(?=[{IDEOGRAPHS}])")

_NEAR = re.compile(r"NEAR/(\d{1,3})")
_CONCEPT = re.compile(r"@(\w[\w.-]*)")

Kind = Literal["word", "phrase", "concept", "field", "operator", "near", "open", "close", "end"]


@dataclass(frozen=True, slots=True)
class Lexeme:
    kind: Kind
    text: str  # operators and fields in ASCII; a word or phrase without quotes, star and @
    column: int  # 1-based, in characters
    typed: str = ""  # as it stands in the query
    star: bool = False


def narrow(text: str) -> str:
    """Full-width ASCII and the ideographic blank as ASCII; the length stays."""
    return text.translate(_NARROW)


def lexemes(text: str) -> Iterator[Lexeme]:
    """The lexemes of a query, the last of kind "end"; raises QueryError at the first bad one."""
    plain = narrow(text)
    at = 0
    while at < len(plain):
        if plain[at].isspace():
            at += 1
            continue
        lexeme, at = _lexeme(text, plain, at)
        yield lexeme
    yield Lexeme("end", "", len(text) + 1)


def _lexeme(text: str, plain: str, at: int) -> tuple[Lexeme, int]:
    char = plain[at]
    if char in "()":
        return Lexeme("open" if char == "(" else "close", char, at + 1, text[at]), at + 1
    if char in _CLOSING:
        return _phrase(text, plain, at)
    if _is_minus(plain, at):
        return Lexeme("operator", "NOT", at + 1, text[at]), at + 1
    if char in _STRAY:
        raise QueryError(
            f"{char} closes a phrase that was not opened",
            column=at + 1,
            hint="remove it, or open the phrase before",
        )
    if found := _FIELD.match(plain, at):
        name = _field(found.group(1), at + 1)
        return Lexeme("field", name, at + 1, text[at : found.end()]), found.end()
    return _word(text, plain, at)


def _is_minus(plain: str, at: int) -> bool:
    """Whether a - excludes what it stands directly before; inside and behind words it is text."""
    if plain[at] != "-" or not (at == 0 or plain[at - 1].isspace() or plain[at - 1] == "("):
        return False
    following = plain[at + 1 : at + 2]
    return following.isalnum() or following in ('"', "(", "@", *_CURLY, "「", "『")


def _phrase(text: str, plain: str, at: int) -> tuple[Lexeme, int]:
    closing = _CLOSING[plain[at]]
    end = next((i for i in range(at + 1, len(plain)) if plain[i] in closing), -1)
    if end < 0:
        raise QueryError(
            f"the phrase that begins with {text[at]} has no end",
            column=at + 1,
            hint=f"add {closing[1] if text[at] in _CURLY else closing} after its last word",
        )
    star = plain.startswith("*", end + 1)
    after = end + 1 + star
    return Lexeme("phrase", text[at + 1 : end], at + 1, text[at:after], star), after


def _word(text: str, plain: str, at: int) -> tuple[Lexeme, int]:
    found = _WORD.match(plain, at)
    assert found is not None
    word, end = found.group(), found.end()
    if word in OPERATORS:
        return Lexeme("operator", word, at + 1, text[at:end]), end
    if found := _NEAR.fullmatch(word):
        return Lexeme("near", found.group(1), at + 1, text[at:end]), end
    if word.startswith("@"):
        return _concept(text, word, at)
    _refuse_near(word, plain, at, end)
    if stuck := _STUCK.search(word):
        operator = stuck.group()
        raise QueryError(
            f"{operator} stands inside a word",
            column=at + stuck.start() + 1,
            hint=f"put blanks around {operator}, or quotes around the text",
        )
    star = word.find("*")
    if star >= 0 and (star < len(word) - 1 or star == 0):
        raise QueryError(
            "* stands alone" if word == "*" else "* may only end a word",
            column=at + star + 1,
            hint="write the first letters of a word before it: patent*",
        )
    stop = end - (star > 0)
    return Lexeme("word", text[at:stop], at + 1, text[at:end], star > 0), end


def _concept(text: str, word: str, at: int) -> tuple[Lexeme, int]:
    if not (found := _CONCEPT.fullmatch(word)):
        raise QueryError(
            f"{word} is not the name of a concept",
            column=at + 1,
            hint=f'to search for the text, quote it: "{word}"',
        )
    end = at + len(word)
    return Lexeme("concept", found.group(1), at + 1, text[at:end]), end


def _refuse_near(word: str, plain: str, at: int, end: int) -> None:
    if word.startswith("NEAR/") or (word == "NEAR" and plain.startswith("(", end)):
        raise QueryError(
            "NEAR stands between two words, with the number of words between them",
            column=at + 1,
            hint='write a NEAR/5 b; to search for the word, quote it: "NEAR"',
        )


_MEANT = {
    "title": ("headline", "intitle", "subject", "标题", "標題", "题目", "題目"),
    "source": ("from", "feed", "publisher", "来源", "來源"),
    "author": ("by", "byline", "作者"),
    "site": ("domain", "host", "url", "inurl", "网站", "網站"),
    "lang": ("language", "语言", "語言"),
    "after": ("since", "date"),
    "before": ("until",),
}
_PLAIN = ("body", "text", "content", "intext")


def _field(name: str, column: int) -> str:
    import difflib

    if name.lower() in FIELDS:
        return name.lower()
    meant = [known for known, others in _MEANT.items() if name.lower() in others]
    meant = meant or difflib.get_close_matches(name.lower(), FIELDS, 1)
    if meant:
        hint = f"did you mean {meant[0]}:?"
    elif name.lower() in _PLAIN:
        hint = "words without a field are looked for in the title and the text"
    else:
        known = ", ".join(f"{field}:" for field in FIELDS)
        hint = f"there are {known}; to search for the text itself, quote it"
    raise QueryError(f"unknown field {name}:", column=column, hint=hint)

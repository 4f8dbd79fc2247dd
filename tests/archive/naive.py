"""Queries and documents made at random, and the plainest reading of what a query says of one."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from archive.fold import stream
from archive.query import Concepts, Query, parse
from archive.query.spans import Document

if TYPE_CHECKING:
    from collections.abc import Sequence

WORDS = [
    *("知识产权", "知識產權", "产权", "甘肃", "甘肅", "专利", "專利", "著作", "发展", "發"),
    *("IPR", "ipr", "IPR港", "甘肃IPR港", "mac", "machine", "machines", "patent", "Patents", "a"),
    *("AT&T", "well-known", "C++", "café", "3D打印", "２０２４年", "and", "not"),
    *("^patent", "{mac}", "patent+office", "U.S.", "的", "的的", "O'Brien", "mac#1"),
]
PHRASES = [
    *("patent office", "知识 产权", "专利、商标", "专利。商标", "AND", "body:mac", "NEAR(a b)"),
    *(
        "知識(shí)產(chǎn)權(quán)",
        "the mac AND",
        "mac* a",
        "a\ta",
        "office of",
        "-mac",
        "法国(Orléans)",
    ),
]
SOURCES = ["CNIPA", "CNIPA News", "cnipa-en", "ＣＮＩＰＡ", "甘肃日报", "AT&T", "a", "知识产权报"]
PIECES = [
    *WORDS,
    *(
        "知(zhī)识(shí)产(chǎn)权(quán)",
        "甘(gān)肅(sù)省",
        "patent office",
        "office",
        "of",
        "专利、商标",
    ),
    *("，", "。", "\n", "\n\n", " ", " ", " ", ". ", "（", "）", "“", "”", '"', "、", "*", ":"),
    *("权利", "识", "商标", "的", "…", "\u200b", "\u3000", "¶", "body", "near", "or", "😀"),
]


@dataclass(frozen=True)
class Leaf:
    """A term of the model: what is typed, and what it means."""

    words: str
    typed: str
    field: str = ""
    prefix: bool = False


@dataclass(frozen=True)
class Pair:
    """Any of the left words near any of the right ones, all in one field."""

    left: tuple[Leaf, ...]
    right: tuple[Leaf, ...]
    gap: int
    field: str = ""


@dataclass(frozen=True)
class Joint:
    operator: str  # AND | OR | NOT | @ (a concept: its parts are its queries)
    parts: tuple[Leaf | Pair | Joint, ...]


Model = Leaf | Pair | Joint


def day(text: str) -> datetime:
    year, month, number = (*map(int, text.split("-")), 1, 1)[:3]
    return datetime(year, month, number, tzinfo=UTC)


def leaf(words: str, quotes: str, field: str, star: bool) -> Leaf:
    typed = f"{quotes[0]}{words}{quotes[1]}" if quotes else words
    return Leaf(words, typed + "*" * star, field, star)


FIELDS = st.sampled_from(["", "", "", "title", "author"])
AUTHORS = ["王晓明", "Ada Lovelace", "J. O'Brien", "甘肃日报", "patent office"]
HOSTS = ["www.cnipa.gov.cn", "gov.cn", "cnipa.gov.cn.example", "sipo.gov.cn", "example.org"]
QUOTES = st.sampled_from(['""', "“”", "「」", "『』", "＂＂"])
DAYS = ["2026-05-19", "2026-05-20", "2026-06", "2027"]
BARE = st.builds(leaf, st.sampled_from(WORDS), st.just(""), st.just(""), st.booleans())
QUOTED = st.builds(
    leaf, st.sampled_from(WORDS + PHRASES + AUTHORS), QUOTES, st.just(""), st.booleans()
)


def named(field: str, values: list[str], star: st.SearchStrategy[bool]) -> st.SearchStrategy[Leaf]:
    quotes = st.just('""') if field == "source" else st.sampled_from(["", '""'])
    return st.builds(leaf, st.sampled_from(values), quotes, st.just(field), star)


LEAVES: st.SearchStrategy[Model] = st.one_of(
    st.builds(lambda words, field: replace(words, field=field), BARE, FIELDS),
    st.builds(lambda words, field: replace(words, field=field), QUOTED, FIELDS),
    st.builds(
        Pair,
        st.lists(BARE | QUOTED, min_size=1, max_size=2).map(tuple),
        st.lists(BARE | QUOTED, min_size=1, max_size=2).map(tuple),
        st.integers(0, 6),
        FIELDS,
    ),
    named("source", [*SOURCES, "甘肃", "cn"], st.booleans()),
    named("lang", ["zh", "EN", "de"], st.just(False)),
    named("site", [*HOSTS, "cn", "org", "GOV.CN", "pa.gov.cn"], st.just(False)),
    named("after", DAYS, st.just(False)),
    named("before", DAYS, st.just(False)),
    named("story", ["1", "2", "7"], st.just(False)),
)
QUERIES: st.SearchStrategy[Model] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(
            Joint,
            st.sampled_from(["AND", "OR"]),
            st.lists(inner, min_size=2, max_size=3).map(tuple),
        ),
        st.builds(Joint, st.just("NOT"), inner.map(lambda part: (part,))),
        st.builds(
            Joint,
            st.just("@"),
            st.lists(
                inner.filter(lambda part: not is_true(part, None)), min_size=1, max_size=2
            ).map(tuple),
        ),
    ),
    max_leaves=8,
)
TEXTS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
MOMENTS = st.sampled_from([datetime(2026, 5, 19, 23, 59, tzinfo=UTC), *map(day, DAYS)])
DOCUMENTS = st.builds(
    Document,
    TEXTS,
    TEXTS,
    st.sampled_from(SOURCES),
    st.sampled_from(["zh", "en", ""]),
    st.lists(st.sampled_from(AUTHORS), max_size=2).map(tuple),
    st.sampled_from(HOSTS).map("https://{}/".format),
    MOMENTS,
    st.sampled_from([1, 2]),
)


def read(query: Model, wide: bool = False) -> Query:
    """The query as somebody might type it, parsed."""
    concepts: dict[str, list[str]] = {}
    return parse(write(query, concepts, wide), Concepts(concepts))


def write(query: Model, concepts: dict[str, list[str]], wide: bool = False) -> str:
    """AND is left out where the words can stand alone, and NOT is a - in every other place."""
    colon = "：" if wide else ":"
    if isinstance(query, Leaf):
        return f"{query.field}{colon}{query.typed}" if query.field else query.typed
    left, right = "（）" if wide else "()"
    if isinstance(query, Pair):
        sides = [
            f"{left}{' OR '.join(word.typed for word in side)}{right}"
            if len(side) > 1
            else side[0].typed
            for side in (query.left, query.right)
        ]
        inner = f"{sides[0]} NEAR/{query.gap} {sides[1]}"
        return f"{query.field}{colon}{left}{inner}{right}" if query.field else inner
    if query.operator == "@":
        items = [_item(part, concepts, wide) for part in query.parts]
        name = f"概念{len(concepts)}"
        concepts[name] = items
        return f"{'＠' if wide else '@'}{name}"
    parts = [
        write(part, concepts, not wide)
        if isinstance(part, Leaf)
        else f"{left}{write(part, concepts, not wide)}{right}"
        for part in query.parts
    ]
    if query.operator == "NOT":
        minus = wide and (parts[0][0].isalnum() or parts[0][0] in '("（＂“「『')
        return f"-{parts[0]}" if minus else f"NOT {parts[0]}"
    operator = "" if query.operator == "AND" and wide else query.operator
    return f" {operator} ".join(parts)


def _item(part: Model, concepts: dict[str, list[str]], wide: bool) -> str:
    """A query of a concept, where words that only stand side by side are one phrase."""
    return write(
        part, concepts, not wide and not (isinstance(part, Joint) and part.operator == "AND")
    )


def is_true(query: Model, document: Document | None) -> bool:
    """The naive evaluator; None is an article with none of the words."""
    if isinstance(query, Leaf | Pair):
        return document is not None and occurs(query, document)
    values = [is_true(part, document) for part in query.parts]
    if query.operator == "NOT":
        return not values[0]
    return all(values) if query.operator == "AND" else any(values)


def occurs(term: Leaf | Pair, document: Document) -> bool:
    if isinstance(term, Leaf) and term.field not in ("", "title", "author"):
        return is_named(term, document)
    texts = {
        "": [document.title, document.body],
        "title": [document.title],
        "author": ["\n".join(document.authors)],
    }[term.field]
    streams = [stream(text).split() for text in texts]
    if isinstance(term, Leaf):
        return any(stands_in(stream(term.words).split(), tokens, term) for tokens in streams)
    return any(
        between(left, right, tokens) <= term.gap
        for tokens in streams
        for left in term.left
        for right in term.right
    )


def between(left: Leaf, right: Leaf, tokens: Sequence[str]) -> float:
    """The fewest tokens between the two, whichever comes first; less than 0 if they overlap."""
    found = [
        [(at, at + len(wanted)) for at in range(len(tokens))
         if fits(wanted, tokens[at : at + len(wanted)], word.prefix)]
        for word in (left, right)
        for wanted in [stream(word.words).split()]
    ]  # fmt: skip
    gaps = [max(a, b)[0] - min(a, b)[1] if a[0] != b[0] else -1 for a in found[0] for b in found[1]]
    return min(gaps, default=math.inf)


def is_named(term: Leaf, document: Document) -> bool:
    assert document.appeared is not None
    if term.field == "after":
        return document.appeared >= day(term.words)
    if term.field == "before":
        return document.appeared < day(term.words)
    if term.field == "story":
        return str(document.story) == term.words
    if term.field == "lang":
        return document.language == term.words.lower()
    if term.field == "site":
        host = document.url.split("/")[2]
        return f".{host}".endswith(f".{term.words.lower()}")
    wanted, name = (
        unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
        for text in (term.words, document.source)
    )
    return name.startswith(wanted) if term.prefix else name == wanted


def stands_in(wanted: Sequence[str], tokens: Sequence[str], term: Leaf) -> bool:
    return any(
        fits(wanted, tokens[at : at + len(wanted)], term.prefix) for at in range(len(tokens))
    )


def fits(wanted: Sequence[str], tokens: Sequence[str], prefix: bool) -> bool:
    if len(tokens) != len(wanted) or list(tokens[:-1]) != list(wanted[:-1]):
        return False
    return tokens[-1].startswith(wanted[-1]) if prefix else tokens[-1] == wanted[-1]

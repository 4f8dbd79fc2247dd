"""What a query means, and what is said about one that means nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from archive.errors import QueryError
from archive.query import MAX_LENGTH, MAX_NESTING, Concepts, Query, parse
from archive.query.tree import fts

if TYPE_CHECKING:
    from collections.abc import Iterator

T = "{title body}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("patent", f'{T} : "patent"'),
        ("知识产权", f'{T} : "知 识 产 权"'),
        ("知識產權", f'{T} : "知 识 产 权"'),
        ("AT&T", f'{T} : "at t"'),
        ("well-known", f'{T} : "well known"'),
        ("甘肃IPR港", f'{T} : "甘 肃 ipr 港"'),
        ("C++", f'{T} : "c"'),
        ('"patent office"', f'{T} : "patent office"'),
        ("“patent office”", f'{T} : "patent office"'),
        ("「知识 产权」", f'{T} : "知 识 产 权"'),
        ("『a』", f'{T} : "a"'),
        ('"the "inner""', None),
        ("patent*", f'{T} : "patent" *'),
        ("patent＊", f'{T} : "patent" *'),
        ('"patent off"*', f'{T} : "patent off" *'),
        ("title:IPR", 'title : "ipr"'),
        ("Title：IPR", 'title : "ipr"'),
        ("title: IPR", 'title : "ipr"'),
        ('title:"a b"', 'title : "a b"'),
        ("title:(a OR b)", 'title : "a" OR title : "b"'),
        ("source:CNIPA", 'source : "cnipa"'),
        ("source:cnipa*", 'source : "cnipa" *'),
        ("title:a b", f'title : "a" AND {T} : "b"'),
        ("a b", f'{T} : "a" AND {T} : "b"'),
        ("a　b", f'{T} : "a" AND {T} : "b"'),
        ("a AND b", f'{T} : "a" AND {T} : "b"'),
        ("a ＡＮＤ b", f'{T} : "a" AND {T} : "b"'),
        ("a OR b", f'{T} : "a" OR {T} : "b"'),
        ("a NOT b", f'{T} : "a" NOT {T} : "b"'),
        ("a AND NOT b", f'{T} : "a" NOT {T} : "b"'),
        ("NOT b a", f'{T} : "a" NOT {T} : "b"'),
        ("a NOT NOT b", f'{T} : "a" AND {T} : "b"'),
        ("（a）", f'{T} : "a"'),
        ("a OR a OR A", f'{T} : "a"'),
        ("(a OR b) OR c", f'{T} : "a" OR {T} : "b" OR {T} : "c"'),
        ("a OR b AND c", f'({T} : "b" AND {T} : "c") OR {T} : "a"'),
        ("(a OR b) c", f'({T} : "a" OR {T} : "b") AND {T} : "c"'),
        ("c (a OR NOT b)", f'{T} : "c" NOT ({T} : "b" NOT {T} : "a")'),
        ("AT&T NOT (NOT a)", f'{T} : "at t" AND {T} : "a"'),
        ("专利、商标", f'{T} : "专 利 ¶ 商 标"'),
        ("《专利法》", f'{T} : "专 利 法"'),
        ("http://example.org/a", f'{T} : "http example org a"'),
        ("10:30", f'{T} : "10 30"'),
        ("^patent", f'{T} : "patent"'),
        ("{patent}", f'{T} : "patent"'),
        ("patent+office", f'{T} : "patent office"'),
        ('"body:x"', f'{T} : "body x"'),
        ('"NEAR(a b)"', f'{T} : "near a b"'),
        ("NEAR", f'{T} : "near"'),
        ('"AND"', f'{T} : "and"'),
        ('"a"AND"b"', f'{T} : "a" AND {T} : "b"'),
        ("ANDROID", f'{T} : "android"'),
        ("R&D", f'{T} : "r d"'),
        ("a -b", f'{T} : "a" NOT {T} : "b"'),
        ("a －title:b", f'{T} : "a" NOT title : "b"'),
        ('a -"b c" -(d OR e)', f'{T} : "a" NOT ({T} : "b c" OR {T} : "d" OR {T} : "e")'),
        ("a-b", f'{T} : "a b"'),
        ("专利 NEAR/5 甘肃", f'{T} : NEAR("专 利" "甘 肃", 5)'),
        ("a ＮＥＡＲ／5 b", f'{T} : NEAR("a" "b", 5)'),
        ("title:(a NEAR/0 b*)", 'title : NEAR("a" "b" *, 0)'),
        ("a NOT b NEAR/2 c", f'{T} : "a" NOT {T} : NEAR("b" "c", 2)'),
        ("(a OR b) NEAR/1 c", f'{T} : NEAR("a" "c", 1) OR {T} : NEAR("b" "c", 1)'),
        ("lang:ZH", 'lang : "zh"'),
        ("author:王晓明", 'author : "王 晓 明"'),
        ("site:GOV.cn", 'site : "cn．gov．" *'),
        ("site:.中国", 'site : "xn－－fiqs8s．" *'),
    ],
)
def test_what_a_query_becomes(text: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(QueryError):
            parse(text)
    else:
        assert expected == parse(text).fts()


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("", 1, "empty"),
        (" 　\n", 1, "empty"),
        ('知识 "产权', 4, 'begins with " has no end (add "'),
        ("知识 “产权", 4, "begins with “ has no end (add ”"),
        ("知识 「产权", 4, "begins with 「 has no end (add 」"),
        ("产权」", 3, "」 closes a phrase that was not opened"),
        ('a ""', 3, "the phrase is empty"),
        ("(a", 1, "not closed"),
        ("a (b (c) d", 3, "not closed"),
        ("a) b", 2, "closes nothing"),
        ("a （）", 3, "nothing between the parentheses"),
        ("a AND", 3, "AND without anything after it"),
        ("a AND )", 3, "AND without anything after it"),
        ("a NOT", 3, "NOT without anything after it"),
        ("OR a", 1, "OR without anything before it"),
        ("(AND a)", 2, "AND without anything before it"),
        ("a AND OR b", 7, "OR directly after AND"),
        ("甘肃 tilte:x", 4, "unknown field tilte: (did you mean title:?)"),
        ("sorce:x", 1, "did you mean source:?"),
        ("标题：x", 1, "did you mean title:?"),
        ("来源:x", 1, "did you mean source:?"),
        ("domain:x", 1, "did you mean site:?"),
        ("作者:x", 1, "did you mean author:?"),
        ("since:2026", 1, "did you mean after:?"),
        ("body:x", 1, "looked for in the title and the text"),
        (
            "qqqqqq:x",
            1,
            "there are title:, source:, author:, site:, lang:, after:,",
        ),
        ("a lang:chinese", 8, "did you mean lang:zh?"),
        ("lang:x", 6, "two letters"),
        ("site:gov*", 6, "sub-domains are found too"),
        ("site:http://a.example/b", 6, "without http:// and path"),
        ("after:yesterday", 7, "yesterday is not a date (write it as in after:2026-05-20"),
        ("before:2026-02-30", 8, "is not a date"),
        ("story:x", 7, "not the number of a story"),
        ("story:" + "9" * 30, 7, "not the number of a story"),
        ("NOT after:2026", 1, "true of every article with none of its words"),
        ("-a", 1, "true of every article with none of its words"),
        ("title:", 1, "title: without a word, phrase or group after it"),
        ("a title: OR b", 3, "title: without a word, phrase or group after it"),
        ("title:source:a", 7, "source: inside title:"),
        ("title:(a source:b)", 10, "source: inside title:"),
        ("a ++", 3, "++ has no letters or digits"),
        ('"++"', 1, "++ has no letters or digits"),
        ("source:++", 8, "++ has no letters or digits"),
        ("a && b", 3, "leave it out, or write AND"),
        ("a | b", 3, "leave it out, or write OR"),
        ("a *", 3, "* stands alone"),
        ("知*产", 2, "* may only end a word"),
        ("*tent", 1, "* may only end a word"),
        ("a**", 2, "* may only end a word"),
        ("NEAR(a b)", 1, "write a NEAR/5 b"),
        ("a NEAR/ b", 3, "write a NEAR/5 b"),
        ("a NEAR/3", 3, "NEAR/3 without anything after it"),
        ("NEAR/3 a", 1, "NEAR/3 without anything before it"),
        ("a AND NEAR/3 b", 7, "NEAR/3 directly after AND"),
        ("a NEAR/2 b NEAR/3 c", 12, "it stands between two words only"),
        ("title:a NEAR/2 b", 9, "its sides stand in different fields (write title:(a NEAR/5 b))"),
        ("source:(a NEAR/2 b)", 11, "source: is a name as a whole"),
        ("a NEAR/2 (b c)", 3, "between words, phrases, or groups of them joined by OR"),
        ("a NEAR/2 (b OR -c)", 3, "between words, phrases, or groups of them joined by OR"),
        ("a NEAR/501 b", 3, "more than 500 words between"),
        ("a @x", 3, 'unknown concept @x (to search for the text, quote it: "@x")'),
        ("a @", 3, "@ is not the name of a concept"),
        ("甘肃OR深圳", 3, "OR stands inside a word (put blanks around OR"),
        ("NOT a", 1, "true of every article with none of its words"),
        ("NOT a NOT b", 1, "true of every article with none of its words"),
        ("a OR NOT b", 6, "say what must occur"),
        ("x OR (a OR NOT b)", 12, "say what must occur"),
        ("a \ud800", 3, "not valid text"),
        ("x" * (MAX_LENGTH + 1), MAX_LENGTH + 1, "longer than"),
        ("(" * (MAX_NESTING + 1), MAX_NESTING + 1, "parentheses inside each other"),
    ],
)
def test_errors_name_their_column(text: str, column: int, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)

    assert column == caught.value.column
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"column {column}: ")


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("a and b", "column 3: and is searched for; the operator is AND"),
        ("Not a", "column 1: Not is searched for; the operator is NOT"),
        ("a OR b c", "column 8: joined by AND to what stands before it: AND binds before OR"),
        ("a --b", "column 3: - is ignored; to exclude a word write NOT"),
        ("a NEAR b", "column 3: NEAR is searched for; the operator is NEAR/5"),
        ("a near/5 b", "column 3: near/5 is searched for; the operator is NEAR/5"),
        ('"a*"', 'column 1: a * inside quotes is text: "like this"* is a prefix'),
        ("知识*", "column 1: a * after a Chinese word changes nothing"),
        ("法国(巴黎)", "column 3: this parenthesis opens a group; if it is text, quote it"),
    ],
)
def test_notes_say_what_may_not_be_meant(text: str, note: str) -> None:
    assert (note,) == parse(text).notes


@pytest.mark.parametrize(
    "text", ['"and"', "a OR b AND c", "(a OR b) c", "a b", "source:知识*", "IPR*"]
)
def test_what_is_plain_needs_no_note(text: str) -> None:
    assert parse(text).notes == ()


def test_terms_are_listed_once_with_those_that_must_not_occur() -> None:
    terms = parse('title:甘肃 AND (IPR OR ipr OR "a b"*) NOT source:x').terms

    assert [str(term) for term in terms] == ["title:甘肃", "IPR", '"a b"*', "source:x"]
    assert [term.prefix for term in terms] == [False, False, True, False]


def test_a_name_is_one_token_whatever_it_holds() -> None:
    (phrase,) = parse('source:" CNIPA News: AT&T "').terms
    (word,) = parse("source:CNIPA").terms

    assert len(phrase.tokens) == 1
    assert phrase.tokens != word.tokens


def test_holds_asks_for_terms() -> None:
    query = parse("甘肃 AND (政策 OR IPR) NOT 体育")

    def given(*words: str) -> bool:
        return query.holds(lambda leaf: str(leaf) in words)

    assert given("甘肃", "IPR")
    assert not given("甘肃")
    assert not given("甘肃", "政策", "体育")


@pytest.fixture(scope="module")
def index() -> Iterator[Database]:
    database = Database(memory=True)
    database.execute(
        "CREATE VIRTUAL TABLE search USING fts5 (title, body, source, lang, author, site,"
        " content='', tokenize='ascii')"
    )
    yield database
    database.close()


def accepted(index: Database, query: Query) -> bool:
    """Whether FTS5 can read it: an error would raise."""
    match = query.plan().match
    if match is not None:
        index.execute("SELECT rowid FROM search WHERE search MATCH ?", (match,)).fetchall()
    return True


@pytest.mark.parametrize(
    "text",
    [
        "(" * MAX_NESTING + "a" + ")" * MAX_NESTING,
        "(a OR (b " * (MAX_NESTING // 2) + "c" + "))" * (MAX_NESTING // 2),
        "((a b) OR (c d) " * (MAX_NESTING // 2) + "e" + ")" * (MAX_NESTING // 2),
        "a NOT (" * 27 + "b" + ")" * 27,
        " OR ".join(f'"w{number} x"' for number in range(700)),
        " ".join(f"w{number}*" for number in range(1500)),
        "a" + " NOT b" * 1500,
        "NOT " * 2000 + "a",
        "(" * MAX_NESTING + "a NEAR/3 b" + ")" * MAX_NESTING,
        "(x OR (a NEAR/3 b " * (MAX_NESTING // 2) + "c" + "))" * (MAX_NESTING // 2),
        "(x OR (y NOT (a NEAR/3 b) " * 12 + "c" + "))" * 12,
    ],
    ids=[
        "deep",
        "alternating",
        "bushy",
        "nots",
        "ors",
        "ands",
        "without",
        "not not",
        "near",
        "near and or",
        "near not",
    ],
)
def test_what_parses_fits_into_the_parser_of_fts5(index: Database, text: str) -> None:
    assert accepted(index, parse(text))


def test_what_does_not_fit_is_an_error_of_ours() -> None:
    with pytest.raises(QueryError, match="too many NOT"):
        parse("a NOT (" * 40 + "b" + ")" * 40)


SYNTAX = st.lists(
    st.sampled_from(
        [
            *"()\"“”「」*:：^-+{}#,;/\\'\0\n 　*¶",
            "AND",
            "OR",
            "NOT",
            "NEAR",
            "title:",
            "source:",
            "site:",
            "after:",
            "lang:",
            "author:",
            "2026-05",
            " NEAR/3 ",
            " NEAR/0 ",
            "@c",
            " -",
            "a",
            "知识",
            "ｂ",
            "é",
        ]
    ),
    max_size=12,
).map("".join)


@settings(deadline=None)
@given(text=st.one_of(SYNTAX, st.text(max_size=30)))
@example("title:@c")  # the way out is that of the error inside the concept
def test_any_text_is_a_query_or_an_error_within_it(index: Database, text: str) -> None:
    column, query, hint = 1, None, "none needed"
    try:
        query = parse(text, Concepts({"c": ["a NEAR/2 b", "lang:zh -知识"]}))
    except QueryError as error:
        column = error.column
        hint = error.hint

    assert 1 <= column <= len(text) + 1
    assert hint, "every error says what to do"
    assert query is None or accepted(index, query)


@settings(deadline=None)
@given(text=SYNTAX)
def test_quoted_syntax_is_text(index: Database, text: str) -> None:
    quoted = '"' + "".join(char for char in text if char not in '"＂') + 'x"'

    query = parse(quoted)

    assert len(query.terms) == 1
    assert accepted(index, query)
    assert query.fts() == fts(query.terms[0])

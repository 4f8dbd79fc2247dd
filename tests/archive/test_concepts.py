"""Concepts: what a name stands for, and what is said where it stands for nothing."""

from __future__ import annotations

import pytest

from archive.errors import QueryError
from archive.query import Concepts, concept_problems, parse

VALUES = {
    "CNIPA": ["CNIPA", "国家知识产权局", "State Intellectual Property Office"],
    "offices": ["@CNIPA", "EPO OR @court", "专利局 -邮政"],
    "court": ["法院"],
}


def same(text: str, meaning: str) -> bool:
    return parse(text, Concepts(VALUES)).tree == parse(meaning).tree


def test_a_concept_is_what_it_stands_for() -> None:
    name = '(CNIPA OR 国家知识产权局 OR "State Intellectual Property Office")'

    assert same("@CNIPA", name)
    assert same("＠ｃｎｉｐａ", name)
    assert same("甘肃 -@cnipa", f"甘肃 NOT {name}")
    assert same("title:@CNIPA", f"title:{name}")
    assert same("@CNIPA NEAR/4 通知", f"{name} NEAR/4 通知")
    assert same("@offices", f"{name} OR EPO OR 法院 OR (专利局 NOT 邮政)")
    assert same('"@CNIPA"', "CNIPA")


def test_dates_in_a_concept_are_read_in_the_zone_of_the_query() -> None:
    from zoneinfo import ZoneInfo

    concepts = Concepts({"may": ["after:2026-05 before:2026-06"]})
    zone = ZoneInfo("Asia/Shanghai")

    assert (
        parse("@may", concepts, zone=zone).tree
        == parse("after:2026-05 before:2026-06", zone=zone).tree
    )


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("a @cnpia", 3, "unknown concept @cnpia (did you mean @CNIPA?)"),
        ("a @zzz", 3, 'to search for the text, quote it: "@zzz"'),
        ("@a", 1, "this concept uses itself: @a → @b → @a"),
        ("x @self", 3, "this concept uses itself: @self → @self"),
        ("x @bad", 3, "inside @bad: column 4: AND without anything after it"),
        ("x @not", 3, "inside @not: column 1: this would be true of every article"),
        ("title:@dated", 7, "inside @dated: column 1: after: inside title:"),
        ("@dated NEAR/3 x", 8, "stands between words"),
    ],
)
def test_errors_stand_where_the_concept_is_used(text: str, column: int, message: str) -> None:
    concepts = Concepts(
        VALUES
        | {"a": ["@b"], "b": ["x", "@a"], "self": ["@self"], "bad": ["专利 AND"], "not": ["-x"]}
        | {"dated": ["after:2026"]}
    )

    with pytest.raises(QueryError) as caught:
        parse(text, concepts)

    assert column == caught.value.column
    assert message in str(caught.value)


def test_each_mistake_is_told_once_where_it_was_made() -> None:
    values = {
        "a": ["ok", "@b"],
        "b": ["x OR @a"],
        "user of a": ["@a"],
        "bad": ["a AND"],
        "user of bad": ["@bad"],
        "typo": ["@ofices"],
        "offices": ["EPO"],
    }

    told = {(name, number): str(error) for name, number, error in concept_problems(values)}

    assert set(told) == {("a", 2), ("b", 1), ("bad", 1), ("typo", 1)}
    assert told["a", 2].startswith("column 1: this concept uses itself: @a → @b → @a")
    assert told["b", 1].startswith("column 6: this concept uses itself: @b → @a → @b")
    assert "did you mean @offices?" in told["typo", 1]


def test_concepts_that_double_each_other_end_in_an_error() -> None:
    values = {f"c{n}": [f"(@c{n - 1} x{n}) OR (@c{n - 1} y{n})"] for n in range(1, 33)}

    with pytest.raises(QueryError, match="stands for more than"):
        parse("@c32", Concepts(values | {"c0": ["a"]}))


@pytest.mark.parametrize("parentheses", [0, 1, 9, 40])
def test_concepts_that_lead_on_and_on_end_in_an_error(parentheses: int) -> None:
    """Python has no room for them: the config could not be checked, nor the page be asked."""
    around = "(" * parentheses, ")" * parentheses
    values = {f"c{n}": [f"{around[0]}@c{n + 1}{around[1]}"] for n in range(300)}
    values["c300"] = ["patent"]

    told = [name for name, _, error in concept_problems(values) if "inside each" in str(error)]
    with pytest.raises(QueryError, match="column 3: too many concepts and parenth"):
        parse("a @c0", Concepts(values))

    assert told[0] == "c0"
    assert parse("@c299", Concepts(values)).tree == parse("patent").tree


def test_parentheses_of_a_concept_that_are_too_many_are_told_of_it_alone() -> None:
    """As every mistake: not of those who use it as well."""
    values = {"deep": ["(" * 51 + "a" + ")" * 51], "uses": ["@deep"]}

    assert [name for name, _, _ in concept_problems(values)] == ["deep"]

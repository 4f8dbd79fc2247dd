"""A text in paragraphs with its words marked: nothing lost, nothing doubled, nothing rendered."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from lxml import html  # type: ignore[import-untyped]

from archive.query.leaf import Term
from archive.query.spans import Span
from presswatch.web.reading import marked_paragraphs

TERM = Term(field="", tokens=(), prefix=False, text="x")
TEXTS = st.text(st.sampled_from("专利 a<&\n\u3000"), max_size=40)
RANGES = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 6)), max_size=6)


@given(TEXTS, RANGES)
def test_marks_stand_where_they_stood(text: str, ranges: list[tuple[int, int]]) -> None:
    """Whatever overlaps, and wherever a paragraph begins or ends inside of a mark."""
    spans = [Span("body", at, at + size, "", TERM) for at, size in ranges if at < len(text)]
    marked = {place for span in spans for place in range(span.start, span.end)}
    wanted = [
        (
            line.strip(),
            [c for at, c in enumerate(text) if at in marked and begin <= at < begin + len(line)],
        )
        for line, begin in lines(text)
        if line.strip()
    ]

    found = [html.fromstring(f"<p>{paragraph}</p>") for paragraph in marked_paragraphs(text, spans)]

    assert [one.text_content() for one in found] == [line for line, _ in wanted]
    for one, (line, chars) in zip(found, wanted, strict=True):
        shown = "".join(one.xpath(".//mark//text()"))
        assert shown.replace(" ", "").replace("\u3000", "") == "".join(chars).replace(
            " ", ""
        ).replace("\u3000", ""), line


def lines(text: str) -> list[tuple[str, int]]:
    """Each line and where it begins."""
    made, begin = [], 0
    for line in text.split("\n"):
        made.append((line, begin))
        begin += len(line) + 1
    return made


def test_an_indent_of_its_own_is_left_out() -> None:
    """Two ideographic blanks before one paragraph and none before the next look like a mistake."""
    (first, second) = marked_paragraphs("\u3000\u3000近日\n据报道 ", [])

    assert (str(first), str(second)) == ("近日", "据报道")

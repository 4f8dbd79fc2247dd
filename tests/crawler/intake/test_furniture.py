"""What stands on many pages of a source is its furniture, and no text of an article."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.article import Outcome
from archive.lookup import find_article
from archive.transaction import transaction
from crawler.extract import extract
from crawler.intake.furniture import PAGES, Habit, is_furniture, mark, marks, stripped
from crawler.intake.habits import MANY, MOST, SELDOM, file_clean
from tests.archive.articles import NOW, check, column, fresh, incoming
from tests.crawler.webpage import html, page

if TYPE_CHECKING:
    from sqlite_utils import Database

ODD = "小鼹鼠读报，天天有好心情，本栏目由城东书店友情支持，欢迎光临。"
QUOTE = "市长说：“这座码头属于每一个在这里等过渡轮的人。”"
SUBJECTS = "渡轮 渔市 堤岸 灯塔 书店 面包 钟楼 花园 学校 医院 剧院 车站".split()


def story(subject: str) -> tuple[str, str]:
    return (
        f"城东的{subject}在经过两年的整修以后于星期一上午重新开放，第一天就来了四百名客人。",
        f"负责人介绍，{subject}的新规章将在明年春天公布，在此之前一切照旧，大家不必担心。",
    )


def read(number: int, *extra: str) -> str:
    """The text of one of the site's pages, all of which carry the odd block."""
    first, last = story(SUBJECTS[number])
    return extract(page(html(title=SUBJECTS[number] * 3, body=(first, ODD, *extra, last)))).text


def file(db: Database, number: int, text: str, source: str = "Daily") -> Outcome:
    url = f"https://{source.lower()}.example/{number}"
    return file_clean(db, incoming(url, text, source=source), NOW).outcome


def text_of(db: Database, number: int, source: str = "Daily") -> str:
    article = find_article(db, f"https://{source.lower()}.example/{number}")
    assert article is not None
    return article.newest.text


def test_a_block_on_every_page_of_a_site_goes_once_it_is_known() -> None:
    with fresh() as db:
        for number in range(len(SUBJECTS)):
            text = read(number)
            assert ODD in text
            file(db, number, text)

        kept = [ODD in text_of(db, number) for number in range(len(SUBJECTS))]
        assert kept == [True] * PAGES + [False] * (len(SUBJECTS) - PAGES)
        for number in range(PAGES, len(SUBJECTS)):
            assert text_of(db, number) == "\n".join(story(SUBJECTS[number]))
        check(db)


def test_a_sentence_quoted_in_two_articles_survives() -> None:
    with fresh() as db:
        for number in range(len(SUBJECTS)):
            quoted = (QUOTE,) if number in {6, 9} else ()
            file(db, number, read(number, *quoted))

        for number in (6, 9):
            assert QUOTE in text_of(db, number)
            assert ODD not in text_of(db, number)


def test_what_is_furniture_to_one_source_is_text_to_another() -> None:
    with fresh() as db:
        for number in range(PAGES + 1):
            file(db, number, read(number))
        file(db, PAGES + 1, read(PAGES + 1), source="Other")

        assert ODD in text_of(db, PAGES + 1, "Other")


def test_an_article_looked_at_again_has_not_changed_because_we_learned() -> None:
    with fresh() as db:
        for number in range(len(SUBJECTS)):
            file(db, number, read(number))

        assert file(db, 0, read(0)) is Outcome.SAME
        assert file(db, PAGES + 1, read(PAGES + 1)) is Outcome.SAME
        assert ODD in text_of(db, 0)


def test_one_article_under_many_addresses_makes_no_furniture() -> None:
    with fresh() as db:
        for number in range(3 * PAGES):
            file(db, number, "\n".join(story("渡轮")))

        assert column(db, "SELECT DISTINCT pages FROM paragraph") == [1]


def test_one_article_corrected_many_times_makes_no_furniture() -> None:
    with fresh() as db:
        for number in range(3 * PAGES):
            changed = f"更正第{number}号：{'很' * number}抱歉。"
            file(db, 0, "\n".join([*story("渡轮"), changed]))

        assert story("渡轮")[0] in text_of(db, 0)


def test_a_page_of_furniture_alone_stays_as_it_is() -> None:
    with fresh() as db:
        for number in range(PAGES + 1):
            file(db, number, read(number))
        file(db, 90, ODD)

        assert text_of(db, 90) == ODD


def test_what_is_kept_of_a_source_is_bounded() -> None:
    with fresh() as db, transaction(db):
        for number in range(12):
            lines = [f"{number} and line {line} of it" for line in range(MOST // 5)]
            file(db, number, "\n".join([ODD, *lines]))
            assert column(db, "SELECT count(*) FROM paragraph WHERE mark <> 0")[0] <= MOST

        assert column(db, "SELECT count(*) FROM paragraph WHERE mark <> 0")[0] >= MOST - MANY
        assert column(db, "SELECT pages FROM paragraph WHERE mark = 0") == [12]
        assert column(db, "SELECT pages FROM paragraph WHERE mark = ?", mark(ODD)) == [12]


def test_what_short_pages_bring_is_bounded_too() -> None:
    """Their rows are counted now and then only."""
    most, lines = 0, MANY - 1
    with fresh() as db, transaction(db):
        for number in range(2 * SELDOM):
            file(db, number, "\n".join(f"{number} and line {line} of it" for line in range(lines)))
            most = max(most, column(db, "SELECT count(*) FROM paragraph WHERE mark <> 0")[0])

        left = column(db, "SELECT count(*) FROM paragraph WHERE mark <> 0")[0]
    assert MOST < most <= MOST + SELDOM * lines
    assert MOST - MANY <= left <= MOST


@pytest.mark.parametrize(
    ("pages", "first", "read_so_far", "furniture"),
    [
        (PAGES, 1, PAGES, True),
        (PAGES - 1, 1, PAGES - 1, False),
        (PAGES, 1, 4 * PAGES, True),
        (PAGES, 1, 4 * PAGES + 1, False),  # a phrase that comes now and then
        (PAGES, 500, 520, False),
        (PAGES, 500, 510, True),  # the site has a new design
    ],
)
def test_furniture_stands_on_many_pages_and_often(
    pages: int, first: int, read_so_far: int, furniture: bool
) -> None:
    assert is_furniture(Habit(pages, first), read_so_far) is furniture


def test_a_paragraph_is_known_however_it_is_spelled() -> None:
    assert mark("Ｓhare　This: Story!") == mark("share this story")
    assert mark("share this story") != mark("share that story")
    assert mark("—") == mark("ab") == 0


@given(st.lists(st.text(max_size=60), max_size=8), st.integers(0, 20), st.data())
def test_lines_are_only_taken_away_and_never_all(
    lines: list[str], pages: int, data: st.DataObject
) -> None:
    text = "\n".join(lines)
    known = data.draw(st.sets(st.sampled_from(sorted(marks(text)) or [0])))

    left = stripped(text, {one: Habit(pages, 1) for one in known}, pages)

    rest = iter(text.split("\n"))
    assert all(line in rest for line in left.split("\n"))
    assert bool(left.strip()) is bool(text.strip())

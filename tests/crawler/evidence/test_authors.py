"""Authors are people who wrote; who edited, photographed or published did not."""

from __future__ import annotations

import json

import pytest

from crawler.evidence.authors import candidates, people
from crawler.markup import parse

TEXT = "码头重新开放，第一班渡轮载着四百人离开，市长到场。\n渔市将在明年春天搬回原来的位置。"


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("By Ann Lee", ("Ann Lee",)),
        ("by Ann Lee and Bo Benit-Chen", ("Ann Lee", "Bo Benit-Chen")),
        ("Ann Lee, Bo Chen & Cy de Vries", ("Ann Lee", "Bo Chen", "Cy de Vries")),
        ("By Ann Lee in Geneva", ("Ann Lee",)),
        ("Ann Lee (Reuters)", ("Ann Lee",)),
        ("Ann Lee - Staff", ("Ann Lee",)),
        ("ann-lee", ("Ann Lee",)),
        ("Ann Lee-Chen", ("Ann Lee-Chen",)),
        ("作者：张三", ("张三",)),
        ("作者张三", ("张三",)),
        ("文/李小四", ("李小四",)),
        ("本报记者 张三 李小四", ("张三", "李小四")),
        ("记者张三、李小四", ("张三", "李小四")),
        ("晨报讯（记者 欧阳小四）", ("欧阳小四",)),
        ("記者 長孫明", ("長孫明",)),
        ("撰文丨王五", ("王五",)),
        ("来源：晨报 作者：张三 编辑：李四", ("张三",)),
        ("張三 記者 陳小五", ("陳小五",)),
        ("张三/城东晚报", ("张三",)),
        ("作者：让·雅克", ("让·雅克",)),
    ],
)
def test_names_are_read_from_a_byline(byline: str, names: tuple[str, ...]) -> None:
    assert people(byline) == names


@pytest.mark.parametrize(
    "byline",
    [
        "",
        "Photo by Ann Lee",
        "http://press.example/ann",
        "ann@press.example",
        "press.example.com",
        "admin",
        "{{ author }}",
        "记者 张三 摄",
        "记者从市政府获悉",
        "记者王某说",
        "记者了解到",
        "编辑：李四",
        "本网",
        "a, b, c",
    ],
)
def test_what_is_no_author_is_left_out(byline: str) -> None:
    assert people(byline) == ()


def test_every_place_is_kept_and_the_data_go_first() -> None:
    data = {"@graph": [{"@type": ["NewsArticle"], "author": [{"name": "Ann Lee"}, "Bo Chen"]}]}
    markup = parse(
        f'<head><meta name="author" content="Mole Desk">'
        f'<script type="application/ld+json">{json.dumps(data)}</script></head>'
        f'<h1>码头重新开放了</h1><p>记者 张三 报道</p><a rel="author">Cy Poe</a><p>{TEXT}</p>'
    )
    assert markup is not None

    found = candidates(markup, "码头重新开放了", TEXT, "By Di Fo")

    assert [(one.where, one.names) for one in found] == [
        ("json-ld author", ("Ann Lee", "Bo Chen")),
        ("text", ("张三",)),
        ("meta author", ("Mole Desk",)),
        ("byline", ("Cy Poe",)),
        ("listing", ("Di Fo",)),
    ]


@pytest.mark.parametrize("end", ["（记者 张三）", "(张三)", "（作者：张三）", "文/张三"])
def test_names_stand_in_brackets_where_the_text_ends(end: str) -> None:
    text = f"{TEXT}\n城东区的游客比去年同期多了两成，酒店都已客满。{end}"
    markup = parse("".join(f"<p>{line}</p>" for line in text.split("\n")))
    assert markup is not None

    assert [one.names for one in candidates(markup, "", text)] == [("张三",)]


def test_names_with_their_readings_are_names() -> None:
    text = f"{TEXT}\n城东区的游客比去年同期多了两成，酒店都已客满。(馬計(jì) 楊柳崗)"
    markup = parse("".join(f"<p>{line}</p>" for line in text.split("\n")))
    assert markup is not None

    assert [one.names for one in candidates(markup, "", text)] == [("馬計", "楊柳崗")]


@pytest.mark.parametrize(
    ("opening", "names"),
    [
        ("Harbour News, Lanzhou, July 10 (Ann Lee and Bo Chen) The", [("Ann Lee", "Bo Chen")]),
        ("LANZHOU, July 10 (Ann Lee, Bo Chen and Cy Poe) The", [("Ann Lee", "Bo Chen", "Cy Poe")]),
        ("LANZHOU, July 10 (Newswire) -- The", []),
        ("LANZHOU, July 10 (Harbour Daily) -- The", []),
        ("LANZHOU, July 10 (Harbour Daily) The", []),
        ("The treaty (Trade Related Aspects) of the", []),
    ],
)
def test_names_stand_in_brackets_behind_a_dateline(opening: str, names: list[object]) -> None:
    text = f"{opening} harbour opened again on Monday after two years of work.\n{TEXT}"
    markup = parse("".join(f"<p>{line}</p>" for line in text.split("\n")))
    assert markup is not None

    assert [one.names for one in candidates(markup, "", text)] == names


def test_a_person_goes_before_the_outlet() -> None:
    data = json.dumps({"@type": "NewsArticle", "author": {"name": "The Daily Mole"}})
    markup = parse(
        '<head><meta property="og:site_name" content="The Daily Mole">'
        f'<script type="application/ld+json">{data}</script></head>'
        f"<h1>码头重新开放了</h1><p>By Ann Lee</p><p>{TEXT}</p>"
    )
    assert markup is not None

    assert [one.names for one in candidates(markup, "码头重新开放了", TEXT)] == [
        ("Ann Lee",),
        ("The Daily Mole",),
    ]


@pytest.mark.parametrize(
    "below",
    [
        '<div id="comments"><span class="author-name">Di Fo</span><p>Well said.</p></div>',
        '<li class="comment"><a rel="author" href="/di">Di Fo</a><p>作者：很好</p></li>',
        '<form><label class="byline">Author</label><input name="author"></form>',
        '<form><p class="author-name">Your Name</p><label>作者：</label><input></form>',
    ],
)
def test_a_commenter_and_a_form_label_are_no_authors(below: str) -> None:
    markup = parse(f"<h1>码头重新开放了</h1><p>{TEXT}</p>{below}")
    assert markup is not None

    assert candidates(markup, "码头重新开放了", TEXT) == []

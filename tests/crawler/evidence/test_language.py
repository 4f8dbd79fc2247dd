"""The language is that of the text, however its letters are set."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.evidence.language import candidates, detect
from crawler.markup import parse

TEXTS = {
    "en": "The harbour of the old town opened again on Monday after two years of work.",
    "fr": "L’Office a publié hier une règle attendue : les dépôts d’été seront traités à Genève.",
    "de": "Das Amt hat gestern eine neue Regel veröffentlicht, nach der früher geprüft wird.",
    "ru": "Ведомство опубликовало новое правило, о котором давно просили заявители.",
    "ja": "特許庁は新しい規則を発表しました。会社は三か月以内に登録しなければなりません。",
    "ko": "특허청은 새로운 규칙을 발표했다. 회사들은 석 달 안에 등록해야 한다.",
    "zh": "本市知识产权局昨日公布了新的办法，要求各部门在三个月之内完成登记。",
}
TRADITIONAL = "本市智慧財產局昨日公布了新的辦法，要求各部門在三個月之內完成登記。"
GLOSSED = "".join(
    f"{name}({reading})来到了码头。" for name, reading in
    (("马累", "mǎ lèi"), ("张三", "zhāng sān"), ("李四", "lǐ sì"), ("王五", "wáng wǔ"))
)  # fmt: skip


def full_width(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


@pytest.mark.parametrize(("language", "text"), TEXTS.items(), ids=TEXTS)
def test_a_language_is_known_in_full_width_letters_too(language: str, text: str) -> None:
    assert detect(text) == detect(full_width(text)) == language


def test_chinese_is_chinese_in_both_scripts_and_with_readings() -> None:
    assert detect(TRADITIONAL) == detect(GLOSSED) == "zh"


def test_what_the_page_says_counts_where_the_text_does_not_tell() -> None:
    markup = parse(
        '<html lang="de-CH"><meta property="og:locale" content="fr_CH"><p>1 2</p></html>'
    )
    assert markup is not None

    assert [(one.value, one.where) for one in candidates(markup, "1 2")] == [
        ("de", "html lang"),
        ("fr", "meta og:locale"),
    ]
    assert candidates(markup, TEXTS["en"])[0].value == "en"


@given(st.text(max_size=100))
def test_any_text_has_a_language_or_none(text: str) -> None:
    assert len(detect(text)) in {0, 2}

"""Reading glosses: which are taken out, and which brackets stay."""

import pytest

from archive.fold import stream
from archive.pinyin import SYLLABLES, syllables


def test_every_syllable_of_the_language_and_no_more() -> None:
    assert 410 <= len(SYLLABLES) <= 430
    assert {"zhi", "lve", "nve", "nv", "er", "a", "zhuang", "ê"} <= SYLLABLES
    assert not SYLLABLES & {"", "fe", "pe", "be", "jo", "gi", "shong"}


@pytest.mark.parametrize(
    ("glossed", "without"),
    [
        ("知識(shí)產(chǎn)權(quán)", "知识产权"),
        ("知識（shí）產（chǎn）權", "知识产权"),
        ("知識(Shí)產(CHǍN)權", "知识产权"),
        ("知識(shi\u0301)產", "知识产"),
        ("知識(s\u200bh\u00adí)產", "知识产"),
        ("知識(ｓｈí)產", "知识产"),
        ("知識( shí )產", "知识产"),
        ("國(ɡuó)家(jiɑ̄)", "国家"),
        ("省(shěng)省(shĕng)", "省省"),
        ("女(nǚ)旅(lǚ)略(lüè)虐(nuè)", "女旅略虐"),
        ("嗯(ńg)嗯(ň)呣(m̀)", "嗯嗯呣"),
        ("知识(zhīshi)法", "知识法"),
        ("知识产权(zhīshi chǎnquán)局", "知识产权局"),
        ("西安(xī'ān)西安(Xī’ān)西安(xīān)市", "西安西安西安市"),
        ("花儿(huār)开", "花儿开"),
        ("东西(dōngxi)和朋友(péngyou)", "东西和朋友"),
        ("国(guó)(guó)家", "国家"),
        ("知(zhī)识(shí)(zhīshi)法", "知识法"),
        ("〇(líng)年", "〇年"),
        ("(马计(jì) 杨)", "马计 杨"),
    ],
)
def test_a_reading_leaves_no_trace(glossed: str, without: str) -> None:
    assert stream(glossed) == stream(without)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("中国(深圳)", "深圳"),
        ("局(CNIPA)", "cnipa"),
        ("法国(Orléans)", "orléans"),
        ("咖啡(café)", "café"),
        ("马累(Malé)", "malé"),
        ("马拉加(Málaga)", "málaga"),
        ("莫妮卡(Mónica)", "mónica"),
        ("莱娅(Léa)", "léa"),
        ("顺化(Huế)", "huế"),
        ("雷内(René)", "rené"),
        ("识(shi)", "shi"),
        ("识(shi2)", "shi2"),
        ("识(shíchǎn)", "shíchǎn"),
        ("识 (shí)", "shí"),
        ("识\n(shí)", "shí"),
        ("abc(shí)", "shí"),
        ("识，(shí)", "shí"),
        ("识[shí]", "shí"),
        ("识(shí", "shí"),
        ("识(shí)(shíchǎn)", "shíchǎn"),
        ("识(CNIPA)(shí)", "shí"),
        ("识(shí、zhì)", "shí"),
        ("识(\u0301shí)", "shí"),
        ("识(shíx)", "shíx"),
        ("识(sh\u0308í)", "sh\u0308í"),
    ],
)
def test_anything_else_in_brackets_stays(text: str, kept: str) -> None:
    assert all(token in stream(text).split() for token in stream(kept).split())


@pytest.mark.parametrize(
    ("reading", "count"),
    [("shí", 1), ("fāngàn", 2), ("xī ān", 2), ("zhīshi", 2), ("ń", 1), ("n", None), ("", None)],
)
def test_syllables_are_counted_at_their_fewest(reading: str, count: int | None) -> None:
    assert syllables(reading) == count

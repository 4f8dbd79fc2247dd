"""What the fold makes of a text, by example."""

import time

import pytest

from archive.fold import content_hash, fold, fold_version, name_token, stream
from archive.variants import digest, variants


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", ""),
        ("专利 Patent", "专 利 patent"),
        ("专利Patent局", "专 利 patent 局"),
        ("５Ｇ网络", "5g 网 络"),
        ("China's R&D don't", "china s r d don t"),
        ("snake_case", "snake case"),
        ("Straße İzmir ŉ ﬁnal", "strasse i̇zmir ʼn final"),
        ("cafe\u0301 = café", "café café"),
        ("soft\u00adhyphen zero\u200bwidth", "softhyphen zerowidth"),
        ("\ufeff知\u200b识\u2060产\ufe0f权\U000e0100", "知 识 产 权"),
        ("〇々𠀀 \U0003134f", "〇 々 𠀀 \U0003134f"),
        ("ᄒ\u1161ᆫ국 한국", "한국 한국"),
        ("知的財産のために", "知 的 财 产 のために"),
        ("中\u0301国", "中 国"),
        ("a\x00b\tc\xa0d", "a b c d"),
        ("bad \ud800 byte \ufffd", "bad byte"),
    ],
)
def test_tokens_are_single_ideographs_and_runs_of_other_letters(text: str, tokens: str) -> None:
    assert stream(text) == tokens


@pytest.mark.parametrize("mark", ["™", "²", "①", "❷", "℠"])
def test_what_is_set_small_beside_a_name_does_not_become_part_of_it(mark: str) -> None:
    assert stream(f"Huawei{mark}").split()[0] == "huawei"


def test_fractions_stand_apart_from_the_number_before() -> None:
    assert stream("1½ times") == "1 1 2 times"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("國家知識產權局", "国家知识产权局"),
        ("臺灣著作權", "台湾著作权"),
        ("乾隆", "干隆"),
        ("行政院衞生署", "行政院卫生署"),
        ("應用軟體裏", "应用软体里"),
        ("⻓江⻢⻋", "长江马车"),
        ("⼀⼈", "一人"),
        ("座標與想像", "坐标与想象"),
        ("商標（註冊）", "商标(注册)"),
    ],
)
def test_one_form_for_both_scripts_character_by_character(one: str, other: str) -> None:
    assert stream(one) == stream(other)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("甘肃。深圳", "甘 肃 ¶ 深 圳"),
        ("甘肃，深圳", "甘 肃 ¶ 深 圳"),
        ("甘肃、深圳", "甘 肃 ¶ 深 圳"),
        ("建立“会商”机制", "建 立 ¶ 会 商 ¶ 机 制"),
        ("达·芬奇", "达 ¶ 芬 奇"),
        ("甘_肃", "甘 ¶ 肃"),
        ("甘 、\u0301 肃", "甘 ¶ 肃"),
        ("甘肃 深圳", "甘 肃 深 圳"),
        ("甘肃\t\u3000深圳", "甘 肃 深 圳"),
        ("甘肃，5月", "甘 肃 5 月"),
        ("中国(深圳)市", "中 国 ¶ 深 圳 ¶ 市"),
        ("华为(Huawei)公司", "华 为 huawei 公 司"),
        ("甘肃ab-深圳", "甘 肃 ab 深 圳"),
        ("甘肃\ufffd深圳", "甘 肃 ¶ 深 圳"),
    ],
)
def test_punctuation_between_ideographs_breaks_and_a_blank_does_not(text: str, tokens: str) -> None:
    assert stream(text) == tokens


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
def test_every_line_break_is_a_paragraph(end: str) -> None:
    assert stream(f"one{end}{end} two") == "one ¶ two"


@pytest.mark.parametrize("end", [*"。！？!?…｡¶", "...", "?!", "‼", " ¶ ¶ "])
def test_sentence_ends_always_break(end: str) -> None:
    assert stream(f"one{end}two") == "one ¶ two"


@pytest.mark.parametrize("text", ["¶ one ¶ two ¶", "\n\none. \n two!", "…one?two。"])
def test_no_sentinel_leads_trails_or_doubles(text: str) -> None:
    assert stream(text) == "one ¶ two"


def test_a_full_stop_breaks_after_a_word() -> None:
    assert stream("It was granted. The office") == "it was granted ¶ the office"


@pytest.mark.parametrize(
    "text",
    [
        "U.S. Patent",
        "Huawei Co. Ltd",
        "No. 5",
        "Oct. 22",
        "Sept. 22",
        "Acme Corp. and",
        "Prof. Li",
        "Tsinghua Univ. Press",
        "www.cnipa.example.com",
        "said.Then",
        "in 2020. The",
        "G20. The",
        "甘肃. The",
    ],
)
def test_a_full_stop_that_may_be_an_abbreviation_never_breaks(text: str) -> None:
    assert "¶" not in stream(text)


def test_a_word_too_long_for_the_index_is_cut_into_words_that_fit() -> None:
    tokens = fold("x" * 40_000 + " " + "e\u0316\u0301" * 40_000).tokens
    assert max(len(token.encode()) for token in tokens) < 32_768
    assert sum(token.count("x") for token in tokens) == 40_000


def test_a_span_covers_what_the_reader_saw() -> None:
    text = "新聞：\u200b知識(shí)產(chǎn)權(quán)局，Ｃafe\u0301 opens"
    folded = fold(text)
    first = folded.tokens.index("知")

    assert text[slice(*folded.span(first, first + 3))] == "知識(shí)產(chǎn)權(quán)"
    assert text[slice(*folded.span(first + 2, first + 2))] == "產(chǎn)"
    word = folded.tokens.index("café")
    assert text[slice(*folded.span(word, word))] == "Ｃafe\u0301"


def test_a_gloss_behind_the_span_belongs_to_it_only_with_its_whole_word() -> None:
    text = "保护知识(zhīshi)(zhīshi)产权"
    folded = fold(text)

    assert folded.tokens == tuple("保护知识产权")
    assert text[slice(*folded.span(2, 3))] == "知识(zhīshi)(zhīshi)"
    assert text[slice(*folded.span(3, 3))] == "识"
    assert text[slice(*folded.span(2, 4))] == "知识(zhīshi)(zhīshi)产"


def test_the_span_of_a_sentinel_is_what_stands_between_its_neighbours() -> None:
    folded = fold("甘肃 。\n 深圳")
    assert folded.tokens[2] == "¶"
    assert folded.span(2, 2) == (2, 6)


@pytest.mark.parametrize(("first", "last"), [(-1, 0), (1, 0), (0, 2)])
def test_a_span_of_tokens_that_are_not_there_is_an_error(first: int, last: int) -> None:
    with pytest.raises(IndexError):
        fold("one two").span(first, last)


def test_the_hash_sees_only_words() -> None:
    assert content_hash("國家知識(shí)產(chǎn)權(quán)局，發布。") == content_hash(
        "国家\n知识产权局发布"
    )
    assert content_hash("知识产权") != content_hash("知识产品")
    assert content_hash("") != content_hash("a")


def test_the_hash_names_its_version() -> None:
    assert content_hash("甘肃").startswith(f"{fold_version()}:")


@pytest.mark.parametrize(
    ("name", "token"),
    [
        ("gansu", "gansu"),
        ("Gansu Daily", "gansu\u3000daily"),
        ("people.cn/世界", "people．cn／世界"),
        ("a\x00b\x7f\n", "a｡bﾁｫ"),
        ("\udcff", "？"),
    ],
)
def test_a_name_is_one_token(name: str, token: str) -> None:
    assert name_token(name) == token


def test_a_new_variant_table_is_a_new_version() -> None:
    assert digest(variants(), "15.0.0") == "68e76b68", (
        "The table of variants changed: another OpenCC release, or an edit of archive/variants.\n"
        "The fold's version changes with it, so every archive rebuilds its index and hashes when "
        "next opened.\nIf that is meant, write the new digest here and say so in the notes; "
        "if not, hold OpenCC where it was in pyproject.toml."
    )
    assert digest(variants(), "15.0.0") != digest(variants(), "16.0.0")
    assert digest({**variants(), "甲": "乙"}, "15.0.0") != digest(variants(), "15.0.0")


@pytest.mark.parametrize(
    "text",
    [
        "国(guó)" * 30_000,
        "国" * 100_000 + "(guó)" * 30_000,
        "国国(" * 50_000,
        "国(" + "xi" * 100_000,
        "a" + "\u0301\u0316" * 100_000,
        "a" + "\u0301\u200b\u0316" * 100_000,
        "word. " * 50_000,
        "w" * 200_000 + ". x",
        "中" + " " * 200_000 + "-国",
        "中" + "\u0301" * 200_000 + "-国",
        "." * 200_000,
    ],
    ids=range(11),
)
def test_no_text_makes_it_slow(text: str) -> None:
    start = time.process_time()
    stream(text)
    assert time.process_time() - start < 5  # half a second at most; what is quadratic takes minutes

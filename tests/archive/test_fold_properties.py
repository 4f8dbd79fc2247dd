"""What holds for the fold of every text."""

import sqlite3
import unicodedata

import opencc
from hypothesis import example, given
from hypothesis import strategies as st

from archive.fold import SENTINEL, Folded, content_hash, excerpt, fold, name_token, stream
from archive.pinyin import glosses
from archive.variants import is_ideograph, plain

GLOSSES = [
    "(shí)",
    "（chǎn）",
    "(quán)(quán)",
    "(zhīshi)",
    "(s\u200bhí)",
    "(shi\u0301)",
    "(CNIPA)",
    "(",
]
PIECES = [
    *("知識產權國家知识产权国家著着乾干〇々𠀀𪚥\U0003134f豈\ufa0e⻓⼀㍿㊙"),
    *("abzABZ019éßŉİıſKÅǆﬁﬀ™²①❷½㎏５Ａﾊﾟｶﾞがか\u3099ͅᾴΐς"),
    *("ᄒ\u1161ᆫ한국가\u11a8ㄱㅏﾡￂᅠ\uffa0"),
    *("\u0301\u0316\u0307\u0338\u20dd\u0345\u302a\u05b0\u0e31"),
    *"\u00ad\u200b\u200d\u2060\ufeff\u202e\ufe0f\U000e0100\U000e0041\u180b",
    *"\n\r\x0b\x1c\x85\u2028\u2029\t\x00\x1f\x7f \xa0\u3000\u1680",
    *"¶.,;:!?…‥。！？、，“”‘’《》（）()[]-_'·&+*\"⁄😀\ufffd\ud800\ue000",
    *GLOSSES,
    *(". ", "... ", "\r\n", "U.S. ", "Corp. ", "word. ", "甘肃", "國(guó)", "a\u0316\u0301"),
]
PARTS = st.one_of(st.sampled_from(PIECES), st.sampled_from(PIECES), st.characters())
TEXTS = st.lists(PARTS, max_size=40).map("".join)


@given(TEXTS)
@example("知識(shí)(shí)產")
@example("ΐ" + "\u0301" * 40)
def test_folding_again_changes_nothing(text: str) -> None:
    once = stream(text)
    assert stream(once) == once
    assert plain(plain(text)) == plain(text)


@given(TEXTS)
def test_tokens_are_ideographs_runs_and_lone_sentinels(text: str) -> None:
    folded = fold(text)

    assert " ".join(folded.tokens) == folded.stream
    assert SENTINEL not in {*folded.tokens[:1], *folded.tokens[-1:]}
    assert f"{SENTINEL} {SENTINEL}" not in folded.stream
    for token in folded.tokens:
        alone = len(token) == 1 and (is_ideograph(token) or token == SENTINEL)
        assert alone or (token[0].isalnum() and not any(map(is_ideograph, token)))


@given(TEXTS)
def test_canonically_equivalent_texts_fold_alike(text: str) -> None:
    assert stream(unicodedata.normalize("NFD", text)) == stream(text)
    assert stream(unicodedata.normalize("NFC", text)) == stream(text)


@given(st.lists(st.sampled_from([p for p in PIECES if p != "\u0345"])), st.data())
def test_what_no_reader_sees_changes_nothing(parts: list[str], data: st.DataObject) -> None:
    hidden = st.sampled_from(["", "", "\u200b", "\u00ad", "\ufeff", "\u202e", "\U000e0100"])
    text = "".join(part + data.draw(hidden) for part in "".join(parts))
    assert stream(text) == stream("".join(parts))


@given(TEXTS)
def test_places_agree_with_tokens(text: str) -> None:
    folded = fold(text)
    behind = 0
    for index, token in enumerate(folded.tokens):
        start, end = folded.span(index, index)

        assert 0 <= start <= end <= len(text)
        assert end >= behind  # in order; ㍿ is several tokens at one place
        behind = end
        if token != SENTINEL:
            assert start < end
            assert token in fold(text[start:end]).tokens


@given(TEXTS)
def test_a_span_is_a_range_of_the_text_from_its_first_to_its_last_token(text: str) -> None:
    folded = fold(text)
    last = len(folded.tokens) - 1
    for first in range(last + 1):
        start, end = folded.span(first, last)

        assert start == folded.span(first, first)[0]
        assert end >= folded.span(last, last)[1]
        if not glosses(plain(text)):
            words = [token for token in folded.tokens[first:] if token != SENTINEL]
            found = [token for token in fold(text[start:end]).tokens if token != SENTINEL]
            assert found[-len(words) :] == words


def standing(folded: Folded, phrase: tuple[str, ...]) -> list[tuple[int, int]]:
    """Every place of a phrase."""
    size = len(phrase)
    return [
        folded.span(first, first + size - 1)
        for first in range(len(folded.tokens) - size + 1)
        if folded.tokens[first : first + size] == phrase
    ]


#: Texts of which paragraphs are left out before they are folded: each character folds for itself.
EVEN = st.lists(
    st.sampled_from(
        ["知", "識產", "识产", "權", "权", "ab", "A ", "，", "。", "\n", "（", "(shí)", "⻓长"]
    ),
    max_size=60,
).map("".join)


def phrases_of(folded: Folded, data: st.DataObject) -> list[tuple[str, ...]]:
    """Up to three phrases that stand in a text."""
    runs = [part.split() for part in folded.stream.split(f" {SENTINEL} ") if part]
    return [
        tuple(run[start : start + data.draw(st.integers(1, 3))])
        for run in data.draw(st.lists(st.sampled_from(runs), max_size=3) if runs else st.just([]))
        for start in [data.draw(st.integers(0, len(run) - 1))]
    ]


@given(TEXTS | EVEN, st.data())
def test_an_excerpt_has_its_phrases_wherever_the_text_has_them(
    text: str, data: st.DataObject
) -> None:
    """Else a passage of a hit would mark too little, or show the wrong sentence."""
    folded = fold(text)
    phrases = phrases_of(folded, data)
    part = excerpt(text, phrases)
    for phrase in phrases:
        assert standing(part, phrase) == standing(folded, phrase)


def distances(folded: Folded, phrases: list[tuple[str, ...]], reach: int) -> list[int]:
    """How far apart the places of the phrases are, in tokens, from one to every later one."""
    at = [
        first
        for first in range(len(folded.tokens))
        if any(folded.tokens[first : first + len(phrase)] == phrase for phrase in phrases)
    ]
    return [min(reach + 1, to - since) for n, since in enumerate(at) for to in at[n + 1 :]]


@given(
    st.lists(st.sampled_from(["知", "识产", "别的。", "别的事，", "\n"]), max_size=40).map("".join),
    st.integers(1, 16),
)
@example("知。别。别。别。识。", 8)
@example("知。别的事情。别的事情。识。", 8)
def test_in_an_excerpt_phrases_are_as_near_each_other_as_in_the_text(text: str, reach: int) -> None:
    """Else what NEAR found in a text is not shown, or what is not near would be."""
    folded, phrases = fold(text), [("知",), ("识", "产"), ("识",)]
    part = excerpt(text, phrases, reach)
    assert distances(part, phrases, reach) == distances(folded, phrases, reach)
    for phrase in phrases:
        assert standing(part, phrase) == standing(folded, phrase)


def test_an_excerpt_leaves_out_the_rest() -> None:
    """Else a search folds twenty whole texts for a page."""
    text = "知识。\n" + "产权。\n" * 50 + "识产。\n" + "别的。\n" * 50
    assert excerpt(text, [("知", "识")]).stream == "知 识"
    assert len(excerpt(text, [("知", "识"), ("识", "产")], 8).tokens) < 40


@given(
    st.lists(st.sampled_from(["国", "知識", "产权", "，", "ab", "\n"]), min_size=1),
    st.sampled_from(["(shí)", "（Quán）", "(guó)(guó)", "(lüè)"]),
)
def test_a_gloss_behind_any_ideograph_changes_nothing(parts: list[str], gloss: str) -> None:
    glossed = "".join(part + gloss * is_ideograph(part[-1]) for part in parts)
    assert stream(glossed) == stream("".join(parts))


def index_tokens(text: str) -> list[str]:
    """The tokens that FTS5 itself sees in the text."""
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE t USING fts5(x, content='', tokenize='ascii')")
    db.execute("CREATE VIRTUAL TABLE v USING fts5vocab(t, instance)")
    db.execute("INSERT INTO t(rowid, x) VALUES (1, ?)", (text,))
    found = [row[0] for row in db.execute('SELECT term FROM v ORDER BY "offset"')]
    db.close()
    return found


@given(TEXTS)
@example("x" * 40_000)
@example("e" + "\u0316" * 40_000)
def test_the_index_sees_exactly_our_tokens(text: str) -> None:
    folded = fold(text)
    assert index_tokens(folded.stream) == list(folded.tokens)


@given(TEXTS.filter(bool))
def test_the_index_sees_one_token_for_a_name(name: str) -> None:
    token = name_token(name)
    assert index_tokens(token) == [token]


NAMES = st.text(st.sampled_from("aAｂb １2.-_/()\x00\n\x7f、世界¶\"'"), min_size=1, max_size=6)


@given(NAMES, NAMES)
def test_two_names_share_a_token_only_if_case_and_width_alone_differ(one: str, other: str) -> None:
    same = [unicodedata.normalize("NFKC", name).casefold() for name in (one, other)]
    assert (name_token(one) == name_token(other)) == (same[0] == same[1])


TRADITIONAL = opencc.OpenCC("s2t")
NEWS = "国家知识产权局与甘肃省人民政府签署合作会商议定书，面向2035年，发展丝绸之路国际港。"


@given(st.lists(st.sampled_from([*NEWS, "Huawei ", "。", "\n"])).map("".join))
def test_a_traditional_copy_has_the_hash_of_the_original(text: str) -> None:
    copy = TRADITIONAL.convert(text)
    assert content_hash(copy) == content_hash(text)
    assert content_hash("".join(c + "(guó)" * is_ideograph(c) for c in copy)) == content_hash(text)

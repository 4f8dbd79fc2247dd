"""Whatever a page says about its coding, the text comes out right."""

from __future__ import annotations

import random

import lxml.html  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.decode import decode

SIMPLIFIED = (
    "本市知识产权局昨日公布了新的办法，要求各部门在三个月之内完成登记。办法说，企业可以通过网上的窗口提出申请，"
    "工作人员会在十天以内给出答复。去年全市一共收到了四千多份这样的申请，比前一年多了两成。"
)
TRADITIONAL = (
    "本市智慧財產局昨日公布了新的辦法，要求各部門在三個月之內完成登記。辦法說，企業可以透過網路上的窗口提出申請，"
    "工作人員會在十天以內給出答覆。去年全市一共收到了四千多份這樣的申請，比前一年多了兩成。"
)
FRENCH = (
    "L’Office a publié hier une règle attendue : les dépôts d’été seront traités en priorité, "
    "a déclaré la présidente à Genève. Où qu’ils soient déposés, les dossiers ont une réponse."
)
CODINGS = {
    "utf-8": (SIMPLIFIED, "utf-8"),
    "gbk": (SIMPLIFIED, "gb18030"),
    "gb18030": (SIMPLIFIED + "𠮷镕", "gb18030"),
    "big5": (TRADITIONAL, "big5hkscs"),
    "cp1252": (FRENCH, "cp1252"),
}
PARAGRAPHS = 8
#: "": not declared. Right for one of the codings, wrong for all others.
DECLARED = ("", *CODINGS, "gb2312", "iso-8859-1", "x-no-such")
RIGHT = {"gbk": {"gbk", "gb2312", "gb18030"}, "cp1252": {"cp1252", "iso-8859-1"}}


def page(text: str, declared: str = "") -> str:
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={declared}">'
    paragraphs = "".join(f"<p>{text}</p>\n" for _ in range(PARAGRAPHS))
    return f"<html><head>{meta if declared else ''}</head><body>\n{paragraphs}</body></html>"


def with_broken_bytes(body: bytes, number: int) -> bytes:
    """Bytes that no coding has in these places, far enough apart to be three accidents."""
    chosen = random.Random(7)
    broken = bytearray(body)
    paragraphs = [at for at, byte in enumerate(broken) if byte == ord("\n")][1:]
    for line in paragraphs[1 : 2 * number : 2]:
        broken[line - 8 - chosen.randrange(8)] = 0xFF
        broken.insert(line - 60, 0x81)
    return bytes(broken)


@pytest.mark.parametrize("broken", [0, 3], ids=["whole", "broken"])
@pytest.mark.parametrize("where", ["header", "meta"])
@pytest.mark.parametrize("declared", DECLARED)
@pytest.mark.parametrize("coding", CODINGS)
def test_the_coding_is_found(coding: str, declared: str, where: str, broken: int) -> None:
    text, codec = CODINGS[coding]
    body = page(text, declared if where == "meta" else "").encode(coding)
    named = where == "header" and declared
    content_type = f"text/html; charset={declared}" if named else "text/html"

    decoded = decode(with_broken_bytes(body, broken), content_type)

    assert decoded.encoding == codec
    assert decoded.text.count(text) >= PARAGRAPHS - broken  # none but those that were broken
    assert bool(decoded.replaced) is bool(broken)
    if declared in RIGHT.get(coding, {coding}) and coding != "utf-8":
        assert decoded.how == f"declared {where}"


def test_the_header_goes_before_the_page() -> None:
    body = page(SIMPLIFIED, "big5").encode("gbk")

    assert decode(body, "text/html; charset=gb2312").how == "declared header"


@pytest.mark.parametrize(
    ("coding", "codec"), [("utf-8-sig", "utf-8"), ("utf-16", "utf-16-le"), ("utf-32", "utf-32-le")]
)
def test_a_byte_order_mark_decides(coding: str, codec: str) -> None:
    decoded = decode(page(SIMPLIFIED, "gbk").encode(coding), "text/html; charset=gbk")

    assert (decoded.encoding, decoded.how) == (codec, "byte order mark")
    assert decoded.text == page(SIMPLIFIED, "utf-8")


def test_utf16_without_a_mark_needs_the_header() -> None:
    decoded = decode(page(FRENCH).encode("utf-16-le"), "text/html; charset=utf-16")

    assert decoded.text == page(FRENCH)


def test_a_seven_bit_coding_is_not_ascii() -> None:
    body = page("これは短い記事です。", "iso-2022-jp").encode("iso-2022-jp")

    assert "これは短い記事です。" in decode(body).text


@pytest.mark.parametrize(
    "name", ["idna", "zip", "unicode_escape", "rot13", "undefined", "\x00", ""]
)
def test_what_is_no_coding_of_pages_is_not_one(name: str) -> None:
    decoded = decode(page(SIMPLIFIED).encode("gbk"), f"text/html; charset={name}")

    assert decoded.encoding == "gb18030"


@pytest.mark.parametrize("coding", ["shift_jis", "euc-kr", "windows-1251", "koi8-r"])
def test_other_declared_codings_are_read(coding: str) -> None:
    texts = {
        "shift_jis": "特許庁は新しい規則を発表しました。",
        "euc-kr": "특허청은 새로운 규칙을 발표했다.",
    }
    text = texts.get(coding, "Ведомство опубликовало новое правило.")

    assert text in decode(page(text).encode(coding), f"text/html; charset={coding}").text


def test_the_page_says_utf8_afterwards() -> None:
    meta = page(SIMPLIFIED, "gb2312").encode("gbk")
    short = b"<html><head><meta charset=gbk></head><body>" + SIMPLIFIED.encode("gbk")

    assert "charset=utf-8" in decode(meta).text
    assert "gb2312" not in decode(meta).text
    assert "<meta charset=utf-8>" in decode(short).text
    assert lxml.html.fromstring(decode(meta).utf8).findtext(".//p") == SIMPLIFIED


def test_an_xml_declaration_keeps_no_coding() -> None:
    body = f'<?xml version="1.0" encoding="gb2312" ?><html><p>{SIMPLIFIED}</p></html>'.encode("gbk")

    decoded = decode(body)

    assert decoded.how == "declared meta"
    assert decoded.text.startswith('<?xml version="1.0" ?>')
    assert lxml.html.fromstring(decoded.text).text_content() == SIMPLIFIED


@pytest.mark.parametrize("coding", ["gbk", "big5"])
def test_a_long_body_is_judged_by_a_part_and_read_as_a_whole(coding: str) -> None:
    """A feed of 6 MB that declares nothing would be read in five codings from end to end."""
    text = SIMPLIFIED if coding == "gbk" else TRADITIONAL
    body = b" " * 500_001 + (text * 20_000).encode(coding) + b"\xff end"

    decoded = decode(body)

    assert decoded.encoding == {"gbk": "gb18030", "big5": "big5hkscs"}[coding]
    assert decoded.text.count(text) == 20_000
    assert (decoded.text.endswith(" end"), decoded.replaced) == (True, 1)


@given(st.binary(max_size=300), st.text(max_size=40))
def test_any_bytes_become_text(body: bytes, content_type: str) -> None:
    decoded = decode(body, content_type)

    assert decoded.utf8.decode() == decoded.text


@given(st.text(max_size=200))
def test_utf8_comes_back_as_it_was(text: str) -> None:
    plain = text.replace("<", "").removeprefix("\ufeff")

    assert decode(plain.encode("utf-8", "ignore")).text == plain

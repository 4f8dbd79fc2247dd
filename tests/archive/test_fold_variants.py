"""The character table behind the fold, over the whole of Unicode."""

import itertools
import re
import subprocess
import sys
import unicodedata

import pytest

from archive.variants import (
    compatible,
    is_ideograph,
    marks,
    plain,
    plain_places,
    variants,
)

# A line a character: nothing joins across a line feed.
EVERY = "\n".join(map(chr, itertools.chain(range(0xD800), range(0xE000, sys.maxunicode + 1))))


@pytest.fixture(scope="module")
def every_plain() -> str:
    return plain(EVERY)


def test_nothing_is_left_that_case_width_or_a_second_fold_would_change(every_plain: str) -> None:
    assert compatible(every_plain) == every_plain
    assert plain(every_plain) == every_plain


def test_no_ignorable_tag_or_second_kind_of_break_is_left(every_plain: str) -> None:
    left = {
        c for c in set(every_plain) if unicodedata.category(c) in {"Cf", "Zl", "Zp", "Cc", "Zs"}
    }
    # Format characters that can be seen: signs over Arabic and Syriac numbers, hieroglyph joiners.
    visible = {c for c in left if unicodedata.category(c) == "Cf"}
    assert left - visible == {"\n", " "}
    assert all(unicodedata.bidirectional(c) in {"AN", "AL", "L", "ON"} for c in visible)
    assert not set("。!?…¶_") & set(every_plain)


def test_every_character_is_folded_where_it_stands() -> None:
    text = EVERY[: EVERY.index("\U00020000")] + "\U00020000\n\U000e0100\n\U0010fffd"
    form, starts, ends = plain_places(text)
    assert form == plain(text)
    assert len(form) == len(starts) == len(ends)
    pieces = sorted(set(zip(starts, ends, strict=True)))
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(pieces))
    assert all(plain(text[start:end]) in form for start, end in pieces)


@pytest.mark.parametrize("before", ["e", "α", "ᄒ", "하", "か", "中", "\u0316", "ᾳ"])
def test_a_piece_folds_alone_whatever_stands_before(before: str) -> None:
    joining = (c for c in EVERY if unicodedata.decomposition(c) or unicodedata.combining(c))
    text = "".join(f"{before}{c}\n" for c in joining)
    assert plain_places(text)[0] == plain(text)


def test_variants_are_ideographs_that_nothing_maps_further() -> None:
    assert len(variants()) > 4_500
    for variant, simplified in variants().items():
        assert len(variant) == len(simplified) == 1
        assert simplified not in variants() or variants()[simplified] == simplified
        assert is_ideograph(simplified)
        assert unicodedata.is_normalized("NFKC", simplified)


def test_all_combining_marks_are_known(every_plain: str) -> None:
    mark = re.compile(f"[{marks()}]")
    left = {c for c in set(every_plain) if unicodedata.category(c)[0] == "M"}
    assert len(left) > 1_000
    assert all(map(mark.match, left))


def test_tables_are_made_by_who_folds_or_asks_for_them_ahead() -> None:
    """Commands that fold nothing need none; workers share those of what they are forked from."""
    code = (
        "import archive.fold as fold, archive.variants as variants\n"
        "made = lambda: (variants._fold.cache_info().currsize, fold._token.cache_info().currsize)\n"
        "print(made())\nimport archive.ready\nprint(made())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["(0, 0)", "(1, 1)"]

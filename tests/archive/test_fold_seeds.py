"""The fold on the five typical texts, where they are at hand."""

import os
import re
from pathlib import Path

import pytest

from archive.fold import SENTINEL, fold, stream
from archive.variants import is_ideograph

SEEDS = Path(
    os.environ.get("PRESSWATCH_SEEDS", Path(__file__).parents[2] / ".." / "shared" / "seeds")
)
pytestmark = pytest.mark.skipif(
    not SEEDS.is_dir(), reason=f"no typical texts in {SEEDS} (set PRESSWATCH_SEEDS)"
)
# Written apart from the fold: any Latin reading with a tone in brackets.
READING = re.compile(r"\([a-zü]*[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ][a-zü]*\)")


def seed(number: str) -> str:
    return next(SEEDS.glob(f"{number}_*.txt")).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def glossed() -> str:
    return seed("003")


def test_no_gloss_is_left_and_every_word_is_found(glossed: str) -> None:
    folded = stream(glossed)

    assert not re.search("[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ]", folded)
    assert folded.count("知 识 产 权") == 41
    assert folded.count("甘 肃") == 17


def test_nothing_but_the_glosses_is_taken_out(glossed: str) -> None:
    bare = READING.sub("", glossed)
    words = [token for token in fold(glossed).tokens if token != SENTINEL]

    assert "(" in bare
    assert stream(glossed) == stream(bare)
    assert sum(map(is_ideograph, words)) == sum(map(is_ideograph, bare))
    assert [word for word in words if not is_ideograph(word)] == re.findall("[0-9]+", bare)
    assert stream(glossed).endswith("马 计 杨 柳 岗")


def test_the_reader_sees_the_words_as_they_stood(glossed: str) -> None:
    folded = fold(glossed)
    places = [m.start() for m in re.finditer("知识产权", "".join(t[0] for t in folded.tokens))]

    assert len(places) == 41
    assert {glossed[slice(*folded.span(i, i + 3))] for i in places} == {"知識(shí)產(chǎn)權(quán)"}


@pytest.mark.parametrize("number", ["000", "001", "002", "003", "004"])
def test_folding_again_changes_nothing(number: str) -> None:
    folded = fold(seed(number))
    assert stream(folded.stream) == folded.stream
    assert folded.span(0, len(folded.tokens) - 1)[0] >= 0

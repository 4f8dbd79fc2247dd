"""A labelled set for stories: texts of our own making, what reprints do to them, and forms.

`bases` are articles that have nothing to do with each other; `reprints` makes from each the ten
versions that other outlets run; `forms` are reports that one template filled with other names and
figures, each a story of its own. All of it follows from a seed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from opencc import OpenCC

from bench.nearwords import (
    ENGLISH,
    FORMS,
    GLOSSES,
    HAN,
    INTROS,
    SENTENCES,
    SOURCES,
    SYNONYMS,
    TAILS,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TRADITIONAL = OpenCC("s2t")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text, the story that it is part of, and how it came about."""

    story: str
    kind: str
    title: str
    text: str


def bases(number: int, seed: int = 1) -> list[Labelled]:
    """Half of them English, half Chinese; of 8 to 26 sentences, in paragraphs of two to four."""
    return [make(n, seed) for n in range(number)]


def make(number: int, seed: int) -> Labelled:
    """The base of this number; its story begins with its language."""
    rng = Random(f"{seed} {number}")
    language = "en" if number % 2 else "zh"
    text = "\n".join(_paragraphs([sentence(rng, language) for _ in range(rng.randint(8, 26))]))
    return Labelled(f"{language}{number}", "base", sentence(rng, language)[:60], text)


def sentence(rng: Random, language: str) -> str:
    """A sentence that is grammatical and means nothing."""
    pattern = rng.choice(SENTENCES[language])
    words = ENGLISH if language == "en" else HAN

    def fill(slot: re.Match[str]) -> str:
        kind = slot[1]
        if kind == "figure":
            return str(rng.choice((rng.randint(2, 99), rng.randint(100, 9_999))))
        return rng.choice(words[kind])

    made = re.sub(r"\{(\w+)\}", fill, pattern)
    return made[0].upper() + made[1:]


def _paragraphs(sentences: list[str]) -> list[str]:
    join = " " if sentences[0].isascii() else ""
    return [join.join(sentences[n : n + 3]) for n in range(0, len(sentences), 3)]


def reprints(base: Labelled, seed: int = 1) -> Iterator[Labelled]:
    """The base as others print it, one version for each kind of edit."""
    for kind, edit in EDITS.items():
        rng = Random(f"{seed} {base.story} {kind}")
        title = sentence(rng, base.story[:2])[:60] if kind == "new title" else base.title
        yield Labelled(base.story, kind, title, edit(rng, base.text, base.story[:2]))


def _sentences(text: str) -> list[str]:
    return re.findall(r"[^.。!?！？\n]+[.。!?！？\n]*\s*", text)


def _cut_tail(rng: Random, text: str, _: str) -> str:
    found = _sentences(text)
    return "".join(found[: max(4, round(len(found) * rng.uniform(0.4, 0.75)))])


def _cut_head(rng: Random, text: str, _: str) -> str:
    found = _sentences(text)
    return "".join(found[round(len(found) * rng.uniform(0.1, 0.4)) :])


def _new_title(_rng: Random, text: str, _: str) -> str:
    return text


def _intro(rng: Random, text: str, language: str) -> str:
    added = " ".join(sentence(rng, language) for _ in range(rng.randint(1, 3)))
    return f"{rng.choice(INTROS[language])}{added}\n{text}"


def _source_line(rng: Random, text: str, language: str) -> str:
    return f"{rng.choice(SOURCES[language])}\n{text}\n{rng.choice(TAILS[language])}"


def _other_script(_rng: Random, text: str, language: str) -> str:
    return text.upper() if language == "en" else _TRADITIONAL.convert(text)


def _glosses(_rng: Random, text: str, language: str) -> str:
    if language == "en":  # soft hyphens and zero-width joints, as pages carry them
        return re.sub(r"\b(\w{4})(\w{3,})", "\\1\u00ad\\2", text)
    return re.sub(f"[{''.join(GLOSSES)}]", lambda m: f"{m[0]}({GLOSSES[m[0]]})", text)


def _width(_rng: Random, text: str, language: str) -> str:
    if language == "en":
        return text.replace(",", " –").replace("'", "’")
    wide = {n: n + 0xFEE0 for n in range(ord("0"), ord("9") + 1)}
    return text.translate(wide).replace("，", ", ").replace("“", "「").replace("”", "」")


def _merged(_rng: Random, text: str, language: str) -> str:
    return text.replace("\n", " " if language == "en" else "")


def _reworded(rng: Random, text: str, language: str) -> str:
    """Every third of the words that have a synonym."""
    synonyms = SYNONYMS[language]
    edge = r"\b" if language == "en" else ""
    pattern = f"{edge}({'|'.join(sorted(synonyms, key=len, reverse=True))}){edge}"
    return re.sub(pattern, lambda m: synonyms[m[0]] if rng.random() < 1 / 3 else m[0], text)


def _all_at_once(rng: Random, text: str, language: str) -> str:
    for edit in (_reworded, _cut_tail, _other_script, _source_line):
        text = edit(rng, text, language)
    return text


EDITS: dict[str, Callable[[Random, str, str], str]] = {
    "cut tail": _cut_tail,
    "cut head": _cut_head,
    "new title": _new_title,
    "added introduction": _intro,
    "source line and tail": _source_line,
    "other script or case": _other_script,
    "glosses or soft hyphens": _glosses,
    "punctuation and width": _width,
    "merged paragraphs": _merged,
    "reworded": _reworded,
    "all at once": _all_at_once,
}


def forms(each: int, seed: int = 1) -> list[Labelled]:
    """`each` fillings of every form, no two of them one story."""
    made = []
    for name, form in FORMS.items():
        language = "en" if form.isascii() else "zh"
        for n in range(each):
            text = _filled(Random(f"{seed} {name} {n}"), form, language)
            made.append(Labelled(f"{name} {n}", "form", text.split("\n", 1)[0][:60], text))
    return made


def _filled(rng: Random, form: str, language: str) -> str:
    """One name for one slot: `{party1}` is the same wherever it stands, `{figure}` never."""
    names: dict[str, str] = {}
    words = ENGLISH if language == "en" else HAN

    def fill(slot: re.Match[str]) -> str:
        kind, number = slot[1], slot[2]
        if kind == "figure":
            return (
                f"{rng.randint(1, 999)}.{rng.randint(1, 99)}"
                if not number
                else str(rng.randint(1, 28))
            )
        if not number:
            return rng.choice(words[kind])
        return names.setdefault(slot[0], rng.choice(words[kind]))

    return re.sub(r"\{([a-z]+)(\d?)\}", fill, form)

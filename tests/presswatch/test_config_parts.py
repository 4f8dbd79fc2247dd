"""What of a page counts, as config.toml says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crawler.source import Parts
from presswatch.config.load import load
from presswatch.config.reload import compare
from presswatch.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from presswatch.config.records import Config


def config(folder: Path, *lines: str) -> Config:
    file = folder / "config.toml"
    source = "\n".join(('[[source]]\nname = "a"\nurl = "http://n.localhost/"', *lines))
    file.write_text(f'[fetch]\ncontact = "mailto:a@b.org"\n{source}\n', encoding="utf-8")
    return load(file, {})


def test_the_keys_say_what_counts(tmp_path: Path) -> None:
    read = config(tmp_path, 'text = "div.TRS_Editor"', 'drop = [".related", "#share"]')

    assert read.sources[0].parts == Parts(text="div.TRS_Editor", drop=(".related", "#share"))
    assert read.warnings == ()


def test_one_may_be_written_without_a_list(tmp_path: Path) -> None:
    read = config(tmp_path, 'kind = "watch"', 'drop = ".hits"', "ignore_lines = '^访问 [0-9]+$'")

    assert read.sources[0].parts == Parts(drop=(".hits",), ignore_lines=("^访问 [0-9]+$",))


def test_without_the_keys_nothing_is_said(tmp_path: Path) -> None:
    assert config(tmp_path).sources[0].parts is None


def test_another_selector_is_another_source_for_the_running_service(tmp_path: Path) -> None:
    """Else a changed selector would count from the next start on."""
    changes = compare(config(tmp_path, 'text = ".a"'), config(tmp_path, 'text = ".b"'))

    assert changes.sources.changed == ("a",)
    assert changes.restart == ()


def test_everything_wrong_is_named_at_once_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        config(
            tmp_path,
            'select = "a::text"',
            'text = "div > > p"',
            'drop = [".fine", "a[", "", "p:foo", 3]',
            "ignore_lines = ['(a', '.*', 'fine', 'a{99999999999}']",
        )

    said = str(caught.value).splitlines()
    wanted = (
        "source[1].select: column 2: not a CSS selector: Pseudo-element found",
        "source[1].text: column 7: not a CSS selector: The combinator '>', must have",
        "source[1].drop[2]: column 2: not a CSS selector: Malformed attribute selector",
        "source[1].drop[3]: column 1: not a CSS selector: Expected a selector",
        "source[1].drop[4]: column 2: not a CSS selector: ':foo' was detected",
        "source[1].drop[5]: must be text in quotes, not a number",
        "source[1].ignore_lines[1]: column 1: not a regular expression: missing ), unterminated",
        "source[1].ignore_lines[2]: is found in every line",
        "source[1].ignore_lines[4]: not a regular expression: too large",
    )
    for line in wanted:
        assert any(line in one for one in said), (line, said)
    assert len([one for one in said if "source[1]" in one]) == len(wanted)


def test_a_selector_of_several_lines_is_wrong_in_one_of_them(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"text: line 2, column 3: not a CSS selector"):
        config(tmp_path, "text = '''div,\n p['''")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (('kind = "watch"', 'text = ".a"'), "source[1].text: not used by a watch, whose part is"),
        (('kind = "feed"', "ignore_lines = 'a'"), "source[1].ignore_lines: used by a watch alone"),
    ],
)
def test_what_a_kind_does_not_use_is_warned_of(
    tmp_path: Path, lines: tuple[str, ...], said: str
) -> None:
    assert [one for one in config(tmp_path, *lines).warnings if one.startswith(said)]

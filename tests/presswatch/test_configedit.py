"""Editing config.toml: what was meant is there, and every other byte is as it was."""

from __future__ import annotations

import errno
import os
import stat
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from presswatch.config.edit import (
    add_tables,
    literal,
    set_value,
    with_tables,
    with_value,
    without_table,
)
from presswatch.config.load import load
from presswatch.errors import ConfigError, ConfigMissing

if TYPE_CHECKING:
    from pathlib import Path

    from presswatch.config.records import Config

NEW = {"name": "new", "url": "https://new.example/", "kind": "feed"}

# Ways to write a value, a key and a line, each with something that a careless reader trips over.
VALUES = st.sampled_from([
    '"plain"', "'[[source]]'", '"# no comment"', '"a \\" = b"', '"""two\n[[source]]\nlines"""',
    "'''\n[source] = '#'\n'''", '""""quoted""""', "[1, 2]", '[ "a]", # [[source]]\n "b", ]',
    '{ a = 1, "b=" = "x # y" }', "true", "2026-01-02 03:04:05", "-1.5e3", '"深圳"', "[]", '""',
])  # fmt: skip
FILLERS = st.sampled_from(["", "  ", "# a comment", "#[[source]]", '# "quotes" = """', "\t# x"])
ENDS = st.sampled_from(["", " ", "  # remark", '  # "odd = ] remark', "\t"])
INDENTS = st.sampled_from(["", "  ", "\t"])
HEADERS = st.sampled_from(["[[source]]", "[[ source ]]", '[["source"]]', "  [[source]]  # mine"])
OTHERS = st.sampled_from(["[fetch]", "[[rule]]", "[[channel]] # ]]", '["a.b" . c]'])


@st.composite
def lines(draw: st.DrawFn, names: list[str]) -> list[str]:
    """Keys with values and what stands between them; the keys are k0, k1, …"""
    made = list(draw(st.lists(FILLERS, max_size=2)))
    for name in names:
        key = draw(st.sampled_from([f"{name} =", f'"{name}"=', f"'{name}'  = "]))
        made.append(f"{draw(INDENTS)}{key}{draw(VALUES)}{draw(ENDS)}")
        made += draw(st.lists(FILLERS, max_size=2))
    return made


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, int]:
    """A valid document, and how many sources it has, named s0, s1, …"""
    made = draw(lines(["top"]))
    count, headed, seen = 0, set[int](), set[str]()
    for what in draw(st.lists(st.sampled_from(["source", "inner", "other"]), max_size=6)):
        if what == "source":
            made += [draw(HEADERS), f'name = "s{count}"{draw(ENDS)}']
            made += draw(lines(["k0", "k1"][: draw(st.integers(0, 2))]))
            made += draw(st.sampled_from([[], ["enabled  = true # on"], ["enabled=false"]]))
            count += 1
        elif what == "inner" and count and count not in headed:
            headed.add(count)
            made += ["[source.headers]", *draw(lines(["h"]))]
        elif what == "other":
            header = draw(OTHERS)
            if header in seen:
                continue
            if not header.startswith("[["):
                seen.add(header)
            made += [header, *draw(lines(["o"]))]
    text = "\n".join(made) + draw(st.sampled_from(["", "\n", "\n\n# the end"]))
    text = draw(st.sampled_from(["", "\ufeff"])) + text
    return (text.replace("\n", "\r\n") if draw(st.booleans()) else text), count


def parsed(text: str) -> dict[str, Any]:
    return tomllib.loads(text.removeprefix("\ufeff"))


def alike(one: str, other: str) -> int:
    """How many characters two texts have in common at their beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def split(before: str, after: str) -> tuple[str, str]:
    """What of `before` is gone, and what of `after` is new, as one piece each."""
    start = alike(before, after)
    same = alike(before[start:][::-1], after[start:][::-1])
    return before[start : len(before) - same], after[start : len(after) - same]


@given(documents())
def test_a_table_is_added_and_nothing_else_changes(made: tuple[str, int]) -> None:
    text, count = made

    after = with_tables(text, "source", [NEW])

    gone, new = split(text, after)
    assert gone == ""
    assert new.count("[[source]]") <= 1
    assert parsed(after)["source"] == [*parsed(text).get("source", []), NEW]
    assert {k: v for k, v in parsed(after).items() if k != "source"} == {
        k: v for k, v in parsed(text).items() if k != "source"
    }
    assert len(parsed(after)["source"]) == count + 1
    assert "\n" not in new.replace("\r\n", "") or "\r\n" not in text


@given(documents(), st.data(), st.sampled_from([True, False, "every day", 5]))
def test_a_value_is_set_and_nothing_else_changes(
    made: tuple[str, int], data: st.DataObject, value: object
) -> None:
    text, count = made
    if not count:
        with pytest.raises(KeyError):
            with_value(text, "source", "s0", "enabled", value)
        return
    number = data.draw(st.integers(0, count - 1))

    after = with_value(text, "source", f"s{number}", "enabled", value)

    gone, new = split(text, after)
    assert len(gone) <= len("false")
    assert len(new) <= len('\t\r\nenabled = "every day"\r\n')
    meant = parsed(text)
    meant["source"][number]["enabled"] = value
    assert parsed(after) == meant
    assert with_value(after, "source", f"s{number}", "enabled", value) == after


@given(st.text(), st.text())
def test_any_text_can_be_written(name: str, url: str) -> None:
    table = {"name": name, "url": literal(url)}
    if any("\ud800" <= char <= "\udfff" for char in name + url):
        return

    assert parsed(with_tables("", "source", [table]))["source"] == [table]


@given(documents(), st.data())
def test_a_table_is_taken_out_and_nothing_else_changes(
    made: tuple[str, int], data: st.DataObject
) -> None:
    """What is left says the same, and no line of it is new."""
    text, count = made
    assume(count)
    number = data.draw(st.integers(0, count - 1))
    before = tomllib.loads(text.removeprefix("\ufeff"))

    try:
        left = without_table(text, "source", f"s{number}")
    except ConfigError:
        return  # a table inside it stands elsewhere: nothing is written

    after = tomllib.loads(left.removeprefix("\ufeff"))
    assert after.get("source", []) == [
        one for one in before["source"] if one["name"] != f"s{number}"
    ]
    lines = iter(text.splitlines())
    assert all(line in lines for line in left.splitlines())


def test_a_table_goes_with_its_remarks_and_its_inner_tables() -> None:
    """And leaves one blank line where there were two."""
    first = '[[source]]\nname = "a"  # mine\n[source.headers]\nX = "1"\n\n'
    second = '[[source]]  # unverified\nname = "b"\n# of b\nurl = "u"\n\n'
    text = f'{first}# ----\n\n{second}[fetch]\ndelay = "2s"\n'

    assert without_table(text, "source", "b") == f'{first}# ----\n\n[fetch]\ndelay = "2s"\n'
    assert without_table(text, "source", "a").startswith(f"# ----\n\n{second}")


def test_a_block_stands_where_a_person_would_put_it() -> None:
    before = '[[source]]\nname = "a" # first\n\n# Whom to tell.\n\n[[channel]]\nname = "c"\n'

    after = with_tables(before, "source", [{"name": "b", "headers": {"X": "1"}}])

    assert after == (
        '[[source]]\nname = "a" # first\n\n[[source]]\nname = "b"\n\n[source.headers]\nX = "1"\n'
        '\n# Whom to tell.\n\n[[channel]]\nname = "c"\n'
    )


def test_many_tables_take_one_pass() -> None:
    many = [NEW | {"name": f"n{number}"} for number in range(2000)]
    before = with_tables("", "source", many)

    started = time.process_time()
    after = with_tables(before, "source", many)

    assert time.process_time() - started < 5
    assert after.count("[[source]]") == 4000


def test_a_remark_behind_a_value_stays() -> None:
    before = '[[source]]\nname = "a"\nenabled = false  # until May\nkind = "feed"\n'

    assert with_value(before, "source", "a", "enabled", True) == before.replace("false ", "true ")


def test_sources_in_one_list_are_left_to_their_writer() -> None:
    text = 'source = [{ name = "a", url = "https://a.example/" }]\n'

    with pytest.raises(ConfigError, match="write each source as a table of its own"):
        with_tables(text, "source", [NEW])
    with pytest.raises(ConfigError, match="write each source as a table of its own"):
        with_value(text, "source", "a", "enabled", False)


# ------------------------------------------------------------------ the file


CONFIG = '# mine\n[[source]]\nname = "a"\nurl = "https://a.example/"\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG, "utf-8")
    return path


def test_the_file_keeps_its_mode_and_its_neighbours(config: Path) -> None:
    config.chmod(0o640)

    added = add_tables(config, {}, "source", [NEW, NEW | {"name": "newer"}])

    assert [source.name for source in added.sources] == ["a", "new", "newer"]
    assert load(config, {}).sources == added.sources
    assert stat.S_IMODE(config.stat().st_mode) == 0o640
    assert [path.name for path in config.parent.iterdir()] == ["config.toml"]


def test_a_link_to_the_file_stays_a_link(config: Path, tmp_path: Path) -> None:
    """And `*_file` counts from the folder of the link, as it does when the config is loaded."""
    folder = tmp_path / "etc"
    folder.mkdir()
    (folder / "key").write_text("hush", "utf-8")
    config.write_text(CONFIG + 'headers_file = { X-Key = "key" }\n', "utf-8")
    link = folder / "config.toml"
    link.symlink_to(config)

    changed = set_value(link, {}, "source", "a", key="enabled", value=False)

    assert link.is_symlink()
    assert "enabled = false" in config.read_text("utf-8")
    assert changed.sources[0].headers == (("X-Key", "hush"),)


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        (NEW | {"name": "a"}, r"source\[2\]\.name: 'a' is the name of source\[1\] already"),
        (NEW | {"url": "nowhere"}, r"source\[2\]\.url: must be a URL"),
        (NEW | {"evry": "5m"}, r"source\[2\]\.evry: unknown key; did you mean `every`"),
    ],
)
def test_what_would_not_load_is_not_written(
    config: Path, table: dict[str, Any], problem: str
) -> None:
    before = config.stat()

    with pytest.raises(ConfigError, match=problem):
        add_tables(config, {}, "source", [table])

    assert config.read_text("utf-8") == CONFIG
    assert config.stat().st_ino == before.st_ino
    assert len(list(config.parent.iterdir())) == 1


def test_what_did_not_load_before_is_not_written_either(config: Path) -> None:
    config.write_text(CONFIG + "oops = 1\n", "utf-8")

    with pytest.raises(ConfigError, match=r"source\[1\]\.oops"):
        set_value(config, {}, "source", "a", key="enabled", value=False)


def test_a_change_that_somebody_else_makes_meanwhile_is_not_lost(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other editor saves while ours thinks."""
    from presswatch.config import check as configcheck
    from presswatch.config import edit as configedit

    checked = configcheck.check

    def check(*given: Any) -> Config:
        config.write_text(CONFIG + "# theirs\n", "utf-8")
        return checked(*given)

    monkeypatch.setattr(configedit, "check", check)

    with pytest.raises(ConfigError, match="somebody else changed it"):
        add_tables(config, {}, "source", [NEW])

    assert config.read_text("utf-8") == CONFIG + "# theirs\n"
    assert len(list(config.parent.iterdir())) == 1


def test_two_who_write_at_once_both_have_it(config: Path) -> None:
    """Two windows of the page: neither source is lost, and neither is told to try again."""

    def add(number: int) -> Config:
        table = {"name": f"new {number}", "url": f"https://{number}.example/", "kind": "feed"}
        return add_tables(config, {}, "source", [table])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(16)))

    names = {source.name for source in load(config, {}).sources}
    assert names >= {f"new {number}" for number in range(16)}


def test_a_full_disk_leaves_the_file_as_it_was(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(OSError, match="No space left"):
        add_tables(config, {}, "source", [NEW])

    assert config.read_text("utf-8") == CONFIG
    assert len(list(config.parent.iterdir())) == 1


def test_there_must_be_a_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigMissing):
        add_tables(tmp_path / "none.toml", {}, "source", [NEW])


def test_a_plain_text_is_no_reference(config: Path) -> None:
    url = "https://a.example/${HOME}/$${x}"

    added = add_tables(config, {"HOME": "/root"}, "source", [NEW | {"url": literal(url)}])

    assert added.sources[-1].url == url


@pytest.mark.parametrize(
    ("rest", "stays"),
    [
        ('# every_min = "5m"   # or by its own rhythm\n\n[fetch]\n', True),
        ('# every_min = "5m"', True),
        ("# What is told, and to whom.\n[fetch]\n", False),
        ("\n# A channel is whom to tell.\n", False),
    ],
)  # fmt: skip
def test_keys_that_are_not_in_use_stay_with_their_table(rest: str, *, stays: bool) -> None:
    """`presswatch init` writes such keys below its source: they are not the new one's."""
    before = '[[source]]\nname = "old"\nurl = "https://old.example/"\n' + rest

    made = with_tables(before, "source", [NEW])

    (comment,) = (line for line in rest.splitlines() if line.startswith("#"))
    assert (made.index(comment) < made.index('name = "new"')) is stays

"""config.toml, edited for the operator: a table added or taken out, a value changed, no more.

    text ─ with_tables | with_value | without_table ─▶ text ─ check ─▶ put in the file's place

The text is cut open and sewn up, never written anew: comments, order, blanks and line ends stay
as they are. What was made is read again and compared with what was meant before it is believed,
and a document that `presswatch.config.load` would refuse never reaches the file.
"""

from __future__ import annotations

import contextlib
import copy
import itertools
import os
import tempfile
import threading
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomlkit

from presswatch.config.check import check
from presswatch.config.load import read
from presswatch.config.tomllines import Statement, statements
from presswatch.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from presswatch.config.records import Config

_MARK = "\ufeff"


def literal(value: str) -> str:
    """A text for a config that means just what it says: `${NAME}` in it is no reference."""
    return value.replace("${", "$${")


def add_tables(
    path: Path, environ: Mapping[str, str], section: str, tables: Sequence[Mapping[str, Any]]
) -> Config:
    """Write [[section]] tables behind the last of their kind; the config as it is then.

    All or nothing. Raises ConfigError naming every problem of the document that would come
    about, ConfigMissing, and OSError when the file cannot be written.
    """
    return _edit(path, environ, lambda text: with_tables(text, section, tables))


def set_value(
    path: Path, environ: Mapping[str, str], section: str, name: str, *, key: str, value: Any
) -> Config:
    """Set one key of the [[section]] table called `name`. Raises as `add_tables` does.

    Raises KeyError if no table has that name, as the file spells it.
    """
    return _edit(path, environ, lambda text: with_value(text, section, name, key, value))


def remove_table(path: Path, environ: Mapping[str, str], section: str, name: str) -> Config:
    """Take the [[section]] table called `name` out. Raises as `set_value` does."""
    return _edit(path, environ, lambda text: without_table(text, section, name))


def with_tables(text: str, section: str, tables: Sequence[Mapping[str, Any]]) -> str:
    """The document with more [[section]] tables, behind the last one or at the end.

    Raises ConfigError where the section is written in a way that cannot take more.
    """
    before = tomllib.loads(_bare(text))
    listed = before.get(section, [])
    own = [found for found in _tables(text) if found[0].header == (section,)]
    if not isinstance(listed, list) or len(own) != len(listed):
        hint = f"write each {section} as a table of its own: [[{section}]]"
        raise ConfigError(section, cause="its tables stand in one list", hint=hint)
    at = max(one.after for one in _from(text, section, own[-1][0])) if own else len(text)
    at = _behind_comments(text, at)
    head, tail = text[:at], text[at:]
    block = "\n".join(_block(section, table) for table in tables)
    # A block stands off from what is above and below; and a file's last line may lack its end.
    if _bare(head):
        block = ("\n" if head.endswith("\n") else "\n\n") + block
    if tail and tail.lstrip("\r")[:1] != "\n":
        block += "\n"
    made = head + block.replace("\n", _line_end(text)) + tail
    return _believed(made, before | {section: [*listed, *map(dict, tables)]})


def with_value(text: str, section: str, name: str, key: str, value: Any) -> str:
    """The document with `key = value` in the [[section]] table called `name`.

    Raises KeyError if there is no such table, and ConfigError where the table is not one of its
    own.
    """
    before = tomllib.loads(_bare(text))
    number = _place(before.get(section), name)
    own = [found for found in _tables(text) if found[0].header == (section,)]
    if number >= len(own):
        hint = f"write each {section} as a table of its own: [[{section}]]"
        raise ConfigError(section, cause="its tables stand in one list", hint=hint)
    lines = own[number]
    meant = copy.deepcopy(before)
    meant[section][number][key] = value
    rendered = tomlkit.item(value).as_string()
    for line in lines[1:]:
        if line.keys == (key,):
            return _believed(text[: line.value] + rendered + text[line.end :], meant)
    last = lines[-1]
    piece = text[last.start : last.end]
    indent = piece[: len(piece) - len(piece.lstrip())]
    added = f"{indent}{tomlkit.key(key).as_string()} = {rendered}"
    end = _line_end(text)
    head, tail = text[: last.after], text[last.after :]
    made = f"{head}{added}{end}{tail}" if head.endswith("\n") else f"{head}{end}{added}{tail}"
    return _believed(made, meant)


def without_table(text: str, section: str, name: str) -> str:
    """The document without the [[section]] table called `name`; what stands around it stays.

    Raises as `with_value` does.
    """
    before = tomllib.loads(_bare(text))
    number = _place(before.get(section), name)
    own = [found for found in _tables(text) if found[0].header == (section,)]
    if number >= len(own):
        hint = f"write each {section} as a table of its own: [[{section}]]"
        raise ConfigError(section, cause="its tables stand in one list", hint=hint)
    start = own[number][0].start
    until = own[number + 1][0].start if number + 1 < len(own) else len(text)
    mine = (one for one in _from(text, section, own[number][0]) if one.start < until)
    head, tail = text[:start], text[max(one.after for one in mine) :]
    if _bare(head).endswith(("\n\n", "\n\r\n")) or not _bare(head):
        tail = tail.removeprefix("\r").removeprefix("\n")  # of two blank lines one is left
    meant = copy.deepcopy(before)
    del meant[section][number]
    if not meant[section]:
        del meant[section]
    return _believed(head + tail, meant)


#: Two windows of the page may write at once: each reads what the one before it wrote.
_TURN = threading.Lock()


def _edit(path: Path, environ: Mapping[str, str], change: Callable[[str], str]) -> Config:
    with _TURN:
        read(path)  # names the line of what is no TOML
        place = path.resolve()  # a link stays one
        raw = place.read_bytes()
        made = change(raw.decode("utf-8"))
        config = check(path, tomllib.loads(_bare(made)), environ)
        with _draft(place, made.encode("utf-8")) as draft:
            _still(place, raw)
            draft.replace(place)
        _settle(place.parent)
    return config


def _still(place: Path, raw: bytes) -> None:
    """Raises ConfigError if somebody has changed the file since it was read."""
    if place.read_bytes() != raw:
        hint = "nothing was written; try again"
        raise ConfigError(str(place), cause="somebody else changed it meanwhile", hint=hint)


@contextlib.contextmanager
def _draft(place: Path, content: bytes) -> Iterator[Path]:
    """A file beside the other, on disk, with its mode and as far as allowed its owner.

    It is gone in the end, unless it took the other's place.
    """
    now = place.stat()
    handle, name = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            _give(file.fileno(), now.st_uid, now.st_gid)
            os.fchmod(file.fileno(), now.st_mode & 0o7777)
            os.fsync(file.fileno())
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _give(handle: int, user: int, group: int) -> None:
    with contextlib.suppress(PermissionError):  # only root gives files away
        os.fchown(handle, user, group)


def _settle(folder: Path) -> None:
    """The new name of the file, on disk as well."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _tables(text: str) -> list[list[Statement]]:
    """The statements under each header, the header first; what stands before the first is left."""
    groups: list[list[Statement]] = []
    mark = len(text) - len(_bare(text))
    for found in statements(text[mark:]):
        if found.is_header:
            groups.append([])
        if groups:
            groups[-1].append(_moved(found, mark))
    return groups


def _moved(found: Statement, by: int) -> Statement:
    return Statement(
        found.start + by, found.value + by, found.end + by, found.after + by,
        found.header, found.array, found.keys,
    )  # fmt: skip


def _from(text: str, section: str, header: Statement) -> Iterator[Statement]:
    """A table's statements with those of the tables inside it, such as [source.headers]."""
    for group in _tables(text):
        if group[0].start >= header.start and group[0].header[0] == section:
            yield from group


def _place(listed: Any, name: str) -> int:
    for number, table in enumerate(listed if isinstance(listed, list) else []):
        if isinstance(table, dict) and table.get("name") == name:
            return number
    raise KeyError(name)


def _block(section: str, table: Mapping[str, Any]) -> str:
    document = tomlkit.document()
    array = tomlkit.aot()
    array.append(tomlkit.item(dict(table)))
    document.add(section, array)
    return tomlkit.dumps(document)


def _behind_comments(text: str, at: int) -> int:
    """Behind the comments that go on from a table: keys that are not in use, until a blank line.

    Those that another table follows at once are its own.
    """
    lines = list(itertools.takewhile(
        lambda line: line.lstrip().startswith("#"), text[at:].splitlines(keepends=True)
    ))  # fmt: skip
    end = at + sum(map(len, lines))
    return end if not text[end:].strip("\r\n") or text[end:].lstrip("\r")[:1] == "\n" else at


def _line_end(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _bare(text: str) -> str:
    return text.removeprefix(_MARK)


def _believed(made: str, meant: Mapping[str, Any]) -> str:
    """The document, if it says just what was meant. Raises ConfigError if it does not."""
    try:
        said: Any = tomllib.loads(_bare(made))
    except tomllib.TOMLDecodeError as error:
        said = error
    if said != meant:
        hint = "nothing was written; edit the file by hand"
        raise ConfigError(cause="this file cannot be edited safely", hint=hint)
    return made

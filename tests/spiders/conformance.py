"""feedparser's own conformance cases, as far as a listed link can answer them.

    sdist ─▶ a case an XML file: what goes in, and an expectation written as a Python expression
          ─▶ of the expression: comparisons of an entry's link, title, date and summary

Nothing of theirs is executed: the expression is parsed, and only literals are taken from it.
"""

from __future__ import annotations

import ast
import re
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Where the expectations of its test server's cases take the document to be.
SERVED = "http://127.0.0.1:8097/tests/"
#: Put into entries that have none, since what has no link is not listed.
LINK = "http://presswatch.example/entry"

_EXPECT = re.compile(rb"Expect:\s*(.*)\s*-->")
_HEADER = re.compile(rb"^Header:\s+([^:]+):(.+)$", re.MULTILINE)
_ENTRY = re.compile(rb"(<(?:[\w.-]+:)?(item|entry)\b[^>]*[^>/]>|<(?:item|entry)>)", re.IGNORECASE)

#: What an expectation looks at, below ``entries[n]`` → the field of a link.
_FIELDS: dict[tuple[str | int, ...], str] = {
    ("link",): "link",
    ("links", 0, "href"): "link",
    ("title",): "title",
    ("title_detail", "value"): "title",
    ("summary",): "summary",
    ("description",): "summary",
    ("summary_detail", "value"): "summary",
    ("content", 0, "value"): "summary",
    **{(name,): "date" for name in ("published", "updated", "created")},
    **{(f"{name}_parsed",): "date" for name in ("published", "updated", "created")},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One comparison of a case."""

    field: str  # link | title | date | summary
    looked_at: str  # the key of theirs
    entry: int
    value: Any  # text; of a date perhaps the first nine numbers of a time, in UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One file of theirs."""

    name: str
    body: bytes
    content_type: str
    url: str
    wanted: tuple[Wanted, ...]

    def with_links(self) -> bytes:
        """The body with a link in every entry."""
        return _ENTRY.sub(_with_link, self.body)


def cases(sdist: Path) -> Iterator[Case]:
    """The cases that say something of an entry's link, title, date or summary, by name."""
    with tarfile.open(sdist) as archive:
        members = [one for one in archive.getmembers() if one.name.endswith(".xml")]
        for member in sorted(members, key=lambda one: one.name):
            name = member.name.partition("/tests/")[2]
            opened = archive.extractfile(member)
            if name and opened is not None:
                body = opened.read()
                if wanted := tuple(_wanted(body)):
                    yield _case(name, body, wanted)


def _case(name: str, body: bytes, wanted: tuple[Wanted, ...]) -> Case:
    found = _HEADER.findall(body)
    headers = {key.decode().lower(): value.decode("latin-1").strip() for key, value in found}
    return Case(
        name=name,
        body=body,
        content_type=headers.get("content-type", ""),
        url=headers.get("content-location", SERVED + name),
        wanted=wanted,
    )


def _wanted(body: bytes) -> Iterator[Wanted]:
    expects = _EXPECT.search(body)
    try:
        tree = ast.parse(expects[1].strip().decode() if expects else "", mode="eval")
    except SyntaxError:
        return
    parts = tree.body.values if isinstance(tree.body, ast.BoolOp) else [tree.body]
    for part in parts:
        if isinstance(part, ast.Compare) and isinstance(part.ops[0], ast.Eq):
            keys = _keys(part.left)
            field = _FIELDS.get(tuple(keys[2:]))
            known, value = _literal(part.comparators[-1])
            if keys[:1] == ["entries"] and field and known:
                looked_at = ".".join(map(str, keys[2:]))
                yield Wanted(field=field, looked_at=looked_at, entry=keys[1], value=value)


def _literal(node: ast.expr) -> tuple[bool, Any]:
    """Whether it is one, and which: some compare two keys of theirs with each other."""
    try:
        return True, ast.literal_eval(node)
    except ValueError:
        return False, None


def _keys(node: ast.expr) -> list[Any]:
    """``entries[0]['title']`` and ``entries[0].title`` → entries, 0, title."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return [*_keys(node.value), node.slice.value]
    if isinstance(node, ast.Attribute):
        return [*_keys(node.value), node.attr]
    return [node.id] if isinstance(node, ast.Name) else []


def _with_link(start: re.Match[bytes]) -> bytes:
    atom = b"entry" in start[0].lower()
    prefix = re.match(rb"<((?:[\w.-]+:)?)", start[0])
    name = (prefix[1] if prefix else b"") + b"link"
    link = LINK.encode()
    return start[0] + (
        b'<%s href="%s"/>' % (name, link) if atom else b"<%s>%s</%s>" % (name, link, name)
    )

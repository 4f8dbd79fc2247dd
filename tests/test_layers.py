"""Who may import whom: `archive ← crawler ← spiders`, `archive ← alerts`, `presswatch → all`."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY_IMPORT = {
    "archive": set(),
    "crawler": {"archive"},
    "spiders": {"crawler", "archive"},
    "alerts": {"archive"},
    "presswatch": {"archive", "crawler", "spiders", "alerts"},
}


def imports(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: a relative import"
            found.add((node.module or "").split(".")[0])
        elif isinstance(node, ast.Import):
            names = {alias.name.split(".")[0] for alias in node.names}
            bare = {alias.name for alias in node.names} & {"crawler"}
            assert not bare, f"{file}: `import crawler` hides behind Scrapy's argument of that name"
            found |= names
    return found


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_a_package_imports_only_what_lies_below_it(package: str) -> None:
    """An import upwards would make a circle out of the house."""
    for file in (ROOT / package).rglob("*.py"):
        ours = imports(file) & set(MAY_IMPORT) - {package}

        assert ours <= MAY_IMPORT[package], file


def modules(package: str) -> dict[str, set[str]]:
    """Module → the modules of its package that it names in an import, for types alone too."""
    files = {_named(file): file for file in (ROOT / package).rglob("*.py")}
    found: dict[str, set[str]] = {}
    for name, file in files.items():
        named = {
            inner if (inner := f"{node.module}.{alias.name}") in files else f"{node.module}"
            for node in ast.walk(ast.parse(file.read_text("utf-8")))
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        found[name] = named & set(files) - {name}
    return found


def _named(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_no_module_imports_itself_by_way_of_others(package: str) -> None:
    """What stands in a circle can only be read, tried and changed as one."""
    TopologicalSorter(modules(package)).prepare()


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_no_room_imports_itself_by_way_of_others(package: str) -> None:
    """Who imports a file of a room runs its door: two rooms in a circle are one."""
    rooms: dict[str, set[str]] = {}
    for module, named in modules(package).items():
        room = _room(module)
        rooms.setdefault(room, set()).update(set(map(_room, named)) - {room})

    TopologicalSorter(rooms).prepare()


def _room(module: str) -> str:
    """``crawler.fetch`` of ``crawler.fetch.pace``; a module at the top is a room of its own."""
    return ".".join(module.split(".")[:2])


def test_only_the_schedule_knows_the_scheduler() -> None:
    """APScheduler is a detail that can be replaced in one file."""
    users = [
        file.relative_to(ROOT).as_posix()
        for package in MAY_IMPORT
        for file in (ROOT / package).rglob("*.py")
        if "apscheduler" in imports(file)
    ]

    assert users == ["presswatch/polling/schedule.py"]

"""What SQL must not hold, whatever the machine is that the tests run on."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_layers import MAY_IMPORT, ROOT

STATEMENT = re.compile(r"\b(?:SELECT|INSERT|UPDATE|DELETE|VALUES|WHERE)\b")


def statements(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and STATEMENT.search(text):
            yield text


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_placeholders_have_no_numbers(package: str) -> None:
    """Python 3.12.0 to 3.12.3 takes `?1` for a name and warns of it in every poll and filing.

    Later ones took the warning back.
    """
    found = [
        f"{file}: {sql}"
        for file in (ROOT / package).rglob("*.py")
        for sql in statements(file)
        if re.search(r"\?\d", sql)
    ]

    assert found == []

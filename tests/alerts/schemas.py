"""The published JSON Schemas, and whether a payload is what they say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

DOCS = Path(__file__).parents[2] / "docs"
FILES = sorted(DOCS.glob("*.schema.json"))


def schema(kind: str) -> dict[str, Any]:
    """The schema of `presswatch.alert.v1` and the like, as published."""
    read: dict[str, Any] = json.loads((DOCS / f"{kind}.schema.json").read_text("utf-8"))
    return read


def strict(node: Any) -> Any:
    """The same, refusing every key that it does not name: we send nothing undocumented."""
    if isinstance(node, list):
        return [strict(item) for item in node]
    if not isinstance(node, dict):
        return node
    closed = {"additionalProperties": False} if "properties" in node else {}
    return {key: strict(value) for key, value in node.items()} | closed


def refused(payload: dict[str, Any]) -> list[str]:
    """What is wrong with a payload of ours: where, and what; nothing if it is right."""
    validator = Draft202012Validator(strict(schema(payload["type"])))
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(payload)]

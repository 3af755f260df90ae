"""The Connect schema of the upserts: no field has another type in JSON, of which JsonConverter would make 0 or null."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SCHEMAS = Path(__file__).parents[2] / "schemas"
GOLDEN = Path(__file__).parents[1] / "golden"
TYPES: dict[str, type] = {"string": str, "int64": int, "boolean": bool, "array": list}


def fields() -> dict[str, dict[str, Any]]:
    schema = json.loads((SCHEMAS / "connect" / "listed.v1.json").read_bytes())
    return {field["field"]: field for field in schema["fields"]}


def wrong(value: dict[str, Any]) -> Iterator[str]:
    """The fields of a JSON value whose type is not that of the schema."""
    for name, field in fields().items():
        missing = name not in value and not field["optional"]
        if missing or (name in value and not _fits(value[name], field)):
            yield name


def _fits(value: object, schema: dict[str, Any]) -> bool:
    if type(value) is not TYPES[schema["type"]]:
        return False
    return not isinstance(value, list) or all(_fits(one, schema["items"]) for one in value)


def test_every_golden_record_has_the_types_of_the_connect_schema() -> None:
    example = json.loads((SCHEMAS / "examples" / "listed-record.json").read_bytes())
    assert list(wrong(example)) == []
    lines = [line for path in sorted(GOLDEN.rglob("*.records.jsonl")) for line in path.read_text("utf-8").splitlines()]
    assert len(lines) > len(list(GOLDEN.iterdir()))
    for line in lines:
        assert list(wrong(example | json.loads(line))) == []


def test_a_field_of_another_type_is_found() -> None:
    example = json.loads((SCHEMAS / "examples" / "listed-record.json").read_bytes())
    changed = {"sequence": "42", "name": 7, "programmes": [1], "kind": {"word": "person"}}
    assert set(wrong(example | changed)) == set(changed)

"""What may change within v1, and that nothing else did: the schemas as published stand in `published/`."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from syncd import schemas
from syncd.schemas.compatibility import breaks

PUBLISHED = Path(__file__).parent / "published"
OLD: dict[str, Any] = {
    "type": "object",
    "required": ["id", "word"],
    "properties": {
        "id": {"type": "string", "pattern": "^[a-z]+$"},
        "word": {"enum": ["one", "two"]},
        "open": {"type": "string", "x-extensible-enum": ["one", "two"]},
        "count": {"type": "integer", "default": 0},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}},
        "numbers": {"type": "object", "additionalProperties": {"type": "integer"}},
    },
    "$defs": {"Part": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}},
}


def changed(*place: str, to: Any = None) -> dict[str, Any]:
    """OLD with what stands at `place` replaced, or taken away."""
    new = copy.deepcopy(OLD)
    inner: Any = new
    for part in place[:-1]:
        inner = inner[part]
    if to is None:
        del inner[place[-1]]
    else:
        inner[place[-1]] = to
    return new


def test_a_schema_is_compatible_with_itself():
    assert breaks(OLD, OLD) == []


@pytest.mark.parametrize(
    "new",
    [
        changed("properties", "more", to={"type": "string"}),
        changed("$defs", "More", to={"type": "object"}),
        changed("required", to=["id", "word", "count"]),
        changed("properties", "note", "anyOf", to=[{"type": "string"}]),
        changed("properties", "word", "enum", to=["one"]),
        changed("properties", "id", "description", to="better words"),
        changed("properties", "open", "x-extensible-enum", to=["one", "two", "three"]),
    ],
    ids=[
        "a new field",
        "a new type",
        "a field now always there",
        "never null any more",
        "fewer words",
        "a comment",
        "a new word in an open list",
    ],
)
def test_a_consumer_does_not_notice(new: dict[str, Any]):
    assert breaks(OLD, new) == []


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (changed("properties", "count"), "count: is no more"),
        (changed("required", to=["id"]), "word: was required and is not"),
        (changed("properties", "count", "type", to="number"), "count: type may now be number"),
        (changed("properties", "count", to={}), "count: may now be anything"),
        (changed("properties", "word", "enum", to=["one", "two", "three"]), "word: enum may now be three"),
        (changed("properties", "open", "x-extensible-enum", to=["one"]), "open: the word two is no more"),
        (changed("properties", "id", "pattern", to="^.+$"), "id: pattern was '^[a-z]+$' and is '^.+$'"),
        (
            changed("properties", "note", "anyOf", to=[{"type": "string"}, {"type": "null"}, {"type": "integer"}]),
            "note: may now be integer",
        ),
        (changed("$defs", "Part", "properties", "name", "type", to="integer"), "Part.name: type may now be integer"),
        (changed("$defs", "Part"), "Part: is no more"),
        (changed("properties", "parts", "items", to={"$ref": "#/$defs/Other"}), "parts.[]: $ref was"),
        (
            changed("properties", "numbers", "additionalProperties", to={"type": "string"}),
            "numbers.{}: type may now be string",
        ),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_consumer_would_stumble(new: dict[str, Any], said: str):
    assert any(line.startswith(said) for line in breaks(OLD, new)), breaks(OLD, new)


@pytest.mark.parametrize("path", sorted(PUBLISHED.glob("*.json")), ids=lambda path: path.name)
def test_whoever_reads_the_published_schema_understands_todays_messages(path: Path):
    name = path.name.removesuffix(".v1.json")
    assert breaks(json.loads(path.read_text()), schemas.schema_named(name)) == []


def test_every_schema_has_been_published():
    assert {path.name for path in PUBLISHED.glob("*.json")} == {f"{name}.v1.json" for name in schemas.SCHEMAS}

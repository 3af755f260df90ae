import json
from pathlib import Path
from typing import Any, get_args

import jsonschema
import msgspec
import pytest

from syncd import schemas
from syncd.core import canonical
from syncd.core.coordination.target import CoordinationType
from syncd.core.events import ChangeType, decode_change
from syncd.core.model import Record
from syncd.core.notices.notice import NoticeType
from syncd.schemas.examples import all_examples

ROOT = Path(__file__).parents[2]
EXAMPLES = all_examples()
GOLDEN = sorted((ROOT / "tests" / "golden").rglob("*.records.jsonl"))


def validator(name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(schemas.schema_named(name))


def objects(node: Any) -> list[dict[str, Any]]:
    """Every schema of an object with named properties, at any depth."""
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    found = [one for part in inner for one in objects(part)]
    return [*found, node] if isinstance(node, dict) and isinstance(node.get("properties"), dict) else found


def test_the_schemas_in_the_tree_are_the_ones_that_the_types_give():
    assert schemas.drifted_files(ROOT / "schemas") == []


def test_generating_twice_gives_the_same_bytes():
    assert schemas.generate() == schemas.generate()


@pytest.mark.parametrize("name", schemas.SCHEMAS)
def test_a_schema_is_a_valid_schema_of_draft_2020_12(name: str):
    jsonschema.Draft202012Validator.check_schema(schemas.schema_named(name))


@pytest.mark.parametrize("name", schemas.SCHEMAS)
def test_a_schema_is_named_by_a_urn_and_by_no_web_address(name: str):
    text = json.dumps({**schemas.schema_named(name), "$schema": ""})
    assert schemas.schema_named(name)["$id"] == f"urn:syncd:schema:{name}:v1"
    assert "http://" not in text
    assert "https://" not in text


@pytest.mark.parametrize("name", schemas.SCHEMAS)
def test_every_reference_leads_to_a_definition_in_the_same_file(name: str):
    schema = schemas.schema_named(name)
    text = json.dumps(schema)
    wanted = {part.split('"')[0] for part in text.split("#/$defs/")[1:]}
    assert wanted == set(schema.get("$defs", {}))


@pytest.mark.parametrize("name", schemas.SCHEMAS)
def test_consumers_are_promised_that_unknown_fields_may_come(name: str):
    schema = schemas.schema_named(name)
    found = objects(schema)
    assert found
    assert all(one["additionalProperties"] is True for one in found)
    assert "ignore fields that they do not know" in schema["description"]


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_valid(example: str):
    name, value = EXAMPLES[example]
    validator(name).validate(value)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_with_a_field_of_the_future_is_still_valid(example: str):
    name, value = EXAMPLES[example]
    validator(name).validate({**value, "of_the_future": 1})


@pytest.mark.parametrize("name", schemas.SCHEMAS)
def test_each_schema_has_an_example_and_refuses_an_empty_object(name: str):
    assert any(of == name for of, _ in EXAMPLES.values())
    assert not validator(name).is_valid({})


def test_every_type_of_event_has_an_example():
    shown = {value["type"] for of, value in EXAMPLES.values() if of in ("change", "coordination", "notice")}
    assert shown == {*get_args(ChangeType), *get_args(CoordinationType), *get_args(NoticeType)}


def test_a_change_carries_whole_records_and_not_just_anything():
    _, value = EXAMPLES["change-amended"]
    assert not validator("change").is_valid({**value, "after": {"key": "us_ofac_sdn:1"}})
    assert not validator("change").is_valid({**value, "before": "a text"})


def test_a_word_of_the_future_is_valid_where_the_list_is_open():
    _, value = EXAMPLES["record-person"]
    assert validator("record").is_valid({**value, "kind": "submarine"})
    assert not validator("record").is_valid({**value, "kind": 7})


def test_a_word_of_the_future_is_refused_where_the_list_is_closed():
    _, value = EXAMPLES["record-person"]
    born = {"date": "1402-06-24", "calendar": "martian"}
    assert not validator("record").is_valid({**value, "birth_dates": [born]})
    assert not validator("record").is_valid({**value, "birth_dates": [{"date": "March 1970"}]})


def test_only_fields_without_a_default_are_required_of_a_record():
    assert schemas.schema_named("record")["required"] == ["key", "feed", "kind", "names"]


def test_the_digests_of_the_examples_are_those_of_their_records():
    _, value = EXAMPLES["change-amended"]
    change = decode_change(json.dumps(value).encode())
    for raw, digest in ((change.before, change.digest_before), (change.after, change.digest_after)):
        assert raw is not None
        assert canonical.digest(msgspec.json.decode(raw, type=Record)) == digest


def test_a_file_that_was_edited_lost_or_left_over_is_named(tmp_path: Path):
    schemas.write_files(tmp_path)
    (tmp_path / "record.v1.json").write_text("{}\n")
    (tmp_path / "signal.v1.json").unlink()
    (tmp_path / "old.v0.json").write_text("{}\n")
    assert schemas.drifted_files(tmp_path) == ["old.v0.json", "record.v1.json", "signal.v1.json"]
    assert schemas.write_files(tmp_path) == ["old.v0.json", "record.v1.json", "signal.v1.json"]
    assert schemas.drifted_files(tmp_path) == []


def test_golden_records_are_valid():
    check = validator("record")
    lines = [(path, line) for path in GOLDEN for line in path.read_text(encoding="utf-8").splitlines()]
    invalid = [
        f"{path.name}: {json.loads(line)['key']}" for path, line in lines if not check.is_valid(json.loads(line))
    ]
    assert invalid == []

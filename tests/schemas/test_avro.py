"""Values in Avro say what they say in JSON, and each version of a schema reads the other."""

import copy
import json
from pathlib import Path

import fastavro
import msgspec
import pytest

from syncd.core.model import Record
from syncd.ledger.kafka.avro import Codec, avro_schema
from syncd.ledger.kafka.encoding import KINDS
from syncd.schemas.examples import all_examples

OF_SCHEMA = {
    "change": "changes",
    "stored-record": "records",
    "listed-record": "listed",
    "publication": "publications",
    "heartbeat": "feeds",
    "coordination": "coordination",
    "target": "targets",
    "notice": "notices",
}
VALUES = [(name, OF_SCHEMA[of], value) for name, (of, value) in all_examples().items() if OF_SCHEMA.get(of) in KINDS]
GOLDEN = sorted((Path(__file__).parents[1] / "golden").rglob("*.records.jsonl"))


@pytest.mark.parametrize(("topic", "value"), [one[1:] for one in VALUES], ids=[one[0] for one in VALUES])
def test_an_example_comes_back_as_it_was(topic: str, value: dict[str, object]):
    codec = Codec(KINDS[topic])
    written = codec.encode(json.dumps(value).encode())
    assert json.loads(codec.decode(written, codec.schema)) == value


def test_every_topic_for_consumers_has_an_example():
    assert {topic for _, topic, _ in VALUES} == set(KINDS)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
def test_every_golden_record_comes_back_as_it_was(path: Path):
    codec = Codec(Record)
    for line in path.read_bytes().splitlines():
        assert json.loads(codec.decode(codec.encode(line), codec.schema)) == json.loads(line)


@pytest.mark.parametrize("topic", KINDS)
def test_a_field_that_is_added_with_a_default_disturbs_neither_side(topic: str):
    codec = Codec(KINDS[topic])
    newer = copy.deepcopy(codec.schema)
    newer["fields"].append({"name": "added_later", "type": "string", "default": ""})
    value = json.dumps(next(one for _, of, one in VALUES if of == topic)).encode()
    plain = codec.encode(value)
    assert json.loads(
        codec.decode(_rewritten(plain, codec.schema, newer, added_later="something"), newer)
    ) == json.loads(value)


@pytest.mark.parametrize("value", [value for _, topic, value in VALUES if topic == "changes"])
def test_a_change_that_was_written_with_a_field_that_went_is_read(value: dict[str, object]):
    codec = Codec(KINDS["changes"])
    older = copy.deepcopy(codec.schema)
    place = next(at for at, field in enumerate(older["fields"]) if field["name"] == "earlier")
    older["fields"].insert(place, {"name": "successor", "type": ["null", "string"], "default": None})
    plain = codec.encode(json.dumps(value).encode())
    written = _rewritten(plain, codec.schema, older, successor=None)
    assert len(written) == len(plain) + 1
    assert json.loads(codec.decode(written, older)) == value


def _rewritten(data: bytes, old: dict[str, object], new: dict[str, object], **more: object) -> bytes:
    """What a syncd with the schema `new` would write: the same value, with the field that `old` has not."""
    import io

    read = fastavro.schemaless_reader(io.BytesIO(data), fastavro.parse_schema(old), fastavro.parse_schema(new))
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(new), {**read, **more})
    return out.getvalue()


def test_a_value_of_any_type_travels_as_its_json():
    (changes,) = (one for one in avro_schema(KINDS["changes"])["fields"] if one["name"] == "changes")
    before = next(one for one in changes["type"]["items"]["fields"] if one["name"] == "before")
    assert before["type"] == ["null", "string"]


def test_what_is_none_of_the_schema_is_an_error():
    codec = Codec(KINDS["feeds"])
    with pytest.raises((ValueError, EOFError, IndexError, KeyError)):
        codec.decode(b"\x02", codec.schema)
    with pytest.raises((ValueError, KeyError, TypeError)):
        codec.encode(msgspec.json.encode({"feed": "un_sc"}))

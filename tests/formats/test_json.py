"""JSON documents: what is refused, and that no field of an entry is lost."""

import io

import pytest

from syncd.errors import AnotherDocument, DocumentRefused, MissingField
from syncd.formats import json
from syncd.formats.fields import Reading
from syncd.formats.json import JsonFields

PATH = ("List", "Entries")


def read(body: bytes, bytes_max: int = 1_000) -> json.JsonContents:
    return json.read_array(io.BytesIO(body), path=PATH, bytes_max=bytes_max)


def entry(body: bytes) -> tuple[JsonFields, Reading]:
    reading = Reading()
    return JsonFields.of(body, reading), reading


def test_entries_come_in_order_with_what_stands_beside_them() -> None:
    """Entries come in the documents order and what stands beside them is there."""
    found = read(b'\xef\xbb\xbf {"List": {"Date": "2026-03-01", "Entries": [{"a": 1}, {"b": [2]}]}} ')
    assert list(found.entries) == [b'{"a": 1}', b'{"b": [2]}']
    assert json.scalar_text(found.beside["Date"]) == "2026-03-01"
    assert json.scalar_text(found.beside.get("Other")) is None


@pytest.mark.parametrize(
    "body",
    [b"", b" ", b"<html></html>", b"[]", b'{"List": []}', b'{"List": {"Entries": {}}}', b'{"error": 500}', b'"text"'],
)
def test_another_document_is_told_from_the_list(body: bytes) -> None:
    with pytest.raises(AnotherDocument):
        read(body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"List": {"Entries": [{"a": 1}, {"b"',
        b'{"List": {"Entries": [{"a": 1}]}',
        b'{"List": {"Entries": [{"a": 1}]}} and more',
        b'{"List": {"Entries": [{"a": 1} {"b": 2}]}}',
        b"[" * 100_000,
    ],
)
def test_a_damaged_document_is_refused(body: bytes) -> None:
    with pytest.raises(DocumentRefused):
        read(body, bytes_max=1_000_000)


def test_a_document_beyond_its_bound_is_refused() -> None:
    with pytest.raises(DocumentRefused, match="larger"):
        read(b'{"List": {"Entries": []}}', bytes_max=10)


def test_numbers_and_texts_are_taken_as_text() -> None:
    fields, reading = entry(b'{"id": 4240, "name": "Korvin", "flag": true, "weight": 1.5}')
    assert [fields.take(name) for name in ("id", "name", "flag", "weight")] == ["4240", "Korvin", "true", "1.5"]
    reading.finish()
    assert not reading.unknown


@pytest.mark.parametrize("blank", [b"null", b'""', b'"  "', b"[]", b"{}", b'[{"x": ""}]'])
def test_a_blank_field_counts_as_absent_and_is_never_left_over(blank: bytes) -> None:
    fields, reading = entry(b'{"field": ' + blank + b"}")
    assert fields.take_optional("field") is None
    assert fields.objects("field") == []
    with pytest.raises(MissingField):
        fields.take("field")
    reading.finish()
    assert not reading.unknown


def test_what_nobody_takes_is_left_over_under_its_path() -> None:
    fields, reading = entry(b'{"new": "said", "inner": [{"known": "1", "odd": {"deep": 2}}, "loose"], "list": [1]}')
    (inner,) = fields.objects("inner")
    assert inner.take("known") == "1"
    assert fields.take_optional("list") is None
    reading.finish()
    left = {part.name: part.value for part in reading.unknown}
    assert left == {"inner": "loose", "inner/odd": '{"deep":2}', "new": "said", "list": "[1]"}


def test_what_is_ignored_or_kept_makes_nothing_unknown() -> None:
    fields, reading = entry(b'{"row": 3, "note": "as published"}')
    fields.ignore("row", why="places the entry in a table")
    fields.keep("note", "absent")
    reading.finish()
    assert not reading.unknown
    assert [(part.name, part.value) for part in reading.kept] == [("note", "as published")]


@pytest.mark.parametrize("body", [b"[1]", b'"text"', b"null", b'{"a": "\xff"}'])
def test_an_entry_that_is_no_object_is_set_aside(body: bytes) -> None:
    with pytest.raises(MissingField):
        entry(body)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"a": "1", "a": "2"}', [("a", '"1"')]),
        (b'{"a": "1", "a": "1"}', []),
        (b'{"a": "", "a": "2"}', []),
        (b'{"b": {"c": 1, "c": 2}, "a": "2"}', [("c", "1")]),
        (b'{"a": ["x"], "a": "2"}', [("a", '["x"]')]),
    ],
)
def test_a_member_that_stands_twice_is_said(body: bytes, said: list[tuple[str, str]]) -> None:
    _, reading = entry(body)
    assert [(part.name, part.value) for part in reading.unknown] == said


@pytest.mark.parametrize("opened", [b"[", b'{"x":'], ids=["lists", "objects"])
@pytest.mark.parametrize("depth", [json.DEPTH_MAX + 1, 500])
def test_a_field_nested_deeper_than_any_is_left_over_and_costs_no_other(opened: bytes, depth: int) -> None:
    closed = b"]" if opened == b"[" else b"}"
    fields, reading = entry(b'{"id": 7, "deep": ' + opened * depth + b"1" + closed * depth + b"}")
    assert fields.take("id") == "7"
    assert [part.name for part in reading.unknown] == ["deep"]


def test_many_objects_and_brackets_in_texts_are_not_deep() -> None:
    fields, _ = entry(b'{"many": [' + b",".join([b'{"a": "1"}'] * 200) + b'], "text": "' + b'[{\\"' * 200 + b'"}')
    assert len(fields.objects("many")) == 200
    assert fields.take("text").startswith("[{")


@pytest.mark.parametrize(
    ("published", "said"),
    [
        (rb"\ud83d\ude00", "\U0001f600"),
        (rb"\ud83d", "\ufffd"),
        (rb"x\uDE00y", "x\ufffdy"),
        (rb"\ud83d\ud83d\ude00", "\ufffd\U0001f600"),
        (rb"\\ud83d", "\\ud83d"),
        (rb"\ud4db", "\ud4db"),
    ],
)
def test_half_a_letter_stops_no_list(published: bytes, said: str) -> None:
    (found,) = read(b'{"List": {"Entries": [{"a": "' + published + b'"}]}}').entries
    fields, _ = entry(found)
    assert fields.take("a") == said


def test_a_text_beside_the_entries_that_is_no_utf_8_is_none() -> None:
    assert json.scalar_text(b'"2026-03-01\xff"') is None

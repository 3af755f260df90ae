"""Israel's list: the page at hand, how pages are split, and which entries are designations in force."""

import json
from pathlib import Path
from typing import Any

import pytest

from syncd.errors import DocumentRefused
from syncd.feeds import il_nbctf, one_feed
from tests.feeds import documents

GOLDEN = documents.GOLDEN / "il_nbctf" / "invented.items.json"


def body(**properties: Any) -> bytes:
    item = json.loads(GOLDEN.read_bytes())["items"][0]
    return json.dumps({"items": [item | {"properties": item["properties"] | properties}]}).encode()


@pytest.mark.shared
def test_the_page_at_hand_is_understood_to_the_last_field(shared: Path) -> None:
    (path,) = (shared / "feeds" / "il_nbctf").iterdir()
    page = il_nbctf.page_of(path.read_bytes())
    assert (page.total, [id_ for id_, _ in page.entries]) == (495, ["3a431112-e487-4a64-bd48-df7246913a70"])
    (record,) = documents.records("il_nbctf", "items", path.read_bytes()).values()
    assert len(record.names) == 5
    assert [one.type for one in record.contacts] == ["phone"] * 3 + ["email"] * 3 + ["website"]
    assert record.reasons[0].startswith("A financial platform")


@pytest.mark.parametrize(
    ("properties", "count"),
    [
        ({}, 1),
        ({"isDesignated": None}, 1),
        ({"isDesignated": False}, 0),
        ({"cancellationDate": "2031-05-01"}, 0),
        ({"status": "Cancelled"}, 0),
    ],
)
def test_only_designations_in_force_are_records(properties: dict[str, Any], count: int) -> None:
    assert len(documents.records("il_nbctf", "items", body(**properties))) == count


def test_a_status_that_nobody_knows_is_said_and_takes_nothing_away() -> None:
    (entry,), _ = documents.read("il_nbctf", "items", body(status="Suspended"))
    assert entry.record is not None
    assert entry.record.completeness == "partial"


@pytest.mark.parametrize(("published", "date"), [("2015-01-01", "2015"), ("2015-03-01", "2015-03-01")])
def test_the_first_of_january_stands_for_a_year(published: str, date: str) -> None:
    (record,) = documents.records("il_nbctf", "items", body(corporationDate=published)).values()
    assert [one.date for one in record.established] == [date]


def test_a_body_that_is_no_page_is_refused() -> None:
    for answer in (b"", b"[]", b"<html>", b'{"total": 1}', b'{"total": 1, "items": [{}]}'):
        with pytest.raises(DocumentRefused):
            il_nbctf.page_of(answer)


def test_a_gate_tells_a_part_by_its_size_and_its_last_change() -> None:
    def token(total: int, changed: str) -> str:
        item = {"id": "a", "updateDate": changed}
        return il_nbctf.read_newest(json.dumps({"total": total, "items": [item]}).encode(), "").token

    assert len({token(7, "2031-01-01"), token(8, "2031-01-01"), token(7, "2031-01-02")}) == 3
    assert il_nbctf.read_newest(b'{"total": 0, "items": []}', "").token == "0  "


def test_the_parts_are_asked_for_in_the_languages_that_they_answer() -> None:
    (source,) = one_feed("il_nbctf").sources
    assert source.pages is not None
    assert [bool(part.sends) for part in source.pages.parts] == [True, True, False]
    assert [bool(gate.sends) for gate in source.gates] == [True, True, False]

"""Monaco's list: the records at hand, measures that were lifted, and the time that says whether it is new."""

import json
from pathlib import Path
from typing import Any

import pytest

from syncd.core.model import PartialDate, Record
from syncd.errors import DocumentRefused
from syncd.feeds import mc_freezes
from tests.feeds import documents

GOLDEN = documents.GOLDEN / "mc_freezes" / "invented.json.json"


def body(details: dict[str, Any] | None = None, **changed: Any) -> bytes:
    entry = json.loads(GOLDEN.read_bytes())[0] | changed
    return json.dumps([entry | {"mesureDetails": entry["mesureDetails"] | (details or {})}]).encode()


def record(**details: Any) -> Record:
    return documents.records("mc_freezes", "json", body(details))["mc_freezes:907056"]


@pytest.mark.shared
def test_the_document_at_hand_is_understood_to_the_last_field(shared: Path) -> None:
    """Two records, of which one was lifted."""
    (path,) = (shared / "feeds" / "mc_freezes").iterdir()
    (found,) = documents.records("mc_freezes", "json", path.read_bytes()).values()
    assert (found.key, found.nationalities, found.birth_dates) == (
        *("mc_freezes:107056", ("RU",), (PartialDate(date="1969-10-25"),)),
    )
    assert [(one.type, one.value, one.country) for one in found.identifiers] == [("passport", "768613166", "RU")]
    assert found.birth_places[0].country == "RU"
    assert len(found.listings[0].authorities) == 3


@pytest.mark.parametrize("state", ["withdrawal", "Withdrawal ", "deleted"])
def test_a_measure_that_was_lifted_is_no_record(state: str) -> None:
    assert documents.records("mc_freezes", "json", body(state=state)) == {}


def test_a_state_that_nobody_knows_is_said_and_takes_nothing_away() -> None:
    (entry,), _ = documents.read("mc_freezes", "json", body(state="suspended"))
    assert entry.record is not None
    assert entry.record.completeness == "partial"


def test_several_values_are_divided_by_semicolons() -> None:
    found = record(nationalite="RUSSIE; BIÉLORUSSIE", alias="A. Vell; B. Vell")
    assert found.nationalities == ("RU", "BY")
    assert [name.full for name in found.names[1:]] == ["A. Vell", "B. Vell"]


def test_the_time_of_the_last_publication_is_the_gates_token() -> None:
    assert mc_freezes.read_publication_time(b'"02/10/2031 10:36:17"', "").token == "02/10/2031 10:36:17"
    for answer in (b"", b"<html>", b"soon please", b"x" * 100):
        with pytest.raises(DocumentRefused):
            mc_freezes.read_publication_time(answer, "")

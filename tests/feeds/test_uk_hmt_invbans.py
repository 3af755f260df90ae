"""The Treasury's capital-market list: the rows at hand, what a dash says, and tables that are not the list."""

import json
from pathlib import Path

import pytest

from syncd.core.model import Record
from tests.feeds import documents

HEADER = (
    "<tr><th>Organisation</th><th>Subject to other sanctions (see entry on the UK Sanctions List)</th>"
    "<th>Historic Group ID <sup>1</sup></th><th>UK Sanctions List Unique ID</th></tr>"
)


def body(*rows: tuple[str, str, str, str], more: str = "") -> bytes:
    cells = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    page = f"<div>{more}<table>{HEADER}{cells}</table></div>"
    return json.dumps({"public_updated_at": "2026-02-24T17:56:40+00:00", "details": {"body": page}}).encode()


def record(name: str, group: str, unique: str) -> Record:
    (found,) = documents.records("uk_hmt_invbans", "page", body((name, "-", group, unique))).values()
    return found


@pytest.mark.shared
def test_the_document_at_hand_is_understood_to_the_last_field(shared: Path) -> None:
    (path,) = (shared / "feeds" / "uk_hmt_invbans").iterdir()
    found = documents.records("uk_hmt_invbans", "page", path.read_bytes())
    assert sorted(found) == ["uk_hmt_invbans:13119", "uk_hmt_invbans:13120"]
    assert documents.references(found) == {"uk_reference": 1}


def test_a_dash_is_no_reference() -> None:
    assert [(one.type, one.value) for one in record("VELL", "99001", "-").identifiers] == [("list_id", "99001")]
    assert record("VELL", "99001", "rus 9001").identifiers[1].value == "RUS9001"


def test_a_row_whose_group_is_a_dash_is_set_aside() -> None:
    rows = (("VELL", "-", "-", "RUS9001"), ("LUNA", "-", "99001", "-"))
    entries, _ = documents.read("uk_hmt_invbans", "page", body(*rows))
    assert [(one.key, bool(one.problem)) for one in entries] == [(None, True), ("uk_hmt_invbans:99001", False)]


def test_rows_of_another_table_are_said() -> None:
    other = "<table><tr><th>Person</th></tr><tr><td>Somebody</td></tr></table>"
    entries, reading = documents.read("uk_hmt_invbans", "page", body(("VELL", "-", "99001", "-"), more=other))
    assert len(entries) == 1
    assert reading.header.unknown == {"rows of a table of Person": 1}


def test_the_time_of_the_page_is_the_documents_date() -> None:
    _, reading = documents.read("uk_hmt_invbans", "page", body(("VELL", "-", "99001", "-")))
    assert reading.header.published == "2026-02-24T17:56:40+00:00"

"""New Zealand's register: both versions at hand read whole, its two sheets, what ended, and what is refused."""

from pathlib import Path
from typing import Any

import pytest

from syncd.core.model import PartialDate, Record, Relation
from syncd.errors import DocumentRefused
from tests.feeds import documents, workbooks

PARTY = {"Type": "Individual", "Unique Identifier": "IND-9001", "First name": "Tamsin", "Last name": "VELL"}
SHIP = {"Unique Identifier": "SHP-9001", "Name of Ship as of Date of Sanction": "Harbour Light", "IMO Number": 9000003}
IN_FORCE = {"Sanction Status": "Sanctioned", "Date of Sanction": {"date": "2022-03-18"}}


def workbook(party: dict[str, Any], ship: dict[str, Any], **more: Any) -> bytes:
    register, ships = ([list(row), list(row.values())] for row in (PARTY | IN_FORCE | party, SHIP | IN_FORCE | ship))
    return workbooks.xlsx({"Russia Sanctions Register": [["legend"]] * 10 + register, "Ships": ships, **more})


def records(party: dict[str, Any] | None = None, ship: dict[str, Any] | None = None) -> dict[str, Record]:
    return documents.records("nz_russia", "workbook", workbook(party or {}, ship or {}))


def person(**cells: Any) -> Record:
    return records(cells)["nz_russia:IND-9001"]


@pytest.mark.shared
@pytest.mark.parametrize("date", ["2026-02-23", "2026-03-08"])
def test_a_version_at_hand_is_understood_to_the_last_field(shared: Path, date: str) -> None:
    (path,) = (shared / "feeds" / "nz_russia").glob(f"REBUILT__{date}__*")
    found = documents.records("nz_russia", "workbook", path.read_bytes())
    ships = [record for record in found.values() if record.kind == "vessel"]
    assert (len(found) - len(ships), len(ships)) == (1_848, 210)


@pytest.mark.shared
def test_the_versions_at_hand_are_the_same_list(shared: Path) -> None:
    before, after = (
        documents.digests("nz_russia", "workbook", path.read_bytes())
        for path in sorted((shared / "feeds" / "nz_russia").iterdir())
    )
    assert before == after


@pytest.mark.parametrize("number", ["Ent-489 ", "ENT-489", "ent\u200b-489", "ENT - 489"])
def test_an_identifier_in_any_case_is_one_key(number: str) -> None:
    assert "nz_russia:ENT-489" in records({"Unique Identifier": number})


@pytest.mark.parametrize("number", [None, "9" * 300])
def test_a_row_that_can_have_no_key_costs_itself_alone(number: str | None) -> None:
    entries, _ = documents.read("nz_russia", "workbook", workbook({"Unique Identifier": number}, {}))
    assert [(one.key, bool(one.problem)) for one in entries] == [(None, True), ("nz_russia:SHP-9001", False)]


def test_what_a_person_owns_is_not_the_persons_name() -> None:
    names = {"First name": None, "Last name": None, "Name of Asset": "Yacht Vell"}
    entries, _ = documents.read("nz_russia", "workbook", workbook(names, {}))
    assert [one.key for one in entries if one.problem] == ["nz_russia:IND-9001"]
    assert person(**names, Type="Aircraft").names[0].full == "Yacht Vell"


@pytest.mark.parametrize("flag", ["0", "Nil", "Not deleted", "?"])
def test_a_flag_that_nobody_knows_keeps_the_record_and_is_said(flag: str) -> None:
    entries, _ = documents.read("nz_russia", "workbook", workbook({}, {"Record Deleted Flag": flag}))
    (ship,) = [one.record for one in entries if one.record and one.record.kind == "vessel"]
    assert (ship.completeness, ship.other[0].value) == ("partial", flag)


@pytest.mark.parametrize("status", ["Lifted: travel ban. Asset freeze continues", "Removed from Schedule 2; stays"])
def test_a_status_that_goes_on_ends_nothing(status: str) -> None:
    entries, _ = documents.read("nz_russia", "workbook", workbook({"Sanction Status": status}, {}))
    assert len(entries) == 2


@pytest.mark.parametrize(("type_", "kind"), [("Indiividual", "person"), ("Bank", "organisation")])
def test_a_slip_and_a_bank_have_their_kind(type_: str, kind: str) -> None:
    assert person(Type=type_).kind == kind


def test_a_serial_number_as_date_of_sanction_is_a_day() -> None:
    assert person(**{"Date of Sanction": "45352"}).listings[0].listed_on == "2024-03-01"


def test_a_relative_on_the_register_has_its_key() -> None:
    assert person(**{"Associates/Relatives": "Son of Tamsin VELL"}).relations[0].key == "nz_russia:IND-9001"


@pytest.mark.parametrize(
    "ended",
    [
        {"Record Deleted Flag": "Yes"},
        {"Record Deleted Flag": 1},
        {"Record Deleted Flag": "Removed"},
        {"Sanction Status": "Revoked 2026"},
    ],
)
def test_an_entry_that_was_deleted_or_has_ended_is_no_record(ended: dict[str, Any]) -> None:
    assert set(records(ship=ended)) == {"nz_russia:IND-9001"}
    assert set(records(ended)) == {"nz_russia:SHP-9001"}


@pytest.mark.parametrize("flag", [None, "", "No", "FALSE", False, "N"])
def test_an_entry_that_is_not_deleted_is_in_force(flag: Any) -> None:
    assert len(records(ship={"Record Deleted Flag": flag})) == 2


def test_a_status_that_nobody_knows_is_published_and_said() -> None:
    entries, _ = documents.read("nz_russia", "workbook", workbook({"Sanction Status": "Under review"}, {}))
    (record,) = [one.record for one in entries if one.record and one.record.completeness == "partial"]
    assert [(part.name, part.value) for part in record.other] == [("Sanction Status", "Under review")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("XX/XX/1970", (PartialDate(date="1970"),)),
        ("12/03/1970", (PartialDate(date="1970-03-12"),)),
        ({"date": "1969-02-23"}, (PartialDate(date="1969-02-23"),)),
        (1970, (PartialDate(date="1970"),)),
        ("00:00:00", ()),
        ("circa 1970", (PartialDate(date="1970", circa=True),)),
        ("xx/xx/1967-1969", (PartialDate(start="1967", end="1969"),)),
        ("dd/mm/1984-1985", (PartialDate(start="1984", end="1985"),)),
        ("unknown", ()),
    ],
)
def test_a_birth_date_is_as_exact_as_the_register_gives_it(text: Any, found: tuple[PartialDate, ...]) -> None:
    assert person(DOB=text).birth_dates == found


def test_a_relative_is_a_relation_in_the_registers_words() -> None:
    record = person(**{"Associates/Relatives": "Son of Aldo CORVIN; known to many"})
    assert record.relations == (
        Relation(type="son of", name="Aldo CORVIN"),
        Relation(type="associate or relative", name="known to many"),
    )


def test_measures_are_the_columns_that_say_yes() -> None:
    (listing,) = person(**{"Travel Ban": "yes", "Asset Freeze": "Yes", "Ship Ban": "No"}).listings
    assert listing.measures == ("Travel Ban", "Asset Freeze")
    assert listing.listed_on == "2022-03-18"


def test_a_page_of_the_bot_wall_is_refused_as_what_it_is() -> None:
    page = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body></body></html>"
    with pytest.raises(DocumentRefused, match="an HTML page instead of a workbook"):
        documents.read("nz_russia", "workbook", page)


def test_a_workbook_without_one_of_the_sheets_is_not_the_register() -> None:
    with pytest.raises(DocumentRefused, match="no sheet Ships"):
        documents.read("nz_russia", "workbook", workbooks.xlsx({"Russia Sanctions Register": [["x"]]}))


def test_a_sheet_of_goods_is_skipped_and_one_of_identifiers_is_not() -> None:
    """A sheet of goods is left alone and one with identifiers that nobody reads is not."""
    goods = {"Trade prohibitions": [["Unique Identifier"], ["HS-1"]], "Colours": [["grey"]]}
    entries, _ = documents.read("nz_russia", "workbook", workbook({}, {}, **goods))
    assert len(entries) == 2
    with pytest.raises(DocumentRefused, match="its sheet Aeroplanes has unique identifiers"):
        documents.read("nz_russia", "workbook", workbook({}, {}, Aeroplanes=[["Unique Identifier"], ["PLN-1"]]))


@pytest.mark.parametrize(
    "cell", ["1 Quay Road, Moscow, Russia; and 2 Lake Street, Minsk, Belarus", "Moscow, Russia\nBelarus"]
)
def test_addresses_that_each_end_with_a_country_stand_apart(cell: str) -> None:
    found = person(Address=cell).addresses
    assert [address.country for address in found] == ["RU", "BY"]
    assert not any((address.full or "").startswith("and ") for address in found)


def test_a_semicolon_within_an_address_parts_nothing() -> None:
    assert [address.full for address in person(Address="1 Quay Road; Moscow, Russia").addresses] == [
        "1 Quay Road; Moscow, Russia"
    ]


def test_the_number_of_a_company_in_words_is_an_identifier() -> None:
    entity = {"Type": "Entity", "Additional Information": "Company IMO number 6036202"}
    (number,) = person(**entity).identifiers
    assert (number.type, number.value) == ("imo_company", "6036202")
    assert person(**{**entity, "Type": "Individual"}).identifiers == ()


@pytest.mark.parametrize("number", ["IND‑9001", "IND–9001", "ＩＮＤ－９００１"])
def test_an_identifier_with_another_hyphen_is_the_same_key(number: str) -> None:
    assert "nz_russia:IND-9001" in records({"Unique Identifier": number})

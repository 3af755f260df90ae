"""CSV, and OFAC's three files of old."""

import csv
import io

import msgspec

from syncd.core.model import Listing, MeasureType, Record
from syncd.exports import flat, legacy
from syncd.exports.forms import FORMS
from syncd.exports.listing import ExportEntry
from syncd.ledger.lists import RECORDS_AT_ONCE, export_parts
from tests.exports.invented import COMPANY, FEED, PERSON, RECORDS, SHIP, entries_of, whole_list


def rows() -> list[dict[str, str]]:
    whole = whole_list()
    text = FORMS["csv"].head() + b"".join(part() for part in export_parts(whole, FORMS["csv"]))
    return list(csv.DictReader(io.StringIO(text.decode(), newline="")))


def test_each_record_is_a_row_that_says_where_it_is_from() -> None:
    found = {row["key"]: row for row in rows()}
    assert found.keys() == {record.key for record in RECORDS}
    row = found[PERSON.key]
    assert (row["name"], row["aliases"]) == ("NOBODY, Odd", '"The Paper" | Odd Somebody (formerly)')
    assert (row["weak_aliases"], row["birth_dates"]) == ("Oddie", "1961 to 1963 | about 1962-03-05")
    assert (row["commit"], row["document"]) == ("3", "d0" * 32)
    assert row["digest"] == whole_list().packed[PERSON.key].digest


def test_what_listings_impose_stands_in_a_column_too() -> None:
    words: tuple[MeasureType, ...] = ("asset_freeze", "travel_ban")
    listings = tuple(Listing(list="Paper List", measure_types=(word,)) for word in words)
    record = msgspec.structs.replace(PERSON, listings=listings)
    text = flat.header_line() + flat.record_row(ExportEntry(record, "00", b""), whole_list().note)
    (row,) = csv.DictReader(io.StringIO(text.decode(), newline=""))
    assert row["measure_types"] == "asset_freeze | travel_ban"
    names = list(row)
    assert names[names.index("measures") + 1] == "measure_types"


def test_a_cell_is_no_formula() -> None:
    found = {row["key"]: row for row in rows()}
    assert found[COMPANY.key]["name"] == "'=Paper Clouds LLC"
    assert all(flat.csv_line([begin]).startswith((b"'", b"\"'")) for begin in ("=1", "+1", "-1", "@x", "\t", "\r"))


def legacy_rows(record: Record) -> list[list[list[str]]]:
    return [list(csv.reader(io.StringIO(text.decode(), newline=""))) for text in legacy.record_rows(record)]


def test_ofacs_files_have_its_columns() -> None:
    (party,), (address,), aliases = legacy_rows(PERSON)
    assert party[:5] == ["7", "NOBODY, Odd", "individual", "PAPER] [CLOUDS", "-0-"]
    assert len(party) == 12
    assert party[11].startswith("DOB 1961 to 1963; DOB about 1962-03-05; POB Nowhere, YD; nationality IR")
    assert address == ["7", "1", "1 Cloud St.;, Floor 2", "Nowhere", "IR", "-0-"]
    assert [row[2:4] for row in aliases] == [["aka", '"The Paper"'], ["aka", "Oddie"], ["fka", "Odd Somebody"]]
    (ship,), addresses, _ = legacy_rows(SHIP)
    assert ship[2:11] == ["vessel", "PAPER", "-0-", "PPR1", "Tanker", "100", "-0-", "IR", "Somebody"]
    assert addresses == []


def test_absent_is_bare_and_text_is_quoted() -> None:
    assert legacy.record_rows(COMPANY)[0].startswith(b'8,"=Paper Clouds LLC",-0-,"Paper List",-0-,')


def test_a_number_is_the_lists_own_or_made_of_the_key() -> None:
    assert legacy.entry_number(f"{FEED}:36") == 36
    made = [legacy.entry_number(f"{FEED}:{text}") for text in ("QDi.001", "007", "1" * 11, "٣")]
    assert len(set(made)) == 4
    assert all(2**32 < number < 2**53 for number in made)


def test_remarks_are_cut_between_two_of_them() -> None:
    long = PERSON.remarks + tuple(f"remark {number} {'x' * 90}" for number in range(30))
    (party,), _, _ = legacy_rows(
        type(PERSON)(**{**{n: getattr(PERSON, n) for n in PERSON.__struct_fields__}, "remarks": long})
    )
    assert len(party[11]) <= legacy.REMARKS_CHARACTERS_MAX
    assert party[11].endswith("x.")


def test_a_list_streams_in_pieces() -> None:
    records = [msgspec.structs.replace(PERSON, key=f"{FEED}:{number}") for number in range(2 * RECORDS_AT_ONCE + 1)]
    whole = whole_list(*records)
    parts = list(export_parts(whole, FORMS["ndjson"]))
    assert len(parts) == 4
    assert b"".join(part() for part in parts).count(b"\n") == 1 + 2 * RECORDS_AT_ONCE + 1


def test_an_entry_carries_its_own_bytes() -> None:
    (entry,) = entries_of(SHIP)
    assert entry.record == SHIP

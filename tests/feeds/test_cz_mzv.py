"""The Czech national list: the rows at hand, which of them are in force, and spellings that strokes divide."""

import csv
import io
from pathlib import Path

import pytest

from syncd.core.model import Record
from syncd.feeds import cz_mzv
from tests.feeds import documents

HEADER = (
    *(cz_mzv.FAMILY, cz_mzv.GIVEN, cz_mzv.STATUS, cz_mzv.STATUS_NOTE, cz_mzv.BORN, cz_mzv.COUNTRY, cz_mzv.DAY),
    *(cz_mzv.ACT, cz_mzv.PROVISION, cz_mzv.CONDUCT, cz_mzv.MEASURES),
)
VALID = {cz_mzv.FAMILY: "VELL", cz_mzv.STATUS: "platný", cz_mzv.DAY: "25.10.2031"}


def body(*rows: dict[str, str]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(f"{name} " for name in HEADER)
    writer.writerows([row.get(name, "") for name in HEADER] for row in rows)
    return text.getvalue().encode()


def records(*rows: dict[str, str]) -> list[Record]:
    return list(documents.records("cz_mzv", "csv", body(*rows)).values())


@pytest.mark.shared
def test_the_document_at_hand_is_understood_to_the_last_field(shared: Path) -> None:
    """Six rows, of which three are in force."""
    (path,) = (shared / "feeds" / "cz_mzv").iterdir()
    found = list(documents.records("cz_mzv", "csv", path.read_bytes()).values())
    assert [record.kind for record in found] == ["person", "person", "organisation"]
    assert [record.listings[0].listed_on for record in found] == ["2023-04-26", "2023-08-16", "2024-03-27"]
    assert [name.full for name in found[0].names] == [
        *("Vladimir Michajlovič GUNĎAJEV", "Vladimir Mikhailovich GUNDYAYEV", "Владимир Михайлович ГУНДЯЕВ"),
    ]


@pytest.mark.parametrize(("status", "count"), [("platný", 1), ("Platný ", 1), ("změněn", 0), ("zrušen", 0)])
def test_only_rows_in_force_are_records(status: str, count: int) -> None:
    assert len(records(VALID | {cz_mzv.STATUS: status})) == count


def test_a_status_that_nobody_knows_leaves_the_row_in_force_and_is_said() -> None:
    (entry,), _ = documents.read("cz_mzv", "csv", body(VALID | {cz_mzv.STATUS: "pozastaven"}))
    assert entry.record is not None
    assert entry.record.completeness == "partial"


def test_the_earliest_row_of_a_target_says_when_it_was_listed() -> None:
    (record,) = records(VALID, VALID | {cz_mzv.STATUS: "změněn", cz_mzv.DAY: "16.08.2031"})
    assert (record.listings[0].listed_on, record.listings[0].amended_on) == ("2031-08-16", "2031-10-25")


def test_a_target_that_was_lifted_is_listed_when_it_comes_back() -> None:
    lifted = VALID | {cz_mzv.STATUS: "zrušen", cz_mzv.DAY: "16.08.2030"}
    changed = VALID | {cz_mzv.STATUS: "změněn", cz_mzv.DAY: "01.02.2030"}
    (record,) = records(changed, lifted, VALID)
    assert (record.listings[0].listed_on, record.listings[0].amended_on) == ("2031-10-25", None)


def test_a_superseded_row_that_comes_changes_no_key() -> None:
    (alone,) = records(VALID)
    (beside,) = records(VALID, VALID | {cz_mzv.STATUS: "změněn", cz_mzv.CONDUCT: "x"})
    assert alone.key == beside.key


def test_spellings_of_one_script_belong_together() -> None:
    """More family names than given ones: the last given name goes with the rest."""
    row = VALID | {cz_mzv.FAMILY: "VELL/VELLE/VEL/ВЕЛЛ", cz_mzv.GIVEN: "Tamsín/Tamsin/Тамсин"}
    assert [name.full for name in records(row)[0].names] == ["Tamsín VELL", "Tamsin VELLE", "Tamsin VEL", "Тамсин ВЕЛЛ"]


def test_each_spelling_of_a_given_name_is_a_name() -> None:
    row = VALID | {cz_mzv.FAMILY: "VELL/ВЕЛЛ", cz_mzv.GIVEN: "Tamsín/Tamsin/Тамсин"}
    found = [(name.full, name.kind) for name in records(row)[0].names]
    assert found == [("Tamsín VELL", "primary"), ("Тамсин ВЕЛЛ", "alias"), ("Tamsin VELL", "alias")]


def test_an_organisations_name_keeps_its_stroke() -> None:
    assert [name.full for name in records(VALID | {cz_mzv.FAMILY: "Vell A/S"})[0].names] == ["Vell A/S"]


def test_the_newest_file_is_discovered_on_the_page() -> None:
    page = (
        b'<html><body><a href="/file/1/Vnitrostatni_sankcni_seznam_2031_01_01.csv">old</a>'
        b'<a href="/file/2/Vnitrostatni_sankcni_seznam_2031_07_23.csv">new</a></body></html>'
    )
    assert (cz_mzv.discover(page, cz_mzv.PAGE).url or "").endswith("/file/2/Vnitrostatni_sankcni_seznam_2031_07_23.csv")

"""The EU's designated ships: the list at hand read whole, its two publishers' layouts, and how its file is found."""

from pathlib import Path
from typing import Any

import pytest

from syncd.core.model import Record
from syncd.errors import DocumentRefused
from syncd.feeds import eu_vessels, one_feed
from tests.feeds import documents, workbooks

HEADER = "Vessel name,IMO number ,Date of application,Subject to"
ANNEX = "Article 3s and Annex XLII of Council Regulation (EU) No 833/2014"
COUNCIL = [None, "Vessel name at designation time", "IMO number", "Date of application", eu_vessels.JOURNAL]


def records(*rows: str, header: str = HEADER) -> dict[str, Record]:
    return documents.records("eu_vessels", "vessels", "".join(f"{row}\n" for row in (header, *rows)).encode())


def names(published: str) -> list[tuple[str, str]]:
    (record,) = records(f'"{published}",9074729,2025-05-21,{ANNEX}').values()
    return [(name.full, name.kind) for name in record.names]


@pytest.mark.shared
def test_the_document_at_hand_is_understood_to_the_last_field(shared: Path) -> None:
    (path,) = (shared / "feeds" / "eu_vessels").iterdir()
    found = documents.records("eu_vessels", "vessels", path.read_bytes())
    assert len(found) == 597
    assert all(record.identifiers[0].value == key.partition(":")[2] for key, record in found.items())
    assert all(record.listings[0].listed_on for record in found.values())
    assert not [one.full for record in found.values() for one in record.names if "(" in one.full]
    assert sum(one.kind == "former" for record in found.values() for one in record.names) == 49


def test_former_names_stand_in_brackets_with_or_without_their_end() -> None:
    assert names("Vell (formerly Luna; Asher)") == [("Vell", "primary"), ("Luna", "former"), ("Asher", "former")]
    assert names("Vell (Formerly\u00a0Luna") == [("Vell", "primary"), ("Luna", "former")]
    assert names("Vell (Star)") == [("Vell (Star)", "primary")]


def test_a_ship_under_two_acts_is_one_record_with_two_listings() -> None:
    first = f"Vell,9074729,2025-05-21,{ANNEX}"
    second = "Luna,IMO 9074729,2018-03-01,Council Regulation (EU) 2017/1509"
    one, other = records(first, second), records(second, first)
    (record,) = one.values()
    assert one == other
    assert [(name.full, name.kind) for name in record.names] == [("Luna", "primary"), ("Vell", "alias")]
    assert [listing.listed_on for listing in record.listings] == ["2018-03-01", "2025-05-21"]


def test_a_number_that_is_none_is_published_and_said() -> None:
    (entry,), _ = documents.read("eu_vessels", "vessels", f"{HEADER}\nVell,907472,2025-05-21,{ANNEX}\n".encode())
    assert entry.key == "eu_vessels:907472"
    assert entry.record is not None
    assert (entry.record.completeness, entry.record.unreadable) == ("partial", ("IMO number",))


def workbook(*rows: list[Any], **more: Any) -> bytes:
    return workbooks.xlsx({"Sheet1": [COUNCIL, *rows], **more})


def test_the_councils_workbook_is_the_same_list() -> None:
    """Without the column of the act all ships are of Annex XLII; rows are counted, and formulas go on below them."""
    day = {"date": "2025-05-21"}
    body = workbook([1, "Vell", 9074729, day, "https://eur-lex.example/1"], [2, None, None, "#REF!", "#REF!"])
    (record,) = documents.records("eu_vessels", "vessels", body).values()
    (csv,) = records(f"Vell,9074729,2025-05-21,{ANNEX}").values()
    assert (record.key, record.names, record.identifiers) == (csv.key, csv.names, csv.identifiers)
    assert record.listings[0].programmes == (eu_vessels.ANNEX,)
    assert record.listings[0].authorities == ("https://eur-lex.example/1",)


def test_a_date_that_is_a_failed_formula_costs_the_date_alone() -> None:
    (entry,), _ = documents.read("eu_vessels", "vessels", workbook([1, "Vell", 9074729, "#REF!", None]))
    assert entry.record is not None
    assert (entry.record.completeness, entry.record.listings[0].listed_on) == ("partial", None)


def test_columns_of_one_publisher_alone_are_a_matter_of_layout() -> None:
    """So that failover from one publisher to the other is no amendment of six hundred ships."""
    layouts = []
    for body in (f"{HEADER}\nVell,9074729,2025-05-21,{ANNEX}\n".encode(), workbook([1, "Vell", 9074729, None, "x"])):
        _, reading = documents.read("eu_vessels", "vessels", body)
        layouts.append(reading.header.layout)
    assert layouts == [("listings.programmes",), ("listings.authorities",)]


def test_rows_of_another_sheet_are_said() -> None:
    _, reading = documents.read("eu_vessels", "vessels", workbook([1, "Vell", 9074729, None, None], Other=[["a"], [1]]))
    assert reading.header.unknown == {"rows of the sheet Other": 2}


PAGE = (
    '<html><body><a href="/Media/639000000000000000/ListOfEUDesignatedVessels010125.xlsx">old</a>'
    '<a href="/Media/639126203301405214/ListOfEUDesignatedVessels240426.xlsx">new</a>'
    '<a href="/Media/639126203301405215/ImportversionListOfEUDesignatedVessels240426.csv">csv</a></body></html>'
)


@pytest.mark.parametrize(("source", "name"), [(0, "ListOfEUDesignatedVessels240426.xlsx"), (1, "240426.csv")])
def test_the_newest_file_is_discovered_on_the_page(source: int, name: str) -> None:
    (gate,) = one_feed("eu_vessels").sources[source].gates
    answer = gate.read(PAGE.encode(), eu_vessels.PAGE)
    assert answer.url is not None
    assert answer.url.startswith("https://www.dma.dk/Media/63912620330140521")
    assert answer.url.endswith(name)


def test_a_page_without_the_file_is_an_error_of_the_feed() -> None:
    (gate,) = one_feed("eu_vessels").sources[0].gates
    with pytest.raises(DocumentRefused):
        gate.read(b"<html><body>Sorry</body></html>", eu_vessels.PAGE)

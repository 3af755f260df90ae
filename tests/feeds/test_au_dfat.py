"""Australia's list: every version at hand read whole, what its cells mean, and references that stand for others."""

import io
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from syncd.commands.compare import compare_documents
from syncd.core import diff
from syncd.core.events import Change
from syncd.core.model import PartialDate, Record
from syncd.errors import DocumentRefused
from syncd.feeds import all_feeds, au_dfat
from tests.feeds import documents, workbooks
from tests.feeds.remembered import remembered

# Every version at hand: the beginning of its name → references.
VERSIONS = {
    "2022-05-05": 2_666,
    "2024-12-17": 3_062,
    "2026-04-27": 3_811,
    "REBUILT__2026-07-22": 3_811,
    "REBUILT__2026-08-06": 3_855,
}
# Neighbours: references that are new and gone.
DIFFERENCES = [(781, 385), (788, 39), (0, 0), (44, 0)]

HEADER = ["Reference", "Name of Individual or Entity", "Type", "Name Type", "Committees", "Control Date"]
CELLS = [90001, "Vell", "Individual", "Primary Name", None, None]


def version(shared: Path, name: str) -> bytes:
    (path,) = (shared / "feeds" / "au_dfat").glob(f"{name}__*")
    return path.read_bytes()


@cache
def version_records(shared: Path, name: str) -> dict[str, Record]:
    return documents.records("au_dfat", "workbook", version(shared, name))


def changes(before: bytes, after: bytes) -> list[Change]:
    with remembered():
        found, _ = compare_documents(all_feeds()["au_dfat"], lambda: io.BytesIO(before), lambda: io.BytesIO(after))
    return list(found)


def workbook(*rows: dict[str, Any], sheet: str = "Consolidated List") -> bytes:
    """Invented rows; what a row does not say is that of an individual's primary name."""
    usual = {"Name of Individual or Entity": "Vell", "Type": "Individual", "Name Type": "Primary Name"}
    columns = list(dict.fromkeys([*HEADER, *(name for row in rows for name in row)]))
    cells = [[(usual | row).get(column) for column in columns] for row in rows]
    return workbooks.xlsx({sheet: [columns, *cells], "Sheet2": []})


def records(*rows: dict[str, Any]) -> dict[str, Record]:
    return documents.records("au_dfat", "workbook", workbook(*rows))


def person(**cells: Any) -> Record:
    """The record of one invented individual, read strictly; `Date_of_Birth` is the column `Date of Birth`."""
    row = {name.replace("_", " "): value for name, value in cells.items()}
    return records({"Reference": 90001, **row})["au_dfat:90001"]


@pytest.mark.shared
@pytest.mark.parametrize(("name", "count"), VERSIONS.items())
def test_a_version_at_hand_is_understood_to_the_last_field(shared: Path, name: str, count: int) -> None:
    assert len(version_records(shared, name)) == count


@pytest.mark.shared
def test_who_is_listed_for_the_un_bears_its_reference_since_the_list_says_it(shared: Path) -> None:
    found = {name: documents.references(version_records(shared, name)) for name in VERSIONS}
    assert [found[name]["un_reference"] for name in VERSIONS] == [3, 3, 786, 786, 797]


@pytest.mark.shared
def test_every_version_at_hand_is_in_the_table(shared: Path) -> None:
    at_hand = {path.name.rpartition("__")[0] for path in (shared / "feeds" / "au_dfat").iterdir()}
    assert at_hand == set(VERSIONS)


@pytest.mark.shared
def test_neighbouring_versions_differ_by_the_known_references(shared: Path) -> None:
    """Neighbouring versions differ by the known references and none stands for somebody else."""
    found = [version_records(shared, name) for name in VERSIONS]
    for (before, after), (new, gone) in zip(pairwise(found), DIFFERENCES, strict=True):
        assert (len(after.keys() - before.keys()), len(before.keys() - after.keys())) == (new, gone)
        assert not [key for key in before.keys() & after.keys() if diff.is_another_target(before[key], after[key])]


@pytest.mark.shared
def test_of_neighbouring_references_nearly_all_are_told_apart(shared: Path) -> None:
    """A reference that is given away again would most often meet somebody like this."""
    found = version_records(shared, "2026-04-27")
    people = sorted((one for one in found.values() if one.kind == "person"), key=lambda one: int(one.key[8:]))
    apart = [diff.is_another_target(one, other) for one, other in pairwise(people)]
    assert sum(apart) > 0.97 * len(apart)


@pytest.mark.shared
def test_new_columns_alone_change_seven_in_ten_references(shared: Path) -> None:
    """Of the others, most have the UN's reference now, or another date of birth: the publisher's own acts."""
    found = Counter(
        (change.type, change.origin, change.material)
        for change in changes(version(shared, "2024-12-17"), version(shared, "2026-04-27"))
    )
    assert found == {
        ("designated", "source", True): 788,
        ("delisted", "source", True): 39,
        ("amended", "format", False): 2_101,
        ("amended", "source", False): 221,
        ("amended", "source", True): 701,
    }


MEASURES = {"Travel Ban": True, "Targeted Financial Sanction": True, "Instrument of Designation": "Instrument 7"}


def test_the_same_list_in_the_layout_with_measures_is_amended_by_nobody() -> None:
    rows = [
        {"Reference": 90001, "Date of Birth": "1963", "Citizenship": "Russian"},
        {"Reference": "90001a", "Name Type": "aka", "Name of Individual or Entity": "T. Vell"},
    ]
    wider = [
        MEASURES | rows[0],
        {"Alias Strength": "Weak"} | MEASURES | rows[1],
    ]
    (change,) = changes(workbook(*rows), workbook(*wider))
    assert (change.type, change.origin, change.material) == ("amended", "format", False)
    (change,) = changes(workbook(*rows), workbook(wider[0] | {"Date of Birth": "1964"}, wider[1]))
    assert (change.type, change.origin, change.material) == ("amended", "source", True)


def test_another_order_of_columns_and_empty_ones_change_nothing() -> None:
    row = {"Reference": 90001, "Date of Birth": "1963"}
    turned = workbooks.xlsx(
        {"Renamed": [["Alias Strength", *reversed(HEADER), "Date of Birth"], [None, *reversed(CELLS), "1963"]]}
    )
    assert changes(workbook(row), turned) == []


@pytest.mark.parametrize("label", ["1267/1989/2253 (ISIL (Da'esh) and Al-Qaida)", "1267 Committee (ISIL & Al-Qaida) "])
def test_a_committee_under_another_label_is_the_same_programme(label: str) -> None:
    (listing,) = person(Committees=label).listings
    assert listing.programmes == ("1267 (ISIL (Da'esh) and Al-Qaida)",)


@pytest.mark.parametrize(
    ("text", "full", "kind", "note"),
    [
        ("Aldo Vell (formerly listed as) ", "Aldo Vell", "former", None),
        ("Aldo Vell (previously listed as)", "Aldo Vell", "former", None),
        ("Aldo Vell (birth name)", "Aldo Vell", "alias", "birth name"),
        ("Vell (AV)", "Vell (AV)", "alias", None),
    ],
)
def test_what_a_cell_adds_to_a_name_is_no_part_of_it(text: str, full: str, kind: str, note: str | None) -> None:
    (name,) = person(Name_of_Individual_or_Entity=text, Name_Type="aka").names
    assert (name.full, name.kind, name.note) == (full, kind, note)


def test_names_of_one_reference_are_gathered_wherever_their_rows_stand() -> None:
    found = records(
        {"Reference": "90002a", "Name of Individual or Entity": "Aldo C.", "Name Type": "aka"},
        {"Reference": 90001, "Name of Individual or Entity": "Tamsin Vell"},
        {"Reference": 90002, "Name of Individual or Entity": "Aldo Corvin", "Name Type": "primary Name "},
        {"Reference": "90001b1", "Name of Individual or Entity": "T. Vell", "Name Type": "AKA"},
        {"Reference": "90001c", "Name of Individual or Entity": "Tam Velle", "Name Type": "Formerly known as"},
    )
    assert {key: [(name.full, name.kind) for name in one.names] for key, one in found.items()} == {
        "au_dfat:90002": [("Aldo Corvin", "primary"), ("Aldo C.", "alias")],
        "au_dfat:90001": [("Tamsin Vell", "primary"), ("Tam Velle", "former"), ("T. Vell", "alias")],
    }


def test_a_reference_without_a_primary_name_is_a_record_of_its_aliases() -> None:
    (name,) = person(Name_Type="Alias", Alias_Strength="Strong").names
    assert (name.kind, name.strength) == ("alias", "strong")


def test_a_reference_for_somebody_else_is_another_target() -> None:
    before = person(Name_of_Individual_or_Entity="Mohammad Hassan Vell", Date_of_Birth="1955")
    after = person(Name_of_Individual_or_Entity="Aldo Mohammad Corvin Haddad", Date_of_Birth="1971")
    assert diff.is_another_target(before, after)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (1954, (PartialDate(date="1954"),)),
        ({"date": "1973-11-01", "format": "mmm-yy"}, (PartialDate(date="1973-11"),)),
        ({"date": "1951-06-19", "format": "d-mmm-yy"}, (PartialDate(date="1951-06-19"),)),
        ("Approximately 1968", (PartialDate(date="1968", circa=True),)),
        (
            "a) Approximately 1955- 1958 b) 1945",
            (PartialDate(start="1955", end="1958", circa=True), PartialDate(date="1945")),
        ),
        ("1945, 1946", (PartialDate(date="1945"), PartialDate(date="1946"))),
        ("Approximately 1960, 1966", (PartialDate(date="1960", circa=True), PartialDate(date="1966", circa=True))),
        ("21/09/1964; alt DOB: 1962", (PartialDate(date="1964-09-21"), PartialDate(date="1962"))),
        ("14 Mar 1974 >> 13 Apr 1974", (PartialDate(date="1974-03-14"), PartialDate(date="1974-04-13"))),
        (
            "15 May 1968 (as Aldo) 1970 (as Tamsin)",
            (PartialDate(date="1968-05-15", note="as Aldo"), PartialDate(date="1970", note="as Tamsin")),
        ),
        (
            "27/05/1979 (this aka only, alt DOB 1973)",
            (PartialDate(date="1979-05-27", note="this aka only, alt DOB 1973"),),
        ),
        ("10/061962", (PartialDate(date="1962-06-10", note="10/061962"),)),
        ("a) 14 Mar.1960 b) 24-Apr-68", (PartialDate(date="1960-03-14"), PartialDate(date="1968-04-24"))),
        ("NA", ()),
        ("Approximately (30-35 years old)", ()),
    ],
)
def test_a_birth_date_is_as_exact_as_the_list_gives_it(text: Any, found: tuple[PartialDate, ...]) -> None:
    assert person(Date_of_Birth=text).birth_dates == found


def test_a_birth_date_that_no_rule_reads_stands_as_published_and_is_said() -> None:
    body = workbook({"Reference": 90001, "Date of Birth": "the year of the flood"})
    (entry,), _ = documents.read("au_dfat", "workbook", body)
    assert entry.record is not None
    assert entry.record.birth_dates == (PartialDate(text="the year of the flood"),)
    assert entry.record.unreadable == ("Date of Birth",)


@pytest.mark.parametrize(
    "text", ["Vellovka, Harbour Region, Belarusian\nSSR (Belarus)", "Vellovka, Belarusian SSR\n(Belarus)"]
)
def test_a_line_that_goes_on_with_the_one_before_is_no_place_of_its_own(text: str) -> None:
    (place,) = person(**{"Place of Birth": text}).birth_places
    assert place.country == "BY"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Russian", ("RU",)),
        ("a) Russian b) USSR (until 1991)", ("RU", "SU")),
        ("Afghanistan, Iran", ("AF", "IR")),
        ("Congo, Democratic Republic of the; Rwanda", ("CD", "RW")),
        ("Moldovan, Russian and Ukrainian", ("MD", "RU", "UA")),
        ("Kuwaiti citizenship withdrawn in 2002", ()),
        ("Congolese", ()),
        ("na", ()),
    ],
)
def test_citizenships_are_codes_and_several_stand_in_one_cell(text: str, codes: tuple[str, ...]) -> None:
    assert person(Citizenship=text).citizenships == codes


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Listed by UN 1267 Committee on 25 January 2001 (amended on 20 December 2005)", "2001-01-25"),
        ("Listed on: 17 Aug. 2017 (Relisted on 3 Aug. 2020)", "2017-08-17"),
        ("Designated under the Autonomous Sanctions Regulations 2011 on 2 March 2012. Relisted.", "2012-03-02"),
        ("Autonomous Sanctions (Designated Persons) Amendment (No. 2) Instrument 2023", None),
        ("First listed on 2 /03/2016 (amended on 1/06/2017)", "2016-03-02"),
        ("Listed by UN (1267 Committee) on 6 July 2004, amended on 21 March 2012", "2004-07-06"),
        ("Listed by 1533 Committee 1 Nov. 2005", "2005-11-01"),
        ("UN Reference Number: QDi.901\nListed by the UN 1267 Committee on 16 January 2004", "2004-01-16"),
        ("Instrument of first listing: List 2001 (No. 2). Last listed on: 16/09/2022", None),
        ({"date": "2020-06-10"}, None),
    ],
)
def test_the_day_of_listing_is_the_one_in_words_and_never_the_control_date(text: Any, day: str | None) -> None:
    (listing,) = person(Listing_Information=text, Control_Date={"date": "2026-02-05"}).listings
    assert (listing.listed_on, listing.amended_on) == (day, "2026-02-05")


def test_only_the_uns_own_reference_is_an_identifier() -> None:
    """The uns own reference is an identifier and those of others in the text are not."""
    record = person(Additional_Information="TAi.901. Brother of Aldo Corvin (TAi.902).")
    assert [(one.type, one.value) for one in record.identifiers] == [("un_reference", "TAi.901")]
    record = person(Listing_Information="UN Reference Number QDi.903\nListed on: 29 Feb. 2016")
    assert [(one.type, one.value) for one in record.identifiers] == [("un_reference", "QDi.903")]


def test_the_number_of_a_company_that_stands_in_a_text_is_an_identifier() -> None:
    about = {
        "Reference": 90001,
        "Type": "Entity",
        "Additional Information": "Company IMO number: 5942883. IMO: 9000003",
    }
    (number,) = records(about)["au_dfat:90001"].identifiers
    assert (number.type, number.value) == ("imo_company", "5942883")


@pytest.mark.parametrize("error", ["#VALUE!", "#N/A", "#REF!"])
def test_a_formula_that_failed_is_kept_and_said(error: str) -> None:
    body = workbook({"Reference": 90001, "Date of Birth": error, "Citizenship": "Russian"})
    (entry,), _ = documents.read("au_dfat", "workbook", body)
    assert entry.record is not None
    assert (entry.record.completeness, entry.record.unreadable) == ("partial", ("Date of Birth",))
    assert [(part.name, part.value) for part in entry.record.other] == [("Date of Birth", error)]
    assert (entry.record.birth_dates, entry.record.citizenships) == ((), ("RU",))


def test_an_unknown_kind_of_target_or_name_is_published_and_said() -> None:
    body = workbook({"Reference": 90001, "Type": "Airship", "Name Type": "Call name"})
    (entry,), _ = documents.read("au_dfat", "workbook", body)
    assert entry.record is not None
    assert entry.record.kind == "unknown"
    assert entry.record.names[0].kind == "alias"
    assert {part.name for part in entry.record.other} == {"Type", "Name Type"}


def test_an_old_file_is_dated_by_the_name_of_its_sheet() -> None:
    assert au_dfat.date_of(("Sheet1", "List 27 April 2022")) == "2022-04-27"
    assert au_dfat.date_of(("Sheet1", "Sheet2022")) is None


def test_a_workbook_with_two_filled_sheets_is_not_the_list() -> None:
    body = workbooks.xlsx({"One": [HEADER], "Two": [HEADER]})
    with pytest.raises(DocumentRefused, match="2 sheets with content"):
        documents.read("au_dfat", "workbook", body)


def test_a_reference_that_stands_for_two_people_costs_itself_alone() -> None:
    """Two primary names in one script that share no word are two people; the same name twice, or a letter, are not."""
    rows = [
        {"Reference": 90001, "Name of Individual or Entity": "Aldo KORVIN"},
        {"Reference": 90001, "Name of Individual or Entity": "Tamsin Vell"},
        {"Reference": 90002, "Name of Individual or Entity": "Aldo Korvin"},
        {"Reference": 90002, "Name of Individual or Entity": "Korvin, Aldo"},
        {"Reference": 90002, "Name of Individual or Entity": "Альдо Корвин"},
        {"Reference": "90003", "Name of Individual or Entity": "Lantern Center"},
        {"Reference": "90003a", "Name of Individual or Entity": "Rubicon Unit"},
    ]
    entries, _ = documents.read("au_dfat", "workbook", workbook(*rows))
    assert [(one.key, one.problem is not None) for one in entries] == [
        ("au_dfat:90001", True),
        ("au_dfat:90002", False),
        ("au_dfat:90003", False),
    ]

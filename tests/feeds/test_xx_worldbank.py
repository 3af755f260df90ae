"""The World Bank's debarred firms: four days read whole, and the fields that say nothing of the entry they stand in."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from syncd.core.model import Record
from syncd.feeds.reading import Known
from tests.feeds import documents

GOLDEN = documents.GOLDEN / "xx_worldbank" / "invented.json.json"


def body(**changed: Any) -> bytes:
    whole = json.loads(GOLDEN.read_bytes())
    whole["response"]["ZPROCSUPP"][0] |= changed
    return json.dumps(whole).encode()


def record(**changed: Any) -> Record:
    return documents.records("xx_worldbank", "json", body(**changed))["xx_worldbank:900001"]


@pytest.mark.shared
def test_the_days_at_hand_are_understood_to_the_last_field(shared: Path) -> None:
    """Counted in the documents themselves: 1,318, 1,339, 1,367 and 1,369 entries."""
    counts = []
    for path in sorted((shared / "feeds" / "xx_worldbank").iterdir()):
        found = documents.records("xx_worldbank", "json", documents.unpacked(path))
        counts.append(len(found))
        assert all(record.listings[0].listed_on for record in found.values())
        assert {record.listings[0].measure_types for record in found.values()} == {("debarment",)}
    assert counts == [1_318, 1_339, 1_367, 1_369]


@pytest.mark.shared
def test_from_one_day_to_the_next_only_what_happened_differs(shared: Path) -> None:
    """Every entry has other stamps, and hundreds another's texts: 21 came and none changed, then 2 and none."""
    days = [
        documents.digests("xx_worldbank", "json", documents.unpacked(path))
        for path in sorted((shared / "feeds" / "xx_worldbank").iterdir())
    ]
    for before, after, came in ((days[0], days[1], 21), (days[2], days[3], 2)):
        assert (len(after.keys() - before.keys()), before.keys() - after.keys()) == (came, set())
        assert [key for key in before if before[key] != after[key]] == []


@pytest.mark.shared
def test_what_is_left_out_goes_from_entry_to_entry(shared: Path) -> None:
    """The reason why it is left out: 301 entries have another text a day later, and each is one of the day before."""
    first, second = (
        {one["SUPP_ID"]: one["ADD_SUPP_INFO"] for one in json.loads(documents.unpacked(path))["response"]["ZPROCSUPP"]}
        for path in sorted((shared / "feeds" / "xx_worldbank").iterdir())[:2]
    )
    changed = [key for key in first if first[key] != second[key]]
    assert len(changed) == 301
    assert Counter(first[key] for key in changed) == Counter(second[key] for key in changed)


def test_an_entry_with_the_stamps_of_another_day_is_known() -> None:
    entries, _ = documents.read("xx_worldbank", "json", body())
    known = Known(fingerprints={one.fingerprint: one.key for one in entries if one.key}, references={})
    stamped = body(UPD_DATE="2026-02-04T00:00:00.000Z", UPD_USER="x", LAST_REFRESH_DATE="2026-02-04T19:00:00.000Z")
    again, reading = documents.read("xx_worldbank", "json", stamped, known=known)
    assert [one.record for one in again] == [None, None]
    assert reading.header.published == "2026-02-04T19:00:00.000Z"


def test_values_that_go_from_entry_to_entry_change_nothing() -> None:
    assert record(ADD_SUPP_INFO="(AKA VELL)", REGISTER_ID="1", CREATE_DATE="x") == record()


@pytest.mark.parametrize(
    ("published", "names"),
    [
        ("VELL LTDA (CURRENTLY D/B/A LUNA CAR)", [("VELL LTDA", "primary"), ("LUNA CAR", "alias")]),
        ("MR. T.A. VELL A.K.A. LUNA ASHER", [("T.A. VELL", "primary"), ("LUNA ASHER", "alias")]),
        ("MR. TAM VELL (A.K.A. LUNA ASHER)", [("TAM VELL", "primary"), ("LUNA ASHER", "alias")]),
        ("A.K.A. LUNA ASHER", [("LUNA ASHER", "primary")]),
        ("VELL LTD. (A/K/A LUNA CO.)", [("VELL LTD.", "primary"), ("LUNA CO.", "alias")]),
        ("VELL LIMITED F/K/A LUNA PTE LTD.", [("VELL LIMITED", "primary"), ("LUNA PTE LTD.", "former")]),
        ("VELL LIMITED (FORMERLY LUNA PTE LTD.)", [("VELL LIMITED", "primary"), ("LUNA PTE LTD.", "former")]),
        ("VELL LIMITED, FORMERLY KNOWN AS LUNA", [("VELL LIMITED", "primary"), ("LUNA", "former")]),
        ("VELL YOL MMC/VELL ROADS LLC", [("VELL YOL MMC", "primary"), ("VELL ROADS LLC", "alias")]),
        ("GROUPE VELL S.A./ VELL GROUP INC.", [("GROUPE VELL S.A.", "primary"), ("VELL GROUP INC.", "alias")]),
        ("VELL ENGINEERING/CONSTRUCTION LIMITED", [("VELL ENGINEERING/CONSTRUCTION LIMITED", "primary")]),
        ("VELL PVT/LTD", [("VELL PVT/LTD", "primary")]),
        ("VELL A/S", [("VELL A/S", "primary")]),
        ("VELL (QATAR) LLC", [("VELL (QATAR) LLC", "primary")]),
    ],
)
def test_a_second_name_of_a_firm_is_a_name_of_its_own(published: str, names: list[tuple[str, str]]) -> None:
    assert [(name.full, name.kind) for name in record(SUPP_NAME=published).names] == names


@pytest.mark.shared
def test_names_at_hand_that_hold_two_are_parted(shared: Path) -> None:
    """Eleven of the 1,369: looked for in the document itself, by labels and strokes behind a legal form."""
    found = documents.records(
        "xx_worldbank", "json", documents.unpacked(max((shared / "feeds" / "xx_worldbank").iterdir()))
    )
    several = [[name.full for name in record.names] for record in found.values() if len(record.names) > 1]
    assert ["GROUPE DEC S.A.", "DEC GROUP INC."] in several
    assert ["MULTISTAR HOLDINGS LIMITED", "MULTI-CON SYSTEMS PTE LTD."] in several
    assert len(several) == 11


def test_a_title_is_no_part_of_a_name() -> None:
    found = record(SUPP_NAME="M/S. VELL ROADS")
    assert (found.names[0].full, found.titles) == ("VELL ROADS", ("M/S.",))


def test_a_name_behind_a_label_alone_is_the_primary_one() -> None:
    (name,) = record(SUPP_NAME="A.K.A. TAMSIN VELL").names
    assert (name.full, name.kind) == ("TAMSIN VELL", "primary")


@pytest.mark.parametrize(
    ("published", "kind"),
    [
        ("VELL ROADS (A.K.A. LUNA ROADS)", "alias"),
        ("VELL ROADS A.K.A. LUNA ROADS", "alias"),
        ("VELL ROADS (A/K/A LUNA ROADS)", "alias"),
        ("VELL ROADS (CURRENTLY D/B/A LUNA ROADS)", "alias"),
        ("VELL ROADS (F/K/A LUNA ROADS)", "former"),
        ("VELL ROADS (FORMERLY LUNA ROADS)", "former"),
        ("VELL ROADS, FORMERLY KNOWN AS LUNA ROADS", "former"),
    ],
)
def test_a_label_in_capitals_stays_in_no_name(published: str, kind: str) -> None:
    found = [(name.full, name.kind) for name in record(SUPP_NAME=published).names]
    assert found == [("VELL ROADS", "primary"), ("LUNA ROADS", kind)]


@pytest.mark.parametrize("name", ["A.K. AZAD", "N.B. ANDO ROADS", "ABBA K.A. VELL"])
def test_initials_are_no_label(name: str) -> None:
    assert [one.full for one in record(SUPP_NAME=name).names] == [name]


@pytest.mark.parametrize(("ends", "found"), [("2999-12-31", None), ("2027-07-22", "2027-07-22")])
def test_a_debarment_without_end_has_none(ends: str, found: str | None) -> None:
    assert record(DEBAR_TO_DATE=ends).listings[0].ends_on == found

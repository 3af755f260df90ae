"""The Screening List's feeds: each reads its own rows of the one file, and never the Treasury's."""

import csv
import gzip
import io
import random
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from syncd.errors import DocumentRefused
from syncd.feeds import all_feeds
from syncd.feeds.us_csl import FEEDS
from tests.feeds import documents

# Rows a list in the full file of 2022-04-21, which has 14,160 rows in all, and whole ones in the part of 2023-11-16.
ROWS = {
    "us_bis_el": (2001, 919),
    "us_bis_dpl": (462, 577),
    "us_bis_uvl": (201, 186),
    "us_bis_meu": (71, 71),
    "us_state_isn": (163, 144),
    "us_state_aeca": (727, 142),
}
FULL, PART = "2022-04-21__consolidated.csv.gz", "2023-11-16__csl_partial.csv.bz2"
VOCABULARY = "screening_list"

_COLUMNS = (
    "_id,source,entity_number,type,programs,name,title,addresses,federal_register_notice,start_date,end_date,"
    "standard_order,license_requirement,license_policy,call_sign,vessel_type,gross_tonnage,gross_registered_tonnage,"
    "vessel_flag,vessel_owner,remarks,source_list_url,alt_names,citizenships,dates_of_birth,nationalities,"
    "places_of_birth,source_information_url,ids"
)
HEADER = _COLUMNS.split(",")
ISN = "Nonproliferation Sanctions (ISN) - State Department"
ENTITY_LIST = "Entity List (EL) - Bureau of Industry and Security"


def table(*rows: dict[str, str], header: list[str] = HEADER) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, header, lineterminator="\n")
    writer.writeheader()
    writer.writerows({"source": ENTITY_LIST, "_id": str(number), **row} for number, row in enumerate(rows))
    return text.getvalue().encode()


def read(*rows: dict[str, str], header: list[str] = HEADER):
    """The records of invented rows of the Entity List, read strictly."""
    return list(documents.records("us_bis_el", VOCABULARY, table(*rows, header=header)).values())


@cache
def body(shared: Path, name: str) -> bytes:
    path = shared / "feeds" / "us_csl" / name
    if path.suffix == ".csv":
        return path.read_bytes()
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else documents.unpacked(path)


@cache
def whole_part(shared: Path) -> bytes:
    """The part of 2023 up to its last whole row."""
    found = body(shared, PART)
    return found[: found.rindex(b"\n") + 1]


@cache
def version(shared: Path, name: str, feed: str) -> Mapping[str | None, str | None]:
    return documents.digests(feed, VOCABULARY, body(shared, name) if name == FULL else whole_part(shared))


@pytest.mark.shared
@pytest.mark.parametrize(("feed", "counts"), ROWS.items())
def test_each_list_of_a_real_file_is_understood_to_the_last_column(
    shared: Path, feed: str, counts: tuple[int, int]
) -> None:
    assert (len(version(shared, FULL, feed)), len(version(shared, PART, feed))) == counts


@pytest.mark.shared
def test_the_rows_of_a_real_file_are_ours_or_the_treasurys(shared: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(body(shared, FULL).decode())))
    ours = sum(count for count, _ in ROWS.values())
    assert len(rows) == 14_160
    assert len(rows) - sum("Treasury" in row["source"] for row in rows) == ours


@pytest.mark.shared
def test_the_part_that_ends_within_a_row_is_refused_by_every_feed(shared: Path) -> None:
    rows = list(csv.reader(io.StringIO(body(shared, PART).decode())))
    assert len([row for row in rows if row != HEADER]) == 4_227
    for feed in FEEDS:
        with pytest.raises(DocumentRefused, match="cut off"):
            documents.read(feed.id, VOCABULARY, body(shared, PART))


@pytest.mark.shared
def test_keys_last_while_every_id_of_the_file_changes(shared: Path) -> None:
    """Keys last through a year and a half in which every id of the file changed."""
    for feed in ("us_bis_el", "us_bis_meu", "us_state_isn", "us_state_aeca"):
        before, after = version(shared, FULL, feed), version(shared, PART, feed)
        assert len(before.keys() & after.keys()) > 0.9 * len(after)
    rows = [csv.DictReader(io.StringIO(text.decode())) for text in (body(shared, FULL), whole_part(shared))]
    first, second = ({row["_id"] for row in table if "Treasury" not in row["source"]} for table in rows)
    assert first & second <= {"_id"}


def test_all_feeds_read_the_one_document() -> None:
    assert len({source.url for feed in FEEDS for source in feed.sources}) == 1
    assert {feed.id for feed in FEEDS} <= set(all_feeds())


def test_the_treasurys_rows_are_never_read() -> None:
    treasury = {"source": "Specially Designated Nationals (SDN) - Treasury Department", "name": "KORVIN, Aldo"}
    odd = {"source": "Entity List (EL) - Treasury Department", "name": "KORVIN, Aldo"}
    assert len(read({"name": "Lantern"}, treasury, odd)) == 1


def test_rows_and_columns_in_another_order_and_a_new_id_are_the_same_list() -> None:
    rows = [{"name": f"Lantern {number}", "addresses": f"{number} Quay Road, CN"} for number in range(9)]
    rows += [{"name": "Twin", "addresses": f"{number} Lamp Lane, RU"} for number in range(2)]
    expected = documents.digests("us_bis_el", VOCABULARY, table(*rows))
    chance = random.Random(1)
    chance.shuffle(rows)
    turned = documents.digests("us_bis_el", VOCABULARY, table(*rows, header=chance.sample(HEADER, len(HEADER))))
    assert turned == expected
    assert len(expected) == 11


def test_a_new_address_and_a_new_notice_are_amendments() -> None:
    (before,) = read({"name": "Lantern", "addresses": "1 Quay Road, CN", "federal_register_notice": "84 FR 1"})
    (after,) = read({"name": "Lantern ", "addresses": "2 Quay Road, CN", "federal_register_notice": "84 FR 1; 85 FR 2"})
    assert before.key == after.key
    assert after.listings[0].authorities == ("84 FR 1", "85 FR 2")


@pytest.mark.parametrize(
    ("published", "full", "country"),
    [
        ("4 Willow Street, Moscow, RU", "4 Willow Street, Moscow, RU", "RU"),
        ("LB", None, "LB"),
        ("P.O. BOX 3000, ANTHONY, NM, 88201", "P.O. BOX 3000, ANTHONY, NM, 88201", None),
        ("9 Lamp Lane, XQ", "9 Lamp Lane, XQ", None),
    ],
)
def test_the_country_of_an_address_is_the_code_at_its_end(
    published: str, full: str | None, country: str | None
) -> None:
    (found,) = read({"name": "Lantern", "addresses": published})
    assert [(address.full, address.country) for address in found.addresses] == [(full, country)]


def test_a_year_without_its_century_is_kept_and_makes_no_date() -> None:
    (found,) = read({"name": "Lantern", "start_date": "0097-06-30"})
    assert found.listings[0].listed_on is None
    assert [(part.name, part.value) for part in found.other] == [("start_date", "0097-06-30")]


def test_a_column_that_nobody_knows_is_kept_and_said() -> None:
    entries, _ = documents.read(
        "us_bis_el", VOCABULARY, table({"name": "Lantern", "risk": "high"}, header=[*HEADER, "risk"])
    )
    assert entries[0].record is not None
    assert entries[0].record.completeness == "partial"
    assert [(part.name, part.value) for part in entries[0].record.other] == [("risk", "high")]


def test_a_row_without_a_name_is_set_aside_under_no_key() -> None:
    entries, _ = documents.read("us_bis_el", VOCABULARY, table({"name": "Lantern"}, {"addresses": "CN"}))
    assert sorted(bool(entry.problem) for entry in entries) == [False, True]
    assert [entry.key for entry in entries if entry.problem] == [None]


def test_a_row_that_lacks_columns_refuses_the_file() -> None:
    with pytest.raises(DocumentRefused, match="row 3"):
        documents.read("us_bis_el", VOCABULARY, table({"name": "Lantern"}) + b"1,Entity List (EL),,\n")


def test_a_header_that_stands_twice_is_no_row() -> None:
    header = (",".join(HEADER) + "\n").encode()
    assert len(documents.records("us_bis_el", VOCABULARY, header + table({"name": "Lantern"}))) == 1


def test_blank_lines_before_the_header_are_passed_over() -> None:
    """A second header in another order was then taken for the first one, and the list was read as empty."""
    turned = (",".join(reversed(HEADER)) + "\n").encode()
    body = b"\n\n" + table({"name": "Lantern"}) + turned
    assert [one.names[0].full for one in documents.records("us_bis_el", VOCABULARY, body).values()] == ["Lantern"]


def test_a_file_without_the_columns_of_the_list_is_refused() -> None:
    with pytest.raises(DocumentRefused, match="columns"):
        documents.read("us_bis_el", VOCABULARY, b"a,b,c\n1,2,3\n")


@pytest.mark.parametrize(
    "label",
    [
        ISN,
        "Nonproliferation Sanctions (ACN) - State Department",
        "Nonproliferation  Sanctions (acn) - State Department ",
        "Nonproliferation Sanctions (XYZ) - State Department",
        "Nonproliferation Sanctions - State Department",
        "Sanctions of another title (ISN) - State Department",
    ],
)
def test_a_list_is_known_by_its_abbreviation_or_its_title(label: str) -> None:
    rows = table({"name": "Lantern", "source": label}, {"name": "Twin"})
    _, reading = documents.read("us_state_isn", VOCABULARY, rows)
    assert reading.header.unknown == {}
    assert documents.digests("us_state_isn", VOCABULARY, rows) == documents.digests(
        "us_state_isn", VOCABULARY, table({"name": "Lantern", "source": ISN})
    )


def test_rows_of_a_list_that_no_feed_knows_are_said() -> None:
    other = {"source": "Space Pirates (SPL) - Commerce Department"}
    rows = table(
        {"name": "Lantern"}, {"name": "Korvin", **other}, {"name": "Orlin", **other}, {"source": "", "name": "A"}
    )
    entries, reading = documents.read("us_bis_el", VOCABULARY, rows)
    assert len(entries) == 1
    assert reading.header.unknown == {"rows of Space Pirates (SPL) - Commerce Department": 2, "rows of no list": 1}


@pytest.mark.shared
def test_the_file_of_october_2026_is_read_by_its_new_label(shared: Path) -> None:
    present = body(shared, "EXCERPT__2026-10__consolidated.csv")
    assert [one.names[0].full for one in documents.records("us_state_isn", VOCABULARY, present).values()] == [
        "SPC Supachoke"
    ]
    assert documents.read("us_state_isn", VOCABULARY, present)[1].header.unknown == {}


def test_an_order_ends_on_a_day_of_its_own() -> None:
    (before,) = read({"name": "Lantern", "end_date": "2026-01-17"})
    odd = documents.read("us_bis_el", VOCABULARY, table({"name": "Lantern", "end_date": "indefinite"}))[0][0].record
    assert odd is not None
    assert before.listings[0].ends_on == "2026-01-17"
    assert odd.listings[0].ends_on is None
    assert odd.unreadable == ("listings.ends_on",)
    assert ("listings.ends_on", "indefinite") in {(part.name, part.value) for part in odd.other}


@pytest.mark.parametrize("ampersand", ["&", "&amp;", "&amp;amp;", "&#38;"])
def test_an_entity_is_unescaped_before_a_cell_is_cut(ampersand: str) -> None:
    cells = {
        "name": f"Fire {ampersand} Sons",
        "alt_names": f"F{ampersand}S; Sons of Fire",
        "addresses": "1 Quay Road, CN",
    }
    (found,) = read(cells)
    assert [name.full for name in found.names] == ["Fire & Sons", "F&S", "Sons of Fire"]
    assert found.key == read({**cells, "name": "Fire & Sons"})[0].key


@pytest.mark.parametrize("spelt", ["LANTERN OPTRONIC CO LTD", "Lantern Optronic Co. Ltd", "Lántern Optronic Co., Ltd."])
def test_a_name_that_is_respelt_keeps_its_key(spelt: str) -> None:
    (before,) = read({"name": "Lantern Optronic Co., Ltd."})
    assert read({"name": spelt})[0].key == before.key


@pytest.mark.parametrize(
    ("name", "aliases", "found"),
    [
        ("Lantern Ltd. (f.k.a., Old Lantern)", "", [("Lantern Ltd.", "primary"), ("Old Lantern", "former")]),
        ("Lantern Ltd., a.k.a. LL Co.", "", [("Lantern Ltd.", "primary"), ("LL Co.", "alias")]),
        ("Lantern", "f.k.a. Wick; and LL", [("Lantern", "primary"), ("Wick", "former"), ("LL", "alias")]),
        ("Vell (aka Velle) (DPRK individual)", "Velle", [("Vell", "primary"), ("Velle", "alias")]),
        ("Lantern (Asia) Ltd.", "", [("Lantern (Asia) Ltd.", "primary")]),
    ],
)
def test_no_label_stays_in_a_name(name: str, aliases: str, found: list[tuple[str, str]]) -> None:
    (record,) = read({"name": name, "alt_names": aliases})
    assert [(one.full, one.kind) for one in record.names] == found


def test_a_place_of_birth_has_the_code_of_the_country_at_its_end() -> None:
    (record,) = read({"name": "Tamsin Vell", "places_of_birth": "Homs, Syria; Old Harbour"})
    assert [(place.full, place.country) for place in record.birth_places] == [
        *(("Homs, Syria", "SY"), ("Old Harbour", None)),
    ]

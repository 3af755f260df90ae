"""Canada's list: its real versions in three generations of tags, and keys that survive renumbering."""

import io
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from syncd.commands.compare import compare_documents
from syncd.core import canonical
from syncd.core.model import PartialDate, Record
from syncd.feeds import all_feeds
from tests.feeds import documents
from tests.feeds.remembered import remembered

VERSIONS = {
    "2022-05-11__sema-lmes.xml.bz2": 2606,
    "2025-05-25__cannada.xml.bz2": 4759,
    "EXCERPT_2026-09-03__sema-lmes_new-tags_7records.xml": 7,
    "REBUILT__2026-08-06__sema-lmes_from-ammitto-yaml.xml.bz2": 5684,
    "REBUILT__2026-08-22__sema-lmes_from-ammitto-yaml.xml.bz2": 5690,
    "REBUILT__2026-08-22__sema-lmes_NEWTAGS_from-ammitto-yaml.xml.bz2": 5690,
}
PERSON = "<Country>Russia / Russie</Country><LastName>KORVIN</LastName><GivenName>Aldo</GivenName>"


def document(*entries: str) -> bytes:
    return f"<data-set>{''.join(f'<record>{entry}</record>' for entry in entries)}</data-set>".encode()


def read(*entries: str) -> list[Record]:
    """The records of invented entries, read strictly."""
    return list(documents.records("ca_sema", "records", document(*entries)).values())


def names(*entries: str) -> list[tuple[str, str | None]]:
    (found,) = read(*entries)
    return [(name.full, name.language) for name in found.names]


@cache
def version(shared: Path, name: str) -> Mapping[str | None, str | None]:
    body = documents.unpacked(shared / "feeds" / "ca_sema" / name)
    return documents.digests("ca_sema", "records", body)


@pytest.mark.shared
@pytest.mark.parametrize(("name", "count"), VERSIONS.items())
def test_a_real_version_is_understood_to_the_last_field(shared: Path, name: str, count: int) -> None:
    assert len(version(shared, name)) == count


@pytest.mark.shared
def test_a_list_in_old_and_in_bilingual_tags_is_the_same_list(shared: Path) -> None:
    old, new = (version(shared, name) for name in VERSIONS if "2026-08-22" in name)
    assert canonical.list_digest(old) == canonical.list_digest(new)


@pytest.mark.shared
def test_two_weeks_in_august_2026_brought_six_designations_and_nothing_else(shared: Path) -> None:
    before, after = (version(shared, name) for name in VERSIONS if "REBUILT" in name and "NEWTAGS" not in name)
    assert len(after.keys() - before.keys()) == 6
    assert not before.keys() - after.keys()
    assert all(after[key] == digest for key, digest in before.items())


@pytest.mark.shared
def test_most_entries_kept_their_key_through_three_years_of_renumbering(shared: Path) -> None:
    before, after = (version(shared, name) for name in list(VERSIONS)[:2])
    assert len(before.keys() & after.keys()) > 0.9 * len(before)


@pytest.mark.shared
def test_three_years_of_renumbering_amended_two_targets(shared: Path) -> None:
    """Of 2,491 entries that stand in both versions; all have a day of listing since, most another spelling of
    the same schedule. One alias was added, and names were parted otherwise."""
    before, after = (documents.unpacked(shared / "feeds" / "ca_sema" / name) for name in list(VERSIONS)[:2])
    with remembered():
        found, _ = compare_documents(all_feeds()["ca_sema"], lambda: io.BytesIO(before), lambda: io.BytesIO(after))
    assert Counter((change.type, change.origin, change.material) for change in found) == {
        ("designated", "source", True): 2_266,
        ("delisted", "source", True): 113,
        ("rekeyed", "source", False): 2,
        ("amended", "format", False): 2_487,
        ("amended", "source", False): 3,
        ("amended", "source", True): 1,
    }


@pytest.mark.shared
def test_ships_without_their_numbers_and_turned_names_are_the_same_targets(shared: Path) -> None:
    """The document of 2026 was rebuilt without IMO numbers, and the columns of names in Myanmar have changed places
    since 2025. The identifiers that 2025 had are its losses; 258 of 291 targets would else be delisted."""
    before, after = (documents.unpacked(shared / "feeds" / "ca_sema" / name) for name in list(VERSIONS)[1:5:2])
    found, _ = compare_documents(all_feeds()["ca_sema"], lambda: io.BytesIO(before), lambda: io.BytesIO(after))
    assert Counter(change.type for change in found) == {
        "designated": 958,
        "rekeyed": 258,
        "amended": 2_918,
        "delisted": 33,
    }


@pytest.mark.shared
def test_the_kinds_of_the_real_list_of_2025(shared: Path) -> None:
    body = documents.unpacked(shared / "feeds" / "ca_sema" / "2025-05-25__cannada.xml.bz2")
    kinds = Counter(record.kind for record in documents.records("ca_sema", "records", body).values())
    assert kinds == {"person": 3334, "organisation": 1316, "vessel": 109}


def test_golden_documents_of_two_generations_are_the_same_list() -> None:
    old, new = (
        documents.digests("ca_sema", "records", case.body())
        for case in documents.cases()
        if case.feed == "ca_sema" and "2022" not in case.path.name
    )
    assert old == new


def test_a_generation_of_tags_that_nobody_knows_is_no_empty_list() -> None:
    body = document("<Regime>Russia</Regime><FamilyName>KORVIN</FamilyName>")
    entries, _ = documents.read("ca_sema", "records", body)
    assert [entry.key for entry in entries] == [None]
    assert entries[0].problem


def test_a_new_date_schedule_place_or_alias_is_an_amendment() -> None:
    """A corrected date another place in the schedule and new aliases are amendments."""
    (before,) = read(PERSON + "<DateOfBirth>1963</DateOfBirth><Schedule>1</Schedule><Item>1</Item>")
    (after,) = read(
        PERSON + "<DateOfBirth>1964-02-01</DateOfBirth><Aliases>Альдо</Aliases>"
        "<Schedule>1, Part 1</Schedule><Item>12</Item><DateOfListing>2020-09-28</DateOfListing>"
    )
    assert before.key == after.key
    assert before != after


def test_a_regime_that_the_publisher_relabels_keeps_its_keys() -> None:
    one, other = (
        read(f"<Country>{country}</Country><LastName>Tun</LastName>")[0].key
        for country in ("Burma / Birmanie", "Myanmar (Burma) / Myanmar (Birmanie)")
    )
    assert one == other


@pytest.mark.parametrize(
    ("earlier", "later"),
    [("China/Chine", "China / Chine"), ("Burma / Birmanie", "Myanmar (Burma) / Myanmar (Birmanie)")],
)
def test_a_regime_under_another_label_is_no_amendment(earlier: str, later: str) -> None:
    one, other = (
        document(f"<Country>{label}</Country><LastName>KORVIN</LastName><Item>1</Item>") for label in (earlier, later)
    )
    assert changes(one, other) == []


def test_one_name_under_two_regimes_is_two_records() -> None:
    assert len(read(PERSON, PERSON.replace("Russia / Russie", "Ukraine"))) == 2


def test_a_namesake_changes_the_key_of_the_other_and_nothing_that_it_says() -> None:
    first = PERSON + "<DateOfBirth>1963</DateOfBirth>"
    (alone,) = read(first)
    among = read(PERSON + "<DateOfBirth>1990</DateOfBirth>", first)
    assert canonical.content_digest(alone) in {canonical.content_digest(record) for record in among}
    assert alone.key not in {record.key for record in among}


def changes(before: bytes, after: bytes) -> list[tuple[str, bool]]:
    """What a consumer is told between two documents: type and whether it is material."""
    with remembered():
        found, _ = compare_documents(all_feeds()["ca_sema"], lambda: io.BytesIO(before), lambda: io.BytesIO(after))
    return sorted((change.type, change.material) for change in found)


def test_a_namesake_is_designated_and_the_other_is_rekeyed() -> None:
    """A namesake is a designation and the other is rekeyed and not delisted."""
    first, namesake = (PERSON + f"<DateOfBirth>{year}</DateOfBirth>" for year in (1963, 1990))
    assert changes(document(first), document(namesake, first)) == [("designated", True), ("rekeyed", False)]
    assert changes(document(namesake, first), document(first)) == [("delisted", True), ("rekeyed", False)]


SHIP = "<Country>Russia</Country><EntityOrShip>Sea Lantern</EntityOrShip><DateOfListing>2024-02-23</DateOfListing>"
NUMBERED = SHIP + "<ShipIMONumber>{}</ShipIMONumber>"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (SHIP, NUMBERED.format("9074729")),
        (SHIP, NUMBERED.format("9074729") + "<TitleOrShip>Oil Tanker</TitleOrShip>"),
        (NUMBERED.format("9074729"), SHIP),
        (NUMBERED.format("9074728"), NUMBERED.format("9074729")),
        (NUMBERED.format("9074729"), NUMBERED.format("9321483")),
        (SHIP.replace("DateOfListing", "Item"), NUMBERED.format("9074729").replace("DateOfListing", "Item")),
        (
            PERSON + "<DateOfListing>2024-02-23</DateOfListing>",
            "<Country>Russia / Russie</Country><LastName>Aldo</LastName><GivenName>KORVIN</GivenName>"
            "<DateOfListing>2024-02-23</DateOfListing>",
        ),
        (PERSON, "<Country>Russia / Russie</Country><LastName>Aldo KORVIN</LastName>"),
    ],
)
def test_a_corrected_number_or_order_of_columns_is_a_rekeying(before: str, after: str) -> None:
    """A ship's number that is added, taken away or corrected, a type of ship beside it, columns that change places."""
    namesake = SHIP.replace("Sea Lantern", "Other Lantern")
    assert changes(document(before, namesake), document(after, namesake)) == [("rekeyed", True)]


def test_a_ship_that_replaces_another_of_its_name_is_designated() -> None:
    """The day of listing says that the second is another."""
    later = NUMBERED.format("9321483").replace("2024", "2026")
    said = changes(document(NUMBERED.format("9074729")), document(later))
    assert said == [("delisted", True), ("designated", True)]


def test_another_schedule_is_material_and_another_item_is_not() -> None:
    people = [f"<Country>Iran</Country><LastName>Aldin {number}</LastName>" for number in range(30)]
    one, other = (
        document(
            *(f"{person}<Schedule>{schedule}</Schedule><Item>{number}</Item>" for number, person in enumerate(rows))
        )
        for schedule, rows in (("1", people), ("1, Part 1.1", people[::-1]))
    )
    assert changes(one, other) == [("amended", True)] * 30
    again = document(
        *(f"{person}<Schedule>1</Schedule><Item>{90 - number}</Item>" for number, person in enumerate(people))
    )
    assert changes(one, again) == [("amended", False)] * 30


@pytest.mark.parametrize(
    ("country", "earlier", "later"),
    [
        ("Iran", "1", "1, Part 1"),
        ("Iran", "2", "1, Part 2"),
        ("Belarus / Bélarus", "1.1", "1, Part 1.1"),
        ("Belarus / Bélarus", "1, Part 3", "1,Part 3"),
        ("Russia / Russie", "1", "1, Part 1"),
        ("Syria / Syrie", "1", "Part 1"),
        ("Syria / Syrie", "2", "Part 2"),
        ("China/Chine", "1, Part 2", "Part 2"),
        ("Ukraine", "1", "Schedule 1, part 1"),
        ("Justice for Victims of Corrupt Foreign Officials Regulations (JVCFOR)", "1", ""),
        ("Zimbabwe", "N/A", ""),
    ],
)
def test_another_spelling_of_a_schedule_is_no_amendment(country: str, earlier: str, later: str) -> None:
    assert changes(*(_scheduled(country, schedule) for schedule in (earlier, later))) == []


@pytest.mark.parametrize(
    ("country", "earlier", "later"),
    [
        ("Russia / Russie", "2", "1, Part 2"),
        ("Russia / Russie", "2", "Part 2"),
        ("Russia / Russie", "1.1", "1, Part 1.1"),
        ("Russia / Russie", "2", "3"),
        ("Iran", "1", "Part 2"),
        ("Syria / Syrie", "2", "Part 1"),
        ("Ukraine", "Part 1", "a schedule that nobody knows"),
    ],
)
def test_a_move_to_another_schedule_or_part_is_material(country: str, earlier: str, later: str) -> None:
    assert changes(*(_scheduled(country, schedule) for schedule in (earlier, later))) == [("amended", True)]


def _scheduled(country: str, schedule: str) -> bytes:
    return document(f"<Country>{country}</Country><Entity>Bank of Old Harbour</Entity><Schedule>{schedule}</Schedule>")


def test_a_new_generation_of_tags_changes_nothing() -> None:
    old, new = (case.body() for case in documents.cases() if case.feed == "ca_sema" and "2022" not in case.path.name)
    assert changes(old, new) == []


def test_an_entry_that_stands_twice_is_one() -> None:
    assert len(read(PERSON, PERSON.replace("Aldo", " Aldo "))) == 1


def test_a_ship_is_known_by_its_number_whatever_its_name() -> None:
    ship = "<Country>Russia</Country><EntityOrShip>{}</EntityOrShip><ShipIMONumber>{}</ShipIMONumber>"
    (one,), (renamed,) = read(ship.format("Old Harbour", "9074729")), read(ship.format("New Harbour", "9074729"))
    assert one.key == renamed.key
    assert one.kind == "vessel"
    assert [number.value for number in one.identifiers] == ["9074729"]


def test_a_name_in_the_column_of_the_ship_number_is_an_alias() -> None:
    (found,) = read("<Country>Syria</Country><EntityOrShip>Lantern</EntityOrShip><ShipIMONumber>فانوس</ShipIMONumber>")
    assert [(name.full, name.script) for name in found.names] == [("Lantern", "Latn"), ("فانوس", "Arab")]
    assert not found.identifiers
    assert found.kind == "organisation"


def test_a_number_that_is_no_ship_number_stands_as_published_and_is_said() -> None:
    body = document("<Country>Russia</Country><EntityOrShip>Ship</EntityOrShip><ShipIMONumber>907472</ShipIMONumber>")
    entries, _ = documents.read("ca_sema", "records", body)
    assert entries[0].record is not None
    assert entries[0].record.unreadable == ("imo",)


@pytest.mark.parametrize(
    ("published", "dates"),
    [
        ("1963 or 1964", [PartialDate(date="1963"), PartialDate(date="1964")]),
        ("1965-07-15 OR 1969-09-28", [PartialDate(date="1965-07-15"), PartialDate(date="1969-09-28")]),
        ("1987/1988", [PartialDate(start="1987", end="1988")]),
        ("Sep-99", [PartialDate(date="1999-09")]),
        ("born in the early 1970s", [PartialDate(start="1970", end="1979", circa=True, note="early 1970s")]),
        ("19634", [PartialDate(date="1953-10-02")]),
        (" 1967-01-08  ", [PartialDate(date="1967-01-08")]),
        ("1963", [PartialDate(date="1963")]),
    ],
)
def test_dates_as_people_and_spreadsheets_write_them(published: str, dates: list[PartialDate]) -> None:
    (found,) = read(PERSON + f"<DateOfBirth>{published}</DateOfBirth>")
    assert list(found.birth_dates) == dates


def test_a_date_of_listing_may_be_a_spreadsheets_serial_number() -> None:
    (found,) = read(PERSON + "<DateOfListing>41264</DateOfListing>")
    assert found.listings[0].listed_on == "2012-12-21"


def test_the_country_is_the_regime_and_no_nationality() -> None:
    (found,) = read(PERSON)
    assert found.listings[0].programmes == ("Russia / Russie",)
    assert not found.nationalities
    assert not found.countries


@pytest.mark.parametrize(
    ("entity", "found"),
    [
        ("Grey Institute/Institut gris", ["Grey Institute", "Institut gris"]),
        ("Victory/Pobeda Bloc", ["Victory/Pobeda Bloc"]),
        ("Steel Mills (North/South)", ["Steel Mills (North/South)"]),
    ],
)
def test_two_names_of_an_entity_stand_around_a_slash(entity: str, found: list[str]) -> None:
    assert [name for name, _ in names(f"<Country>Iran</Country><Entity>{entity}</Entity>")] == found


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("Korvin A.; Корвин", [("Korvin A.", None), ("Корвин", None)]),
        ("Belarusian: Альдо К, Russian: Алдо К", [("Альдо К", "be"), ("Алдо К", "ru")]),
        ("Aldo Marek, Aldus Corvin", [("Aldo Marek", None), ("Aldus Corvin", None)]),
        ("Корвин, Альдо", [("Корвин, Альдо", None)]),
        ("Aldo Korvin or Aldus Korvin", [("Aldo Korvin", None), ("Aldus Korvin", None)]),
        ("Aldo or Aldus Korvin", [("Aldo", None), ("Aldus Korvin", None)]),
        ("Russian: Альдо К / Альда К", [("Альдо К", None), ("Альда К", None)]),
    ],
)
def test_aliases_are_parted_where_that_is_certain(cell: str, found: list[tuple[str, str | None]]) -> None:
    assert names(PERSON + f"<Aliases>{cell}</Aliases>")[1:] == found


def test_a_comma_within_a_companys_name_parts_nothing() -> None:
    company = "<Country>Iran</Country><Entity>Lantern</Entity><Aliases>Lantern Co., Ltd., ООО Фонарь</Aliases>"
    assert [name for name, _ in names(company)] == ["Lantern", "Lantern Co., Ltd.", "ООО Фонарь"]


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("Ruritanian Air, Space Forces, RKS", ["Ruritanian Air, Space Forces", "RKS"]),
        ("Ruritanian Forces, Space Forces, RKS", ["Ruritanian Forces", "Space Forces", "RKS"]),
        ("Old Harbour, Space Forces", ["Old Harbour", "Space Forces"]),
    ],
)
def test_two_adjectives_of_one_noun_are_one_name(cell: str, found: list[str]) -> None:
    (record,) = read(f"<Country>Iran</Country><Entity>Aldine Ministry</Entity><Aliases>{cell}</Aliases>")
    assert [name.full for name in record.names[1:]] == found


@pytest.mark.parametrize("again", ["VELL Tamsin", "Vell TAMSIN", "Vell, Tamsin", "Véll Tamsin", "Vell-Tamsin"])
def test_a_name_in_another_spelling_is_amended_and_not_another_target(again: str) -> None:
    one, other = (
        document(f"<Country>Iran</Country><Entity>{name}</Entity><Item>1</Item><Schedule>1</Schedule>")
        for name in ("Vell Tamsin", again)
    )
    assert [type_ for type_, _ in changes(one, other)] == ["amended"]


@pytest.mark.parametrize(
    ("published", "date"),
    [
        ("16-Jul-28", PartialDate(date="1928-07-16")),
        ("Sep-29", PartialDate(date="1929-09")),
        ("16-Jul-68", PartialDate(date="1968-07-16")),
        ("2068-07-16", PartialDate(text="2068-07-16")),
        ("1975-19-25", PartialDate(text="1975-19-25")),
        ("19634", PartialDate(date="1953-10-02")),
    ],
)
def test_nobody_was_born_after_the_list_was_published(published: str, date: PartialDate) -> None:
    body = document(f"{PERSON}<DateOfBirth>{published}</DateOfBirth><DateOfListing>2024-02-01</DateOfListing>")
    (entry,), _ = documents.read("ca_sema", "records", body)
    assert entry.record is not None
    assert entry.record.birth_dates == (date,)
    assert (entry.record.completeness == "partial") is (date.text is not None)

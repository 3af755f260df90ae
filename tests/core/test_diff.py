"""What changed between two versions of a record, how it is told, and whether a screener must look."""

import time
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from syncd.core import canonical
from syncd.core.diff import IDENTITY, field_changes, is_another_target, is_material, times_of
from syncd.core.model import (
    Address,
    Identifier,
    Listing,
    Name,
    Part,
    PartialDate,
    Place,
    Record,
    Relation,
    Vessel,
)
from tests.core.lists import passport, record
from tests.core.records import records


def content(one: Record) -> dict[str, Any]:
    return {name: value for name, value in canonical.form(one).items() if name not in ("key", "feed", "completeness")}


@given(records, records)
def test_there_is_a_field_change_exactly_where_the_canonical_forms_differ(one: Record, other: Record) -> None:
    assert bool(field_changes(one, other)) == (content(one) != content(other))
    fields = {change.path.partition(".")[0] for change in field_changes(one, other)}
    differing = {name for name in content(one) | content(other) if content(one).get(name) != content(other).get(name)}
    assert fields == differing


@given(records)
def test_a_record_does_not_differ_from_itself(one: Record) -> None:
    assert field_changes(one, one) == ()


@settings(deadline=None)
@given(records, records)
def test_what_is_added_one_way_is_removed_the_other(one: Record, other: Record) -> None:
    def counts(found: Any, op: str) -> int:
        return sum(change.op == op for change in found)

    there, back = field_changes(one, other), field_changes(other, one)
    assert counts(there, "added") == counts(back, "removed")


def alias(full: str, **more: Any) -> Name:
    return Name(full=full, kind="alias", **more)


PRIMARY = record(1).names


def changed(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, str, Any, Any]]:
    found = field_changes(record(1, **before), record(1, **after))
    return [(one.path, one.op, one.before, one.after) for one in found]


def test_an_alias_that_becomes_weak_is_replaced_and_not_removed_and_added() -> None:
    before = (*PRIMARY, alias("Kato"), alias("Mio"))
    after = (*PRIMARY, alias("Mio"), alias("Kato", strength="weak"), alias("New"))
    found = changed({"names": before}, {"names": after})
    assert [(path, op) for path, op, _, _ in found] == [("names", "replaced"), ("names", "added")]
    assert found[0][2] == {"full": "Kato", "kind": "alias"}
    assert found[0][3] == {"full": "Kato", "kind": "alias", "strength": "weak"}


def test_the_only_two_left_are_one_that_was_replaced() -> None:
    assert changed({"nationalities": ("IR", "IQ")}, {"nationalities": ("IQ", "SY")}) == [
        ("nationalities", "replaced", "IR", "SY")
    ]
    found = changed({"nationalities": ("IR", "IQ")}, {"nationalities": ("SY", "LB")})
    assert [op for _, op, _, _ in found] == ["removed", "removed", "added", "added"]


def test_particulars_of_a_ship_are_told_by_their_path() -> None:
    before = Vessel(flags=("PA",), tonnage="100")
    assert changed({"vessel": before}, {"vessel": Vessel(flags=("PA", "IR"), tonnage="200")}) == [
        ("vessel.flags", "added", None, "IR"),
        ("vessel.tonnage", "replaced", "100", "200"),
    ]
    assert changed({"vessel": before}, {}) == [
        ("vessel.flags", "removed", "PA", None),
        ("vessel.tonnage", "replaced", "100", None),
    ]


def test_values_are_told_as_published() -> None:
    assert changed({}, {"remarks": (" Two  spaces ",)})[0][3] == " Two  spaces "


LISTED = Listing(list="L", programmes=("P",), amended_on="2026-01-01")
MATERIAL: dict[str, tuple[bool, dict[str, Any], dict[str, Any]]] = {
    "another name": (True, {}, {"names": (*PRIMARY, alias("More"))}),
    "an alias gone": (True, {"names": (*PRIMARY, alias("More"))}, {}),
    "a name in other letters": (False, {}, {"names": (Name(full="INVENTED 1", kind="primary"),)}),
    "two names in other letters": (
        False,
        {"names": (alias("Kato"), alias("Mio"))},
        {"names": (alias("KATO"), alias("MIO"))},
    ),
    "an alias that is the name in other letters": (False, {}, {"names": (*PRIMARY, alias("INVENTED 1"))}),
    "an alias in other letters gone": (
        False,
        {"names": (*PRIMARY, alias("Kato"), alias("KATO"))},
        {"names": (*PRIMARY, alias("Kato"))},
    ),
    "a strong alias beside a weak one in other letters": (
        True,
        {"names": (*PRIMARY, alias("Kato", strength="weak"))},
        {"names": (*PRIMARY, alias("Kato", strength="weak"), alias("KATO", strength="strong"))},
    ),
    "a name and an alias that change places": (
        True,
        {"names": (Name(full="Kato", kind="primary"), alias("Mio"))},
        {"names": (Name(full="Mio", kind="primary"), alias("Kato"))},
    ),
    "a note on a name": (False, {}, {"names": (Name(full="Invented 1", kind="primary", note="n"),)}),
    "an alias that becomes weak": (
        True,
        {"names": (alias("Kato"),)},
        {"names": (alias("Kato", strength="weak"),)},
    ),
    "a date of birth": (True, {}, {"birth_dates": (PartialDate(date="1950"),)}),
    "a more exact date of birth": (
        True,
        {"birth_dates": (PartialDate(date="1950"),)},
        {"birth_dates": (PartialDate(date="1950-01"),)},
    ),
    "notes on two dates of birth": (
        False,
        {"birth_dates": (PartialDate(date="1950"), PartialDate(date="1951"))},
        {"birth_dates": (PartialDate(date="1950", note="a"), PartialDate(date="1951", note="b"))},
    ),
    "an identifier": (True, {}, {"identifiers": (passport("A1"),)}),
    "an identifier's label": (
        False,
        {"identifiers": (Identifier(type="tax", value="1"),)},
        {"identifiers": (Identifier(type="tax", value="1", label="INN"),)},
    ),
    "a programme": (True, {"listings": (LISTED,)}, {"listings": (replace(LISTED, programmes=("P", "Q")),)}),
    "a measure": (True, {"listings": (LISTED,)}, {"listings": (replace(LISTED, measures=("freeze",)),)}),
    "the date of amendment alone": (
        False,
        {"listings": (LISTED,)},
        {"listings": (replace(LISTED, amended_on="2026-02-01"),)},
    ),
    "a crypto address in other letters": (
        True,
        {"identifiers": (Identifier(type="crypto_address", value="1KoRvin", currency="XBT"),)},
        {"identifiers": (Identifier(type="crypto_address", value="1koRvin", currency="XBT"),)},
    ),
    "a passport in other letters": (
        False,
        {"identifiers": (passport("A1"),)},
        {"identifiers": (passport("a1"),)},
    ),
    "another schedule of the act": (
        True,
        {"listings": (replace(LISTED, schedule="Schedule 2"),)},
        {"listings": (replace(LISTED, schedule="Schedule 1, Part 1"),)},
    ),
    "a later end of the listing": (
        True,
        {"listings": (replace(LISTED, ends_on="2026-01-17"),)},
        {"listings": (replace(LISTED, ends_on="2036-01-17"),)},
    ),
    "a threat of secondary sanctions": (
        True,
        {"listings": (LISTED,)},
        {"listings": (replace(LISTED, secondary_sanctions=("Section 11 of Executive Order 14024",)),)},
    ),
    "a nationality": (True, {}, {"nationalities": ("IR",)}),
    "a citizenship": (True, {"citizenships": ("IR",)}, {"citizenships": ("SY",)}),
    "a country of registration": (True, {}, {"countries": ("IR",)}),
    "a place of birth": (True, {}, {"birth_places": (Place(full="Qom, Iran", country="IR"),)}),
    "a note on a place of birth": (
        False,
        {"birth_places": (Place(full="Qom"),)},
        {"birth_places": (Place(full="Qom", note="Reported"),)},
    ),
    "a gender": (True, {"genders": ("male",)}, {"genders": ("female",)}),
    "a date of establishment": (True, {}, {"established": (PartialDate(date="2017"),)}),
    "a legal form": (False, {}, {"legal_forms": ("Private Company",)}),
    "a sector": (False, {}, {"sectors": ("Construction of buildings",)}),
    "an address": (False, {}, {"addresses": (Address(city="Qom", country="IR"),)}),
    "a date of death": (False, {}, {"death_dates": (PartialDate(date="2020"),)}),
    "the kind of target": (True, {}, {"kind": "organisation"}),
    "a title": (False, {}, {"titles": ("Dr",)}),
    "a remark": (False, {}, {"remarks": ("so",)}),
    "a ship's flag": (False, {"vessel": Vessel(flags=("PA",))}, {"vessel": Vessel(flags=("IR",))}),
    "a field that nobody knows": (False, {}, {"other": (Part(name="x", value="y"),)}),
}


@pytest.mark.parametrize("case", MATERIAL)
def test_a_change_is_material_when_it_can_alter_a_screening_result(case: str) -> None:
    expected, before, after = MATERIAL[case]
    versions = record(1, **before), record(1, **after)
    found = field_changes(*versions)
    assert found
    assert is_material(found, versions) is expected


def test_what_could_not_be_read_is_material_as_long_as_a_version_is_partial() -> None:
    found = field_changes(record(1), record(1, other=(Part(name="x", value="y"),)))
    assert is_material(found, (record(1), record(1, completeness="partial")))
    assert not is_material(found, (record(1), record(1)))


BORN = (PartialDate(date="1950-02-03"),)
TARGETS: dict[str, tuple[bool, Record, Record]] = {
    "an accent": (False, record(1, "ORLIN Pavel"), record(1, "ORLÍN Pavel")),
    "nothing in common": (True, record(1, "Olga Petrova"), record(1, "Karim Haddad")),
    "a word of the name alone": (True, record(1, "Olga Petrova"), record(1, "OLGA IVANOVA")),
    "a word of the name and the year of birth": (
        False,
        record(1, "Olga Petrova", birth_dates=(PartialDate(date="1950"),)),
        record(1, "OLGA IVANOVA", birth_dates=(PartialDate(date="1950"),)),
    ),
    "the year of birth alone": (
        True,
        record(1, "Olga Petrova", birth_dates=(PartialDate(date="1950"),)),
        record(1, "Karim Haddad", birth_dates=(PartialDate(date="1950"),)),
    ),
    "most words of the name": (False, record(1, "Olga Petrova"), record(1, "PETROVA, Olga Ivanovna")),
    "an initial is no word": (True, record(1, "A Petrova"), record(1, "A Haddad")),
    "a passport": (
        False,
        record(1, "Olga", identifiers=(passport("7"),)),
        record(1, "Karim", identifiers=(passport("7"),)),
    ),
    "a number of the list itself": (
        True,
        record(1, "Olga", identifiers=(Identifier(type="list_id", value="7"),)),
        record(1, "Karim", identifiers=(Identifier(type="list_id", value="7"),)),
    ),
    "the date of birth": (False, record(1, "Olga", birth_dates=BORN), record(1, "Karim", birth_dates=BORN)),
    "a date of birth of another kind of target": (
        True,
        record(1, "Olga", birth_dates=BORN),
        record(1, "Karim", birth_dates=BORN, kind="vessel"),
    ),
    "an alias": (
        False,
        record(1, names=(*record(1, "Olga").names, alias("Vera"))),
        record(1, "Vera Karimova"),
    ),
}


@pytest.mark.parametrize("case", TARGETS)
def test_an_id_is_another_targets_when_no_identity_is_shared(case: str) -> None:
    """An id stands for another target when nothing that identifies is shared."""
    expected, before, after = TARGETS[case]
    assert is_another_target(before, after) is expected


def test_a_relation_whose_note_changes_is_replaced() -> None:
    one, two = (Relation(type="owned by", key="xx_test:2", note=note) for note in ("a", "b"))
    other = Relation(type="owned by", key="xx_test:3")
    found = changed({"relations": (one, other)}, {"relations": (other, two)})
    assert [(path, op) for path, op, _, _ in found] == [("relations", "replaced")]


def test_the_times_of_a_change_are_the_latest_of_the_listings() -> None:
    listings = (
        Listing(list="A", listed_on="2020-01-01", effective_on="2020-01-02", amended_on="2021-01-01"),
        Listing(list="B", listed_on="2022-01-01", amended_on="2020-05-05"),
    )
    its = times_of(record(1, listings=listings), published="2026-01-01", observed="now")
    assert (its.listed, its.effective, its.modified) == ("2022-01-01", "2020-01-02", "2021-01-01")
    assert times_of(record(1), published=None, observed="now").listed is None


def by_the_definition(path: str, old: list[Any], new: list[Any]) -> list[tuple[str, Any, Any]]:
    """What differs between two lists, found slowly: each element of one is looked for in all of the other."""

    def beyond(some: list[Any], others: list[Any]) -> list[Any]:
        left = [canonical.tidy(one) for one in others]
        found = []
        for value in some:
            seen = canonical.tidy(value)
            if seen in left:
                left.remove(seen)
            elif seen not in ("", [], {}):
                found.append(value)
        return found

    def identity(value: Any) -> Any:
        return [canonical.tidy(value.get(part)) for part in IDENTITY[path]]

    removed, added = beyond(old, new), beyond(new, old)
    said = []
    for value in list(removed) if path in IDENTITY else []:
        same = next((one for one in added if identity(one) == identity(value)), None)
        if same is not None:
            said.append(("replaced", value, same))
            removed = [one for one in removed if one is not value]
            added = [one for one in added if one is not same]
    if len(removed) == len(added) == 1:
        said.append(("replaced", removed.pop(), added.pop()))
    return [*said, *(("removed", one, None) for one in removed), *(("added", None, one) for one in added)]


LISTS = ("names", "birth_dates", "nationalities", "addresses", "identifiers", "listings", "relations", "other")
alike = st.sampled_from(["a", "A", "b", "a ", ""])
many_names = st.lists(st.builds(Name, full=alike, kind=st.just("alias"), note=st.none() | alike), max_size=8)


@given(records, records)
def test_differences_are_those_of_the_definition(one: Record, other: Record) -> None:
    for path in LISTS:
        check_by_the_definition(path, one, other)


@given(many_names, many_names)
def test_differences_of_repeated_elements_are_those_of_the_definition(some: list[Name], others: list[Name]) -> None:
    check_by_the_definition("names", record(1, names=tuple(some)), record(1, names=tuple(others)))


def check_by_the_definition(path: str, one: Record, other: Record) -> None:
    old, new = (msgspec.to_builtins(each).get(path, []) for each in (one, other))
    said = [(change.op, change.before, change.after) for change in field_changes(one, other) if change.path == path]
    assert said == by_the_definition(path, list(old), list(new))


def with_aliases(count: int, word: str) -> Record:
    return record(1, names=(*PRIMARY, *(alias(f"{word} {number}") for number in range(count))))


def test_the_time_for_a_difference_grows_as_the_record_does() -> None:
    def seconds(count: int) -> float:
        before, after = with_aliases(count, "Kato"), with_aliases(count, "Mio")
        taken = []
        for _ in range(3):
            started = time.perf_counter()
            assert is_material(field_changes(before, after))
            taken.append(time.perf_counter() - started)
        return min(taken)

    assert seconds(8_000) < 10 * seconds(2_000)


OWN_IDS = ("uk_reference", "un_reference", "eu_reference", "fr_reference", "ch_reference", "list_id", "other")


@pytest.mark.parametrize("kind", OWN_IDS)
@pytest.mark.parametrize("written", ["RUS9001", "rus 9001", "RUS\u200b9001"])
def test_a_records_own_id_is_no_evidence_that_it_is_the_same_party(kind: Any, written: str) -> None:
    own = (Identifier(type=kind, value=written),)
    before = record("RUS9001", "Olga Petrova", identifiers=own)
    after = record("RUS9001", "Karim Haddad", identifiers=own)
    assert is_another_target(before, after)
    shared = Identifier(type="passport", value="P1")
    same = (replace(one, identifiers=(*own, shared)) for one in (before, after))
    assert not is_another_target(*same)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("JSC SYNESIS", "LLC Synesis"),
        ("Anton Sergeyvich MORENENTS", "Anton MORENETS"),
        ("Olga Petrova", "PETROVA, Olga"),
    ],
)
def test_a_legal_form_or_a_letter_makes_nobody_somebody_else(before: str, after: str) -> None:
    assert not is_another_target(record(1, before), record(1, after))


def test_another_number_in_a_name_is_another_name() -> None:
    assert is_another_target(record(1, "Battalion12x Kova"), record(1, "Battalion13x Sumu"))

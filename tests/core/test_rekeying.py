"""Records that get another key and another content at once: which are one, which never, and what is held of them."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from syncd.core.model import Identifier, Listing, Name, PartialDate, Place, Record, Vessel
from tests.core.lists import Feed, document, key, passport, record, told

TWENTY = [record(number) for number in range(10, 30)]
LISTED = Listing(list="Invented list", programmes=("Ruritania",), listed_on="2021-03-02")
BORN = (PartialDate(date="1961-04-05"),)


def person(number: str, name: str = "Olga Petrova", **fields: Any) -> Record:
    return record(number, name, **{"listings": (LISTED,), **fields})


def ship(number: str, imo: str = "", **fields: Any) -> Record:
    numbers = (Identifier(type="imo", value=imo),) if imo else ()
    return record(number, "Sea Lantern", **{"kind": "vessel", "listings": (LISTED,), "identifiers": numbers, **fields})


def said(before: Record, after: Record, *beside: Record, **limits: int) -> list[Any]:
    """The changes between two documents that have one record each, and others that stay as they are."""
    feed = Feed()
    feed.limits = replace(feed.limits, **limits)
    feed.read([before, *beside, *TWENTY])
    return feed.read([after, *beside, *TWENTY])


UNKNOWN = Listing(list="Invented list", programmes=("Ruritania",))
UNDATED = Listing(list="Invented list", programmes=("Ruritania",), note="item 7")
ONE: dict[str, tuple[Record, Record]] = {
    "a number is added": (ship("a"), ship("b", "9074729")),
    "a number is added to what was no ship before": (
        ship("a", kind="organisation"),
        ship("b", "9074729", vessel=Vessel(types=("Tanker",))),
    ),
    "a number is corrected": (ship("a", "9074728"), ship("b", "9074729")),
    "a number goes": (ship("a", "9074729"), ship("b")),
    "a number is added, and an alias": (
        ship("a"),
        replace(ship("b", "9074729"), names=(*ship("b").names, Name(full="Lantern II", kind="alias"))),
    ),
    "a number is added, and nothing is dated": (
        ship("a", listings=(UNDATED,)),
        ship("b", "9074729", listings=(UNDATED,)),
    ),
    "the columns of a name change places": (person("a", "Petrova Olga"), person("b", "Olga PETROVA")),
    "the columns change places, and nothing is dated": (
        person("a", "Petrova Olga", listings=(UNDATED,)),
        person("b", "Olga Petrova", listings=(UNDATED,)),
    ),
    "a passport is corrected of a person who was born on the day": (
        person("a", birth_dates=BORN, identifiers=(passport("P1"),)),
        person("b", birth_dates=BORN, identifiers=(passport("P2"),)),
    ),
    "the position and the address are others too": (
        person("a", positions=("Clerk",)),
        person("b", positions=("Minister",), remarks=("See also no. 4.",)),
    ),
    "the list gives the same further number": (
        person("a", "Olga Petrova", identifiers=(Identifier(type="list_id", value="77", label="logicalId"),)),
        person(
            "b",
            "Olga Ivanovna Petrova",
            birth_dates=BORN,
            listings=(replace(LISTED, programmes=("Graustark",)),),
            identifiers=(Identifier(type="list_id", value="77", label="logicalId"),),
        ),
    ),
}


@pytest.mark.parametrize(("before", "after"), ONE.values(), ids=ONE)
def test_one_target_under_two_keys_is_rekeyed_with_its_changes(before: Record, after: Record) -> None:
    (change,) = said(before, after)
    assert (change.type, change.previous_key, change.key) == ("rekeyed", before.key, after.key)
    assert change.changes
    assert change.material is ({one.path for one in change.changes} & {"names", "identifiers", "birth_dates"} != set())


OTHER_PLACE = (Place(city="Strelsau"),)
TWO: dict[str, tuple[Record, Record]] = {
    "another day of listing": (person("a"), person("b", listings=(replace(LISTED, listed_on="2024-01-01"),))),
    "another programme": (person("a"), person("b", listings=(replace(LISTED, programmes=("Graustark",)),))),
    "another name": (person("a"), person("b", "Olga Petrov")),
    "another day of birth": (
        person("a", birth_dates=BORN),
        person("b", birth_dates=(PartialDate(date="1961-04-06"),)),
    ),
    "another place of birth": (person("a", birth_dates=BORN), person("b", birth_dates=BORN, birth_places=OTHER_PLACE)),
    "a ship and a person": (person("a", "Sea Lantern"), ship("b", "9074729")),
    "passports contradict": (person("a", identifiers=(passport("P1"),)), person("b", identifiers=(passport("P2"),))),
    "nationalities contradict": (person("a", nationalities=("RU",)), person("b", nationalities=("BY",))),
    "genders contradict": (person("a", genders=("female",)), person("b", genders=("male",))),
    "aliases contradict": (
        replace(person("a"), names=(*person("a").names, Name(full="Olya", kind="alias"))),
        replace(person("b"), names=(*person("b").names, Name(full="Olga the Younger", kind="alias"))),
    ),
    "nothing is dated, and more than a number differs": (
        person("a", listings=(UNDATED,)),
        person("b", listings=(UNDATED,), positions=("Minister",)),
    ),
    "nothing is dated, and the passports contradict": (
        person("a", listings=(UNDATED,), identifiers=(passport("P1"),)),
        person("b", listings=(UNDATED,), identifiers=(passport("P2"),)),
    ),
    "nothing is known but a name, and a passport is added": (
        person("a", listings=(UNKNOWN,)),
        person("b", listings=(UNKNOWN,), identifiers=(passport("P1"),)),
    ),
    "the same further number of somebody else": (
        person("a", "Olga Petrova", identifiers=(Identifier(type="list_id", value="77"),)),
        person("b", "Karim Haddad", identifiers=(Identifier(type="list_id", value="77"),)),
    ),
}


@pytest.mark.parametrize(("before", "after"), TWO.values(), ids=TWO)
def test_two_people_are_never_joined_by_a_name(before: Record, after: Record) -> None:
    assert told(said(before, after)) == [("designated", "b"), ("delisted", "a")]


def test_namesakes_on_either_side_are_not_guessed_to_be_one() -> None:
    feed = Feed()
    feed.read([ship("a", "9074729"), ship("c", "9074730"), *TWENTY])
    changes = feed.read([ship("b", "9074731"), *TWENTY])
    assert {one.type for one in changes} == {"designated", "delisted"}
    changes = feed.read([ship("d", "9074732"), ship("e", "9074733"), *TWENTY])
    assert {one.type for one in changes} == {"designated", "delisted"}


def test_a_namesake_that_stays_leaves_no_room_for_a_guess() -> None:
    """One of two namesakes is only re-keyed; of the other it is not known by elimination that it is the third."""
    feed = Feed()
    feed.read([ship("a", "9074729"), ship("c", "9074730"), *TWENTY])
    changes = feed.read([ship("b", "9074729"), ship("d", "9074731"), *TWENTY])
    assert told(changes) == [("designated", "d"), ("rekeyed", "b"), ("delisted", "c")]


STANDING: dict[str, tuple[Record, Record, Record]] = {
    "the whole content": (person("a"), person("b"), person("c")),
    "name and date of listing": (person("a"), person("b", positions=("Clerk",)), person("c", positions=("Cook",))),
    "all but the numbers": (
        person("a", listings=(UNDATED,)),
        person("b", listings=(UNDATED,), identifiers=(passport("P1"),)),
        person("c", listings=(UNDATED,), identifiers=(passport("P2"),)),
    ),
    "a ship without a number": (ship("a"), ship("b", "9074729"), ship("c", "9074731")),
}


@pytest.mark.parametrize(("before", "after", "beside"), STANDING.values(), ids=STANDING)
def test_an_equal_namesake_on_the_list_forbids_to_join_by_name(before: Record, after: Record, beside: Record) -> None:
    assert told(said(before, after, beside)) == [("designated", "b"), ("delisted", "a")]


def test_a_namesake_whose_removal_waits_forbids_to_join_by_name() -> None:
    feed = Feed()
    feed.read([ship("a"), ship("c", "9074730"), *TWENTY])
    feed.limits = replace(feed.limits, removals_max=0)
    feed.read([ship("a"), *TWENTY])
    assert [hold.keys for hold in feed.state.holds] == [(key("c"),)]
    changes = feed.read([ship("b", "9074731"), *TWENTY])
    assert ("rekeyed", "b") not in told(changes)


PEOPLE = st.builds(
    lambda number, name, **fields: person(number, name, listings=(UNKNOWN,), **fields),
    st.integers(0, 10**6).map("p{}".format),
    st.sampled_from(["Olga Petrova", "Petrova Olga", "Olga PETROVA"]),
    nationalities=st.sampled_from([(), ("RU",)]),
    genders=st.sampled_from([(), ("female",)]),
    identifiers=st.sampled_from([(), (passport("P1"),), (passport("P2"),), (passport("P1"), passport("P2"))]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PEOPLE, min_size=2, max_size=5, unique_by=lambda one: one.key))
def test_undated_namesakes_are_rekeyed_only_where_proven(people: list[Record]) -> None:
    """One goes and one comes, others stay. Proven: all but the spelling is equal, or a passport is; and nobody else on
    the list could be either of them."""
    gone, come, *rest = people
    changes = said(gone, come, *rest)
    if not any(one.type == "rekeyed" for one in changes):
        assert told(changes) == [("designated", come.key.split(":")[1]), ("delisted", gone.key.split(":")[1])]
        return
    plain = [(one.nationalities, one.genders) for one in people]
    numbers = [{number.value for number in one.identifiers} for one in people]
    assert plain[0] == plain[1]
    assert numbers[0] == numbers[1] or numbers[0] & numbers[1]
    exact = [(one.names, one.identifiers, *said_of) for one, said_of in zip(people, plain, strict=True)]
    others = exact[2:] if exact[0] == exact[1] else plain[2:]
    assert (exact[0] if exact[0] == exact[1] else plain[0]) not in others


def test_keys_of_two_vocabularies_are_compared_by_whole_content() -> None:
    feed = Feed()
    feed.read([ship("a"), *TWENTY])
    changes = feed.take(document([ship("b", "9074729"), *TWENTY], vocabulary="second"))
    assert told(changes) == [("designated", "b"), ("delisted", "a")]


def test_a_rekeying_that_says_nothing_new_is_cosmetic() -> None:
    own = Identifier(type="eu_reference", value="a")
    (change,) = said(person("a", identifiers=(own,)), person("b", identifiers=(replace(own, value="b"),)))
    assert (change.type, change.material) == ("rekeyed", False)


def numbered(*numbers: int, imo: int = 0) -> list[Record]:
    """Ships of several names, each with its number if `imo` says so."""
    return [
        replace(ship(f"{number}{'n' if imo else ''}", f"9{imo}0{number}" if imo else ""), names=one.names)
        for number in numbers
        for one in (record(number),)
    ]


def test_a_held_rekeying_puts_what_is_new_under_the_old_key() -> None:
    feed = Feed()
    feed.limits = replace(feed.limits, rekeyed_max=1)
    feed.read([*numbered(1, 2), *TWENTY])
    listed = [*numbered(1, 2, imo=7), *TWENTY]
    assert told(feed.read(listed)) == [("amended", "1"), ("amended", "2")]
    (hold,) = feed.state.holds
    assert (hold.kind, hold.keys) == ("rekeyed", (key(1), key(2)))
    assert [one.value for one in feed.version(1).identifiers] == ["9701"]
    assert feed.read(listed) == []
    assert feed.state.holds == (hold,)
    changes = feed.read(listed, cause="release", released=(hold.id,))
    assert told(changes) == [("rekeyed", "1n"), ("rekeyed", "2n")]
    assert (feed.state.holds, feed.state.ledger_digest) == ((), feed.state.document and feed.state.document.digest)


def test_what_a_rekeying_takes_away_is_held_as_of_any_amendment() -> None:
    feed = Feed()
    feed.limits = replace(feed.limits, identifiers_max=1)
    feed.read([*numbered(1, 2, imo=7), *TWENTY])
    listed = [*numbered(1, 2), *TWENTY]
    changes = feed.read(listed)
    assert told(changes) == [("rekeyed", "1"), ("rekeyed", "2")]
    (hold,) = feed.state.holds
    assert (hold.kind, hold.loses) == ("amendments", {"identifiers": (key(1), key(2))})
    assert [one.value for one in feed.version(1).identifiers] == ["9701"], (
        "the number is in force until that is decided"
    )
    assert feed.read(listed) == []
    assert feed.state.holds == (hold,)
    assert told(feed.read(listed, cause="release", released=(hold.id,))) == [("amended", "1"), ("amended", "2")]
    assert feed.version(1).identifiers == ()


def test_losses_of_rekeyings_add_up_over_seven_days() -> None:
    feed = Feed()
    feed.limits = replace(feed.limits, identifiers_max=1)
    feed.read([*numbered(1, 2, imo=7), *TWENTY])
    feed.read([*numbered(1), *numbered(2, imo=7), *TWENTY])
    assert feed.state.holds == ()
    feed.read([*numbered(1, 2), *TWENTY], after=timedelta(days=6))
    assert [hold.loses for hold in feed.state.holds] == [{"identifiers": (key(2),)}]


def test_a_released_rekeying_releases_what_it_takes_away() -> None:
    feed = Feed()
    feed.limits = replace(feed.limits, rekeyed_max=1, identifiers_max=1)
    feed.read([*numbered(1, 2, imo=7), *TWENTY])
    listed = [*numbered(1, 2), *TWENTY]
    assert feed.read(listed) == []
    (hold,) = feed.state.holds
    changes = feed.read(listed, cause="release", released=(hold.id,))
    assert told(changes) == [("rekeyed", "1"), ("rekeyed", "2")]
    assert feed.state.holds == ()
    assert feed.version(1).identifiers == ()


def test_a_held_rekeying_that_takes_more_is_another_decision() -> None:
    feed = Feed()
    feed.limits = replace(feed.limits, rekeyed_max=1)
    feed.read([*numbered(1, 2, imo=7), *TWENTY])
    feed.read([replace(one, key=f"{one.key}x") for one in numbered(1, 2, imo=7)] + TWENTY)
    (hold,) = feed.state.holds
    feed.read([*(replace(one, key=f"{key(at)}nx") for at, one in zip((1, 2), numbered(1, 2), strict=True)), *TWENTY])
    (other,) = feed.state.holds
    assert other.keys == hold.keys
    assert other.id != hold.id
    assert other.formerly == (hold.id,)


def test_a_new_reading_that_keys_otherwise_says_what_it_reads_otherwise() -> None:
    feed = Feed()
    feed.read([ship("a"), *TWENTY])
    feed.parser_version = 2
    (change,) = feed.read([ship("b", "9074729"), *TWENTY], cause="reparse")
    assert (change.type, change.origin, [one.path for one in change.changes]) == ("rekeyed", "parser", ["identifiers"])


def test_a_later_namesake_takes_over_no_record_whose_removal_waits() -> None:
    feed = Feed()
    feed.limits = replace(feed.limits, removals_max=1)
    gone = [person("a", "Olga Petrova", listings=(UNDATED,)), person("c", "Karim Haddad", listings=(UNDATED,))]
    feed.read([*gone, *TWENTY])
    assert feed.read(TWENTY) == []
    (hold,) = feed.state.holds
    assert hold.kind == "removals"
    assert told(feed.read([person("b", "Olga Petrova", positions=("Clerk",)), *TWENTY])) == [("designated", "b")]
    assert told(feed.read([person("b", "Petrova Olga", listings=(UNDATED,)), *TWENTY]))[0][0] == "amended"
    assert feed.state.holds[0].keys == hold.keys

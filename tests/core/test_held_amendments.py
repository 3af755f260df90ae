"""Amendments that take away beyond a limit: what they add is in force, what they would lose is too."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from syncd.core import content
from syncd.core.limits import Limits
from syncd.core.model import Identifier, Listing, Name, PartialDate, Record
from tests.core.lists import Feed, key, passport, record, told

LIMITS = Limits(records_min=1, removals_max=3, names_max=2, identifiers_max=2, reused_max=2, kinds_max=2)


def full(number: int) -> Record:
    names = (Name(full=f"Invented{number} Alder{number}", kind="primary"), Name(full=f"Birch{number}", kind="alias"))
    return record(number, names=names, identifiers=(passport(f"P{number}"),))


TEN = [full(number) for number in range(10, 20)]


def nameless(one: Record, title: str = "") -> Record:
    return replace(one, names=one.names[:1], titles=(title,) if title else ())


def feed_of_ten(**limits: object) -> Feed:
    feed = Feed(limits=replace(LIMITS, **limits))
    feed.read(TEN)
    return feed


def names(feed: Feed, number: int) -> list[str]:
    return [one.full for one in feed.version(number).names]


def test_what_is_new_in_a_held_amendment_goes_out_beside_what_it_would_lose() -> None:
    feed = feed_of_ten()
    said = feed.read([*(nameless(one, "Dr") for one in TEN[:3]), *TEN[3:], full(99)])
    assert told(said) == [("designated", "99"), ("amended", "10"), ("amended", "11"), ("amended", "12")]
    assert [(it.path, it.op) for one in said[1:] for it in one.changes] == [("titles", "added")] * 3
    assert sorted(names(feed, 10)) == ["Birch10", "Invented10 Alder10"]
    (hold,) = feed.state.holds
    assert (hold.kind, hold.keys) == ("amendments", (key(10), key(11), key(12)))
    assert hold.loses == {"names": hold.keys}
    assert hold.why == "3 records lose names, 3 within seven days, more than 2"


def test_only_what_is_beyond_its_limit_is_held() -> None:
    feed = feed_of_ten()
    numberless = replace(TEN[5], identifiers=())
    said = feed.read([*map(nameless, TEN[:3]), *TEN[3:5], numberless, *TEN[6:]])
    assert told(said) == [("amended", "15")]
    assert feed.version(15).identifiers == ()


def test_a_release_lets_what_is_still_lost_go() -> None:
    feed = feed_of_ten()
    feed.read([*map(nameless, TEN[:3]), *TEN[3:]])
    feed.read([TEN[0], *map(nameless, TEN[1:3]), *TEN[3:]])
    (hold,) = feed.state.holds
    assert (hold.keys, len(hold.formerly)) == ((key(11), key(12)), 1)
    said = feed.read([TEN[0], *map(nameless, TEN[1:3]), *TEN[3:]], cause="release", released=(hold.id,))
    assert told(said) == [("amended", "11"), ("amended", "12")]
    assert {(one.origin, one.material, one.cause) for one in said} == {("source", True, "release")}
    assert feed.state.holds == feed.state.removals == ()


def test_a_hold_whose_records_lose_more_has_another_id() -> None:
    feed = feed_of_ten()
    feed.read([*map(nameless, TEN[:3]), *TEN[3:]])
    (before,) = feed.state.holds
    feed.read([*(replace(nameless(one), identifiers=()) for one in TEN[:3]), *TEN[3:]])
    (after,) = feed.state.holds
    assert after.keys == before.keys
    assert after.id != before.id
    assert after.formerly == (before.id,)
    assert feed.version(10).identifiers == TEN[0].identifiers


def test_what_came_back_and_is_lost_again_is_judged_anew() -> None:
    feed = feed_of_ten()
    feed.read([*map(nameless, TEN[:3]), *TEN[3:]])
    assert feed.read(TEN) == []
    assert feed.state.holds == ()
    assert told(feed.read([nameless(TEN[0]), *TEN[1:]])) == [("amended", "10")]


def test_a_rejected_hold_of_amendments_stays_and_keeps() -> None:
    feed = feed_of_ten()
    feed.read([*map(nameless, TEN[:3]), *TEN[3:]])
    feed.decide(holds=tuple(replace(one, rejected=True, decided_by="eve") for one in feed.state.holds))
    assert feed.read([*map(nameless, TEN[:3]), *TEN[3:]], after=timedelta(days=30)) == []
    assert [hold.rejected for hold in feed.state.holds] == [True]


def test_kinds_that_change_together_stay_as_they_were() -> None:
    feed = feed_of_ten()
    assert feed.read([*(replace(one, kind="vessel") for one in TEN[:3]), *TEN[3:]]) == []
    assert {feed.version(number).kind for number in range(10, 20)} == {"person"}


def shifted(count: int) -> list[Record]:
    """The first ids each stand for the one before; the first is somebody new, and the last one has a new id."""
    people = [full(500), *TEN[:count]]
    moved = [replace(one, key=key(10 + at)) for at, one in enumerate(people[:count])]
    return [*moved, replace(people[count], key=key(300)), *TEN[count:]]


def test_ids_shifted_by_a_row_are_held_and_nobody_is_missing() -> None:
    feed = feed_of_ten()
    said = feed.read(shifted(8))
    assert not [one for one in said if one.digest_after is None]
    shown = {name for one in feed.in_force for name in names(feed, int(one.partition(":")[2]))}
    assert {name.full for one in [full(500), *TEN] for name in one.names} <= shown
    (hold,) = feed.state.holds
    assert hold.loses == {"reused": tuple(key(number) for number in range(10, 18))}
    again = feed.read(shifted(8))
    assert again == []
    released = feed.read(shifted(8), cause="release", released=(hold.id,))
    assert {(one.type, one.basis) for one in released} == {("delisted", "id_reused"), ("designated", "id_reused")}
    assert names(feed, 10) == ["Invented500 Alder500", "Birch500"]


def test_re_used_ids_count_with_removals() -> None:
    feed = feed_of_ten(reused_max=10)
    two = [record(number, f"Quite Another{number}") for number in (10, 11)]
    assert feed.read([*two, *TEN[4:]]) != []
    assert sorted(hold.kind for hold in feed.state.holds) == ["amendments", "removals"]
    assert feed.held() == {key(number) for number in range(10, 14)}


@pytest.mark.parametrize("hours", [1, 12, 23])
def test_a_record_that_comes_back_within_a_day_is_held_when_it_goes_again(hours: int) -> None:
    feed = feed_of_ten()
    assert told(feed.read(TEN[1:], after=timedelta(hours=3))) == [("delisted", "10")]
    assert told(feed.read(TEN, after=timedelta(hours=hours))) == [("relisted", "10")]
    assert feed.read(TEN[1:], after=timedelta(hours=3)) == []
    (hold,) = feed.state.holds
    assert (hold.kind, hold.keys) == ("removals", (key(10),))
    assert "came back within a day" in hold.why


def test_a_record_that_comes_back_after_days_may_go_again() -> None:
    feed = feed_of_ten()
    feed.read(TEN[1:])
    feed.read(TEN, after=timedelta(days=2))
    assert told(feed.read(TEN[1:], after=timedelta(hours=3))) == [("delisted", "10")]


def test_rows_of_a_clock_that_was_ahead_do_not_count() -> None:
    feed = feed_of_ten()
    feed.now += timedelta(days=30)
    assert len(feed.read(TEN[3:])) == 3
    feed.now -= timedelta(days=30)
    assert len(feed.read(TEN[5:])) == 2
    assert feed.read(TEN[7:]) == []


def test_a_reading_of_ours_may_lose_what_a_publisher_may_not() -> None:
    feed = feed_of_ten()
    feed.parser_version = 2
    assert len(feed.read([*map(nameless, TEN[:5]), *TEN[5:]], cause="reparse")) == 5
    assert feed.state.removals == ()
    feed.parser_version = 3
    assert feed.read([replace(one, identifiers=()) for one in TEN[:6]] + TEN[6:], cause="reparse") != []
    (hold,) = feed.state.holds
    assert (hold.origin, hold.loses.keys()) == ("parser", {"identifiers"})
    last = [replace(one, identifiers=()) for one in TEN[:6]] + TEN[6:]
    said = feed.read(last, cause="release", released=(hold.id,))
    assert {one.origin for one in said} == {"parser"}


def test_what_was_lost_is_told_by_what_identifies() -> None:
    before = replace(
        TEN[0],
        birth_dates=(PartialDate(date="1950", note="one"),),
        identifiers=(Identifier(type="national_id", value="AB 12-3", label="ID"),),
        listings=(Listing(list="List", programmes=("one", "two"), note="x"),),
    )
    after = replace(
        before,
        names=tuple(replace(one, full=one.full.upper(), kind="former") for one in before.names),
        birth_dates=(PartialDate(date="1950", circa=True),),
        identifiers=(Identifier(type="tax", value="ab123"),),
        listings=(Listing(list="LIST", programmes=("two",)), Listing(list="other", programmes=("One",))),
    )
    assert content.lost(before, after) == {}
    less = replace(after, listings=(Listing(list="List", measures=("all",)),), kind="unknown")
    assert set(content.lost(before, less)) == {"listings", "kind"}
    both = content.with_lost(before, less)
    assert (both.kind, both.listings) == (
        "person",
        (Listing(list="List", programmes=("one", "two"), measures=("all",)),),
    )
    assert content.with_lost(before, both) == both


def test_ids_that_were_reused_within_the_week_count_as_removals() -> None:
    feed = feed_of_ten(removals_max=3, removals_few=100, reused_max=2)
    others = [replace(full(number + 50), key=key(number)) for number in (10, 11)]
    said = feed.read([*others, *TEN[2:]])
    assert {one.basis for one in said} == {"id_reused"}
    assert told(feed.read([*others, *TEN[3:]], after=timedelta(days=2))) == [("delisted", "12")]
    assert feed.read([*others, *TEN[4:]], after=timedelta(days=2)) == []
    (hold,) = feed.state.holds
    assert (hold.kind, hold.keys) == ("removals", (key(13),))
    assert hold.why == "1 removals, 4 within seven days, more than 3"

"""Each limit of the table: what happens at it, and one beyond; what takes away is counted over seven days."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from syncd.core.limits import TABLE, WEEK, Limits, default
from syncd.core.model import Listing, Name, PartialDate, Record
from syncd.errors import DocumentRefused
from tests.core.lists import OPEN, Feed, key, passport, record


def full(number: int) -> Record:
    return record(
        number,
        names=(Name(full=f"Invented {number}", kind="primary"), Name(full=f"Alias Of {number}", kind="alias")),
        birth_dates=(PartialDate(date=f"19{number % 90 + 10}"),),
        identifiers=(passport(f"P{number}"),),
        listings=(Listing(list="list", programmes=("one", f"of {number}")),),
    )


HUNDRED = [full(number) for number in range(100)]


def changed(count: int, how: Callable[[Record], Record]) -> list[Record]:
    return [how(one) for one in HUNDRED[:count]] + HUNDRED[count:]


def somebody_else(one: Record) -> Record:
    number = one.key.partition(":")[2]
    return record(number, f"Quite Another{number}", identifiers=(passport(f"Q{number}"),))


Published = list[Record]
Case = tuple[dict[str, float], Callable[[int], Published], int, int, str]
LOSSES: dict[str, Callable[[Record], Record]] = {
    "names": lambda one: replace(one, names=one.names[:1]),
    "birth_dates": lambda one: replace(one, birth_dates=()),
    "identifiers": lambda one: replace(one, identifiers=()),
    "listings": lambda one: replace(one, listings=(Listing(list="list", programmes=("one",)),)),
    "kinds": lambda one: replace(one, kind="organisation"),
    "reused": somebody_else,
}


def removed(count: int) -> Published:
    return HUNDRED[count:]


def moved(count: int) -> Published:
    return changed(count, lambda one: replace(one, key=f"{one.key}-new"))


def added(count: int) -> Published:
    return HUNDRED + [full(number) for number in range(1000, 1000 + count)]


def losing(sort: str) -> Callable[[int], Published]:
    return lambda count: changed(count, LOSSES[sort])


def partial(count: int) -> Published:
    return changed(count, lambda one: replace(one, completeness="partial", unreadable=("titles",)))


# Limit → the limits that differ from open ones, the document that a count makes, the count at the limit, the one beyond
# it, and what happens to that.
CASES: dict[str, Case] = {
    "records_min": ({"records_min": 50}, lambda count: HUNDRED[:count], 50, 49, "refused"),
    "quarantined_max": ({"quarantined_max": 3}, lambda count: HUNDRED, 3, 4, "refused"),
    "share_min": ({"share_min": 0.2}, lambda count: HUNDRED[:count], 20, 19, "document"),
    "partial_ratio": ({"partial_ratio": 0.1}, partial, 10, 11, "document"),
    "removals_max": ({"removals_max": 5}, removed, 5, 6, "removals"),
    "removals_ratio": ({"removals_ratio": 0.1, "removals_few": 1}, removed, 10, 11, "removals"),
    "removals_few": ({"removals_ratio": 0.0, "removals_few": 7}, removed, 6, 7, "removals"),
    "rekeyed_max": ({"rekeyed_max": 5}, moved, 5, 6, "rekeyed"),
    **{f"{sort}_max": ({f"{sort}_max": 5}, losing(sort), 5, 6, "amendments") for sort in LOSSES},
    "content_ratio": ({"content_ratio": 0.1, "content_few": 1}, losing("names"), 10, 11, "amendments"),
    "content_few": ({"content_ratio": 0.0, "content_few": 7}, losing("names"), 6, 7, "amendments"),
    "reparse_ratio": ({"reparse_ratio": 0.5}, losing("names"), 50, 51, "amendments"),
    "additions_max": ({"additions_max": 5}, added, 5, 6, "said"),
    "additions_ratio": ({"additions_ratio": 0.1, "additions_few": 1}, added, 10, 11, "said"),
    "additions_few": ({"additions_ratio": 0.0, "additions_few": 7}, added, 6, 7, "said"),
}
ALL_OPEN = replace(OPEN, additions_ratio=1.0)


def outcome(name: str, count: int) -> str:
    """What becomes of the document that is at, or beyond, the limit called `name`."""
    limits, publish, *_ = CASES[name]
    feed = Feed(limits=replace(ALL_OPEN, **limits))
    quarantined = (None,) * count if name == "quarantined_max" else ()
    if name != "partial_ratio":
        feed.read(HUNDRED)
    more: dict[str, Any] = {"cause": "reparse"} if name == "reparse_ratio" else {}
    feed.parser_version += bool(more)
    try:
        feed.read(publish(count), quarantined=quarantined, **more)
    except DocumentRefused:
        return "refused"
    if feed.last_flood:
        assert {one.key for one in publish(count)} <= feed.in_force
        return "said"
    return feed.state.holds[0].kind if feed.state.holds else ""


@pytest.mark.parametrize("name", [one.name for one in TABLE])
def test_what_is_at_a_limit_goes_out_and_one_beyond_does_not(name: str) -> None:
    _, _, at, beyond, happens = CASES[name]
    assert outcome(name, at) == ""
    assert outcome(name, beyond) == happens


def test_the_table_has_every_limit_once_and_in_a_unit() -> None:
    assert sorted(one.name for one in TABLE) == sorted(Limits.__struct_fields__)
    assert all(one.unit and one.says for one in TABLE)
    assert {one.name for one in TABLE if default(one.name) is None} == {"records_min", "removals_max"}


WEEKLY = [one.name for one in TABLE if one.unit == WEEK and one.name.endswith("_max")]


@pytest.mark.parametrize("name", WEEKLY)
@pytest.mark.parametrize(("later", "is_held"), [(timedelta(days=6), True), (timedelta(days=7, seconds=1), False)])
def test_what_takes_away_adds_up_over_seven_days(name: str, later: timedelta, is_held: bool) -> None:
    limits, publish, at, beyond, happens = CASES[name]
    feed = Feed(limits=replace(ALL_OPEN, **limits))
    feed.read(HUNDRED)
    assert feed.read(publish(at))
    said = feed.read(publish(beyond), after=later)
    takes = [one for one in said if one.digest_after is None or any(it.op != "added" for it in one.changes)]
    assert bool(takes or (said and happens == "rekeyed")) is not is_held
    assert [hold.kind for hold in feed.state.holds] == ([happens] if is_held else [])
    assert feed.held() == ({key(at)} if is_held else set())

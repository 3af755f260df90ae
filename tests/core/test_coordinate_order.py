"""However the lists are read, the same is said: histories that Hypothesis invents, cut, shuffled and interrupted."""

import os
from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from syncd.core.coordination.coordinator import Rules
from syncd.core.coordination.target import CoordinationEvent, Target
from syncd.core.events import Change
from syncd.core.model import Name, PartialDate, Record
from tests.core.histories import Lists, Told, ids, passport, record, when

AUTHORITIES = ("us", "uk", "eu", "ca", "us_bis_el")
RULES = Rules(alliances={"three": ("us", "uk", "eu"), "four": ("us", "uk", "eu", "ca")}, gap_days=10)
# Unlike enough that nothing but a number in common makes two of them one target.
PARTIES = (
    ("Zoltan Quandrik Ulmberg", "1961-05-17"),
    ("Fenella Oxtoby Marrowgate", "1974-11-02"),
    ("Ibrahim Tussok Delacourt", "1988-08-29"),
)
SILENT = ({"cause": "resync"}, {"cause": "reparse", "origin": "parser"}, {"origin": "format"})
END = 2000
EXAMPLES = 600 if os.environ.get("TESTS_THOROUGH") else 50


def of_party(party: int, authority: str, number: int, listed: float | None, *more: str) -> Record:
    name, born = PARTIES[party]
    return record(
        authority,
        number,
        f"70000{party}",
        *more,
        listed=listed,
        names=(Name(full=name, kind="primary"),),
        birth_dates=(PartialDate(date=born),),
    )


@st.composite
def histories(draw: Any) -> list[Change]:
    """Records of a few parties that come, change, go, come again, move to other keys and leave them to others; all
    in the order of commit."""
    lists = Lists()
    here: dict[str, Record] = {}
    gone: dict[str, Record] = {}
    for party in range(len(PARTIES)):
        for authority in draw(st.sets(st.sampled_from(AUTHORITIES), max_size=2)):
            one = of_party(party, authority, party, -400)
            here[one.key] = one
    lists.baseline(*here.values())
    day, number = 0.0, 10
    for _ in range(draw(st.integers(1, 14))):
        day += draw(st.sampled_from([0, 0.001, 0.5, 3, 6, 12, 30]))
        acts = [
            "designate",
            "designate",
            "designate",
            *(["amend", "number", "delist", "rekey", "reuse"] if here else []),
        ]
        act = draw(st.sampled_from([*acts, *(["relist"] if gone else [])]))
        fields = draw(st.sampled_from(SILENT)) if draw(st.integers(0, 5)) == 0 else {}
        number += 1
        if act == "designate":
            listed = draw(st.sampled_from([None, day, day - 1, day - 5]))
            one = of_party(draw(st.integers(0, 2)), draw(st.sampled_from(AUTHORITIES)), number, listed)
            here[one.key] = one
            lists.designate(one, day, **fields)
        elif act == "relist":
            one = gone.pop(draw(st.sampled_from(sorted(gone))))
            here[one.key] = one
            lists.relist(one, day, **fields)
        else:
            one = here.pop(draw(st.sampled_from(sorted(here))))
            if act == "delist":
                gone[one.key] = one
                lists.delist(one, day, **fields)
            else:
                altered = _altered(draw, lists, one, act, day, number, fields)
                here[altered.key] = altered
    return sorted(lists.changes, key=lambda one: (one.committed_at, one.feed, one.sequence))


def _altered(draw: Any, lists: Lists, one: Record, act: str, day: float, number: int, fields: Any) -> Record:
    if act == "rekey":
        moved = replace(one, key=f"{one.feed}:{number}")
        lists.rekey(one.key, moved, day)
        return moved
    if act == "reuse":
        other = replace(of_party(draw(st.integers(0, 2)), one.feed[:2], 0, day), feed=one.feed, key=one.key)
        lists.delist(one, day, basis="id_reused")
        lists.designate(other, day, basis="id_reused")
        return other
    extra = draw(st.sampled_from([f"90{number}", "700001", "700002"]))
    changed = {"identifiers": (*one.identifiers, passport(extra))} if act == "number" else {"remarks": (str(number),)}
    lists.amend(replace(one, **changed), day, **fields)
    return replace(one, **changed)


@st.composite
def cuts(draw: Any, changes: list[Change]) -> list[list[Change]]:
    """The history in drafts, each in any order that keeps that of each list."""
    places = sorted(draw(st.sets(st.integers(0, len(changes)), max_size=5)))
    parts = [changes[start:end] for start, end in zip([0, *places], [*places, len(changes)], strict=True)]
    return [interleaved(draw, part) for part in parts]


def interleaved(draw: Any, changes: list[Change]) -> list[Change]:
    waiting: dict[str, list[Change]] = {}
    for change in sorted(changes, key=lambda one: (one.feed, one.sequence)):
        waiting.setdefault(change.feed, []).append(change)
    found = []
    while waiting:
        feed = draw(st.sampled_from(sorted(waiting)))
        found.append(waiting[feed].pop(0))
        if not waiting[feed]:
            del waiting[feed]
    return found


def content(event: CoordinationEvent) -> CoordinationEvent:
    """The event without its place, and without ids that only rows had: those depend on the cuts."""
    return replace(event, sequence=0, commit=0, committed_at="", formerly=())


def plain(target: Target) -> Target:
    return replace(target, formerly=())


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.data())
def test_any_cut_into_drafts_and_any_crash_between_them_say_the_same(data: Any) -> None:
    changes = data.draw(histories())
    whole = Told(RULES)
    whole.read(changes, day=END)
    parts = Told(RULES)
    for part in data.draw(cuts(changes)):
        parts.read(part)
        if data.draw(st.booleans()):
            parts.restart()
    parts.draft(when(END))
    assert list(map(content, parts.events)) == list(map(content, whole.events))
    assert list(map(plain, sorted(parts.targets, key=lambda one: one.id))) == list(
        map(plain, sorted(whole.targets, key=lambda one: one.id))
    )
    assert len(ids(parts.events)) == len(parts.events), "nothing is said twice"


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.data())
def test_a_told_target_keeps_its_id_until_it_parts_or_merges(data: Any) -> None:
    """Whatever joins: an id that events have named is the target's, or stands in `formerly` of the target that was
    told before it; and in any interleaving that keeps the order of commits the same ids are told."""
    changes = data.draw(histories())
    told, first = Told(RULES), dict[str, tuple[str, int]]()
    for part in data.draw(cuts(changes)):
        for event in told.read(part):
            first.setdefault(event.target, (event.committed_at, event.sequence))
        targets = told.targets
        named = {name for one in targets for name in (one.id, *one.formerly)}
        assert first.keys() <= named, "no id that was told is ever lost"
        for one in targets:
            assert {one.id, *one.formerly} >= set(one.told)
            assert one.id in one.told or not one.told
            assert all(one.told[one.id] <= at for at in one.told.values())
    whole = Told(RULES)
    whole.read(changes, day=END)
    told.draft(when(END))
    assert [one.target for one in told.events] == [one.target for one in whole.events]


@st.composite
def campaigns(draw: Any) -> list[Change]:
    """Baselines, and designations in two campaigns years apart; links come with records and never go."""
    lists = Lists()
    day, number = 0.0, 0
    for campaign in (0, 700):
        day = float(campaign)
        for _ in range(draw(st.integers(0, 6))):
            number += 1
            day += draw(st.sampled_from([0, 0.001, 0.5, 1]))
            party, authority = draw(st.integers(0, 1)), draw(st.sampled_from(AUTHORITIES[:4]))
            one = of_party(party, authority, number, draw(st.sampled_from([None, campaign, campaign + 3])))
            kind = draw(st.sampled_from(["live", "live", "live", "baseline", "silent"]))
            if kind == "baseline":
                lists.baseline(one, day=day)
            else:
                lists.designate(one, day, **(draw(st.sampled_from(SILENT)) if kind == "silent" else {}))
    return sorted(lists.changes, key=lambda one: (one.committed_at, one.feed, one.sequence))


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.data())
def test_the_same_histories_in_any_interleaving_say_the_same(data: Any) -> None:
    """Where each authority has one list, only names depend on which of them were read first, out of the order of
    commits: that of a coordination of three or more, and the id of a target by which it was told then."""
    changes = data.draw(campaigns())
    rules = Rules(alliances=RULES.alliances, gap_days=END - 1000)
    in_order, otherwise = Told(rules), Told(rules)
    for change in changes:
        in_order.read([change])
    for change in interleaved(data.draw, changes):
        otherwise.read([change], day=-100)
        if data.draw(st.booleans()):
            otherwise.restart()
    for told in (in_order, otherwise):
        told.draft(when(END))
    assert set(otherwise.clusters.values()) == set(in_order.clusters.values())
    assert _without_starts(otherwise) == _without_starts(in_order)
    assert _starts(otherwise) == _starts(in_order)
    if all(len(which.participations) == 2 for target in in_order.targets for which in target.coordinations):
        assert ids(otherwise.events) == ids(in_order.events)


def _without_starts(told: Told) -> Counter[str]:
    return Counter(one.id for one in told.events if one.type != "coordination.started")


def _starts(told: Told) -> Counter[tuple[tuple[str, ...], str]]:
    """The records of the target, as it is in the end, and the year."""
    starts = [one.participations[0] for one in told.events if one.type == "coordination.started"]
    return Counter((told.clusters[told.of(one.key).id], (one.listed_on or "")[:4]) for one in starts)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_an_initial_set_in_any_order_gives_the_same_targets(data: Any) -> None:
    """The same initial set in any order gives the same targets and says nothing."""
    parties = data.draw(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(AUTHORITIES)), max_size=10))
    records = [of_party(party, authority, place, -place) for place, (party, authority) in enumerate(parties)]
    clusters = []
    for order in (records, data.draw(st.permutations(records))):
        lists, told = Lists(), Told(RULES)
        lists.baseline(*order)
        for part in data.draw(cuts(lists.changes)):
            told.read(part)
        assert told.draft(when(END)) == []
        assert told.events == []
        clusters.append(told.clusters)
    assert clusters[0] == clusters[1]

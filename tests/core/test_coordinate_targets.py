"""How targets merge, part and keep their ids, and what people decide of them."""

from msgspec.structs import replace

from syncd.core.coordination.target import LinkDecision, target_id
from syncd.core.model import Name, PartialDate, Record
from tests.core.histories import Lists, Told, key, passport, record, said, when

US, UK, EU = key("us", 1), key("uk", 1), key("eu", 1)


def another(authority: str, number: int | str = 1, **fields: object) -> Record:
    """A person whom nothing links to the usual one."""
    return record(
        authority,
        number,
        "88123",
        names=(Name(full="Fenella Oxtoby Marrowgate", kind="primary"),),
        birth_dates=(PartialDate(date="1974-11-02"),),
        **fields,
    )


def decision(a: str, b: str, verdict: str, day: float = 5) -> LinkDecision:
    return LinkDecision(a=a, b=b, verdict=verdict, by="an officer", why="the file says so", at=when(day))


def test_the_earliest_listed_record_founds_the_target() -> None:
    """The earliest listed record founds the target whichever was read first."""
    lists, told = Lists(), Told()
    lists.designate(record("us", listed=0), 0)
    lists.designate(record("uk", listed=-5), 1)
    told.read(lists.changes[:1])
    first = told.of(US).id
    assert first == target_id(US)
    told.read(lists.changes[1:])
    (target,) = told.targets
    assert (target.id, target.founder, target.formerly) == (target_id(UK), UK, (first,))


def test_a_later_correction_of_its_date_moves_no_id() -> None:
    lists, told = Lists(), Told()
    lists.designate(record("us", listed=0), 0)
    lists.designate(record("uk", listed=1), 1)
    lists.amend(record("us", listed=20), 2)
    told.read(lists.changes)
    assert told.of(UK).founder == US


def test_an_amendment_that_parts_a_target_leaves_the_id_with_its_founder() -> None:
    lists, told = Lists(), Told()
    lists.designate(record("us", listed=0), 0)
    lists.designate(record("uk", listed=1), 1)
    lists.amend(another("uk"), 2)
    told.read(lists.changes[:2])
    kept = told.of(US).id
    events = told.read(lists.changes[2:])
    assert said(events) == ["target.split"]
    assert (events[0].target, events[0].members) == (kept, (UK,))
    assert told.clusters == {kept: (US,), target_id(UK): (UK,)}
    assert events[0].explanation == (
        "uk_sl:1 is no longer taken for one target with us_ofac_sdn:1 (“Zoltan Quandrik Ulmberg”): uk_sl:1 was amended."
    )


def test_a_new_reading_that_parts_a_target_is_silent() -> None:
    lists, told = Lists(), Told()
    lists.baseline(record("us"), record("uk"))
    lists.amend(another("uk"), 2, cause="reparse", origin="parser")
    assert told.read(lists.changes) == []
    assert len(told.targets) == 2


def test_parts_that_come_together_again_say_nothing_twice() -> None:
    lists, told = Lists(), Told()
    lists.designate(record("us", listed=0), 0)
    lists.designate(record("uk", listed=1), 1)
    lists.amend(another("uk"), 2)
    lists.amend(record("uk", listed=1), 3)
    told.read(lists.changes)
    assert [one for one in said(told.events) if one.startswith("coordination")] == [
        "coordination.started",
        "coordination.joined us",
        "coordination.joined uk",
    ]
    assert len(told.targets) == 1


def test_a_confirmed_link_makes_one_target_and_starts_what_it_shows() -> None:
    lists, told = Lists(), Told()
    lists.designate(record("us", listed=0), 0)
    lists.designate(another("uk", listed=1), 1)
    assert told.read(lists.changes) == []
    told.coordinator.decide(decision(UK, US, "confirmed"))
    events = told.draft(when(5))
    assert said(events) == [
        "target.linked",
        "coordination.started",
        "coordination.joined us",
        "coordination.joined uk",
    ]
    assert events[0].links[0].decided_by == "an officer"
    assert told.state.decisions == (decision(UK, US, "confirmed"),)


def test_a_forbidden_link_parts_them_and_survives_a_restart_and_every_change() -> None:
    lists, told = Lists(), Told()
    lists.baseline(record("us"), record("uk"))
    told.read(lists.changes)
    told.coordinator.decide(decision(UK, US, "forbidden"))
    assert said(told.draft(when(5))) == ["target.split"]
    told.restart()
    lists.amend(record("uk", remarks=("x",)), 6)
    lists.amend(record("us", titles=("x",)), 6)
    assert told.read(lists.changes[2:]) == []
    assert len(told.targets) == 2


def test_a_third_record_does_not_bring_together_what_was_set_apart() -> None:
    lists, told = Lists(), Told()
    lists.baseline(record("us", listed=-3), record("uk", listed=-2))
    told.read(lists.changes)
    told.coordinator.decide(decision(UK, US, "forbidden"))
    told.draft(when(5))
    lists.baseline(record("eu", listed=-1), day=6)
    told.read(lists.changes[2:])
    assert told.of(US).id != told.of(UK).id
    assert sorted(map(len, told.clusters.values())) == [1, 2]


def test_a_later_decision_takes_the_place_of_an_earlier_one() -> None:
    lists, told = Lists(), Told()
    lists.baseline(record("us"), record("uk"))
    told.read(lists.changes)
    told.coordinator.decide(decision(UK, US, "forbidden"))
    told.draft(when(5))
    told.coordinator.decide(decision(UK, US, "confirmed", 6))
    assert said(told.draft(when(6))) == ["target.linked"]
    assert len(told.targets) == 1


def test_a_rekeyed_record_keeps_target_seniority_and_decisions() -> None:
    """A rekeyed record keeps its target its seniority and what was decided."""
    lists, told = Lists(), Told()
    lists.baseline(record("ca", "a", listed=-9), record("us"))
    lists.rekey(key("ca", "a"), another("ca", "b"), 3)
    told.read(lists.changes[:2])
    kept = told.of(US).id
    told.coordinator.decide(decision(key("ca", "a"), US, "confirmed"))
    told.draft(when(2))
    assert told.read(lists.changes[2:]) == []
    (target,) = told.targets
    assert (target.id, target.founder) == (kept, key("ca", "b"))
    assert [(one.key, one.status, one.successor) for one in target.members] == [
        (key("ca", "a"), "rekeyed", key("ca", "b")),
        (key("ca", "b"), "listed", None),
        (US, "listed", None),
    ]
    assert told.state.decisions[0].a == key("ca", "b")


def test_a_rekeying_coordinates_nothing_and_frees_the_old_key() -> None:
    """A rekeying sets no coordination and the old key may be given to somebody else."""
    lists, told = Lists(), Told()
    lists.designate(record("ca", "a"), 0)
    lists.designate(record("us"), 0.1)
    lists.rekey(key("ca", "a"), record("ca", "b"), 1)
    lists.designate(another("ca", "a", listed=2), 2)
    lists.designate(record("uk", listed=3), 3)
    told.read(lists.changes)
    assert [one for one in said(told.events) if one.startswith("coordination.joined")] == [
        "coordination.joined ca",
        "coordination.joined us",
        "coordination.joined uk",
    ]
    assert {one.key for one in told.of(US).members} == {key("ca", "a~0"), key("ca", "b"), US, UK}
    assert told.clusters[told.of(key("ca", "a")).id] == (key("ca", "a"),)


def test_an_id_used_again_is_another_party_and_the_first_stays() -> None:
    """An id that is used again is another party and the first one stays where it was."""
    lists, told = Lists(), Told()
    lists.baseline(record("us", listed=-9), record("uk"))
    lists.delist(record("us"), 2, basis="id_reused")
    lists.designate(another("us", listed=2), 2, basis="id_reused")
    lists.designate(another("uk", 2, listed=3), 3)
    told.read(lists.changes[:2])
    kept = told.of(US).id
    told.restart()
    events = told.read(lists.changes[2:])
    assert said(events) == ["target.linked", "coordination.started", "coordination.joined us", "coordination.joined uk"]
    assert told.clusters == {
        kept: (UK, f"{US}~0"),
        target_id(US, 1): (key("uk", 2), US),
    }
    assert told.of(UK).founder == f"{US}~0"


def test_a_record_too_large_keeps_its_earlier_version_and_says_so() -> None:
    """A record left out for its size keeps its earlier version and says so."""
    lists, told = Lists(), Told()
    lists.baseline(record("us"))
    lists.amend(record("us", titles=("x",)), 1, after=None, elided=("after",))
    lists.designate(record("uk"), 2)
    told.read(lists.changes)
    (target,) = told.targets
    assert target.members[1].stale
    assert target.members[1].profile.identifiers[0] == passport("7001234567")
    assert told.events[0].explanation.endswith(
        "The latest version of us_ofac_sdn:1 was too large to be read here; an earlier one stands."
    )


def test_rows_of_another_version_of_linking_are_put_right_in_silence() -> None:
    lists, told = Lists(), Told()
    lists.designate(record("us"), 0)
    told.read(lists.changes)
    apart = dict(told.rows)
    lists.designate(record("uk"), 0.1)
    only_uk = Told()
    only_uk.read(lists.changes[1:])
    told.state = replace(told.state, cursor={**told.state.cursor, **only_uk.state.cursor}, targets=2)
    told.rows = {**apart, **only_uk.rows}
    told.restart()
    assert told.draft(when(3)) == []
    assert len(told.targets) == 1


def test_an_id_that_was_told_stays_when_a_more_senior_record_joins() -> None:
    lists, told = Lists(), Told()
    lists.designate(record("us", listed=0), 0)
    lists.designate(record("uk", listed=1), 1)
    lists.designate(record("eu", listed=-300), 2)
    told.read(lists.changes[:2])
    first = told.of(US).id
    told.read(lists.changes[2:])
    assert {one.target for one in told.events} == {first} == {target_id(US)}
    assert (told.of(EU).id, told.of(EU).founder) == (first, US)


def _two_told() -> tuple[Lists, Told]:
    """Two targets of two records each; the first that was told is the less senior."""
    lists, told = Lists(), Told()
    lists.designate(record("us", listed=0), 0)
    lists.designate(record("uk", listed=0), 1)
    lists.designate(another("eu", listed=-50), 2)
    lists.designate(another("ca", listed=-50), 3)
    told.read(lists.changes)
    assert {one.target for one in told.events} == {target_id(UK), target_id(key("ca", 1))}
    return lists, told


def test_of_two_told_ids_the_first_stays_and_the_other_is_formerly() -> None:
    """Of two told ids the one told first stays and the other is kept in formerly."""
    _, told = _two_told()
    told.coordinator.decide(decision(UK, EU, "confirmed"))
    told.draft(when(5))
    (target,) = told.targets
    assert (target.id, target.formerly) == (target_id(UK), (target_id(key("ca", 1)),))


def test_parts_of_a_target_have_the_ids_back_that_were_told_of_them() -> None:
    _, told = _two_told()
    told.coordinator.decide(decision(UK, EU, "confirmed"))
    told.draft(when(5))
    told.restart()
    told.coordinator.decide(decision(UK, EU, "forbidden", 6))
    told.draft(when(6))
    assert told.clusters == {target_id(UK): (UK, US), target_id(key("ca", 1)): (key("ca", 1), EU)}
    assert [one.formerly for one in told.targets] == [(), ()]

"""What the coordinator says of invented histories of several lists, event by event."""

import pytest

from syncd.core.coordination.announcements import ANNOUNCED_MAX
from syncd.core.coordination.target import LinkDecision
from syncd.core.model import Name, Relation, Vessel
from syncd.errors import LedgerError, SignalRefused
from tests.core.histories import Lists, Told, date, key, passport, record, replace, said, when

USUAL = Name(full="Zoltan Quandrik Ulmberg", kind="primary")
OTHER = Name(full="Fenella Oxtoby Marrowgate", kind="primary")
A = ["coordination.started", "coordination.joined us", "coordination.joined uk"]


def coordinated() -> tuple[Lists, Told]:
    """The US and, a day later, the UK designate one target."""
    lists, told = Lists(), Told()
    lists.designate(record("us"), 0.1)
    lists.designate(record("uk", listed=1), 1.1)
    told.read(lists.changes)
    return lists, told


def test_two_live_designations_within_the_window_are_a_coordination() -> None:
    _, told = coordinated()
    assert said(told.events) == ["target.linked", *A]
    started = told.events[1]
    assert [(one.authority, one.key) for one in started.participations] == [("us", key("us", 1)), ("uk", key("uk", 1))]
    assert (started.alliance, started.missing) == ("g7", ("eu", "ca", "jp"))
    assert started.explanation == (
        "The United Kingdom and the United States designated “Zoltan Quandrik Ulmberg” within 7 days of each other: "
        "The United States (us_ofac_sdn:1, 2026-03-02); The United Kingdom (uk_sl:1, 2026-03-03)."
    )


def test_dates_of_listing_decide_and_not_the_times_of_commits() -> None:
    lists, told = Lists(), Told()
    lists.designate(record("us", listed=0), 0.1)
    lists.designate(record("uk", listed=9), 1.1)
    assert said(told.read(lists.changes)) == ["target.linked"]


def test_all_baselines_say_nothing_and_one_target_holds_their_records() -> None:
    lists, told = Lists(), Told()
    for authority in ("us", "uk", "eu", "ca", "jp", "un"):
        lists.baseline(record(authority))
    assert told.read(lists.changes) == []
    assert len(told.targets) == 1


@pytest.mark.parametrize(
    "silent", [{"cause": "resync"}, {"cause": "reparse", "origin": "parser"}, {"origin": "format"}], ids=str
)
def test_what_is_no_act_of_the_publisher_is_silent(silent: dict[str, str]) -> None:
    lists, told = Lists(), Told()
    lists.designate(record("us"), 0.1)
    lists.designate(record("uk"), 0.2, **silent)
    assert told.read(lists.changes) == []
    assert len(told.targets) == 1


def test_further_authorities_join_until_an_alliance_is_complete() -> None:
    """Each further authority joins and the last of an alliance completes it."""
    lists, told = coordinated()
    lists.designate(record("us", 2, listed=1), 1.2)
    lists.designate(record("eu", listed=2), 2.1)
    lists.designate(record("ca", listed=3), 3.1)
    lists.designate(record("jp", listed=40), 40.1)
    assert said(told.read(lists.changes[2:])) == [
        "target.linked",
        "target.linked",
        "coordination.joined eu",
        "target.linked",
        "coordination.joined ca",
        "coordination.gap jp",
        "target.linked",
        "coordination.completed jp",
    ]


def test_a_gap_is_said_once_when_its_deadline_has_passed() -> None:
    lists, told = coordinated()
    assert told.coordinator.next_due() == when(11.1)
    assert told.draft(when(11)) == []
    gaps = told.draft(when(11.1))
    assert said(gaps) == ["coordination.gap ca", "coordination.gap eu", "coordination.gap jp"]
    assert {one.deadline for one in gaps} == {when(11.1)}
    assert told.draft(when(20)) == []
    assert told.coordinator.next_due() is None
    lists.designate(record("eu", listed=12), 12.1)
    assert said(told.read(lists.changes[2:])) == ["target.linked"]


def test_who_listed_the_target_long_before_is_not_missing() -> None:
    lists, told = Lists(), Told()
    lists.baseline(record("eu", listed=-900))
    lists.designate(record("us"), 0.1)
    lists.designate(record("uk"), 0.2)
    told.read(lists.changes)
    assert told.events[2].missing == ("ca", "jp")
    assert said(told.draft(when(11))) == ["coordination.gap ca", "coordination.gap jp"]


def test_a_change_that_does_not_follow_is_refused() -> None:
    lists, told = coordinated()
    with pytest.raises(LedgerError, match="change 1 does not follow 1"):
        told.coordinator.take(lists.changes[0])


def test_a_decision_on_a_record_that_nobody_knows_is_refused() -> None:
    _, told = coordinated()
    decision = LinkDecision(a=key("uk", 1), b=key("uk", 7), verdict="confirmed", by="a", why="b", at=when(2))
    with pytest.raises(SignalRefused, match="uk_sl:7"):
        told.coordinator.decide(decision)


def test_with_nothing_to_write_there_is_no_draft() -> None:
    _, told = coordinated()
    assert told.draft(when(3)) == []
    assert said(told.events) == ["target.linked", *A]


def test_whoever_delists_while_others_keep_it_diverges() -> None:
    lists, told = coordinated()
    lists.designate(record("us", 2, listed=2), 2)
    lists.delist(record("us", 1), 3)
    lists.delist(record("us", 2), 4)
    events = told.read(lists.changes[2:])
    assert said(events) == ["target.linked", "coordination.diverged us"]
    assert events[-1].explanation == (
        "The United States no longer lists “Zoltan Quandrik Ulmberg” (us_ofac_sdn:2); "
        "the United Kingdom keeps it listed (uk_sl:1, since 2026-03-03)."
    )
    assert events[-1].participations[0].key == key("uk", 1)


def test_the_last_to_delist_diverges_from_nobody() -> None:
    lists, told = coordinated()
    lists.delist(record("us"), 3)
    lists.delist(record("uk"), 4)
    assert said(told.read(lists.changes[2:])) == ["coordination.diverged us"]


@pytest.mark.parametrize("silent", [{"cause": "resync"}, {"origin": "parser"}, {"basis": "id_reused"}], ids=str)
def test_a_delisting_that_is_none_diverges_from_nobody(silent: dict[str, str]) -> None:
    lists, told = coordinated()
    lists.delist(record("us"), 3, **silent)
    assert told.read(lists.changes[2:]) == []


def test_a_listing_released_by_a_person_is_the_publishers_act() -> None:
    lists, told = Lists(), Told()
    lists.designate(record("us"), 0.1, cause="release")
    lists.designate(record("uk"), 0.2)
    assert said(told.read(lists.changes)) == ["target.linked", *A]


def test_the_un_counts_as_an_authority_and_is_in_no_alliance() -> None:
    lists, told = Lists(), Told()
    lists.designate(record("us"), 0.1)
    lists.designate(record("un"), 0.2)
    assert said(told.read(lists.changes))[1:] == [
        "coordination.started",
        "coordination.joined us",
        "coordination.joined un",
    ]
    assert told.coordinator.next_due() is None


def test_two_lists_of_one_authority_are_no_coordination() -> None:
    lists, told = Lists(), Told()
    lists.designate(record("us"), 0.1)
    lists.designate(record("us_bis_el"), 0.2)
    assert said(told.read(lists.changes)) == ["target.linked"]


def test_no_gap_where_the_table_of_regimes_does_not_cover_the_programme() -> None:
    lists, told = Lists(), Told()
    for authority, programme in (("us", "SDGT"), ("uk", "Counter-Terrorism (International)")):
        listing = replace(record(authority).listings[0], programmes=(programme,))
        lists.designate(record(authority, listings=(listing,)), 0.1)
    told.read(lists.changes)
    assert told.events[1].missing == ()
    assert told.coordinator.next_due() is None


def test_no_gap_in_an_action_that_was_taken_back_before_its_deadline() -> None:
    lists, told = coordinated()
    lists.delist(record("us"), 3)
    told.read(lists.changes[2:])
    assert told.draft(when(20)) == []
    assert told.coordinator.next_due() is None


def test_who_listed_it_in_time_and_took_it_back_is_not_missing() -> None:
    lists, told = coordinated()
    lists.designate(record("eu", listed=3), 3)
    lists.delist(record("eu"), 5)
    told.read(lists.changes[2:])
    assert said(told.draft(when(20))) == ["coordination.gap ca", "coordination.gap jp"]


def test_a_gap_is_said_though_the_missing_one_came_before_anybody_looked() -> None:
    lists, told = coordinated()
    lists.designate(record("eu", listed=12), 12)
    assert said(told.read(lists.changes[2:])) == [
        "coordination.gap ca",
        "coordination.gap eu",
        "coordination.gap jp",
        "target.linked",
    ]


def test_listed_again_years_later_by_both_is_another_coordination() -> None:
    lists, told = coordinated()
    for authority in ("us", "uk"):
        lists.delist(record(authority), 300)
        lists.relist(record(authority, listed=800), 800)
    events = [one for one in said(told.read(lists.changes[2:])) if "gap" not in one]
    assert sorted(events) == sorted(["coordination.diverged uk", *A])
    started = [one for one in told.events if one.type == "coordination.started"]
    assert len({one.id for one in started}) == 2
    assert len(told.of(key("us", 1)).coordinations) == 2


def test_a_relisting_under_the_old_date_counts_when_it_was_seen() -> None:
    """A relisting under the old date counts by the day on which it was seen."""
    lists, told = coordinated()
    for authority, day in (("us", 800), ("uk", 803)):
        lists.delist(record(authority), day - 100)
        lists.relist(record(authority, listed=0), day)
    told.read(lists.changes[2:])
    assert [one.listed_on for one in told.of(key("us", 1)).coordinations[1].participations] == [date(800), date(803)]


def test_an_identifier_that_the_others_do_not_have_is_an_asymmetry() -> None:
    lists, told = coordinated()
    lists.amend(record("us", 1, "7001234567", "7009876543"), 2)
    (event,) = told.read(lists.changes[2:])
    assert (event.type, event.authority, event.members) == ("target.asymmetry", "us", (key("uk", 1),))
    assert event.facts == ("identifiers: passport 7009876543 (RU)",)
    assert event.explanation == (
        "The United States now states of “Zoltan Quandrik Ulmberg” (us_ofac_sdn:1) what the United Kingdom (uk_sl:1) "
        "does not: identifiers: passport 7009876543 (RU)."
    )


def test_a_relation_or_a_vessel_that_the_others_do_not_have_is_an_asymmetry() -> None:
    lists, told = coordinated()
    owned = Relation(type="owner or controller of", name="Invented Shipping")
    lists.amend(record("us", relations=(owned,), vessel=Vessel(flags=("KM",))), 2)
    (event,) = told.read(lists.changes[2:])
    assert event.facts == ("relations: owner or controller of Invented Shipping", "vessel.flags: KM")


def test_what_the_others_state_in_their_own_way_is_no_asymmetry() -> None:
    lists, told = Lists(), Told()
    partner = {"names": (Name(full="Invented Shipping", kind="primary"),), "kind": "organisation", "birth_dates": ()}
    lists.baseline(record("us", 7, "r1", **partner), record("uk", 8, "r2", **partner))
    lists.designate(record("us"), 0.1)
    by_name = Relation(type="subsidiary", name="INVENTED  SHIPPING")
    lists.designate(record("uk", relations=(by_name,), identifiers=(passport("7001234567"), passport("55-66"))), 0.2)
    told.read(lists.changes)
    by_key = Relation(type="owns", key=key("us", 7))
    lists.amend(record("us", 1, "7001234567", "5566", relations=(by_key,)), 2)
    assert told.read(lists.changes[-1:]) == []


@pytest.mark.parametrize(
    "silent", [{"material": False}, {"origin": "parser", "cause": "reparse"}, {"origin": "format"}], ids=str
)
def test_an_amendment_that_is_no_act_or_not_material_states_nothing(silent: dict[str, object]) -> None:
    lists, told = coordinated()
    lists.amend(record("us", 1, "7001234567", "7009876543"), 2, **silent)
    assert told.read(lists.changes[2:]) == []


def test_an_asymmetry_needs_another_authority_that_lists_the_target_now() -> None:
    lists, told = coordinated()
    lists.delist(record("uk"), 2)
    lists.amend(record("us", 1, "7001234567", "7009876543"), 3)
    assert said(told.read(lists.changes[2:])) == ["coordination.diverged uk"]


def test_a_baseline_read_late_starts_what_was_committed_after_it() -> None:
    """The EU's entry ties the other two together; in order of commit it would have been there before them."""
    lists, told = Lists(), Told()
    lists.designate(record("us"), 1)
    lists.designate(record("uk", 1, "88123", names=(OTHER,), birth_dates=()), 2)
    assert told.read(lists.changes) == []
    lists.baseline(record("eu", 1, "7001234567", "88123", names=(USUAL, OTHER), birth_dates=()), day=-3)
    assert [one for one in said(told.read(lists.changes[2:], day=3)) if "linked" not in one] == A


def test_a_baseline_that_comes_afterwards_starts_nothing() -> None:
    lists, told = Lists(), Told()
    lists.designate(record("us"), 1)
    lists.designate(record("uk", 1, "88123", names=(OTHER,), birth_dates=()), 2)
    lists.baseline(record("eu", 1, "7001234567", "88123", names=(USUAL, OTHER), birth_dates=()), day=3)
    assert told.read(lists.changes) == []
    assert len(told.targets) == 1


def test_what_was_announced_stays_bounded() -> None:
    lists, told = coordinated()
    for turn in range(ANNOUNCED_MAX):
        lists.amend(record("us", 1, "7001234567", f"900{turn}"), 3 + turn / 1000)
    told.read(lists.changes[2:])
    target = told.of(key("us", 1))
    assert len(target.announced) == ANNOUNCED_MAX
    assert len({one.id for one in told.events}) == len(told.events)

"""What the coordinator says of invented histories of several lists, event by event."""

import pytest

from syncd.core.target import LinkDecision
from syncd.errors import LedgerError, SignalRefused
from tests.core.histories import Lists, Told, key, record, said, when

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


def test_each_further_authority_joins_and_the_last_of_an_alliance_completes_it() -> None:
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

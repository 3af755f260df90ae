"""What is said of notices: once each, in any order of page and list, and never of what no list shows."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from syncd.core.events import Change
from syncd.core.notices.board import GIVEN_UP_AFTER, KEPT_AFTER, LOOKBACK, Unannounced
from syncd.core.notices.notice import notice_event_id
from tests.notices.invented import CHANNEL, EARLIER, LIST, RULES, Told, act, after, change, party, record

KORVIN = act("20290312", party("KORVIN, Aldo Marek", "THE RAVEN"))


def listed(at_hours: float, sequence: int = 7, name: str = "Aldo Marek Korvin") -> Change:
    return change(sequence, "designated", None, record(f"{LIST}:{sequence}", name), after(at_hours))


def test_the_first_reading_of_a_channel_says_nothing() -> None:
    told = Told()
    assert told.events == []
    assert told.state.channels[CHANNEL].seen.keys() == {EARLIER.id}


def test_what_is_in_law_is_noticed_linked_and_settled() -> None:
    told = Told()
    assert told.shows(after(0), EARLIER, KORVIN) == ["noticed"]
    assert told.takes(after(1), listed(1)) == ["linked", "settled"]
    linked = told.events[1]
    assert [(one.key, one.by, one.grade) for one in linked.links] == [(f"{LIST}:7", "name", "certain")]
    assert told.events[2].notice.outcome == "enacted"
    assert [one.sequence for one in told.events] == [1, 2, 3]


def test_a_list_that_came_first_is_linked_when_the_page_follows() -> None:
    told = Told()
    assert told.takes(after(-30), listed(-30)) == []
    assert told.shows(after(0), KORVIN) == ["noticed", "linked", "settled"]


def test_a_restart_between_list_and_page_loses_nothing() -> None:
    told, first = Told(), listed(-30)
    told.takes(after(-30), first)
    told.restart([first])
    assert told.shows(after(0), KORVIN) == ["noticed", "linked", "settled"]


def test_what_was_said_is_not_said_again_after_a_restart() -> None:
    told, one = Told(), listed(1)
    told.shows(after(0), KORVIN)
    told.takes(after(1), one)
    told.restart([one])
    assert told.draft(after(1.1)) == []
    assert told.shows(after(1.2), EARLIER, KORVIN) == []


def test_each_step_of_being_overdue_is_said_once() -> None:
    told = Told()
    told.shows(after(0), KORVIN)
    assert told.draft(after(3.9)) == []
    assert told.draft(after(4.1)) == ["overdue 4 h"]
    assert told.draft(after(5)) == []
    told.restart()
    assert told.draft(after(24.1)) == ["overdue 24 h"]
    assert told.draft(after(500)) == []


def test_of_steps_that_passed_together_the_last_is_said() -> None:
    told = Told()
    told.shows(after(0), KORVIN)
    assert told.draft(after(30)) == ["overdue 24 h"]


def test_a_day_that_an_act_bears_is_over_before_a_list_is_late() -> None:
    told = Told()
    told.shows(after(0), replace(KORVIN, published="2029-03-12"))
    assert told.board.next_due() == after(4)
    told = Told()
    assert told.shows(after(0), replace(KORVIN, published="2029-03-11")) == ["noticed", "overdue 4 h"]
    assert told.board.next_due() == after(-14 + 24)


@pytest.mark.parametrize(("expects", "said"), [("never", []), ("may", ["settled"])])
def test_what_may_or_will_never_be_listed_is_never_overdue(expects: str, said: list[str]) -> None:
    told = Told()
    assert told.shows(after(0), replace(KORVIN, expects=expects)) == ["noticed"]
    assert told.draft(after(5)) == []
    assert told.draft(after(25)) == said
    assert told.draft(after(500)) == []
    (notice,) = told.board.notices.values()
    assert notice.outcome == ("unproven" if said else "not_listed")


def test_a_changed_page_is_a_revision_and_no_second_notice() -> None:
    told = Told()
    told.shows(after(0), KORVIN)
    more = replace(KORVIN, parties=(*KORVIN.parties, party("VELL, Tamsin")))
    assert told.shows(after(1), more) == ["revised"]
    assert told.takes(after(2), listed(2)) == ["linked"]
    assert told.takes(after(3), listed(3, 8, "Tamsin VELL")) == ["linked", "settled"]
    (notice,) = told.board.notices.values()
    assert (notice.revision, len(notice.links)) == (2, 2)


def test_a_page_revised_after_its_end_is_open_again() -> None:
    told = Told()
    told.shows(after(0), KORVIN)
    told.takes(after(1), listed(1))
    assert told.shows(after(2), replace(KORVIN, parties=(*KORVIN.parties, party("VELL, Tamsin")))) == ["revised"]
    assert told.events[-1].notice.state == "open"


def test_a_page_that_vanishes_says_nothing() -> None:
    told = Told()
    told.shows(after(0), EARLIER, KORVIN)
    assert told.shows(after(1)) == []
    assert [one.state for one in told.board.notices.values()] == ["open"]
    assert told.shows(after(2), EARLIER, KORVIN) == []


def test_a_flood_of_items_is_a_baseline_and_no_alarm() -> None:
    told = Told()
    flood = [act(f"2029{number:04d}", party(f"NAME {number}")) for number in range(RULES.flood + 1)]
    reading = told.board.read(CHANNEL, flood, after(0))
    assert (reading.noticed, reading.passed_over, reading.why) == (0, len(flood), "flood")
    assert told.draft(after(0)) == []
    assert told.shows(after(1), *flood) == []


def test_an_item_that_is_old_when_first_seen_is_no_news() -> None:
    told = Told()
    old = replace(KORVIN, published="2029-01-01")
    reading = told.board.read(CHANNEL, [old, act("20290313", party("VELL, Tamsin"))], after(0))
    assert (reading.noticed, reading.passed_over, reading.why) == (1, 1, "old")
    assert told.draft(after(0)) == ["noticed"]


def test_a_notice_is_kept_for_a_month_after_its_end() -> None:
    told = Told()
    told.shows(after(0), KORVIN)
    told.takes(after(1), listed(1))
    told.draft(after(1) + KEPT_AFTER)
    assert len(told.rows) == 1
    told.draft(after(2) + KEPT_AFTER)
    assert told.rows == {} and told.state.live == 0
    assert told.shows(after(3) + KEPT_AFTER, KORVIN) == []
    assert told.shows(after(4) + KEPT_AFTER, replace(KORVIN, title="Revised")) == ["revised"]


def test_what_nothing_follows_is_given_up_in_the_end() -> None:
    told = Told()
    told.shows(after(0), KORVIN)
    told.draft(after(30))
    assert told.draft(after(0) + GIVEN_UP_AFTER + timedelta(hours=1)) == ["settled"]
    assert told.events[-1].notice.outcome == "nothing_followed"


def test_a_commit_that_nobody_announced_is_told_after_two_days() -> None:
    told = Told()
    told.shows(after(0), KORVIN)
    told.board.take([listed(1), replace(listed(1, 8, "Tamsin Vell"), commit=3)])
    assert told.board.forget(after(1) + LOOKBACK) == []
    assert told.board.forget(after(2) + LOOKBACK) == [Unannounced(feed=LIST, commit=3, designations=1)]
    assert told.board.forget(after(3) + LOOKBACK) == []


def test_the_cursor_stands_before_what_may_still_be_announced() -> None:
    told = Told()
    told.takes(after(1), listed(1, 7), listed(1, 8, "Tamsin Vell"))
    assert told.state.cursor == {LIST: 6}
    told.draft(after(2) + LOOKBACK)
    assert told.state.cursor == {LIST: 8}


@pytest.mark.parametrize("cut", range(5))
def test_it_does_not_matter_how_page_and_list_are_cut(cut: int) -> None:
    """The notices are the same, whichever of the changes came before the page."""
    changes = [listed(1, number, name) for number, name in enumerate(("Aldo Marek Korvin", "X", "Tamsin Vell", "Y"), 1)]
    told = Told()
    whole = replace(KORVIN, parties=(*KORVIN.parties, party("VELL, Tamsin")))
    told.takes(after(1), *changes[:cut])
    told.shows(after(1), whole)
    told.takes(after(1), *changes[cut:])
    (notice,) = told.board.notices.values()
    assert {one.key for one in notice.links} == {f"{LIST}:1", f"{LIST}:3"}
    assert notice.outcome == "enacted"


def test_a_commit_that_is_drafted_again_has_the_same_ids() -> None:
    def drafted() -> list[str]:
        told = Told()
        told.shows(after(0), KORVIN)
        told.takes(after(1), listed(1))
        return [notice_event_id(one) for one in told.events]

    first = drafted()
    assert first == drafted()
    assert len(set(first)) == len(first) == 3


def test_times_of_commits_never_go_back() -> None:
    told = Told()
    told.shows(after(5), KORVIN)
    told.shows(after(1), KORVIN, act("20290313"))
    assert [one.committed_at for one in told.events] == sorted(one.committed_at for one in told.events)
    assert told.state.committed_at >= told.events[0].committed_at


def test_a_reader_that_reads_differently_revises_nothing() -> None:
    """An upgrade is no act of an authority; what changes after it is told again."""
    told = Told()
    told.shows(after(0), KORVIN)
    told.rules = replace(told.rules, reader_version=told.rules.reader_version + 1)
    told.restart()
    read_anew = replace(KORVIN, title="As the new version reads it")
    assert told.shows(after(1), read_anew) == []
    assert told.shows(after(2), read_anew) == []
    assert told.shows(after(3), replace(KORVIN, title="As the authority changed it")) == ["revised"]

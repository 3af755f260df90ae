"""What gates say, and the age of documents: announced is not available, caches flap, publications are overwritten."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from syncd.feeds.contract import Gate, GateAnswer, Published
from syncd.intake.freshness import (
    AnnouncedVersion,
    Silences,
    Staleness,
    is_older,
    missed,
    newest_publication,
    was_put_back,
)

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def test_what_was_announced_is_asked_for_after_0_1_4_9_minutes() -> None:
    announcement = AnnouncedVersion()
    asked = []
    for minute in range(30):
        if announcement.is_worth_fetching("new", at(minute)):
            asked.append(minute)
            assert not announcement.was_not_shown("new", at(minute))
    assert asked == [0, 1, 4, 9, 16, 25]


def test_an_announcement_that_shows_nothing_for_an_hour_is_settled() -> None:
    announcement = AnnouncedVersion()
    assert not announcement.was_not_shown("new", at(0))
    assert not announcement.was_not_shown("new", at(59))
    assert announcement.was_not_shown("new", at(60))


def test_another_announcement_has_an_hour_of_its_own() -> None:
    """Another announcement is asked for at once and has an hour of its own."""
    announcement = AnnouncedVersion()
    announcement.was_not_shown("new", at(0))
    announcement.was_not_shown("new", at(1))
    assert not announcement.is_worth_fetching("new", at(3))
    assert announcement.is_worth_fetching("newer", at(3))
    assert not announcement.was_not_shown("newer", at(61))
    assert not announcement.was_not_shown("newer", at(120))
    assert announcement.was_not_shown("newer", at(121))


def test_a_restless_gate_is_believed_at_once_three_times() -> None:
    """A gate that says something else each time is believed at once three times."""
    announcement = AnnouncedVersion()
    asked = []
    for minute in range(200):
        if announcement.is_worth_fetching(f"{minute}", at(minute)):
            asked.append(minute)
            announcement.was_not_shown(f"{minute}", at(minute))
    gaps = [later - earlier for earlier, later in itertools.pairwise(asked)]
    assert gaps[:8] == [1, 1, 1, 1, 4, 9, 16, 25]
    assert max(gaps) <= 60


def test_announcements_of_other_lists_hours_apart_cost_no_belief() -> None:
    announcement = AnnouncedVersion()
    for number in range(10):
        start = 200 * number
        assert announcement.is_worth_fetching(f"{number}", at(start))
        assert not announcement.was_not_shown(f"{number}", at(start))
        assert announcement.was_not_shown(f"{number}", at(start + 64))


def test_a_gate_that_does_not_answer_is_left_alone_unless_it_is_the_last() -> None:
    silences = Silences()
    gates = tuple(Gate(url="", read=lambda _, __: GateAnswer(token=""), name=name) for name in ("", "sum"))
    assert [silences.failed("sum", at(0), None), silences.failed("sum", at(1), None)] == [True, False]
    assert [gate.name for gate in silences.to_ask(gates, at(4.9))] == [""]
    assert len(silences.to_ask(gates, at(5))) == 2
    assert silences.to_ask(gates[1:], at(2)) == [gates[1]]
    assert len(silences.to_ask(gates, at(-60))) == 2, "a clock that was ahead is not waited for"
    silences.failed("sum", at(5), 7200.0)
    assert len(silences.to_ask(gates, at(124))) == 1
    silences.answered("sum")
    assert len(silences.to_ask(gates, at(6))) == 2


def stales(staleness: Staleness, *seen: tuple[float, str]) -> list[bool]:
    return [staleness.is_stale(one, older=False, earlier=("a", "b"), now=at(minute)) for minute, one in seen]


def test_a_document_seen_before_that_comes_alone_is_judged_after_ten_minutes() -> None:
    assert stales(Staleness(), (0, "a"), (5, "a"), (9.9, "a"), (10, "a")) == [True, True, True, False]


def test_documents_seen_before_that_take_turns_are_judged_after_an_hour() -> None:
    seen = [(minute, "ab"[minute % 2]) for minute in range(0, 61, 3)]
    assert stales(Staleness(), *seen) == [True] * 20 + [False]


def test_older_documents_that_are_all_different_are_judged_after_an_hour() -> None:
    staleness = Staleness()
    judged = [not staleness.is_stale(str(one), older=True, earlier=(), now=at(one)) for one in range(62)]
    assert judged == [False] * 60 + [True] * 2


def test_the_document_in_force_ends_the_time_of_older_ones() -> None:
    staleness = Staleness()
    assert stales(staleness, (0, "a"), (9, "a")) == [True, True]
    staleness.saw_current()
    assert staleness.since is None
    assert stales(staleness, (11, "a"), (21, "a")) == [True, False]


def test_a_clock_that_was_ahead_is_not_waited_for() -> None:
    staleness = Staleness()
    assert stales(staleness, (10_000, "a"), (0, "a"), (10, "a")) == [True, True, False]


@pytest.mark.parametrize(
    ("header", "current", "is_later"),
    [
        ("Mon, 02 Mar 2026 09:00:00 GMT", "Mon, 02 Mar 2026 08:59:59 GMT", True),
        ("Mon, 02 Mar 2026 09:00:00 GMT", "Mon, 02 Mar 2026 09:00:00 GMT", False),
        ("Sun, 01 Mar 2026 09:00:00 GMT", "Mon, 02 Mar 2026 08:00:00 GMT", False),
        ("Mon, 02 Mar 10026 09:00:00 GMT", "Mon, 02 Mar 2026 09:00:00 GMT", False),
        ("yesterday", "Mon, 02 Mar 2026 09:00:00 GMT", False),
        (None, "Mon, 02 Mar 2026 09:00:00 GMT", False),
        ("Mon, 02 Mar 2026 09:00:00 GMT", None, False),
    ],
)
def test_a_later_last_modified_proves_that_the_publisher_went_back(
    header: str | None, current: str | None, is_later: bool
) -> None:
    assert was_put_back(header, current) is is_later


def test_an_older_document_is_stale_although_it_was_never_seen() -> None:
    assert Staleness().is_stale("unseen", older=True, earlier=(), now=at(0))


def test_a_new_document_is_never_stale_and_starts_the_hour_of_old_ones_again() -> None:
    staleness = Staleness()
    assert staleness.is_stale("old", older=False, earlier=("old",), now=at(0))
    assert not staleness.is_stale("new", older=False, earlier=("old",), now=at(50))
    assert staleness.is_stale("old", older=False, earlier=("old",), now=at(61))


@pytest.mark.parametrize(
    ("published", "current", "older"),
    [
        ("2026-01-30", "2026-01-31", True),
        ("2026-01-31", "2026-01-31", False),
        ("2026-02-01", "2026-01-31", False),
        ("2026-01-31", "2026-01-31T12:00:00Z", False),
        ("2026-01-30", "2026-01-31T12:00:00Z", True),
        ("2026-01-31T11:59:59Z", "2026-01-31T12:00:00.5Z", True),
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.5Z", False),
        ("2026-01-31T13:59:59+02:00", "2026-01-31T12:00:00Z", True),
        ("2026-01-31T13:00:00+01:00", "2026-01-31T12:00:00Z", False),
        ("2026-02-01T00:30:00+02:00", "2026-01-31T23:00:00Z", True),
        ("2026-01-31T11:00:00Z", "2026-01-31T13:00:00+02:00", False),
        ("2026-01-31T99:00:00Z", "2026-01-31T12:00:00Z", False),
        (None, "2026-01-31", False),
        ("2026-01-31", None, False),
    ],
)
def test_dates_of_publications_compare_as_far_as_both_are_exact(
    published: str | None, current: str | None, older: bool
) -> None:
    assert is_older(published, current) is older


def history(*ids: str) -> GateAnswer:
    return GateAnswer(token=ids[-1] if ids else "", history=tuple(Published(id=one) for one in ids))


def test_publications_between_the_last_one_seen_and_the_newest_were_missed() -> None:
    assert missed(history("1", "2", "3", "4"), "1") == ("2", "3")
    assert missed(history("1", "2"), "1") == ()
    assert missed(history("1", "2"), "2") == ()


def test_a_short_or_absent_history_says_nothing_of_misses() -> None:
    """A history that does not reach back or is not there says nothing of misses."""
    assert missed(history("3", "4"), "1") == ()
    assert missed(history("3", "4"), None) == ()
    assert missed(history(), "1") == ()
    assert missed(None, "1") == ()


def test_the_newest_publication_is_the_last_of_the_history() -> None:
    assert newest_publication(history("1", "2")) == "2"
    assert newest_publication(history()) is None
    assert newest_publication(None) is None

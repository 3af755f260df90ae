"""Which source a feed reads: the next one when the preferred has failed for long enough, and back after an hour."""

from datetime import UTC, datetime, timedelta

from syncd.intake.failover import Preference

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def failing(preference: Preference, minutes: range) -> list[str]:
    """Which source is read after the failure of each minute."""
    read = []
    for minute in minutes:
        preference.failed(at(minute))
        read.append(preference.serving)
    return read


def switched() -> Preference:
    """The second source of two serves since minute 3."""
    preference = Preference(["zip", "xml"])
    preference.served()
    assert failing(preference, range(3))[-1] == "xml"
    assert preference.served() == "zip"
    return preference


def test_three_failures_in_a_row_give_way() -> None:
    preference = Preference(["zip", "xml"])
    assert failing(preference, range(3)) == ["zip", "zip", "xml"]
    assert preference.preferred == "zip"


def test_ten_minutes_of_failure_give_way_before_the_third() -> None:
    preference = Preference(["zip", "xml"])
    preference.failed(at(0))
    assert preference.serving == "zip"
    preference.failed(at(10))
    assert preference.serving == "xml"


def test_a_success_between_failures_starts_the_count_and_the_clock_again() -> None:
    preference = Preference(["zip", "xml"])
    assert failing(preference, range(2)) == ["zip", "zip"]
    assert preference.served() is None
    assert failing(preference, range(20, 23)) == ["zip", "zip", "xml"]


def test_a_source_without_another_keeps_serving() -> None:
    preference = Preference(["zip"])
    assert set(failing(preference, range(100))) == {"zip"}
    assert not preference.is_searching
    assert not preference.is_trial_due(at(100))


def test_while_none_serves_each_is_tried_in_turn_the_best_first() -> None:
    preference = Preference(["a", "b", "c"])
    assert failing(preference, range(9)) == ["a", "a", "b", "c", "a", "b", "c", "a", "b"]


def test_a_fallback_that_fails_gives_way_to_the_best_first() -> None:
    preference = Preference(["a", "b", "c"])
    preference.served()
    failing(preference, range(4))
    assert (preference.serving, preference.served()) == ("c", "a")
    assert failing(preference, range(10, 15)) == ["c", "c", "a", "b", "a"]


def test_nothing_is_said_to_serve_before_it_does() -> None:
    preference = Preference(["a", "b", "c"])
    preference.served()
    failing(preference, range(5))
    assert preference.serving == "a"
    assert preference.served() is None


def test_a_source_that_asked_to_be_left_alone_is_passed_over() -> None:
    preference = Preference(["a", "b", "c"])
    failing(preference, range(2))
    preference.failed(at(2), leave_alone_seconds=600)
    assert [preference.serving, *failing(preference, range(3, 7))] == ["b", "c", "b", "c", "b"]
    assert failing(preference, range(12, 15)) == ["c", "a", "b"]


def test_when_all_sources_wait_the_first_to_be_due_is_waited_for() -> None:
    """When all asked to be left alone the first to be asked again is waited for."""
    preference = Preference(["a", "b"])
    failing(preference, range(2))
    preference.failed(at(2), leave_alone_seconds=600)
    preference.failed(at(3), leave_alone_seconds=60)
    assert (preference.serving, preference.wait_seconds(at(3))) == ("b", 60)


def test_who_asks_at_once_gets_the_best_source_first() -> None:
    preference = Preference(["a", "b", "c"])
    failing(preference, range(4))
    assert preference.serving == "c"
    preference.start_again()
    assert preference.serving == "a"


def test_an_hour_of_health_brings_the_preferred_source_back() -> None:
    preference = switched()
    trials = [preference.tried(at(minute), well=True) for minute in range(5, 66, 5)]
    assert trials == [False] * 12 + [True]
    assert preference.serving == "zip"
    assert not preference.is_trial_due(at(66))


def test_one_bad_trial_starts_the_hour_again() -> None:
    preference = switched()
    assert not preference.tried(at(5), well=True)
    assert not preference.tried(at(60), well=False)
    assert not preference.tried(at(65), well=True)
    assert not preference.tried(at(124), well=True)
    assert preference.tried(at(125), well=True)


def test_the_preferred_source_is_tried_again_every_five_minutes() -> None:
    """The preferred source is tried every five minutes and only while another serves."""
    assert not Preference(["zip", "xml"]).is_trial_due(at(0))
    preference = switched()
    assert preference.is_trial_due(at(3))
    preference.tried(at(3), well=False)
    assert not preference.is_trial_due(at(7.9))
    assert preference.is_trial_due(at(8))

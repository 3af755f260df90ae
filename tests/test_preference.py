"""Which source a feed reads: the next one when the preferred has failed for long enough, and back after an hour."""

from datetime import UTC, datetime, timedelta

from syncd.preference import Preference

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def switched() -> Preference:
    """The second source of two serves since minute 2."""
    preference = Preference(["zip", "xml"])
    for minute in range(3):
        preference.failed(at(minute))
    assert preference.serving == "xml"
    return preference


def test_three_failures_in_a_row_switch() -> None:
    preference = Preference(["zip", "xml"])
    assert [preference.failed(at(minute)) for minute in range(3)] == [False, False, True]
    assert (preference.serving, preference.preferred) == ("xml", "zip")


def test_ten_minutes_of_failure_switch_before_the_third() -> None:
    preference = Preference(["zip", "xml"])
    assert not preference.failed(at(0))
    assert preference.failed(at(10))


def test_a_success_between_failures_starts_the_count_and_the_clock_again() -> None:
    preference = Preference(["zip", "xml"])
    for minute in (0, 1):
        assert not preference.failed(at(minute))
    preference.served()
    assert [preference.failed(at(minute)) for minute in (20, 21, 22)] == [False, False, True]


def test_a_source_without_another_keeps_serving() -> None:
    preference = Preference(["zip"])
    assert not any(preference.failed(at(minute)) for minute in range(100))
    assert preference.serving == "zip"
    assert not preference.is_trial_due(at(100))


def test_the_last_source_gives_way_to_the_first() -> None:
    preference = Preference(["a", "b", "c"])
    serving = []
    for minute in range(9):
        preference.failed(at(minute))
        serving.append(preference.serving)
    assert serving == ["a", "a", "b", "b", "b", "c", "c", "c", "a"]


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


def test_the_preferred_source_is_tried_every_five_minutes_and_only_while_another_serves() -> None:
    assert not Preference(["zip", "xml"]).is_trial_due(at(0))
    preference = switched()
    assert preference.is_trial_due(at(3))
    preference.tried(at(3), well=False)
    assert not preference.is_trial_due(at(7.9))
    assert preference.is_trial_due(at(8))

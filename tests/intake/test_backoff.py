"""When a feed is asked again."""

import pytest

from syncd.intake.backoff import chance, seconds_until_next


def test_polls_spread_by_a_tenth_around_the_pace() -> None:
    waits = [seconds_until_next(60, 0, None, luck) for luck in (0.0, 0.5, 1.0)]
    assert waits == pytest.approx([54, 60, 66])
    assert 0 <= chance() <= 1


def test_each_failure_after_the_first_doubles_the_wait() -> None:
    """One failure is tried again at the pace and each further one doubles the wait."""
    assert [seconds_until_next(60, failures, None, 0.5) for failures in range(7)] == [60, 60, 120, 240, 480, 900, 900]


def test_back_off_ends_at_a_quarter_of_an_hour_however_long_it_fails() -> None:
    assert seconds_until_next(60, 10**6, None, 0.5) == 900


def test_a_slow_feed_never_comes_faster_because_it_fails() -> None:
    assert seconds_until_next(3600, 5, None, 0.5) == 3600


def test_a_publishers_retry_after_is_honoured_up_to_an_hour() -> None:
    assert seconds_until_next(60, 1, 300, 0.5) == 300
    assert seconds_until_next(60, 1, 10**9, 0.5) == 3600
    assert seconds_until_next(60, 1, 300, 0.0) == 300, "jitter does not shorten what the publisher asked for"


@pytest.mark.parametrize("asked", [0, -5, 1, float("nan")])
def test_a_short_or_odd_retry_after_does_not_hurry_anything(asked: float) -> None:
    assert seconds_until_next(60, 3, asked, 0.5) == 240

"""Which source a feed reads: the next one when the preferred has failed for long enough, and back after an hour."""

from datetime import UTC, datetime, timedelta

from syncd.intake.failover import Failover

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def failing(failover: Failover, minutes: range) -> list[str]:
    """Which source is read after the failure of each minute."""
    read = []
    for minute in minutes:
        failover.failed(at(minute))
        read.append(failover.serving)
    return read


def switched() -> Failover:
    """The second source of two serves since minute 3."""
    failover = Failover(["zip", "xml"])
    failover.served()
    assert failing(failover, range(3))[-1] == "xml"
    assert failover.served() == "zip"
    return failover


def test_three_failures_in_a_row_give_way() -> None:
    failover = Failover(["zip", "xml"])
    assert failing(failover, range(3)) == ["zip", "zip", "xml"]
    assert failover.preferred == "zip"


def test_ten_minutes_of_failure_give_way_before_the_third() -> None:
    failover = Failover(["zip", "xml"])
    failover.failed(at(0))
    assert failover.serving == "zip"
    failover.failed(at(10))
    assert failover.serving == "xml"


def test_a_success_between_failures_starts_the_count_and_the_clock_again() -> None:
    failover = Failover(["zip", "xml"])
    assert failing(failover, range(2)) == ["zip", "zip"]
    assert failover.served() is None
    assert failing(failover, range(20, 23)) == ["zip", "zip", "xml"]


def test_a_source_without_another_keeps_serving() -> None:
    failover = Failover(["zip"])
    assert set(failing(failover, range(100))) == {"zip"}
    assert not failover.is_searching
    assert not failover.is_trial_due(at(100))


def test_while_none_serves_each_is_tried_in_turn_the_best_first() -> None:
    failover = Failover(["a", "b", "c"])
    assert failing(failover, range(9)) == ["a", "a", "b", "c", "a", "b", "c", "a", "b"]


def test_a_fallback_that_fails_gives_way_to_the_best_first() -> None:
    failover = Failover(["a", "b", "c"])
    failover.served()
    failing(failover, range(4))
    assert (failover.serving, failover.served()) == ("c", "a")
    assert failing(failover, range(10, 15)) == ["c", "c", "a", "b", "a"]


def test_nothing_is_said_to_serve_before_it_does() -> None:
    failover = Failover(["a", "b", "c"])
    failover.served()
    failing(failover, range(5))
    assert failover.serving == "a"
    assert failover.served() is None


def test_a_source_that_asked_to_be_left_alone_is_passed_over() -> None:
    failover = Failover(["a", "b", "c"])
    failing(failover, range(2))
    failover.failed(at(2), leave_alone_seconds=600)
    assert [failover.serving, *failing(failover, range(3, 7))] == ["b", "c", "b", "c", "b"]
    assert failing(failover, range(12, 15)) == ["c", "a", "b"]


def test_when_all_sources_wait_the_first_to_be_due_is_waited_for() -> None:
    """When all asked to be left alone the first to be asked again is waited for."""
    failover = Failover(["a", "b"])
    failing(failover, range(2))
    failover.failed(at(2), leave_alone_seconds=600)
    failover.failed(at(3), leave_alone_seconds=60)
    assert (failover.serving, failover.wait_seconds(at(3))) == ("b", 60)


def test_who_asks_at_once_gets_the_best_source_first() -> None:
    failover = Failover(["a", "b", "c"])
    failing(failover, range(4))
    assert failover.serving == "c"
    failover.start_again()
    assert failover.serving == "a"


def test_an_hour_of_health_brings_the_preferred_source_back() -> None:
    failover = switched()
    trials = [failover.tried(at(minute), well=True) for minute in range(5, 66, 5)]
    assert trials == [False] * 12 + [True]
    assert failover.serving == "zip"
    assert not failover.is_trial_due(at(66))


def test_one_bad_trial_starts_the_hour_again() -> None:
    failover = switched()
    assert not failover.tried(at(5), well=True)
    assert not failover.tried(at(60), well=False)
    assert not failover.tried(at(65), well=True)
    assert not failover.tried(at(124), well=True)
    assert failover.tried(at(125), well=True)


def test_the_preferred_source_is_tried_again_every_five_minutes() -> None:
    """The preferred source is tried every five minutes and only while another serves."""
    assert not Failover(["zip", "xml"]).is_trial_due(at(0))
    failover = switched()
    assert failover.is_trial_due(at(3))
    failover.tried(at(3), well=False)
    assert not failover.is_trial_due(at(7.9))
    assert failover.is_trial_due(at(8))

"""What waits longer after each failure, and the same waits wherever it stands."""

import pytest

from syncd.clock import AGAIN_SECONDS, Backoff
from syncd.workers import coordinator


def test_each_failure_in_a_row_is_waited_for_longer_up_to_the_last_wait():
    backoff = Backoff((1.0, 2.0, 5.0))
    assert [backoff.failed() for _ in range(5)] == [1.0, 2.0, 5.0, 5.0, 5.0]
    assert backoff.failures == 5


def test_after_a_reset_the_waits_begin_anew():
    backoff = Backoff((1.0, 2.0))
    assert [backoff.failed(), backoff.failed()] == [1.0, 2.0]
    backoff.reset()
    assert backoff.failures == 0
    assert backoff.failed() == 1.0


@pytest.mark.parametrize(
    ("backoff", "waits"),
    [
        (Backoff(), [1.0, 2.0, 5.0, 10.0, 30.0, 30.0, 30.0]),
        (Backoff(coordinator.AGAIN_SECONDS), [1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 60.0]),
    ],
    ids=["whatever waits for a ledger or a broker", "the coordinator"],
)
def test_the_waits_are_seconds_at_first_and_a_minute_at_most(backoff: Backoff, waits: list[float]):
    assert [backoff.failed() for _ in waits] == waits
    assert backoff.failures > len(AGAIN_SECONDS)

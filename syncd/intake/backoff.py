"""When a feed is polled again: its interval with a little jitter, and back-off while it fails."""

import random

JITTER = 0.1
_RANDOM = random.SystemRandom()
BACKOFF_SECONDS_MAX = 900.0
RETRY_AFTER_SECONDS_MAX = 3600.0
# After a related feed changed, the gate is asked this soon.
NUDGE_SECONDS = 2.0


def seconds_until_next(
    interval_seconds: float, failures: int, retry_after_seconds: float | None, chance: float
) -> float:
    """Seconds to wait before the next poll.

    `failures` are those in a row; each doubles the wait, up to a quarter of an hour, but never below the pace. A
    publisher's Retry-After is honoured up to an hour. `chance` (0 … 1) spreads polls over ± 10 %.
    """
    wait = interval_seconds
    if failures > 1:
        wait = max(interval_seconds, min(interval_seconds * 2.0 ** min(failures - 1, 16), BACKOFF_SECONDS_MAX))
    wait *= 1 + JITTER * (2 * chance - 1)
    if retry_after_seconds is not None:
        wait = max(wait, min(retry_after_seconds, RETRY_AFTER_SECONDS_MAX))
    return wait


def chance() -> float:
    """A random number, 0 … 1, for the jitter."""
    return _RANDOM.random()

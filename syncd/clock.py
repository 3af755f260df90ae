"""The time, and how long to wait after failures.

Whatever stamps or judges a time asks a `Clock`, so that tests and replays have their own.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

# Of what fails because a ledger or a broker is away: soon again, and then twice a minute.
AGAIN_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0)


class Backoff:
    """Counts failures in a row and gives the seconds to wait after each: `waits` in turn, then its last again and
    again."""

    def __init__(self, waits: Sequence[float] = AGAIN_SECONDS) -> None:
        self.failures = 0
        self._waits = tuple(waits)

    def failed(self) -> float:
        """Count a failure; returns the seconds to wait before the next try."""
        self.failures += 1
        return self._waits[min(self.failures, len(self._waits)) - 1]

    def reset(self) -> None:
        """Begin anew: it went well, or long enough."""
        self.failures = 0


class Clock(Protocol):
    """A source of the present time."""

    def now(self) -> datetime:
        """Return the present in UTC."""
        ...


class SystemClock:
    """The clock of the operating system."""

    def now(self) -> datetime:
        """Return the present in UTC."""
        return datetime.now(UTC)


class SetClock:
    """A clock that stands still until it is set or moved. It never goes backwards when it is set."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        """Return the time that was set last."""
        return self._at

    def move_to(self, at: datetime) -> None:
        """Set the clock to `at`; an earlier time than the present one changes nothing."""
        self._at = max(self._at, at)

    def move(self, by: timedelta) -> None:
        """Move the clock on by `by`."""
        self._at += by

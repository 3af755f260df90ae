"""The clocks. Everything that waits or stamps asks a `Clock`, so that tests and replays can set the time."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


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

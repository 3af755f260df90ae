"""Which of its sources a feed reads: the preferred one while it serves, the next when it has failed for long enough.

A source that has failed three polls, or for ten minutes, gives way to the next. While another serves, the preferred
one is tried beside it; an hour of health brings it back. Pure: every question carries its time.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

FAILURES_MAX = 3
FAILING_MAX = timedelta(minutes=10)
HEALTHY_FOR = timedelta(hours=1)
# How often a preferred source that does not serve is tried.
TRIED_EVERY = timedelta(minutes=5)


class Preference:
    """The sources of one feed, best first, and how they have fared."""

    def __init__(self, sources: Sequence[str]) -> None:
        self._sources = tuple(sources)
        self._serving = 0
        self._failures = 0
        self._failing_since: datetime | None = None
        self._healthy_since: datetime | None = None
        self._tried_at: datetime | None = None

    @property
    def serving(self) -> str:
        """The source to read now."""
        return self._sources[self._serving]

    @property
    def preferred(self) -> str:
        return self._sources[0]

    def failed(self, now: datetime) -> bool:
        """The serving source failed. True when another serves from now on."""
        self._failures += 1
        self._failing_since = self._failing_since or now
        lasting = self._failures >= FAILURES_MAX or now - self._failing_since >= FAILING_MAX
        if not lasting or len(self._sources) == 1:
            return False
        self._serve((self._serving + 1) % len(self._sources))
        return True

    def served(self) -> None:
        """The serving source answered as it should."""
        self._failures = 0
        self._failing_since = None

    def is_trial_due(self, now: datetime) -> bool:
        """Whether the preferred source, while another serves, is to be tried."""
        return self._serving != 0 and (self._tried_at is None or now - self._tried_at >= TRIED_EVERY)

    def tried(self, now: datetime, *, well: bool) -> bool:
        """The preferred source was tried beside the serving one. True when it serves again from now on."""
        self._tried_at = now
        if not well:
            self._healthy_since = None
            return False
        self._healthy_since = self._healthy_since or now
        if now - self._healthy_since < HEALTHY_FOR:
            return False
        self._serve(0)
        return True

    def _serve(self, index: int) -> None:
        self._serving = index
        self._failures = 0
        self._failing_since = None
        self._healthy_since = None
        self._tried_at = None

"""Failover between the sources of a feed: the preferred one serves, the next when it has failed for long enough.

A source that has failed three polls, or for ten minutes, gives way: from then on every source is tried in turn, best
first, one a poll, until one gives the list; that one serves. A source that asked to be left alone is passed over
meanwhile. While another than the preferred one serves, that is tried beside it; an hour of health brings it back.
Pure: every question carries its time.
"""

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta

FAILURES_MAX = 3
FAILING_MAX = timedelta(minutes=10)
HEALTHY_FOR = timedelta(hours=1)
# How often a preferred source that does not serve is tried.
TRIED_EVERY = timedelta(minutes=5)


class Failover:
    """Chooses which source a feed reads. `sources` are their names, best first."""

    def __init__(self, sources: Sequence[str]) -> None:
        self._sources = tuple(sources)
        self._serving = 0
        self._gave: int | None = None
        self._round: deque[int] = deque()
        self._left_alone_until: dict[int, datetime] = {}
        self._failures = 0
        self._failing_since: datetime | None = None
        self._is_searching = False
        self._healthy_since: datetime | None = None
        self._tried_at: datetime | None = None

    @property
    def serving(self) -> str:
        """The name of the source to read now."""
        return self._sources[self._serving]

    @property
    def preferred(self) -> str:
        """The name of the best source."""
        return self._sources[0]

    @property
    def is_searching(self) -> bool:
        """Whether the sources are tried in turn: then each poll asks another, and none is asked too often."""
        return self._is_searching and len(self._sources) > 1

    def failed(self, now: datetime, *, leave_alone_seconds: float = 0.0) -> None:
        """Note that the serving source failed, and for how long it asked to be left alone; another may serve next."""
        self._failures += 1
        self._failing_since = self._failing_since or now
        if leave_alone_seconds > 0:
            self._left_alone_until[self._serving] = now + timedelta(seconds=leave_alone_seconds)
        lasting = self._failures >= FAILURES_MAX or now - self._failing_since >= FAILING_MAX
        if lasting and not self._is_searching:
            self._is_searching = True
            self._round = deque(index for index in range(len(self._sources)) if index != self._serving)
        if self.is_searching:
            self._serving = self._next(now)

    def _next(self, now: datetime) -> int:
        """The index of the next source in turn that did not ask to be left alone; when all did, of the one whose wait
        ends first."""
        self._round = self._round or deque(range(len(self._sources)))
        for _ in range(len(self._round)):
            index = self._round.popleft()
            if self._seconds_left(index, now) <= 0:
                return index
        return min(range(len(self._sources)), key=lambda index: self._seconds_left(index, now))

    def wait_seconds(self, now: datetime) -> float:
        """Seconds for which the serving source still asked to be left alone; 0 when it did not."""
        return self._seconds_left(self._serving, now)

    def _seconds_left(self, index: int, now: datetime) -> float:
        until = self._left_alone_until.get(index, now)
        return max(0.0, (until - now).total_seconds())

    def served(self) -> str | None:
        """Note that the serving source answered as it should. Returns the name of the source that did before, if it was
        another."""
        before, self._gave = self._gave, self._serving
        self._failures = 0
        self._failing_since = None
        self._is_searching = False
        self._left_alone_until.pop(self._serving, None)
        if before is None or before == self._serving:
            return None
        self._healthy_since = self._tried_at = None
        return self._sources[before]

    def start_again(self) -> None:
        """While all sources fail: try each again, the best first, as after a start."""
        if self._is_searching:
            self._round = deque(range(1, len(self._sources)))
            self._serving = 0

    def is_trial_due(self, now: datetime) -> bool:
        """Whether another source serves and the preferred one is to be tried now."""
        return self._serving != 0 and (self._tried_at is None or now - self._tried_at >= TRIED_EVERY)

    def tried(self, now: datetime, *, well: bool) -> bool:
        """Note a trial of the preferred source beside the serving one. Returns whether it serves again from now on."""
        self._tried_at = now
        if not well:
            self._healthy_since = None
            return False
        self._healthy_since = self._healthy_since or now
        if now - self._healthy_since < HEALTHY_FOR:
            return False
        self._serving = self._gave = 0
        self._healthy_since = self._tried_at = None
        return True

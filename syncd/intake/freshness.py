"""Whether a document is worth fetching, by the answers of its gates, and whether one that came is stale.

Pure: every question carries its time.
"""

from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta

from syncd.core import times
from syncd.core.http_dates import of_header
from syncd.feeds.contract import Gate, GateAnswer

# How long a gate is believed that announces what the document does not show.
ANNOUNCED_FOR = timedelta(hours=1)
# How many different announcements in a row may be of nothing before the gate is believed less.
BELIEVED_AT_ONCE = 3
WAIT_MAX = timedelta(hours=1)
# How long a document that was already seen, or is older than what is in force, is taken for a cache that flaps: while
# others come too, and while it comes alone.
STALE_FOR = timedelta(hours=1)
ALONE_FOR = timedelta(minutes=10)


# How long a document is asked for where it was, while the page that says where it is cannot be read.
LINK_KEPT_FOR = timedelta(days=1)


class AnnouncedVersion:
    """Announced is not available: a gate may promise for days what the document does not show.

    What is announced is asked for 0, 1, 4, 9 … minutes after it was first announced. When the document has not changed
    for an hour, the announcement was of something else, and is settled. A gate that says something else each time is
    believed at once three times; from then on the document is asked for less and less, and once an hour at least.
    """

    def __init__(self) -> None:
        self._token = ""
        self._since: datetime | None = None
        self._asked: datetime | None = None
        self._tries = 0
        self._in_vain = 0

    def is_worth_fetching(self, token: str, now: datetime) -> bool:
        """Whether to fetch the document now, for a gate that announces `token`."""
        # A clock that was ahead is not waited for.
        if self._since is None or self._asked is None or now < self._asked:
            return True
        if token != self._token:
            return now - self._asked >= _after(max(0, self._in_vain - BELIEVED_AT_ONCE))
        return now - self._since >= timedelta(minutes=self._tries**2)

    def was_not_shown(self, token: str, now: datetime) -> bool:
        """Note that the document was fetched and is what it was. Returns whether that settles the announcement."""
        if token != self._token or self._since is None or now < self._since:
            self._token, self._since, self._tries = token, now, 0
            self._in_vain += 1
        self._tries += 1
        self._asked = now
        settled = now - self._since >= ANNOUNCED_FOR
        if settled:
            self._in_vain = 0
        return settled


class SilentGates:
    """The gates of a source that do not answer. While others answer, such a gate is left alone for 1, 4, 9 … minutes,
    an hour at most, or as long as it asked for: it may cost its whole deadline each time."""

    def __init__(self) -> None:
        self._failures: Counter[str] = Counter()
        self._alone: dict[str, tuple[datetime, timedelta]] = {}

    def to_ask(self, gates: Collection[Gate], now: datetime) -> list[Gate]:
        """The gates that are not left alone; all of them when none would be asked."""
        return [gate for gate in gates if not self._is_left_alone(gate.name, now)] or list(gates)

    def answered(self, name: str) -> None:
        """Note that the gate of that name answered."""
        self._failures.pop(name, None)
        self._alone.pop(name, None)

    def failed(self, name: str, now: datetime, asked_seconds: float | None) -> bool:
        """Note that the gate did not answer, and the seconds for which it asked to be left alone. Returns whether it is
        the first time in a row."""
        self._failures[name] += 1
        self._alone[name] = (now, max(_after(self._failures[name]), timedelta(seconds=asked_seconds or 0.0)))
        return self._failures[name] == 1

    def _is_left_alone(self, name: str, now: datetime) -> bool:
        at, span = self._alone.get(name, (now, timedelta()))
        return timedelta() <= now - at < span


def _after(times: int) -> timedelta:
    return min(timedelta(minutes=times**2), WAIT_MAX)


class Staleness:
    """Decides whether a document is stale: older than the one in force, or equal to one of the last ten.

    Stale documents are ignored for ten minutes while they are all the same one (the publisher may have gone back to
    it), for an hour when they differ (servers that answer in turn). The time runs from the first of them, and ends as
    soon as the document in force is seen again.
    """

    def __init__(self) -> None:
        self.since: datetime | None = None
        self._alone: str | None = None
        self._latest = ""

    def is_stale(self, sha256: str, *, older: bool, earlier: Collection[str], now: datetime) -> bool:
        """Whether to ignore a document that came. `older`: its date precedes that of the one in force; `earlier`: the
        SHA-256 of the last ten."""
        if not older and sha256 not in earlier:
            self.saw_current()
            return False
        # A clock that was ahead is not waited for.
        if self.since is None or now < self.since:
            self.since, self._alone = now, sha256
        if sha256 != self._alone:
            self._alone = None
        self._latest = sha256
        return self._lasts(now)

    def is_known(self, sha256: str, now: datetime) -> bool:
        """Whether a document that was found stale still is, if it comes again now."""
        return sha256 == self._latest and self._lasts(now)

    def saw_current(self) -> None:
        """Note that the publisher serves what is in force: whatever else came meanwhile came from a cache."""
        self.since, self._alone, self._latest = None, None, ""

    def _lasts(self, now: datetime) -> bool:
        return self.since is not None and now - self.since < (ALONE_FOR if self._alone else STALE_FOR)


def was_put_back(last_modified: str | None, current: str | None) -> bool:
    """Whether the header `Last-Modified` of a document that was seen before is later than that of the one in force:
    then the publisher went back to it, and no cache did."""
    later, earlier = of_header(last_modified), of_header(current)
    return later is not None and earlier is not None and later > earlier


def is_older(published: str | None, current: str | None) -> bool:
    """Whether one publication date precedes another; dates and times compare as far as both are exact, times with a
    zone by the moment that they mean."""
    if not published or not current:
        return False
    if "T" in published and "T" in current:
        published, current = times.instant(published) or published, times.instant(current) or current
    exact = min(len(published), len(current), len("2026-01-31T12:00:00"))
    return published[:exact] < current[:exact]


def newest_publication(answer: GateAnswer | None) -> str | None:
    """The publisher's id of the newest publication in a gate's history."""
    return answer.history[-1].id if answer and answer.history else None


def missed(answer: GateAnswer | None, last: str | None, seen: str | None = None) -> tuple[str, ...]:
    """The ids of publications in a gate's history after `last` and before the one `seen` now (the newest, when that is
    not said): they were replaced before they could be fetched."""
    if not answer or last is None:
        return ()
    ids = [publication.id for publication in answer.history]
    end = ids.index(seen) if seen in ids else len(ids) - 1
    return tuple(ids[ids.index(last) + 1 : end]) if last in ids else ()

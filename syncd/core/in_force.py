"""A list by the dates on which its records were in force, from its committed changes and publications. Pure.

A record is in force from its publisher's own date: that of effect, else that of listing. A whole document that does not
have the record is better evidence than such a date: of a record that came after that document, a date up to it counts
for nothing, and the record is in force from the publication that brought it. So it is where no date can be read. It is
in force until the first publication that lacks it; while its removal is held, it stays.
"""

from collections.abc import Iterator

import msgspec

from syncd.core import times
from syncd.core.events import Change, Publication

ARRIVALS = frozenset({"baselined", "designated", "relisted"})
# A date of effect may lie ahead; further than this it was written wrongly, and hides no record.
EFFECT_AHEAD_DAYS_MAX = 366


class InForce:
    """The list as it was in force at `moment` (ISO 8601, UTC). Call `see` with each publication row of the feed, then
    `take` with each of its changes, both in their order; then read `records`."""

    def __init__(self, moment: str) -> None:
        self._moment = moment
        self._records: dict[str, msgspec.Raw] = {}
        self._ahead: dict[str, str] = {}
        self._latest = ""
        # By commit, the time of the latest document before it: that does not have what the publisher lists with it.
        self._lacking: dict[int, str] = {}
        self._held_since: dict[str, str] = {}
        self._held_until: dict[tuple[str, int], str] = {}

    @property
    def records(self) -> dict[str, msgspec.Raw]:
        """The records in force, as published, by key in order."""
        return dict(sorted(self._records.items()))

    def see(self, row: Publication) -> None:
        """Note the time and the held keys of a publication row."""
        if row.kind not in ("commit", "hold"):
            return
        seen = row.observed or row.at
        at = times.stated_time(row.published, seen) or times.instant(seen) or ""
        if row.kind == "commit":
            self._lacking[row.commit] = self._latest
        if row.kind == "commit" or row.held:  # else the document is held whole, and nothing follows from it
            self._latest = max(at, self._latest)
        for key in self._held_since.keys() - set(row.held):
            self._held_until[key, row.commit] = self._held_since.pop(key)
        for key in row.held:
            self._held_since.setdefault(key, at)

    def take(self, change: Change) -> None:
        """Apply one committed change."""
        published = _published(change)
        if change.type in ARRIVALS:
            self._arrive(change, self._begin(change, published))
        elif change.type == "delisted":
            self._leave(change.key, self._held_until.get((change.key, change.commit), published))
        else:
            self._alter(change, published)

    def _arrive(self, change: Change, begin: str) -> None:
        self._ahead.pop(change.key, None)
        if change.after is None:
            return
        if begin <= self._moment:
            self._records[change.key] = change.after
        else:
            self._ahead[change.key] = begin

    def _leave(self, key: str, end: str) -> None:
        self._ahead.pop(key, None)
        if end <= self._moment:
            self._records.pop(key, None)

    def _alter(self, change: Change, published: str) -> None:
        """Apply an amendment or a re-keying. It does not bring into force a record whose date still lies ahead."""
        before = change.previous_key or change.key
        if before in self._ahead:
            self._arrive(change, next(_own(change, published), self._ahead.pop(before)))
        elif published <= self._moment and before in self._records:
            del self._records[before]
            if change.after is not None:
                self._records[change.key] = change.after

    def _begin(self, change: Change, published: str) -> str:
        """The time from which a listing is in force."""
        lacking = self._lacking.get(change.commit, "") if change.origin == "source" else ""
        if published < lacking:  # served again after a later document
            return max(lacking, change.committed_at)
        if change.basis == "id_reused":
            return published
        return next((own for own in _own(change, published) if own > lacking), published)


def _own(change: Change, published: str) -> Iterator[str]:
    """Yield the publisher's own dates of a listing that are possible: that of effect, then that of listing."""
    effective, listed = times.instant(change.times.effective), times.instant(change.times.listed)
    ahead = times.days_from(published, effective)
    if effective and ahead is not None and ahead <= EFFECT_AHEAD_DAYS_MAX:
        yield effective
    if listed and listed <= published:
        yield listed


def _published(change: Change) -> str:
    """Return the time of the publication that a change came with: its own date, else the time at which it was seen."""
    seen = times.instant(change.times.observed) or change.committed_at
    return times.stated_time(change.times.published, seen) or seen

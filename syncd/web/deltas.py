"""The deltas of a list: which of its last commits a reader can be brought on by, and the operations of one.

A change that was too large for one message lacks its record before or after, so that its operations are not known. The
index then begins with that commit: who has an earlier version reads the whole list, which has all of it.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from functools import partial
from typing import Final, cast

from syncd.core.events import Change, Publication
from syncd.errors import LedgerError
from syncd.exports import catalog, difference
from syncd.ledger.contract import Ledger
from syncd.ledger.lists import facts_of

CHANGES_AT_ONCE: Final = 100
# So many changes are looked through at most, when a list is first asked for its deltas.
CHANGES_LOOKED_AT_MAX: Final = 20_000
_RECORDS: Final = frozenset({"before", "after"})


class DeltaWindow:
    """From which commit on each list has deltas; the changes of a commit are looked through once."""

    def __init__(self) -> None:
        self._reached: dict[str, tuple[int, int]] = {}

    async def rows(self, ledger: Ledger, feed: str, rows: Sequence[Publication]) -> list[Publication]:
        """Return those of the feed's publication `rows`, oldest first, whose versions stand in its index: the first is
        the oldest version that is brought on, by the commits of the others. Raises LedgerError."""
        commits = [row for row in rows if row.kind == "commit" and row.last_sequence][-catalog.DELTAS_MAX :]
        while len(commits) > 1 and _changes(commits[1:]) > CHANGES_LOOKED_AT_MAX:
            del commits[0]
        looked_at, begins = self._reached.get(feed, (0, 0))
        # Another ledger than before.
        if commits and commits[-1].commit < looked_at:
            looked_at, begins = 0, 0
        unseen = [row for row in commits[1:] if row.commit > looked_at]
        if unseen:
            begins = max(begins, await _last_elided(ledger, unseen))
            self._reached[feed] = (unseen[-1].commit, begins)
        return [row for row in commits if row.commit >= begins]


def _changes(rows: Sequence[Publication]) -> int:
    return (rows[-1].last_sequence or 0) - (rows[0].first_sequence or 1) + 1


async def _last_elided(ledger: Ledger, rows: Sequence[Publication]) -> int:
    """The number of the last commit of `rows` of which a change lacks a record; 0 when none does."""
    found = 0
    async with aclosing(_changes_of(ledger, rows[0], rows[-1])) as changes:
        async for change in changes:
            if not _RECORDS.isdisjoint(change.elided):
                found = change.commit
    return found


async def _changes_of(ledger: Ledger, first: Publication, last: Publication) -> AsyncGenerator[Change, None]:
    """The changes of the commits from that of the row `first` to that of `last`."""
    begin, end = first.first_sequence or 1, last.last_sequence or 0
    tail = ledger.tail({first.feed: begin - 1}, feeds=[first.feed])
    async with aclosing(cast(AsyncGenerator[Change, None], tail)) as changes:
        async for change in changes:
            if change.sequence > end:
                return
            yield change


async def delta_parts(ledger: Ledger, row: Publication) -> AsyncGenerator[Callable[[], bytes], None]:
    """Yield the operations of the commit of `row`, some changes at a time. Raises LedgerError, also where a change
    lacks a record: half a delta is none."""
    facts = facts_of(row.feed)
    gathered: list[Change] = []
    async with aclosing(_changes_of(ledger, row, row)) as changes:
        async for change in changes:
            if not _RECORDS.isdisjoint(change.elided):
                raise LedgerError(f"{change.key}: the change of sequence {change.sequence} was too large for a delta")
            gathered.append(change)
            if len(gathered) == CHANGES_AT_ONCE:
                yield partial(difference.operation_lines, tuple(gathered), facts)
                gathered.clear()
    yield partial(difference.operation_lines, tuple(gathered), facts)

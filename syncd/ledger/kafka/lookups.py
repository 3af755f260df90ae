"""One record in Kafka: what is under a key, and its changes.

A topic cannot be asked for a key. The list of a feed is read whole and kept for half a minute, so that a reader of
its pages reads it once; changes are read from the beginning, and only those of the key are decoded.
"""

import asyncio
from bisect import bisect_right
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Final

from syncd.core import codec
from syncd.core.coordination.brief import has_member
from syncd.core.coordination.target import target_id
from syncd.core.events import Change
from syncd.core.state import FeedState, Stored
from syncd.feeds import partitions_by_feed
from syncd.ledger.kafka import wire
from syncd.ledger.kafka.reading import LedgerReader, Offsets, read_span

KEPT_SECONDS: Final = 30.0

Snapshot = Callable[[str], Awaitable[tuple[FeedState, Mapping[str, Stored]]]]


class Lookups:
    """Looks records up. `snapshot` reads the list of a feed."""

    def __init__(self, reader: LedgerReader, snapshot: Snapshot) -> None:
        self._reader = reader
        self._snapshot = snapshot
        self._one_at_a_time = asyncio.Lock()
        self._ends: Offsets = {}
        self._records: Mapping[str, Stored] = {}
        self._keys: list[str] = []
        self._forgetting: asyncio.TimerHandle | None = None

    async def stored(self, feed: str, after: str, most: int) -> list[tuple[str, Stored]]:
        """As `Ledger.stored` promises."""
        records, keys = await self._list(feed)
        first = bisect_right(keys, after.encode(), key=str.encode)
        return [(key, records[key]) for key in keys[first : first + most]]

    async def record(self, key: str) -> Stored | None:
        """As `Ledger.record` promises."""
        feed = key.partition(":")[0]
        if feed not in partitions_by_feed():
            return None
        records, _ = await self._list(feed)
        return records.get(key)

    async def _list(self, feed: str) -> tuple[Mapping[str, Stored], list[str]]:
        """Return the records of a feed as committed now, and their keys in order."""
        async with self._one_at_a_time:
            ends = await self._reader.committed_ends([self._reader.partition("records", feed)])
            if ends != self._ends:
                _, records = await self._snapshot(feed)
                self._ends, self._records = ends, records
                self._keys = await asyncio.to_thread(sorted, records, key=str.encode)
            self._keep()
            return self._records, self._keys

    def _keep(self) -> None:
        if self._forgetting is not None:
            self._forgetting.cancel()
        self._forgetting = asyncio.get_running_loop().call_later(KEPT_SECONDS, self.forget)

    def forget(self) -> None:
        """Drop the list that is kept."""
        if self._forgetting is not None:
            self._forgetting.cancel()
        self._ends, self._records, self._keys, self._forgetting = {}, {}, [], None

    async def changes_of(self, key: str) -> AsyncIterator[Change]:
        """As `Ledger.changes_of` promises."""
        feed, wanted = key.partition(":")[0], key.encode()
        if feed not in partitions_by_feed():
            return
        partition, connection = self._reader.partition("changes", feed), self._reader.connection
        # On a client of its own: whoever takes the changes may read something else meanwhile.
        async with connection.consumer([partition], committed=True) as consumer:
            until = await self._reader.ends(consumer, [partition])
            start = await self._reader.begins(consumer, [partition])
            async for batch in read_span(connection, consumer, start, until, as_they_are=True):
                found = [message for message in batch if message.key == wanted]
                for message in await connection.encoding.decoded(found) if found else ():
                    yield wire.change(message.value)


def row_with(rows: Mapping[str, bytes], key: str) -> bytes | None:
    """Return the packed target that has the record under `key` as a member; None when there is none."""
    unpack = codec.unpacker()
    first = rows.get(target_id(key))
    if first is not None and has_member(unpack(first), key):
        return first
    return next((row for row in rows.values() if has_member(unpack(row), key)), None)

"""Committed changes of feeds in batches, for the coordinator and the notices: first those of the past, by commit
time."""

import asyncio
import heapq
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping
from contextlib import suppress

from syncd.core.events import Change
from syncd.ledger.contract import Ledger

# The changes of one publication follow one another within this; to take them in one batch saves commits.
QUIET_SECONDS = 0.05


class ChangeBatches:
    """The changes of `feeds`, or of all, after `cursor`, which has the last sequence of each: first those that are
    committed now, by commit time over all of them; then, with `follow`, those that are committed later, as they come. A
    context manager.

    `is_past` while the changes of the past are read; `is_over` after the last change.
    """

    def __init__(self, ledger: Ledger, cursor: Mapping[str, int], *, follow: bool, feeds: Collection[str] = ()) -> None:
        self.is_past = True
        self.is_over = False
        self._ledger = ledger
        self._position = dict(cursor)
        self._follow = follow
        self._feeds = feeds
        self._changes = self._stream()
        self._next: asyncio.Task[Change | None] | None = None

    async def __aenter__(self) -> "ChangeBatches":
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._next is not None:
            self._next.cancel()
            await asyncio.gather(self._next, return_exceptions=True)
        with suppress(RuntimeError):  # it is still ending
            await self._changes.aclose()

    async def next_batch(self, most: int, seconds: float) -> list[Change]:
        """Up to `most` changes: waits `seconds` for the first, then returns as soon as the stream pauses. Empty on
        timeout. Raises LedgerError."""
        batch: list[Change] = []
        while len(batch) < most and not self.is_over:
            self._next = self._next or asyncio.create_task(self._next_change(), name="change batches")
            await asyncio.wait({self._next}, timeout=QUIET_SECONDS if batch else seconds)
            if not self._next.done():
                break
            change, self._next = self._next.result(), None
            if change is None:
                self.is_over = True
            else:
                batch.append(change)
        return batch

    async def _next_change(self) -> Change | None:
        return await anext(self._changes, None)

    async def _stream(self) -> AsyncGenerator[Change, None]:
        async for change in by_commit_time(self._ledger, self._position, self._feeds):
            self._position[change.feed] = change.sequence
            yield change
        self.is_past = False
        if not self._follow:
            return
        async for change in self._ledger.tail(self._position, feeds=self._feeds, follow=True):
            yield change


async def by_commit_time(
    ledger: Ledger, cursor: Mapping[str, int], feeds: Collection[str] = ()
) -> AsyncIterator[Change]:
    """Yield the changes of `feeds`, or of all, that are committed after `cursor`, by commit time, feed and sequence.
    Raises LedgerError."""
    heads: list[tuple[str, str, int, Change, AsyncIterator[Change]]] = []

    async def draw(tail: AsyncIterator[Change]) -> None:
        change = await anext(tail, None)
        if change is not None:
            heapq.heappush(heads, (change.committed_at, change.feed, change.sequence, change, tail))

    for feed in [one for one in await ledger.feeds() if not feeds or one in feeds]:
        await draw(ledger.tail({feed: cursor.get(feed, 0)}, feeds=[feed]))
    while heads:
        _, _, _, change, tail = heapq.heappop(heads)
        yield change
        await draw(tail)

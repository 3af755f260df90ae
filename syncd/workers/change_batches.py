"""Committed changes of all feeds as the coordinator takes them: some at a time, those of the past in order."""

import asyncio
import heapq
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import suppress

from syncd.core.events import Change
from syncd.ledger.contract import Ledger

# What one publication brings is there within this; a little more of it in one batch saves commits.
QUIET_SECONDS = 0.05


class ChangeBatches:
    """What comes after `cursor`: first what is committed now, by commit times over all feeds; then, with `follow`, what
    is committed later, as it comes. A context manager."""

    def __init__(self, ledger: Ledger, cursor: Mapping[str, int], *, follow: bool) -> None:
        self.is_past = True
        self.is_over = False
        self._ledger = ledger
        self._position = dict(cursor)
        self._follow = follow
        self._changes = self._all()
        self._next: asyncio.Task[Change | None] | None = None

    async def __aenter__(self) -> "ChangeBatches":
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._next is not None:
            self._next.cancel()
            await asyncio.gather(self._next, return_exceptions=True)
        with suppress(RuntimeError):  # it is still ending
            await self._changes.aclose()

    async def some(self, most: int, seconds: float) -> list[Change]:
        """Changes, at most so many, once the first is there and no more follow at once; none after `seconds` without.
        Raises LedgerError as `tail` does."""
        found: list[Change] = []
        while len(found) < most and not self.is_over:
            self._next = self._next or asyncio.create_task(self._one(), name="arrivals")
            await asyncio.wait({self._next}, timeout=QUIET_SECONDS if found else seconds)
            if not self._next.done():
                break
            change, self._next = self._next.result(), None
            if change is None:
                self.is_over = True
            else:
                found.append(change)
        return found

    async def _one(self) -> Change | None:
        return await anext(self._changes, None)

    async def _all(self) -> AsyncGenerator[Change, None]:
        async for change in past(self._ledger, self._position):
            self._position[change.feed] = change.sequence
            yield change
        self.is_past = False
        if not self._follow:
            return
        async for change in self._ledger.tail(self._position, follow=True):
            yield change


async def past(ledger: Ledger, cursor: Mapping[str, int]) -> AsyncIterator[Change]:
    """What is committed after `cursor`, in the order of commit time, feed and sequence."""
    heads: list[tuple[str, str, int, Change, AsyncIterator[Change]]] = []

    async def draw(tail: AsyncIterator[Change]) -> None:
        change = await anext(tail, None)
        if change is not None:
            heapq.heappush(heads, (change.committed_at, change.feed, change.sequence, change, tail))

    for feed in await ledger.feeds():
        await draw(ledger.tail({feed: cursor.get(feed, 0)}, feeds=[feed]))
    while heads:
        _, _, _, change, tail = heapq.heappop(heads)
        yield change
        await draw(tail)

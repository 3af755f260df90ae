"""The search of one process: an index over all records, made when it is first asked for, kept up to date by commits.

It is made in pages off the loop, of what the ledger has; the changes that are committed meanwhile wait, and what is
known already, by its sequence, changes nothing. A feed of which too much was committed at once is read again.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Final

from msgspec import Struct

from syncd import malloc
from syncd.concurrency import in_thread
from syncd.core import codec
from syncd.core.coordination.target import feed_of
from syncd.core.events import Change
from syncd.core.search import Hit, Query, SearchIndex
from syncd.core.state import Stored
from syncd.errors import LedgerError
from syncd.ledger.contract import Ledger

READ_AT_ONCE: Final = 250
PENDING_MAX: Final = 2_000
WAIT_SECONDS_MAX: Final = 20.0

Lending = Callable[[], AbstractAsyncContextManager[Ledger]]


class NotReady(LedgerError):
    """The index is being made."""


class _Pending(Struct, frozen=True):
    """A committed change, as the index takes it: the record after it, if it has one."""

    key: str
    type: str
    sequence: int
    after: bytes | None
    previous_key: str | None


class SearchView:
    """Answers searches. `lend` lends the ledger."""

    def __init__(self, lend: Lending) -> None:
        self._lend = lend
        self._index: SearchIndex | None = None
        self._making: asyncio.Task[None] | None = None
        self._pending: deque[_Pending] = deque()
        self._stale: set[str] = set()
        self._one_at_a_time = asyncio.Lock()

    def take(self, change: Change) -> None:
        """Note a committed change. Before the first search it is not needed."""
        if self._making is None or change.feed in self._stale:
            return
        after = bytes(change.after) if change.after is not None else None
        self._pending.append(_Pending(change.key, change.type, change.sequence, after, change.previous_key))
        if len(self._pending) > PENDING_MAX:
            self._stale |= {feed_of(one.key) for one in self._pending}
            self._pending.clear()

    def forget(self) -> None:
        """Drop the index: the ledger is another one. The next search makes it anew."""
        if self._making is not None:
            self._making.cancel()
        self._making, self._index = None, None
        self._pending.clear()
        self._stale.clear()

    async def find(self, query: Query, limit: int) -> tuple[list[Hit], bool, int]:
        """Return the best answers, whether there are more, and how many records were looked through. Raises NotReady
        while the index is being made, LedgerError."""
        index = await self._made()
        async with self._one_at_a_time:
            if self._pending or self._stale:
                async with self._lend() as ledger:
                    await self._catch_up(ledger, index)
            hits, is_more = await in_thread(partial(index.find, query, limit), "search")
        return hits, is_more, len(index)

    async def catch_up(self, ledger: Ledger) -> None:
        """Take in what was committed since the last search, if there was one. Raises LedgerError."""
        if self._index is None or not (self._pending or self._stale):
            return
        async with self._one_at_a_time:
            if self._index is not None:
                await self._catch_up(ledger, self._index)

    async def _made(self) -> SearchIndex:
        if self._making is None or (self._making.done() and self._index is None):
            self._making = asyncio.create_task(self._make(), name="search index")
        making = self._making
        # It goes on when whoever asks does not wait for it any more.
        await asyncio.wait({making}, timeout=WAIT_SECONDS_MAX)
        if not making.done() or making.cancelled() or self._index is None:
            if making.done() and not making.cancelled():
                making.result()
            raise NotReady("the index of all records is being made: ask again in a minute")
        return self._index

    async def _make(self) -> None:
        index = SearchIndex()
        async with self._lend() as ledger:
            for feed in await ledger.feeds():
                await _read(ledger, index, feed)
        self._index = index
        malloc.trim()

    async def _catch_up(self, ledger: Ledger, index: SearchIndex) -> None:
        while self._stale:
            feed = min(self._stale)
            # From now on its changes are taken one by one again.
            self._stale.discard(feed)
            try:
                await _read(ledger, index, feed)
            except LedgerError:
                self._stale.add(feed)
                raise
        await self._apply(ledger, index)

    async def _apply(self, ledger: Ledger, index: SearchIndex) -> None:
        pending = [self._pending.popleft() for _ in range(len(self._pending))]
        elided = [one.key for one in pending if one.after is None and one.type != "delisted"]
        try:
            await in_thread(partial(_apply, index, pending), "search index")
            for key in elided:
                # Too large for its event: the list itself has it.
                if (stored := await ledger.record(key)) is not None:
                    await in_thread(partial(_put, index, [(key, stored)]), "search index")
        except BaseException:
            # Nothing of it is lost: these lists are read anew.
            self._stale |= {feed_of(one.key) for one in pending}
            raise


async def _read(ledger: Ledger, index: SearchIndex, feed: str) -> None:
    after = ""
    while rows := await ledger.stored(feed, after=after, most=READ_AT_ONCE):
        await in_thread(partial(_put, index, rows), "search index")
        after = rows[-1][0]


def _put(index: SearchIndex, rows: Sequence[tuple[str, Stored]]) -> None:
    unpack = codec.unpacker()
    for key, stored in rows:
        if index.sequence(key) != stored.sequence:
            index.put(codec.decode(unpack(stored.body)), stored.sequence, stored.status)


def _apply(index: SearchIndex, pending: Iterable[_Pending]) -> None:
    for one in pending:
        if one.previous_key is not None:
            index.end(one.previous_key, one.sequence, "rekeyed")
        if one.type == "delisted":
            index.end(one.key, one.sequence, "delisted")
        elif one.after is not None:
            index.put(codec.decode(one.after), one.sequence)

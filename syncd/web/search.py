"""The search of one process: an index over all records, made when it is first asked for, kept up to date by commits.

It is made in pages off the loop, of what the ledger has; the changes that are committed meanwhile wait, and what is
known already, by its sequence, changes nothing. A feed of which too much was committed at once is read again. A search
waits for a few changes, so that it knows what was just committed, and for no more: many are taken in some at a time,
and searches are answered between.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Final, TypeVar

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

READ_AT_ONCE: Final = 100
PENDING_MAX: Final = 2_000
# A search takes in so many changes before it answers: some ten milliseconds.
WAITED_FOR_MAX: Final = 50
WAIT_SECONDS_MAX: Final = 20.0
# Of all lists the index takes 25 MB, and seconds to make: it is kept for as long as somebody works with it.
UNUSED_SECONDS: Final = 3600.0

T = TypeVar("T")
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


class SearchResult(Struct, frozen=True, kw_only=True):
    """The best answers, whether there are more, and how many records were looked through; `ended` as
    `SearchIndex.ended`."""

    hits: list[Hit]
    is_more: bool
    records: int
    ended: int


class SearchView:
    """Answers searches. `lend` lends the ledger."""

    def __init__(self, lend: Lending) -> None:
        self._lend = lend
        self._index: SearchIndex | None = None
        self._making: asyncio.Task[None] | None = None
        self._pending: deque[_Pending] = deque()
        self._stale: set[str] = set()
        self._asked_at = 0.0
        self._one_at_a_time = asyncio.Lock()
        self._catching_up = asyncio.Lock()

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

    async def find(self, query: Query, limit: int) -> SearchResult:
        """Return the best answers, at most `limit`. Raises NotReady while the index is being made, LedgerError."""
        self._asked_at = time.monotonic()
        index = await self._made()
        if 0 < len(self._pending) <= WAITED_FOR_MAX and not self._stale:
            async with self._lend() as ledger:
                await self.catch_up(ledger)
        return await self._alone(partial(_found, index, query, limit))

    async def catch_up(self, ledger: Ledger) -> None:
        """Take in what was committed since the last search, if there was one; or drop the index when nobody has
        searched for `UNUSED_SECONDS`. Raises LedgerError."""
        index = self._index
        if index is None:
            return
        if time.monotonic() - self._asked_at > UNUSED_SECONDS:
            self.forget()
            malloc.trim()
            return
        async with self._catching_up:
            await self._catch_up(ledger, index)

    async def _alone(self, work: Callable[[], T]) -> T:
        """Do what needs the index in a thread, while nothing else does."""
        async with self._one_at_a_time:
            return await in_thread(work, "search")

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
                await self._read(ledger, index, feed)
        self._index = index
        malloc.trim()

    async def _catch_up(self, ledger: Ledger, index: SearchIndex) -> None:
        while self._stale:
            feed = min(self._stale)
            # From now on its changes are taken one by one again.
            self._stale.discard(feed)
            try:
                await self._read(ledger, index, feed)
            except LedgerError:
                self._stale.add(feed)
                raise
        while self._pending:
            await self._apply(ledger, index)

    async def _read(self, ledger: Ledger, index: SearchIndex, feed: str) -> None:
        after = ""
        while rows := await ledger.stored(feed, after=after, most=READ_AT_ONCE):
            await self._alone(partial(_put, index, rows))
            after = rows[-1][0]

    async def _apply(self, ledger: Ledger, index: SearchIndex) -> None:
        pending = [self._pending.popleft() for _ in range(min(READ_AT_ONCE, len(self._pending)))]
        elided = [one.key for one in pending if one.after is None and one.type != "delisted"]
        try:
            await self._alone(partial(_apply, index, pending))
            for key in elided:
                # Too large for its event: the list itself has it.
                if (stored := await ledger.record(key)) is not None:
                    await self._alone(partial(_put, index, [(key, stored)]))
        except BaseException:
            # Nothing of it is lost: these lists are read anew.
            self._stale |= {feed_of(one.key) for one in pending}
            raise


def _found(index: SearchIndex, query: Query, limit: int) -> SearchResult:
    hits, is_more = index.find(query, limit)
    records = len(index) if query.delisted else index.in_force
    return SearchResult(hits=hits, is_more=is_more, records=records, ended=index.ended(query))


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

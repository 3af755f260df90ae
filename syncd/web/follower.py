"""The port's view of the ledger: read by one task a process, bounded, and asked as often as clients like.

It opens the ledger for reading, beside the process that writes it, so that a replica that stands by shows the same as
the active one. Committed changes and coordination events are followed; heartbeats are read every few seconds, and the
state of a feed when its heartbeat has changed. When the ledger cannot be read it is opened again, with back-off.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec
from msgspec.structs import replace

from syncd.clock import AGAIN_SECONDS, Backoff, Clock
from syncd.core.coordination.target import COORDINATOR
from syncd.core.events import Heartbeat, Publication
from syncd.core.state import FeedState
from syncd.core.times import iso
from syncd.errors import LedgerError
from syncd.feeds.contract import Feed
from syncd.ledger.contract import Ledger
from syncd.observe import moments
from syncd.observe.report import Reporter
from syncd.observe.status import FeedStatus, from_heartbeat
from syncd.web.announced import NoticesView
from syncd.web.board import BoardRow
from syncd.web.coordinated import CoordinationView
from syncd.web.lines import HoldCard, cards, change_line, has_line
from syncd.web.recent import CHANGES_READ_AT_START, COMMITS_KEPT_OF_A_FEED, RecentCommits
from syncd.web.search import SearchView
from syncd.web.stream import Event, Stream, change_event

REFRESH_SECONDS: Final = 5.0
# Until the coordinator has spoken since the start, which is what people wait for; it may also be off by now.
AWAITED_SECONDS: Final = 0.5
AWAITED_FOR_SECONDS: Final = 60.0
STATE_SECONDS_MAX: Final = 300.0
PUBLICATIONS_KEPT: Final = 100
READERS_MAX: Final = 4
NOTICES_AGAIN_SECONDS: Final = 60.0

Opener = Callable[[], Awaitable[Ledger]]


async def _start(ledger: Ledger, state: FeedState) -> int:
    """Return the sequence from which a feed is followed at a start: the one before its latest commits, which the page
    shows."""
    rows = [row async for row in ledger.publications(state.feed, last=PUBLICATIONS_KEPT)]
    firsts = [first for row in rows if (first := _first_with_line(row)) is not None][-COMMITS_KEPT_OF_A_FEED:]
    before = min(firsts, default=state.sequence + 1) - 1
    return max(0, before, state.sequence - CHANGES_READ_AT_START)


def _first_with_line(row: Publication) -> int | None:
    """The sequence of the first change of a commit that the page may show: of a baseline it shows the last one alone
    (`has_line`), and to read the others was most of what a start cost."""
    return row.last_sequence if row.changes.keys() == {"baselined"} else row.first_sequence


def _nobody() -> Sequence[FeedStatus]:
    return ()


class Follower:
    """The view of one process. `watched` are the enabled feeds, `known` all feeds. `local` returns the statuses of the
    feeds that this process runs itself; they are newer than those in the ledger."""

    def __init__(
        self,
        open_reader: Opener,
        *,
        watched: Iterable[Feed],
        known: Mapping[str, Feed],
        clock: Clock,
        report: Reporter,
        local: Callable[[], Sequence[FeedStatus]] = _nobody,
    ) -> None:
        self.stream = Stream()
        self.recent = RecentCommits()
        self.publications: dict[str, tuple[Publication, ...]] = {}
        self.feeds: dict[str, Feed] = {**known, **{feed.id: feed for feed in watched}}
        self.watched = tuple(feed.id for feed in watched)
        self._open_reader = open_reader
        self._clock = clock
        self._report = report
        self._local = local
        self._ledger: Ledger | None = None
        self._readers = asyncio.Semaphore(READERS_MAX)
        self._wake = asyncio.Event()
        self.coordinated = CoordinationView(self.stream, self._wake.set)
        self.announced = NoticesView()
        self.search = SearchView(self.reading)
        self.coordinator: Heartbeat | None = None
        self._beats: dict[str, Heartbeat] = {}
        self._states: dict[str, FeedState] = {}
        self._read_states: dict[str, float] = {}
        self._cards: dict[str, tuple[HoldCard, ...]] = {}
        self._stale: set[str] = set()
        self._position: dict[str, int] = {}
        self._sent: dict[str, tuple[object, ...]] = {}
        self._backoff = Backoff(AGAIN_SECONDS)
        self._started, self._started_at = iso(clock.now()), time.monotonic()
        self._read_at = time.monotonic()
        self.has_read = False

    async def run(self) -> None:
        """Read the ledger until cancelled, opening it again after each failure."""
        try:
            while True:
                why = await self._session()
                seconds = self._backoff.failed()
                self._report(moments.LedgerUnavailable(why=why, retry_seconds=seconds))
                await asyncio.sleep(seconds)
        finally:
            self.search.forget()

    async def _session(self) -> str:
        """Read one opened ledger until that fails. Returns why it failed."""
        ledger: Ledger | None = None
        why = "it ended"
        try:
            ledger = await self._open_reader()
            await self._begin(ledger)
            self._ledger = ledger
            async with asyncio.TaskGroup() as reading:
                reading.create_task(self._refresh_on(ledger), name="port heartbeats")
                reading.create_task(self._follow(ledger), name="port changes")
                reading.create_task(self.coordinated.follow(ledger), name="port coordination")
                reading.create_task(self._follow_notices(ledger), name="port notices")
        except* LedgerError as errors:
            why = str(errors.exceptions[0])
        except* Exception as errors:  # whatever it is, the feeds go on
            why = f"{type(errors.exceptions[0]).__name__} while it was read for the HTTP port"
        finally:
            self._ledger = None
            if ledger is not None:
                with contextlib.suppress(LedgerError):
                    await ledger.close()
        return why

    async def _begin(self, ledger: Ledger) -> None:
        """Set the sequences from which to follow: a little before the end, or where the last session stopped."""
        for feed in await ledger.feeds():
            state = await ledger.state(feed)
            reached = self._position.get(feed)
            start = await _start(ledger, state)
            if reached is not None and reached > state.sequence:
                self.stream.restart(feed, start)
                self.recent.forget(feed)
                self.search.forget()
            elif reached is not None:
                start = reached
            self._position[feed] = start
            self._stale.add(feed)
        self.stream.begin(self._position)
        await self.coordinated.begin(ledger)

    async def _follow_notices(self, ledger: Ledger) -> None:
        """Follow the notices. What is wrong with them takes nothing else of the port away."""
        while True:
            try:
                await self.announced.begin(ledger)
                await self.announced.follow(ledger)
            except LedgerError as error:
                self._report(moments.LedgerUnavailable(why=str(error), retry_seconds=NOTICES_AGAIN_SECONDS))
            await asyncio.sleep(NOTICES_AGAIN_SECONDS)

    async def _refresh_on(self, ledger: Ledger) -> None:
        while True:
            await self._refresh(ledger)
            self._read_at, self.has_read = time.monotonic(), True
            self._backoff.reset()
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._seconds_to_refresh()):
                    await self._wake.wait()

    def _seconds_to_refresh(self) -> float:
        beat = self.coordinator
        is_new = time.monotonic() - self._started_at < AWAITED_FOR_SECONDS
        is_awaited = is_new and beat is not None and beat.checked_at < self._started
        return min(AWAITED_SECONDS, REFRESH_SECONDS) if is_awaited else REFRESH_SECONDS

    async def _refresh(self, ledger: Ledger) -> None:
        beats = await ledger.heartbeats()
        self.coordinator = beats.pop(COORDINATOR, None)
        stale, self._stale = self._stale, set()
        # Once for all of them: to judge how each list stands is most of what an idle port costs.
        held = {status.feed: {hold.id for hold in status.holds} for status in self._local()}
        for feed in sorted({*self.watched, *self._states, *beats, *stale}):
            if feed in stale or self._is_due(feed, beats.get(feed), held.get(feed)):
                await self._read(ledger, feed)
        self._beats = beats
        await self.coordinated.refresh(ledger)
        self.coordinated.forget_whole()
        await self.search.catch_up(ledger)
        self._send_statuses()

    def _is_due(self, feed: str, beat: Heartbeat | None, held: set[str] | None) -> bool:
        """Return whether the state of `feed` is to be read: the heartbeat shows something newer, or the holds `held` in
        this process are others; None for a feed that does not run here."""
        before = self._beats.get(feed)
        if time.monotonic() - self._read_states.get(feed, 0.0) > STATE_SECONDS_MAX or feed not in self._states:
            return True
        if beat is not None and (before is None or replace(before, checked_at=beat.checked_at) != beat):
            return True
        if beat is not None and beat.status in ("held", "paused") and before != beat:
            return True
        return held is not None and held != {card.id for card in self._cards.get(feed, ())}

    async def _read(self, ledger: Ledger, feed: str) -> None:
        state = await ledger.state(feed)
        self._read_states[feed] = time.monotonic()
        if state == self._states.get(feed):
            return
        if state.holds != tuple(self._states[feed].holds if feed in self._states else ()):
            now, records = await ledger.snapshot(feed) if state.holds else (state, {})
            state, self._cards[feed] = now, cards(now, records)
        self.publications[feed] = tuple([row async for row in ledger.publications(feed, last=PUBLICATIONS_KEPT)])
        self._states[feed] = state

    def _send_statuses(self) -> None:
        for status in self.statuses():
            now = (status.status, status.message, status.commit, tuple(hold.id for hold in status.holds))
            if self._sent.get(status.feed) not in (None, now):
                data = msgspec.json.encode({"feed": status.feed, "status": status.status})
                self.stream.send(Event(kind="status", data=data))
            self._sent[status.feed] = now

    async def _follow(self, ledger: Ledger) -> None:
        async for change in ledger.tail(dict(self._position), follow=True):
            self._position[change.feed] = change.sequence
            self.search.take(change)
            if not has_line(change):
                continue
            line = change_line(change)
            self.recent.add(line)
            self.stream.send(change_event(line))
            if change.index == change.count - 1:
                self._stale.add(change.feed)
                self._wake.set()

    def statuses(self) -> list[FeedStatus]:
        """Return the status of every feed that is enabled or has anything in the ledger: of those that run here as they
        stand, of the others by their state and heartbeat."""
        local = {status.feed: status for status in self._local()}
        names = dict.fromkeys((*self.watched, *local, *sorted(self._states)))
        return [self._status(name, local.get(name)) for name in names if name in local or self._is_shown(name)]

    def _is_shown(self, feed: str) -> bool:
        return feed in self.watched or self._states[feed].commit > 0

    def _status(self, feed: str, local: FeedStatus | None) -> FeedStatus:
        state = self._states.get(feed)
        # A worker that is still restoring knows nothing yet.
        if local is not None and not (local.status == "baselining" and state is not None and state.commit):
            return local
        known = self.feeds.get(feed)
        return from_heartbeat(
            state or FeedState(feed=feed),
            self._beats.get(feed),
            known.interval_seconds if known else STATE_SECONDS_MAX,
            iso(self._clock.now()),
            title=known.title if known else "",
            evidence=known.evidence if known else "",
        )

    def now(self) -> datetime:
        """Return the present in UTC."""
        return self._clock.now()

    def board(self) -> list[BoardRow]:
        """Return the rows of the board, first those that need a person."""
        return self.coordinated.board()

    def holds(self) -> list[HoldCard]:
        """Return the holds that wait for a person, the oldest first; rejected ones last."""
        found = [card for feed in self._cards for card in self._cards[feed]]
        return sorted(found, key=lambda card: (card.rejected, card.since, card.id))

    def sequence(self, feed: str) -> int:
        """Return the sequence of the last change of `feed` that was followed; 0 when there is none."""
        return self._position.get(feed, 0)

    def seconds_since_read(self) -> float:
        """Return how many seconds ago the ledger was last read, or since the start when it never was."""
        return time.monotonic() - self._read_at

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[Ledger]:
        """Lend the ledger for a request that this view cannot answer, to a few requests at a time.

        Raises LedgerError while it cannot be read.
        """
        async with self._readers:
            if self._ledger is None:
                raise LedgerError("the ledger cannot be read just now")
            yield self._ledger

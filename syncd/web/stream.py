"""Server-sent events: each commit goes to all listeners, and nobody waits for a slow one.

The id of an event is a whole position, `eu_fsf:12,un_sc:40`, so that any replica can go on where another ended. A
bounded number of events is kept for listeners that come back; one that was away for longer gets `missed` events, and
reads the rest from `/api`.
"""

import asyncio
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec
from aiohttp import web
from msgspec import Struct

from syncd.core.coordination.target import COORDINATOR
from syncd.feeds import partitions_by_feed

LISTENERS_MAX: Final = 24
QUEUE_MAX: Final = 256
KEPT_MAX: Final = 2048
WRITE_SECONDS_MAX: Final = 10.0
ID_CHARACTERS_MAX: Final = 4096
SEQUENCE_DIGITS_MAX: Final = 18

Position = Mapping[str, int]


class Event(Struct, frozen=True, kw_only=True):
    """`of` is the feed, or the coordinator, whose `sequence` this is; an event without one is not kept."""

    kind: str
    data: bytes
    of: str = ""
    sequence: int = 0


class Missed(Struct, frozen=True, kw_only=True):
    """Changes of `feed` after `after` up to and with `until`, that are no longer kept here: `/api/changes` has them,
    for the coordinator `/api/coordination`."""

    feed: str
    after: int
    until: int


class Listener:
    """One client: the frames that wait for it. `dropped` is set when it does not take them in time."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[bytes] = asyncio.Queue(QUEUE_MAX)
        self.dropped = asyncio.Event()


class Stream:
    """The listeners, and the latest events for those that come back."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()
        self._kept: deque[Event] = deque()
        self._forgotten: dict[str, int] = {}
        self._position: dict[str, int] = {}

    @property
    def listeners(self) -> int:
        """How many listen."""
        return len(self._listeners)

    def begin(self, position: Position) -> None:
        """Set the position before the first event: nothing up to it was or will be sent."""
        for name, sequence in position.items():
            self._position.setdefault(name, sequence)
            self._forgotten.setdefault(name, sequence)

    def restart(self, name: str, sequence: int) -> None:
        """Drop the events of `name` and set its position: the ledger is another one."""
        self._kept = deque(event for event in self._kept if event.of != name)
        self._position[name] = self._forgotten[name] = sequence

    def send(self, event: Event) -> None:
        """Send `event` to all listeners and keep it. A listener whose queue is full is dropped."""
        if event.of:
            self._position[event.of] = event.sequence
            self._kept.append(event)
            if len(self._kept) > KEPT_MAX:
                gone = self._kept.popleft()
                self._forgotten[gone.of] = gone.sequence
        frame = _frame(event, self._position)
        for listener in tuple(self._listeners):
            try:
                listener.queue.put_nowait(frame)
            except asyncio.QueueFull:
                self._listeners.discard(listener)
                listener.dropped.set()

    def join(self, last_id: str = "") -> tuple[Listener, list[bytes]] | None:
        """Return a new listener and the frames that it gets first; None when there are too many listeners.

        With the id of the last event that it saw, it gets all events since then; for a feed of which not all are kept,
        a `missed` event. With a text that is no such id, it gets a `missed` event for every feed.
        """
        if len(self._listeners) >= LISTENERS_MAX:
            return None
        seen = position_of(last_id)
        first = list(self._since(seen) if seen is not None else self._everything() if last_id else ())
        first.append(_frame(Event(kind="position", data=b"{}"), self._position))
        listener = Listener()
        self._listeners.add(listener)
        return listener, first

    def leave(self, listener: Listener) -> None:
        """Remove `listener`."""
        self._listeners.discard(listener)

    def drop_all(self) -> None:
        """Drop all listeners: the port closes."""
        for listener in self._listeners:
            listener.dropped.set()
        self._listeners.clear()

    def _everything(self) -> Iterator[bytes]:
        """Yield the frames for a listener whose last event is unknown."""
        for name, end in sorted(self._position.items()):
            missed = Missed(feed=name, after=0, until=end)
            yield _frame(Event(kind="missed", data=msgspec.json.encode(missed)), self._position)

    def _since(self, seen: Position) -> Iterator[bytes]:
        at = dict(seen)
        for name, end in self._position.items():
            begin = self._forgotten.get(name, 0)
            if at.get(name, 0) < begin:
                at[name] = begin
                missed = Missed(feed=name, after=seen.get(name, 0), until=begin)
                yield _frame(Event(kind="missed", data=msgspec.json.encode(missed)), at)
            at.setdefault(name, min(begin, end))
        for event in self._kept:
            if event.sequence > at.get(event.of, 0):
                at[event.of] = event.sequence
                yield _frame(event, at)


def position_of(event_id: str) -> dict[str, int] | None:
    """Return the position that the id of an event states; None when the text is no such id."""
    if not event_id or len(event_id) > ID_CHARACTERS_MAX:
        return None
    found = {}
    for part in event_id.split(","):
        name, _, number = part.partition(":")
        known = name in partitions_by_feed() or name == COORDINATOR
        if not known or not (number.isascii() and number.isdigit()) or len(number) > SEQUENCE_DIGITS_MAX:
            return None
        found[name] = int(number)
    return found


def _frame(event: Event, position: Position) -> bytes:
    at = ",".join(f"{name}:{sequence}" for name, sequence in sorted(position.items()))
    return b"".join((b"id: ", at.encode(), b"\nevent: ", event.kind.encode(), b"\ndata: ", event.data, b"\n\n"))


async def write(response: web.StreamResponse, data: bytes) -> None:
    """Write `data`. Raises TimeoutError when the client does not take it."""
    async with asyncio.timeout(WRITE_SECONDS_MAX):
        await response.write(data)

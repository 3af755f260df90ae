"""Server-sent events: each commit goes to all listeners, and nobody waits for a slow one.

The id of an event is a whole position, `eu_fsf:12,un_sc:40`, so that any replica can go on where another ended. A
bounded number of events is kept for listeners that come back; one that was away for longer gets `missed` events, and
reads the rest from `/api`.
"""

import asyncio
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Final, get_args

import msgspec
from aiohttp import web
from msgspec import Struct

from syncd.core.coordination.target import COORDINATOR, CoordinationType
from syncd.core.events import ChangeType
from syncd.feeds import partitions_by_feed
from syncd.web.lines import ChangeLine

LISTENERS_MAX: Final = 24
QUEUE_MAX: Final = 256
KEPT_MAX: Final = 2048
WRITE_SECONDS_MAX: Final = 10.0
ID_CHARACTERS_MAX: Final = 4096
SEQUENCE_DIGITS_MAX: Final = 18

TYPES: Final = (*get_args(ChangeType), *get_args(CoordinationType))

Position = Mapping[str, int]


class Event(Struct, frozen=True, kw_only=True):
    """`of` is the feed, or the coordinator, whose `sequence` this is; an event without one is not kept. `type` is that
    of the change or coordination event, by which listeners may filter; what has none goes to all."""

    kind: str
    data: bytes
    of: str = ""
    sequence: int = 0
    type: str = ""
    material: bool = True


class Filter(Struct, frozen=True, kw_only=True):
    """The events that a listener wants: of `feeds` (the coordinator is one), of `types`, only the material changes.
    What is empty lets everything through."""

    feeds: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    material: bool = False

    def admits(self, event: Event) -> bool:
        """Return whether the listener gets `event`."""
        if self.feeds and event.of and event.of not in self.feeds:
            return False
        if self.types and event.type and event.type not in self.types:
            return False
        return event.material or not self.material


EVERYTHING: Final = Filter()


class Missed(Struct, frozen=True, kw_only=True):
    """Changes of `feed` after `after` up to and with `until`, that are no longer kept here: `/api/changes` has them,
    for the coordinator `/api/coordination`."""

    feed: str
    after: int
    until: int


class Listener:
    """One client: the frames that wait for it. `dropped` is set when it does not take them in time."""

    def __init__(self, wanted: Filter = EVERYTHING) -> None:
        self.wanted = wanted
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
            if not listener.wanted.admits(event):
                continue
            try:
                listener.queue.put_nowait(frame)
            except asyncio.QueueFull:
                self._listeners.discard(listener)
                listener.dropped.set()

    def join(self, last_id: str = "", wanted: Filter = EVERYTHING) -> tuple[Listener, list[bytes]] | None:
        """Return a new listener for the events that are `wanted`, and the frames that it gets first; None when there
        are too many listeners.

        With the id of the last event that it saw, it gets all events since then; for a feed of which not all are kept,
        a `missed` event. With a text that is no such id, it gets a `missed` event for every feed.
        """
        if len(self._listeners) >= LISTENERS_MAX:
            return None
        seen = position_of(last_id)
        first = list(self._since(seen, wanted) if seen is not None else self._everything(wanted) if last_id else ())
        first.append(_frame(Event(kind="position", data=b"{}"), self._position))
        listener = Listener(wanted)
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

    def _everything(self, wanted: Filter) -> Iterator[bytes]:
        """Yield the frames for a listener whose last event is unknown."""
        for name, end in sorted(self._position.items()):
            if wanted.feeds and name not in wanted.feeds:
                continue
            missed = Missed(feed=name, after=0, until=end)
            yield _frame(Event(kind="missed", data=msgspec.json.encode(missed)), self._position)

    def _since(self, seen: Position, wanted: Filter) -> Iterator[bytes]:
        at = dict(seen)
        for name, end in self._position.items():
            begin = self._forgotten.get(name, 0)
            if at.get(name, 0) < begin:
                at[name] = begin
                if wanted.feeds and name not in wanted.feeds:
                    continue
                missed = Missed(feed=name, after=seen.get(name, 0), until=begin)
                yield _frame(Event(kind="missed", data=msgspec.json.encode(missed)), at)
            at.setdefault(name, min(begin, end))
        for event in self._kept:
            if event.sequence > at.get(event.of, 0):
                at[event.of] = event.sequence
                if wanted.admits(event):
                    yield _frame(event, at)


def change_event(line: ChangeLine) -> Event:
    """Return the event of a committed change."""
    return Event(
        kind="change",
        data=msgspec.json.encode(line),
        of=line.feed,
        sequence=line.sequence,
        type=line.type,
        material=line.material,
    )


def filter_of(feeds: str, types: str, material: str) -> Filter:
    """Return the filter that a query states, lists parted by commas. Raises ValueError with what it may hold."""
    wanted = Filter(
        feeds=frozenset(filter(None, feeds.split(","))),
        types=frozenset(filter(None, types.split(","))),
        material=material == "true",
    )
    if unknown := wanted.feeds - {*partitions_by_feed(), COORDINATOR}:
        raise ValueError(
            f"there is no feed {min(unknown)}; there are: {', '.join(partitions_by_feed())}, {COORDINATOR}"
        )
    if wanted.types - set(TYPES):
        raise ValueError(f"type may be: {', '.join(TYPES)}")
    if material not in ("", "true", "false"):
        raise ValueError("material may be: true, false")
    return wanted


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

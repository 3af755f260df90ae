"""The coordination for the port: its events as they are followed, and the targets that they are about."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from syncd.core import codec
from syncd.core.coordination.target import COORDINATOR, CoordinationEvent, Target
from syncd.core.tolerant import tolerating
from syncd.ledger.contract import Ledger
from syncd.web import board
from syncd.web.board import BoardRow
from syncd.web.stream import Event, Stream

EVENTS_KEPT: Final = 1000
# In Kafka, reading some targets is reading all of them: not at each of many events.
TARGETS_SECONDS: Final = 10.0
WHOLE_SECONDS: Final = 30.0

_targets: Final = tolerating(msgspec.json.Decoder(Target))


class CoordinationView:
    """The latest coordination events and their targets. `notify` is called after each new event."""

    def __init__(self, stream: Stream, notify: Callable[[], None]) -> None:
        self.sequence = 0
        self._stream = stream
        self._notify = notify
        self._events: deque[CoordinationEvent] = deque(maxlen=EVENTS_KEPT)
        self._shown: dict[str, Target] = {}
        self._is_behind = False
        self._read_at = -TARGETS_SECONDS
        self._whole: Mapping[str, bytes] = {}
        self._whole_until = 0.0
        self._one_at_a_time = asyncio.Lock()
        self._rows: list[BoardRow] | None = None

    async def begin(self, ledger: Ledger) -> None:
        """Set the sequence from which to follow: a little before the end, or where the last session stopped."""
        state, _ = await ledger.targets(only=())
        if self.sequence > state.sequence:
            self._events.clear()
            self._shown.clear()
            self.sequence = max(0, state.sequence - EVENTS_KEPT)
            self._stream.restart(COORDINATOR, self.sequence)
        elif not self._events:
            self.sequence = max(0, state.sequence - EVENTS_KEPT)
        self._is_behind = True
        self._stream.begin({COORDINATOR: self.sequence})

    async def follow(self, ledger: Ledger) -> None:
        """Keep each event that is committed, and send it to the stream. Ends only with the ledger's error or a
        cancellation."""
        async for event in ledger.coordination(self.sequence, follow=True):
            self.sequence = event.sequence
            self._events.append(event)
            self._is_behind, self._rows = True, None
            sent = Event(
                kind="coordination",
                data=msgspec.json.encode(event),
                of=COORDINATOR,
                sequence=event.sequence,
                type=event.type,
            )
            self._stream.send(sent)
            self._notify()

    async def refresh(self, ledger: Ledger) -> None:
        """Read the targets of the new events, at most every `TARGETS_SECONDS`."""
        if not self._is_behind or time.monotonic() - self._read_at < TARGETS_SECONDS:
            return
        self._is_behind = False
        # Not all: that would be 25 MB of all lists, and half a minute later nobody would have asked for them.
        _, rows = await ledger.targets(only={event.target for event in self._events})
        self._shown = {name: unpacked_row(row) for name, row in rows.items()}
        self._rows = None
        self._read_at = time.monotonic()

    def board(self) -> list[BoardRow]:
        """Return the rows of the board (`web.board`)."""
        if self._rows is None:
            self._rows = board.rows(self._events, self._shown)
        return self._rows

    async def whole(self, ledger: Ledger) -> Mapping[str, bytes]:
        """Return every target, packed, by id, no older than `WHOLE_SECONDS`."""
        async with self._one_at_a_time:
            if time.monotonic() > self._whole_until:
                _, self._whole = await ledger.targets()
                self._whole_until = time.monotonic() + WHOLE_SECONDS
            return self._whole

    def forget_whole(self) -> None:
        """Drop the targets that `whole` keeps, once they are too old."""
        if time.monotonic() > self._whole_until:
            self._whole = {}


def unpacked_row(row: bytes) -> Target:
    """Return the target that a row of the ledger packs. Raises zstandard.ZstdError, msgspec.MsgspecError."""
    return _targets(codec.unpack_json(row))

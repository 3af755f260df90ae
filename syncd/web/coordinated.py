"""What is said of several lists together, for the port: coordination events as they are followed, and the targets that
they are of."""

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
# Reading the targets is reading all of them: not at each of many events.
TARGETS_SECONDS: Final = 10.0
WHOLE_SECONDS: Final = 30.0

_targets: Final = tolerating(msgspec.json.Decoder(Target))


class CoordinationView:
    """`said` is called when there is something new."""

    def __init__(self, stream: Stream, said: Callable[[], None]) -> None:
        self.sequence = 0
        self._stream = stream
        self._said = said
        self._events: deque[CoordinationEvent] = deque(maxlen=EVENTS_KEPT)
        self._shown: dict[str, Target] = {}
        self._is_behind = False
        self._read_at = -TARGETS_SECONDS
        self._whole: Mapping[str, bytes] = {}
        self._whole_until = 0.0
        self._one_at_a_time = asyncio.Lock()
        self._rows: list[BoardRow] | None = None

    async def begin(self, ledger: Ledger) -> None:
        """Where to follow from, as for a feed: a little before the end, or where the last session came to."""
        state, rows = await ledger.targets()
        if self.sequence > state.sequence:
            self._events.clear()
            self._shown.clear()
            self.sequence = max(0, state.sequence - EVENTS_KEPT)
            self._stream.restart(COORDINATOR, self.sequence)
        elif not self._events:
            self.sequence = max(0, state.sequence - EVENTS_KEPT)
        self._keep(rows)
        self._is_behind = True
        self._stream.begin({COORDINATOR: self.sequence})

    async def follow(self, ledger: Ledger) -> None:
        async for event in ledger.coordination(self.sequence, follow=True):
            self.sequence = event.sequence
            self._events.append(event)
            self._is_behind, self._rows = True, None
            told = Event(kind="coordination", data=msgspec.json.encode(event), of=COORDINATOR, sequence=event.sequence)
            self._stream.tell(told)
            self._said()

    async def refresh(self, ledger: Ledger) -> None:
        """The targets of what was said since, if it is time."""
        if not self._is_behind or time.monotonic() - self._read_at < TARGETS_SECONDS:
            return
        self._is_behind = False
        _, rows = await ledger.targets()
        wanted = {event.target for event in self._events}
        self._shown = {name: unpacked_row(rows[name]) for name in wanted if name in rows}
        self._rows = None
        self._read_at = time.monotonic()
        self._keep(rows)

    def board(self) -> list[BoardRow]:
        if self._rows is None:
            self._rows = board.rows(self._events, self._shown)
        return self._rows

    async def whole(self, ledger: Ledger) -> Mapping[str, bytes]:
        """Every target, packed, as of less than half a minute ago."""
        async with self._one_at_a_time:
            if time.monotonic() > self._whole_until:
                _, rows = await ledger.targets()
                self._keep(rows)
            return self._whole

    def _keep(self, rows: Mapping[str, bytes]) -> None:
        """For those who page through them; not for longer, they are many."""
        self._whole, self._whole_until = rows, time.monotonic() + WHOLE_SECONDS

    def forget_whole(self) -> None:
        if time.monotonic() > self._whole_until:
            self._whole = {}


def unpacked_row(row: bytes) -> Target:
    return _targets(codec.unpack_json(row))

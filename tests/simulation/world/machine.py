"""The machine beneath the daemon, in the place of the real one while a world runs: its clocks, its network, its chance,
its threads, and the process that parses.

The parser's process is replaced at its pipes: the bytes of the request go in, the bytes of the frames come out, made by
the program that the process runs (`parser_program.answer_request`), without its bounds of memory and time.
"""

import asyncio
import contextlib
import io
import random
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

import httpx

from syncd import malloc
from syncd.daemon import daemon
from syncd.feeds.contract import RawEntry
from syncd.feeds.reading import DocumentReading, Entry
from syncd.intake import backoff, parser_program
from syncd.ledger.sqlite import written
from syncd.workers import coordinator, failure, feed, notices, webhooks
from tests.simulation.world.replacing import replaced

T = TypeVar("T")

LATE_SECONDS = 0.3


class ParserProcess:
    """What `asyncio.create_subprocess_exec` returns, of the parser's program alone."""

    pid = 0
    returncode = 0

    def __init__(self, chance: random.Random) -> None:
        self.stdin = self
        self.stdout, self.stderr = asyncio.StreamReader(), asyncio.StreamReader()
        self._chance = chance
        self._asked = io.BytesIO()

    def write(self, data: bytes) -> None:
        self._asked.write(data)

    async def drain(self) -> None:
        await asyncio.sleep(self._chance.random() * LATE_SECONDS)

    def close(self) -> None:
        frames = io.BytesIO()
        parser_program.answer_request(self._asked.getvalue(), frames)
        self.stdout.feed_data(frames.getvalue())
        self.stdout.feed_eof()
        self.stderr.feed_eof()

    async def wait(self) -> int:
        return 0


async def in_thread(work: Callable[[], T], name: str) -> T:
    """As `concurrency.in_thread`, by a thread of the loop."""
    return await asyncio.get_running_loop().run_in_executor(None, work)


_fresh = DocumentReading._fresh
_read: dict[tuple[object, ...], Entry] = {}
READ_MAX = 20_000


def read_once(reading: DocumentReading, raw: RawEntry, fingerprint: bytes) -> Entry:
    """As `DocumentReading._fresh`, of which the outcome is kept: the same entries stand in the documents of many
    worlds, and what is read of one depends on its bytes and on the day alone."""
    if reading._known.former:
        return _fresh(reading, raw, fingerprint)
    asked = (reading._feed.id, reading._vocabulary, raw.raw, reading._published())
    entry = _read.get(asked)
    if entry is None:
        if len(_read) >= READ_MAX:
            _read.clear()
        entry = _read[asked] = _fresh(reading, raw, fingerprint)
    return entry


def forget_read() -> None:
    """Forget what was read of the entries of all worlds."""
    _read.clear()


@contextlib.contextmanager
def simulated(
    *,
    monotonic: Callable[[], float],
    wall: Callable[[], float],
    answer: Callable[[httpx.Request], Awaitable[httpx.Response]],
    chance: random.Random,
    look_seconds: float,
) -> Iterator[None]:
    """While it is entered, `syncd` runs on this machine. What it does each second it does each `look_seconds`."""

    async def start_parser(*_: object, **__: object) -> ParserProcess:
        return ParserProcess(chance)

    async def handle(_: object, request: httpx.Request) -> httpx.Response:
        return await answer(request)

    values: list[tuple[Any, str, Any]] = [
        (time, "monotonic", monotonic),
        (time, "time", wall),
        (httpx.AsyncHTTPTransport, "handle_async_request", handle),
        (urllib.request, "getproxies", dict),
        (asyncio, "create_subprocess_exec", start_parser),
        (backoff, "_RANDOM", chance),
        (malloc, "trim", lambda: None),
        (DocumentReading, "_fresh", read_once),
        (coordinator, "in_thread", in_thread),
        (notices, "in_thread", in_thread),
        # A file says when it was written by the clock of the real machine: signals are asked for each time.
        (written, "SETTLED_NS", 1 << 62),
        (feed, "LOOK_EVERY_SECONDS", look_seconds),
        (coordinator, "LOOK_EVERY_SECONDS", look_seconds),
        (notices, "LOOK_EVERY_SECONDS", look_seconds),
        (written, "FOLLOW_SECONDS", look_seconds),
        (webhooks, "NOTE_SECONDS", look_seconds),
        (failure, "HEARTBEAT_SECONDS", 10 * look_seconds),
        (daemon, "TICK_SECONDS", 10 * look_seconds),
        (daemon, "ARCHIVE_FLUSH_SECONDS", 2 * look_seconds),
    ]
    with replaced(values):
        yield

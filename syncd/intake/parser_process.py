"""Parsing beside the event loop: one short-lived process a document, bounded in time and memory.

This is the side of the daemon; `parser_program.py` is the other.
"""

import asyncio
import contextlib
import heapq
import itertools
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import msgspec
from msgspec import Struct, field

from syncd.core.document import Document, DocumentEntry, Quarantined, digest_of, set_aside
from syncd.core.state import DocumentNote, Stored
from syncd.errors import AnotherDocument, DocumentRefused
from syncd.intake import parser_program
from syncd.intake.parser_program import LENGTH, Frame, Item, Request

FRAME_BYTES_MAX = 1 << 30
PARSE_SECONDS_MAX = 600.0
# A document above this is parsed in a lane of its own, so that it is never in the way of the small ones.
BIG_BYTES = 20_000_000
# … and has all the seconds that there are for a document; a small one has this share of them at least.
SMALL_SHARE = 0.1


_frames = msgspec.msgpack.Decoder(Frame)


class Parsed(Struct, frozen=True, kw_only=True):
    """A parsed document, the seconds that it took, and the seconds that it waited for its turn."""

    document: Document
    seconds: float
    waited_seconds: float


class Lane:
    """Lets a bounded number of documents be parsed at once. A feed whose last document took long gives way to those
    that come within that time after it, so that its slow documents delay the others by one of them at most."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._arrivals = itertools.count()
        self._took: dict[str, float] = {}

    @contextlib.asynccontextmanager
    async def turn(self, feed: str) -> AsyncIterator[None]:
        """Wait for a place, and hold it for a document of `feed` while the block runs."""
        await self._enter(feed)
        started = time.monotonic()
        try:
            yield
        finally:
            self._took[feed] = time.monotonic() - started
            self._leave()

    async def _enter(self, feed: str) -> None:
        if self._free and not self._waiting:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        place = time.monotonic() + self._took.get(feed, 0.0)
        heapq.heappush(self._waiting, (place, next(self._arrivals), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave()
            raise

    def _leave(self) -> None:
        self._free += 1
        while self._free and self._waiting:
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                self._free -= 1
                turn.set_result(None)


class Lanes:
    """One lane for big documents and one for others: one each at once, which bounds the memory of a first start."""

    def __init__(self, *, big: int = 1, small: int = 1) -> None:
        self._big = Lane(big)
        self._small = Lane(small)

    def lane(self, bytes_count: int) -> Lane:
        """The lane for a document of this size."""
        return self._big if bytes_count > BIG_BYTES else self._small


def seconds_of(bytes_count: int, seconds_max: float) -> float:
    """The seconds that parsing a document of this size may take: `seconds_max` for a big one, a tenth for a small."""
    return seconds_max * min(1.0, max(SMALL_SHARE, bytes_count / BIG_BYTES))


class Before(Struct, frozen=True, kw_only=True):
    """What is known when a document is parsed. `records` are those in force, whose fingerprints need not be read again;
    with a `former_version` they were read by that version of the parser, and all is read anew. `references` are the
    code tables of the document before. `pieces` is a folder in which the pieces of a document are kept, so that the
    next one is read by difference."""

    records: Mapping[str, Stored]
    references: Mapping[str, str] = field(default_factory=dict)
    former_version: int | None = None
    pieces: Path | None = None


async def parse_document(
    feed: str,
    note: DocumentNote,
    path: Path,
    before: Before,
    *,
    lanes: Lanes,
    seconds_max: float = PARSE_SECONDS_MAX,
) -> Parsed:
    """The document in the file `path`. `note` says where it came from; its digest and count are filled in here.

    Its `unknown` are those of the document before. `seconds_max` is for a big document, see `seconds_of`. Raises
    DocumentRefused.
    """
    records = before.records
    fingerprints = {one.fingerprint: key for key, one in records.items() if one.status == "listed" and one.fingerprint}
    is_former = before.former_version is not None
    request = Request(
        feed=feed,
        vocabulary=note.vocabulary,
        path=str(path),
        known={} if is_former else fingerprints,
        references=dict(before.references),
        unknown=note.unknown,
        observed=note.observed[:10] or None,
        former=fingerprints if is_former else {},
        former_version=before.former_version or 0,
        pieces=str(before.pieces) if before.pieces else None,
    )
    size = (await asyncio.to_thread(path.stat)).st_size
    arrived = time.monotonic()
    async with lanes.lane(size).turn(feed):
        started = time.monotonic()
        document = await _parsed(request, note, records, seconds_of(size, seconds_max))
        return Parsed(document=document, seconds=time.monotonic() - started, waited_seconds=started - arrived)


async def _parsed(request: Request, note: DocumentNote, records: Mapping[str, Stored], seconds_max: float) -> Document:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        parser_program.__name__,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=FRAME_BYTES_MAX,
        process_group=0,
    )
    try:
        async with asyncio.timeout(seconds_max):
            return await _converse(process, request, note, records)
    except TimeoutError:
        raise DocumentRefused(f"reading it took longer than {seconds_max:.0f} s") from None
    finally:
        kill(process, with_group=True)
        await process.wait()


def kill(process: asyncio.subprocess.Process, *, with_group: bool = False) -> None:
    """Kill the process by its id, `with_group` also the others of the group that it leads. Its own method `kill` first
    looks whether the process has ended, which takes the exit code away from asyncio: that waits for the code and logs
    that the process is unknown."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if with_group else os.kill)(process.pid, signal.SIGKILL)


async def _converse(
    process: asyncio.subprocess.Process, request: Request, note: DocumentNote, records: Mapping[str, Stored]
) -> Document:
    assert process.stdin and process.stdout and process.stderr
    complaints = asyncio.create_task(process.stderr.read())
    try:
        process.stdin.write(msgspec.msgpack.encode(request))
        await process.stdin.drain()
        process.stdin.close()
        entries: dict[str, DocumentEntry] = {}
        quarantined: list[Quarantined] = []
        while not (frame := await _frame(process.stdout)).ended:
            for item in frame.items:
                _take(item, entries, quarantined, records)
        if frame.refused is not None:
            raise (AnotherDocument if frame.another else DocumentRefused)(frame.refused)
    except (asyncio.IncompleteReadError, ConnectionError):
        last = (await complaints).decode(errors="replace").strip().splitlines()[-1:]
        raise DocumentRefused(f"the parser ended before the document did: {' '.join(last) or 'killed'}") from None
    finally:
        complaints.cancel()
    return Document(
        note=msgspec.structs.replace(
            note,
            digest=digest_of(entries),
            records=len(entries),
            published=frame.published or note.published,
            layout=frame.layout,
            unknown=frame.unknown,
            quarantined=len(quarantined),
        ),
        entries=entries,
        quarantined=tuple(quarantined),
        references=frame.references,
    )


async def _frame(stream: asyncio.StreamReader) -> Frame:
    (length,) = LENGTH.unpack(await stream.readexactly(LENGTH.size))
    return _frames.decode(await stream.readexactly(length))


def _take(
    item: Item, entries: dict[str, DocumentEntry], quarantined: list[Quarantined], records: Mapping[str, Stored]
) -> None:
    if item.problem is not None or item.key is None:
        set_aside(entries, quarantined, item.key, item.problem or "it has no id")
        return
    entries[item.key] = DocumentEntry(
        key=item.key,
        digest=item.digest or records[item.key].digest,
        fingerprint=item.fingerprint,
        body=item.body,
        partial=item.partial,
        unknown=item.unknown,
        former=item.former,
    )

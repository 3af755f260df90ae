"""The program of the process that parses one document: `python -m syncd.intake.parser_program`.

A request comes in on standard input, frames go out on standard output: batches of entries, then the document's header
or the reason why it was refused. It is started for every document, and imports no more than reading needs: with asyncio
it would take a fourth longer to begin.
"""

import contextlib
import gc
import mmap
import resource
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec import Struct

from syncd.core import codec
from syncd.errors import AnotherDocument, DocumentRefused
from syncd.feeds import one_feed
from syncd.feeds.contract import Feed
from syncd.feeds.difference import Index
from syncd.feeds.reading import Compared, DocumentReading, Entry, Known
from syncd.intake import piece_index
from syncd.intake.parser_forks import on_processors, processes_count

BATCH_ENTRIES = 256
SPREAD_BYTES_MIN = 10_000_000
MEMORY_BYTES_MAX = 2 << 30
# Of a frame, before it.
LENGTH = struct.Struct(">I")


class Request(Struct, frozen=True, kw_only=True):
    """What to read. `known`: fingerprint → key of what is in force; `unknown`, `former` and `former_version`: see
    `feeds.reading.Known`. `observed`: the day on which it was seen. `pieces`: the folder with the pieces of the
    document before; without one, and with a `former_version`, the document is read whole."""

    feed: str
    vocabulary: str
    path: str
    known: dict[bytes, str]
    references: dict[str, str]
    unknown: dict[str, int] = {}
    strict: bool = False
    observed: str | None = None
    former: dict[bytes, str] = {}
    former_version: int = 0
    pieces: str | None = None


class Item(Struct, frozen=True, array_like=True):
    """One entry as it comes from the parser process: an entry that was read, or the `problem` for which it was not."""

    key: str | None
    digest: str | None
    fingerprint: bytes
    body: bytes | None
    partial: bool
    problem: str | None
    unknown: tuple[str, ...] = ()
    former: str | None = None


class Frame(Struct, frozen=True, kw_only=True):
    """A batch of entries, or the end: the header's facts, or why the document is refused."""

    items: tuple[Item, ...] = ()
    ended: bool = False
    published: str | None = None
    references: dict[str, str] = {}
    layout: tuple[str, ...] = ()
    unknown: dict[str, int] = {}
    refused: str | None = None
    another: bool = False


_requests = msgspec.msgpack.Decoder(Request)


def parser_main() -> None:
    """Read one request from standard input and write its frames to standard output: the program of the process."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, hard))
    # A seventh of a first reading goes into the search for circles, which no record has; the process ends soon.
    gc.disable()
    answer_request(sys.stdin.buffer.read(), sys.stdout.buffer)


def answer_request(encoded: bytes, out: BinaryIO) -> None:
    """Write the frames that answer an encoded `Request` to `out`."""
    try:
        _serve(_requests.decode(encoded), out)
    except DocumentRefused as refusal:
        _send(out, Frame(ended=True, refused=str(refusal), another=isinstance(refusal, AnotherDocument)))
    except MemoryError:
        _send(out, Frame(ended=True, refused=f"reading it needs more than {MEMORY_BYTES_MAX >> 20} MB of memory"))


def _serve(request: Request, out: BinaryIO) -> None:
    feed = one_feed(request.feed)
    known = Known(
        fingerprints=request.known,
        references=request.references,
        unknown=request.unknown,
        former=request.former,
        former_version=request.former_version,
    )
    with Path(request.path).open("rb") as stream, _compared(request, feed, stream) as compared:
        reading = DocumentReading(
            feed,
            request.vocabulary,
            stream,
            known=known,
            strict=request.strict,
            observed=request.observed,
            compared=compared,
            spread=on_processors if _is_big(request) and processes_count() > 1 else None,
        )
        _send_entries(out, reading)
        # What is there already need not be written again.
        if request.pieces and reading.index is not None and not reading.is_indexed:
            piece_index.save_index(Path(request.pieces), feed, request.vocabulary, reading.index)
    header = reading.header
    _send(
        out,
        Frame(
            ended=True,
            published=header.published,
            references=header.references,
            layout=header.layout,
            unknown=header.unknown,
        ),
    )


def _is_big(request: Request) -> bool:
    """Whether a document is worth several processes, which take 50 ms to begin and to be joined."""
    return Path(request.path).stat().st_size > SPREAD_BYTES_MIN


def _send_entries(out: BinaryIO, reading: DocumentReading) -> None:
    batch: list[Item] = []
    for entry in reading:
        batch.append(_item(entry))
        if len(batch) == BATCH_ENTRIES:
            _send(out, Frame(items=tuple(batch)))
            batch.clear()
    _send(out, Frame(items=tuple(batch)))


@contextlib.contextmanager
def _compared(request: Request, feed: Feed, stream: BinaryIO) -> Iterator[Compared | None]:
    """The document in a memory map, to be compared with the one before; None where it is read whole."""
    pieces = feed.readers[request.vocabulary].pieces
    # An empty file has no map.
    if request.pieces is None or pieces is None or not Path(request.path).stat().st_size:
        yield None
        return
    earlier = Index()
    if not request.former_version:
        earlier = piece_index.load_index(Path(request.pieces), feed, request.vocabulary)
    with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as document:
        yield Compared(document=document, earlier=earlier)


def _item(entry: Entry) -> Item:
    record = entry.record
    return Item(
        entry.key,
        entry.digest,
        entry.fingerprint,
        codec.pack_record(record) if record else entry.packed,
        entry.partial if record is None else record.completeness == "partial",
        entry.problem,
        tuple(sorted(entry.unknown)),
        entry.former,
    )


def _send(out: BinaryIO, frame: Frame) -> None:
    payload = msgspec.msgpack.encode(frame)
    out.write(LENGTH.pack(len(payload)) + payload)
    out.flush()


if __name__ == "__main__":
    parser_main()

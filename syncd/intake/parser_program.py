"""The program of the process that parses one document: `python -m syncd.intake.parser_program`.

A request comes in on standard input, frames go out on standard output: batches of entries, then the document's header
or the reason why it was refused. It is started for every document, and imports no more than reading needs: with asyncio
it would take a fourth longer to begin.
"""

import resource
import struct
import sys
from pathlib import Path

import msgspec
from msgspec import Struct

from syncd.core import codec
from syncd.errors import AnotherDocument, DocumentRefused
from syncd.feeds import one_feed
from syncd.feeds.reading import DocumentReading, Entry, Known

BATCH_ENTRIES = 256
MEMORY_BYTES_MAX = 2 << 30
# Of a frame, before it.
LENGTH = struct.Struct(">I")


class Request(Struct, frozen=True, kw_only=True):
    """What to read. `known`: fingerprint → key of what is in force; `unknown`, `former` and `former_version`: see
    `feeds.reading.Known`. `observed`: the day on which it was seen."""

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
    request = _requests.decode(sys.stdin.buffer.read())
    try:
        _serve(request)
    except DocumentRefused as refusal:
        _send(Frame(ended=True, refused=str(refusal), another=isinstance(refusal, AnotherDocument)))
    except MemoryError:
        _send(Frame(ended=True, refused=f"reading it needs more than {MEMORY_BYTES_MAX >> 20} MB of memory"))


def _serve(request: Request) -> None:
    known = Known(
        fingerprints=request.known,
        references=request.references,
        unknown=request.unknown,
        former=request.former,
        former_version=request.former_version,
    )
    batch: list[Item] = []
    with Path(request.path).open("rb") as stream:
        reading = DocumentReading(
            one_feed(request.feed),
            request.vocabulary,
            stream,
            known=known,
            strict=request.strict,
            observed=request.observed,
        )
        for entry in reading:
            batch.append(_item(entry))
            if len(batch) == BATCH_ENTRIES:
                _send(Frame(items=tuple(batch)))
                batch.clear()
    _send(Frame(items=tuple(batch)))
    header = reading.header
    _send(
        Frame(
            ended=True,
            published=header.published,
            references=header.references,
            layout=header.layout,
            unknown=header.unknown,
        )
    )


def _item(entry: Entry) -> Item:
    record = entry.record
    return Item(
        entry.key,
        entry.digest,
        entry.fingerprint,
        codec.pack_record(record) if record else None,
        record is not None and record.completeness == "partial",
        entry.problem,
        tuple(sorted(entry.unknown)),
        entry.former,
    )


def _send(frame: Frame) -> None:
    payload = msgspec.msgpack.encode(frame)
    sys.stdout.buffer.write(LENGTH.pack(len(payload)) + payload)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    parser_main()

"""NDJSON: the list's note, then one record a line, each under its digest.

The form verifies: the SHA-256 over the lines `key␠digest\\n`, sorted by the bytes of the key, is the note's digest, and
each digest is that of the record beside it (`core.canonical`). `problems_of` is that check.
"""

from collections.abc import Collection, Iterable, Iterator

import msgspec
from msgspec import Struct

from syncd.core import canonical, codec
from syncd.exports.listing import ExportEntry, ListNote

PROBLEMS_MAX = 20

_encode = msgspec.json.Encoder().encode


class _Line(Struct):
    digest: str = ""
    record: msgspec.Raw = msgspec.Raw()
    list: ListNote | None = None


_decode = msgspec.json.Decoder(_Line).decode


class ListFinding(Struct, frozen=True, kw_only=True):
    """What the check of one list in an export found."""

    feed: str
    ok: bool
    records: int
    digest: str
    commit: int
    at: str
    problems: tuple[str, ...] = ()


def note_line(note: ListNote) -> bytes:
    """Return the first line of a list."""
    return _encode({"list": note}) + b"\n"


def ndjson_line(entry: ExportEntry) -> bytes:
    """Return the line of a record."""
    return b'{"digest":"%b","record":%b}\n' % (entry.digest.encode(), entry.json)


def findings_of(lines: Iterable[bytes], feeds: Collection[str]) -> Iterator[ListFinding]:
    """Yield what the check found for the lists of `feeds`, or for every list where none is named. One of them that is
    not in the export is a problem, too."""
    missing = dict.fromkeys(feeds)
    for found in findings(lines):
        missing.pop(found.feed, None)
        # Without a feed it is no export, which concerns every list that is looked for.
        if not feeds or not found.feed or found.feed in feeds:
            yield found
    for feed in missing:
        problem = "this list is not in the export"
        yield ListFinding(feed=feed, ok=False, records=0, digest="", commit=0, at="", problems=(problem,))


def findings(lines: Iterable[bytes]) -> Iterator[ListFinding]:
    """Yield for each list in an export what its check found. Never raises for what is wrong with a line. Reads no
    further than the first line where that is not of an export."""
    note: ListNote | None = None
    digests: dict[str, str] = {}
    problems: list[str] = []
    for number, line in enumerate(lines, 1):
        try:
            read = _decode(line)
        except msgspec.MsgspecError as error:
            if note is None:
                break
            problems.append(f"line {number} cannot be read: {error}")
            continue
        if read.list is not None:
            if note is not None:
                yield _found(note, digests, problems)
            note, digests, problems = read.list, {}, []
        elif note is None:
            break
        else:
            problems += _taken(read, number, digests)
    yield _found(note, digests, problems)


def _taken(read: _Line, number: int, digests: dict[str, str]) -> Iterator[str]:
    """Take one record into `digests`; yield what is wrong with it."""
    try:
        record = codec.decode(bytes(read.record))
    except msgspec.MsgspecError:
        yield f"line {number} has no record"
        return
    if record.key in digests:
        yield f"line {number}: {record.key} stands twice"
    if canonical.digest(record) != read.digest:
        yield f"line {number}: {record.key} is not the record that its digest says"
    digests[record.key] = read.digest


def _found(note: ListNote | None, digests: dict[str, str], problems: list[str]) -> ListFinding:
    digest = canonical.list_digest(digests)
    if note is None:
        problems.append("the first line does not say of which list this is: it is no NDJSON export")
    elif (digest, len(digests)) != (note.digest, note.records):
        problems.append(f"{len(digests)} records of {note.records}, and another digest than the list's, {note.digest}")
    return ListFinding(
        feed=note.feed if note else "",
        ok=not problems,
        records=len(digests),
        digest=digest,
        commit=note.commit if note else 0,
        at=(note.at or note.committed_at) if note else "",
        problems=tuple(problems[:PROBLEMS_MAX]),
    )

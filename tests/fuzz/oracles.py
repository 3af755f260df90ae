"""What must hold for every reader and every document, told apart from what must not be.

Every reader: it returns or raises an error of the project; it says the same twice; it takes no more processor time and
memory than the bytes that it reads allow. Every list: an entry that the change did not touch is there, as it was, or
the document as a whole is refused; an entry never stops its list; reading with what is known, and reading by
difference, say what reading whole says.
"""

import io
import os
import re
import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from syncd.core import canonical
from syncd.core.model import Record
from syncd.errors import DocumentRefused, SyncdError, place_of
from syncd.feeds.difference import Index
from syncd.feeds.reading import NOTHING_KNOWN, Compared, DocumentReading, Entry, Known
from tests.fuzz.changes import Change
from tests.fuzz.readers import ListReader, PlainReader, Reader

# Of processor time and of memory: what reading anything may take, and what each byte may add.
SECONDS_MAX, SECONDS_A_BYTE_MAX = 0.5, 10e-6
MEMORY_BYTES_MAX, MEMORY_A_BYTE_MAX = 32_000_000, 100
PEAK = re.compile(rb"VmHWM:\s+(\d+) kB")
# A library's own trace of where it gave up takes more memory than the document.
os.environ["RUST_BACKTRACE"] = "0"
# Words of a problem that no reader foresaw.
UNFORESEEN = "reading it failed"
# Rows of one number, or of one name and birth, are one record: what is changed may be a row of another.
JOINED = frozenset({"eu_vessels", "cz_mzv"})
OBSERVED = "2026-11-01"


class Fault(NamedTuple):
    """Something that must not be. Faults of one `kind` at one `place` are one; `detail` is for the reader."""

    kind: str
    place: str
    detail: str


class Cost(NamedTuple):
    """The most that one reading took: seconds of processor time, and bytes of memory above what there was."""

    seconds: float = 0.0
    memory: int = 0


class Said(NamedTuple):
    """All that a reading of a list says."""

    entries: list[Entry]
    header: Any
    refused: str | None
    index: Index | None


class Tried(NamedTuple):
    """What came of a case."""

    faults: list[Fault]
    cost: Cost


def tried(reader: Reader, change: Change) -> Tried:
    """Read a changed document in every way that there is, and return what must not be."""
    size = max(len(change.body), change.size)
    meter = Meter()
    try:
        if isinstance(reader, ListReader):
            faults = list(_faults_of_list(reader, change, meter))
        else:
            assert isinstance(reader, PlainReader)
            faults = list(_faults_of_plain(reader, change.body, meter))
    except SyncdError as error:
        faults = [Fault("an error that is not of the document", place_of(error), type(error).__name__)]
    except BaseException as error:  # what a library panics with is no Exception
        if isinstance(error, KeyboardInterrupt):
            raise
        faults = [
            Fault("an error that is not the project's", f"{type(error).__name__} {place_of(error)}", repr(error)[:200])
        ]
    if meter.most.seconds > SECONDS_MAX + SECONDS_A_BYTE_MAX * size:
        faults.append(Fault("too slow", reader.name, f"{meter.most.seconds:.2f} s for {size:,} bytes"))
    if meter.most.memory > MEMORY_BYTES_MAX + MEMORY_A_BYTE_MAX * size:
        faults.append(Fault("too large", reader.name, f"{meter.most.memory:,} bytes for {size:,}"))
    return Tried(faults, meter.most)


class Meter:
    """Measures readings, and keeps the most that one took."""

    def __init__(self) -> None:
        self.most = Cost()

    def __call__(self, work: Callable[[], Any]) -> Any:
        """Do a piece of work, measured."""
        before, started = peak_bytes(anew=True), time.process_time()
        try:
            return work()
        finally:
            took, grown = time.process_time() - started, peak_bytes() - before
            self.most = Cost(max(self.most.seconds, took), max(self.most.memory, grown))


def peak_bytes(*, anew: bool = False) -> int:
    """Return the most memory that this process has had, `anew` from now on where the system can do that."""
    try:
        if anew:
            Path("/proc/self/clear_refs").write_bytes(b"5")
        found = PEAK.search(Path("/proc/self/status").read_bytes())
    except OSError:
        found = None
    return int(found[1]) * 1024 if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _faults_of_plain(reader: PlainReader, body: bytes, meter: Meter) -> Iterator[Fault]:
    said = [meter(lambda: _said_of(reader, body)) for _ in range(2)]
    if said[0] != said[1]:
        yield Fault("not the same twice", reader.name, "")


def _said_of(reader: PlainReader, body: bytes) -> tuple[object, str]:
    try:
        return reader.read(body), ""
    except DocumentRefused as refusal:
        return None, str(refusal)


def read_list(reader: ListReader, body: bytes, known: Known = NOTHING_KNOWN, earlier: Index | None = None) -> Said:
    """Read a list, whole or, with an `earlier` index, by difference."""
    compared = None if earlier is None else Compared(document=body, earlier=earlier)
    reading = DocumentReading(
        reader.feed, reader.vocabulary, io.BytesIO(body), known=known, observed=OBSERVED, compared=compared
    )
    entries: list[Entry] = []
    try:
        entries.extend(reading)
    except DocumentRefused as refusal:
        return Said(entries, None, str(refusal), reading.index)
    return Said(entries, reading.header, None, reading.index)


def known_of(said: Said) -> Known:
    """Return what is in force when all of a document was taken."""
    problems = {entry.key for entry in said.entries if entry.problem}
    return Known(
        fingerprints={
            entry.fingerprint: entry.key
            for entry in said.entries
            if entry.key and entry.key not in problems and entry.fingerprint
        },
        references=said.header.references,
        unknown=said.header.unknown,
    )


class Original(NamedTuple):
    """A list before its change: how it reads, and which records go or read otherwise when an entry is taken out."""

    said: Said
    records: dict[str, Record]
    keys: list[frozenset[str]]
    index: Index | None


_originals: dict[str, Original] = {}


def original(reader: ListReader) -> Original:
    """Return a list as it reads unchanged."""
    if reader.name not in _originals:
        said = read_list(reader, reader.body)
        assert said.refused is None, f"{reader.name} is refused unchanged: {said.refused}"
        records = {entry.record.key: entry.record for entry in said.entries if entry.record}
        assert records, f"{reader.name} has no records"
        keys = [_keys_lost(reader, number, records) for number in range(reader.document.count)]
        has_pieces = reader.feed.readers[reader.vocabulary].pieces is not None
        index = read_list(reader, reader.body, earlier=Index()).index if has_pieces else None
        _originals[reader.name] = Original(said, records, keys, index)
    return _originals[reader.name]


def _keys_lost(reader: ListReader, number: int, records: dict[str, Record]) -> frozenset[str]:
    said = read_list(reader, reader.document.without(number))
    return frozenset(records) - {
        entry.key for entry in said.entries if entry.record and entry.record == records.get(entry.record.key)
    }


def _faults_of_list(reader: ListReader, change: Change, meter: Meter) -> Iterator[Fault]:
    before = original(reader)
    whole: Said = meter(lambda: read_list(reader, change.body))
    again: Said = meter(lambda: read_list(reader, change.body))
    if whole[:3] != again[:3]:
        yield Fault("not the same twice", reader.name, "")
    for entry in whole.entries:
        if entry.problem and entry.problem.startswith(UNFORESEEN):
            yield Fault("an error that no reader foresaw", f"{reader.name}: {entry.problem}", entry.problem)
    if whole.refused is None:
        yield from _removals(reader, before, whole, change)
    elif change.inside:
        yield Fault("an entry stops its list", reader.name, whole.refused)
    known = known_of(before.said)
    # A code that is gone from the document's own tables counts as unchanged where an entry is known.
    if whole.header is not None and not known.references.keys() <= whole.header.references.keys():
        return
    by_known: Said = meter(lambda: read_list(reader, change.body, known))
    yield from _otherwise("with what is known", reader, before, whole, by_known)
    if before.index is not None:
        by_difference: Said = meter(lambda: read_list(reader, change.body, known, before.index))
        if by_difference[:3] != by_known[:3]:
            yield Fault("by difference it reads otherwise", reader.name, "")


def _removals(reader: ListReader, before: Original, after: Said, change: Change) -> Iterator[Fault]:
    """Records that are not there any more, or are others, though nothing touched them."""
    if change.touched is None:
        return
    touched = frozenset().union(*(before.keys[number] for number in change.touched))
    there = {entry.key: entry for entry in after.entries if entry.key}
    # Any of those that are absent may be one that was set aside unread: nobody takes them away.
    nameless = sum(entry.key is None for entry in after.entries)
    contents = {_content(entry.record) for entry in after.entries if entry.record}
    for key in sorted(before.records.keys() - touched):
        entry = there.get(key)
        if entry is None and reader.is_keyed_by_content and _content(before.records[key]) in contents:
            continue
        if entry is None and nameless:
            nameless -= 1
        elif entry is None:
            yield Fault("a removal that nobody made", reader.name, f"{key} of {len(before.records)}")
        elif entry.problem and "stands twice" not in entry.problem:
            yield Fault("an entry set aside for another", reader.name, entry.problem)
        elif (
            change.inside and not entry.problem and reader.feed.id not in JOINED and entry.record != before.records[key]
        ):
            yield Fault("an entry read otherwise for another", reader.name, key)


def _content(record: Record) -> bytes:
    return canonical.json_bytes(msgspec.to_builtins(msgspec.structs.replace(record, key="")))


def _otherwise(how: str, reader: ListReader, before: Original, whole: Said, found: Said) -> Iterator[Fault]:
    """Reading in another way must say what reading whole says."""
    if whole.refused != found.refused:
        yield Fault(f"{how} it is refused otherwise", reader.name, f"{whole.refused} / {found.refused}")
        return
    digests = {entry.key: entry.digest for entry in before.said.entries}
    expected = sorted((entry.key or "", entry.digest or "", entry.problem or "") for entry in whole.entries)
    given = sorted(
        (
            entry.key or "",
            entry.digest or (digests.get(entry.key) or "" if not entry.problem and not entry.record else ""),
            entry.problem or "",
        )
        for entry in found.entries
    )
    if whole.refused is None and expected != given:
        odd = next(
            (pair for pair in zip(expected, given, strict=False) if pair[0] != pair[1]), (len(expected), len(given))
        )
        yield Fault(f"{how} it reads otherwise", reader.name, repr(odd)[:300])

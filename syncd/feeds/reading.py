"""A document → its entries: known ones by their fingerprint alone, new ones as records with their digests.

This is the one loop that every feed's document goes through; a feed only says how its document splits into entries
and how one entry becomes a record.
"""

import contextlib
import hashlib
import itertools
from collections.abc import Iterator, Mapping
from functools import partial
from typing import BinaryIO

import msgspec
from msgspec import Struct, field

from syncd.core import canonical, codec, columns, times
from syncd.core.model import Record
from syncd.errors import DocumentRefused, MissingField, TooLarge
from syncd.feeds.contract import Feed, Header, RawEntry, Reader
from syncd.feeds.difference import Difference, Index, Left, PackedIndex, difference_from, index_of
from syncd.feeds.entry_bounds import check_entry, check_size
from syncd.feeds.measures import with_measure_types
from syncd.feeds.parts import DocumentParts, Spread, division_of
from syncd.feeds.plausible import with_dates_that_can_be
from syncd.formats.fields import Reading
from syncd.formats.pieces import Bytes, Doubtful

FINGERPRINT_BYTES = 16
UNKNOWN_NAME_CHARACTERS_MAX = 200


class Known(Struct, frozen=True, kw_only=True):
    """The result of an earlier reading of the same feed, source and parser version: fingerprint → key, code tables, and
    which fields that nobody knows belonged to the layout. `former` are fingerprints → keys by an earlier parser, of
    `former_version`: its records are read anew, and known by their bytes alone."""

    fingerprints: Mapping[bytes, str]
    references: Mapping[str, str]
    unknown: Mapping[str, int] = field(default_factory=dict)
    former: Mapping[bytes, str] = field(default_factory=dict)
    former_version: int = 0


NOTHING_KNOWN = Known(fingerprints={}, references={})


class Compared(Struct, frozen=True, kw_only=True):
    """The bytes of a document, and the earlier one that it is compared with."""

    document: Bytes
    earlier: Index


class Entry(Struct, frozen=True, kw_only=True):
    """One entry of a document. `record` and `digest` are None when its fingerprint was known. `unknown` names the
    fields that nobody knows, `former` is the key that an earlier parser gave the same bytes.

    Of one that another process read the record is `packed`, and `partial` says whether it is.
    With a `problem` the entry is quarantined: `key` is then given only if the id could be read and can be a key;
    whatever else the document gives under this key is then not to be taken either.
    """

    key: str | None
    fingerprint: bytes
    record: Record | None = None
    digest: str | None = None
    problem: str | None = None
    unknown: frozenset[str] = frozenset()
    former: str | None = None
    packed: bytes | None = None
    partial: bool = False

    @property
    def is_read(self) -> bool:
        """Whether the entry has a record."""
        return self.record is not None or self.packed is not None


class PartRead(Struct, frozen=True, array_like=True):
    """What a process read of a part of a document: its header, and its entries with the fingerprints of their bytes."""

    header: Header
    entries: list[tuple[bytes, Entry]]


_encode_part = msgspec.msgpack.Encoder().encode
_decode_part = msgspec.msgpack.Decoder(PartRead).decode


class DocumentReading:
    """Iterate to get the entries; afterwards `header` is complete.

    Entries with fields that nobody knows come last: only when all are read can be told whether a field is an oddity of
    an entry, which makes it partial, or belongs to the document's layout, which does not.

    `observed` is the day on which the document was seen, which bounds births where it does not say its own date.
    What is `compared` with an earlier document is read by difference, where that can be done; `index` is then, after
    the iteration, what the next document can be compared with, and `is_indexed` says that it is that of the earlier
    one. Where there is no earlier one and a `spread`, the document is read in parts.
    Raises DocumentRefused when the document is not the list. With `strict`, also when anything at all was not
    understood: that is for tests.
    """

    def __init__(
        self,
        feed: Feed,
        vocabulary: str,
        stream: BinaryIO,
        *,
        known: Known = NOTHING_KNOWN,
        strict: bool = False,
        observed: str | None = None,
        compared: Compared | None = None,
        spread: Spread | None = None,
    ) -> None:
        self.header = Header()
        self.index: Index | PackedIndex | None = None
        self.is_indexed = False
        self._spread = spread
        self._compared = compared
        self._feed = feed
        self._vocabulary = vocabulary
        self._reader: Reader = feed.readers[vocabulary]
        self._stream = stream
        self._known = known
        self._strict = strict
        self._salt = _salt(feed, vocabulary, feed.parser_version)
        self._former_salt = _salt(feed, vocabulary, known.former_version)
        self._seen: dict[str, bytes] = {}
        self._twice: set[str] = set()
        self._observed = observed
        self._trusted: bool | None = None

    def __iter__(self) -> Iterator[Entry]:
        waiting: list[tuple[Entry, bytes]] = []
        unread = 0
        for fingerprint, read in self._entries():
            entry = self._once(read, fingerprint)
            if entry is None:
                continue
            if not entry.is_read:
                unread += entry.problem is None
                yield entry
            elif entry.unknown:
                waiting.append((_bare(entry), _packed(entry)))
            else:
                yield entry
        throughout = columns.throughout(
            (entry.unknown for entry, _ in waiting), len(self._seen), self._known.unknown, unread
        )
        self.header.unknown = {**self.header.unknown, **throughout}
        if "listings.measures" in self.header.layout:
            self.header.layout = (*self.header.layout, "listings.measure_types")
        yield from self._settled(waiting)
        declared = self.header.declared_records
        if declared is not None and declared != len(self._seen):
            raise DocumentRefused(f"it says that it has {declared} records, and has {len(self._seen)}")

    def _settled(self, waiting: list[tuple[Entry, bytes]]) -> Iterator[Entry]:
        for entry, packed in waiting:
            if entry.key in self._twice:
                continue
            record = codec.unpack_record(packed)
            if record.unreadable or entry.unknown - self.header.unknown.keys():
                yield msgspec.structs.replace(entry, record=record)
                continue
            record = msgspec.structs.replace(record, completeness="complete")
            yield msgspec.structs.replace(entry, record=record, digest=canonical.digest(record))

    def _entries(self) -> Iterator[tuple[bytes, Entry]]:
        """The entries as they stand, each with the fingerprint of its bytes."""
        found = self._difference()
        raws = self._begun(found) if found else None
        if found is not None and raws is not None:
            for fingerprint, raw in self._by_difference(found, raws):
                yield fingerprint, self._entry(fingerprint, raw)
            return
        taken = 0
        if parts := self._parts():
            try:
                for fingerprint, entry in self._by_parts(parts):
                    taken += entry.key is None
                    yield fingerprint, entry
            except (DocumentRefused, Doubtful, EOFError):
                # What is wrong with it the whole document tells. Of what it tells again only entries without a key
                # would be taken twice.
                self._stream.seek(0)
            else:
                return
        for fingerprint, raw in self._whole():
            entry = self._entry(fingerprint, raw)
            if entry.key is None and taken:
                taken -= 1
                continue
            yield fingerprint, entry

    def _parts(self) -> DocumentParts | None:
        """The parts of the document; None where it is read as one."""
        if self._spread is None or self._compared is None or self._reader.pieces is None:
            return None
        document, table = self._compared.document, self._reader.pieces
        # The memory that it takes goes with the process that does it.
        try:
            (division,) = self._spread(lambda _: division_of(document, table), 1)
        except EOFError:
            return None
        return DocumentParts(document, table, division) if division else None

    def _by_parts(self, parts: DocumentParts) -> Iterator[tuple[bytes, Entry]]:
        """All entries, read in parts. Raises DocumentRefused, Doubtful, EOFError when one of them cannot be read."""
        assert self._spread is not None
        fingerprints: list[bytes] = []
        for number, payload in enumerate(self._spread(partial(self._part, parts), len(parts))):
            part = _decode_part(payload)
            if not number:
                self.header = part.header
            fingerprints += [fingerprint for fingerprint, _ in part.entries[: parts.counts[number]]]
            yield from part.entries
        self.index = parts.index(fingerprints)

    def _part(self, parts: DocumentParts, number: int) -> bytes:
        """A part that was read, as bytes."""
        reading = DocumentReading(
            self._feed,
            self._vocabulary,
            parts.document(number),
            known=self._known,
            strict=self._strict,
            observed=self._observed,
        )
        entries = [(fingerprint, _sent(entry)) for fingerprint, entry in reading.entries_beside(parts.left)]
        # Only the last part has what belongs to no entry.
        if len(entries) < parts.counts[number] or (len(entries) > parts.counts[number] and parts.counts[number]):
            raise Doubtful
        return _encode_part(PartRead(reading.header, entries))

    def entries_beside(self, left: Left) -> Iterator[tuple[bytes, Entry]]:
        """Read the stream as a part of a document, which has `left` beside it: its entries as they stand."""
        for raw in self._raws(self._stream, left):
            fingerprint = _fingerprint(self._salt, raw.raw)
            yield fingerprint, self._entry(fingerprint, raw)

    def _raws(self, stream: BinaryIO, left: Left) -> Iterator[RawEntry]:
        """The entries of a document that lacks some of its pieces."""
        if without := self._reader.entries_without:
            return without(stream, self.header, left)
        return self._reader.entries(stream, self.header)

    def _by_difference(self, found: Difference, raws: Iterator[RawEntry]) -> Iterator[tuple[bytes, RawEntry | None]]:
        """The entries with their fingerprints; None for one that is known and was not read."""
        read: dict[bytes, bytes] = {}
        for piece in found.entries:
            fingerprint = found.fingerprints.get(piece)
            if fingerprint is not None:
                yield fingerprint, None
                continue
            raw = next(raws)
            read[piece] = _fingerprint(self._salt, raw.raw)
            yield read[piece], raw
        for raw in raws:
            yield _fingerprint(self._salt, raw.raw), raw
        self.index = found.index(read)
        self.is_indexed = found.is_indexed and not read

    def _whole(self) -> Iterator[tuple[bytes, RawEntry]]:
        """All entries, read from the document's beginning to its end."""
        self.header, self._trusted = Header(), None
        fingerprints: list[bytes] = []
        for raw in self._reader.entries(self._stream, self.header):
            fingerprints.append(_fingerprint(self._salt, raw.raw))
            yield fingerprints[-1], raw
        if self._compared and self._reader.pieces:
            with contextlib.suppress(Doubtful):
                self.index = index_of(self._compared.document, self._reader.pieces, fingerprints)

    def _difference(self) -> Difference | None:
        """How the document differs from the one that it is compared with; None when that cannot be told."""
        if self._compared is None or self._reader.pieces is None or not self._compared.earlier.pieces:
            return None
        is_known = self._known.fingerprints.__contains__
        try:
            return difference_from(self._compared.document, self._reader.pieces, self._compared.earlier, is_known)
        except Doubtful:
            return None

    def _begun(self, found: Difference) -> Iterator[RawEntry] | None:
        """The entries that must be read, the first of them read: then the code tables are. None when that is not enough
        to know the others."""
        raws = self._raws(found.document, found.left)
        try:
            first = next(raws, None)
        except DocumentRefused:
            return None
        if not self._references_hold():
            return None
        return raws if first is None else itertools.chain((first,), raws)

    def _entry(self, fingerprint: bytes, raw: RawEntry | None) -> Entry:
        key = self._known.fingerprints.get(fingerprint) if self._references_hold() else None
        if key is not None:
            return Entry(key=key, fingerprint=fingerprint)
        assert raw is not None
        return self._fresh(raw, fingerprint)

    def _references_hold(self) -> bool:
        """Whether no label of the code tables of an earlier reading says something else now.

        A code that is gone counts as unchanged: OFAC's tables hold only what some entry uses.
        """
        if self._trusted is None:
            now = self.header.references
            self._trusted = all(now.get(code, label) == label for code, label in self._known.references.items())
        return self._trusted

    def _once(self, entry: Entry, fingerprint: bytes) -> Entry | None:
        """An entry that stands twice, byte for byte, is one; of the same key with other content neither can be
        believed, and that is said once."""
        if entry.key is None:
            return entry
        before = self._seen.get(entry.key)
        if before is None:
            self._seen[entry.key] = fingerprint
            return entry
        if before == fingerprint:
            return None
        if entry.key in self._twice:
            return None
        self._twice.add(entry.key)
        problem = f"the key {entry.key} stands twice with other content"
        return Entry(key=entry.key, fingerprint=fingerprint, problem=problem)

    def _fresh(self, raw: RawEntry, fingerprint: bytes) -> Entry:
        reading = Reading(published=self._published())
        try:
            check_entry(raw.raw)
            record = self._reader.record(raw.content, reading)
            _check_identity(record)
            reading.finish()
            record = with_measure_types(with_dates_that_can_be(record, reading), self._feed.measures)
            record = canonical.without_repetitions(_with_what_was_not_read(record, reading))
            check_size(record)
            digest = canonical.digest(record)
        except (MissingField, TooLarge) as error:
            self._complain(str(error))
            return Entry(key=_key_of(reading), fingerprint=fingerprint, problem=str(error))
        except Exception as error:  # one odd entry never stops its list: it is set aside, and said
            if self._strict:
                raise
            problem = f"reading it failed: {type(error).__name__}"
            return Entry(key=_key_of(reading), fingerprint=fingerprint, problem=problem)
        if record.completeness == "partial":
            self._complain(f"{record.key} is partial: unreadable {record.unreadable}, other {record.other}")
        unknown = frozenset(part.name[:UNKNOWN_NAME_CHARACTERS_MAX] for part in reading.unknown)
        # What the document's date decided may read otherwise in the next one: its fingerprint stands for nothing.
        return Entry(
            key=record.key,
            fingerprint=b"" if reading.dated else fingerprint,
            record=record,
            digest=digest,
            unknown=unknown,
            former=self._known.former.get(_fingerprint(self._former_salt, raw.raw)) if self._known.former else None,
        )

    def _published(self) -> str | None:
        """The document's own date; where that is none, or before any such list, when it was seen. A date that lies
        ahead may be right, and the clock wrong: nobody loses a birth by that."""
        own = self.header.published
        return own if times.stated_time(own, self._observed) else times.latest_day(own, self._observed)

    def _complain(self, what: str) -> None:
        if self._strict:
            raise DocumentRefused(f"{self._feed.id}: {what}")


def _salt(feed: Feed, vocabulary: str, parser_version: int) -> bytes:
    return f"{feed.id} {vocabulary} {parser_version}".encode()


def _fingerprint(salt: bytes, raw: bytes) -> bytes:
    """Of the bytes of an entry, as one version of a parser reads them."""
    return hashlib.sha256(salt + raw).digest()[:FINGERPRINT_BYTES]


def _key_of(reading: Reading) -> str | None:
    """The key of a quarantined entry, if it can be one."""
    return reading.key if reading.key and not canonical.key_problem(reading.key) else None


def _bare(entry: Entry) -> Entry:
    return msgspec.structs.replace(entry, record=None, packed=None, partial=False)


def _packed(entry: Entry) -> bytes:
    """The record of an entry that has one."""
    if entry.packed is not None:
        return entry.packed
    assert entry.record is not None
    return codec.pack_record(entry.record)


def _sent(entry: Entry) -> Entry:
    """The entry as it goes to another process."""
    if entry.record is None:
        return entry
    partial_one = entry.record.completeness == "partial"
    return msgspec.structs.replace(entry, record=None, packed=codec.pack_record(entry.record), partial=partial_one)


def _check_identity(record: Record) -> None:
    problem = canonical.key_problem(record.key)
    if problem:
        raise MissingField(problem)
    if not any(canonical.text(name.full) for name in record.names):
        raise MissingField(f"{record.key} has no name")


def _with_what_was_not_read(record: Record, reading: Reading) -> Record:
    if not (reading.partial or reading.kept or reading.published_id):
        return record
    return msgspec.structs.replace(
        record,
        published_id=reading.published_id,
        other=(*record.other, *reading.kept, *reading.unknown),
        unreadable=(*record.unreadable, *reading.unreadable),
        completeness="partial" if reading.partial else "complete",
    )

"""Reads and compares whole documents in files, without a ledger: for `parse` and `diff`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import BinaryIO

from msgspec import Struct
from msgspec.structs import replace

from syncd.core import codec, times
from syncd.core.admission import judge
from syncd.core.commit import commit_of
from syncd.core.document import Document, DocumentEntry, Quarantined, digest_of, set_aside
from syncd.core.events import Change
from syncd.core.limits import Limits
from syncd.core.model import Record
from syncd.core.plan import Context, plan_of
from syncd.core.state import DocumentNote, FeedState, Stored
from syncd.errors import AnotherDocument, DocumentRefused
from syncd.feeds.contract import Feed, Source
from syncd.feeds.reading import NOTHING_KNOWN, DocumentReading, Known
from syncd.fetch import sniff

# A comparison of two files on a desk holds nothing back.
NO_LIMITS = Limits(records_min=0, removals_max=10**9, removals_ratio=1.0, content_ratio=1.0, share_min=0.0)
NO_LIMITS = replace(NO_LIMITS, **{name: 10**9 for name in NO_LIMITS.__struct_fields__ if name.endswith("_max")})


class Read(Struct, frozen=True, kw_only=True):
    """A document that was read from a file, and the `vocabulary` in which it was read."""

    document: Document
    vocabulary: str


def read_document(
    feed: Feed,
    opened: Callable[[], BinaryIO],
    *,
    vocabulary: str | None = None,
    known: Known = NOTHING_KNOWN,
    digests: dict[str, str] | None = None,
    strict: bool = False,
    each: Callable[[Record], None] | None = None,
) -> Read:
    """Read a document to its end, in the vocabulary that fits it when none is named.

    `opened()` gives the document from its beginning. `digests` are those of known keys; `each` is called with each
    record on the way. A document that does not say its own date is taken for one of today, which bounds births.
    Raises DocumentRefused.
    """
    check_kind(feed, opened)
    fitting = FittingVocabulary(feed)
    for name in (vocabulary,) if vocabulary else (source.vocabulary for source in fitting.sources()):
        with fitting.attempt(), opened() as stream:
            today = times.iso(datetime.now(UTC))
            reading = DocumentReading(feed, name, stream, known=known, strict=strict, observed=today)
            return Read(document=_gathered(reading, name, digests or {}, each), vocabulary=name)
    raise fitting.refusal()


class FittingVocabulary:
    """Finds the vocabulary that a document is in: each of the feed is tried, in the order of its sources.

    The caller reads the document inside `attempt` for each of `sources`, and raises `refusal` when none fitted.
    """

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._first: AnotherDocument | None = None

    def sources(self) -> Iterator[Source]:
        """The first source of each vocabulary."""
        first: dict[str, Source] = {}
        for source in self._feed.sources:
            first.setdefault(source.vocabulary, source)
        yield from first.values()

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Let the next vocabulary be tried when the document is in another one."""
        try:
            yield
        except AnotherDocument as error:
            self._first = self._first or error

    def refusal(self) -> DocumentRefused:
        """What the first vocabulary said of the document."""
        return self._first or DocumentRefused(f"{self._feed.id} has no source")


def check_kind(feed: Feed, opened: Callable[[], BinaryIO]) -> None:
    """Raises DocumentRefused, naming the kind of the file, when its first bytes cannot begin a document of `feed`: a
    parser would refuse it in words of its own."""
    with opened() as stream:
        head = stream.read(sniff.HEAD_BYTES)
    expected = {source.expect for source in feed.sources}
    if not any(sniff.content_kind(head) in sniff.ACCEPTED[one] for one in expected):
        sniff.check_head(head, feed.sources[0].expect)


def _gathered(
    reading: DocumentReading, vocabulary: str, digests: dict[str, str], each: Callable[[Record], None] | None
) -> Document:
    entries: dict[str, DocumentEntry] = {}
    quarantined: list[Quarantined] = []
    for entry in reading:
        if entry.problem is not None or entry.key is None:
            set_aside(entries, quarantined, entry.key, entry.problem or "it has no id")
            continue
        record = entry.record
        if record is not None and each is not None:
            each(record)
        entries[entry.key] = DocumentEntry(
            key=entry.key,
            digest=entry.digest or digests[entry.key],
            fingerprint=entry.fingerprint,
            body=codec.pack_record(record) if record is not None else None,
            partial=record is not None and record.completeness == "partial",
        )
    note = DocumentNote(
        sha256="",
        source="",
        vocabulary=vocabulary,
        digest=digest_of(entries),
        records=len(entries),
        published=reading.header.published,
        layout=reading.header.layout,
        unknown=reading.header.unknown,
        quarantined=len(quarantined),
    )
    return Document(note=note, entries=entries, quarantined=tuple(quarantined), references=reading.header.references)


def compare_documents(
    feed: Feed, old: Callable[[], BinaryIO], new: Callable[[], BinaryIO]
) -> tuple[Iterator[Change], int]:
    """The changes from one document to another, and how many records are unchanged. Raises DocumentRefused."""
    before = read_document(feed, old)
    records = {key: _stored(entry) for key, entry in before.document.entries.items()}
    known = Known(
        fingerprints={entry.fingerprint: key for key, entry in before.document.entries.items()},
        references=before.document.references,
        unknown=before.document.note.unknown,
    )
    digests = {key: stored.digest for key, stored in records.items()}
    after = read_document(feed, new, known=known, digests=digests)
    document = replace(after.document, note=replace(after.document.note, vocabulary=""))
    earlier = replace(before.document.note, vocabulary="")
    state = FeedState(feed=feed.id, commit=1, sequence=len(records), document=earlier)
    now = datetime.now(UTC)
    judgement = judge(state, records, document, NO_LIMITS, cause="publication", now=now)
    context = Context(feed=feed.id, cause="publication", now=now, preferred="", parser_version=feed.parser_version)
    plan = plan_of(state, records, document, judgement, context)
    touched = {planned.key for planned in plan.planned}
    unchanged = sum(1 for key in document.entries if key not in touched)
    return iter(commit_of(plan, state).changes), unchanged


def _stored(entry: DocumentEntry) -> Stored:
    return Stored(
        status="listed",
        digest=entry.digest,
        fingerprint=entry.fingerprint,
        vocabulary="",
        sequence=0,
        body=entry.body or b"",
        since="",
    )

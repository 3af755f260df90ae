"""From a judged document to the plan: the changes that it leads to, in their order.

Three things may keep a document's version of an entry from going out although the entry itself may. A relation to a
record whose removal is held stays until that is decided. Losses that are held stay, and go out beside what is new in
the version (see `core.admission`). Differences that only another vocabulary shows wait for the preferred source; only
added identifiers go out at once.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from syncd.core import canonical, codec, columns, content, rekeying
from syncd.core.admission import Judgement, origin_of
from syncd.core.document import Document, DocumentEntry
from syncd.core.events import Basis, Cause, ChangeType, Origin
from syncd.core.model import Record
from syncd.core.state import DocumentNote, FeedState, Stored

# Urgent first; a delisting of a reused id must precede the designation that takes its key.
ORDER: dict[ChangeType, int] = {
    "baselined": 0,
    "designated": 1,
    "relisted": 1,
    "rekeyed": 2,
    "amended": 3,
    "delisted": 4,
}


class PlannedChange(Struct, frozen=True, kw_only=True):
    """One change before it has a sequence. `after` is the entry that the ledger will hold under the key; `layout`, the
    paths in which the forms of the two documents differ (see `core.columns`)."""

    type: ChangeType
    key: str
    before: Stored | None = None
    after: DocumentEntry | None = None
    vocabulary: str = ""
    origin: Origin = "source"
    basis: Basis | None = None
    previous_key: str | None = None
    layout: frozenset[str] = frozenset()


class Context(Struct, frozen=True, kw_only=True):
    """The circumstances of a commit: the cause, the time, the parser.

    `preferred` is the vocabulary of the feed's first source. `missed` are publications that were overwritten unseen.
    """

    feed: str
    cause: Cause
    now: datetime
    preferred: str
    parser_version: int
    archived: str = "stored"
    missed: tuple[str, ...] = ()


class Plan(Struct, frozen=True, kw_only=True):
    """The changes that a document leads to. Without `planned` no event goes out; the state may still differ (a hold, a
    cursor)."""

    state: FeedState
    records: Mapping[str, Stored]
    document: Document
    judgement: Judgement
    context: Context
    planned: tuple[PlannedChange, ...]
    deferred: tuple[str, ...]


def plan_of(
    state: FeedState, records: Mapping[str, Stored], document: Document, judgement: Judgement, context: Context
) -> Plan:
    """Compare a judged document with the records in force. Pure: the same arguments give the same plan."""
    planned: list[PlannedChange] = []
    deferred: list[str] = []
    if judgement.held_whole is None:
        planned += _arrivals(state, records, document, judgement, context)
        amended, deferred = _amendments(state, records, document, judgement, context)
        planned += amended
        planned += _removals(state, records, judgement, context)
    return Plan(
        state=state,
        records=records,
        document=document,
        judgement=judgement,
        context=context,
        planned=tuple(sorted(planned, key=_place)),
        deferred=tuple(sorted(deferred)),
    )


def new_layout(before: DocumentNote | None, note: DocumentNote) -> tuple[str, ...]:
    """Return the unknown fields that a document has throughout and the document before had not, sorted."""
    known = before.unknown if before and before.vocabulary == note.vocabulary else {}
    return tuple(sorted(note.unknown.keys() - known.keys()))


def _place(planned: PlannedChange) -> tuple[int, str, int]:
    """The order within a commit: by urgency, then key; the two halves of a reused id stay together."""
    if planned.basis == "id_reused":
        return ORDER["designated"], planned.key, 0 if planned.type == "delisted" else 1
    return ORDER[planned.type], planned.key, 0


def _arrivals(
    state: FeedState, records: Mapping[str, Stored], document: Document, judgement: Judgement, context: Context
) -> Iterator[PlannedChange]:
    vocabulary = document.note.vocabulary
    origin = _origin(state, judgement, context)
    first = state.commit == 0
    for key in judgement.new:
        # The stub of a re-keyed record is no earlier listing under this key: that one goes on under the new key.
        stub = one if (one := records.get(key)) and one.status == "delisted" else None
        kind: ChangeType = "baselined" if first else "relisted" if stub else "designated"
        yield PlannedChange(
            type=kind, key=key, before=stub, after=document.entries[key], vocabulary=vocabulary, origin=origin
        )
    held: dict[str, Origin] = {key: hold.origin for hold in state.holds for key in hold.keys}
    paths = _paths(state, document, ours=origin == "parser")
    for old, new in judgement.rekeyed.items():
        yield PlannedChange(
            type="rekeyed",
            key=new,
            before=records[old],
            after=_moved(records[old], document.entries[new], judgement),
            vocabulary=vocabulary,
            origin=held.get(old, origin),
            basis="rekeyed",
            previous_key=old,
            layout=paths,
        )
    for old, new in judgement.waiting.items():
        entry = _under_its_old_key(records[old], document.entries[new], judgement)
        if entry.digest != records[old].digest:
            yield from _amendment(records[old], entry, vocabulary, origin, paths, is_reused=False)


def _moved(stored: Stored, entry: DocumentEntry, judgement: Judgement) -> DocumentEntry:
    """Return the entry under its new key as it goes out: with losses that are held, and relations to held records."""
    if entry.body is None:
        return entry
    before, after = content.without_own_id(codec.unpack_record(stored.body)), codec.unpack_record(entry.body)
    after = keep_held_relations(before, after, judgement.absent_keys)
    return _as_it_goes_out(entry, content.with_lost(before, after) if entry.key in judgement.withheld else after)


def _under_its_old_key(stored: Stored, entry: DocumentEntry, judgement: Judgement) -> DocumentEntry:
    """Return the record in force with what is new in the entry that has another key, while the re-keying is held."""
    before, after = codec.unpack_record(stored.body), codec.unpack_record(entry.body or b"")
    if rekeying.are_one_but_for_the_id(before, after):
        return replace(entry, key=before.key, digest=stored.digest, body=stored.body)
    after = keep_held_relations(before, content.without_own_id(after), judgement.absent_keys)
    after = content.with_lost(before, replace(after, key=before.key, published_id=before.published_id))
    return replace(
        entry, key=before.key, digest=canonical.digest(after), body=codec.pack_record(after), fingerprint=b""
    )


def _removals(
    state: FeedState, records: Mapping[str, Stored], judgement: Judgement, context: Context
) -> Iterator[PlannedChange]:
    origin = _origin(state, judgement, context)
    held: dict[str, Origin] = {key: hold.origin for hold in state.holds for key in hold.keys}
    for key in judgement.removed:
        yield PlannedChange(type="delisted", key=key, before=records[key], origin=origin, basis="absent")
    for key in judgement.released:
        yield PlannedChange(type="delisted", key=key, before=records[key], origin=held.get(key, origin), basis="absent")


def _origin(state: FeedState, judgement: Judgement, context: Context) -> Origin:
    """Return whose act the differences are. A new reading that was held whole is still ours when a person
    releases it."""
    standing = {hold.id for hold in judgement.holds}
    ours = any(hold.kind == "document" and hold.origin == "parser" and hold.id not in standing for hold in state.holds)
    return "parser" if context.cause == "release" and ours else origin_of(context.cause)


def _amendments(
    state: FeedState, records: Mapping[str, Stored], document: Document, judgement: Judgement, context: Context
) -> tuple[list[PlannedChange], list[str]]:
    """Return the amendments that go out, and the keys of which a part waits for the preferred source."""
    planned: list[PlannedChange] = []
    deferred: list[str] = []
    taken = {*judgement.new, *judgement.rekeyed.values()}
    ours = _origin(state, judgement, context) == "parser"
    freed = _released_of_ours(state, judgement)
    paths = _paths(state, document, ours=ours)
    for key, entry in document.entries.items():
        stored = records.get(key)
        if stored is None or key in taken or entry.digest == stored.digest or entry.body is None:
            continue
        if stored.status != "listed" or key in judgement.unchanged:
            continue
        before, after = codec.unpack_record(stored.body), codec.unpack_record(entry.body)
        after = keep_held_relations(before, after, judgement.absent_keys)
        after = content.with_lost(before, after) if key in judgement.withheld else after
        waits = _waits(stored, document, context)
        if waits:
            whole = canonical.digest(after)
            after = add_identifiers(before, after)
            deferred += [key] if canonical.digest(after) != whole else []
        goes_out = _as_it_goes_out(entry, after)
        if goes_out.digest != stored.digest:
            vocabulary = stored.vocabulary if waits else document.note.vocabulary
            is_ours = ours or key in freed
            origin: Origin = "parser" if is_ours else _amended_by(stored, document, before, after, paths)
            planned += _amendment(stored, goes_out, vocabulary, origin, paths, is_reused=key in judgement.reused)
    return planned, deferred


def _paths(state: FeedState, document: Document, *, ours: bool) -> frozenset[str]:
    """Return the paths of a record in which the document and the one before have other columns."""
    return frozenset() if ours else columns.columns_between(state.document, document.note)


def _released_of_ours(state: FeedState, judgement: Judgement) -> frozenset[str]:
    """Return the keys of amendments that our own reading led to and that a person released."""
    left = judgement.held_keys
    ours = (hold for hold in state.holds if hold.kind == "amendments" and hold.origin == "parser")
    return frozenset(key for hold in ours for key in hold.keys if key not in left)


def _waits(stored: Stored, document: Document, context: Context) -> bool:
    """Return whether the record in force was read in another vocabulary, and the document is not in the
    preferred one."""
    return document.note.vocabulary not in (stored.vocabulary, context.preferred)


def _amended_by(
    stored: Stored, document: Document, before: Record, after: Record, paths: frozenset[str]
) -> Literal["source", "format"]:
    if document.note.vocabulary != stored.vocabulary:
        return "format"
    return "format" if paths and _are_one_without(before, after, paths) else "source"


def _are_one_without(before: Record, after: Record, paths: frozenset[str]) -> bool:
    return canonical.digest(columns.without(before, paths)) == canonical.digest(columns.without(after, paths))


def _as_it_goes_out(entry: DocumentEntry, record: Record) -> DocumentEntry:
    """Return the entry with `record` instead of its own; then its fingerprint no longer stands for what the ledger
    holds."""
    digest = canonical.digest(record)
    if digest == entry.digest:
        return entry
    return replace(entry, digest=digest, body=codec.pack_record(record), fingerprint=b"")


def _amendment(
    stored: Stored,
    entry: DocumentEntry,
    vocabulary: str,
    origin: Origin,
    paths: frozenset[str],
    *,
    is_reused: bool,
) -> list[PlannedChange]:
    if origin == "source" and is_reused:
        return [
            PlannedChange(type="delisted", key=entry.key, before=stored, basis="id_reused"),
            PlannedChange(type="designated", key=entry.key, after=entry, vocabulary=vocabulary, basis="id_reused"),
        ]
    return [
        PlannedChange(
            type="amended",
            key=entry.key,
            before=stored,
            after=entry,
            vocabulary=vocabulary,
            origin=origin,
            layout=paths,
        )
    ]


def keep_held_relations(before: Record, after: Record, held: frozenset[str]) -> Record:
    """Return `after` with those relations of `before` that lead to a held record and are missing in it."""
    if not held:
        return after
    present = {(relation.type, relation.key) for relation in after.relations}
    kept = [
        relation
        for relation in before.relations
        if relation.key in held and (relation.type, relation.key) not in present
    ]
    return replace(after, relations=(*after.relations, *kept)) if kept else after


def add_identifiers(before: Record, after: Record) -> Record:
    """Return `before` with the identifiers (by type and value) that only `after` has."""
    known = {(identifier.type, canonical.text(identifier.value)) for identifier in before.identifiers}
    added = [
        identifier
        for identifier in after.identifiers
        if (identifier.type, canonical.text(identifier.value)) not in known
    ]
    return replace(before, identifiers=(*before.identifiers, *added)) if added else before

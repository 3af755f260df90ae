"""From a judged document to the commit: the changes in their order, the records they write, the new state.

Two things may keep a document's version of an entry from going out although the entry itself may: a relation to a
record whose removal is held stays until that is decided; and what only another vocabulary says differently waits for
the preferred source, but for added identifiers, which go out at once.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from syncd.core import body, canonical, diff, layout
from syncd.core.admit import WINDOW, Judgement, iso, origin_of, parse_iso
from syncd.core.document import Document, DocumentEntry
from syncd.core.events import Basis, Cause, Change, ChangeType, Commit, Evidence, FieldChange, Origin, Publication
from syncd.core.model import Record
from syncd.core.state import FeedState, Removals, Stored

RECENT_MAX = 10
# Urgent first; a delisting of a reused id must precede the designation that takes its key.
ORDER: dict[ChangeType, int] = {
    "baselined": 0,
    "designated": 1,
    "relisted": 1,
    "rekeyed": 2,
    "amended": 3,
    "delisted": 4,
}


class Planned(Struct, frozen=True, kw_only=True):
    """One change before it has a sequence. `after` is what the ledger will hold under the key; `layout`, what differs
    between the forms of the two documents (see `core.layout`)."""

    type: ChangeType
    key: str
    before: Stored | None = None
    after: DocumentEntry | None = None
    vocabulary: str = ""
    origin: Origin = "source"
    basis: Basis | None = None
    previous_key: str | None = None
    successor: str | None = None
    layout: frozenset[str] = frozenset()


class Context(Struct, frozen=True, kw_only=True):
    """What a commit is made in: why, when, from which reading.

    `preferred` is the vocabulary of the feed's first source. `missed` are publications that were overwritten unseen.
    """

    feed: str
    cause: Cause
    now: datetime
    preferred: str
    parser_version: int
    archived: str = "stored"
    missed: tuple[str, ...] = ()


class Draft(Struct, frozen=True, kw_only=True):
    """What a document leads to. Without `planned`, nothing is said; the state may still differ (a hold, a cursor)."""

    state: FeedState
    records: Mapping[str, Stored]
    document: Document
    judgement: Judgement
    context: Context
    planned: tuple[Planned, ...]
    deferred: tuple[str, ...]


def draft(
    state: FeedState, records: Mapping[str, Stored], document: Document, judgement: Judgement, context: Context
) -> Draft:
    """Compare a judged document with what is in force. Pure: the same arguments give the same draft."""
    planned: list[Planned] = []
    deferred: list[str] = []
    if judgement.held_whole is None:
        planned += _arrivals(state, records, document, judgement, context)
        amended, deferred = _amendments(state, records, document, judgement, context)
        planned += amended
        planned += _removals(state, records, judgement, context)
    return Draft(
        state=state,
        records=records,
        document=document,
        judgement=judgement,
        context=context,
        planned=tuple(sorted(planned, key=_place)),
        deferred=tuple(sorted(deferred)),
    )


def _place(planned: Planned) -> tuple[int, str, int]:
    """The order within a commit: by urgency, then key; the two halves of a reused id stay together."""
    if planned.basis == "id_reused":
        return ORDER["designated"], planned.key, 0 if planned.type == "delisted" else 1
    return ORDER[planned.type], planned.key, 0


def _arrivals(
    state: FeedState, records: Mapping[str, Stored], document: Document, judgement: Judgement, context: Context
) -> Iterator[Planned]:
    vocabulary = document.note.vocabulary
    origin = _origin(state, judgement, context)
    first = state.commit == 0
    for key in judgement.new:
        # The stub of a re-keyed record is no earlier listing under this key: that one goes on under the new key.
        stub = one if (one := records.get(key)) and one.status == "delisted" else None
        kind: ChangeType = "baselined" if first else "relisted" if stub else "designated"
        yield Planned(
            type=kind, key=key, before=stub, after=document.entries[key], vocabulary=vocabulary, origin=origin
        )
    for old, new in judgement.rekeyed.items():
        entry = document.entries[new]
        yield Planned(
            type="rekeyed",
            key=new,
            before=records[old],
            after=entry,
            vocabulary=vocabulary,
            origin=origin,
            basis="rekeyed",
            previous_key=old,
        )


def _removals(
    state: FeedState, records: Mapping[str, Stored], judgement: Judgement, context: Context
) -> Iterator[Planned]:
    origin = _origin(state, judgement, context)
    held: dict[str, Origin] = {key: hold.origin for hold in state.holds for key in hold.keys}
    for key in judgement.removed:
        yield Planned(type="delisted", key=key, before=records[key], origin=origin, basis="absent")
    for key in judgement.released:
        yield Planned(type="delisted", key=key, before=records[key], origin=held.get(key, origin), basis="absent")


def _origin(state: FeedState, judgement: Judgement, context: Context) -> Origin:
    """Whose act the differences are. A new reading that was held whole is still ours when a person releases it."""
    standing = {hold.id for hold in judgement.holds}
    ours = any(hold.kind == "document" and hold.origin == "parser" and hold.id not in standing for hold in state.holds)
    return "parser" if context.cause == "release" and ours else origin_of(context.cause)


def _amendments(
    state: FeedState, records: Mapping[str, Stored], document: Document, judgement: Judgement, context: Context
) -> tuple[list[Planned], list[str]]:
    """Amendments that go out, and the keys of those of which something waits for the preferred source."""
    planned: list[Planned] = []
    deferred: list[str] = []
    taken = {*judgement.new, *judgement.rekeyed.values()}
    ours = _origin(state, judgement, context) == "parser"
    paths: frozenset[str] = frozenset() if ours else layout.difference(state.document, document.note)
    for key, entry in document.entries.items():
        stored = records.get(key)
        if stored is None or key in taken or entry.digest == stored.digest or entry.body is None:
            continue
        before, after = body.unpack(stored.body), body.unpack(entry.body)
        after = keep_held_relations(before, after, judgement.held_keys)
        waits = _waits(stored, document, context)
        if waits:
            said = canonical.digest(after)
            after = add_identifiers(before, after)
            deferred += [key] if canonical.digest(after) != said else []
        goes_out = _as_it_goes_out(entry, after)
        if goes_out.digest != stored.digest:
            vocabulary = stored.vocabulary if waits else document.note.vocabulary
            origin: Origin = "parser" if ours else _amended_by(stored, document, before, after, paths)
            planned += _amendment(stored, goes_out, before, after, vocabulary, origin, paths)
    return planned, deferred


def _waits(stored: Stored, document: Document, context: Context) -> bool:
    """Whether the record in force was read in another vocabulary, and the document is not in the preferred one."""
    return document.note.vocabulary not in (stored.vocabulary, context.preferred)


def _amended_by(
    stored: Stored, document: Document, before: Record, after: Record, paths: frozenset[str]
) -> Literal["source", "format"]:
    if document.note.vocabulary != stored.vocabulary:
        return "format"
    return "format" if paths and _are_one_without(before, after, paths) else "source"


def _are_one_without(before: Record, after: Record, paths: frozenset[str]) -> bool:
    return canonical.digest(layout.without(before, paths)) == canonical.digest(layout.without(after, paths))


def _as_it_goes_out(entry: DocumentEntry, record: Record) -> DocumentEntry:
    """The entry with `record` instead of its own; then its fingerprint stands for nothing in the ledger."""
    digest = canonical.digest(record)
    if digest == entry.digest:
        return entry
    return replace(entry, digest=digest, body=body.pack(record), fingerprint=b"")


def _amendment(
    stored: Stored,
    entry: DocumentEntry,
    before: Record,
    after: Record,
    vocabulary: str,
    origin: Origin,
    paths: frozenset[str],
) -> list[Planned]:
    if origin == "source" and diff.is_another_target(before, after):
        return [
            Planned(type="delisted", key=entry.key, before=stored, basis="id_reused"),
            Planned(type="designated", key=entry.key, after=entry, vocabulary=vocabulary, basis="id_reused"),
        ]
    return [
        Planned(
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
    """`after` with those relations of `before` that lead to a held record and are missing."""
    if not held:
        return after
    present = {(one.type, one.key) for one in after.relations}
    kept = [one for one in before.relations if one.key in held and (one.type, one.key) not in present]
    return replace(after, relations=(*after.relations, *kept)) if kept else after


def add_identifiers(before: Record, after: Record) -> Record:
    """`before` with the identifiers (by type and value) that only `after` has."""
    known = {(one.type, canonical.text(one.value)) for one in before.identifiers}
    added = [one for one in after.identifiers if (one.type, canonical.text(one.value)) not in known]
    return replace(before, identifiers=(*before.identifiers, *added)) if added else before


def commit(drafted: Draft, state: FeedState) -> Commit:
    """The transaction that `drafted` leads to.

    `state` is the feed's state with whatever the intake changed in it (cursors, the last signal); what a commit
    decides (numbers, holds, digests, window of removals) is filled in here.
    """
    context = drafted.context
    at = max(iso(context.now), drafted.state.committed_at)
    written = {**_read_again(drafted), **dict(_written(drafted, at))}
    number = drafted.state.commit + (1 if drafted.planned else 0)
    last = drafted.state.sequence + len(drafted.planned)
    in_force = _in_force(drafted.records, written)
    new_state = replace(
        state,
        commit=number,
        sequence=last,
        parser_version=context.parser_version,
        ledger_digest=canonical.list_digest(in_force),
        ledger_records=len(in_force),
        committed_at=at if drafted.planned else drafted.state.committed_at,
        holds=drafted.judgement.holds,
        removals=_window(drafted, at),
    )
    if drafted.judgement.held_whole is None:
        new_state = replace(
            new_state,
            document=drafted.document.note,
            recent=_recent(state.recent, drafted.document.note.sha256),
            quarantined=drafted.judgement.kept,
            partial=_partial(drafted, state, in_force),
            deferred=drafted.deferred,
        )
    return Commit(
        changes=_changes(drafted, number, at),
        records=written,
        rows=_rows(drafted, new_state, at),
        state=new_state,
    )


def _recent(recent: tuple[str, ...], sha256: str) -> tuple[str, ...]:
    return (*(one for one in recent if one != sha256), sha256)[-RECENT_MAX:]


def _partial(drafted: Draft, state: FeedState, in_force: Mapping[str, str]) -> tuple[str, ...]:
    """Keys of the list in force whose record is partial: as the document reads; of what it does not have (held,
    quarantined), was not read again or waits for the preferred source, as was known."""
    entries = drafted.document.entries
    read = {key for key, entry in entries.items() if entry.body is not None} - set(drafted.deferred)
    now = {key for key in read if entries[key].partial}
    return tuple(sorted(now | ((set(state.partial) - read) & in_force.keys())))


def _window(drafted: Draft, at: str) -> tuple[Removals, ...]:
    """Delistings of the last seven days. What a person released, or an id that was reused, does not count."""
    now = parse_iso(at)
    recent = tuple(one for one in drafted.state.removals if now - parse_iso(one.at) <= WINDOW)
    count = len(drafted.judgement.removed)
    return (*recent, Removals(at=at, count=count)) if count and drafted.planned else recent


def _written(drafted: Draft, at: str) -> Iterator[tuple[str, Stored]]:
    for index, planned in enumerate(drafted.planned):
        sequence = drafted.state.sequence + index + 1
        if planned.previous_key and planned.before:
            yield (
                planned.previous_key,
                replace(
                    planned.before,
                    status="rekeyed",
                    until=at,
                    successor=planned.key,
                    sequence=sequence,
                    fingerprint=b"",
                ),
            )
        if planned.after is not None:
            yield planned.key, _stored(planned, planned.after, sequence, at)
        elif planned.before is not None:
            yield (
                planned.key,
                replace(planned.before, status="delisted", until=at, sequence=sequence, fingerprint=b""),
            )


def _read_again(drafted: Draft) -> dict[str, Stored]:
    """Records that the document gives again from other raw bytes, or in another vocabulary: the same, and known by
    that from now on. That changes nothing for anybody, and saves reading them again."""
    if drafted.judgement.held_whole is not None:
        return {}
    vocabulary = drafted.document.note.vocabulary
    return {
        key: replace(stored, fingerprint=entry.fingerprint, vocabulary=vocabulary)
        for key, entry in drafted.document.entries.items()
        if entry.body is not None
        and (stored := drafted.records.get(key)) is not None
        and stored.status == "listed"
        and stored.digest == entry.digest
        and (stored.fingerprint, stored.vocabulary) != (entry.fingerprint, vocabulary)
    }


def _stored(planned: Planned, entry: DocumentEntry, sequence: int, at: str) -> Stored:
    assert entry.body is not None
    since = planned.before.since if planned.type in ("amended", "rekeyed") and planned.before else at
    return Stored(
        status="listed",
        digest=entry.digest,
        fingerprint=entry.fingerprint,
        vocabulary=planned.vocabulary,
        sequence=sequence,
        body=entry.body,
        since=since,
    )


def _in_force(records: Mapping[str, Stored], written: Mapping[str, Stored]) -> dict[str, str]:
    in_force = {key: stored.digest for key, stored in records.items() if stored.status == "listed"}
    for key, stored in written.items():
        if stored.status == "listed":
            in_force[key] = stored.digest
        else:
            in_force.pop(key, None)
    return in_force


def _changes(drafted: Draft, number: int, at: str) -> Iterator[Change]:
    for index, planned in enumerate(drafted.planned):
        yield _change(drafted, planned, index, number, at)


def _change(drafted: Draft, planned: Planned, index: int, number: int, at: str) -> Change:
    context, note = drafted.context, drafted.document.note
    before_json = body.unpack_json(planned.before.body) if planned.before else None
    after_json = body.unpack_json(planned.after.body) if planned.after and planned.after.body else None
    before = body.decode(before_json) if before_json else None
    after = body.decode(after_json) if after_json else None
    changes = diff.field_changes(before, after) if planned.type in ("amended", "relisted") and before and after else ()
    latest = after or before
    assert latest is not None
    return Change(
        feed=context.feed,
        key=planned.key,
        type=planned.type,
        sequence=drafted.state.sequence + index + 1,
        commit=number,
        index=index,
        count=len(drafted.planned),
        cause=context.cause,
        origin=planned.origin,
        material=_material(planned, before, after, changes),
        times=diff.times(latest, published=note.published, observed=note.observed),
        evidence=Evidence(
            document=note.sha256,
            source=note.source,
            published=note.published,
            archived="pending" if context.archived == "pending" else "stored",
        ),
        committed_at=at,
        digest_before=planned.before.digest if planned.before else None,
        digest_after=planned.after.digest if planned.after else None,
        before=msgspec.Raw(before_json) if before_json else None,
        after=msgspec.Raw(after_json) if after_json else None,
        changes=changes,
        basis=planned.basis,
        previous_key=planned.previous_key,
        earlier=planned.before.sequence if planned.type == "relisted" and planned.before else None,
    )


def _material(planned: Planned, before: Record | None, after: Record | None, changes: tuple[FieldChange, ...]) -> bool:
    if planned.type == "rekeyed":
        return False
    if planned.type != "amended":
        return True
    if planned.layout and before and after:
        changes = diff.field_changes(layout.without(before, planned.layout), layout.without(after, planned.layout))
    return diff.is_material(changes, [one.completeness for one in (before, after) if one])


def _rows(drafted: Draft, state: FeedState, at: str) -> tuple[Publication, ...]:
    if not drafted.planned and drafted.judgement.holds == drafted.state.holds and not drafted.context.missed:
        return ()
    context, note = drafted.context, drafted.document.note
    counts: dict[str, int] = {}
    for planned in drafted.planned:
        counts[planned.type] = counts.get(planned.type, 0) + 1
    row = Publication(
        feed=context.feed,
        kind="commit" if drafted.planned else "hold",
        at=at,
        commit=state.commit,
        cause=context.cause,
        document=note.sha256,
        source=note.source,
        archived="pending" if context.archived == "pending" else "stored",
        published=note.published,
        observed=note.observed,
        document_digest=note.digest,
        document_records=note.records,
        ledger_digest=state.ledger_digest,
        ledger_records=state.ledger_records,
        first_sequence=drafted.state.sequence + 1 if drafted.planned else None,
        last_sequence=state.sequence,
        changes=counts,
        held=tuple(sorted(drafted.judgement.held_keys)),
        holds=tuple(hold.id for hold in state.holds),
        quarantined=drafted.judgement.kept,
        partial=state.partial,
        deferred=state.deferred,
        missed=context.missed,
        parser_version=context.parser_version,
    )
    return (row,)

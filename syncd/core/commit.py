"""From the plan to the transaction: the changes in their order, the records that they write, the publication rows and
the new state."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from syncd.core import canonical, codec, columns, content, diff, times
from syncd.core.document import DocumentEntry
from syncd.core.events import Change, Commit, Evidence, FieldChange, Publication
from syncd.core.limits import RETURNED_WITHIN, WINDOW
from syncd.core.model import Record
from syncd.core.plan import Plan, PlannedChange, new_layout
from syncd.core.state import FeedState, Removals, Stored

RECENT_MAX = 10
# What of a state is worth a commit when it alone is another.
KEPT = ("commit", "holds", "quarantined", "deferred", "parser_version", "resync")
# Beyond them the oldest go: a week of a list holds far fewer.
REMOVALS_MAX = 500
RETURNED_MAX = 5_000


class Differences(Struct, frozen=True, kw_only=True):
    """The differences between two versions of a record. `packed` holds the field changes as bytes: a new reading of a
    whole list has more of them than memory should hold as objects."""

    packed: bytes
    material: bool


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(tuple[FieldChange, ...]).decode
_WHOLE = Differences(packed=_pack(()), material=True)


def commit_of(plan: Plan, state: FeedState) -> Commit:
    """Return the transaction that carries `plan`. The slow part, comparing the versions of each record, is done here;
    the changes themselves are made one by one while the ledger takes them.

    `state` is the feed's state with the fields that intake has changed (cursors, the last signal). The fields that a
    commit decides (numbers, holds, digests, the window of removals) are filled in here.
    """
    context = plan.context
    at = max(times.iso(context.now), plan.state.committed_at)
    written = {**_read_again(plan), **dict(_written(plan, at))}
    number = plan.state.commit + (1 if plan.planned else 0)
    last = plan.state.sequence + len(plan.planned)
    in_force = _in_force(plan.records, written)
    new_state = replace(
        state,
        commit=number,
        sequence=last,
        parser_version=context.parser_version,
        ledger_digest=canonical.list_digest(in_force),
        ledger_records=len(in_force),
        committed_at=at if plan.planned else plan.state.committed_at,
        holds=plan.judgement.holds,
        removals=_window(plan),
        returned=_returned(plan),
    )
    if plan.judgement.held_whole is None:
        new_state = replace(
            new_state,
            document=plan.document.note,
            recent=_recent(state.recent, plan.document.note.sha256),
            quarantined=plan.judgement.kept,
            partial=_partial(plan, state, in_force),
            deferred=plan.deferred,
        )
    return Commit(
        changes=_changes(plan, number, at, tuple(_differences(planned) for planned in plan.planned)),
        records=written,
        rows=_rows(plan, new_state, at),
        state=new_state,
    )


def is_worth_making(commit: Commit, before: FeedState, missed: Collection[str]) -> bool:
    """Return whether `commit` is to be written. A commit that changes nothing is not; records read again, holds, missed
    publications and another layout are written even when nothing else changes."""
    after = commit.state
    same = all(getattr(after, name) == getattr(before, name) for name in KEPT)
    return bool(commit.records or missed) or not same or _of_document(after) != _of_document(before)


def _of_document(state: FeedState) -> tuple[int, frozenset[str]]:
    """Return how many entries of the document could not be read, also those never in force, and the unknown fields that
    it has throughout."""
    return (state.document.quarantined, frozenset(state.document.unknown)) if state.document else (0, frozenset())


def attestation_of(before: FeedState, state: FeedState, now: datetime) -> Commit:
    """Return the commit that states, once a day, that the list was compared whole and nothing changed: one row, no
    change."""
    row = Publication(
        feed=before.feed,
        kind="attestation",
        at=times.iso(now),
        commit=before.commit,
        document=before.document.sha256 if before.document else None,
        ledger_digest=before.ledger_digest,
        ledger_records=before.ledger_records,
        last_sequence=before.sequence,
        observed=times.iso(now),
    )
    return Commit(changes=(), records={}, rows=(row,), state=state)


def _recent(recent: tuple[str, ...], sha256: str) -> tuple[str, ...]:
    return (*(earlier for earlier in recent if earlier != sha256), sha256)[-RECENT_MAX:]


def _partial(plan: Plan, state: FeedState, in_force: Mapping[str, str]) -> tuple[str, ...]:
    """Return the keys of the list in force whose record is partial. For entries that this document does not decide
    (held, quarantined, not read again, deferred to the preferred source) the earlier answer is kept."""
    entries = plan.document.entries
    read = {key for key in in_force if (entry := entries.get(key)) and entry.body is not None}
    read -= {*plan.deferred, *plan.judgement.unchanged}
    now = {key for key in read if entries[key].partial}
    waiting = {old: entries[new] for old, new in plan.judgement.waiting.items() if entries[new].body is not None}
    read |= waiting.keys()
    now |= {old for old, entry in waiting.items() if entry.partial}
    return tuple(sorted(now | ((set(state.partial) - read) & in_force.keys())))


def _window(plan: Plan) -> tuple[Removals, ...]:
    """Return the rows of removals within the last seven days. Removals that a person released do not count. A row has
    the clock of its commit; one of a clock that was ahead stays until its week is over, and is not counted before."""
    now = plan.context.now
    recent = tuple(removals for removals in plan.state.removals if now - times.parse_iso(removals.at) <= WINDOW)
    if not plan.planned:
        return recent
    rows = (Removals(at=times.iso(now), count=count, kind=kind) for kind, count in plan.judgement.taken.items())
    return (*recent, *rows)[-REMOVALS_MAX:]


def _returned(plan: Plan) -> dict[str, str]:
    """Return the keys that came back soon after they were delisted, with the time: those of the last seven days."""
    now = plan.context.now
    left = {key: at for key, at in plan.state.returned.items() if abs(now - times.parse_iso(at)) <= WINDOW}
    back = (planned for planned in plan.planned if planned.type == "relisted" and planned.before)
    for planned in back:
        gone = planned.before.until if planned.before else None
        if gone and abs(now - times.parse_iso(gone)) <= RETURNED_WITHIN:
            left[planned.key] = times.iso(now)
    return dict(sorted(left.items(), key=lambda one: one[1])[-RETURNED_MAX:])


def _written(plan: Plan, at: str) -> Iterator[tuple[str, Stored]]:
    for index, planned in enumerate(plan.planned):
        sequence = plan.state.sequence + index + 1
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


def _read_again(plan: Plan) -> dict[str, Stored]:
    """Return the records that the document has unchanged, from other raw bytes or in another vocabulary, with the new
    fingerprint. Nothing changes for a consumer, and they need not be read again."""
    if plan.judgement.held_whole is not None:
        return {}
    vocabulary = plan.document.note.vocabulary
    return {
        key: replace(stored, fingerprint=entry.fingerprint, vocabulary=vocabulary)
        for key, entry in plan.document.entries.items()
        if entry.body is not None
        and (stored := plan.records.get(key)) is not None
        and stored.status == "listed"
        and stored.digest == entry.digest
        and (stored.fingerprint, stored.vocabulary) != (entry.fingerprint, vocabulary)
    }


def _stored(planned: PlannedChange, entry: DocumentEntry, sequence: int, at: str) -> Stored:
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


def _changes(plan: Plan, number: int, at: str, differences: tuple[Differences, ...]) -> Iterator[Change]:
    for index, planned in enumerate(plan.planned):
        yield _change(plan, planned, differences[index], index, number, at)


def _differences(planned: PlannedChange) -> Differences:
    if planned.type not in ("amended", "relisted", "rekeyed"):
        return _WHOLE
    before, after = _version(planned.before), _version(planned.after)
    if before is None or after is None:
        return _WHOLE
    changes = diff.field_changes(before, after)
    return Differences(packed=_pack(changes), material=_is_material(planned, before, after, changes))


def _version(version: Stored | DocumentEntry | None) -> Record | None:
    return codec.unpack_record(version.body) if version and version.body else None


def _is_material(planned: PlannedChange, before: Record, after: Record, changes: tuple[FieldChange, ...]) -> bool:
    if planned.type == "relisted":
        return True
    if planned.type == "rekeyed":  # the numbers that the list gives its own entries say no more than the key
        before, after = content.without_ids(before, after), content.without_ids(after, before)
    if planned.layout or planned.type == "rekeyed":
        changes = diff.field_changes(columns.without(before, planned.layout), columns.without(after, planned.layout))
    return diff.is_material(changes, (before, after))


def _change(plan: Plan, planned: PlannedChange, differences: Differences, index: int, number: int, at: str) -> Change:
    context, note = plan.context, plan.document.note
    before_json = codec.unpack_json(planned.before.body) if planned.before else None
    after_json = codec.unpack_json(planned.after.body) if planned.after and planned.after.body else None
    latest = after_json or before_json
    assert latest is not None
    return Change(
        feed=context.feed,
        key=planned.key,
        type=planned.type,
        sequence=plan.state.sequence + index + 1,
        commit=number,
        index=index,
        count=len(plan.planned),
        cause=context.cause,
        origin=planned.origin,
        material=differences.material,
        times=diff.times_of(
            codec.decode(latest),
            published=note.published,
            observed=note.observed,
            previous=_previous(plan.state, planned),
        ),
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
        changes=_unpack(differences.packed),
        basis=planned.basis,
        previous_key=planned.previous_key,
        earlier=planned.before.sequence if planned.type == "relisted" and planned.before else None,
    )


def _previous(state: FeedState, planned: PlannedChange) -> str | None:
    """Return the day of the publication before this one, for a target that the publisher lists now: its own date, else
    the day on which it was seen."""
    before = state.document
    if before is None or planned.origin != "source" or planned.type not in ("designated", "relisted"):
        return None
    seen = before.observed or state.committed_at
    return times.stated_time(before.published, seen) or times.utc_day(seen)


def _rows(plan: Plan, state: FeedState, at: str) -> tuple[Publication, ...]:
    context, note = plan.context, plan.document.note
    found = new_layout(plan.state.document, note) if plan.judgement.held_whole is None else ()
    if not (plan.planned or plan.judgement.holds != plan.state.holds or context.missed or found):
        return ()
    counts: dict[str, int] = {}
    for planned in plan.planned:
        counts[planned.type] = counts.get(planned.type, 0) + 1
    row = Publication(
        feed=context.feed,
        kind="commit" if plan.planned else "hold",
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
        first_sequence=plan.state.sequence + 1 if plan.planned else None,
        last_sequence=state.sequence,
        changes=counts,
        held=tuple(sorted(plan.judgement.held_keys)),
        holds=tuple(hold.id for hold in state.holds),
        quarantined=plan.judgement.kept,
        partial=state.partial,
        deferred=state.deferred,
        missed=context.missed,
        layout={name: note.unknown[name] for name in found},
        parser_version=context.parser_version,
    )
    return (row,)

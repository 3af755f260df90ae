"""The public events of a ledger: changes, the row of the commit that carries them, decisions, attestations, heartbeats.

A change is one event. Its id is made of its content: a commit that is tried again gives the same ids, and A→B→A→B gives
four different ones, because the sequence is part of the id.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct, field

from syncd.core.ids import content_id
from syncd.core.state import FeedState, Stored


class Heartbeat(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A feed's public pulse, outside transactions. `status`: ok, failing, held, paused, baselining, stale. That of the
    `coordinator` counts targets as its records and has no digest."""

    feed: str
    status: str
    checked_at: str
    changed_at: str
    commit: int
    sequence: int
    ledger_digest: str
    ledger_records: int
    message: str = ""


ChangeType = Literal["baselined", "designated", "amended", "delisted", "relisted", "rekeyed"]
Cause = Literal["publication", "release", "reparse", "resync"]
Origin = Literal["source", "parser", "format"]
SignalKind = Literal["release", "reject", "resync", "pause", "resume", "link"]
Basis = Literal["absent", "id_reused", "rekeyed"]
REPLAY: Final = "replay"


class FieldChange(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One difference between two versions of a record.

    `path` is a field of the record (`names`, `vessel.flags`). For a list, `op` says whether one element was `added`,
    `removed` or `replaced`; for a single value always `replaced`. `before` and `after` are values as published.
    """

    path: str
    op: Literal["added", "removed", "replaced"]
    before: Any = None
    after: Any = None


class Times(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The five times, whichever are known. Dates `YYYY-MM-DD` or ISO 8601 times in UTC.

    `effective`: the measure entered into force. `listed`: the authority listed the target. `published`: the date of
    the publication. `modified`: the publisher's own date of the entry's last change. `observed`: syncd saw it. What is
    no date is absent.

    `backdated`: the target is listed under a date that lies before the list's previous publication, which did not have
    it, by more than seven days. Coordination counts such a listing from when it was seen.
    """

    observed: str
    effective: str | None = None
    listed: str | None = None
    published: str | None = None
    modified: str | None = None
    backdated: bool = False


class Evidence(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where it stands: the SHA-256 of the document (hex), the feed's source that gave it, its date, and whether the
    bytes are in the archive (`stored`) or wait for it (`pending`)."""

    document: str
    source: str
    published: str | None = None
    archived: Literal["stored", "pending"] = "stored"


class Change(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What happened to one record. `before` and `after` are records as published (see `schemas/record.v1.json`).

    `index` (from 0) and `count` place it in its commit. `digest_before` and `digest_after` are record digests; a
    delisting has no `digest_after`. `material`: it can alter a screening result. `previous_key` is the old key of a
    re-keyed record, which may have other content too: `changes` says which, as of an amendment. `earlier` names the
    listing that a relisting follows: the sequence that ended it. `elided` lists parts left out for size.
    """

    feed: str
    key: str
    type: ChangeType
    sequence: int
    commit: int
    index: int
    count: int
    cause: Cause
    origin: Origin
    material: bool
    times: Times
    evidence: Evidence
    committed_at: str
    digest_before: str | None = None
    digest_after: str | None = None
    before: msgspec.Raw | None = None
    after: msgspec.Raw | None = None
    changes: tuple[FieldChange, ...] = ()
    basis: Basis | None = None
    previous_key: str | None = None
    earlier: int | None = None
    elided: tuple[str, ...] = ()


class Publication(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The row of one commit, of an attestation, or of a decision.

    `kind` `commit`: numbers and digests of document and ledger, first and last sequence, keys held, quarantined,
    partial and deferred. `hold`: the same when holds changed and nothing else. `attestation`: the list was compared
    whole and nothing changed. `decision`: the answer to a signal (`applied` or `refused`, and why). `missed` are
    publications that were overwritten before they could be seen. `layout`: fields that no reader knows and that this
    document is the first to have throughout, with the number of entries that have them. A commit that is `asserted_by`
    `replay` was made later, of a kept document: its times are those of the document, and nobody saw it then.
    """

    feed: str
    kind: Literal["commit", "hold", "attestation", "decision"]
    at: str
    commit: int
    cause: Cause | None = None
    document: str | None = None
    source: str | None = None
    archived: Literal["stored", "pending"] | None = None
    published: str | None = None
    observed: str | None = None
    document_digest: str | None = None
    document_records: int | None = None
    ledger_digest: str | None = None
    ledger_records: int | None = None
    first_sequence: int | None = None
    last_sequence: int | None = None
    changes: dict[str, int] = field(default_factory=dict)
    held: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    quarantined: tuple[str, ...] = ()
    partial: tuple[str, ...] = ()
    deferred: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    layout: dict[str, int] = field(default_factory=dict)
    parser_version: int | None = None
    signal: str | None = None
    outcome: Literal["applied", "refused"] | None = None
    why: str | None = None
    asserted_by: str | None = None


class Signal(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a person asks of a feed, or of the coordinator about a link. `asserted_by` is what the sender claims; who
    may send is the ledger's matter.

    `position` is given by the ledger: signals of all feeds, in order. `expires` bounds how late it may be applied.
    """

    id: str
    feed: str
    kind: SignalKind
    asserted_by: str
    expires: str
    subject: str = ""
    why: str = ""
    position: int = 0


class Commit(Struct, frozen=True, kw_only=True):
    """One transaction of one feed.

    `changes` are made on the way, so that a baseline of any length needs no more memory than its records; their
    sequences follow the state's, without holes. `records` are the keys that they write. `rows` are publication rows:
    the commit's own, and decisions that it carries. A commit without changes (a pause, a refused signal, an
    attestation, a hold) keeps commit and sequence.
    """

    changes: Iterable[Change]
    records: Mapping[str, Stored]
    rows: tuple[Publication, ...]
    state: FeedState


# msgspec encodes `Raw | None` and cannot decode it.
_Received = msgspec.defstruct(
    "_Received",
    [("before", msgspec.Raw | msgspec.UnsetType, None), ("after", msgspec.Raw | msgspec.UnsetType, None)],
    bases=(Change,),
    frozen=True,
    kw_only=True,
    omit_defaults=True,
)
_received = msgspec.json.Decoder(_Received)


def decode_change(data: bytes) -> Change:
    """Return the change whose JSON is `data`. Raises msgspec.MsgspecError."""
    received = _received.decode(data)
    return Change(**{name: getattr(received, name) for name in Change.__struct_fields__})


def event_id(feed: str, sequence: int, key: str, kind: str, before: str | None, after: str | None) -> str:
    """Return the id of a change, 26 characters of base32: SHA-256 over feed, sequence, key, type and both digests, one
    a line."""
    return content_id(feed, str(sequence), key, kind, before or "", after or "")


def change_id(change: Change) -> str:
    """Return the id of `change` (see `event_id`)."""
    return event_id(change.feed, change.sequence, change.key, change.type, change.digest_before, change.digest_after)


def cloud_event(change: Change, installation: str, ledger: str = "") -> dict[str, Any]:
    """Return the change as a CloudEvents 1.0 event in JSON form; `data` is the change itself. `ledger` is the identity
    of the ledger in which its sequence is a position."""
    return ({"ledger": ledger} if ledger else {}) | {
        "specversion": "1.0",
        "id": change_id(change),
        "source": f"/syncd/{installation}/{change.feed}",
        "type": f"syncd.{change.type}.v1",
        "subject": change.key,
        "time": change.committed_at,
        "datacontenttype": "application/json",
        "data": change,
    }

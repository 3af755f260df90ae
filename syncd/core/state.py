"""The state that a feed carries from one commit to the next: its cursors, its holds, and a description of what is in
force.

All of it is committed in the same transaction as the changes that led to it. Times are ISO 8601 in UTC with a `Z`.
"""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct, field
from msgspec.structs import replace

Status = Literal["listed", "delisted", "rekeyed"]
HoldKind = Literal["removals", "amendments", "rekeyed", "document"]


class Stored(Struct, frozen=True, kw_only=True, gc=False):
    """One key of the ledger: the record in force, or the stub of one that was.

    `body` is the zstd-compressed JSON of the record as published, the last one in force for a stub. `digest` is the
    record digest (hex). `fingerprint` is that of the raw entry that gave exactly this record, empty when no entry did.
    `vocabulary` is that of the document through which it was read, `sequence` that of the change that wrote it.
    `since` is the commit time of the listing, `until` that of the delisting. `successor` is the new key of a re-keyed
    record.
    """

    status: Status
    digest: str
    fingerprint: bytes
    vocabulary: str
    sequence: int
    body: bytes
    since: str
    until: str | None = None
    successor: str | None = None


class Validators(Struct, frozen=True, kw_only=True):
    """What makes the next request conditional."""

    etag: str | None = None
    last_modified: str | None = None


class SourceCursor(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far one source of the feed was read. `gate_token` is the token of its first gate for the document that was
    read, `gate_tokens` those of its other gates, by their names; a gate that did not answer has none. `link` is where
    the document was, when a gate had to discover it."""

    validators: Validators = Validators()
    gate_token: str | None = None
    publication_id: str | None = None
    gate_tokens: dict[str, str] = field(default_factory=dict)
    link: str | None = None

    def token(self, gate: str) -> str | None:
        """Return the token of the gate with that name; the first gate has an empty name."""
        return self.gate_tokens.get(gate) if gate else self.gate_token

    def with_tokens(self, tokens: Mapping[str, str]) -> "SourceCursor":
        """Return the cursor with these tokens, by the names of their gates; other tokens stay."""
        others = {name: token for name, token in tokens.items() if name}
        return replace(self, gate_token=tokens.get("", self.gate_token), gate_tokens={**self.gate_tokens, **others})


class DocumentNote(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A document that was judged: bytes by SHA-256 (hex), the source that gave it, its own date, when it was seen.

    `layout` are the paths of a record that only some layouts of the vocabulary have a place for, and this one has.
    `quarantined` is how many of its entries have no readable id or name. `unknown` are fields that nobody knows and
    that it has throughout, with the number of entries that have them: a matter of its layout.
    """

    sha256: str
    source: str
    vocabulary: str
    digest: str
    records: int
    published: str | None = None
    observed: str = ""
    layout: tuple[str, ...] = ()
    quarantined: int = 0
    unknown: dict[str, int] = field(default_factory=dict)


class Hold(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a document takes away, or a whole document, that waits for a person.

    `kind` `removals`: `keys` stay in force although the document lacks them; `rekeyed`: although it has the same
    records under other keys. `amendments`: `keys` keep what the document's version of them would lose; `loses` says
    of which sort that is (`names`, `birth_dates`, `identifiers`, `listings`, `kind`, `reused`), and of which keys.
    `document`: nothing of the document with this SHA-256 goes out. `id` is a hash of feed, kind, keys and what they
    lose (or document); `formerly` are ids that it had when that was more. `origin` `parser`: it came of a new reading
    of an old document, and what its release says is not the publisher's act.
    """

    id: str
    kind: HoldKind
    keys: tuple[str, ...]
    since: str
    why: str
    document: str
    formerly: tuple[str, ...] = ()
    rejected: bool = False
    decided_by: str | None = None
    origin: Literal["source", "parser"] = "source"
    loses: dict[str, tuple[str, ...]] = field(default_factory=dict)


class Removals(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How many records one commit delisted, and when, so that small cuts do not add up unseen. `kind` is what was taken
    away: `removals`, or a sort of content, `reused` or `rekeyed`, from `count` records."""

    at: str
    count: int
    kind: str = "removals"


class Approval(Struct, frozen=True, kw_only=True):
    """The first of two persons has released a hold: its id, who, when."""

    hold: str
    by: str
    at: str


class FeedState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The state of one feed. `commit` and `sequence` are 0 before the baseline.

    `ledger_digest` and `ledger_records` describe the records in force. `document` is the one that the last commit
    came from; `recent` are the SHA-256 of the last ten. `quarantined` are keys whose earlier version stays in force,
    `partial` keys of records not wholly read, `deferred` keys whose amendment waits for the preferred source.
    `removals` is what went out that took away; `returned`, keys that came back soon after they were delisted, and when.
    `references` are the code tables of the last document in each vocabulary: while their labels hold, fingerprints do.
    `approvals` are releases that wait for a second person. `last_signal` is the last signal that was applied; `paused`
    says who paused the feed and why; `resync`, that somebody asked for the whole document to be read anew.
    """

    feed: str
    commit: int = 0
    sequence: int = 0
    parser_version: int = 0
    ledger_digest: str = ""
    ledger_records: int = 0
    committed_at: str = ""
    document: DocumentNote | None = None
    recent: tuple[str, ...] = ()
    cursors: dict[str, SourceCursor] = field(default_factory=dict)
    references: dict[str, dict[str, str]] = field(default_factory=dict)
    holds: tuple[Hold, ...] = ()
    removals: tuple[Removals, ...] = ()
    returned: dict[str, str] = field(default_factory=dict)
    quarantined: tuple[str, ...] = ()
    partial: tuple[str, ...] = ()
    deferred: tuple[str, ...] = ()
    last_signal: int = 0
    paused: str | None = None
    resync: bool = False
    attested_on: str = ""
    last_publication_id: str | None = None
    approvals: tuple[Approval, ...] = ()

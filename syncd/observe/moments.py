"""Everything that syncd reports, one type a moment.

A moment is the only way to a log line and to a counter: `report(PollAnswered(feed="un_sc", …))` writes one and raises
the other, and nothing else logs or counts. Each type states its name in the log (`event`), its level, and the sentence
for a person on a terminal.

Moments carry keys, ids, counts and durations; never the name of a target. `why` texts come from errors whose messages
are free of names, secrets and signed addresses already.
"""

from collections.abc import Mapping
from typing import Literal

from msgspec import field

from syncd.observe.coordination_moments import (
    ChangePassedOver,
    Coordinated,
    CoordinatorFailed,
    CoordinatorStarted,
    CoordinatorStopped,
)
from syncd.observe.document_moments import (
    AdditionsFlood,
    DateUnusable,
    GateSilent,
    LayoutFound,
    RereadingWithoutArchive,
)
from syncd.observe.moment import Fault, FeedMoment, Level, Moment
from syncd.observe.webhook_moments import WebhookDelivered, WebhookFailed, WebhookGone

__all__ = [
    "MOMENTS", "AdditionsFlood", "ArchiveFlushed", "ArchivePending", "ArchiveStored", "Attested", "ChangePassedOver",
    "Committed",
    "ConsumerUnseen", "ConsumersSeen", "Coordinated", "CoordinatorFailed", "CoordinatorStarted",
    "CoordinatorStopped", "DaemonStarted", "DaemonStopping", "DateUnusable", "Deferred", "DocumentParsed",
    "DocumentStale", "EntryPartial", "EntryQuarantined", "Fault", "FeedMoment", "FeedStarted", "FeedStopped",
    "GateSilent", "HoldEnded", "HoldPlaced", "HoldReminder", "LayoutFound", "LedgerRestored", "LedgerUnavailable",
    "Level", "Moment", "PollAnswered", "PollFailed", "PublicationMissed", "ReplicaActive", "ReplicaStandsBy",
    "RereadingWithoutArchive", "SignalAnswered", "SourceSwitched", "WebhookDelivered", "WebhookFailed", "WebhookGone",
]  # fmt: skip


class PollAnswered(FeedMoment, frozen=True, kw_only=True):
    """The publisher answered: nothing new, or a document that was received whole. `received_bytes` is the size on the
    wire."""

    event = "poll_answered"
    level = "debug"
    says = "{feed}: {source} answered in {seconds:.2f} s, {outcome}, {received_bytes} bytes"

    source: str
    outcome: Literal["unchanged", "fetched"]
    seconds: float
    received_bytes: int


class PollFailed(FeedMoment, frozen=True, kw_only=True):
    """A poll failed. `failures` counts failures of this fault in a row; the next poll is in `retry_seconds`. `source`
    is None when no source was reached, or when the failure is not its doing."""

    event = "poll_failed"
    level = "warning"
    says = "{feed}: {source} failed ({fault}, {failures} in a row), again in {retry_seconds:.0f} s: {why}"

    source: str | None
    fault: Fault
    why: str
    failures: int
    retry_seconds: float

    def severity(self) -> Level:
        """Return `warning` for faults of network and publisher, `error` for our own."""
        return "warning" if self.fault in ("network", "publisher") else "error"

    def sentence(self) -> str:
        """Return the failure in one line; without a source it is that of the poll."""
        return self.says.format_map({**self.fields(), "source": self.source or "the poll"})


class DocumentParsed(FeedMoment, frozen=True, kw_only=True):
    """A document was read to its end in `seconds`, after `waited_seconds` in the queue. `partial` and `quarantined`
    count entries."""

    event = "document_parsed"
    says = "{feed}: {records} records from {source} in {seconds:.1f} s, {partial} partial, {quarantined} quarantined"

    source: str
    records: int
    partial: int
    quarantined: int
    seconds: float
    waited_seconds: float = 0.0


class EntryPartial(FeedMoment, frozen=True, kw_only=True):
    """A record goes out although it was not read wholly. `unreadable` lists paths of fields, not values; `unknown` the
    names of fields that no reader knows."""

    event = "entry_partial"
    level = "warning"
    says = "{key}: published, but not wholly read"

    key: str
    unreadable: tuple[str, ...]
    unknown: tuple[str, ...] = ()

    def sentence(self) -> str:
        """Return the key and the fields in one line."""
        return f"{super().sentence()}: {', '.join((*self.unreadable, *self.unknown))}".removesuffix(": ")


class EntryQuarantined(FeedMoment, frozen=True, kw_only=True):
    """An entry without a readable id or name stays out; an earlier version stays in force."""

    event = "entry_quarantined"
    level = "error"
    says = "{feed}: an entry is quarantined: {why}"

    key: str | None
    why: str


class Committed(FeedMoment, frozen=True, kw_only=True):
    """A commit stands in the ledger.

    `changes` counts by type, `material` and `partial` over all types; `records` are in force afterwards. `published` is
    the publication's own date. The delays, and `in_force_since` (designations by the day on which the measure entered
    into force or was listed), are set for new publications only, as far as they are known.
    """

    event = "committed"
    says = "{feed}: commit {commit} ({cause}): {counts}; {records} records in force"

    commit: int
    cause: str
    changes: dict[str, int]
    material: int
    partial: int
    records: int
    sequence: int
    seconds: float
    committed_at: str = ""
    published: str | None = None
    published_to_seen_seconds: float | None = None
    seen_to_committed_seconds: float | None = None
    published_to_committed_seconds: float | None = None
    in_force_since: dict[str, int] = field(default_factory=dict)

    def sentence(self) -> str:
        """Return the counts of the changes in one line."""
        counts = ", ".join(f"{count} {kind}" for kind, count in self.changes.items()) or "no changes"
        return self.says.format(counts=counts, **self.fields())


class HoldPlaced(FeedMoment, frozen=True, kw_only=True):
    """A hold waits for a person: of removals, losses or a whole document. `keys` is the number of its keys."""

    event = "hold_placed"
    level = "warning"
    says = "{feed}: hold {hold} ({kind}, {keys} keys): {why}"

    hold: str
    kind: str
    keys: int
    why: str


class HoldReminder(FeedMoment, frozen=True, kw_only=True):
    """A hold still waits, `days` after it was placed."""

    event = "hold_reminder"
    level = "warning"
    says = "{feed}: hold {hold} of {keys} keys has waited for {days} days"

    hold: str
    keys: int
    days: int


class HoldEnded(FeedMoment, frozen=True, kw_only=True):
    """A hold is over. `how`: released, or its records are back."""

    event = "hold_ended"
    says = "{feed}: hold {hold} ended: {how}"

    hold: str
    how: str


class DocumentStale(FeedMoment, frozen=True, kw_only=True):
    """The publisher served a document that had been replaced already; it is ignored."""

    event = "document_stale"
    level = "warning"
    says = "{feed}: an older document came back and is ignored: {sha256}"

    sha256: str


class SourceSwitched(FeedMoment, frozen=True, kw_only=True):
    """The feed is read from another of its sources from now on (failover, or the way back)."""

    event = "source_switched"
    level = "warning"
    says = "{feed}: {after} serves instead of {before}: {why}"

    before: str
    after: str
    why: str


class Deferred(FeedMoment, frozen=True, kw_only=True):
    """Amendments that may be mere differences of format wait for the preferred source."""

    event = "deferred"
    says = "{feed}: {count} amendments wait for the preferred source"

    count: int


class PublicationMissed(FeedMoment, frozen=True, kw_only=True):
    """The publisher's history shows publications that were overwritten before they were seen."""

    event = "publication_missed"
    level = "warning"
    says = "{feed}: publications were overwritten unseen"

    ids: tuple[str, ...]

    def sentence(self) -> str:
        """Return the ids of the missed publications in one line."""
        return f"{super().sentence()}: {', '.join(self.ids)}"


class SignalAnswered(FeedMoment, frozen=True, kw_only=True):
    """A person's signal was applied or refused."""

    event = "signal_answered"
    says = "{feed}: {kind} {outcome}: {why}"

    kind: str
    outcome: Literal["applied", "refused"]
    why: str

    def sentence(self) -> str:
        """Return the signal and its outcome in one line."""
        return super().sentence().removesuffix(": ")


class ArchivePending(FeedMoment, frozen=True, kw_only=True):
    """The archive could not be reached; the document waits in the spool."""

    event = "archive_pending"
    level = "warning"
    says = "{feed}: document {sha256} waits for the archive: {why}"

    sha256: str
    why: str


class ArchiveStored(FeedMoment, frozen=True, kw_only=True):
    """The document is in the archive."""

    event = "archive_stored"
    level = "debug"
    says = "{feed}: document {sha256} is in the archive"

    sha256: str


class ArchiveFlushed(Moment, frozen=True, kw_only=True):
    """The archive is back: the documents that waited in the spool were moved there."""

    event = "archive_flushed"
    says = "{documents} documents that waited are in the archive"

    documents: int


class Attested(FeedMoment, frozen=True, kw_only=True):
    """The list was compared whole, and nothing had changed."""

    event = "attested"
    says = "{feed}: compared whole, nothing changed, {records} records in force"

    records: int


class FeedStopped(FeedMoment, frozen=True, kw_only=True):
    """The feed is not polled any more until a person acts."""

    event = "feed_stopped"
    level = "error"
    says = "{feed}: stopped: {why}"

    why: str


class FeedStarted(FeedMoment, frozen=True, kw_only=True):
    """The feed is open for writing; `commit` and `records` were restored in `seconds`."""

    event = "feed_started"
    says = "{feed}: open at commit {commit}, {records} records in force, restored in {seconds:.2f} s"

    commit: int
    records: int
    seconds: float


class DaemonStarted(Moment, frozen=True, kw_only=True):
    """The daemon runs. `ledger` is the ledger's file, or its brokers and topics; `address` is that of the page, empty
    without the HTTP port."""

    event = "daemon_started"
    says = "syncd {version} watches {watched}; ledger {ledger}; page {page}"

    version: str
    feeds: tuple[str, ...]
    ledger: str = ""
    address: str = ""

    def sentence(self) -> str:
        """Return the feeds, the ledger and the page in one line."""
        return self.says.format(
            version=self.version,
            watched=", ".join(self.feeds) or "nothing",
            ledger=self.ledger or "unknown",
            page=self.address or "none",
        )


class ReplicaActive(Moment, frozen=True, kw_only=True):
    """This replica runs the feeds from now on; `term` counts how often it was elected."""

    event = "replica_active"
    says = "this replica is active (term {term})"

    term: int


class ReplicaStandsBy(Moment, frozen=True, kw_only=True):
    """Another replica runs the feeds, or none can be elected."""

    event = "replica_stands_by"
    says = "this replica stands by: {why}"

    why: str


class LedgerUnavailable(Moment, frozen=True, kw_only=True):
    """The ledger cannot be used. Its content is safe, and it is opened again after `retry_seconds`."""

    event = "ledger_unavailable"
    level = "error"
    says = "the ledger cannot be used, again in {retry_seconds:.0f} s: {why}"

    why: str
    retry_seconds: float


class LedgerRestored(Moment, frozen=True, kw_only=True):
    """The ledger comes from a backup: sequences after its end are assigned again, under another identity."""

    event = "ledger_restored"
    level = "warning"
    says = "the ledger came from a backup ({why}); it is {ledger} from now on, and consumers must compare positions"

    ledger: str
    why: str


class ConsumersSeen(Moment, frozen=True, kw_only=True):
    """The lag of each watched consumer group: committed changes that it has not read, by feed that it reads. Groups
    whose offsets could not be read are left out."""

    event = "consumers_seen"
    level = "debug"
    says = "consumers are behind: "

    behind: Mapping[str, Mapping[str, int]]

    def sentence(self) -> str:
        """Return the lags that are not zero in one line."""
        lags = [f"{group} {n} of {feed}" for group, feeds in self.behind.items() for feed, n in feeds.items() if n]
        return self.says + (", ".join(lags) or "none")


class ConsumerUnseen(Moment, frozen=True, kw_only=True):
    """The offsets of a watched consumer group could not be read."""

    event = "consumer_unseen"
    level = "warning"
    says = "consumer group {group} cannot be seen: {why}"

    group: str
    why: str


class DaemonStopping(Moment, frozen=True, kw_only=True):
    """The daemon shuts down, because of `signal`."""

    event = "daemon_stopping"
    says = "stopping: {signal}"

    signal: str


MOMENTS: tuple[type[Moment], ...] = (
    PollAnswered,
    PollFailed,
    DocumentParsed,
    EntryPartial,
    EntryQuarantined,
    Committed,
    HoldPlaced,
    HoldReminder,
    HoldEnded,
    DocumentStale,
    DateUnusable,
    GateSilent,
    LayoutFound,
    AdditionsFlood,
    RereadingWithoutArchive,
    SourceSwitched,
    Deferred,
    PublicationMissed,
    SignalAnswered,
    ArchivePending,
    ArchiveStored,
    ArchiveFlushed,
    Attested,
    FeedStopped,
    FeedStarted,
    CoordinatorStarted,
    Coordinated,
    CoordinatorFailed,
    ChangePassedOver,
    CoordinatorStopped,
    DaemonStarted,
    ReplicaActive,
    ReplicaStandsBy,
    LedgerUnavailable,
    LedgerRestored,
    ConsumersSeen,
    ConsumerUnseen,
    WebhookDelivered,
    WebhookFailed,
    WebhookGone,
    DaemonStopping,
)

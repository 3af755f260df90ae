"""Reporting a moment: one typed moment makes the log line and the metric.

The daemon has a `Report`; `Collected` keeps the moments, for tests and for commands that show them.
"""

import itertools
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

import structlog

from syncd.observe import kafka
from syncd.observe import moments as m
from syncd.observe.metrics import Metrics
from syncd.observe.notice_counts import NOTICE_COUNTED

M = TypeVar("M", bound=m.Moment)

# A document with thousands of odd entries says so in its count; the log names the first of them.
ENTRY_LINES_MAX = 50
ITEMS_MAX = 20
TEXT_CHARACTERS_MAX = 500
DELAYS = ("published_to_seen_seconds", "seen_to_committed_seconds", "published_to_committed_seconds")


class Reporter(Protocol):
    """A function that reports a moment. Everything that has something to report is given one."""

    def __call__(self, moment: m.Moment) -> None: ...


class Log(Protocol):
    """The part of a structlog logger that is used here."""

    def debug(self, event: str, **fields: Any) -> Any:
        """Write a line at level debug."""
        ...

    def info(self, event: str, **fields: Any) -> Any:
        """Write a line at level info."""
        ...

    def warning(self, event: str, **fields: Any) -> Any:
        """Write a line at level warning."""
        ...

    def error(self, event: str, **fields: Any) -> Any:
        """Write a line at level error."""
        ...


class Collected:
    """A reporter that keeps the reported moments in `moments`."""

    def __init__(self) -> None:
        self.moments: list[m.Moment] = []

    def __call__(self, moment: m.Moment) -> None:
        self.moments.append(moment)

    def of(self, kind: type[M]) -> list[M]:
        """Return the moments of one type, in the order in which they were reported."""
        return [moment for moment in self.moments if isinstance(moment, kind)]


class Report:
    """Writes each moment to the log and counts it. Must be called from one thread, the event loop's."""

    def __init__(self, metrics: Metrics, log: Log | None = None) -> None:
        self.metrics = metrics
        self._log: Log = log if log is not None else structlog.get_logger("syncd")
        self._entry_lines: dict[str, int] = {}

    def __call__(self, moment: m.Moment) -> None:
        count = COUNTED.get(type(moment))
        if count is not None:
            count(self.metrics, moment)
        if self._is_worth_a_line(moment):
            write = getattr(self._log, moment.severity())
            write(moment.event, message=_clipped(moment.sentence()), **_bounded(moment.fields()))

    def _is_worth_a_line(self, moment: m.Moment) -> bool:
        if isinstance(moment, m.PollAnswered | m.DocumentParsed):
            self._entry_lines.pop(moment.feed, None)
        if not isinstance(moment, m.EntryPartial | m.EntryQuarantined):
            return True
        lines = self._entry_lines[moment.feed] = self._entry_lines.get(moment.feed, 0) + 1
        return lines <= ENTRY_LINES_MAX


def _clipped(text: str) -> str:
    return text if len(text) <= TEXT_CHARACTERS_MAX else text[: TEXT_CHARACTERS_MAX - 1] + "…"


def _bounded(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that are known, with long texts and long lists cut."""
    return {name: _bound(value) for name, value in fields.items() if value is not None}


def _bound(value: Any) -> Any:
    if isinstance(value, str):
        return _clipped(value)
    if isinstance(value, tuple):
        return [_bound(item) for item in value[:ITEMS_MAX]]
    if isinstance(value, dict):
        return dict(itertools.islice(value.items(), ITEMS_MAX))
    return round(value, 3) if isinstance(value, float) else value


def _poll_answered(to: Metrics, at: m.PollAnswered) -> None:
    to.count("syncd_polls_total", feed=at.feed, source=at.source, outcome=at.outcome)
    to.count("syncd_fetched_bytes_total", at.received_bytes, feed=at.feed, source=at.source)
    to.observe("syncd_fetch_seconds", at.seconds, feed=at.feed, outcome=at.outcome)


def _poll_failed(to: Metrics, at: m.PollFailed) -> None:
    to.count("syncd_polls_total", feed=at.feed, source=at.source or "none", outcome="failed")
    to.count("syncd_poll_failures_total", feed=at.feed, source=at.source or "none", fault=at.fault)
    if at.fault == "ledger":
        to.count("syncd_ledger_failures_total")


def _document_parsed(to: Metrics, at: m.DocumentParsed) -> None:
    to.observe("syncd_parse_seconds", at.seconds, feed=at.feed)


def _entry_quarantined(to: Metrics, at: m.EntryQuarantined) -> None:
    to.count("syncd_quarantined_entries_total", feed=at.feed)


def _committed(to: Metrics, at: m.Committed) -> None:
    to.count("syncd_commits_total", feed=at.feed, cause=at.cause)
    to.observe("syncd_commit_seconds", at.seconds, feed=at.feed)
    to.count("syncd_material_changes_total", at.material, feed=at.feed)
    for kind, number in at.changes.items():
        to.count("syncd_changes_total", number, feed=at.feed, type=kind)
    to.count("syncd_partial_entries_total", at.partial, feed=at.feed)
    for name in DELAYS:
        if (seconds := getattr(at, name)) is not None:
            to.observe(f"syncd_{name}", seconds, feed=at.feed)
    for day, designations in at.in_force_since.items():
        seconds = (_instant(at.committed_at) - _instant(day)).total_seconds()
        for _ in range(designations):
            to.observe("syncd_effective_to_committed_seconds", seconds, feed=at.feed)


def _instant(text: str) -> datetime:
    """Return the time of an ISO 8601 text; of a day, its beginning in UTC."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _hold_placed(to: Metrics, at: m.HoldPlaced) -> None:
    to.count("syncd_holds_placed_total", feed=at.feed, kind=at.kind)


def _hold_ended(to: Metrics, at: m.HoldEnded) -> None:
    to.count("syncd_holds_ended_total", feed=at.feed)


def _document_stale(to: Metrics, at: m.DocumentStale) -> None:
    to.count("syncd_stale_documents_total", feed=at.feed)


def _date_unusable(to: Metrics, at: m.DateUnusable) -> None:
    to.count("syncd_unusable_dates_total", feed=at.feed)


def _gate_silent(to: Metrics, at: m.GateSilent) -> None:
    to.count("syncd_gate_silences_total", feed=at.feed, source=at.source)


def _layout_found(to: Metrics, at: m.LayoutFound) -> None:
    to.count("syncd_layout_findings_total", feed=at.feed)


def _additions_flood(to: Metrics, at: m.AdditionsFlood) -> None:
    to.count("syncd_addition_floods_total", feed=at.feed)


def _rereading_without_archive(to: Metrics, at: m.RereadingWithoutArchive) -> None:
    to.count("syncd_rereadings_without_archive_total", feed=at.feed)


def _source_switched(to: Metrics, at: m.SourceSwitched) -> None:
    to.count("syncd_source_switches_total", feed=at.feed)


def _publication_missed(to: Metrics, at: m.PublicationMissed) -> None:
    to.count("syncd_missed_publications_total", len(at.ids), feed=at.feed)


def _signal_answered(to: Metrics, at: m.SignalAnswered) -> None:
    to.count("syncd_signals_total", feed=at.feed, kind=at.kind, outcome=at.outcome)


def _archive_stored(to: Metrics, at: m.ArchiveStored) -> None:
    to.count("syncd_archived_documents_total", feed=at.feed)


def _attested(to: Metrics, at: m.Attested) -> None:
    to.count("syncd_attestations_total", feed=at.feed)


def _feed_stopped(to: Metrics, at: m.FeedStopped) -> None:
    to.count("syncd_feed_stops_total", feed=at.feed)


def _feed_started(to: Metrics, at: m.FeedStarted) -> None:
    to.start_feed(at.feed)
    to.count("syncd_feed_starts_total", feed=at.feed)
    to.observe("syncd_restore_seconds", at.seconds, feed=at.feed)


def _coordinator_started(to: Metrics, at: m.CoordinatorStarted) -> None:
    to.put("syncd_coordination_up", 1)
    to.put("syncd_targets", at.targets)


def _coordinated(to: Metrics, at: m.Coordinated) -> None:
    to.put("syncd_targets", at.targets)
    to.count("syncd_coordination_changes_total", at.changes)
    to.observe("syncd_coordination_seconds", at.seconds)
    for kind, number in at.events.items():
        to.count("syncd_coordination_events_total", number, type=kind)


def _coordinator_failed(to: Metrics, at: m.CoordinatorFailed) -> None:
    to.put("syncd_coordination_up", 0)
    to.count("syncd_coordination_failures_total", fault=at.fault)


def _change_passed_over(to: Metrics, at: m.ChangePassedOver) -> None:
    to.count("syncd_coordination_passed_over_total", feed=at.feed)


def _coordinator_stopped(to: Metrics, _: m.CoordinatorStopped) -> None:
    to.put("syncd_coordination_up", 0)
    to.count("syncd_coordination_failures_total", fault="stopped")


def _daemon_started(to: Metrics, at: m.DaemonStarted) -> None:
    to.put("syncd_build_info", 1, version=at.version)
    to.put("syncd_active", 1)


def _replica_active(to: Metrics, _: m.ReplicaActive) -> None:
    to.put("syncd_active", 1)
    to.count("syncd_takeovers_total")


def _replica_stands_by(to: Metrics, _: m.ReplicaStandsBy) -> None:
    to.put("syncd_active", 0)
    to.put("syncd_coordination_up", 0)
    _consumers_seen(to, m.ConsumersSeen(behind={}))


def _consumers_seen(to: Metrics, at: m.ConsumersSeen) -> None:
    to.clear("syncd_consumer_lag_changes")
    to.clear("syncd_consumer_feeds")
    for group, behind in at.behind.items():
        to.put("syncd_consumer_feeds", len(behind), group=group)
        for feed, changes in behind.items():
            to.put("syncd_consumer_lag_changes", changes, group=group, feed=feed)


def _consumer_unseen(to: Metrics, at: m.ConsumerUnseen) -> None:
    to.count("syncd_consumer_failures_total", group=at.group)


def _webhook_delivered(to: Metrics, at: m.WebhookDelivered) -> None:
    to.count("syncd_webhook_deliveries_total", webhook=at.webhook, outcome="taken")
    to.put("syncd_webhook_consecutive_failures", 0, webhook=at.webhook)
    to.observe("syncd_committed_to_webhook_seconds", at.seconds, webhook=at.webhook)


def _webhook_failed(to: Metrics, at: m.WebhookFailed) -> None:
    to.count("syncd_webhook_deliveries_total", webhook=at.webhook, outcome="failed")
    to.put("syncd_webhook_consecutive_failures", at.failures, webhook=at.webhook)


def _webhook_gone(to: Metrics, at: m.WebhookGone) -> None:
    to.count("syncd_webhook_deliveries_total", webhook=at.webhook, outcome="gone")


def _signals_passed_over(to: Metrics, at: kafka.SignalsPassedOver) -> None:
    to.count("syncd_signals_passed_over_total", at.count)


def _topics_differ(to: Metrics, at: kafka.TopicsDiffer) -> None:
    to.put("syncd_topics_differing", len(at.what))


def _ledger_unavailable(to: Metrics, _: m.LedgerUnavailable) -> None:
    to.count("syncd_ledger_failures_total")


def _daemon_stopping(to: Metrics, _: m.DaemonStopping) -> None:
    to.put("syncd_active", 0)


# Of those that are not here the state of the feed, or of the archive, shows what they say as a gauge.
COUNTED: dict[type[m.Moment], Callable[[Metrics, Any], None]] = {
    m.PollAnswered: _poll_answered,
    m.PollFailed: _poll_failed,
    m.DocumentParsed: _document_parsed,
    m.EntryQuarantined: _entry_quarantined,
    m.Committed: _committed,
    m.HoldPlaced: _hold_placed,
    m.HoldEnded: _hold_ended,
    m.DocumentStale: _document_stale,
    m.DateUnusable: _date_unusable,
    m.GateSilent: _gate_silent,
    m.LayoutFound: _layout_found,
    m.AdditionsFlood: _additions_flood,
    m.RereadingWithoutArchive: _rereading_without_archive,
    m.SourceSwitched: _source_switched,
    m.PublicationMissed: _publication_missed,
    m.SignalAnswered: _signal_answered,
    m.ArchiveStored: _archive_stored,
    m.Attested: _attested,
    m.FeedStopped: _feed_stopped,
    m.FeedStarted: _feed_started,
    m.CoordinatorStarted: _coordinator_started,
    m.Coordinated: _coordinated,
    m.CoordinatorFailed: _coordinator_failed,
    m.ChangePassedOver: _change_passed_over,
    m.CoordinatorStopped: _coordinator_stopped,
    m.DaemonStarted: _daemon_started,
    m.ReplicaActive: _replica_active,
    m.ReplicaStandsBy: _replica_stands_by,
    kafka.SignalsPassedOver: _signals_passed_over,
    m.LedgerUnavailable: _ledger_unavailable,
    kafka.TopicsDiffer: _topics_differ,
    m.ConsumersSeen: _consumers_seen,
    m.ConsumerUnseen: _consumer_unseen,
    m.DaemonStopping: _daemon_stopping,
    m.WebhookDelivered: _webhook_delivered,
    m.WebhookFailed: _webhook_failed,
    m.WebhookGone: _webhook_gone,
    **NOTICE_COUNTED,
}

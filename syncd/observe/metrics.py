"""The metrics: one table defines them all, and the registry is made from it.

Counters and histograms follow the moments (`observe.report`). Gauges of a feed's state are read when Prometheus asks,
from the same `FeedStatus` that the page shows, so that the two never disagree; gauges of the process come from the
parts that keep them. Labels are bounded: feed, source, words from closed lists, and the ids of the oldest holds; never
keys or addresses.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Literal

from msgspec import Struct
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from syncd.observe.status import STATUSES, FeedStatus, HoldStatus, freshness_limit

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_QUICK = (0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_LONG = (0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
_DELAY = (30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 14400.0, 43200.0, 86400.0, 172800.0)
_WAY = (0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)
_DAYS = tuple(hours * 3600.0 for hours in (1, 4, 12, 24, 48, 72, 168, 336, 720, 2160))

# Of one feed; each is a label's value for as long as it waits, and no longer.
HOLDS_SHOWN_MAX = 10


class Definition(Struct, frozen=True):
    """One metric. `by` says where its value comes from: the moments or, when the metrics are read, the state of the
    feeds or of the process."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    labels: tuple[str, ...] = ()
    by: Literal["moments", "state", "process"] = "moments"
    buckets: tuple[float, ...] = ()


# A second gauge for each counter, which no query here uses. The library does not type the switch.
_leave_out_created_times: Callable[[], None] = disable_created_metrics

_FEED = ("feed",)
_CHANNEL = ("channel",)

DEFINITIONS: tuple[Definition, ...] = (
    Definition(
        "syncd_polls_total", "counter", "Polls by outcome: unchanged, fetched, failed.", ("feed", "source", "outcome")
    ),
    Definition(
        "syncd_poll_failures_total",
        "counter",
        "Failed polls by whose fault it is: network, publisher, disk, archive, ledger, internal.",
        ("feed", "source", "fault"),
    ),
    Definition("syncd_fetch_seconds", "histogram", "Time from question to answer.", ("feed", "outcome"), buckets=_LONG),
    Definition("syncd_fetched_bytes_total", "counter", "Bytes received from publishers.", ("feed", "source")),
    Definition("syncd_parse_seconds", "histogram", "Time to read a document to its end.", _FEED, buckets=_LONG),
    Definition("syncd_partial_entries_total", "counter", "Entries published though not wholly read.", _FEED),
    Definition("syncd_quarantined_entries_total", "counter", "Entries kept out for want of an id or a name.", _FEED),
    Definition("syncd_commits_total", "counter", "Commits by cause.", ("feed", "cause")),
    Definition("syncd_commit_seconds", "histogram", "Time to make a commit durable.", _FEED, buckets=_QUICK),
    Definition("syncd_changes_total", "counter", "Committed changes by type.", ("feed", "type")),
    Definition(
        "syncd_material_changes_total", "counter", "Committed changes that can alter a screening result.", _FEED
    ),
    Definition(
        "syncd_published_to_seen_seconds",
        "histogram",
        "From the publication's time, where one is known, to the poll that found it; without baselines.",
        _FEED,
        buckets=_DELAY,
    ),
    Definition(
        "syncd_seen_to_committed_seconds",
        "histogram",
        "From the poll that found a publication to the ledger; without baselines.",
        _FEED,
        buckets=_WAY,
    ),
    Definition(
        "syncd_published_to_committed_seconds",
        "histogram",
        "From the publication's time, where one is known, to the ledger; without baselines.",
        _FEED,
        buckets=_DELAY,
    ),
    Definition(
        "syncd_effective_to_committed_seconds",
        "histogram",
        "From the day (UTC) a measure entered into force or was listed to the ledger, for each designation.",
        _FEED,
        buckets=_DAYS,
    ),
    Definition("syncd_holds_placed_total", "counter", "Holds placed, by kind.", ("feed", "kind")),
    Definition("syncd_holds_ended_total", "counter", "Holds ended, in whatever way.", _FEED),
    Definition("syncd_stale_documents_total", "counter", "Older documents that came back and were ignored.", _FEED),
    Definition(
        "syncd_gate_silences_total",
        "counter",
        "Times that a gate began to give no answer, and the turn went on without it.",
        ("feed", "source"),
    ),
    Definition("syncd_unusable_dates_total", "counter", "Publications whose own date was none, or lay ahead.", _FEED),
    Definition("syncd_layout_findings_total", "counter", "Fields nobody knows, new in most entries.", _FEED),
    Definition("syncd_addition_floods_total", "counter", "Documents with more additions than the list's habit.", _FEED),
    Definition(
        "syncd_rereadings_without_archive_total",
        "counter",
        "Polls after an upgrade in which the archive did not give the last document.",
        _FEED,
    ),
    Definition("syncd_source_switches_total", "counter", "Changes of the source that serves a feed.", _FEED),
    Definition("syncd_missed_publications_total", "counter", "Publications overwritten before they were seen.", _FEED),
    Definition("syncd_signals_total", "counter", "Answered signals by kind and outcome.", ("feed", "kind", "outcome")),
    Definition("syncd_topics_differing", "gauge", "Lines in which topics in Kafka differ from how they are made."),
    Definition("syncd_signals_passed_over_total", "counter", "Messages among the signals that are none."),
    Definition("syncd_archived_documents_total", "counter", "Documents stored in the archive.", _FEED),
    Definition("syncd_attestations_total", "counter", "Whole comparisons that found no change.", _FEED),
    Definition("syncd_feed_starts_total", "counter", "Times a feed was opened for writing.", _FEED),
    Definition("syncd_feed_stops_total", "counter", "Times a feed was stopped by an error.", _FEED),
    Definition("syncd_restore_seconds", "histogram", "Time to restore a feed from the ledger.", _FEED, buckets=_LONG),
    Definition("syncd_coordination_up", "gauge", "1 while this process coordinates, 0 when that failed or stopped."),
    Definition("syncd_coordination_events_total", "counter", "Coordination events by type.", ("type",)),
    Definition("syncd_coordination_changes_total", "counter", "Committed changes that were linked and coordinated."),
    Definition(
        "syncd_coordination_failures_total",
        "counter",
        "Failures of coordination, by fault.",
        ("fault",),
    ),
    Definition(
        "syncd_coordination_passed_over_total",
        "counter",
        "Changes that coordination took without their record or not at all.",
        _FEED,
    ),
    Definition("syncd_coordination_seconds", "histogram", "From changes taken to their commit.", buckets=_QUICK),
    Definition("syncd_targets", "gauge", "Targets behind the records of all lists."),
    Definition("syncd_notices_up", "gauge", "1 while this process writes notices, 0 when that failed or stopped."),
    Definition("syncd_notices_failures_total", "counter", "Failures of writing notices, by fault.", ("fault",)),
    Definition("syncd_notice_events_total", "counter", "Events of notices by type.", ("channel", "type")),
    Definition("syncd_notices_open", "gauge", "Notices that a list must follow and has not.", _CHANNEL),
    Definition("syncd_notices_overdue", "gauge", "Open notices that a list should have followed by now.", _CHANNEL),
    Definition(
        "syncd_notice_act_to_list_seconds",
        "histogram",
        "From the authority's own date of an act, of a day alone its start, to when its list showed it.",
        _CHANNEL,
        buckets=_DAYS,
    ),
    Definition(
        "syncd_notice_to_list_seconds",
        "histogram",
        "From when an act was noticed to when its list showed it; zero when the list came first.",
        _CHANNEL,
        buckets=_DAYS,
    ),
    Definition(
        "syncd_channel_polls_total",
        "counter",
        "Polls of channels by outcome: unchanged, read, failed.",
        ("channel", "outcome"),
    ),
    Definition("syncd_channel_bytes_total", "counter", "Bytes received from channels.", _CHANNEL),
    Definition("syncd_channel_failures", "gauge", "Failed polls of a channel since the last good one.", _CHANNEL),
    Definition(
        "syncd_channel_passed_over_total",
        "counter",
        "Items taken as seen, in silence: baseline, old, flood.",
        ("channel", "kind"),
    ),
    Definition(
        "syncd_channel_gaps_total",
        "counter",
        "Readings of a channel of which every item was new: what came and went meanwhile is lost.",
        _CHANNEL,
    ),
    Definition("syncd_channel_news_timestamp_seconds", "gauge", "When a channel last showed something new.", _CHANNEL),
    Definition(
        "syncd_channel_silence_limit_seconds",
        "gauge",
        "The age of a channel's last news from which it is silent, not quiet.",
        _CHANNEL,
    ),
    Definition(
        "syncd_unannounced_commits_total",
        "counter",
        "Commits that designate, of which no channel said anything for two days.",
        _FEED,
    ),
    Definition("syncd_build_info", "gauge", "Always 1; the version is its label.", ("version",)),
    Definition("syncd_active", "gauge", "1 while this process runs feeds, 0 while it stands by or stops."),
    Definition("syncd_takeovers_total", "counter", "Times this replica became the active one."),
    Definition(
        "syncd_ledger_failures_total", "counter", "Times the ledger could not be used, as a whole or by a feed."
    ),
    Definition(
        "syncd_consumer_lag_changes", "gauge", "Committed changes that the group has not read.", ("group", "feed")
    ),
    Definition("syncd_consumer_feeds", "gauge", "Feeds of which the group has committed an offset.", ("group",)),
    Definition(
        "syncd_webhook_deliveries_total", "counter", "Posts to a webhook: taken, failed, gone.", ("webhook", "outcome")
    ),
    Definition("syncd_webhook_consecutive_failures", "gauge", "Posts to a webhook that failed in a row.", ("webhook",)),
    Definition(
        "syncd_committed_to_webhook_seconds",
        "histogram",
        "From the commit of an event to the webhook that took it.",
        ("webhook",),
        buckets=_WAY,
    ),
    Definition("syncd_consumer_failures_total", "counter", "Times a group's offsets could not be seen.", ("group",)),
    Definition(
        "syncd_ledger_available", "gauge", "1 while the ledger can be used, by all feeds that run.", by="process"
    ),
    Definition(
        "syncd_archive_pending_documents", "gauge", "Documents that wait for the archive in the spool.", by="process"
    ),
    Definition("syncd_archive_pending_bytes", "gauge", "Compressed bytes that wait in the spool.", by="process"),
    Definition("syncd_archive_unkept_documents", "gauge", "Documents that a full spool could not take.", by="process"),
    Definition(
        "syncd_feed_status", "gauge", "1 for the status that the feed is in, else 0.", ("feed", "status"), "state"
    ),
    Definition("syncd_feed_fresh", "gauge", "1 when the last successful check is recent enough.", _FEED, "state"),
    Definition(
        "syncd_feed_freshness_limit_seconds",
        "gauge",
        "The age from which a check is not recent enough.",
        _FEED,
        "state",
    ),
    Definition("syncd_feed_stopped", "gauge", "1 when the feed is not polled until somebody acts.", _FEED, "state"),
    Definition("syncd_feed_interval_seconds", "gauge", "The pace at which the publisher is asked.", _FEED, "state"),
    Definition("syncd_feed_consecutive_failures", "gauge", "Failed polls since the last good one.", _FEED, "state"),
    Definition("syncd_feed_last_check_timestamp_seconds", "gauge", "When a poll last succeeded.", _FEED, "state"),
    Definition(
        "syncd_feed_last_change_timestamp_seconds", "gauge", "When a commit last changed the list.", _FEED, "state"
    ),
    Definition("syncd_feed_records", "gauge", "Records in force.", _FEED, "state"),
    Definition("syncd_feed_partial_records", "gauge", "Records in force that were not wholly read.", _FEED, "state"),
    Definition(
        "syncd_feed_quarantined_entries", "gauge", "Entries kept out for want of an id or a name.", _FEED, "state"
    ),
    Definition("syncd_feed_holds", "gauge", "Holds that wait for a person.", _FEED, "state"),
    Definition("syncd_feed_held_keys", "gauge", "Records that stay in force by a hold.", _FEED, "state"),
    Definition(
        "syncd_hold_placed_timestamp_seconds",
        "gauge",
        f"When a hold that waits for a person was placed; of a feed, the oldest {HOLDS_SHOWN_MAX}.",
        ("feed", "hold", "kind"),
        "state",
    ),
    Definition(
        "syncd_feed_deferred_records", "gauge", "Amendments that wait for the preferred source.", _FEED, "state"
    ),
    Definition("syncd_feed_commit", "gauge", "Number of the feed's last commit.", _FEED, "state"),
    Definition("syncd_feed_sequence", "gauge", "Sequence of the feed's last change.", _FEED, "state"),
)


def describe() -> tuple[Definition, ...]:
    """Return the definitions of all of syncd's own metrics, for documentation and its test."""
    return DEFINITIONS


class Metrics:
    """The registry of one process. Call `watch` once to give it the statuses of the feeds."""

    def __init__(self) -> None:
        _leave_out_created_times()
        self.registry = CollectorRegistry()
        self._counters: dict[str, Counter] = {}
        self._gauges: dict[str, Gauge] = {}
        self._histograms: dict[str, Histogram] = {}
        for definition in DEFINITIONS:
            if definition.by != "state":
                self._make(definition)
        ProcessCollector(registry=self.registry)

    def _make(self, of: Definition) -> None:
        if of.kind == "counter":
            self._counters[of.name] = Counter(of.name, of.help, of.labels, registry=self.registry)
        elif of.kind == "gauge":
            self._gauges[of.name] = Gauge(of.name, of.help, of.labels, registry=self.registry)
        else:
            self._histograms[of.name] = Histogram(
                of.name, of.help, of.labels, buckets=of.buckets, registry=self.registry
            )

    def count(self, name: str, by: float = 1, **labels: str) -> None:
        """Raise the counter `name` by `by`."""
        counter = self._counters[name]
        (counter.labels(**labels) if labels else counter).inc(by)

    def put(self, name: str, value: float, **labels: str) -> None:
        """Set the gauge `name` to `value`."""
        gauge = self._gauges[name]
        (gauge.labels(**labels) if labels else gauge).set(value)

    def clear(self, name: str) -> None:
        """Remove all series of a labelled gauge, until they are set again."""
        self._gauges[name].clear()

    def observe(self, name: str, value: float, **labels: str) -> None:
        """Add `value` to the histogram `name`; a negative one, of a clock that went backwards, counts as zero."""
        histogram = self._histograms[name]
        (histogram.labels(**labels) if labels else histogram).observe(max(0.0, value))

    def start_feed(self, feed: str) -> None:
        """Create a feed's counters at zero: then its first failure is an increase that an alert can see."""
        for definition in DEFINITIONS:
            if definition.by == "moments" and definition.kind == "counter" and definition.labels == _FEED:
                self._counters[definition.name].labels(feed=feed)

    def read(self, name: str, value: Callable[[], float]) -> None:
        """Call `value` for a gauge of the process whenever the metrics are read."""
        self._gauges[name].set_function(value)

    def watch(self, statuses: Callable[[], Iterable[FeedStatus]]) -> None:
        """Call `statuses` for the feeds whenever the metrics are read. To be called once."""
        self.registry.register(_FeedStates(statuses))

    def exposition(self) -> bytes:
        """Return all metrics in Prometheus' text format; its media type is CONTENT_TYPE."""
        return generate_latest(self.registry)


_STATE: dict[str, Callable[[FeedStatus], float | None]] = {
    "syncd_feed_fresh": lambda status: float(status.fresh),
    "syncd_feed_freshness_limit_seconds": lambda status: freshness_limit(status.interval_seconds),
    "syncd_feed_stopped": lambda status: float(status.stopped),
    "syncd_feed_interval_seconds": lambda status: status.interval_seconds,
    "syncd_feed_consecutive_failures": lambda status: status.failures,
    "syncd_feed_last_check_timestamp_seconds": lambda status: _timestamp(status.checked_at),
    "syncd_feed_last_change_timestamp_seconds": lambda status: _timestamp(status.changed_at),
    "syncd_feed_records": lambda status: status.records,
    "syncd_feed_partial_records": lambda status: status.partial,
    "syncd_feed_quarantined_entries": lambda status: status.quarantined,
    "syncd_feed_holds": lambda status: len(_waiting(status)),
    "syncd_feed_held_keys": lambda status: status.held_keys,
    "syncd_feed_deferred_records": lambda status: status.deferred,
    "syncd_feed_commit": lambda status: status.commit,
    "syncd_feed_sequence": lambda status: status.sequence,
}


class _FeedStates(Collector):
    """The gauges of the feeds, made anew for each reading."""

    def __init__(self, statuses: Callable[[], Iterable[FeedStatus]]) -> None:
        self._statuses = statuses

    def describe(self) -> Iterator[GaugeMetricFamily]:
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        statuses = list(self._statuses())
        for definition in DEFINITIONS:
            if definition.by == "state":
                yield _family(definition, statuses)


def _statuses(status: FeedStatus) -> Iterator[tuple[tuple[str, ...], float]]:
    for word in STATUSES:
        yield (status.feed, word), float(status.status == word)


def _holds(status: FeedStatus) -> Iterator[tuple[tuple[str, ...], float]]:
    oldest = sorted(_waiting(status), key=lambda hold: (hold.since, hold.id))
    for hold in oldest[:HOLDS_SHOWN_MAX]:
        if (placed := _timestamp(hold.since)) is not None:
            yield (status.feed, hold.id, hold.kind), placed


def _waiting(status: FeedStatus) -> list[HoldStatus]:
    """Holds that nobody has decided: one that was rejected stands, and asks for nothing."""
    return [hold for hold in status.holds if not hold.rejected]


_SERIES: dict[str, Callable[[FeedStatus], Iterator[tuple[tuple[str, ...], float]]]] = {
    "syncd_feed_status": _statuses,
    "syncd_hold_placed_timestamp_seconds": _holds,
}


def _family(of: Definition, statuses: list[FeedStatus]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(of.name, of.help, labels=of.labels)
    for status in statuses:
        if of.name in _SERIES:
            for labels, number in _SERIES[of.name](status):
                family.add_metric(labels, number)
        elif (value := _STATE[of.name](status)) is not None:
            family.add_metric((status.feed,), value)
    return family


def _timestamp(at: str) -> float | None:
    """Seconds since 1970 of an ISO 8601 time; None for no time, which is then left out and not shown as 1970."""
    return datetime.fromisoformat(at).timestamp() if at else None

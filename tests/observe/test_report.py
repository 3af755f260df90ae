import inspect
import json
from io import StringIO
from typing import Any

import pytest

from syncd.observe import kafka, logs, notice_moments
from syncd.observe import moments as m
from syncd.observe.kafka import ListedFilled
from syncd.observe.metrics import Metrics
from syncd.observe.report import COUNTED, ENTRY_LINES_MAX, ITEMS_MAX, TEXT_CHARACTERS_MAX, Collected, Report

MOMENTS = (*m.MOMENTS, *kafka.MOMENTS, *notice_moments.MOMENTS)

ENVELOPE = {"timestamp", "level", "event", "message"}


@pytest.fixture
def stream() -> StringIO:
    return StringIO()


@pytest.fixture
def report(stream: StringIO) -> Report:
    logs.configure("json", "debug", stream)
    return Report(Metrics())


def lines(stream: StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def samples_of(metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    families = [family for family in metrics.registry.collect() if family.name.startswith("syncd_")]
    return {(one.name, tuple(sorted(one.labels.items()))): one.value for family in families for one in family.samples}


def value(report: Report, name: str, **labels: str) -> float | None:
    return report.metrics.registry.get_sample_value(name, labels)


def test_there_is_a_sample_of_every_moment_and_every_type_is_in_the_list(samples: tuple[m.Moment, ...]):
    classes = [kind for module in (m, kafka, notice_moments) for _, kind in inspect.getmembers(module, inspect.isclass)]
    declared = {kind for kind in classes if issubclass(kind, m.Moment)}
    assert set(MOMENTS) == declared - {m.Moment, m.FeedMoment}
    assert [type(moment) for moment in samples] == list(MOMENTS)


def test_no_two_moments_have_one_name():
    assert len({kind.event for kind in MOMENTS}) == len(MOMENTS)


def test_a_moment_is_one_log_line_with_its_own_fields_and_no_others(moment: m.Moment, report: Report, stream: StringIO):
    report(moment)
    (line,) = lines(stream)
    assert line.keys() - ENVELOPE == set(moment.fields())
    assert line["event"] == moment.event
    assert line["level"] == moment.severity()


def test_the_sentence_of_a_moment_is_whole_and_on_one_line(moment: m.Moment):
    sentence = moment.sentence()
    assert sentence
    assert "{" not in sentence
    assert "\n" not in sentence
    assert not sentence.endswith((":", " "))


def test_a_moment_that_is_counted_changes_a_metric_and_no_other_does(moment: m.Moment, report: Report):
    if isinstance(moment, m.DaemonStopping | m.ReplicaStandsBy):
        report(m.DaemonStarted(version="0", feeds=()))
    before = samples_of(report.metrics)
    report(moment)
    assert (samples_of(report.metrics) != before) == (type(moment) in COUNTED)


def test_only_what_the_state_shows_as_a_gauge_is_not_counted():
    shown = {m.HoldReminder, m.Deferred, m.ArchivePending, m.ArchiveFlushed}
    said_once = {m.EntryPartial, m.LedgerRestored, notice_moments.ChannelSilent, ListedFilled}
    assert set(MOMENTS) - COUNTED.keys() == shown | said_once, "a commit counts its partial entries itself"


def test_labels_never_hold_keys_ids_digests_or_reasons(samples: tuple[m.Moment, ...], report: Report):
    for moment in samples:
        report(moment)
    labels = {
        (name, text)
        for sample, pairs in samples_of(report.metrics)
        for name, text in pairs
        if name != "le" and not sample.endswith("_info")
    }
    assert {name for name, _ in labels} == {
        *("feed", "source", "outcome", "fault", "cause", "type", "kind", "group", "webhook", "channel"),
    }
    assert not any(":" in text or " " in text or len(text) > 20 for _, text in labels)


def test_changes_are_counted_by_type_and_material_ones_apart(report: Report, samples: tuple[m.Moment, ...]):
    committed = next(moment for moment in samples if isinstance(moment, m.Committed))
    report(committed)
    report(committed)
    assert value(report, "syncd_changes_total", feed="un_sc", type="designated") == 4
    assert value(report, "syncd_changes_total", feed="un_sc", type="amended") == 6
    assert value(report, "syncd_material_changes_total", feed="un_sc") == 8
    assert value(report, "syncd_commits_total", feed="un_sc", cause="publication") == 2
    assert value(report, "syncd_partial_entries_total", feed="un_sc") == 2


def test_a_commit_tells_its_delay_from_publication_and_effect(report: Report, samples: tuple[m.Moment, ...]):
    """A commit tells how long it took from the publication and from the day of its effect."""
    report(next(moment for moment in samples if isinstance(moment, m.Committed)))
    assert value(report, "syncd_published_to_seen_seconds_sum", feed="un_sc") == 90
    assert value(report, "syncd_seen_to_committed_seconds_sum", feed="un_sc") == 5
    assert value(report, "syncd_published_to_committed_seconds_sum", feed="un_sc") == 95
    assert value(report, "syncd_effective_to_committed_seconds_sum", feed="un_sc") == 2 * 36 * 3600
    assert value(report, "syncd_effective_to_committed_seconds_count", feed="un_sc") == 2


def test_a_commit_whose_times_are_unknown_leaves_the_delays_alone(report: Report):
    numbers = {"material": 0, "partial": 0, "records": 0, "sequence": 0, "seconds": 0}
    report(m.Committed(feed="a", commit=1, cause="reparse", changes={}, **numbers))
    for way in ("published_to_seen", "seen_to_committed", "published_to_committed", "effective_to_committed"):
        assert value(report, f"syncd_{way}_seconds_count", feed="a") is None


def test_a_mass_listing_with_many_days_of_effect_counts_all_and_names_a_few(report: Report, stream: StringIO):
    days = {f"2031-{month:02}-{day:02}": 1 for month in range(1, 5) for day in range(1, 29)}
    numbers = {"material": 0, "partial": 0, "records": 0, "sequence": 0, "seconds": 0}
    at = "2031-06-01T00:00:00Z"
    report(m.Committed(feed="a", commit=2, cause="x", changes={}, committed_at=at, in_force_since=days, **numbers))
    assert value(report, "syncd_effective_to_committed_seconds_count", feed="a") == len(days)
    assert len(lines(stream)[0]["in_force_since"]) == ITEMS_MAX


def test_a_failed_poll_is_counted_among_the_polls_and_by_fault(report: Report):
    report(m.PollFailed(feed="a", source="xml", fault="publisher", why="x", failures=1, retry_seconds=60))
    assert value(report, "syncd_polls_total", feed="a", source="xml", outcome="failed") == 1
    assert value(report, "syncd_poll_failures_total", feed="a", source="xml", fault="publisher") == 1


@pytest.mark.parametrize(
    ("fault", "level"), [("network", "warning"), ("publisher", "warning"), ("ledger", "error"), ("internal", "error")]
)
def test_a_fault_of_our_own_is_an_error_and_one_of_others_a_warning(fault: m.Fault, level: str):
    failed = m.PollFailed(feed="a", source="xml", fault=fault, why="x", failures=1, retry_seconds=60)
    assert failed.severity() == level


def test_a_ledger_that_fails_one_feed_is_counted_as_one_that_fails_all(report: Report):
    report(m.PollFailed(feed="a", source="", fault="ledger", why="x", failures=1, retry_seconds=60))
    report(m.LedgerUnavailable(why="x", retry_seconds=5))
    assert value(report, "syncd_ledger_failures_total") == 2


def test_a_started_feed_shows_its_counters_at_zero(report: Report):
    """A started feed shows its counters at zero so that a first failure is a rise."""
    report(m.FeedStarted(feed="a", commit=0, records=0, seconds=0.1))
    assert value(report, "syncd_missed_publications_total", feed="a") == 0
    assert value(report, "syncd_quarantined_entries_total", feed="a") == 0


def test_a_document_of_odd_entries_names_the_first_and_counts_all(report: Report, stream: StringIO):
    for number in range(ENTRY_LINES_MAX + 100):
        report(m.EntryQuarantined(feed="a", key=f"a:{number}", why="has no name"))
    assert len(lines(stream)) == ENTRY_LINES_MAX
    assert value(report, "syncd_quarantined_entries_total", feed="a") == ENTRY_LINES_MAX + 100


def test_each_document_and_each_feed_has_lines_of_its_own(report: Report, stream: StringIO):
    """The next document names its odd entries again and a feed never uses up the lines of another."""
    for number in range(ENTRY_LINES_MAX + 1):
        report(m.EntryPartial(feed="a", key=f"a:{number}", unreadable=("names",)))
    report(m.EntryPartial(feed="b", key="b:1", unreadable=("names",)))
    report(m.DocumentParsed(feed="a", source="xml", records=1, partial=1, quarantined=0, seconds=1))
    report(m.EntryPartial(feed="a", key="a:again", unreadable=("names",)))
    assert [line.get("key") for line in lines(stream)[-3:]] == ["b:1", None, "a:again"]


def test_long_reasons_and_long_lists_are_cut(report: Report, stream: StringIO):
    report(m.FeedStopped(feed="a", why="x" * 5000))
    report(m.PublicationMissed(feed="a", ids=tuple(str(number) for number in range(1000))))
    stopped, missed = lines(stream)
    assert len(stopped["why"]) == len(stopped["message"]) == TEXT_CHARACTERS_MAX
    assert len(missed["ids"]) == ITEMS_MAX
    assert len(missed["message"]) <= TEXT_CHARACTERS_MAX
    assert value(report, "syncd_missed_publications_total", feed="a") == 1000


def test_what_is_unknown_is_left_out_of_the_line(report: Report, stream: StringIO):
    report(m.EntryQuarantined(feed="a", key=None, why="has no id"))
    assert "key" not in lines(stream)[0]


def test_collected_moments_can_be_asked_for_by_type(samples: tuple[m.Moment, ...]):
    collected = Collected()
    for moment in samples:
        collected(moment)
    assert collected.moments == list(samples)
    assert [one.hold for one in collected.of(m.HoldEnded)] == ["abcdefgh2345"]

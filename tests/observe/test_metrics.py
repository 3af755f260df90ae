import re
from typing import get_args

import pytest
from prometheus_client.parser import text_string_to_metric_families

from syncd.core.state import DocumentNote, FeedState, Hold
from syncd.observe import moments as m
from syncd.observe.metrics import HOLDS_SHOWN_MAX, Metrics, describe
from syncd.observe.report import Report
from syncd.observe.status import STATUSES, Facts, feed_status

NOW = "2031-04-02T12:00:00Z"
STATE = FeedState(
    feed="un_sc",
    commit=7,
    sequence=1010,
    ledger_records=1002,
    committed_at="2031-04-02T11:00:00Z",
    partial=("un_sc:1",),
    quarantined=("un_sc:2", "un_sc:3"),
    deferred=("un_sc:4",),
    holds=(
        Hold(id="b", kind="removals", keys=("un_sc:5", "un_sc:6"), since="2031-04-01T00:00:00Z", why="x", document=""),
        Hold(id="a", kind="removals", keys=("un_sc:7",), since="2031-03-31T00:00:00Z", why="x", document=""),
        Hold(id="c", kind="document", keys=(), since="2031-03-30T00:00:00Z", why="x", document="", rejected=True),
    ),
)
FACTS = Facts(interval_seconds=120, checked_at="2031-04-02T11:59:00Z")


def watched(*states: FeedState, facts: Facts = FACTS) -> Metrics:
    metrics = Metrics()
    metrics.watch(lambda: [feed_status(state, facts, NOW) for state in states])
    return metrics


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def names(metrics: Metrics) -> set[str]:
    families = text_string_to_metric_families(metrics.exposition().decode())
    found = {f"{one.name}_total" if one.type == "counter" else one.name for one in families}
    return {name for name in found if name.startswith("syncd_")}


def test_every_metric_that_is_exposed_is_described_and_the_other_way_round(samples: tuple[m.Moment, ...]):
    metrics = watched(STATE)
    for moment in samples:
        Report(metrics)(moment)
    assert names(metrics) == {definition.name for definition in describe()}


@pytest.mark.parametrize("definition", describe(), ids=lambda definition: definition.name)
def test_a_metric_is_named_and_explained_by_the_rules_of_prometheus(definition):
    assert re.fullmatch(r"syncd_[a-z]+(_[a-z]+)*", definition.name)
    assert definition.name.endswith("_total") == (definition.kind == "counter")
    assert definition.help.endswith(".")
    assert (definition.kind == "histogram") == bool(definition.buckets)
    assert list(definition.buckets) == sorted(definition.buckets)
    assert definition.kind != "histogram" or definition.name.endswith("_seconds")


def test_the_failures_of_polls_name_every_fault_that_there_is():
    (failures,) = (one for one in describe() if one.name == "syncd_poll_failures_total")
    assert failures.help.partition(": ")[2].rstrip(".").split(", ") == list(get_args(m.Fault))


def test_the_state_of_a_feed_is_shown_as_it_is():
    metrics = watched(STATE)
    shown = {
        definition.name: value(metrics, definition.name, feed="un_sc")
        for definition in describe()
        if definition.by == "state" and definition.labels == ("feed",)
    }
    assert shown == {
        "syncd_feed_fresh": 1,
        "syncd_feed_freshness_limit_seconds": 420,
        "syncd_feed_stopped": 0,
        "syncd_feed_interval_seconds": 120,
        "syncd_feed_consecutive_failures": 0,
        "syncd_feed_last_check_timestamp_seconds": 1932897540,
        "syncd_feed_last_change_timestamp_seconds": 1932894000,
        "syncd_feed_records": 1002,
        "syncd_feed_partial_records": 1,
        "syncd_feed_quarantined_entries": 2,
        "syncd_feed_holds": 2,
        "syncd_feed_held_keys": 3,
        "syncd_feed_deferred_records": 1,
        "syncd_feed_commit": 7,
        "syncd_feed_sequence": 1010,
    }


def test_only_a_hold_that_waits_for_a_person_has_id_and_time():
    """A hold that waits for a person has its id and its time and one that was decided has not."""
    metrics = watched(STATE)
    holds = {
        (one.labels["hold"], one.labels["kind"]): one.value
        for family in metrics.registry.collect()
        if family.name == "syncd_hold_placed_timestamp_seconds"
        for one in family.samples
    }
    assert holds == {("a", "removals"): 1932681600, ("b", "removals"): 1932768000}


def test_of_many_holds_the_oldest_are_named_and_all_counted():
    since = [f"2031-03-{day:02}T00:00:00Z" for day in range(1, 29)]
    holds = tuple(
        Hold(id=at[8:10], kind="removals", keys=("un_sc:5",), since=at, why="x", document="") for at in reversed(since)
    )
    metrics = watched(FeedState(feed="un_sc", commit=1, holds=holds))
    named = [
        value(metrics, "syncd_hold_placed_timestamp_seconds", feed="un_sc", hold=at[8:10], kind="removals")
        for at in since
    ]
    assert [number is not None for number in named] == [True] * HOLDS_SHOWN_MAX + [False] * (28 - HOLDS_SHOWN_MAX)
    assert value(metrics, "syncd_feed_holds", feed="un_sc") == 28


def test_an_entry_that_was_never_in_force_is_shown_as_quarantined_too():
    note = DocumentNote(sha256="", source="xml", vocabulary="x", digest="", records=9, quarantined=3)
    metrics = watched(FeedState(feed="un_sc", commit=1, document=note))
    assert value(metrics, "syncd_feed_quarantined_entries", feed="un_sc") == 3


def test_a_feed_that_is_stopped_says_so():
    metrics = watched(STATE, facts=Facts(interval_seconds=60, stopped="another syncd has taken it over"))
    assert value(metrics, "syncd_feed_stopped", feed="un_sc") == 1


def test_what_describes_the_process_is_asked_for_when_the_metrics_are_read():
    metrics, waiting = Metrics(), [1, 2]
    metrics.read("syncd_archive_pending_documents", lambda: len(waiting))
    assert value(metrics, "syncd_archive_pending_documents") == 2
    waiting.clear()
    assert value(metrics, "syncd_archive_pending_documents") == 0


def test_a_feed_is_in_exactly_one_status():
    metrics = watched(STATE)
    shown = {word: value(metrics, "syncd_feed_status", feed="un_sc", status=word) for word in STATUSES}
    assert shown == {**dict.fromkeys(STATUSES, 0.0), "held": 1.0}


def test_a_time_that_never_was_is_left_out_and_not_shown_as_1970():
    metrics = watched(FeedState(feed="un_sc"), facts=Facts(interval_seconds=60))
    assert value(metrics, "syncd_feed_last_check_timestamp_seconds", feed="un_sc") is None
    assert value(metrics, "syncd_feed_last_change_timestamp_seconds", feed="un_sc") is None
    assert value(metrics, "syncd_feed_commit", feed="un_sc") == 0


def test_two_registries_in_one_process_know_nothing_of_each_other():
    one, other = Metrics(), Metrics()
    Report(one)(m.Attested(feed="a", records=1))
    assert value(one, "syncd_attestations_total", feed="a") == 1
    assert value(other, "syncd_attestations_total", feed="a") is None


def test_a_clock_that_went_backwards_is_no_negative_delay():
    metrics = Metrics()
    metrics.observe("syncd_commit_seconds", -3.0, feed="a")
    assert value(metrics, "syncd_commit_seconds_sum", feed="a") == 0


@pytest.mark.parametrize("feeds", [0, 40])
def test_what_is_exposed_stays_small_whatever_happens(feeds: int, samples: tuple[m.Moment, ...]):
    metrics = watched(*(FeedState(feed=f"feed_{number}") for number in range(feeds)))
    report = Report(metrics)
    for number in range(feeds):
        for moment in samples:
            report(
                type(moment)(**{**moment.fields(), **({"feed": f"feed_{number}"} if "feed" in moment.fields() else {})})
            )
    assert len(metrics.exposition()) < 20_000 + feeds * 15_000

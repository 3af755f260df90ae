import msgspec
import pytest

from syncd.core.events import Heartbeat
from syncd.core.state import DocumentNote, FeedState, Hold
from syncd.observe.status import STATUSES, Facts, feed_status, fresh, from_heartbeat, heartbeat

NOW = "2031-04-02T12:00:00Z"
RECENT = "2031-04-02T11:59:00Z"
LONG_AGO = "2031-04-02T11:00:00Z"
BASELINE = FeedState(feed="un_sc", commit=1, sequence=1000, ledger_records=1000, ledger_digest="ab" * 32)
HOLD = Hold(id="abc", kind="removals", keys=("un_sc:1", "un_sc:2"), since=LONG_AGO, why="too many", document="")
WELL = Facts(interval_seconds=60, checked_at=RECENT)


def with_state(**fields: object) -> FeedState:
    return msgspec.structs.replace(BASELINE, **fields)


def with_facts(**fields: object) -> Facts:
    return msgspec.structs.replace(WELL, **fields)


@pytest.mark.parametrize(
    ("state", "facts", "status", "message"),
    [
        (BASELINE, WELL, "ok", ""),
        (with_state(holds=(HOLD,)), WELL, "held", "a hold waits for a person"),
        (BASELINE, with_facts(failures=1, why="timed out"), "failing", "timed out"),
        (with_state(holds=(HOLD,)), with_facts(failures=1, why="timed out"), "failing", "timed out"),
        (BASELINE, with_facts(checked_at=LONG_AGO), "stale", f"no successful check since {LONG_AGO}"),
        (
            BASELINE,
            with_facts(checked_at=LONG_AGO, failures=9, why="timed out"),
            "stale",
            f"no successful check since {LONG_AGO}: timed out",
        ),
        (BASELINE, with_facts(checked_at=""), "stale", "no successful check since the start"),
        (FeedState(feed="un_sc"), with_facts(checked_at=""), "baselining", "no baseline yet"),
        (FeedState(feed="un_sc"), with_facts(checked_at="", failures=3, why="refused"), "failing", "refused"),
        (with_state(paused="ann: migration"), with_facts(checked_at=LONG_AGO), "paused", "paused by ann: migration"),
        (with_state(paused="ann"), with_facts(stopped="state mismatch"), "failing", "stopped: state mismatch"),
    ],
)
def test_a_feed_has_the_status_that_asks_most_of_a_person(state: FeedState, facts: Facts, status: str, message: str):
    shown = feed_status(state, facts, NOW)
    assert (shown.status, shown.message) == (status, message)


@pytest.mark.parametrize(("seconds", "is_fresh"), [(0, True), (240, True), (241, False)])
def test_a_check_is_fresh_for_three_intervals_and_a_minute(seconds: int, is_fresh: bool):
    checked = f"2031-04-02T12:{seconds // 60:02}:{seconds % 60:02}Z"
    assert fresh("2031-04-02T12:00:00Z", 60, checked) is is_fresh


def test_a_feed_that_was_never_checked_is_not_fresh():
    assert not fresh("", 60, NOW)


def test_a_rejected_hold_is_shown_but_asks_for_nobody():
    rejected = msgspec.structs.replace(HOLD, rejected=True)
    shown = feed_status(with_state(holds=(rejected,)), WELL, NOW)
    assert shown.status == "ok"
    assert shown.held_keys == 2
    assert shown.holds[0].rejected


def test_the_last_failure_stays_visible_after_a_recovery():
    shown = feed_status(BASELINE, with_facts(failures=0, why="timed out", failed_at=LONG_AGO), NOW)
    assert (shown.status, shown.message, shown.why, shown.failed_at) == ("ok", "", "timed out", LONG_AGO)


def test_the_publication_and_its_source_are_those_of_the_last_document():
    note = DocumentNote(
        sha256="cd" * 32, source="xml", vocabulary="un", digest="", records=1000, published="2031-04-01"
    )
    shown = feed_status(with_state(document=note), WELL, NOW)
    assert (shown.published, shown.source) == ("2031-04-01", "xml")


def test_a_status_carries_numbers_of_keys_and_no_keys():
    text = msgspec.json.encode(feed_status(with_state(holds=(HOLD,), partial=("un_sc:9",)), WELL, NOW))
    assert b"un_sc:" not in text


def test_thousands_of_holds_are_counted_and_only_the_first_are_shown():
    shown = feed_status(with_state(holds=(HOLD,) * 1000), WELL, NOW)
    assert len(shown.holds) == 50
    assert shown.held_keys == 2000


def test_the_heartbeat_says_what_the_status_says():
    beat = heartbeat(feed_status(BASELINE, WELL, NOW))
    assert beat == Heartbeat(
        feed="un_sc",
        status="ok",
        checked_at=RECENT,
        changed_at="",
        commit=1,
        sequence=1000,
        ledger_digest="ab" * 32,
        ledger_records=1000,
    )


def beat(**fields: object) -> Heartbeat:
    return msgspec.structs.replace(heartbeat(feed_status(BASELINE, WELL, NOW)), **fields)


@pytest.mark.parametrize(
    ("heard", "status", "message"),
    [
        (beat(status="failing", message="timed out"), "failing", "timed out"),
        (beat(status="ok"), "ok", ""),
        (beat(checked_at=LONG_AGO), "stale", f"no successful check since {LONG_AGO}"),
        (beat(status="of another version"), "ok", ""),
        (None, "stale", "no successful check since the start"),
    ],
)
def test_a_fresh_heartbeat_of_another_process_is_believed(heard: Heartbeat | None, status: str, message: str):
    """Of a feed that another process runs its heartbeat is believed while it is fresh."""
    shown = from_heartbeat(BASELINE, heard, 60, NOW)
    assert (shown.status, shown.message) == (status, message)
    assert not shown.is_open


def test_every_status_of_a_heartbeat_is_one_of_six():
    assert STATUSES == ("ok", "failing", "held", "paused", "baselining", "stale")

"""The board, from coordination events and targets."""

import msgspec

from syncd.core.coordination.target import Deadline, Period
from syncd.web import board
from tests.web.invented import EU, OLD_CA, OLD_US, UK, US, due, event, events, rows, target, targets, took


def found(name: str) -> board.BoardRow:
    return next(row for row in rows() if row.target == name)


def states(row: board.BoardRow) -> dict[str, str]:
    return {act.authority: act.state for act in row.acts}


def test_who_acted_who_is_awaited_and_who_is_missing() -> None:
    assert states(found("t-gap")) == {"us": "acted", "ca": "acted", "eu": "missing", "uk": "awaited"}
    assert states(found("t-open")) == {"us": "acted", "uk": "acted", "eu": "awaited", "ca": "awaited", "ch": "awaited"}
    assert states(found("t-left")) == {"us": "acted", "ca": "left"}


def test_the_state_of_a_coordination() -> None:
    assert {row.target: row.state for row in rows()} == {
        "t-gap": "gap",
        "t-left": "diverged",
        "t-whole": "completed",
        "t-open": "open",
    }


def test_what_needs_a_person_comes_first_then_the_latest() -> None:
    assert [row.target for row in rows()] == ["t-left", "t-gap", "t-whole", "t-open"]


def test_one_that_was_missing_and_acts_after_all_is_missing_no_more() -> None:
    late = event(20, "coordination.joined", "t-gap", EU[2], "The EU followed.", authority="eu", missing=("uk",),
                 participations=took(OLD_US, OLD_CA, EU))  # fmt: skip
    (row,) = (row for row in board.rows([*events(), late], targets()) if row.target == "t-gap")
    assert states(row)["eu"] == "acted"
    assert row.state == "open"


def test_a_deadline_of_the_target_counts_until_the_authority_acts() -> None:
    due = [
        Deadline(at="2031-05-01T00:00:00Z", alliance="g7", authority=one, coordination="c-t") for one in ("uk", "eu")
    ]
    begun = [event(1, "coordination.started", "t", US[2], "Begun.", participations=took(US, UK))]
    (row,) = board.rows(begun, {"t": target("t", "Nobody", "person", due)})
    assert states(row) == {"us": "acted", "uk": "acted", "eu": "awaited"}
    assert row.acts[-1].deadline == due[1].at


def test_one_that_lists_it_without_having_acted_is_shown_as_listing_it() -> None:
    """It had it in its baseline, or followed after the window."""
    period = Period(since="2029-01-01T00:00:00Z", sequence=1, listed_on="2019-05-06")
    known = target("t", "Nobody", "person", due("t", "2031-05-01T00:00:00Z", "ca"))
    earlier = msgspec.structs.replace(known.members[0], key="ch_seco:1", periods=(period,))
    known = msgspec.structs.replace(known, members=(*known.members, earlier))
    begun = [event(1, "coordination.started", "t", US[2], "Begun.", participations=took(US, UK), missing=("ch", "ca"))]
    (row,) = board.rows(begun, {"t": known})
    assert states(row) == {"us": "acted", "uk": "acted", "ch": "acted", "ca": "awaited"}
    assert row.acts[0].listed_on == "2019-05-06"


def test_a_target_that_is_not_known_yet_is_shown_by_its_id() -> None:
    (row,) = board.rows([event(1, "coordination.started", "t", US[2], "Begun.", participations=took(US))], {})
    assert (row.name, row.target) == ("", "t")


def test_a_row_follows_its_target_through_a_merge() -> None:
    merged = event(30, "target.linked", "t-new", EU[2], "Two are one.", formerly=("t-open",))
    merged = type(merged)(
        **{**{name: getattr(merged, name) for name in merged.__struct_fields__}, "coordination": None}
    )
    told = next(row for row in board.rows([*events(), merged], targets()) if row.coordination == "c-t-open")
    assert told.target == "t-new"
    assert told.story[-1].text == "Two are one."

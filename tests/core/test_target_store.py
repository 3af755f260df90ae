"""Rows of targets as they are committed, and over them those that are drafted."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from syncd.core.coordination.target_store import DraftedRows

NAMES = st.sampled_from("abcde")
ROWS = st.dictionaries(NAMES, st.binary(max_size=2))
DRAFTS = st.lists(st.dictionaries(NAMES, st.none() | st.binary(max_size=2)), max_size=4)


def with_draft(rows: Mapping[str, bytes], drafted: Mapping[str, bytes | None]) -> dict[str, bytes]:
    return {name: row for name, row in {**rows, **drafted}.items() if row is not None}


def shown(rows: DraftedRows) -> None:
    found = dict(rows.pairs())
    assert found == dict(rows) == {name: rows[name] for name in "abcde" if name in rows}
    assert len(rows) == len(found)


@given(ROWS, DRAFTS)
def test_what_is_drafted_stands_over_what_is_committed(
    committed: dict[str, bytes], drafts: list[dict[str, bytes | None]]
) -> None:
    rows, expected = DraftedRows(committed), dict(committed)
    for drafted in drafts:
        rows.draft(drafted)
        rows.settle()
        expected = with_draft(expected, drafted)
        assert dict(rows) == expected
        shown(rows)


@given(ROWS, DRAFTS)
def test_nothing_is_kept_beside_what_is_committed(
    committed: dict[str, bytes], drafts: list[dict[str, bytes | None]]
) -> None:
    rows = DraftedRows(committed)
    for drafted in drafts:
        rows.draft(drafted)
        after = with_draft(committed, drafted)
        assert dict(rows) == after
        committed.clear()
        committed.update(after)
        rows.settle()
        assert rows._drafted == {}
        assert dict(rows) == committed
        shown(rows)

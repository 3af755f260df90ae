"""The index of linking is a mapping of sets, in little room."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from syncd.core.linking.blocking import BlockingIndex

MOST = 3
keys = st.sampled_from([0, 1, 2, 1 << 51, (1 << 52) + 1, (1 << 64) - 1])
pairs = st.tuples(keys, st.integers(min_value=0, max_value=6))


def is_followed(_: int, records: Sequence[int]) -> bool:
    return len(records) <= MOST


@given(st.lists(pairs, max_size=60))
def test_whatever_is_added_and_removed_each_key_has_its_records(toggled: list[tuple[int, int]]) -> None:
    index, by_hand = BlockingIndex(is_followed), dict[int, set[int]]()
    for key, record in toggled:
        there = by_hand.setdefault(key, set())
        was_followed = not there or len(there) <= MOST
        if record in there:
            there.remove(record)
            assert index.remove(key, record) == (not was_followed and len(there) <= MOST)
        else:
            there.add(record)
            assert index.add(key, record) == (was_followed and len(there) > MOST)
        assert list(index.having(key)) == sorted(there)
    for key, there in by_hand.items():
        assert list(index.having(key)) == sorted(there)
        assert list(index.followed(key)) == (sorted(there) if 2 <= len(there) <= MOST else [])

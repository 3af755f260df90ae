"""Changed documents to every reader: as many as `make test` has time for, the same ones each time.

`python -m tests.fuzz --minutes 60` goes on with others.
"""

import pytest

from tests.fuzz import cases, oracles, readers
from tests.fuzz.changes import Change
from tests.fuzz.readers import ListReader, PlainReader, Reader

# Each takes 5 to 80 ms for a list, and less than 1 ms for what is no list.
CASES = 16
CASES_OF_PLAIN = 60
SEED = 1
READERS = readers.invented_readers()


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_changed_document_costs_nobody_anything(reader: Reader) -> None:
    count = CASES if isinstance(reader, ListReader) else CASES_OF_PLAIN
    outcomes = [cases.tried_case(reader, seed) for seed in range(SEED, SEED + count)]
    assert [cases.shown(outcome) for outcome in outcomes if outcome.faults] == []


def test_every_reader_of_every_feed_and_channel_is_tried() -> None:
    found = {reader.name.split("/")[0] for reader in READERS}
    lists = {(reader.feed.id, reader.vocabulary) for reader in READERS if isinstance(reader, ListReader)}
    assert lists == {(feed.id, name) for feed in readers.all_feeds().values() for name in feed.readers}
    assert found >= set(readers.answers.all_channels())


def test_every_gate_is_tried() -> None:
    tried = {
        reader.read.args[0].read for reader in READERS if "/gate " in reader.name and isinstance(reader, PlainReader)
    }
    assert tried == {gate.read for _, _, gate in readers._all_gates()}


def list_reader(name: str) -> ListReader:
    """Return one of the readers of lists."""
    (found,) = (reader for reader in READERS if reader.name == name)
    assert isinstance(found, ListReader)
    return found


def test_a_removal_that_no_change_made_is_found() -> None:
    reader = list_reader("un_sc/consolidated/invented")
    silent = Change(reader.document.without(0), frozenset({1}))
    assert [fault.kind for fault in oracles.tried(reader, silent).faults] == ["a removal that nobody made"]
    honest = Change(reader.document.without(0), frozenset({0}))
    assert oracles.tried(reader, honest).faults == []


@pytest.mark.parametrize(
    ("read", "kind"),
    [
        (lambda body: 1 // 0, "an error that is not the project's"),
        (lambda body: object(), "not the same twice"),
        (lambda body: sum(number * number for number in range(8_000_000)), "too slow"),
        # More than ever before, where the system cannot forget how much that was.
        (lambda body: bool(b"x" * (oracles.peak_bytes() + 60_000_000)), "too large"),
    ],
    ids=["error", "twice", "slow", "large"],
)
def test_what_must_not_be_is_found(read: object, kind: str) -> None:
    reader = PlainReader("invented", b"x", (), read)  # type: ignore[arg-type]
    assert [fault.kind for fault in oracles.tried(reader, Change(b"x", None)).faults] == [kind]


def test_a_fault_is_made_small_and_says_how_to_repeat_it() -> None:
    def read(body: bytes) -> int:
        return 1 // (b"&" not in body)

    reader = PlainReader("invented", b"<a>" + b"x" * 500 + b"</a>", (readers.with_other_bytes,), read)
    outcome = next(found for seed in range(2_000) if (found := cases.tried_case(reader, seed)).faults)
    small = cases.made_small(reader, outcome)
    assert small.smallest == b"&"
    assert f"--reader 'invented' --seed {outcome.seed} --cases 1" in cases.shown(small)


def test_a_case_is_the_same_each_time() -> None:
    for reader in READERS[::7]:
        plan = reader.plan(11)
        assert plan == reader.plan(11)
        assert reader.changed(plan) == reader.changed(plan)

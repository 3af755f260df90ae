"""What every ledger promises. One suite over all of them: nothing here knows which one it has."""

import asyncio
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.core.deliveries import Delivery
from syncd.core.events import Change, Commit, Heartbeat, Publication, Signal, change_id
from syncd.core.state import FeedState
from syncd.errors import Fenced, LedgerError, StateMismatch
from syncd.ledger.contract import FeedLog, Ledger
from tests.daemon.running import eventually
from tests.ledger.acts import Mirror, commit, moment, with_changes
from tests.ledger.conftest import Store

FEED = "us_ofac_sdn"
FEEDS = ("eu_fsf", "uk_sl", "us_ofac_sdn")
EXAMPLES = 25
NOWHERE: Mapping[str, int] = {}
replace = msgspec.structs.replace


async def everything(ledger: Ledger, position: Mapping[str, int] = NOWHERE, feeds: Iterable[str] = ()) -> list[Change]:
    return [change async for change in ledger.tail(position, feeds=feeds)]


async def committed(ledger: Ledger, *sizes: int, feed: str = FEED) -> None:
    log = await ledger.open(feed)
    for size in sizes:
        await log.commit(commit(log, size, size))


async def test_a_feed_without_a_baseline_starts_from_nothing(ledger: Ledger) -> None:
    log = await ledger.open(FEED)
    assert log.state == FeedState(feed=FEED)
    assert not log.records
    assert await ledger.feeds() == []
    assert await ledger.snapshot("un_sc") == (FeedState(feed="un_sc"), {})


async def test_a_commit_is_there_whole(ledger: Ledger) -> None:
    log = await ledger.open(FEED)
    whole = commit(log, 1, 20)
    changes = list(whole.changes)
    await log.commit(with_changes(whole, iter(changes)))
    assert log.state == whole.state
    assert dict(log.records) == whole.records
    assert await everything(ledger) == changes
    assert await ledger.snapshot(FEED) == (whole.state, whole.records)
    assert [row async for row in ledger.publications(FEED)] == list(whole.rows)
    assert await ledger.feeds() == [FEED]


async def test_what_was_committed_is_restored_by_whoever_opens_the_feed_next(store: Store) -> None:
    log = await (await store.open()).open(FEED)
    for number in range(4):
        await log.commit(commit(log, number, 30, keys=40))
    restored = await (await store.open()).open(FEED)
    assert restored.state == log.state
    assert restored.records == log.records
    # Linking and the targets have the same keys: each is one text in memory.
    assert all(key is sys.intern(key.encode().decode()) for key in restored.records)


def _change_at(place: int, **facts: object) -> Callable[[Commit], Commit]:
    def spoil(whole: Commit) -> Commit:
        return with_changes(
            whole, (replace(one, **facts) if index == place else one for index, one in enumerate(whole.changes))
        )

    return spoil


def _state(**facts: object) -> Callable[[Commit], Commit]:
    return lambda whole: replace(whole, state=replace(whole.state, **facts))


def _row(**facts: object) -> Callable[[Commit], Commit]:
    return lambda whole: replace(whole, rows=(replace(whole.rows[0], **facts),))


def _without(place: int) -> Callable[[Commit], Commit]:
    def spoil(whole: Commit) -> Commit:
        return with_changes(whole, (one for index, one in enumerate(whole.changes) if index != place))

    return spoil


def _earlier(whole: Commit) -> Commit:
    changes = (replace(one, committed_at="2025-02-28T00:00:00Z") for one in whole.changes)
    return replace(whole, changes=changes, state=replace(whole.state, committed_at="2025-02-28T00:00:00Z"))


def _without_a_record(whole: Commit) -> Commit:
    return replace(whole, records=dict(list(whole.records.items())[1:]))


UNFIT = {
    "a hole in the sequences": _change_at(3, sequence=99),
    "a sequence that was there": _change_at(0, sequence=5),
    "a hole in the commits": _change_at(0, commit=3),
    "a change of another commit among them": _change_at(4, commit=1),
    "an index out of order": _change_at(2, index=5),
    "another count": _change_at(5, count=11),
    "a change of another feed": _change_at(1, feed="eu_fsf"),
    "a change made at another time": _change_at(1, committed_at=moment(9)),
    "a first change that is missing": _without(0),
    "a last change that is missing": _without(9),
    "no change at all": lambda whole: with_changes(whole, iter(())),
    "a time before the last commit": _earlier,
    "a time that is none": _state(committed_at="yesterday"),
    "a record that is missing": _without_a_record,
    "a state that is further on": _state(sequence=99),
    "a state two commits on": _state(commit=3),
    "a state that describes another list": _state(ledger_digest="0" * 64),
    "a state that counts another list": _state(ledger_records=1),
    "the state of another feed": _state(feed="eu_fsf"),
    "a row of another feed": _row(feed="eu_fsf"),
    "the row of another commit": _row(commit=7),
    "a row that ends elsewhere": _row(last_sequence=7),
}


@pytest.mark.parametrize("spoil", UNFIT.values(), ids=UNFIT.keys())
async def test_a_commit_that_does_not_follow_is_refused_and_leaves_nothing_behind(
    ledger: Ledger, spoil: Callable[[Commit], Commit]
) -> None:
    log = await ledger.open(FEED)
    await log.commit(commit(log, 1, 5))
    before = log.state, dict(log.records), await everything(ledger)
    with pytest.raises(LedgerError):
        await log.commit(spoil(commit(log, 2, 10)))
    assert (log.state, log.records, await everything(ledger)) == before
    assert await ledger.snapshot(FEED) == before[:2]
    assert len([row async for row in ledger.publications(FEED)]) == 1
    await log.commit(commit(log, 2, 10))
    assert log.state.sequence == 15


def _broken_off(changes: Iterator[Change], after: int) -> Iterator[Change]:
    for index, change in enumerate(changes):
        if index == after:
            raise ValueError("this record cannot be made")
        yield change


async def test_changes_that_cannot_be_made_to_their_end_leave_nothing_behind(ledger: Ledger) -> None:
    log = await ledger.open(FEED)
    whole = commit(log, 1, 200)
    with pytest.raises(ValueError, match="cannot be made"):
        await log.commit(with_changes(whole, _broken_off(iter(whole.changes), 150)))
    assert log.state == FeedState(feed=FEED)
    assert not log.records
    assert await everything(ledger) == []
    assert await ledger.feeds() == []


async def test_the_same_commit_tried_again_gives_the_same_event_ids(ledger: Ledger) -> None:
    log = await ledger.open(FEED)
    first = list(commit(log, 7, 50).changes)
    with pytest.raises(ValueError, match="cannot be made"):
        await log.commit(with_changes(commit(log, 7, 50), _broken_off(iter(first), 49)))
    await log.commit(commit(log, 7, 50))
    assert [change_id(change) for change in await everything(ledger)] == [change_id(change) for change in first]


async def test_a_commit_without_changes_carries_state_and_rows(ledger: Ledger) -> None:
    """A commit without changes keeps the numbers and carries state and rows."""
    log = await ledger.open(FEED)
    await log.commit(commit(log, 1, 5))
    paused = replace(log.state, paused="an operator: maintenance", last_signal=3)
    row = Publication(feed=FEED, kind="decision", at=moment(2), commit=1, signal="s1", outcome="applied")
    await log.commit(Commit(changes=(), records={}, rows=(row,), state=paused))
    assert await ledger.snapshot(FEED) == (paused, log.records)
    assert [one.kind async for one in ledger.publications(FEED)] == ["commit", "decision"]
    await log.commit(commit(log, 2, 5))
    assert (log.state.commit, log.state.sequence, log.state.last_signal) == (2, 10, 3)


async def test_a_record_may_be_known_by_other_bytes_without_a_change(ledger: Ledger) -> None:
    log = await ledger.open(FEED)
    await log.commit(commit(log, 1, 5))
    key, stored = next(iter(log.records.items()))
    await log.commit(Commit(changes=(), records={key: replace(stored, fingerprint=b"other")}, rows=(), state=log.state))
    assert (await ledger.snapshot(FEED))[1][key].fingerprint == b"other"
    assert len(await everything(ledger)) == 5


async def test_who_opens_a_feed_fences_the_owner_before(store: Store) -> None:
    first = await (await store.open()).open(FEED)
    await first.commit(commit(first, 1, 5))
    ledger = await store.open()
    second = await ledger.open(FEED)
    with pytest.raises(Fenced):
        await first.commit(commit(first, 2, 5))
    assert first.state.commit == 1
    assert len(await everything(ledger)) == 5
    await second.commit(commit(second, 3, 5))
    with pytest.raises(Fenced):
        await first.commit(Commit(changes=(), records={}, rows=(), state=first.state))
    assert (await ledger.snapshot(FEED))[0] == second.state


async def test_taking_over_one_feed_leaves_the_others_to_their_owner(store: Store) -> None:
    one, other = await store.open(), await store.open()
    kept = await one.open("eu_fsf")
    await other.open("uk_sl")
    await kept.commit(commit(kept, 1, 5))
    assert kept.state.commit == 1


async def test_tail_goes_on_from_any_position(ledger: Ledger) -> None:
    await committed(ledger, 3, 1, 7)
    whole = await everything(ledger)
    assert [change.sequence for change in whole] == list(range(1, 12))
    for sequence in range(12):
        assert await everything(ledger, position={FEED: sequence}) == whole[sequence:]


async def test_tail_of_a_position_beyond_the_end_is_refused(ledger: Ledger) -> None:
    await committed(ledger, 3)
    with pytest.raises(LedgerError, match="another ledger"):
        await everything(ledger, position={FEED: 4})
    with pytest.raises(LedgerError, match="another ledger"):
        await everything(ledger, position={"un_sc": 1})
    assert len(await everything(ledger, position={"un_sc": 1}, feeds=[FEED])) == 3


async def test_tail_follows_what_is_committed_later(store: Store) -> None:
    writer, reader = await store.open(), await store.open()
    await committed(writer, 2)
    seen: list[Change] = []

    async def follow() -> None:
        async for change in reader.tail({}, follow=True):
            seen.append(change)
            if len(seen) == 10:
                return

    following = asyncio.create_task(follow())
    await committed(writer, 3)
    await committed(writer, 5, feed="eu_fsf")
    await asyncio.wait_for(following, 60)
    for feed in (FEED, "eu_fsf"):
        assert [change.sequence for change in seen if change.feed == feed] == [1, 2, 3, 4, 5]


async def test_tail_never_passes_over_a_missing_change(store: Store) -> None:
    ledger = await store.open()
    await committed(ledger, 9)
    store.lose_change(FEED, 4)
    seen = []
    with pytest.raises(LedgerError, match="sequence 4 is missing"):
        async for change in ledger.tail({}):
            seen.append(change.sequence)
    assert seen == [1, 2, 3]
    with pytest.raises(LedgerError, match="sequence 4 is missing"):
        await everything(ledger, position={FEED: 3})


async def test_a_long_commit_is_tailed_whole(ledger: Ledger) -> None:
    log = await ledger.open(FEED)
    await log.commit(commit(log, 1, 2600, keys=2600))
    mirror = Mirror()
    async for change in ledger.tail({}):
        mirror.apply(change)
    mirror.compare(*await ledger.snapshot(FEED))


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    acts=st.lists(st.tuples(st.sampled_from(FEEDS), st.integers(1, 9)), max_size=12),
    seed=st.integers(0, 2**32),
    chosen=st.sets(st.sampled_from(FEEDS), min_size=1),
    share=st.fractions(0, 1),
)
def test_events_of_feeds_that_commit_in_any_order_rebuild_each_of_them(
    new_store: Callable[[], Store],
    run: Callable[..., None],
    acts: list[tuple[str, int]],
    seed: int,
    chosen: set[str],
    share: float,
) -> None:
    async def story() -> None:
        store = new_store()
        try:
            await _interleaved(await store.open(), acts, seed, chosen, share)
        finally:
            await store.close()

    run(story())


async def _interleaved(ledger: Ledger, acts: list[tuple[str, int]], seed: int, chosen: set[str], share: float) -> None:
    logs = {feed: await ledger.open(feed) for feed in FEEDS}
    for number, (feed, size) in enumerate(acts):
        await logs[feed].commit(commit(logs[feed], seed + number, size, keys=12))
    mirror = Mirror()
    whole = await everything(ledger)
    for change in whole:
        mirror.apply(change)
    for feed in FEEDS:
        mirror.compare(*await ledger.snapshot(feed))
    position = {feed: int(logs[feed].state.sequence * share) for feed in FEEDS}
    rest = [one for one in whole if one.feed in chosen and one.sequence > position[one.feed]]
    tailed = await everything(ledger, position=position, feeds=chosen)
    for feed in chosen:
        assert [one for one in tailed if one.feed == feed] == [one for one in rest if one.feed == feed]
    assert len(tailed) == len(rest)


async def test_commits_of_several_feeds_at_once_do_not_mix(ledger: Ledger) -> None:
    async def run(feed: str) -> None:
        log = await ledger.open(feed)
        for number in range(8):
            await log.commit(commit(log, number, 11, keys=30))

    await asyncio.gather(*(run(feed) for feed in FEEDS))
    mirror = Mirror()
    async for change in ledger.tail({}):
        mirror.apply(change)
    for feed in FEEDS:
        mirror.compare(*await ledger.snapshot(feed))


async def test_two_commits_of_one_log_at_once_do_not_both_stand(ledger: Ledger) -> None:
    log = await ledger.open(FEED)
    outcomes = await asyncio.gather(
        log.commit(commit(log, 1, 5)), log.commit(commit(log, 2, 6)), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [type(None), LedgerError]
    assert (log.state.commit, log.state.sequence) == (1, 5)


@pytest.mark.parametrize("turns", [1, 2, 5, 50])
async def test_a_cancelled_commit_is_known_to_stand_or_not(ledger: Ledger, turns: int) -> None:
    log = await ledger.open(FEED)
    committing = asyncio.create_task(log.commit(commit(log, 1, 200)))
    for _ in range(turns):
        await asyncio.sleep(0)
    committing.cancel()
    await asyncio.wait({committing})
    assert (log.state, log.records) == await ledger.snapshot(FEED)
    await log.commit(commit(log, 2, 5))


async def test_a_record_that_was_tampered_with_stops_its_feed_alone(store: Store) -> None:
    ledger = await store.open()
    await committed(ledger, 5)
    await committed(ledger, 5, feed="eu_fsf")
    store.tamper(FEED)
    with pytest.raises(StateMismatch, match=FEED):
        await ledger.open(FEED)
    with pytest.raises(StateMismatch):
        await ledger.snapshot(FEED)
    assert (await ledger.open("eu_fsf")).state.commit == 1


async def test_a_last_change_that_was_lost_stops_its_feed(store: Store) -> None:
    ledger = await store.open()
    await committed(ledger, 5)
    store.lose_change(FEED, 5)
    with pytest.raises(StateMismatch):
        await ledger.open(FEED)


def signal(number: int, feed: str = FEED) -> Signal:
    return Signal(id=f"s{number}", feed=feed, kind="pause", asserted_by="an operator", expires=moment(99))


async def answered(log: FeedLog, one: Signal) -> None:
    """As a feed answers: by a decision row, in the commit that takes the signal."""
    row = Publication(
        feed=one.feed, kind="decision", at=moment(1), commit=log.state.commit, signal=one.id, outcome="applied"
    )
    state = replace(log.state, last_signal=one.position)
    await log.commit(Commit(changes=(), records={}, rows=(row,), state=state))


async def test_signals_are_in_order_and_only_for_the_feed_they_name(store: Store) -> None:
    sender, owner = await store.open(), await store.open()
    sent = [await sender.send(signal(number, FEEDS[number % 2])) for number in range(6)]
    positions = [one.position for one in sent]
    assert positions == sorted(set(positions))
    assert positions[0] > 0
    assert await owner.signals("eu_fsf", 0) == sent[0::2]
    assert await owner.signals("un_sc", 0) == []
    await answered(await owner.open("eu_fsf"), sent[0])
    assert await owner.signals("eu_fsf", sent[0].position) == sent[2::2]
    log = await owner.open("uk_sl")
    for one in sent[1::2]:
        await answered(log, one)
    assert await owner.signals("uk_sl", sent[5].position) == []
    later = await store.open()
    assert await later.signals("uk_sl", log.state.last_signal) == []
    assert await later.signals("eu_fsf", sent[0].position) == sent[2::2]


async def test_a_signal_sent_twice_is_one_signal(ledger: Ledger) -> None:
    first = await ledger.send(signal(1))
    assert await ledger.send(signal(1)) == first
    assert await ledger.signals(FEED, 0) == [first]


async def test_a_signal_fences_nobody(store: Store) -> None:
    log = await (await store.open()).open(FEED)
    await (await store.open()).send(signal(1))
    await log.commit(commit(log, 1, 5))
    assert log.state.commit == 1


async def test_publication_rows_are_told_oldest_first_and_by_feed(store: Store) -> None:
    ledger = await store.open()
    log, other = await ledger.open(FEED), await ledger.open("eu_fsf")
    rows = []
    for number in range(store.many):
        row = Publication(feed=FEED, kind="attestation", at=moment(number), commit=0)
        await log.commit(Commit(changes=(), records={}, rows=(row,), state=log.state))
        rows.append(row)
    await other.commit(commit(other, 1, 1))
    assert [row async for row in ledger.publications(FEED)] == rows
    assert [row.kind async for row in ledger.publications("eu_fsf")] == ["commit"]
    for last in (0, 1, store.many - 1, store.many, store.many + 1):
        assert [row async for row in ledger.publications(FEED, last=last)] == rows[max(0, len(rows) - last) :]


async def test_the_state_is_had_without_the_records(store: Store) -> None:
    ledger, reader = await store.open(), await store.open()
    assert await reader.state(FEED) == FeedState(feed=FEED)
    log = await ledger.open(FEED)
    await log.commit(commit(log, 1, 3))

    # Kafka answers that a transaction is committed before all its partitions show that to other readers.
    async def is_seen() -> bool:
        return await reader.state(FEED) == log.state

    await eventually(is_seen)


async def test_the_latest_heartbeat_of_each_feed_is_kept(store: Store) -> None:
    ledger, reader = await store.open(), await store.open()
    assert await reader.heartbeats() == {}
    beats = {
        feed: Heartbeat(
            feed=feed,
            status="ok",
            checked_at=moment(number),
            changed_at=moment(0),
            commit=1,
            sequence=5,
            ledger_digest="0" * 64,
            ledger_records=5,
        )
        for number in (1, 2)
        for feed in ("uk_sl", "eu_fsf")
    }
    for beat in beats.values():
        await ledger.beat(replace(beat, status="failing"))
        await ledger.beat(beat)
    assert await reader.heartbeats() == beats


async def test_a_closed_ledger_says_so(ledger: Ledger) -> None:
    log = await ledger.open(FEED)
    await ledger.close()
    with pytest.raises(LedgerError, match="closed"):
        await log.commit(commit(log, 1, 5))
    with pytest.raises(LedgerError, match="closed"):
        await ledger.feeds()
    await ledger.close()


async def test_the_latest_position_of_each_webhook_is_kept(store: Store) -> None:
    ledger = await store.open()
    assert await ledger.deliveries() == {}
    for at, sequence in enumerate((3, 9)):
        await ledger.note_delivery(Delivery(webhook="screening", position={FEED: sequence}, at=moment(at)))
    await ledger.note_delivery(Delivery(webhook="audit", position={}, ledger="one", at=moment(2)))
    noted = {
        "audit": Delivery(webhook="audit", position={}, ledger="one", at=moment(2)),
        "screening": Delivery(webhook="screening", position={FEED: 9}, at=moment(1)),
    }
    assert await ledger.deliveries() == noted
    assert await (await store.open()).deliveries() == noted

"""What every ledger promises of what is said of several lists together. One suite over all of them."""

import asyncio
import random
from collections.abc import Callable

import msgspec
import pytest

from syncd.core.coordination.target import COORDINATOR, CoordinationCommit, CoordinationEvent, CoordinatorState
from syncd.core.events import Heartbeat, Publication
from syncd.errors import Fenced, LedgerError, StateMismatch
from syncd.ledger.contract import Ledger
from tests.ledger.acts import commit, moment
from tests.ledger.conftest import Store
from tests.ledger.coordination import FEED, coordinated, following, row

replace = msgspec.structs.replace


async def events(ledger: Ledger, after: int = 0) -> list[CoordinationEvent]:
    return [event async for event in ledger.coordination(after)]


async def coordination_of(ledger: Ledger, *sizes: int) -> None:
    log = await ledger.open_coordinator()
    for number, size in enumerate(sizes):
        await log.commit(coordinated(log, number, size))


async def test_coordination_starts_from_nothing(ledger: Ledger) -> None:
    assert await ledger.targets() == (CoordinatorState(), {})
    assert await events(ledger) == []
    log = await ledger.open_coordinator()
    assert log.state == CoordinatorState()
    assert not log.targets


async def test_a_commit_of_the_coordinator_is_there_whole(ledger: Ledger) -> None:
    log = await ledger.open_coordinator()
    whole = coordinated(log, 1, 5)
    await log.commit(whole)
    assert log.state == whole.state
    assert dict(log.targets) == whole.targets
    assert await ledger.targets() == (whole.state, whole.targets)
    assert await events(ledger) == list(whole.events)
    assert [one async for one in ledger.publications(COORDINATOR)] == list(whole.rows)


async def test_the_coordinator_is_no_feed(ledger: Ledger) -> None:
    await coordination_of(ledger, 3)
    assert await ledger.feeds() == []
    log = await ledger.open(FEED)
    await log.commit(commit(log, 1, 5))
    assert await ledger.feeds() == [FEED]
    assert {change.feed async for change in ledger.tail({})} == {FEED}
    assert [one.kind async for one in ledger.publications(FEED)] == ["commit"]


async def test_what_the_coordinator_committed_is_restored_by_whoever_opens_it_next(store: Store) -> None:
    log = await (await store.open()).open_coordinator()
    for number in range(6):
        await log.commit(coordinated(log, number, number % 3))
    restored = await (await store.open()).open_coordinator()
    assert restored.state == log.state
    assert restored.targets == log.targets


async def test_what_linking_keeps_is_handed_to_the_next_owner_once(store: Store) -> None:
    """Of any size, with targets or without; a commit that has nothing to keep leaves what was kept."""
    log = await (await store.open()).open_coordinator()
    assert log.take_linking() == b""
    kept = b""
    for number, size in enumerate((2_500_000, None, 40, None, 1_800_000)):
        made = coordinated(log, number, 1) if number % 2 else CoordinationCommit(events=(), targets={}, state=log.state)
        linking = None if size is None else random.Random(number).randbytes(size)
        kept = kept if linking is None else linking
        await log.commit(replace(made, linking=linking))
        ledger = await store.open()
        before, log = log, await ledger.open_coordinator()
        assert log.take_linking() == kept
        assert log.take_linking() == b""
        assert (log.state, dict(log.targets)) == (before.state, dict(before.targets))
        assert await ledger.targets() == (log.state, dict(log.targets))


async def test_a_target_that_is_gone_is_gone_and_may_come_again(store: Store) -> None:
    ledger = await store.open()
    log = await ledger.open_coordinator()
    await log.commit(following(log.state, log.targets, {"a": row("a", "A"), "b": row("b", "B")}, 0))
    await log.commit(following(log.state, log.targets, {"a": None, "c": None}, 0))
    assert set((await ledger.targets())[1]) == {"b"}
    await log.commit(following(log.state, log.targets, {"a": row("a", "another")}, 0))
    restored = await (await store.open()).open_coordinator()
    assert dict(restored.targets) == {"a": row("a", "another"), "b": row("b", "B")}


async def test_a_target_of_any_size_stops_nothing(store: Store) -> None:
    log = await (await store.open()).open_coordinator()
    large = row("a", "A", remark_bytes=4_000_000)
    await log.commit(following(log.state, log.targets, {"a": large, "b": row("b", "B")}, 1))
    log = await (await store.open()).open_coordinator()
    assert log.targets["a"] == large
    smaller = row("a", "A", remark_bytes=2_000_000)
    await log.commit(following(log.state, log.targets, {"a": smaller}, 1))
    ledger = await store.open()
    log = await ledger.open_coordinator()
    assert log.targets["a"] == smaller
    await log.commit(following(log.state, log.targets, {"a": None}, 1))
    # Only the ledger that committed promises to show it at once.
    assert set((await ledger.targets())[1]) == {"b"}


async def test_an_event_of_any_size_is_said(ledger: Ledger) -> None:
    log = await ledger.open_coordinator()
    whole = following(log.state, log.targets, {}, 1)
    large = replace(whole.events[0], facts=("identifiers: 1" * 200_000,))
    await log.commit(replace(whole, events=(large,)))
    found = await events(ledger)
    assert [replace(one, facts=(), elided=()) for one in found] == list(whole.events)
    assert found[0].facts == large.facts or found[0].elided == ("facts",)


def _event(place: int, **facts: object) -> Callable[[CoordinationCommit], CoordinationCommit]:
    def spoil(whole: CoordinationCommit) -> CoordinationCommit:
        events = [replace(one, **facts) if index == place else one for index, one in enumerate(whole.events)]
        return replace(whole, events=tuple(events))

    return spoil


def _state(**facts: object) -> Callable[[CoordinationCommit], CoordinationCommit]:
    return lambda whole: replace(whole, state=replace(whole.state, **facts))


UNFIT = {
    "a hole in the sequences": _event(1, sequence=99),
    "a sequence that was there": _event(0, sequence=1),
    "an event of another commit": _event(2, commit=1),
    "an event made at another time": _event(2, committed_at=moment(9)),
    "an event that is missing": lambda whole: replace(whole, events=whole.events[:-1]),
    "a state that is further on": _state(sequence=99),
    "a state two commits on": _state(commit=3),
    "a time before the last commit": lambda whole: replace(
        whole, events=(), state=replace(whole.state, sequence=2, committed_at="2025-02-28T00:00:00Z")
    ),
    "a cursor that goes back": _state(cursor={}),
    "a signal that was answered before": _state(last_signal=-1),
    "a state that counts other targets": _state(targets=77),
    "a row of a feed": lambda whole: replace(whole, rows=(replace(whole.rows[0], feed=FEED),)),
}


@pytest.mark.parametrize("spoil", UNFIT.values(), ids=UNFIT.keys())
async def test_a_coordinators_commit_that_does_not_follow_is_refused(
    ledger: Ledger, spoil: Callable[[CoordinationCommit], CoordinationCommit]
) -> None:
    """A commit of the coordinator that does not follow is refused and leaves nothing behind."""
    log = await ledger.open_coordinator()
    await log.commit(coordinated(log, 1, 2))
    before = log.state, dict(log.targets), await events(ledger)
    with pytest.raises(LedgerError, match=COORDINATOR):
        await log.commit(spoil(coordinated(log, 2, 4)))
    assert (log.state, log.targets, await events(ledger)) == before
    assert await ledger.targets() == before[:2]
    assert len([one async for one in ledger.publications(COORDINATOR)]) == 1
    await log.commit(coordinated(log, 2, 4))
    assert log.state.sequence == 6


async def test_who_opens_the_coordination_fences_the_owner_before_and_no_feed(store: Store) -> None:
    one, other = await store.open(), await store.open()
    feed, first = await one.open(FEED), await one.open_coordinator()
    await first.commit(coordinated(first, 1, 3))
    second = await other.open_coordinator()
    with pytest.raises(Fenced):
        await first.commit(coordinated(first, 2, 3))
    assert len(await events(other)) == 3
    await second.commit(coordinated(second, 3, 3))
    await feed.commit(commit(feed, 1, 5))
    assert (await other.targets())[0] == second.state


async def test_coordination_is_told_from_any_place(ledger: Ledger) -> None:
    await coordination_of(ledger, 3, 0, 4)
    whole = await events(ledger)
    assert [event.sequence for event in whole] == list(range(1, 8))
    for after in range(8):
        assert await events(ledger, after) == whole[after:]
    with pytest.raises(LedgerError, match="beyond the last event, 7"):
        await events(ledger, 8)


async def test_coordination_is_followed_as_it_is_committed(store: Store) -> None:
    writer, reader = await store.open(), await store.open()
    await coordination_of(writer, 2)
    seen: list[CoordinationEvent] = []

    async def follow() -> None:
        async for event in reader.coordination(1, follow=True):
            seen.append(event)
            if len(seen) == 6:
                return

    task = asyncio.create_task(follow())
    await coordination_of(writer, 3, 2)
    await asyncio.wait_for(task, 60)
    assert [event.sequence for event in seen] == [2, 3, 4, 5, 6, 7]


async def test_coordination_never_passes_over_a_missing_event(store: Store) -> None:
    ledger = await store.open()
    await coordination_of(ledger, 5)
    store.lose_event(3)
    with pytest.raises(LedgerError, match="sequence 3 is missing"):
        await events(ledger)
    with pytest.raises(LedgerError, match="sequence 3 is missing"):
        await events(ledger, 2)


@pytest.mark.parametrize("lost", ["target", "event"])
async def test_a_target_or_a_last_event_that_was_lost_stops_the_coordination_alone(store: Store, lost: str) -> None:
    ledger = await store.open()
    await coordination_of(ledger, 5)
    if lost == "target":
        store.lose_target(min((await ledger.targets())[1]))
    else:
        store.lose_event(5)
    with pytest.raises(StateMismatch, match=COORDINATOR):
        await ledger.open_coordinator()
    log = await ledger.open(FEED)
    await log.commit(commit(log, 1, 5))


@pytest.mark.parametrize("turns", [1, 5, 50])
async def test_a_cancelled_commit_of_the_coordinator_is_known_to_stand_or_not(ledger: Ledger, turns: int) -> None:
    log = await ledger.open_coordinator()
    committing = asyncio.create_task(log.commit(coordinated(log, 1, 100)))
    for _ in range(turns):
        await asyncio.sleep(0)
    committing.cancel()
    await asyncio.wait({committing})
    assert (log.state, log.targets) == await ledger.targets()
    await log.commit(coordinated(log, 2, 5))


async def test_a_commit_that_only_moves_the_cursor_keeps_the_numbers(ledger: Ledger) -> None:
    log = await ledger.open_coordinator()
    await log.commit(coordinated(log, 1, 2))
    moved = replace(log.state, cursor={**log.state.cursor, "un_sc": 7}, last_signal=4)
    answer = Publication(feed=COORDINATOR, kind="decision", at=moment(1), commit=1, signal="s1", outcome="refused")
    await log.commit(CoordinationCommit(events=(), targets={}, state=moved, rows=(answer,)))
    assert (await ledger.targets())[0] == moved
    await log.commit(coordinated(log, 2, 2))
    assert (log.state.commit, log.state.sequence) == (2, 4)


async def test_the_coordinator_has_a_heartbeat(store: Store) -> None:
    beat = Heartbeat(
        feed=COORDINATOR,
        status="ok",
        checked_at=moment(1),
        changed_at=moment(0),
        commit=1,
        sequence=5,
        ledger_digest="",
        ledger_records=5,
    )
    await (await store.open()).beat(beat)
    assert await (await store.open()).heartbeats() == {COORDINATOR: beat}

"""Who is active among the members of the group: whoever is it stays so, whatever the names and the clocks."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import pytest
from aiokafka.coordinator.protocol import ConsumerProtocolMemberMetadata

from syncd.config import KafkaSettings
from syncd.ledger.kafka.group import Assignor, Group, Standing, active_member
from tests.kafka.brokers import Cluster
from tests.kafka.store import KafkaStore

SOON_SECONDS = 20.0


class Partitions:
    """The part of a cluster's description that an assignor asks for."""

    def partitions_for_topic(self, topic: str) -> set[int]:
        return {0}


def assigned(*assignors: Assignor, names: str) -> list[str]:
    """One round of the group: who has the partition."""
    members = {name: one.metadata(["x.signals.v1"]) for name, one in zip(names, assignors, strict=True)}
    # Whichever the brokers choose does it.
    given = assignors[0].assign(Partitions(), members)
    for name, one in zip(names, assignors, strict=True):
        one.on_assignment(given[name])
    return [name for name in names if given[name].partitions()]


@pytest.mark.parametrize("names", list(itertools.permutations("abc")))
def test_whoever_is_active_stays_so_when_others_come(names: tuple[str, ...]) -> None:
    first, second, third = (Assignor() for _ in range(3))
    assert assigned(first, names=names[0]) == [names[0]]
    assert assigned(second, first, names="".join((names[1], names[0]))) == [names[0]]
    assert assigned(third, second, first, names="".join((names[2], names[1], names[0]))) == [names[0]]


def test_when_the_active_one_is_gone_another_is_named_and_stays() -> None:
    first, second, third = (Assignor() for _ in range(3))
    assigned(first, second, third, names="abc")
    assert assigned(second, third, names="bc") == ["b"]
    # As it wakes it still thinks that it is active; the term tells.
    assert assigned(first, second, third, names="abc") == ["b"]
    assert assigned(Assignor(), third, second, names="acb") == ["b"]


def test_one_is_named_whatever_members_say() -> None:
    both = {"b": Standing(term=3, holds=True), "a": Standing(term=3, holds=True), "c": Standing(term=2, holds=True)}
    assert active_member(both) == ("a", 3)
    assert active_member({"b": Standing(term=3), "a": Standing(term=2, holds=True)}) == ("a", 4)


@pytest.mark.parametrize("data", [b"", b"\x00\xff", b"7", b'{"term": "x"}'])
def test_members_of_earlier_versions_say_nothing_of_themselves(data: bytes) -> None:
    new = Assignor()
    assigned(new, names="z")
    members = {"a": ConsumerProtocolMemberMetadata(0, ["x.signals.v1"], data), "z": new.metadata(["x.signals.v1"])}
    given = new.assign(Partitions(), members)
    assert [name for name in given if given[name].partitions()] == ["z"]


@pytest.fixture
async def chosen(broker: Cluster) -> AsyncIterator[KafkaSettings]:
    store = KafkaStore(broker)
    await store.open()
    yield store.settings.model_copy(update={"group": f"{store.settings.prefix}replicas"})
    await store.close()


async def _until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(SOON_SECONDS):
        while not is_so():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


class Member:
    def __init__(self, settings: KafkaSettings) -> None:
        self.group = Group(settings, lambda why, seconds: None)
        self._task = asyncio.create_task(self.group.belong())

    async def leave(self) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task


async def test_a_replica_whose_clock_is_slow_does_not_take_the_lead_back(
    chosen: KafkaSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Member(chosen)
    await _until(lambda: first.group.term == 1)
    monkeypatch.setattr("time.time_ns", lambda: 1)
    monkeypatch.setattr("time.time", lambda: 1.0)
    others = []
    for _ in range(3):
        others.append(Member(chosen))
        await _until(lambda: others[-1].group.is_member)
        await asyncio.sleep(0.5)
        assert first.group.term == 1
        assert [one.group.term for one in others] == [0] * len(others)
    await first.leave()
    await _until(lambda: sum(one.group.term > 0 for one in others) == 1)
    active = next(one for one in others if one.group.term)
    again = Member(chosen)
    await _until(lambda: again.group.is_member)
    await asyncio.sleep(0.5)
    assert active.group.term == 1
    assert again.group.term == 0
    for one in (*others, again):
        await one.leave()

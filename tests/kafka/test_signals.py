"""What stands on the topic of signals beside signals stops nobody, and a topic made anew loses none."""

import asyncio
import json
from collections.abc import AsyncIterator

import msgspec
import pytest
from aiokafka import AIOKafkaProducer

from syncd.core.coordination.target import COORDINATOR
from syncd.core.events import Commit, Publication, Signal
from syncd.ledger.contract import FeedLog
from syncd.ledger.kafka import KafkaLedger, topics
from syncd.ledger.kafka.connection import Connection
from syncd.ledger.kafka.inbox import LOOK_AGAIN_SECONDS
from syncd.ledger.received import Malformed
from syncd.observe.kafka import SignalsPassedOver
from syncd.observe.report import Collected
from tests.kafka.brokers import Cluster
from tests.kafka.store import PARTITIONS, KafkaStore
from tests.ledger.acts import moment
from tests.ledger.test_received import GOOD, MALFORMED, NO_SIGNALS

FEED = "un_sc"


@pytest.fixture
async def store(broker: Cluster) -> AsyncIterator[KafkaStore]:
    made = KafkaStore(broker)
    await made.open()
    yield made
    await made.close()


def signal(name: str, feed: str = FEED) -> Signal:
    return Signal(id=name, feed=feed, kind="pause", asserted_by="somebody", expires=moment(99))


async def put(store: KafkaStore, *values: bytes | None, key: bytes | None = b"un_sc") -> None:
    """On the topic of signals, as anybody who may write there can."""
    async with AIOKafkaProducer(bootstrap_servers=list(store.settings.bootstrap_servers)) as producer:
        for value in values:
            # Kafka takes no message without key and value.
            await producer.send_and_wait(store.topics.name("signals"), value, key or (None if value else b"x"))


async def reporting(store: KafkaStore) -> tuple[KafkaLedger, Collected]:
    told = Collected()
    ledger = await KafkaLedger.connect(
        store.settings, writing=True, installation="tests", partitions=PARTITIONS, report=told
    )
    store.opened(ledger)
    return ledger, told


async def test_what_is_no_signal_is_passed_over_and_said_once(store: KafkaStore) -> None:
    ledger, told = await reporting(store)
    await put(store, *NO_SIGNALS.values())
    await put(store, json.dumps({**GOOD, "feed": "xx_unknown"}).encode())
    sent = await ledger.send(signal("after all that"))
    for _ in range(3):
        assert await ledger.signals(FEED, 0) == [sent]
        assert await ledger.signals(COORDINATOR, 0) == []
    found = told.of(SignalsPassedOver)
    assert sum(one.count for one in found) == len(NO_SIGNALS) + 1
    assert found[0].offset == 0


@pytest.mark.parametrize("key", [b"un_sc", b"another", None])
async def test_what_names_itself_is_there_to_be_refused(store: KafkaStore, key: bytes | None) -> None:
    ledger, told = await reporting(store)
    for number, (data, _) in enumerate(MALFORMED.values()):
        await put(store, data.replace(b'"s1"', f'"m{number}"'.encode()), key=key)
    found = await ledger.signals(FEED, 0)
    assert [type(one) for one in found] == [Malformed] * len(MALFORMED)
    assert [one.id for one in found] == [f"m{number}" for number in range(len(MALFORMED))]
    assert told.of(SignalsPassedOver) == []


async def answer(log: FeedLog, one: Signal | Malformed) -> None:
    row = Publication(feed=FEED, kind="decision", at=moment(1), commit=0, signal=one.id, outcome="applied")
    state = msgspec.structs.replace(log.state, last_signal=max(one.position, log.state.last_signal))
    await log.commit(Commit(changes=(), records={}, rows=(row,), state=state))


async def made_anew(store: KafkaStore) -> None:
    connection = Connection(store.settings)
    await topics.delete(connection, [store.topics.name("signals")])
    await store.topics.create(connection)


@pytest.mark.parametrize("before", [1, 2, 4])
@pytest.mark.parametrize("is_there", [True, False], ids=["while the owner is there", "while nobody is"])
async def test_signals_on_a_topic_that_was_made_anew_are_answered(
    store: KafkaStore, before: int, is_there: bool
) -> None:
    ledger = await store.open()
    log = await ledger.open(FEED)
    for number in range(before):
        await answer(log, await ledger.send(signal(f"old{number}")))
    assert await ledger.signals(FEED, log.state.last_signal) == []
    await made_anew(store)
    if not is_there:
        await ledger.close()
        ledger = await store.open()
        log = await ledger.open(FEED)
    new = [await (await store.open()).send(signal(f"new{number}")) for number in range(2)]
    assert [one.position for one in new] == [1, 2]
    async with asyncio.timeout(2 * LOOK_AGAIN_SECONDS):
        while not (waiting := await ledger.signals(FEED, log.state.last_signal)):  # noqa: ASYNC110
            await asyncio.sleep(0.2)
    assert [one.id for one in waiting] == ["new0", "new1"]
    for one in waiting:
        await answer(log, one)
    assert await ledger.signals(FEED, log.state.last_signal) == []
    later = await store.open()
    assert await later.signals(FEED, (await later.state(FEED)).last_signal) == []


async def test_signals_that_were_mirrored_are_not_answered_twice(store: KafkaStore) -> None:
    """Their offsets are others than the state knows."""
    ledger = await store.open()
    log = await ledger.open(FEED)
    old = await ledger.send(signal("old"))
    await answer(log, old)
    await ledger.close()
    await made_anew(store)
    await put(store, *[b"no signal"] * 5, msgspec.json.encode(signal("old")), msgspec.json.encode(signal("new")))
    ledger = await store.open()
    assert [one.id for one in await ledger.signals(FEED, log.state.last_signal)] == ["new"]

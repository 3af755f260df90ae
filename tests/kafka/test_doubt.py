"""A commit of which it is not known whether it stands, until it is."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiokafka.errors import KafkaError, KafkaTimeoutError

from syncd.core.events import Change
from syncd.errors import Fenced, LedgerError
from syncd.ledger.kafka import KafkaLedger
from syncd.ledger.kafka.coordination import KafkaCoordinatorLog
from syncd.ledger.kafka.log import KafkaLog
from syncd.ledger.kafka.owner import Owner
from tests.kafka.brokers import Cluster
from tests.kafka.store import PARTITIONS, KafkaStore
from tests.ledger.acts import commit
from tests.ledger.coordination import coordinated

FEED = "us_ofac_sdn"


@pytest.fixture
async def store(broker: Cluster) -> AsyncIterator[KafkaStore]:
    made = KafkaStore(broker)
    yield made
    await made.close()


@pytest.fixture
async def log(store: KafkaStore) -> KafkaLog:
    log = await (await store.open()).open(FEED)
    assert isinstance(log, KafkaLog)
    await log.commit(commit(log, 1, 5))
    return log


async def changes(store: KafkaStore) -> list[Change]:
    """All of them, also those that the brokers are about to show: this reader has not written them itself."""
    ledger = await store.open()
    assert isinstance(ledger, KafkaLedger)
    partition = ledger._reader.partition("changes", FEED)
    for end in (await ledger._reader.high_watermarks([partition])).values():
        ledger._reader.wrote(partition, end)
    return [change async for change in ledger.tail({})]


def _answer_is_lost(log: Owner[Any]) -> None:
    producer = log._producer
    commit_transaction = producer.commit_transaction

    async def commit_and_lose() -> None:
        await commit_transaction()
        raise KafkaTimeoutError("the answer was lost")

    producer.commit_transaction = commit_and_lose


def _question_is_lost(log: Owner[Any], error: BaseException) -> None:
    async def lose() -> None:
        raise error

    log._producer.commit_transaction = lose


async def test_a_commit_whose_answer_is_lost_stands_once(log: KafkaLog, store: KafkaStore) -> None:
    first = log._producer
    _answer_is_lost(log)
    await log.commit(commit(log, 2, 10))
    assert (log.state.commit, log.state.sequence) == (2, 15)
    assert log._producer is not first
    await log.commit(commit(log, 3, 5))
    assert [change.sequence for change in await changes(store)] == list(range(1, 21))


async def test_a_commit_of_the_coordinator_whose_answer_is_lost_stands_once(store: KafkaStore) -> None:
    ledger = await store.open()
    log = await ledger.open_coordinator()
    assert isinstance(log, KafkaCoordinatorLog)
    await log.commit(coordinated(log, 1, 2))
    _answer_is_lost(log)
    await log.commit(coordinated(log, 2, 3))
    _question_is_lost(log, KafkaTimeoutError("late"))
    with pytest.raises(LedgerError, match="coordinator: nothing was written"):
        await log.commit(coordinated(log, 3, 4))
    await log.commit(coordinated(log, 3, 4))
    assert [event.sequence async for event in ledger.coordination()] == list(range(1, 10))
    assert await ledger.targets() == (log.state, log.targets)


@pytest.mark.parametrize("error", [KafkaTimeoutError("late"), KafkaError("unknown"), AssertionError("dead")])
async def test_a_commit_never_asked_for_can_be_made_again(
    log: KafkaLog, store: KafkaStore, error: BaseException
) -> None:
    """A commit that was never asked for leaves nothing and can be made again."""
    _question_is_lost(log, error)
    with pytest.raises(LedgerError, match="nothing was written"):
        await log.commit(commit(log, 2, 10))
    assert log.state.commit == 1
    await log.commit(commit(log, 2, 10))
    assert [change.sequence for change in await changes(store)] == list(range(1, 16))


async def test_a_commit_without_changes_is_told_from_the_one_before(log: KafkaLog, store: KafkaStore) -> None:
    """The state says nothing of which commit it is: that is what the token is for."""
    again = commit(log, 2, 1)
    same = type(again)(changes=(), records={}, rows=(), state=log.state)
    _question_is_lost(log, KafkaTimeoutError("late"))
    with pytest.raises(LedgerError, match="nothing was written"):
        await log.commit(same)
    _answer_is_lost_after_reopening(log)
    await log.commit(same)
    await log.commit(same)


def _answer_is_lost_after_reopening(log: KafkaLog) -> None:
    if log._producer is not None:
        _answer_is_lost(log)


async def test_a_fence_without_a_claim_is_no_loss_of_the_feed(log: KafkaLog, store: KafkaStore) -> None:
    """So the brokers end a transaction that took too long, and so does a replica that dies while it restores."""
    passer_by = await log._reader.connection.producer(log.transactional_id)
    await passer_by.stop()
    with pytest.raises(LedgerError, match="nothing was written") as caught:
        await log.commit(commit(log, 2, 10))
    assert not isinstance(caught.value, Fenced)
    await log.commit(commit(log, 2, 10))
    assert [change.sequence for change in await changes(store)] == list(range(1, 16))


async def test_the_fenced_owner_says_who_has_the_feed_and_writes_nothing(log: KafkaLog, store: KafkaStore) -> None:
    other = await (await store.open()).open(FEED)
    with pytest.raises(Fenced, match="has been taken over by process"):
        await log.commit(commit(log, 2, 10))
    with pytest.raises(Fenced):
        await log.commit(commit(log, 2, 10))
    await other.commit(commit(other, 3, 5))
    assert [change.sequence for change in await changes(store)] == list(range(1, 11))


async def test_a_transaction_beyond_the_brokers_limit_names_their_setting(
    store: KafkaStore,
) -> None:
    """A transaction longer than the brokers allow is refused by the name of their setting."""
    await store.open()
    settings = store.settings.model_copy(update={"transaction_timeout_seconds": 3600.0})
    ledger = await KafkaLedger.connect(settings, writing=True, installation="tests", partitions=PARTITIONS)
    with pytest.raises(LedgerError, match=r"transaction\.max\.timeout\.ms is below kafka\.transaction_timeout_seconds"):
        await ledger.open(FEED)
    await ledger.close()


async def test_two_who_open_a_feed_at_once_do_not_both_have_it(store: KafkaStore) -> None:
    one, other = await store.open(), await store.open()
    opened = await asyncio.gather(one.open(FEED), other.open(FEED), return_exceptions=True)
    logs: list[Any] = [log for log in opened if not isinstance(log, BaseException)]
    outcomes = []
    for log in logs:
        try:
            await log.commit(commit(log, 1, 5))
            outcomes.append("stands")
        except Fenced:
            outcomes.append("fenced")
    assert outcomes.count("stands") == 1
    assert [change.sequence for change in await changes(store)] == [1, 2, 3, 4, 5]

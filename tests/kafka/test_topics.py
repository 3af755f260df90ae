"""Topics that are set otherwise than they must be are refused, with what to change."""

from collections.abc import AsyncIterator

import pytest
from aiokafka.admin import NewTopic

from syncd.config import KafkaSettings
from syncd.core.slots import PARTITIONS
from syncd.errors import LedgerError
from syncd.ledger.kafka import KafkaLedger, topics
from syncd.ledger.kafka.connection import Connection
from tests.kafka.brokers import Cluster
from tests.kafka.store import PARTITIONS as FEW
from tests.kafka.store import settings

WRONG = {
    "records": ({"cleanup.policy": "delete"}, "cleanup.policy is delete, must be compact"),
    "changes": ({"retention.ms": "604800000"}, "retention.ms is 604800000, must be -1"),
    "state": ({"segment.ms": "604800000"}, "segment.ms is 604800000, must be 3600000"),
    "feeds": ({"min.insync.replicas": "1", "delete.retention.ms": "1"}, "delete.retention.ms is 1, must be at least"),
    "publications": ({"max.message.bytes": "1000"}, "max.message.bytes is 1000, must be at least"),
}


@pytest.fixture
async def made(broker: Cluster) -> AsyncIterator[tuple[KafkaSettings, topics.Topics]]:
    chosen = settings(broker)
    yield chosen, topics.Topics(prefix=chosen.prefix, replication=1, partitions=FEW)
    connection = Connection(chosen)
    async with connection.admin() as admin:
        names = [name for name in await admin.list_topics() if name.startswith(chosen.prefix)]
    await topics.delete(connection, names)


async def test_topics_are_made_once_and_are_right(made: tuple[KafkaSettings, topics.Topics]) -> None:
    chosen, wanted = made
    connection = Connection(chosen)
    assert sorted(await wanted.create(connection)) == sorted(wanted.wanted())
    assert await wanted.create(connection) == []
    assert await wanted.problems(connection) == []


async def test_missing_topics_are_named_with_the_command_that_makes_them(
    made: tuple[KafkaSettings, topics.Topics],
) -> None:
    with pytest.raises(LedgerError, match=r"changes\.v1: there is no such topic.*syncd topics --create"):
        await KafkaLedger.connect(made[0], writing=True, installation="tests")


async def test_an_older_installation_is_told_what_is_new_and_gets_it_by_the_same_command(
    made: tuple[KafkaSettings, topics.Topics],
) -> None:
    chosen, wanted = made
    connection = Connection(chosen)
    await wanted.create(connection)
    new = [wanted.name("coordination"), wanted.name("targets")]
    await topics.delete(connection, new)
    told = await wanted.problems(connection)
    assert [line.split(": ")[0] for line in told] == new
    assert all("'syncd topics --create' makes it" in line for line in told)
    assert sorted(await wanted.create(connection)) == new
    assert await wanted.problems(connection) == []


@pytest.mark.parametrize("topic", WRONG)
async def test_a_wrong_setting_is_refused_with_the_command_that_puts_it_right(
    made: tuple[KafkaSettings, topics.Topics], topic: topics.Name
) -> None:
    chosen, wanted = made
    wrong, complaint = WRONG[topic]
    connection = Connection(chosen)
    async with connection.admin() as admin:
        await admin.create_topics([NewTopic(wanted.name(topic), FEW, 1, topic_configs=wrong)])
    await wanted.create(connection)
    with pytest.raises(LedgerError, match=complaint) as caught:
        await KafkaLedger.connect(chosen, writing=True, installation="tests", partitions=FEW)
    assert f"--alter --topic {wanted.name(topic)} --add-config" in str(caught.value)


async def test_another_number_of_partitions_or_copies_is_refused(made: tuple[KafkaSettings, topics.Topics]) -> None:
    chosen, wanted = made
    await wanted.create(Connection(chosen))
    with pytest.raises(LedgerError, match=f"has {FEW} partitions, must have {PARTITIONS}"):
        await KafkaLedger.connect(chosen, writing=True, installation="tests")
    three = chosen.model_copy(update={"replication": 3})
    with pytest.raises(LedgerError, match="has 1 copies, must have 3"):
        await KafkaLedger.connect(three, writing=True, installation="tests", partitions=FEW)

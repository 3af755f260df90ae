"""Topics that break a promise are refused, with what to change; what only differs is said."""

from collections.abc import AsyncIterator

import pytest
from aiokafka.admin import NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from syncd.config import KafkaSettings
from syncd.core.partitions import PARTITIONS
from syncd.errors import LedgerError
from syncd.ledger.kafka import KafkaLedger, topics
from syncd.ledger.kafka.connection import Connection
from syncd.observe.kafka import TopicsDiffer
from syncd.observe.report import Collected
from tests.kafka.brokers import Cluster
from tests.kafka.store import PARTITIONS as FEW
from tests.kafka.store import settings

WRONG = {
    "records": ({"cleanup.policy": "delete"}, "cleanup.policy is delete, must be compact"),
    "changes": ({"retention.ms": "604800000"}, "retention.ms is 604800000, must be -1"),
    "state": ({"unclean.leader.election.enable": "true"}, "unclean.leader.election.enable is true, must be false"),
    "targets": ({"cleanup.policy": "compact,delete"}, "cleanup.policy is compact,delete, must be compact"),
    "coordination": ({"retention.bytes": "1000000"}, "retention.bytes is 1000000, must be -1"),
    "signals": ({"retention.ms": "60000"}, "retention.ms is 60000, must be at least 3600000"),
    "feeds": ({"min.insync.replicas": "1", "delete.retention.ms": "1"}, "delete.retention.ms is 1, must be at least"),
    "publications": ({"max.message.bytes": "1000"}, "max.message.bytes is 1000, must be at least"),
}


DIFFERING = {
    "records": ({"segment.ms": "600000"}, "segment.ms is 600000, 3600000 is advised"),
    "state": ({"segment.ms": "604800000"}, "segment.ms is 604800000, 3600000 is advised"),
    "targets": ({"min.cleanable.dirty.ratio": "0.5"}, "min.cleanable.dirty.ratio is 0.5, 0.1 is advised"),
    "feeds": ({"delete.retention.ms": "43200000"}, "delete.retention.ms is 43200000, 86400000 is advised"),
    "signals": ({"retention.ms": "86400000"}, "retention.ms is 86400000, 604800000 is advised"),
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


async def test_an_older_installation_gets_what_is_new_by_the_same_command(
    made: tuple[KafkaSettings, topics.Topics],
) -> None:
    """An older installation is told what is new and gets it by the same command."""
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
        partitions = wanted.wanted()[wanted.name(topic)].partitions
        await admin.create_topics([NewTopic(wanted.name(topic), partitions, 1, topic_configs=wrong)])
    await wanted.create(connection)
    with pytest.raises(LedgerError, match=complaint) as caught:
        await KafkaLedger.connect(chosen, writing=True, installation="tests", partitions=FEW)
    assert f"--alter --topic {wanted.name(topic)} --add-config" in str(caught.value)


@pytest.mark.parametrize("topic", DIFFERING)
async def test_a_setting_that_breaks_no_promise_is_said_and_stops_nobody(
    made: tuple[KafkaSettings, topics.Topics], topic: topics.Name
) -> None:
    chosen, wanted = made
    differing, advice = DIFFERING[topic]
    connection = Connection(chosen)
    async with connection.admin() as admin:
        right = wanted.wanted()[wanted.name(topic)]
        settings = {**topics.made_with(right), **differing}
        await admin.create_topics([NewTopic(wanted.name(topic), right.partitions, 1, topic_configs=settings)])
    await wanted.create(connection)
    told = Collected()
    ledger = await KafkaLedger.connect(chosen, writing=True, installation="tests", partitions=FEW, report=told)
    await ledger.close()
    (said,) = told.of(TopicsDiffer)
    assert len(said.what) == 1
    assert said.what[0].startswith(f"{wanted.name(topic)}: {advice}")
    assert "--add-config" in said.what[0]


async def test_settings_that_are_better_are_not_even_said(made: tuple[KafkaSettings, topics.Topics]) -> None:
    chosen, wanted = made
    connection = Connection(chosen)
    better: dict[topics.Name, dict[str, str]] = {
        "state": {"delete.retention.ms": "864000000", "max.message.bytes": "20000000"},
        "signals": {"retention.ms": "-1"},
    }
    await wanted.create(connection)
    async with connection.admin() as admin:
        for topic, settings in better.items():
            right = topics.made_with(wanted.wanted()[wanted.name(topic)])
            resource = ConfigResource(ConfigResourceType.TOPIC, wanted.name(topic), configs={**right, **settings})
            await admin.alter_configs([resource])
    assert await wanted.found(connection) == topics.TopicFindings([], [])


async def test_more_partitions_than_are_used_are_said_and_stop_nobody(
    made: tuple[KafkaSettings, topics.Topics],
) -> None:
    chosen, wanted = made
    connection = Connection(chosen)
    async with connection.admin() as admin:
        settings = topics.made_with(wanted.wanted()[wanted.name("changes")])
        await admin.create_topics([NewTopic(wanted.name("changes"), FEW + 1, 1, topic_configs=settings)])
    await wanted.create(connection)
    found = await wanted.found(connection)
    assert found == topics.TopicFindings(
        [], [f"{wanted.name('changes')}: has {FEW + 1} partitions, of which {FEW} are used"]
    )


async def test_fewer_partitions_or_copies_are_refused(made: tuple[KafkaSettings, topics.Topics]) -> None:
    chosen, wanted = made
    await wanted.create(Connection(chosen))
    with pytest.raises(LedgerError, match=f"has {FEW} partitions, must have {PARTITIONS}"):
        await KafkaLedger.connect(chosen, writing=True, installation="tests")
    three = chosen.model_copy(update={"replication": 3})
    with pytest.raises(LedgerError, match="has 1 copies, must have 3"):
        await KafkaLedger.connect(three, writing=True, installation="tests", partitions=FEW)

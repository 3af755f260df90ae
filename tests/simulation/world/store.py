"""The ledger over simulated brokers for the suite over all ledgers: what holds of real brokers holds of these."""

import itertools
from typing import Any

from aiokafka.structs import TopicPartition

from syncd.config import KafkaSettings
from syncd.ledger.kafka import topics
from tests.kafka.store import PARTITIONS, KafkaStore
from tests.simulation.world.brokers import Brokers, Entry

SETTINGS = {"bootstrap_servers": ("simulated:9092",), "replication": 1}

_count = itertools.count()


class SimulatedStore(KafkaStore):
    """As `KafkaStore`; what it does behind the ledger's back it does in the brokers' memory."""

    many = 200

    def __init__(self, brokers: Brokers) -> None:
        self._brokers = brokers
        self.settings = KafkaSettings.model_validate({**SETTINGS, "prefix": f"t{next(_count)}."})
        self.topics = topics.Topics(prefix=self.settings.prefix, replication=1, partitions=PARTITIONS)
        self._made = False
        self._open = []

    async def close(self) -> None:
        for ledger in self._open:
            await ledger.close()

    async def _write(self, topic: topics.Name, owner: str, messages: list[tuple[bytes, bytes | None, Any]]) -> None:
        partition: TopicPartition = self._reader.partition(topic, owner)
        self._brokers.append(partition, [Entry(key, value, tuple(headers)) for key, value, headers in messages])

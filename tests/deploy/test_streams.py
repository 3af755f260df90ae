"""Kafka Streams joins a bank's table with the records in force: each key is where Java's partitioner puts it."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.deploy.maven import libraries
from tests.kafka.brokers import Cluster
from tests.kafka.store import PARTITIONS, KafkaStore
from tests.ledger.acts import commit
from tests.tools import needs

STREAMS = libraries("streams", "Kafka Streams")
PROGRAM = Path(__file__).with_name("Join.java")
FEED = "un_sc"
KEYS = 200
JOIN_SECONDS_MAX = 120.0


class Join:
    """The program as it runs: what it printed last of each key, None once the key has no match any more."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.found: dict[str, int | None] = {}

    async def until(self, wanted: dict[str, int | None]) -> None:
        """Read on until it says what is wanted, however often it says it."""
        assert self.process.stdout
        async with asyncio.timeout(JOIN_SECONDS_MAX):
            while self.found != wanted:
                line = await self.process.stdout.readline()
                assert line, "the program has ended"
                key, _, value = line.decode().rstrip("\n").partition("\t")
                record = json.loads(value)
                self.found[key] = record and record["sequence"]


@pytest.fixture
async def store(broker: Cluster) -> AsyncIterator[KafkaStore]:
    made = KafkaStore(broker)
    yield made
    await made.close()


@pytest.fixture
async def joining(store: KafkaStore, broker: Cluster, tmp_path: Path) -> AsyncIterator[Join]:
    folder = needs(STREAMS)
    command = ["java", "-Xmx192m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", f"{folder}/*", str(PROGRAM)]
    own, listed = f"{store.settings.prefix}bank", store.topics.name("listed")
    process = await asyncio.create_subprocess_exec(
        *(*command, broker.bootstrap, own, listed, str(PARTITIONS), str(tmp_path)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    yield Join(process)
    if process.returncode is None:
        process.kill()
    await process.communicate()


async def test_a_ktable_join_matches_every_record_and_lets_go_of_the_delisted(store: KafkaStore, joining: Join) -> None:
    log = await (await store.open()).open(FEED)
    await log.commit(commit(log, 0, KEYS, keys=KEYS))
    assert joining.process.stdin
    joining.process.stdin.write("".join(f"{key}\n" for key in log.records).encode())
    joining.process.stdin.close()
    await joining.until({key: one.sequence for key, one in log.records.items()})
    assert len(joining.found) == KEYS
    await log.commit(commit(log, 1, 60, keys=KEYS))
    listed = {key: one.sequence if one.status == "listed" else None for key, one in log.records.items()}
    assert None in listed.values()
    await joining.until(listed)

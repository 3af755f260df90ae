"""Flink's upsert-kafka, in Flink's own small cluster: its table is the list in force, without what is delisted."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from syncd.ledger.contract import FeedLog
from tests.deploy.maven import libraries
from tests.kafka.brokers import Cluster
from tests.kafka.store import KafkaStore
from tests.ledger.acts import commit
from tests.tools import needs

FLINK = libraries("flink", "Flink")
PROGRAM = Path(__file__).with_name("Upserts.java")
FEED = "un_sc"
KEYS = 200
TABLE_SECONDS_MAX = 180.0
# What Flink asks of Java 17.
OPENED = ("java.lang", "java.util", "java.net", "java.util.concurrent", "java.time", "java.text")


@pytest.fixture
async def store(broker: Cluster) -> AsyncIterator[KafkaStore]:
    made = KafkaStore(broker)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def table(store: KafkaStore, broker: Cluster) -> AsyncIterator[asyncio.subprocess.Process]:
    folder = needs(FLINK)
    command = ["java", "-Xmx768m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", f"{folder}/*"]
    command += [word for name in OPENED for word in ("--add-opens", f"java.base/{name}=ALL-UNNAMED")]
    process = await asyncio.create_subprocess_exec(
        *(*command, str(PROGRAM), broker.bootstrap, store.topics.name("listed")), stdout=asyncio.subprocess.PIPE
    )
    yield process
    if process.returncode is None:
        process.kill()
    await process.communicate()


def _wanted(log: FeedLog) -> dict[str, tuple[str, str]]:
    listed = {key: one for key, one in log.records.items() if one.status == "listed"}
    return {key: (str(one.sequence), f"Invented {key}") for key, one in listed.items()}


async def _until(table: asyncio.subprocess.Process, found: dict[str, tuple[str, str]], log: FeedLog) -> None:
    """Follow what Flink adds and takes until its table is the list."""
    assert table.stdout
    async with asyncio.timeout(TABLE_SECONDS_MAX):
        while found != _wanted(log):
            line = (await table.stdout.readline()).decode()
            assert line, "Flink has ended"
            kind, key, sequence, name = line.rstrip("\n").split("\t")
            if kind in ("+I", "+U"):
                found[key] = (sequence, name)
            else:
                found.pop(key)


async def test_flinks_table_is_the_list_in_force(store: KafkaStore, table: asyncio.subprocess.Process) -> None:
    log = await (await store.open()).open(FEED)
    await log.commit(commit(log, 0, KEYS, keys=KEYS))
    found: dict[str, tuple[str, str]] = {}
    await _until(table, found, log)
    assert len(found) == KEYS
    await log.commit(commit(log, 1, 60, keys=KEYS))
    assert len(_wanted(log)) < KEYS
    await _until(table, found, log)

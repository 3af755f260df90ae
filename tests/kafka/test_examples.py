"""The consumers of deploy/examples start and follow without a gap, whatever is committed or compacted meanwhile."""

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from syncd.feeds import partition_of
from syncd.ledger.contract import FeedLog
from tests.kafka import jars
from tests.kafka.brokers import Cluster
from tests.kafka.store import KafkaStore
from tests.kafka.test_wire import large
from tests.ledger.acts import commit
from tests.simulation.audit import read

EXAMPLES = Path(__file__).parents[2] / "deploy" / "examples"
FEED = "un_sc"
# A busy machine takes minutes to compile the one in Java.
LINE_SECONDS_MAX = 240.0
COMPACTED_SECONDS_MAX = 240.0
KEYS = 60
STEPS = 4


def _command(language: str) -> list[str]:
    if language == "python":
        return [sys.executable, str(EXAMPLES / "follow.py")]
    if shutil.which("javac") is None:
        pytest.skip("a real Kafka broker needs nothing of it, but running Follow.java needs a JDK")
    options = ["-Xmx128m", "-XX:TieredStopAtLevel=1", f"-Dlog4j2.configurationFile={jars.HERE / 'log4j2.properties'}"]
    return ["java", *options, "-cp", f"{jars.BROKER.fetched()}/*", str(EXAMPLES / "Follow.java")]


class Follower:
    """An example as the process that it is."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def line(self) -> dict[str, Any]:
        assert self._process.stdout
        line = await asyncio.wait_for(self._process.stdout.readline(), LINE_SECONDS_MAX)
        assert line, "the example has ended"
        told: dict[str, Any] = json.loads(line)
        return told

    def go_on(self) -> None:
        assert self._process.stdin
        self._process.stdin.write(b"\n")

    async def end(self) -> int:
        return await asyncio.wait_for(self._process.wait(), LINE_SECONDS_MAX)

    async def kill(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.communicate()


@pytest.fixture
async def store(broker: Cluster) -> AsyncIterator[KafkaStore]:
    made = KafkaStore(broker)
    yield made
    await made.close()


@pytest.fixture(params=["java", "python"])
async def follower(request: pytest.FixtureRequest, broker: Cluster, store: KafkaStore) -> AsyncIterator[Any]:
    started: list[Follower] = []

    async def start(*more: str) -> Follower:
        where = ("--brokers", broker.bootstrap, "--prefix", store.settings.prefix)
        process = await asyncio.create_subprocess_exec(
            *_command(request.param),
            *(*where, "--feed", FEED, "--partition", str(partition_of(FEED)), *more),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        started.append(Follower(process))
        return started[-1]

    yield start
    for one in started:
        await one.kill()


async def _compact_soon(broker: Cluster, store: KafkaStore) -> None:
    """Segments are closed and cleaned as fast as the broker can."""
    name = store.topics.name("records")
    config = "segment.ms=100,min.cleanable.dirty.ratio=0.001,max.compaction.lag.ms=100"
    arguments = ("--alter", "--entity-type", "topics", "--entity-name", name, "--add-config", config)
    await asyncio.to_thread(broker.run, "kafka.admin.ConfigCommand", "--bootstrap-server", broker.bootstrap, *arguments)


async def _compacted(broker: Cluster, store: KafkaStore, log: FeedLog, written: int) -> int:
    """Commit on until the broker has thrown older records away; gives how many are there of all that were written."""
    end = asyncio.get_running_loop().time() + COMPACTED_SECONDS_MAX
    while True:
        await log.commit(commit(log, written, 20, keys=KEYS))
        written += 20
        there = len(await read(broker.bootstrap, store.topics.name("records"), partition_of(FEED)))
        if there < written:
            return there
        assert asyncio.get_running_loop().time() < end, "the broker did not compact"
        await asyncio.sleep(0.5)


async def test_an_example_starts_while_commits_land_and_compaction_runs(
    broker: Cluster, store: KafkaStore, follower: Any
) -> None:
    log = await (await store.open()).open(FEED)
    await _compact_soon(broker, store)
    for number in range(5):
        await log.commit(commit(log, number, 20, keys=KEYS))
    one = await follower("--step")
    steps = 0
    while (told := await one.line())["event"] == "step":
        assert steps < 5 * STEPS
        if steps < STEPS:
            await log.commit(commit(log, 100 + steps, 15, keys=KEYS))
        if told["name"] == "before changes are read":
            await _compacted(broker, store, log, 100 + 15 * (steps + 1))
        one.go_on()
        steps += 1
    assert told["event"] == "current"
    while told["sequence"] < log.state.sequence:
        told = await one.line()
    assert (told["records"], told["digest"]) == (log.state.ledger_records, log.state.ledger_digest)
    await log.commit(commit(log, 200, 10, keys=KEYS))
    told = await one.line()
    assert told == {
        "event": "commit",
        "sequence": log.state.sequence,
        "records": log.state.ledger_records,
        "digest": log.state.ledger_digest,
    }


async def test_an_example_that_meets_a_gap_stops(store: KafkaStore, follower: Any) -> None:
    log = await (await store.open()).open(FEED)
    await log.commit(commit(log, 1, 5, keys=KEYS))
    one = await follower()
    assert (await one.line())["event"] == "current"
    await store.append_change(FEED, sequence=7)
    assert await one.end() == 1


async def test_an_example_passes_over_the_parts_of_a_large_record(store: KafkaStore, follower: Any) -> None:
    log = await (await store.open()).open(FEED)
    await log.commit(commit(log, 1, 9, keys=KEYS))
    await log.commit(large(log, 2))
    await log.commit(commit(log, 3, 5, keys=KEYS))
    one = await follower("--until", str(log.state.sequence))
    assert await one.line() == {
        "event": "current",
        "sequence": log.state.sequence,
        "records": log.state.ledger_records,
        "digest": log.state.ledger_digest,
    }
    assert await one.end() == 0


async def test_an_example_ends_where_it_is_told_to(store: KafkaStore, follower: Any) -> None:
    log = await (await store.open()).open(FEED)
    await log.commit(commit(log, 1, 5, keys=KEYS))
    one = await follower("--until", "5")
    assert (await one.line())["digest"] == log.state.ledger_digest
    assert await one.end() == 0

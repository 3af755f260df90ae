"""What a commit in Kafka costs above a bare transaction of aiokafka's with the same messages, partition and settings.

    python -m tests.benchmarks.kafka_commits [RECORDS]

One real broker, thrown away afterwards. Both ways take turns in one run, so that a busy machine slows both.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

from aiokafka import AIOKafkaProducer
from aiokafka.structs import TopicPartition

from syncd.core import codec
from syncd.ledger.contract import Commit
from syncd.ledger.kafka import KafkaLedger, wire
from syncd.ledger.kafka.connection import Connection
from syncd.ledger.kafka.log import KafkaLog
from syncd.ledger.kafka.reading import LedgerReader
from syncd.ledger.kafka.topics import Name
from syncd.ledger.kafka.upserts import COMPLETE, upsert_message
from tests.kafka.brokers import Cluster
from tests.kafka.store import KafkaStore
from tests.ledger.acts import commit

RECORDS = 50_000
BODY_BYTES = 1500
BASELINES = 3
SMALL = 3
SMALL_COMMITS = 500
FEED = "us_ofac_sdn"
TOPICS_OF_FEED: tuple[Name, ...] = ("changes", "records", "publications", "state")
SHARE_MIN = 0.8
SMALL_RATIO_MAX = 1.3

Messages = list[tuple[TopicPartition, wire.Message]]


def messages_of(store: KafkaStore, log: KafkaLog, whole: Commit) -> Messages:
    """What the log would send for `whole`, and where to."""
    reader = LedgerReader(Connection(store.settings), store.topics)
    at = {topic: reader.partition(topic, FEED) for topic in TOPICS_OF_FEED}
    changes = list(whole.changes)
    found: Messages = [(at["changes"], wire.change_message(one, "/syncd/tests/")) for one in changes]
    for key, stored in whole.records.items():
        found += [(at["records"], message) for message in wire.record_messages(key, stored, 0)]
        upsert = upsert_message(key, stored, whole.state.commit, codec.unpack_json)
        found.append((reader.partition_of_key("listed", upsert.key), upsert))
    found += [(at["publications"], wire.publication_message(row, "/syncd/tests/")) for row in whole.rows]
    return [*found, (at["state"], wire.state_message(whole.state, "0" * 32, [(COMPLETE, b"0" * 44)]))]


async def bare(producer: AIOKafkaProducer, messages: Messages) -> float:
    """Seconds of one transaction by hand."""
    started = time.perf_counter()
    await producer.begin_transaction()
    sent = [
        await producer.send(at.topic, one.value, one.key, partition=at.partition, headers=one.headers)
        for at, one in messages
    ]
    for future in sent:
        await future
    await producer.commit_transaction()
    return time.perf_counter() - started


async def timed(log: KafkaLog, whole: Commit) -> float:
    started = time.perf_counter()
    await log.commit(whole)
    return time.perf_counter() - started


async def opened(store: KafkaStore) -> tuple[KafkaLedger, KafkaLog]:
    ledger = await store.open()
    assert isinstance(ledger, KafkaLedger)
    return ledger, await ledger.open(FEED)


async def baselines(cluster: Cluster, records: int) -> None:
    ours, theirs, restores, followed = [], [], [], 0
    for _ in range(BASELINES):
        store, other = KafkaStore(cluster), KafkaStore(cluster)
        _, log = await opened(store)
        await other.open()
        messages = messages_of(other, log, commit(log, 1, records, keys=records, body_bytes=BODY_BYTES))
        producer = await Connection(other.settings).producer(f"{other.settings.prefix}bare")
        theirs.append(await bare(producer, messages))
        await producer.stop()
        followed = sum(len(one.value or b"") for _, one in messages)
        del messages
        ours.append(await timed(log, commit(log, 1, records, keys=records, body_bytes=BODY_BYTES)))
        started = time.perf_counter()
        await opened(store)
        restores.append(time.perf_counter() - started)
        await store.close()
        await other.close()
    share = statistics.median(theirs) / statistics.median(ours)
    print(
        f"baseline of {records:,} records ({followed / 1e6:.0f} MB of JSON): {statistics.median(ours):.2f} s; "
        f"the bare transaction {statistics.median(theirs):.2f} s: {share:.0%} of its rate (wanted >= {SHARE_MIN:.0%})"
    )
    print(f"opened and restored by another: {statistics.median(restores):.2f} s")


async def small(cluster: Cluster) -> None:
    store, other = KafkaStore(cluster), KafkaStore(cluster)
    _, log = await opened(store)
    await other.open()
    await log.commit(commit(log, 0, 1000, keys=1000, body_bytes=BODY_BYTES))
    producer = await Connection(other.settings).producer(f"{other.settings.prefix}bare")
    ours, theirs = [], []
    for number in range(1, SMALL_COMMITS + 1):
        whole = commit(log, number, SMALL, keys=1000, body_bytes=BODY_BYTES)
        theirs.append(await bare(producer, messages_of(other, log, whole)))
        ours.append(await timed(log, commit(log, number, SMALL, keys=1000, body_bytes=BODY_BYTES)))
    await producer.stop()
    await store.close()
    await other.close()
    for share in (50, 99):
        own, its = (statistics.quantiles(times, n=100)[share - 1] for times in (ours, theirs))
        print(
            f"commit of {SMALL} changes, p{share}: {own * 1000:.1f} ms; the bare transaction {its * 1000:.1f} ms: "
            f"{own / its:.2f} x (wanted <= {SMALL_RATIO_MAX})"
        )


def main(records: int = RECORDS) -> None:
    with tempfile.TemporaryDirectory(prefix="syncd-bench-") as folder, Cluster(Path(folder)) as cluster:
        asyncio.run(baselines(cluster, records))
        asyncio.run(small(cluster))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))

"""Ledgers of released versions, kept so that every later one is shown to read them.

    python -m tests.ledger.stored NAME      stores one of this version under that name; needs Java and Maven

A stored ledger is the dump of an SQLite file, and the messages of all topics of one in Kafka; both hold the same two
invented lists, polled twice by the real intake, with what the coordinator said. `expected.json` is what its own
version read of it.
"""

import asyncio
import base64
import json
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import zstandard
from aiokafka import AIOKafkaProducer
from msgspec import Struct

from syncd.clock import SetClock
from syncd.config import Config, KafkaSettings
from syncd.core.coordination.target import COORDINATOR
from syncd.core.partitions import PARTITIONS
from syncd.demo.changing import ChangingLists
from syncd.demo.site import PublishersSite
from syncd.ledger.contract import Ledger
from syncd.ledger.kafka import topics
from syncd.ledger.kafka.connection import Connection
from syncd.ledger.kafka.reading import LedgerReader
from syncd.ledger.opening import open_ledger
from syncd.workers.assembly import Assembly
from tests.kafka.brokers import Cluster

FOLDER = Path(__file__).with_name("stored")
FEEDS = ("un_sc", "us_ofac_sdn")
PREFIX = "stored."
STEPS = 60
# Before the times of the commits that tests invent.
BEGINNING = datetime(2024, 5, 1, 9, tzinfo=UTC)


class Message(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message of a topic; key, value and headers' values in base64."""

    topic: str
    partition: int
    key: str
    headers: tuple[tuple[str, str], ...] = ()
    value: str | None = None


async def described(ledger: Ledger) -> dict[str, Any]:
    """Return what a reader sees of `ledger`: of each feed commit, sequence, records and list digest; of the
    coordination, events and targets."""
    feeds = {}
    for feed in await ledger.feeds():
        state, records = await ledger.snapshot(feed)
        changes = [change async for change in ledger.tail({}, feeds=[feed])]
        rows = [row async for row in ledger.publications(feed)]
        feeds[feed] = {
            "commit": state.commit,
            "sequence": state.sequence,
            "records": len(records),
            "digest": state.ledger_digest,
            "changes": len(changes),
            "publications": len(rows),
        }
    coordinator, targets = await ledger.targets()
    return {
        "feeds": feeds,
        "coordination": {"events": coordinator.sequence, "targets": len(targets)},
    }


async def filled(config: dict[str, Any], site: PublishersSite) -> None:
    """Poll the site's lists into the ledger of `config` twice, many acts of the authorities apart."""
    changing = ChangingLists(site, seed=5)
    changing.begin()
    clock = SetClock(BEGINNING)
    for steps in (STEPS, 0):
        async with Assembly(Config.model_validate(config), clock=clock) as assembly:
            for worker in assembly.feed_workers:
                outcome = await worker.once()
                assert outcome.result == "committed", outcome.why
            assert assembly.coordinator is not None
            await assembly.coordinator.once()
        clock.move(timedelta(days=1))
        for _ in range(steps):
            changing.step()
        changing.end()


def messages_of(path: Path) -> Iterator[Message]:
    """Yield the stored messages in the order in which they are to be written."""
    decoder = msgspec.json.Decoder(Message)
    for line in unpacked(path).splitlines():
        yield decoder.decode(line)


def unpacked(path: Path) -> bytes:
    """Return what was stored under `path`."""
    return zstandard.ZstdDecompressor().stream_reader(path.read_bytes()).read()


def _dump(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield the statements that make the file again; those of its version are not in SQLite's own dump."""
    yield from connection.iterdump()
    for pragma in ("user_version", "application_id"):
        (number,) = connection.execute(f"PRAGMA {pragma}").fetchone()
        yield f"PRAGMA {pragma} = {number};"


def _packed(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=19).compress(data)


async def written(bootstrap: str, messages: Iterator[Message], partitions: int) -> None:
    """Write `messages` to topics that exist, with so many partitions: the last one is the coordinator's."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        for message in messages:
            value = base64.b64decode(message.value) if message.value is not None else None
            place = partitions - 1 if message.partition == PARTITIONS - 1 else message.partition
            headers = [(name, base64.b64decode(content)) for name, content in message.headers]
            await producer.send(message.topic, value, base64.b64decode(message.key), partition=place, headers=headers)
        await producer.flush()


def kafka_config(bootstrap: str, folder: Path, feeds: dict[str, Any]) -> dict[str, Any]:
    """Return the configuration of the stored ledger in Kafka."""
    return {
        "kafka": {"bootstrap_servers": [bootstrap], "prefix": PREFIX, "replication": 1},
        "archive": {"url": str(folder / "archive"), "shared": True, "spool": str(folder / "spool")},
        "feeds": feeds,
    }


def _encoded(found: Any) -> Message:
    return Message(
        topic=found.topic,
        partition=found.partition,
        key=base64.b64encode(found.key).decode(),
        headers=tuple((name, base64.b64encode(content).decode()) for name, content in found.headers),
        value=None if found.value is None else base64.b64encode(found.value).decode(),
    )


async def _stored_messages(bootstrap: str) -> list[Message]:
    connection = Connection(settings_of(bootstrap))
    reader = LedgerReader(connection, topics.Topics(prefix=PREFIX, replication=1))
    try:
        found = []
        for topic in topics.TOPICS:
            places = {reader.partition(topic, owner) for owner in (*FEEDS, COORDINATOR) if topic != "notices"}
            places |= set(reader.channel_partitions().values()) if topic == "notices" else set()
            async for batch in reader.all(sorted(places)):
                found += [_encoded(one) for one in batch]
        return found
    finally:
        await reader.close()


def settings_of(bootstrap: str) -> KafkaSettings:
    """Return the Kafka settings of the stored ledger on `bootstrap`."""
    return KafkaSettings(bootstrap_servers=(bootstrap,), prefix=PREFIX, replication=1)


async def _store(folder: Path, work: Path, cluster: Cluster) -> None:
    async with PublishersSite() as site:
        feeds = site.settings(records_min=20, removals_max=50) | {"enable": list(FEEDS)}
        sqlite_config = {"ledger": str(work / "syncd.db"), "feeds": feeds}
        await filled(sqlite_config, site)
        with closing(sqlite3.connect(work / "syncd.db")) as connection:
            (folder / "ledger.sql.zst").write_bytes(_packed("\n".join(_dump(connection)).encode()))
        ledger = await open_ledger(Config.model_validate(sqlite_config), writing=False)
        (folder / "expected.json").write_text(json.dumps(await described(ledger), indent=2) + "\n")
        await ledger.close()
    async with PublishersSite() as site:
        feeds = site.settings(records_min=20, removals_max=50) | {"enable": list(FEEDS)}
        await topics.Topics(prefix=PREFIX, replication=1).create(Connection(settings_of(cluster.bootstrap)))
        await filled(kafka_config(cluster.bootstrap, work, feeds), site)
        lines = b"\n".join(msgspec.json.encode(one) for one in await _stored_messages(cluster.bootstrap))
        (folder / "topics.jsonl.zst").write_bytes(_packed(lines))


def main(name: str) -> None:
    """Store a ledger of this version under `name`."""
    folder = FOLDER / name
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as work, Cluster(Path(work) / "broker") as cluster:
        asyncio.run(_store(folder, Path(work), cluster))
    sys.stdout.write(f"{folder}\n")


if __name__ == "__main__":
    main(sys.argv[1])

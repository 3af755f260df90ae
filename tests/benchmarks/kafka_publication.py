"""How soon a publication of the SDN list reaches a consumer, and how soon a replica that starts asks the publisher.

    python -m tests.benchmarks.kafka_publication DOCUMENTS [PUBLICATIONS]

One real broker, the real list, `syncd run` as a process that asks the gate each second, and a consumer that reads
committed messages. The seconds of a publication run from the moment at which the site has it to the consumer's sight of
its last change; those of a start from the start of the process to its first question. Before and after each publication
the plainest reading of the same document is timed, so that a busy machine shows.
"""

import asyncio
import bz2
import io
import json
import re
import statistics
import sys
import tempfile
import time
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from syncd.feeds import partition_of
from syncd.ledger.kafka.connection import Connection
from syncd.ledger.kafka.topics import Topics
from tests.benchmarks.intake_speed import YARDSTICK
from tests.kafka.brokers import Cluster
from tests.kafka.store import settings
from tests.simulation.replica import Replica

FEED = "us_ofac_sdn"
BEFORE, AFTER = "2025-08-27", "2025-09-03"
PUBLICATIONS = 6
STARTS = 3
SEEN_SECONDS_WANTED = 5.0
START_SECONDS_WANTED = 10.0
PATIENCE_SECONDS = 180.0


class Site:
    """OFAC's service with one list: a history for a gate, and the document as ZIP."""

    def __init__(self) -> None:
        self.publications = 0
        self.asked_at = 0.0
        self._body = b""

    def publish(self, document: bytes) -> None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr("SDN_ADVANCED.XML", document)
        self._body = packed.getvalue()
        self.publications += 1

    @asynccontextmanager
    async def served(self) -> AsyncIterator[int]:
        """On a free port of loopback."""
        application = web.Application()
        application.router.add_get("/history", self._history)
        application.router.add_get("/list.zip", self._document)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield runner.addresses[0][1]
        await runner.cleanup()

    async def _history(self, _: web.Request) -> web.Response:
        self.asked_at = time.time()
        return web.json_response([{"publicationID": self.publications, "datePublished": "2025-09-03T10:00:00"}])

    async def _document(self, _: web.Request) -> web.Response:
        return web.Response(body=self._body)


class Consumer:
    """Reads what is committed of the list, from the end on."""

    def __init__(self, bootstrap: str, prefix: str) -> None:
        self._partition = TopicPartition(f"{prefix}changes.v1", partition_of(FEED))
        self._client = AIOKafkaConsumer(
            bootstrap_servers=bootstrap,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )

    async def __aenter__(self) -> "Consumer":
        await self._client.start()
        self._client.assign([self._partition])
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.stop()

    async def whole_commit(self) -> int:
        """Wait for the last change of a commit; gives how many it has."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                change = json.loads((await self._client.getone()).value)
                if change["index"] + 1 == change["count"]:
                    return int(change["count"])


def replica_settings(kafka: dict[str, Any], port: int, folder: Path) -> dict[str, Any]:
    home = f"http://127.0.0.1:{port}"
    source = {"url": f"{home}/list.zip", "gate_url": f"{home}/history"}
    return {
        "http": {"port": 0},
        "log": {"format": "json"},
        "archive": {"url": str(folder / "archive"), "shared": True},
        "kafka": kafka,
        "feeds": {"enable": [FEED], FEED: {"interval_seconds": 1, "sources": {"advanced_zip": source}}},
    }


def edited(document: bytes, number: int) -> bytes:
    """The document with another first name of its first party."""
    return re.sub(rb"(<NamePartValue[^>]*>)", rb"\g<1>EDITED " + str(number).encode() + b" ", document, count=1)


async def seen(site: Site, consumer: Consumer, before: bytes, after: bytes, publications: int) -> None:
    site.publish(before)
    count = await consumer.whole_commit()
    print(f"baseline: {count:,} records, {len(before) / 1e6:.0f} MB")
    took, plain = [], [await plainest(after)]
    for number in range(publications):
        document = edited(after, number) if number else after
        site.publish(document)
        started = time.perf_counter()
        count = await consumer.whole_commit()
        took.append(time.perf_counter() - started)
        plain.append(await plainest(after))
        print(f"publication with {count} changes: seen {took[-1]:.2f} s after the site had it")
    print(
        f"publication to consumer: median {statistics.median(took):.2f} s, longest {max(took):.2f} s of {publications} "
        f"(wanted <= {SEEN_SECONDS_WANTED:.0f} s); the plainest reading of the document alone: median "
        f"{statistics.median(plain):.2f} s, so {statistics.median(took) / statistics.median(plain):.1f} x"
    )


async def plainest(document: bytes) -> float:
    """Seconds that a process takes which only counts the parties."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(document)
        file.flush()
        started = time.perf_counter()
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", YARDSTICK, file.name)
        await process.wait()
        return time.perf_counter() - started


async def starts(site: Site, replica: Replica) -> None:
    took = []
    for _ in range(STARTS):
        await asyncio.to_thread(replica.terminate)
        since = time.time()
        replica.start()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while site.asked_at < since:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        took.append(site.asked_at - since)
    restored = [one.fields["seconds"] for one in replica.said() if one.event == "feed_started"][-STARTS:]
    print(
        f"start of a process to its first question: median {statistics.median(took):.2f} s, longest {max(took):.2f} s, "
        f"of which opening and restoring {statistics.median(restored):.2f} s (wanted <= {START_SECONDS_WANTED:.0f} s)"
    )


async def measure(cluster: Cluster, folder: Path, before: bytes, after: bytes, publications: int) -> None:
    chosen = settings(cluster)
    await Topics(prefix=chosen.prefix, replication=1).create(Connection(chosen))
    kafka = {"bootstrap_servers": list(chosen.bootstrap_servers), "prefix": chosen.prefix, "replication": 1}
    site = Site()
    async with site.served() as port, Consumer(cluster.bootstrap, chosen.prefix) as consumer:
        replica = Replica(1, folder / "replica", replica_settings(kafka, port, folder))
        replica.start()
        try:
            await seen(site, consumer, before, after, publications)
            await starts(site, replica)
        finally:
            replica.kill()


def main(documents: Path, publications: int = PUBLICATIONS) -> None:
    before, after = (bz2.decompress(next(documents.glob(f"{day}*")).read_bytes()) for day in (BEFORE, AFTER))
    with tempfile.TemporaryDirectory(prefix="syncd-bench-") as name, Cluster(Path(name) / "broker") as cluster:
        asyncio.run(measure(cluster, Path(name), before, after, publications))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:3]))

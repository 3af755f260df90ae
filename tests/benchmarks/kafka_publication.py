"""How soon a publication of a list reaches a consumer, and how soon a replica that starts asks the publisher.

    python -m tests.benchmarks.kafka_publication FEEDS [LIST [PUBLICATIONS]]

One real broker, real lists (`LISTS`), `syncd run` as a process that asks each second, and a consumer that reads
committed messages. The seconds of a publication run from the moment at which the site has it to the consumer's sight of
its last change; those of a start from the start of the process to its first question. The processor time is that of
`syncd run` with its parsers, from one publication to the next. After each publication the plainest reading of the same
document is timed, so that a busy machine shows.
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
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from aiohttp import web
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from syncd.feeds import one_feed, partition_of
from syncd.ledger.kafka.connection import Connection
from syncd.ledger.kafka.topics import Topics
from tests.benchmarks.intake_speed import Cost, plainest
from tests.benchmarks.processes import cpu_seconds
from tests.kafka.brokers import Cluster
from tests.kafka.store import settings
from tests.simulation.replica import Replica

PUBLICATIONS = 30
STARTS = 3
START_SECONDS_WANTED = 10.0
PATIENCE_SECONDS = 600.0
# After a publication was seen, what belongs to it goes on for a moment: the archive, the piece index.
PAUSE_SECONDS = 0.5


class Published(NamedTuple):
    """A list as it is published here: its feed and source, two documents that follow each other, the pattern of a
    start tag after which a text is put in to make a further one, and the seconds within which half of the publications
    and 99 of 100 are to be seen."""

    feed: str
    source: str
    before: str
    after: str
    edited: bytes
    wanted: tuple[float, float]
    zipped: bool = False


LISTS: Mapping[str, Published] = {
    "sdn": Published(
        "us_ofac_sdn",
        "advanced_zip",
        "us_ofac_sdn_advanced/2025-08-27__sdn_advanced.xml.bz2",
        "us_ofac_sdn_advanced/2025-09-03__sdn_advanced.xml.bz2",
        rb"(<NamePartValue[^>]*>)",
        (1.5, 2.5),
        zipped=True,
    ),
    "un": Published(
        "un_sc",
        "consolidated_xml",
        "un_sc/2025-03-13__consolidated.xml.bz2",
        "un_sc/2025-03-20__consolidated.xml.bz2",
        rb"(<FIRST_NAME>)",
        (1.0, 1.0),
    ),
}


class Site:
    """A publisher with one list: the document, as ZIP where it is `zipped`, and then a history for a gate."""

    def __init__(self, zipped: bool) -> None:
        self.publications = 0
        self.asked_at = 0.0
        self._zipped = zipped
        self._body = b""

    def publish(self, document: bytes) -> None:
        self._body = self._packed(document) if self._zipped else document
        self.publications += 1

    def _packed(self, document: bytes) -> bytes:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr("SDN_ADVANCED.XML", document)
        return packed.getvalue()

    @asynccontextmanager
    async def served(self) -> AsyncIterator[int]:
        """On a free port of loopback."""
        application = web.Application()
        application.router.add_get("/history", self._history)
        application.router.add_get("/list", self._document)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield runner.addresses[0][1]
        await runner.cleanup()

    async def _history(self, _: web.Request) -> web.Response:
        self.asked_at = time.time()
        return web.json_response([{"publicationID": self.publications, "datePublished": "2025-09-03T10:00:00"}])

    async def _document(self, request: web.Request) -> web.Response:
        self.asked_at = time.time()
        tag = f'"{self.publications}"'
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers={"ETag": tag})
        return web.Response(body=self._body, headers={"ETag": tag}, content_type=self._content_type)

    @property
    def _content_type(self) -> str:
        return "application/zip" if self._zipped else "text/xml"


class Consumer:
    """Reads what is committed of the list, from the end on."""

    def __init__(self, bootstrap: str, prefix: str, feed: str) -> None:
        self._partition = TopicPartition(f"{prefix}changes.v1", partition_of(feed))
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


def replica_settings(kafka: dict[str, Any], port: int, folder: Path, of: Published) -> dict[str, Any]:
    home = f"http://127.0.0.1:{port}"
    # Who asks each second has all sources on this machine, also those that are not asked.
    sources = {one.name: {"url": f"{home}/{one.name}"} for one in one_feed(of.feed).sources}
    sources[of.source] = {"url": f"{home}/list"} | ({"gate_url": f"{home}/history"} if of.zipped else {})
    return {
        "http": {"port": 0},
        "log": {"format": "json"},
        "archive": {"url": str(folder / "archive"), "shared": True},
        "kafka": kafka,
        "feeds": {"enable": [of.feed], of.feed: {"interval_seconds": 1, "sources": sources}},
    }


def edited(document: bytes, number: int, of: Published) -> bytes:
    """The document with another name of its first party."""
    return re.sub(of.edited, rb"\g<1>EDITED " + str(number).encode() + b" ", document, count=1)


async def seen(site: Site, consumer: Consumer, replica: Replica, of: Published, documents: Iterator[bytes]) -> None:
    """Publish the documents one after the other, and print how long they took to be seen."""
    print(f"{of.feed}: baseline of {await consumer.whole_commit():,} records", flush=True)
    took, plain, spent = [], [], []
    for number, document in enumerate(documents):
        # Not at the same time after each question.
        await asyncio.sleep(number % 10 / 10)
        before = cpu_seconds(replica.pid)
        site.publish(document)
        started = time.perf_counter()
        await consumer.whole_commit()
        took.append(time.perf_counter() - started)
        await asyncio.sleep(PAUSE_SECONDS)
        spent.append(cpu_seconds(replica.pid) - before)
        plain.append(await _plainest(document))
    half, most = of.wanted
    p50, cpu = statistics.median(took), statistics.median(spent)
    yardstick = statistics.median(one.seconds for one in plain)
    print(
        f"{of.feed}: {len(took)} publications to the consumer: p50 {p50:.2f} s "
        f"(wanted <= {half} s), p99 {_slowest(took):.2f} s (wanted <= {most} s), longest {max(took):.2f} s; the "
        f"plainest reading of the document alone {yardstick:.2f} s, so p50 is {p50 / yardstick:.1f} of it; "
        f"{cpu:.2f} s of CPU each, {cpu / _cpu_of(plain):.1f} of its"
    )


def _slowest(took: Sequence[float]) -> float:
    """The seconds within which 99 of 100 are: of fewer than 100 the longest."""
    return sorted(took)[min(len(took) - 1, len(took) * 99 // 100)]


def _cpu_of(costs: Sequence[Cost]) -> float:
    return statistics.median(cost.cpu for cost in costs)


async def _plainest(document: bytes) -> Cost:
    with tempfile.NamedTemporaryFile() as file:
        file.write(document)
        file.flush()
        return await asyncio.to_thread(plainest, Path(file.name))


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


async def measure(cluster: Cluster, folder: Path, of: Published, documents: Iterator[bytes]) -> None:
    chosen = settings(cluster)
    await Topics(prefix=chosen.prefix, replication=1).create(Connection(chosen))
    kafka = {"bootstrap_servers": list(chosen.bootstrap_servers), "prefix": chosen.prefix, "replication": 1}
    site = Site(of.zipped)
    async with site.served() as port, Consumer(cluster.bootstrap, chosen.prefix, of.feed) as consumer:
        replica = Replica(1, folder / "replica", replica_settings(kafka, port, folder, of))
        site.publish(next(documents))
        replica.start()
        try:
            await seen(site, consumer, replica, of, documents)
            await starts(site, replica)
        finally:
            replica.kill()


def main(feeds: Path, chosen: str = "", publications: int = PUBLICATIONS) -> None:
    """Measure the list `chosen`, or each of them, with so many publications."""
    for name in [chosen] if chosen else LISTS:
        of = LISTS[name]
        with tempfile.TemporaryDirectory(prefix="syncd-bench-") as folder, Cluster(Path(folder) / "broker") as cluster:
            asyncio.run(measure(cluster, Path(folder), of, _documents(feeds, of, publications)))


def _documents(feeds: Path, of: Published, publications: int) -> Iterator[bytes]:
    """The first of them is the baseline. All at once they would take 4 GB."""
    yield bz2.decompress((feeds / of.before).read_bytes())
    after = bz2.decompress((feeds / of.after).read_bytes())
    yield after
    for number in range(1, publications):
        yield edited(after, number, of)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:3], *map(int, sys.argv[3:4]))

"""The disk of a broker is full: a commit waits, and is whole once there is room."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from syncd.feeds import partition_of
from tests.kafka.brokers import Cluster
from tests.kafka.plugin import needs_brokers
from tests.kafka.store import KafkaStore
from tests.ledger.acts import commit
from tests.simulation.audit import audited

FEED = "un_sc"
SMALL_MB, LARGE_MB = 32, 400
# Random bodies, of which half is left when they are packed: more than the small disk takes.
RECORDS, BODY_BYTES = 5000, 8000
ENDS_SECONDS_MAX = 60.0


class Disk:
    """A file system of its own size at `folder`, seen only by whoever is run `within` it. Raises OSError where this
    user may make none."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
        mount = f"mount -t tmpfs -o size={SMALL_MB}m tmpfs '{folder}' && echo ready && exec cat"
        self._holder = subprocess.Popen(
            ["unshare", *self._as_root, "--mount", "sh", "-c", mount],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._holder.stdout
        if self._holder.stdout.readline() != b"ready\n":
            raise PermissionError("this user may not mount a file system")

    @property
    def within(self) -> list[str]:
        user = ["--user", "--preserve-credentials"] if self._as_root else []
        return ["nsenter", "--target", str(self._holder.pid), *user, "--mount"]

    def enlarge(self) -> None:
        subprocess.run([*self.within, "mount", "-o", f"remount,size={LARGE_MB}m", str(self._folder)], check=True)

    def end(self) -> None:
        self._holder.communicate()


@pytest.fixture
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    needs_brokers(request)
    try:
        disk = Disk(tmp_path / "disk")
    except OSError as error:
        pytest.skip(f"a full disk needs one of its own: {error}")
    yield disk
    disk.end()


@pytest.fixture
def cluster(disk: Disk, tmp_path: Path) -> Iterator[Cluster]:
    settings = {"log.dirs": tmp_path / "disk"}
    with Cluster(tmp_path / "broker", settings=settings, within=disk.within) as cluster:
        yield cluster


@pytest.fixture
async def store(cluster: Cluster) -> AsyncIterator[KafkaStore]:
    made = KafkaStore(cluster)
    yield made
    await made.close()


async def test_a_commit_that_meets_a_full_disk_stands_whole_once_there_is_room(
    store: KafkaStore, cluster: Cluster, disk: Disk
) -> None:
    log = await (await store.open()).open(FEED)
    await log.commit(commit(log, 1, 10))
    before, (node,) = log.state, cluster.nodes
    large = asyncio.ensure_future(log.commit(commit(log, 2, RECORDS, keys=RECORDS, body_bytes=BODY_BYTES)))
    # A broker ends itself when it cannot write.
    async with asyncio.timeout(ENDS_SECONDS_MAX):
        while node.is_running:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    assert "No space left on device" in node.log.read_text()
    assert (large.done(), log.state) == (False, before)
    disk.enlarge()
    node.start()
    await large
    await log.commit(commit(log, 3, 10))
    found = await audited(store.settings.bootstrap_servers[0], store.settings.prefix, FEED, partition_of(FEED))
    assert (found.problems, found.commits, found.digest) == ([], 3, log.state.ledger_digest)

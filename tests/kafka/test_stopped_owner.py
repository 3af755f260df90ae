"""A process that owns a feed is stopped in the midst of a commit, and wakes when another has the feed."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from syncd.feeds import partition_of
from tests.kafka.brokers import Cluster
from tests.kafka.store import KafkaStore
from tests.ledger.acts import commit
from tests.simulation.audit import audited, read

FEED = "us_ofac_sdn"
ROOT = Path(__file__).parents[2]
LINE_SECONDS_MAX = 60.0


class Owner:
    """The process of `tests.kafka.owner`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def said(self, wanted: str) -> str:
        """The next line that begins so."""
        assert self.process.stdout
        async with asyncio.timeout(LINE_SECONDS_MAX):
            while line := (await self.process.stdout.readline()).decode():
                if line.startswith(wanted):
                    return line.strip()
        raise AssertionError(f"the owner ended without {wanted}")


@pytest.fixture
async def store(broker: Cluster) -> AsyncIterator[KafkaStore]:
    made = KafkaStore(broker)
    yield made
    await made.close()


@pytest.fixture
async def owner(store: KafkaStore) -> AsyncIterator[Owner]:
    await store.open()
    where = (store.settings.bootstrap_servers[0], store.settings.prefix, FEED)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.kafka.owner", *where), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    yield Owner(process)
    if process.returncode is None:
        process.kill()
    await process.communicate()


async def test_a_late_owner_is_fenced_and_its_commit_is_not_seen(store: KafkaStore, owner: Owner) -> None:
    """An owner that wakes too late is fenced and nothing of its commit is seen."""
    await owner.said("end 2")
    begun = int((await owner.said("begin")).split()[1])
    owner.process.send_signal(signal.SIGSTOP)
    other = await (await store.open()).open(FEED)
    assert other.state.commit in (begun - 1, begun)
    for number in range(3):
        await other.commit(commit(other, number, 20, keys=800))
    # Readers go on past what the stopped one has left open.
    seen = await read(store.settings.bootstrap_servers[0], store.topics.name("changes"), partition_of(FEED))
    assert int(dict(seen[-1].headers)["ce_sequence"]) == other.state.sequence
    owner.process.send_signal(signal.SIGCONT)
    await owner.said("fenced")
    assert await owner.process.wait() == 0
    await other.commit(commit(other, 9, 20, keys=800))
    found = await audited(store.settings.bootstrap_servers[0], store.settings.prefix, FEED, partition_of(FEED))
    assert (found.problems, found.commits, found.digest) == ([], other.state.commit, other.state.ledger_digest)

"""Every ledger that an earlier version left is read, proven whole and continued by this one."""

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from syncd.commands.verify import verified, verified_coordination
from syncd.ledger.contract import Ledger
from syncd.ledger.kafka import KafkaLedger
from syncd.ledger.kafka.connection import Connection
from syncd.ledger.kafka.topics import Topics, delete
from syncd.ledger.sqlite import SqliteLedger
from syncd.ledger.sqlite.schema import SCHEMA_VERSION
from tests.kafka.brokers import Cluster
from tests.kafka.store import PARTITIONS
from tests.ledger import stored
from tests.ledger.acts import commit
from tests.ledger.coordination import coordinated

VERSIONS = sorted(path.name for path in stored.FOLDER.iterdir())
INSTALLATION = "local"


def expected(version: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((stored.FOLDER / version / "expected.json").read_text())
    return found


async def problems(ledger: Ledger) -> list[str]:
    findings = [await verified(ledger, feed) for feed in stored.FEEDS]
    return [problem for finding in (*findings, await verified_coordination(ledger)) for problem in finding.problems]


async def goes_on(ledger: Ledger) -> None:
    """One more commit of each list and of the coordination, and all of it still hangs together."""
    for feed in stored.FEEDS:
        log = await ledger.open(feed)
        await log.commit(commit(log, 3, 5))
    coordinator = await ledger.open_coordinator()
    await coordinator.commit(coordinated(coordinator, 1, 2))


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def file(version: str, tmp_path: Path) -> Path:
    path = tmp_path / "syncd.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(stored.unpacked(stored.FOLDER / version / "ledger.sql.zst").decode())
        connection.execute("PRAGMA journal_mode = WAL")
    return path


@pytest.fixture
async def in_kafka(version: str, broker: Cluster) -> AsyncIterator[KafkaLedger]:
    settings = stored.settings_of(broker.bootstrap)
    topics = Topics(prefix=stored.PREFIX, replication=1, partitions=PARTITIONS)
    await topics.create(Connection(settings))
    await stored.written(broker.bootstrap, stored.messages_of(stored.FOLDER / version / "topics.jsonl.zst"), PARTITIONS)
    ledger = await KafkaLedger.connect(settings, writing=True, installation=INSTALLATION, partitions=PARTITIONS)
    yield ledger
    await ledger.close()
    await delete(Connection(settings), topics.wanted())


async def test_a_file_of_an_earlier_version_is_read_and_continued(version: str, file: Path) -> None:
    reader = await SqliteLedger.open_file(file, writing=False)
    assert await stored.described(reader) == expected(version)
    assert await problems(reader) == []
    await reader.close()
    ledger = await SqliteLedger.open_file(file, writing=True)
    assert await stored.described(ledger) == expected(version)
    await goes_on(ledger)
    await ledger.close()


async def test_topics_of_an_earlier_version_are_read_and_continued(version: str, in_kafka: KafkaLedger) -> None:
    assert await stored.described(in_kafka) == expected(version)
    assert await problems(in_kafka) == []
    await goes_on(in_kafka)


def test_the_present_schema_has_a_stored_ledger() -> None:
    """A version that changes the file stores one: `python -m tests.ledger.stored NAME`."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(stored.unpacked(stored.FOLDER / VERSIONS[-1] / "ledger.sql.zst").decode())
        assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)

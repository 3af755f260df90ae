"""A ledger file of an older syncd is brought up to date in place, and loses nothing."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from syncd.core.coordination.target import CoordinatorState
from syncd.errors import LedgerError
from syncd.ledger.sqlite import SqliteLedger
from syncd.ledger.sqlite.schema import SCHEMA_VERSION
from tests.ledger.acts import Mirror, commit
from tests.ledger.coordination import coordinated

# What `sqlite3 .dump` wrote of a file that syncd made while its schema was the first.
FIRST = Path(__file__).with_name("schema_1.sql")
FEEDS = ("eu_fsf", "us_ofac_sdn")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "syncd.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(FIRST.read_text())
        connection.execute("PRAGMA journal_mode = WAL")
    return path


def version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def content(path: Path) -> bytes:
    return path.read_bytes()


async def whole(ledger: SqliteLedger) -> Mirror:
    """All that the file says of its feeds, proven to hang together."""
    mirror = Mirror()
    async for change in ledger.tail({}):
        mirror.apply(change)
    for feed in FEEDS:
        mirror.compare(*await ledger.snapshot(feed))
    return mirror


async def test_a_file_of_the_first_schema_is_upgraded_and_goes_on(path: Path) -> None:
    assert version(path) == 1
    ledger = await SqliteLedger.open_file(path, writing=True, installation="bank-a")
    assert version(path) == SCHEMA_VERSION
    assert (await whole(ledger)).position == dict.fromkeys(FEEDS, 5)
    assert [signal.id for signal in await ledger.signals("eu_fsf", 0)] == ["s1"]
    log, coordinator = await ledger.open("eu_fsf"), await ledger.open_coordinator()
    await log.commit(commit(log, 9, 3))
    await coordinator.commit(coordinated(coordinator, 1, 2))
    await ledger.close()
    reopened = await SqliteLedger.open_file(path, writing=True)
    assert (await whole(reopened)).position == {"eu_fsf": 8, "us_ofac_sdn": 5}
    assert (await reopened.targets())[0] == coordinator.state
    await reopened.close()


async def test_who_only_reads_upgrades_nothing_and_finds_no_coordination_yet(path: Path) -> None:
    """Beside a daemon that is still the older one."""
    reader = await SqliteLedger.open_file(path, writing=False)
    await whole(reader)
    assert await reader.targets() == (CoordinatorState(), {})
    assert [event async for event in reader.coordination()] == []
    await reader.close()
    assert version(path) == 1


async def test_an_upgrade_that_is_broken_off_leaves_the_file_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = {2: "CREATE TABLE half (id TEXT); CREATE TABLE feeds (id TEXT)"}
    monkeypatch.setattr("syncd.ledger.sqlite.schema.STEPS", steps)
    with pytest.raises(Exception, match="already exists"):
        await SqliteLedger.open_file(path, writing=True)
    monkeypatch.undo()
    assert version(path) == 1
    ledger = await SqliteLedger.open_file(path, writing=True)
    await whole(ledger)
    await ledger.close()


@pytest.mark.parametrize("known", range(1, SCHEMA_VERSION))
async def test_who_goes_back_to_an_older_schema_is_refused_and_changes_no_byte(
    path: Path, known: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    await (await SqliteLedger.open_file(path, writing=True)).close()
    before = content(path)
    monkeypatch.setattr("syncd.ledger.sqlite.schema.SCHEMA_VERSION", known)
    for writing in (True, False):
        with pytest.raises(LedgerError, match=rf"schema {SCHEMA_VERSION}, this one knows {known}\): upgrade syncd"):
            await SqliteLedger.open_file(path, writing=writing)
    assert content(path) == before
    assert version(path) == SCHEMA_VERSION

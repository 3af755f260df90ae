"""Which ledger a position is of: identities of both ledgers, generations of a file that comes from a backup."""

import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from syncd.core.coordination.target import COORDINATOR
from syncd.errors import LedgerError, StateMismatch
from syncd.ledger.contract import Ledger
from syncd.ledger.sqlite import SqliteLedger
from tests.ledger.acts import commit
from tests.ledger.conftest import Store
from tests.ledger.coordination import coordinated

FEED = "us_ofac_sdn"
ROOT = Path(__file__).parents[2]


async def committed(ledger: Ledger, *sizes: int, seed: int = 0) -> None:
    log = await ledger.open(FEED)
    for size in sizes:
        await log.commit(commit(log, seed + size, size))


async def read(ledger: Ledger, sequence: int, of: str) -> list[int]:
    return [change.sequence async for change in ledger.tail({FEED: sequence}, of=of)]


async def test_every_opening_of_a_ledger_has_the_same_identity(store: Store, ledger: Ledger) -> None:
    await committed(ledger, 3)
    again = await store.open()
    assert again.identity == ledger.identity != ""
    assert await read(again, 1, ledger.identity) == [2, 3]


async def test_two_ledgers_have_two_identities(new_store: Callable[[], Store], ledger: Ledger) -> None:
    another = new_store()
    try:
        assert (await another.open()).identity != ledger.identity
    finally:
        await another.close()


async def test_a_position_of_another_ledger_is_refused(ledger: Ledger) -> None:
    await committed(ledger, 3)
    with pytest.raises(LedgerError, match=r"the position is of ledger .* Begin anew|begin anew"):
        await read(ledger, 1, "another.one")
    with pytest.raises(LedgerError, match=r"the position is of ledger"):
        [event async for event in ledger.coordination(0, of="another.one")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "syncd.db"


async def opened(path: Path) -> SqliteLedger:
    return await SqliteLedger.open_file(path, writing=True)


def copied(path: Path) -> Path:
    copy = path.with_name("copy.db")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


def put_in_place(copy: Path, path: Path) -> None:
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    shutil.copy(copy, path)


async def restored(path: Path) -> tuple[str, SqliteLedger]:
    """A ledger that went on to sequence 9 after the backup at 5 that it was restored from; the identity before."""
    first = await opened(path)
    await committed(first, 5)
    coordinator = await first.open_coordinator()
    await coordinator.commit(coordinated(coordinator, 1, 2))
    copy = copied(path)
    await committed(first, 4)
    identity = first.identity
    await first.close()
    put_in_place(copy, path)
    return identity, await opened(path)


async def test_a_restored_file_begins_a_new_generation(path: Path) -> None:
    before, ledger = await restored(path)
    assert ledger.restored == "it is behind its mark"
    assert ledger.identity != before
    assert ledger.identity.split(".")[0] == before.split(".")[0]
    after = ledger.identity
    await ledger.close()
    again = await opened(path)
    assert (again.identity, again.restored) == (after, "")
    await again.close()


async def test_what_is_given_again_is_refused_and_what_stayed_is_read(path: Path) -> None:
    before, ledger = await restored(path)
    await committed(ledger, 4, seed=90)
    assert await read(ledger, 5, before) == [6, 7, 8, 9]
    for sequence in (6, 9):
        with pytest.raises(LedgerError, match=r"only the first 5: it was restored .* Undo what you took after 5"):
            await read(ledger, sequence, before)
    assert await read(ledger, 9, ledger.identity) == []
    ends = [event.sequence async for event in ledger.coordination(1, of=before)]
    assert ends == [2]
    await ledger.close()


async def test_a_generation_that_an_older_backup_does_not_know_is_refused(path: Path) -> None:
    _, ledger = await restored(path)
    await committed(ledger, 2)
    unknown = ledger.identity
    await ledger.close()
    put_in_place(path.with_name("copy.db"), path)
    third = await opened(path)
    assert third.identity != unknown
    with pytest.raises(LedgerError, match="which this ledger does not know"):
        await read(third, 3, unknown)
    await third.close()


async def test_a_copy_without_its_mark_begins_a_new_generation(path: Path) -> None:
    first = await opened(path)
    await committed(first, 5)
    await first.close()
    moved = path.with_name("moved.db")
    copied(path).rename(moved)
    ledger = await opened(moved)
    assert ledger.restored == "there is no mark beside it"
    assert ledger.identity != first.identity
    await ledger.close()


@pytest.mark.parametrize("left", [b"", b"{", b"null"])
async def test_a_mark_that_cannot_be_read_counts_as_none(left: bytes, path: Path) -> None:
    first = await opened(path)
    await first.close()
    path.with_name("syncd.db.mark").write_bytes(left)
    ledger = await opened(path)
    assert ledger.restored
    await ledger.close()


async def test_a_mark_that_stayed_behind_says_nothing(path: Path) -> None:
    """As after a power cut, or a commit whose process was killed before the mark."""
    first = await opened(path)
    mark = path.with_name("syncd.db.mark").read_bytes()
    await committed(first, 5)
    await first.close()
    path.with_name("syncd.db.mark").write_bytes(mark)
    again = await opened(path)
    assert (again.restored, again.identity) == ("", first.identity)
    await again.close()


async def test_an_operator_says_that_a_file_was_restored(path: Path) -> None:
    first = await opened(path)
    await committed(first, 5)
    before = first.identity
    assert await first.begin_generation("snapshot") == first.identity != before
    assert await read(first, 5, before) == []
    await first.close()


async def test_a_file_that_is_replaced_under_its_writer_is_noticed(path: Path) -> None:
    ledger = await opened(path)
    log = await ledger.open(FEED)
    await log.commit(commit(log, 1, 5))
    copy = copied(path)
    await log.commit(commit(log, 2, 5))
    state = log.state
    copy.replace(path)
    with pytest.raises(LedgerError, match=r"was replaced or removed .* start it again"):
        await log.commit(commit(log, 3, 5))
    with pytest.raises(LedgerError, match="was replaced or removed"):
        await ledger.state(FEED)
    assert log.state == state
    await ledger.close()


async def test_content_that_is_copied_over_is_noticed(path: Path) -> None:
    ledger = await opened(path)
    log = await ledger.open(FEED)
    await log.commit(commit(log, 1, 5))
    copy = copied(path)
    await log.commit(commit(log, 2, 5))
    with closing(sqlite3.connect(copy)) as source, closing(sqlite3.connect(path)) as target:
        source.backup(target)
    with pytest.raises(StateMismatch, match="its content was replaced"):
        await log.commit(commit(log, 3, 5))
    await ledger.close()


async def test_the_coordinator_has_its_end_in_a_generation(path: Path) -> None:
    _, ledger = await restored(path)
    with closing(sqlite3.connect(path)) as connection:
        (ends,) = connection.execute("SELECT ends FROM generations ORDER BY number DESC LIMIT 1").fetchone()
    assert ends == b'{"us_ofac_sdn":5,"%s":2}' % COORDINATOR.encode()
    await ledger.close()


# Whoever may read and not write, run as nobody where the tests run as root.
READER = """
import asyncio, os, sys
from pathlib import Path
from syncd.ledger.sqlite import SqliteLedger

if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)

async def read():
    ledger = await SqliteLedger.open_file(Path(sys.argv[1]), writing=False)
    found = [change.sequence async for change in ledger.tail({})]
    state, records = await ledger.snapshot("us_ofac_sdn")
    print(len(found), state.sequence, len(records), len(await ledger.heartbeats()))
    await ledger.close()

asyncio.run(read())
"""


@pytest.fixture
def readable() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "syncd.db"
        Path(folder).chmod(0o755)


def read_without_rights(path: Path) -> str:
    path.parent.chmod(0o555)
    for file in path.parent.iterdir():
        file.chmod(0o444)
    ran = subprocess.run(
        [sys.executable, "-c", READER, str(path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


async def test_a_reader_needs_no_right_to_write(readable: Path) -> None:
    ledger = await opened(readable)
    await committed(ledger, 5)
    await ledger.close()
    assert read_without_rights(readable) == "5 5 5 0"


async def test_a_reader_beside_a_writer_needs_none_either(readable: Path) -> None:
    ledger = await opened(readable)
    await committed(ledger, 5)
    assert read_without_rights(readable) == "5 5 5 0"
    readable.parent.chmod(0o755)
    for file in readable.parent.iterdir():
        file.chmod(0o644)
    await ledger.close()

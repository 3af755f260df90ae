"""What the SQLite ledger promises beyond the contract: who writes, where the file may lie, what its errors say."""

import asyncio
import json
import os
import signal as signals
import sqlite3
import subprocess
import sys
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import aclosing, closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from syncd.core.events import Signal
from syncd.errors import LedgerBusy, LedgerError
from syncd.ledger.sqlite import SqliteLedger, rows, written
from syncd.ledger.sqlite.lock import WriterLock
from tests.ledger.acts import commit, with_changes

FEED = "us_ofac_sdn"
EXPIRES = "2025-03-01T00:00:00Z"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "syncd.db"


@pytest.fixture
async def ledger(path: Path) -> AsyncIterator[SqliteLedger]:
    opened = await SqliteLedger.open_file(path, writing=True)
    yield opened
    await opened.close()


def outside(path: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement).fetchall()


def content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def damage(path: Path, start: int) -> None:
    whole = content(path) or b"?" * 1000
    path.write_bytes(whole[:start].ljust(len(whole), b"\xff"))


async def test_a_second_writer_is_refused_and_told_who_writes(path: Path, ledger: SqliteLedger) -> None:
    with pytest.raises(LedgerBusy, match=rf"process {os.getpid()} on \S+ since \d{{4}}-\d\d-\d\dT"):
        await SqliteLedger.open_file(path, writing=True)
    log = await ledger.open(FEED)
    await log.commit(commit(log, 1, 5))


async def test_the_lock_names_the_command_without_its_arguments(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/bin/syncd", "run", "--token", "hush"])
    lock = WriterLock(path)
    monkeypatch.setattr(sys, "argv", ["/usr/bin/syncd", "--token=hush"])
    with pytest.raises(LedgerBusy, match=r"'syncd run'") as refused:
        WriterLock(path)
    assert "hush" not in str(refused.value)
    assert json.loads(path.with_name("syncd.db.lock").read_text())["pid"] == os.getpid()
    lock.release()


async def test_the_writer_leaves_the_lock_when_it_closes(path: Path) -> None:
    for _ in range(3):
        await (await SqliteLedger.open_file(path, writing=True)).close()


HOLDS_THE_LOCK = """
import os, sys, time
from pathlib import Path
from syncd.ledger.sqlite.lock import WriterLock
lock = WriterLock(Path(sys.argv[1]))
if os.fork() == 0:
    print(os.getpid(), flush=True)
time.sleep(60)
"""


def test_the_lock_dies_with_its_process_even_when_a_child_lives_on(path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS_THE_LOCK, str(path)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    ) as holder:
        assert holder.stdout is not None
        child = int(holder.stdout.readline())
        try:
            with pytest.raises(LedgerBusy, match=str(holder.pid)):
                WriterLock(path)
            holder.kill()
            holder.wait()
            WriterLock(path).release()
        finally:
            os.kill(child, signals.SIGKILL)


async def test_readers_and_signals_work_beside_a_writer_and_do_not_fence_it(path: Path, ledger: SqliteLedger) -> None:
    log = await ledger.open(FEED)
    await log.commit(commit(log, 1, 5))
    beside = await SqliteLedger.open_file(path, writing=False)
    sent = await beside.send(Signal(id="s1", feed=FEED, kind="release", asserted_by="an operator", expires=EXPIRES))
    await log.commit(commit(log, 2, 5))
    assert await ledger.signals(FEED, log.state.last_signal) == [sent]
    assert (await beside.snapshot(FEED))[0] == log.state
    assert len([change async for change in beside.tail({})]) == 10
    with pytest.raises(LedgerError, match="reading and signals only"):
        await beside.open(FEED)
    await beside.close()


async def test_signals_are_not_asked_for_while_nobody_has_written(
    path: Path, ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thirty workers look each second. A signal from another process is seen at the next look."""
    asked: list[sqlite3.Connection] = []
    read = rows.last_signals
    monkeypatch.setattr(ledger._last_signals, "_read", lambda connection: asked.append(connection) or read(connection))
    beside = await SqliteLedger.open_file(path, writing=False)
    await beside.send(Signal(id="s1", feed="un_sc", kind="resync", asserted_by="an operator", expires=EXPIRES))
    os.utime(path.with_name(f"{path.name}-wal"), (1, 1))
    assert [await ledger.signals(feed, 0) for feed in 15 * (FEED, "eu_fsf")] == [[]] * 30
    assert len(asked) == 1
    sent = await beside.send(Signal(id="s2", feed=FEED, kind="resync", asserted_by="an operator", expires=EXPIRES))
    assert await ledger.signals(FEED, 0) == [sent]
    assert await ledger.signals(FEED, sent.position) == []
    await beside.close()


async def test_a_signal_within_one_tick_of_the_file_clock_is_seen(
    path: Path, ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The WAL is as it was by size and time, because it was written twice within the resolution of its time."""
    wal = path.with_name(f"{path.name}-wal")
    at = wal.stat().st_mtime_ns
    monkeypatch.setattr(written.time, "time_ns", lambda: at)
    assert await ledger.signals(FEED, 0) == []
    sent = await ledger.send(Signal(id="s1", feed=FEED, kind="resync", asserted_by="an operator", expires=EXPIRES))
    os.utime(wal, ns=(at, at))
    assert await ledger.signals(FEED, 0) == [sent]


async def test_who_follows_asks_nothing_while_nobody_writes(
    path: Path, ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(written, "FOLLOW_SECONDS", 0.001)
    log = await ledger.open(FEED)
    await log.commit(commit(log, 1, 5))
    asked, read = [0], rows.page

    def counted(*arguments: Any) -> rows.ChangesPage:
        asked[0] += 1
        return read(*arguments)

    monkeypatch.setattr(rows, "page", counted)
    looked, often, stamp = [0], asyncio.Event(), written.WrittenFile.stamp

    def looks(file: written.WrittenFile) -> written.Stamp | None:
        looked[0] += 1
        if looked[0] == 100:
            often.set()
        return stamp(file)

    monkeypatch.setattr(written.WrittenFile, "stamp", looks)
    async with aclosing(ledger.tail({}, follow=True)) as changes:
        for _ in range(5):
            await anext(changes)
        os.utime(path.with_name(f"{path.name}-wal"), (1, 1))
        waiting = asyncio.ensure_future(anext(changes))
        await often.wait()
        assert asked[0] <= 2
        await log.commit(commit(log, 2, 1))
        assert (await waiting).sequence == 6


async def test_a_write_that_the_file_does_not_show_is_seen_all_the_same(
    ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a disk whose times move in steps of seconds."""
    monkeypatch.setattr(written, "FOLLOW_SECONDS", 0.001)
    monkeypatch.setattr(written, "ASKED_EVERY_SECONDS", 0.01)
    monkeypatch.setattr(written.WrittenFile, "stamp", lambda _: (1, 1, 4096, 1, 1, 1))
    log = await ledger.open(FEED)
    async with aclosing(ledger.tail({}, follow=True)) as changes:
        waiting = asyncio.ensure_future(anext(changes))
        assert await ledger.signals(FEED, 0) == []
        await log.commit(commit(log, 1, 1))
        assert (await waiting).sequence == 1
    sent = await ledger.send(Signal(id="s1", feed=FEED, kind="resync", asserted_by="an operator", expires=EXPIRES))
    monkeypatch.setattr(written, "ASKED_EVERY_SECONDS", -1.0)
    assert await ledger.signals(FEED, 0) == [sent]


@pytest.mark.parametrize("feeds", [(), (FEED, "eu_fsf")], ids=["all", "some"])
async def test_the_end_of_the_changes_is_found_without_going_over_them(
    path: Path, ledger: SqliteLedger, feeds: tuple[str, ...]
) -> None:
    """Each follower asks for what comes after the last change: it costs the same however many there are."""
    log = await ledger.open(FEED)
    await log.commit(commit(log, 1, 400, keys=400))
    other = await ledger.open("un_sc")
    await other.commit(commit(other, 1, 300))
    with closing(sqlite3.connect(path)) as connection:
        steps = [0]
        found = rows.page(connection, 0, {FEED: 400}, frozenset(feeds))
        while not found.last:
            found = rows.page(connection, found.place, {FEED: 400}, frozenset(feeds))
        connection.set_progress_handler(lambda: steps.__setitem__(0, steps[0] + 1), 1)
        assert rows.page(connection, found.place, {FEED: 400}, frozenset(feeds)).changes == []
        assert steps[0] < 200


@pytest.mark.parametrize("own", [True, False], ids=["in the writer's process", "in another"])
async def test_a_reader_does_not_wait_for_a_commit_that_is_being_written(
    path: Path, ledger: SqliteLedger, own: bool
) -> None:
    log = await ledger.open(FEED)
    await log.commit(commit(log, 1, 5))
    reader = ledger if own else await SqliteLedger.open_file(path, writing=False)
    committing = asyncio.create_task(log.commit(commit(log, 2, 3000, keys=3000)))
    await asyncio.sleep(0)
    assert len([change async for change in reader.tail({})]) == 5
    assert not committing.done()
    await committing
    assert len([change async for change in reader.tail({})]) == 3005
    await reader.close()


async def test_a_long_commit_is_never_in_memory_as_a_whole(ledger: SqliteLedger) -> None:
    log = await ledger.open(FEED)
    whole = commit(log, 1, 2000, keys=2000, body_bytes=20)
    large = (msgspec.structs.replace(one, after=msgspec.Raw(b'"%s"' % (b"x" * 20_000))) for one in whole.changes)
    tracemalloc.start()
    try:
        await log.commit(with_changes(whole, large))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2000 * 20_000 / 10


MOUNTS = """\
22 1 0:20 / / rw,relatime - ext4 /dev/vda rw
23 22 0:21 / /mnt/share rw,relatime shared:1 - {kind} server:/export {options}
24 23 0:22 / /mnt/share/local\\040disk rw,relatime - xfs /dev/vdb rw
25 22 0:23 / /mnt/sharedlocally rw,relatime - ext4 /dev/vdc rw
"""


@pytest.mark.parametrize(
    ("kind", "options"),
    [("nfs4", "rw,vers=4.2"), ("cifs", "rw"), ("fuse.sshfs", "rw"), ("lustre", "rw"), ("9p", "rw,trans=virtio")],
)
@pytest.mark.parametrize("writing", [True, False])
async def test_a_network_file_system_is_refused_with_what_to_do_instead(
    tmp_path: Path, kind: str, options: str, writing: bool
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS.format(kind=kind, options=options))
    with pytest.raises(LedgerError, match=rf"{kind} at /mnt/share.*local disk.*Kafka"):
        await SqliteLedger.open_file(Path("/mnt/share/deep/syncd.db"), writing=writing, mounts=mounts)


@pytest.mark.parametrize("folder", ["/mnt/share/local disk", "/mnt/sharedlocally", "/var/lib"])
async def test_a_local_disk_beside_or_below_a_network_file_system_is_not_refused(tmp_path: Path, folder: str) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS.format(kind="nfs4", options="rw"))
    with pytest.raises(LedgerError, match="there is no ledger"):
        await SqliteLedger.open_file(Path(folder) / "syncd.db", writing=False, mounts=mounts)


async def test_where_no_mount_table_is_nothing_is_refused(tmp_path: Path, path: Path) -> None:
    await (await SqliteLedger.open_file(path, writing=True, mounts=tmp_path / "none")).close()


async def test_a_reader_makes_no_ledger(path: Path) -> None:
    with pytest.raises(LedgerError, match="there is no ledger"):
        await SqliteLedger.open_file(path, writing=False)
    assert content(path) is None


@pytest.mark.parametrize("writing", [True, False])
async def test_a_ledger_of_a_newer_syncd_is_refused(path: Path, writing: bool) -> None:
    await (await SqliteLedger.open_file(path, writing=True)).close()
    outside(path, "PRAGMA user_version = 99")
    with pytest.raises(LedgerError, match=r"newer syncd.*upgrade"):
        await SqliteLedger.open_file(path, writing=writing)
    await _lock_is_free(path)


async def _lock_is_free(path: Path) -> None:
    WriterLock(path).release()


async def test_an_sqlite_file_of_something_else_is_refused_and_left_alone(path: Path) -> None:
    outside(path, "CREATE TABLE accounts (id INTEGER)")
    before = content(path)
    with pytest.raises(LedgerError, match="something else"):
        await SqliteLedger.open_file(path, writing=True)
    assert content(path) == before


async def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    damage(path, 0)
    with pytest.raises(LedgerError, match="no SQLite file"):
        await SqliteLedger.open_file(path, writing=True)


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match=r"nowhere.*cannot be opened"):
        await SqliteLedger.open_file(tmp_path / "nowhere" / "syncd.db", writing=True)


async def test_a_full_disk_leaves_nothing_and_the_feed_resumes(
    ledger: SqliteLedger,
) -> None:
    """A full disk is said leaves nothing behind and the feed goes on when there is room."""
    log = await ledger.open(FEED)
    await log.commit(commit(log, 1, 5))
    before = await ledger.snapshot(FEED)
    await ledger._writer.run(sqlite3.Connection.execute, "PRAGMA max_page_count = 60")
    with pytest.raises(LedgerError, match="disk is full"):
        await log.commit(commit(log, 2, 300, body_bytes=4000))
    assert (log.state, log.records) == before
    assert await ledger.snapshot(FEED) == before
    await ledger._writer.run(sqlite3.Connection.execute, "PRAGMA max_page_count = 1000000")
    await log.commit(commit(log, 2, 300, body_bytes=4000))
    assert await ledger.snapshot(FEED) == (log.state, log.records)


async def test_a_damaged_file_is_said(path: Path) -> None:
    writer = await SqliteLedger.open_file(path, writing=True)
    log = await writer.open(FEED)
    await log.commit(commit(log, 1, 300, body_bytes=2000))
    await writer.close()
    damage(path, 8192)
    with pytest.raises(LedgerError, match=r"damaged.*backup"):
        await (await SqliteLedger.open_file(path, writing=False)).snapshot(FEED)


async def test_a_file_that_somebody_keeps_locked_is_said(path: Path, ledger: SqliteLedger) -> None:
    log = await ledger.open(FEED)
    await ledger._writer.run(sqlite3.Connection.execute, "PRAGMA busy_timeout = 20")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match="held a transaction too long"):
            await log.commit(commit(log, 1, 5))
        other.execute("ROLLBACK")
    await log.commit(commit(log, 1, 5))


async def test_the_file_keeps_its_installation(path: Path) -> None:
    await (await SqliteLedger.open_file(path, writing=True, installation="bank-a")).close()
    reader = await SqliteLedger.open_file(path, writing=False, installation="bank-b")
    assert reader.installation == "bank-a"
    await reader.close()
    with pytest.raises(LedgerError, match="'bank-a', not to 'bank-b'"):
        await SqliteLedger.open_file(path, writing=True, installation="bank-b")
    await _lock_is_free(path)


async def test_what_is_committed_is_on_the_disk_before_it_is_said_to_be(path: Path, ledger: SqliteLedger) -> None:
    async def pragma(name: str) -> object:
        row = await ledger._writer.run(lambda connection: connection.execute(f"PRAGMA {name}").fetchone())
        return row[0]

    assert [await pragma(name) for name in ("journal_mode", "synchronous", "foreign_keys")] == ["wal", 2, 1]

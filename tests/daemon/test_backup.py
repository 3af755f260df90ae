"""A copy of the ledger that is made while the daemon writes is whole, and serves in place of it."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from syncd.demo.changing import ChangingLists
from syncd.demo.site import PublishersSite
from tests.daemon.conftest import QUICK
from tests.daemon.running import configured, eventually, running, syncd


def vacuum(ledger: Path, copy: Path) -> None:
    connection = sqlite3.connect(ledger)
    connection.execute("VACUUM INTO ?", (str(copy),))
    connection.close()


def backup(ledger: Path, copy: Path) -> None:
    """As `.backup` of the sqlite3 shell does."""
    source, target = sqlite3.connect(ledger), sqlite3.connect(copy)
    source.backup(target)
    source.close()
    target.close()


def restore(copy: Path, ledger: Path) -> None:
    """In place of all that lies beside a ledger, its archive among it."""
    for left in ledger.parent.glob(f"{ledger.name}*"):
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    copy.rename(ledger)


@pytest.mark.parametrize("method", [vacuum, backup])
async def test_a_copy_made_while_it_runs_is_whole_and_serves(
    publishers: PublishersSite, tmp_path: Path, method: Callable[[Path, Path], None]
) -> None:
    configured(tmp_path, publishers.settings(**QUICK))
    changing = ChangingLists(publishers, seed=3)
    changing.begin()
    copy = tmp_path / "copy.db"
    async with running(tmp_path) as daemon:
        await eventually(lambda: daemon.metric('syncd_feed_sequence{feed="un_sc"}'))
        changing.step()
        await asyncio.to_thread(method, tmp_path / "syncd.db", copy)
        assert (await daemon.stop()).code == 0
    verified = await syncd(tmp_path, "verify", "--ledger", str(copy))
    assert (verified.code, [one["ok"] for one in verified.lines if not one["ok"]]) == (0, [])
    assert verified.lines
    restore(copy, tmp_path / "syncd.db")
    assert (await syncd(tmp_path, "once")).code == 0
    assert (await syncd(tmp_path, "verify")).code == 0

"""Targets that stay in the file: read when one is asked for, as last committed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from syncd.errors import LedgerError
from syncd.ledger.sqlite import SqliteLedger, target_rows
from syncd.ledger.sqlite.target_rows import TargetRows
from tests.ledger.coordination import following, row

WRITTEN = {name: row(name, name) for name in "dbeac"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "syncd.db"


@pytest.fixture
async def ledger(path: Path) -> AsyncIterator[SqliteLedger]:
    ledger = await SqliteLedger.open_file(path, writing=True)
    log = await ledger.open_coordinator()
    await log.commit(following(log.state, log.targets, WRITTEN, 1))
    yield ledger
    await ledger.close()


@pytest.mark.usefixtures("ledger")
async def test_all_are_read_in_pages_in_order_of_their_ids(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target_rows, "PAGE_ROWS_MAX", 2)
    rows = TargetRows(path)
    assert list(rows) == sorted(WRITTEN)
    assert list(rows.items()) == sorted(WRITTEN.items())
    assert len(rows) == len(rows.items()) == 5
    rows.close()
    rows.close()


@pytest.mark.usefixtures("ledger")
async def test_one_is_read_by_any_thread(path: Path) -> None:
    rows = TargetRows(path)
    assert rows["a"] == await asyncio.to_thread(rows.__getitem__, "a") == WRITTEN["a"]
    assert "a" in rows
    assert "x" not in rows
    assert rows.get("x") is None
    with pytest.raises(KeyError):
        rows["x"]
    rows.close()
    with pytest.raises(LedgerError, match="closed"):
        rows["a"]


async def test_they_are_as_last_committed(ledger: SqliteLedger) -> None:
    log = await ledger.open_coordinator()
    drafted = following(log.state, log.targets, {"a": None, "b": row("b", "another"), "f": row("f", "f")}, 1)
    assert dict(log.targets) == WRITTEN
    await log.commit(drafted)
    after = {**WRITTEN, "b": row("b", "another"), "f": row("f", "f")}
    del after["a"]
    assert dict(log.targets) == after


@pytest.mark.usefixtures("ledger")
async def test_an_error_names_the_file(path: Path) -> None:
    rows = TargetRows(path.with_name("another.db"))
    with pytest.raises(LedgerError, match=r"another\.db"):
        rows["a"]

"""Whoever changes a ledger behind its back is found out, whatever he changes; and so is a document that is gone."""

import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import zstandard

from syncd.archive import open_archive
from syncd.commands.replay import replayed
from syncd.commands.verify import Finding, verified
from syncd.config import Config
from syncd.demo.targets import BASELINES, NEWCOMER
from syncd.feeds import one_feed
from syncd.ledger.sqlite import SqliteLedger
from tests.intake.watch import START, document

FEED = "un_sc"
ALL = BASELINES[FEED]
COUNT = len(ALL)


@pytest.fixture
async def config(tmp_path: Path) -> AsyncIterator[Config]:
    """A ledger with two commits of a list, and its archive."""
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "1.xml").write_bytes(document(FEED))
    (folder / "2.xml").write_bytes(document(FEED, (*ALL[1:], NEWCOMER), START + timedelta(days=1)))
    (tmp_path / "syncd.toml").write_text(f'ledger = "{tmp_path}/syncd.db"\nfeeds.un_sc.records_min = 20\n')
    config = Config.load(tmp_path / "syncd.toml", {})
    steps = [step async for step in replayed(config, one_feed(FEED), folder, config.ledger)]
    assert [step.result for step in steps] == ["committed", "committed"]
    yield config


async def found(config: Config) -> Finding:
    ledger = await SqliteLedger.open_file(config.ledger, writing=False)
    try:
        return await verified(ledger, FEED, open_archive(config))
    finally:
        await ledger.close()


class Tampering:
    def __init__(self, config: Config) -> None:
        self.ledger = config.ledger
        self.archive = Path(f"{config.ledger}-archive")

    def sql(self, statement: str, *values: object) -> None:
        with closing(sqlite3.connect(self.ledger)) as connection, connection:
            assert connection.execute(statement, values).rowcount >= 1

    def one(self, statement: str) -> Any:
        with closing(sqlite3.connect(self.ledger)) as connection:
            return connection.execute(statement).fetchone()[0]

    def alter(self, table: str, column: str, where: str, change: Callable[[dict[str, Any]], None]) -> None:
        """Change the JSON in a column of one row, packed or not."""
        (body,) = [self.one(f"SELECT {column} FROM {table} WHERE {where}")]
        packed = body[:4] == zstandard.MAGIC_NUMBER.to_bytes(4, "little")
        value = json.loads(zstandard.decompress(body) if packed else body)
        change(value)
        made = json.dumps(value).encode()
        self.sql(f"UPDATE {table} SET {column} = ? WHERE {where}", zstandard.compress(made) if packed else made)

    def documents(self) -> list[Path]:
        return sorted(self.archive.rglob("*.zst"))

    def swap_bodies(self) -> None:
        first, second = "SELECT min(key) FROM records", "SELECT max(key) FROM records"
        body = self.one(f"SELECT body FROM records WHERE key = ({second})")
        self.sql(f"UPDATE records SET body = ? WHERE key = ({first})", body)

    def rename_a_body(self) -> None:
        key = self.one("SELECT min(key) FROM records WHERE status = 'listed'")
        self.alter("records", "body", f"key = '{key}'", lambda it: it["names"][0].update(full="Somebody Else"))

    def rename_a_stub(self) -> None:
        self.alter("records", "body", "status = 'delisted'", lambda it: it["names"][0].update(full="Somebody Else"))

    def delete_a_document(self) -> None:
        self.documents()[0].unlink()

    def overwrite_a_document(self) -> None:
        self.documents()[0].write_bytes(zstandard.compress(b"<another/>"))

    def cut_a_document(self) -> None:
        whole = self.documents()[0].read_bytes()
        self.documents()[0].write_bytes(whole[: len(whole) // 2])

    def change_after(self) -> None:
        self.alter("changes", "body", "sequence = 5", lambda it: it["after"]["names"][0].update(full="Somebody Else"))

    def change_before(self) -> None:
        place = "type = 'delisted'"
        self.alter("changes", "body", place, lambda it: it["before"]["names"][0].update(full="Somebody Else"))

    def change_a_digest(self) -> None:
        self.alter("changes", "body", "sequence = 5", lambda it: it.update(digest_after="0" * 64))

    def drop_a_change(self) -> None:
        self.sql("DELETE FROM changes WHERE sequence = 5")

    def change_a_row_s_document(self) -> None:
        self.alter("publications", "body", "commit_number = 1", lambda it: it.update(document="0" * 64))

    def change_a_row_s_count(self) -> None:
        self.alter("publications", "body", "commit_number = 2", lambda it: it.update(changes={"designated": 2}))

    def drop_a_row(self) -> None:
        self.sql("DELETE FROM publications WHERE commit_number = 1")

    def change_the_state(self) -> None:
        self.alter("feeds", "state", "feed = 'un_sc'", lambda it: it.update(commit=1))

    def change_the_state_s_document(self) -> None:
        self.alter("feeds", "state", "feed = 'un_sc'", lambda it: it["document"].update(sha256="0" * 64))

    def change_the_state_s_digest(self) -> None:
        self.alter("feeds", "state", "feed = 'un_sc'", lambda it: it.update(ledger_digest="0" * 64))


TAMPERINGS = [name for name, what in vars(Tampering).items() if callable(what)][5:]


async def test_a_ledger_that_nobody_touched_is_sound(config: Config) -> None:
    finding = await found(config)
    assert (finding.ok, finding.problems) == (True, ())
    assert (finding.changes, finding.commits, finding.records, finding.documents) == (COUNT + 2, 2, COUNT, 2)


@pytest.mark.parametrize("name", TAMPERINGS)
async def test_what_was_tampered_with_is_found(name: str, config: Config) -> None:
    getattr(Tampering(config), name)()
    finding = await found(config)
    assert not finding.ok
    assert finding.problems


def test_every_tampering_is_tried() -> None:
    assert len(TAMPERINGS) == 16
    assert TAMPERINGS[0] == "swap_bodies"

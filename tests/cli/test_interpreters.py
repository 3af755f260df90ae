"""A command does by a new interpreter, as in production, what it does in most tests: as a fork of one that has imported
all that there is. Nothing is there only because something else had imported it."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from syncd.demo.targets import BASELINES
from tests.daemon.running import Ran, Starting, by_new_interpreter, ended, started, syncd
from tests.intake.watch import START, document

LEDGER = ("--ledger", "un_sc.replay.db")
COMMANDS = (
    ("tail", *LEDGER),
    ("verify", *LEDGER),
    ("as-of", "2026-03-02", *LEDGER),
    ("held", *LEDGER),
    ("target", "un_sc:nobody", *LEDGER),
    ("diff", "un_sc", "documents/1.xml", "documents/2.xml"),
    ("release", "nosuchhold", "--why", "x", *LEDGER),
    ("check-config", "--config", "syncd.toml"),
    ("topics", "--check"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a ledger of one list, some of whose removals are held."""
    folder = tmp_path_factory.mktemp("ledger")
    (folder / "documents").mkdir()
    (folder / "documents" / "1.xml").write_bytes(document("un_sc"))
    (folder / "documents" / "2.xml").write_bytes(document("un_sc", BASELINES["un_sc"][12:], START + timedelta(days=1)))
    (folder / "syncd.toml").write_text("feeds.un_sc.records_min = 20\nfeeds.un_sc.removals_max = 5\n")
    assert asyncio.run(syncd(folder, "replay", "un_sc", "documents")).code == 0
    return folder


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
async def test_a_new_interpreter_does_what_a_fork_does(folder: Path, words: tuple[str, ...]) -> None:
    async def ran(start: Starting) -> Ran:
        return await ended(await start(folder, *words))

    by_fork, by_itself = await asyncio.gather(ran(started), ran(by_new_interpreter))
    assert by_itself == by_fork
    assert by_itself.out or by_itself.err
    assert "Traceback" not in by_itself.err

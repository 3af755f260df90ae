"""A command is there at once: it loads what it needs and nothing else. Counted in modules, for time would be noise."""

import json
import subprocess
import sys
from collections.abc import Set
from pathlib import Path

import pytest

PROGRAM = """
import json, sys
from syncd.cli import main
try:
    main()
except SystemExit as ended:
    assert not ended.code, ended.code
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules} | {"syncd: " + name for name in sys.modules
      if name.startswith("syncd.")})), file=sys.stderr)
"""
# Beside the standard library; what each is for stands in the architecture page.
LIBRARIES = {
    "aiohttp",
    "aiokafka",
    "anyascii",
    "cramjam",
    "fastavro",
    "httpx",
    "jinja2",
    "lxml",
    "msgspec",
    "obstore",
    "prometheus_client",
    "pydantic",
    "python_calamine",
    "rapidfuzz",
    "rich",
    "structlog",
    "zstandard",
}


def loaded_by(folder: Path, *words: str) -> Set[str]:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words], cwd=folder, capture_output=True, text=True, check=True, timeout=60
    )
    return set(json.loads(ran.stderr.splitlines()[-1]))


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("link", "confirm", "--help")])
def test_help_loads_click_and_the_commands_alone(words: tuple[str, ...], tmp_path: Path) -> None:
    loaded = loaded_by(tmp_path, *words)
    own = {name for name in loaded if name.startswith("syncd: ")}
    assert {name for name in own if not name.startswith("syncd: syncd.cli")} == {"syncd: syncd.errors"}
    assert loaded & LIBRARIES == set()
    assert loaded & {"asyncio", "logging", "socket", "sqlite3", "ssl", "tempfile"} == set()


def test_status_loads_the_configuration_the_feeds_and_the_ledger(tmp_path: Path) -> None:
    """Of the libraries the readers of documents, because each feed names its own; none that asks or answers anybody."""
    ledger = tmp_path / "syncd.db"
    subprocess.run([sys.executable, "-c", LEDGER], cwd=tmp_path, check=True, timeout=60)
    loaded = loaded_by(tmp_path, "status", "--ledger", str(ledger))
    assert loaded & LIBRARIES <= {"lxml", "msgspec", "pydantic", "python_calamine", "zstandard"}
    parts = {name.removeprefix("syncd: syncd.").partition(".")[0] for name in loaded if name.startswith("syncd: ")}
    assert parts & {"archive", "daemon", "demo", "fetch", "intake", "web", "workers"} == set()


LEDGER = """
import asyncio
from pathlib import Path
from syncd.ledger.sqlite import SqliteLedger

async def make():
    await (await SqliteLedger.open_file(Path("syncd.db"), writing=True)).close()

asyncio.run(make())
"""

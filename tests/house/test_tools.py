"""A tool that is not here is never passed over in silence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools import Tool

TOP = Path(__file__).parents[2]
NEEDY = """
from pathlib import Path
from tests.tools import Tool, left_out, needs

def unreachable(folder: Path) -> None:
    raise OSError("no route")

def test_needs_a_command() -> None:
    needs(Tool(name="a loom", remedy="build one", runs_with=("no-such-loom",)))

def test_needs_what_cannot_be_fetched() -> None:
    needs(Tool(name="a kiln", remedy="dig one", folder="kiln", fetch=unreachable))

def test_needs_what_asks_much_of_a_machine() -> None:
    needs(Tool(name="a tower", remedy="build one", folder="tower", fetch=unreachable, is_demanding=True))

def test_needs_what_nothing_brings() -> None:
    left_out("a view", "walls around", "move")
"""
LAST_LINES = [
    "NOT RUN: 1 tests need what is not here: a kiln (fetching it failed: no route). To bring it, dig one",
    "NOT RUN: 1 tests need what is not here: a loom (no-such-loom missing). To bring it, build one",
    "NOT RUN: 1 tests need what is not here: a tower (fetching it failed: no route). To bring it, build one",
    "NOT RUN: 1 tests need what is not here: a view (walls around). To bring it, move",
]


def run(folder: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_needy.py").write_text(NEEDY)
    plugins = ["-p", "tests.tools.plugin", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", "-q", *plugins, *options, str(folder)]
    kept = {name: value for name, value in os.environ.items() if name not in ("TESTS_REQUIRE_ALL", "PYTEST_ADDOPTS")}
    return subprocess.run(
        command,
        cwd=TOP,
        env={**kept, "XDG_CACHE_HOME": str(folder / "cache"), "PYTHONPATH": str(TOP), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_the_last_lines_of_a_run_name_what_was_not_run_and_what_brings_it(tmp_path: Path, workers: str) -> None:
    told = run(tmp_path, workers)
    assert told.returncode == 0
    lines = told.stdout.splitlines()
    place = lines.index(LAST_LINES[0])
    assert lines[place : place + 4] == LAST_LINES
    assert not any(line.startswith("SKIPPED") for line in lines[place:])
    assert "fetching a kiln, once for all runs ...\n" in told.stderr, "whoever waits is told"


def test_what_can_be_fetched_fails_where_all_is_required(tmp_path: Path) -> None:
    told = run(tmp_path, TESTS_REQUIRE_ALL="1")
    assert told.returncode == 1
    assert "2 failed, 2 skipped" in told.stdout
    assert set(LAST_LINES[2:]) <= set(told.stdout.splitlines())


def test_whoever_fetches_second_finds_what_the_first_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    fetched: list[Path] = []

    def fetch(folder: Path) -> None:
        fetched.append(folder)
        (folder / "bin").write_text("x")

    tool = Tool(name="a press", remedy="buy one", folder="press-1", fetch=fetch, fetched_with=("no-such-command",))
    assert tool.missing() == ["no-such-command"]
    assert (tool.fetched(), tool.fetched()) == (tool.path, tool.path)
    assert (tool.path / "bin").read_text() == "x"
    assert (len(fetched), tool.missing()) == (1, [])

"""No start of the daemon ends of itself, whatever several threads restore at once. Thousands: `tests.daemon.starts`."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def started(*words: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own: whoever forks daemons has no threads."""
    line = [sys.executable, "-m", "tests.daemon.starts", "--at-once", "1", *words]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)


def test_daemons_killed_soon_after_their_start_end_by_that_alone() -> None:
    ran = started("--starts", "12")
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout


def test_a_daemon_that_ends_of_itself_is_seen() -> None:
    ran = started("--starts", "1", "--spoil")
    assert ran.returncode == 1
    assert "of itself with 1: syncd: " in ran.stdout


@pytest.mark.thorough
def test_daemons_by_new_interpreters_end_by_that_alone() -> None:
    ran = started("--starts", "40", "--whole")
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout

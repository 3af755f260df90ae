"""A crash at any point leaves a commit whole or leaves none of it.

A process commits to one ledger in a loop and is killed, hundreds of times, at random moments; after each kill the
ledger is opened again and all that it says is compared.
"""

import contextlib
import os
import random
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from syncd.core.coordination.target import COORDINATOR
from syncd.ledger.contract import Ledger
from syncd.ledger.sqlite import SqliteLedger
from tests.ledger.acts import Mirror
from tests.ledger.committer import FEEDS
from tests.ledger.coordination import Seen

KILLS = 300
INSIDE_MIN = 0.3
LONGEST_SECONDS = 0.03
WHOLE_STORY_EACH = 100
PATIENCE_SECONDS = 60


class Committer:
    """Starts children that commit, one at a time, and kills them."""

    def __init__(self, path: Path) -> None:
        self.reading, self.marks = os.pipe()
        os.set_blocking(self.reading, False)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.ledger.committer", str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=[self.marks],
            cwd=Path(__file__).parents[2],
        )

    def kill_one(self, seed: int, seconds: float) -> list[list[str]]:
        """The marks of a child that was killed `seconds` after its first transaction had begun."""
        stdin, stdout = _pipe(self._process.stdin), _pipe(self._process.stdout)
        stdin.write(f"{seed} {self.marks}\n")
        stdin.flush()
        child = int(stdout.readline())
        begun, _, _ = select.select([self.reading], [], [], PATIENCE_SECONDS)
        assert begun, "the child never began to commit"
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
        _wait_for_the_end_of(child)
        return self._marks()

    def _marks(self) -> list[list[str]]:
        written = b""
        with contextlib.suppress(BlockingIOError):
            while piece := os.read(self.reading, 65536):
                written += piece
        return [line.split() for line in written.decode().splitlines()]

    def close(self) -> None:
        _pipe(self._process.stdin).close()
        self._process.wait(PATIENCE_SECONDS)
        _pipe(self._process.stdout).close()
        os.close(self.reading)
        os.close(self.marks)


def _pipe(end: IO[str] | None) -> IO[str]:
    assert end is not None
    return end


def _wait_for_the_end_of(child: int) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        time.sleep(0.001)
    raise AssertionError("the killed child is still there")


@pytest.fixture
def committer(tmp_path: Path) -> Iterator[Committer]:
    made = Committer(tmp_path / "syncd.db")
    yield made
    made.close()


async def _compare(ledger: Ledger, mirror: Mirror, seen: Seen) -> dict[str, int]:
    """Whole commits without holes, which rebuild exactly what each feed restores (and restoring compares digests).
    Gives the last commit of each, the coordinator's too."""
    async for change in ledger.tail(mirror.position):
        mirror.apply(change)
    for feed in FEEDS:
        log = await ledger.open(feed)
        mirror.compare(log.state, log.records)
    coordinated = await seen.compare(ledger)
    return {feed: one.commit for feed, one in mirror.last.items()} | {COORDINATOR: coordinated.commit}


async def _compare_rows(ledger: Ledger, mirror: Mirror) -> None:
    for feed in FEEDS:
        rows = [row.commit async for row in ledger.publications(feed)]
        assert rows == list(range(1, mirror.last[feed].commit + 1))


def _judged(marks: list[list[str]], commits: dict[str, int]) -> str:
    """Where the kill fell. Asserts that no commit that was known to stand is gone."""
    ends = {feed: int(number) for word, feed, number in marks if word == "end"}
    for feed, number in ends.items():
        assert commits[feed] >= number
    word, feed, begun = marks[-1]
    if word == "end":
        return "between commits"
    stands = commits.get(feed) == int(begun)
    return "inside, whole" if stands else "inside, nothing"


async def test_a_process_killed_at_any_moment_leaves_whole_commits_only(committer: Committer, tmp_path: Path) -> None:
    rng, mirror, seen, fell = random.Random(20250903), Mirror(), Seen(), Counter[str]()
    for number in range(1, KILLS + 1):
        marks = committer.kill_one(rng.getrandbits(32), rng.uniform(0, LONGEST_SECONDS))
        ledger = await SqliteLedger.open_file(tmp_path / "syncd.db", writing=True)
        commits = await _compare(ledger, mirror, seen)
        await ledger.close()
        if number % WHOLE_STORY_EACH == 0:
            await _whole_story(tmp_path / "syncd.db")
        fell[_judged(marks, commits)] += 1
    inside = fell["inside, whole"] + fell["inside, nothing"]
    print(f"{KILLS} kills: {dict(fell)}, {sum(mirror.position.values())} changes")
    assert inside >= INSIDE_MIN * KILLS
    assert fell["inside, nothing"] >= INSIDE_MIN * KILLS / 2


async def _whole_story(path: Path) -> None:
    ledger = await SqliteLedger.open_file(path, writing=True)
    mirror = Mirror()
    await _compare(ledger, mirror, Seen())
    await _compare_rows(ledger, mirror)
    await ledger.close()

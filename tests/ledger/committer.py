"""The process that the kill test kills. `python -m tests.ledger.committer LEDGER` forks a child for each line on
standard input, `SEED MARKS`, and answers with the child's process id.

A child commits in a loop until it is killed. To the descriptor MARKS it writes `begin FEED COMMIT` from within the
transaction, when its first change is asked for, and `end FEED COMMIT` when the commit is known to stand.
"""

import asyncio
import os
import random
import signal
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from syncd.core.coordination.target import COORDINATOR
from syncd.core.events import Change
from syncd.ledger.contract import CoordinatorLog
from syncd.ledger.sqlite import SqliteLedger
from tests.ledger.acts import commit, with_changes
from tests.ledger.coordination import coordinated

FEEDS = ("eu_fsf", "uk_sl", "un_sc", "us_ofac_sdn")
KEYS = 200
COORDINATIONS_MAX = 30


def mark(marks: int, word: str, feed: str, number: int) -> None:
    os.write(marks, f"{word} {feed} {number}\n".encode())


def marked(changes: Iterable[Change], marks: int) -> Iterator[Change]:
    for change in changes:
        if change.index == 0:
            mark(marks, "begin", change.feed, change.commit)
        yield change


def _spill_early(connection: sqlite3.Connection) -> None:
    # With so small a cache SQLite writes pages of an open transaction to the file, and a kill leaves them to be undone.
    connection.execute("PRAGMA cache_size = 20")


async def run(path: Path, seed: int, marks: int) -> None:
    rng = random.Random(seed)
    ledger = await SqliteLedger.open_file(path, writing=True)
    await ledger._writer.run(_spill_early)
    logs = [await ledger.open(feed) for feed in FEEDS]
    coordinator = await ledger.open_coordinator()
    while True:
        if rng.random() < 1 / (len(FEEDS) + 1):
            await coordinate(coordinator, rng, marks)
            continue
        log = rng.choice(logs)
        whole = commit(
            log, rng.getrandbits(32), rng.randint(1, KEYS), keys=KEYS, body_bytes=rng.choice((60, 200, 1000))
        )
        await log.commit(with_changes(whole, marked(whole.changes, marks)))
        mark(marks, "end", log.state.feed, log.state.commit)


async def coordinate(log: CoordinatorLog, rng: random.Random, marks: int) -> None:
    whole = coordinated(log, rng.getrandbits(32), rng.randint(0, COORDINATIONS_MAX))
    mark(marks, "begin", COORDINATOR, whole.state.commit)
    await log.commit(whole)
    mark(marks, "end", COORDINATOR, whole.state.commit)


def main() -> None:
    # The children are reaped by the kernel: they end by being killed, and nobody asks how.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        seed, marks = map(int, line.split())
        child = os.fork()
        if child == 0:
            asyncio.run(run(Path(sys.argv[1]), seed, marks))
        print(child, flush=True)


if __name__ == "__main__":
    main()

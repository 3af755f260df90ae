"""A daemon that is not stopped for months: does its memory grow by more than what its ledger holds?

    python -m tests.simulation.world.long_life [DAYS]

Two lists with coordination, notices and a webhook, one life of 100 days: each six hours some records of each list go,
as many new ones come (the same persons on both, so that each makes a target), and one is amended. Both lists stay as
long as they are; what the ledger holds grows by the records that were delisted. Counted are the blocks of memory that
Python has, each day, without what the world itself keeps. Exit code 1 when a new record costs more of them than it may,
in the second half of the days.
"""

import gc
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from syncd.daemon.daemon import Daemon
from syncd.ledger.contract import Ledger
from tests.simulation.world import machine, oracles, publishers
from tests.simulation.world.plan import Act, Plan
from tests.simulation.world.seeds import MEMORY
from tests.simulation.world.world import LIMITS, World, Wrong

DAYS = 100
ACTS_A_DAY = 4
# Of each list, at each act.
COME = 3
RECORDS = 40
NOTES_MAX = 20
# A record that was delisted stays known: its key, body, digest, and the pairs that it is in.
BLOCKS_OF_A_RECORD_MAX = 60.0
PLAN = Plan(
    seed=7,
    feeds=("un_sc", "uk_sl"),
    stamped=frozenset(),
    parts=frozenset({"coordination", "notices", "webhooks"}),
    look_seconds=1800.0,
    acts=(),
)
# Nothing is held.
FEW = dict.fromkeys(("removals_few", "content_few", "additions_few"), 100_000)
WIDE = {name: 100_000 for name, most in LIMITS.items() if name.endswith("_max") and most == oracles.MOST}


class Day(Struct, frozen=True):
    """The blocks of memory at the end of a day, and how many new records there were until then."""

    day: int
    blocks: int
    records: int


class LongLife(World):
    """One life of so many days."""

    limits: Mapping[str, Any] = {**LIMITS, **WIDE, **FEW, "interval_seconds": 3 * 3600, "bytes_max": 3_000_000}

    def __init__(self, folder: Path, days: int) -> None:
        self.days: list[Day] = []
        self.moments: Counter[str] = Counter()
        self._last = days
        super().__init__(PLAN, folder)
        for publisher in self.publishers.values():
            publisher.truth |= {number: publishers.newcomer(number, True) for number in range(900, 900 + RECORDS)}
            publisher.publish_truth()

    def _all_acts(self) -> Iterator[Act]:
        for number in range(1, self._last * ACTS_A_DAY + 1):
            yield Act(at=number * 86_400 / ACTS_A_DAY, kind="some come and go", number=number)

    def _report(self, moment: Any) -> None:
        self.moments[type(moment).__name__] += 1
        if isinstance(moment, oracles.GIVEN_UP):
            raise Wrong(str(moment))

    async def _look(self, ledger: Ledger, daemon: Daemon) -> None:
        """Nothing: what was committed is not kept here."""

    async def _happens(self, act: Act, daemon: Daemon) -> None:
        chance = random.Random(act.number)
        self._forget()
        for publisher in self.publishers.values():
            first = 1000 + COME * act.number
            for number in sorted(publisher.truth)[:COME]:
                del publisher.truth[number]
            publisher.truth |= {number: publishers.newcomer(number, True) for number in range(first, first + COME)}
            amended = chance.choice(sorted(publisher.truth))
            publisher.truth[amended] = publishers.amended(publisher.truth[amended], chance)
            publisher.publish_truth()
        self.announcer.announces(is_read=True)
        if act.number % ACTS_A_DAY == 0:
            gc.collect()
            records = act.number * COME * len(self.publishers)
            self.days.append(Day(act.number // ACTS_A_DAY, sys.getallocatedblocks(), records))

    def _forget(self) -> None:
        """Let go of what the world keeps to look at it later, or to be quicker."""
        self.bank.taken.clear()
        self.announcer.forget(NOTES_MAX)
        for publisher in self.publishers.values():
            del publisher.issues[:-4]
        machine.forget_read()
        publishers.written.cache_clear()


def grown(days: list[Day]) -> float:
    """Return how many blocks a new record cost in the second half of the days: the slope of the line that fits best."""
    half = days[len(days) // 2 :]
    mean_records = sum(day.records for day in half) / len(half)
    mean_blocks = sum(day.blocks for day in half) / len(half)
    spread = sum((day.records - mean_records) ** 2 for day in half)
    return sum((day.records - mean_records) * (day.blocks - mean_blocks) for day in half) / spread


def lived_long(days: int) -> LongLife:
    """Let it live. Raises Wrong when a worker gave up, or a list was not followed."""
    with tempfile.TemporaryDirectory(prefix="world-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
        life = LongLife(Path(folder), days)
        life.run()
    acts = days * ACTS_A_DAY
    # What came last may not have been asked for yet.
    if life.moments["Committed"] < (acts - 1) * len(PLAN.feeds) or life.moments["HoldPlaced"]:
        raise Wrong(f"{acts} acts: {life.moments}")
    return life


def main() -> int:
    life = lived_long(int(sys.argv[1]) if sys.argv[1:] else DAYS)
    for day in life.days[:: max(1, len(life.days) // 20)]:
        print(f"day {day.day:4}  {day.records:6,} new records  {day.blocks:9,} blocks")
    blocks = grown(life.days)
    print(f"in the second half a new record cost {blocks:.1f} blocks, {BLOCKS_OF_A_RECORD_MAX:.0f} at most wanted")
    print(f"{life.moments['Committed']:,} commits, {life.moments['Coordinated']:,} of them coordinated anew")
    return int(blocks > BLOCKS_OF_A_RECORD_MAX)


if __name__ == "__main__":
    sys.exit(main())

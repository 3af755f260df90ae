"""Run worlds: each seed is one, and says the same each time.

    python -m tests.simulation.world SEED                  one world, with all that was reported in it
    python -m tests.simulation.world SEED --without 0,3    the same without some of what happens
    python -m tests.simulation.world --seeds 2000          many, on all cores; what goes wrong is made smaller

With `--kafka` the ledger of each is on simulated brokers.

Exit code 1 when anything that is promised was not so.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.simulation.world.seeds import MEMORY, Failed, of_many, planned, shrunk
from tests.simulation.world.world import World, Wrong

SHRUNK_MAX = 5


def _one(seed: int, dropped: tuple[int, ...], *, in_kafka: bool) -> int:
    plan = planned(seed, in_kafka=in_kafka).without(dropped)
    for act in plan.acts:
        print(act.text)
    with tempfile.TemporaryDirectory(prefix="world-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
        world = World(plan, Path(folder), in_kafka=in_kafka, tell=print)
        try:
            print(world.run())
        except Wrong as wrong:
            print(f"WRONG: {wrong}")
            return 1
    return 0


def _many(first: int, count: int, processes: int, *, in_kafka: bool, is_stopped: bool) -> int:
    started, failures = time.monotonic(), list[Failed]()
    for found in of_many(first, count, processes, in_kafka=in_kafka):
        for failed in found:
            failures.append(failed)
            smallest = shrunk(failed) if len(failures) <= SHRUNK_MAX else failed
            print(smallest.text, end="\n\n", flush=True)
        if failures and is_stopped:
            break
    print(f"{count} seeds from {first}: {len(failures)} went wrong; {time.monotonic() - started:.0f} s")
    return 1 if failures else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.world", description=__doc__.splitlines()[0])
    parser.add_argument("seed", type=int, nargs="?", help="the world to run; or, with --seeds, the first one")
    parser.add_argument("--without", default="", metavar="0,3", help="the places of acts that are left out")
    parser.add_argument("--kafka", action="store_true", help="with the ledger on simulated brokers")
    parser.add_argument("--seeds", type=int, default=0, help="run so many worlds")
    parser.add_argument("--stop", action="store_true", help="stop at the first that goes wrong")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    if options.seeds:
        first, count = options.seed or 0, options.seeds
        return _many(first, count, options.processes, in_kafka=options.kafka, is_stopped=options.stop)
    dropped = tuple(int(place) for place in options.without.split(",") if place)
    return _one(options.seed or 0, dropped, in_kafka=options.kafka)


if __name__ == "__main__":
    sys.exit(main())

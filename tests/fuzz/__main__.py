"""`python -m tests.fuzz --minutes 60`: changed documents to every reader for as long as asked, and a report. Exit code
1 when there was a fault. `--reader` takes a part of a reader's name, `--seed` the first seed, `--cases` how many.
"""

import argparse
import contextlib
import secrets
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

from tests.fuzz.cases import Outcome, shown
from tests.fuzz.readers import all_readers
from tests.fuzz.worker import Worker

TOLD_EACH_SECONDS = 60.0
# What a case costs that takes its process with it.
LOST_SECONDS = 3.0


class Tally:
    """What was tried, what it took, and what was found."""

    def __init__(self, names: list[str]) -> None:
        self.tried = Counter(dict.fromkeys(names, 0))
        self.seconds: dict[str, float] = defaultdict(float)
        self.slowest: dict[str, tuple[float, int, int]] = {}
        self.largest: dict[str, tuple[int, int, int]] = {}
        self.faults: dict[tuple[str, ...], Outcome] = {}
        self.repeated: Counter[tuple[str, ...]] = Counter()

    def take(self, outcome: Outcome) -> bool:
        """Take note of a case; return whether it has a fault that was not seen before."""
        name = outcome.reader
        self.tried[name] += 1
        self.seconds[name] += outcome.seconds or LOST_SECONDS
        self.slowest[name] = max(
            self.slowest.get(name, (0.0, 0, 0)), (outcome.cost.seconds, outcome.size, outcome.seed)
        )
        self.largest[name] = max(self.largest.get(name, (0, 0, 0)), (outcome.cost.memory, outcome.size, outcome.seed))
        fresh = False
        for fault in outcome.faults:
            key = fault[:2]
            self.repeated[key] += 1
            fresh = fresh or key not in self.faults
            self.faults.setdefault(key, outcome)
        return fresh

    def report(self) -> str:
        """Return the table of readers and all faults, as text."""
        lines = [f"{'reader':48} {'cases':>8} {'slowest':>9} {'of bytes':>10} {'most memory':>12}"]
        for name, count in sorted(self.tried.items()):
            seconds, size, _ = self.slowest.get(name, (0.0, 0, 0))
            memory = self.largest.get(name, (0, 0, 0))[0]
            lines.append(f"{name:48} {count:8,} {seconds:7.3f} s {size:10,} {memory / 1e6:9.1f} MB")
        slowest = max(self.slowest.items(), key=lambda item: item[1], default=("", (0.0, 0, 0)))
        largest = max(self.largest.items(), key=lambda item: item[1], default=("", (0, 0, 0)))
        lines += [
            f"{sum(self.tried.values()):,} cases of {len(self.tried)} readers, {len(self.faults)} kinds of fault, "
            f"{sum(self.seconds.values()):,.0f} s of processor time",
            f"slowest: {slowest[1][0]:.3f} s for {slowest[1][1]:,} bytes ({slowest[0]}, seed {slowest[1][2]})",
            f"largest: {largest[1][0] / 1e6:.1f} MB for {largest[1][1]:,} bytes ({largest[0]}, seed {largest[1][2]})",
            *(f"{self.repeated[key]} x {' | '.join(key)}" for key in self.faults),
        ]
        return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--reader", default="", help="a part of its name: a feed, a channel, workbook, fetch")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--cases", type=int, default=None, help="so many of each reader, however long that takes")
    parser.add_argument("--keep", type=Path, help="a folder for the documents of faults")
    options = parser.parse_args()
    names = [reader.name for reader in all_readers() if options.reader in reader.name]
    if not names:
        print(f"no reader has {options.reader} in its name", file=sys.stderr)
        return 2
    seed = options.seed if options.seed is not None else secrets.randbelow(10**9)
    tally = Tally(names)
    with contextlib.closing(_Closing()) as worker, contextlib.suppress(KeyboardInterrupt):
        _try_all(worker.worker, tally, seed, options)
    print(f"seed {seed}\n{tally.report()}")
    return 1 if tally.faults else 0


class _Closing:
    """A worker that is ended at the end of a block."""

    def __init__(self) -> None:
        self.worker = Worker()

    def close(self) -> None:
        self.worker.end()


def _try_all(worker: Worker, tally: Tally, seed: int, options: argparse.Namespace) -> None:
    end = time.monotonic() + options.minutes * 60
    told = time.monotonic()
    while options.cases is not None or time.monotonic() < end:
        # Each reader has as much of the time as any other.
        name = min(tally.tried, key=lambda found: (tally.seconds[found], tally.tried[found]))
        if options.cases is not None:
            name = min(tally.tried, key=lambda found: tally.tried[found])
            if tally.tried[name] >= options.cases:
                return
        number = seed + tally.tried[name]
        outcome = worker.try_case(name, number, to_small=False)
        if tally.take(outcome):
            small = worker.try_case(name, number, to_small=True)
            print(shown(small), flush=True)
            if options.keep and small.smallest:
                options.keep.mkdir(parents=True, exist_ok=True)
                (options.keep / f"{name.replace('/', '-').replace(' ', '-')}-{number}").write_bytes(small.smallest)
        if time.monotonic() - told > TOLD_EACH_SECONDS:
            told = time.monotonic()
            print(
                f"{sum(tally.tried.values()):,} cases, {len(tally.faults)} kinds of fault", file=sys.stderr, flush=True
            )


if __name__ == "__main__":
    sys.exit(main())

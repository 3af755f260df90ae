"""The worlds of many seeds, and the smallest part of one that still goes wrong."""

import gc
import re
import tempfile
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from msgspec import Struct

from tests.simulation.world.plan import Plan, plan_of, with_kafka
from tests.simulation.world.world import Passed, World, Wrong

MEMORY = Path("/dev/shm")
CHUNK = 20


class Failed(Struct, frozen=True):
    """A world that went wrong: its seed, which of its acts are left out, what is wrong, and whether its ledger is in
    Kafka."""

    seed: int
    dropped: tuple[int, ...]
    why: str
    in_kafka: bool = False

    @property
    def command(self) -> str:
        """What repeats it."""
        without = f" --without {','.join(map(str, self.dropped))}" if self.dropped else ""
        return f"python -m tests.simulation.world {self.seed}{' --kafka' if self.in_kafka else ''}{without}"

    @property
    def text(self) -> str:
        """The whole in words."""
        plan = planned(self.seed, in_kafka=self.in_kafka)
        acts = [act.text for at, act in enumerate(plan.acts) if at not in self.dropped]
        return "\n".join([f"seed {self.seed}: {self.why}", *acts, self.command])


def planned(seed: int, *, in_kafka: bool = False) -> Plan:
    """The plan of a seed, with its ledger in SQLite or in Kafka."""
    return with_kafka(plan_of(seed)) if in_kafka else plan_of(seed)


def lived(plan: Plan, *, in_kafka: bool = False) -> Passed:
    """Let the world of `plan` run in a folder in memory. Raises Wrong."""
    with tempfile.TemporaryDirectory(prefix="world-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
        return World(plan, Path(folder), in_kafka=in_kafka).run()


def failure(seed: int, dropped: Collection[int] = (), *, in_kafka: bool = False) -> Failed | None:
    """Run the world of a seed without the acts at the places `dropped`; what went wrong, if anything."""
    left_out = tuple(sorted(dropped))
    try:
        lived(planned(seed, in_kafka=in_kafka).without(left_out), in_kafka=in_kafka)
    except Wrong as wrong:
        return Failed(seed, left_out, str(wrong), in_kafka)
    except Exception as error:  # nothing may get out of the daemon
        return Failed(seed, left_out, f"{type(error).__name__}: {error}", in_kafka)
    return None


def shrunk(failed: Failed) -> Failed:
    """The same failure with as few acts as it needs: they are left out one by one while it stays the same."""
    smallest = failed
    for place in range(len(planned(failed.seed, in_kafka=failed.in_kafka).acts)):
        if place in smallest.dropped:
            continue
        smaller = failure(failed.seed, (*smallest.dropped, place), in_kafka=failed.in_kafka)
        if smaller is not None and _kind(smaller) == _kind(failed):
            smallest = smaller
    return smallest


def _kind(failed: Failed) -> str:
    """What is wrong, without numbers and keys."""
    return re.sub(r"\W*\w*\d\w*", "", failed.why.partition(": [")[0])


def of_chunk(seeds: Iterable[int], *, in_kafka: bool = False) -> list[Failed]:
    """What went wrong in the worlds of these seeds."""
    gc.collect()
    # What was there before, a worker of pytest has much of it, is not searched for circles again and again.
    gc.freeze()
    return [one for seed in seeds if (one := failure(seed, in_kafka=in_kafka)) is not None]


def of_many(first: int, count: int, processes: int, *, in_kafka: bool = False) -> Iterator[list[Failed]]:
    """Run so many worlds in so many processes; what went wrong, chunk by chunk."""
    chunks = [range(at, min(at + CHUNK, first + count)) for at in range(first, first + count, CHUNK)]
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(partial(of_chunk, in_kafka=in_kafka), chunks)

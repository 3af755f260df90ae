"""The worlds of many seeds, and the smallest part of one that still goes wrong."""

import gc
import re
import tempfile
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from msgspec import Struct

from tests.simulation.world.plan import Plan, plan_of
from tests.simulation.world.world import Passed, World, Wrong

MEMORY = Path("/dev/shm")
CHUNK = 20


class Failed(Struct, frozen=True):
    """A world that went wrong: its seed, which of its acts are left out, and what is wrong."""

    seed: int
    dropped: tuple[int, ...]
    why: str

    @property
    def command(self) -> str:
        """What repeats it."""
        without = f" --without {','.join(map(str, self.dropped))}" if self.dropped else ""
        return f"python -m tests.simulation.world {self.seed}{without}"

    @property
    def text(self) -> str:
        """The whole in words."""
        plan = plan_of(self.seed)
        acts = [act.text for at, act in enumerate(plan.acts) if at not in self.dropped]
        return "\n".join([f"seed {self.seed}: {self.why}", *acts, self.command])


def lived(plan: Plan) -> Passed:
    """Let the world of `plan` run in a folder in memory. Raises Wrong."""
    with tempfile.TemporaryDirectory(prefix="world-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
        return World(plan, Path(folder)).run()


def failure(seed: int, dropped: Collection[int] = ()) -> Failed | None:
    """Run the world of a seed without the acts at the places `dropped`; what went wrong, if anything."""
    try:
        lived(plan_of(seed).without(dropped))
    except Wrong as wrong:
        return Failed(seed, tuple(sorted(dropped)), str(wrong))
    except Exception as error:  # nothing may get out of the daemon
        return Failed(seed, tuple(sorted(dropped)), f"{type(error).__name__}: {error}")
    return None


def shrunk(failed: Failed) -> Failed:
    """The same failure with as few acts as it needs: they are left out one by one while it stays the same."""
    smallest = failed
    for place in range(len(plan_of(failed.seed).acts)):
        if place in smallest.dropped:
            continue
        smaller = failure(failed.seed, (*smallest.dropped, place))
        if smaller is not None and _kind(smaller) == _kind(failed):
            smallest = smaller
    return smallest


def _kind(failed: Failed) -> str:
    """What is wrong, without numbers and keys."""
    return re.sub(r"\W*\w*\d\w*", "", failed.why.partition(": [")[0])


def of_chunk(seeds: Iterable[int]) -> list[Failed]:
    """What went wrong in the worlds of these seeds."""
    found = [one for seed in seeds if (one := failure(seed)) is not None]
    gc.collect()
    return found


def of_many(first: int, count: int, processes: int) -> Iterator[list[Failed]]:
    """Run so many worlds in so many processes; what went wrong, chunk by chunk."""
    chunks = [range(at, min(at + CHUNK, first + count)) for at in range(first, first + count, CHUNK)]
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(of_chunk, chunks)

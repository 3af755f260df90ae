"""What coordination costs beside linking: time and memory of a baseline, of one change, and of a restart."""

import gc
import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple, TypeVar

from msgspec.structs import replace

from syncd.core import codec
from syncd.core.coordination.coordinator import Coordinator
from syncd.core.coordination.target import CoordinatorState
from syncd.core.linking import Linker, profile
from syncd.core.model import Record
from tests.core.histories import Lists, when
from tests.core.published import records

DOCUMENTS = (
    ("us_ofac_sdn", "us_ofac_sdn_advanced/2025-09-03__sdn_advanced.xml.bz2"),
    ("uk_sl", "uk_sl/REBUILT__2022-05-04__UK-Sanctions-List.xml.bz2"),
    ("un_sc", "un_sc/2022-06-30__consolidated.xml.bz2"),
)
CHANGES = 300

T = TypeVar("T")


class Cost(NamedTuple):
    """CPU seconds of a baseline, milliseconds of CPU of each change, and megabytes that stay."""

    baseline: float
    changes: list[float]
    megabytes: float


class Restart(NamedTuple):
    seconds: float
    megabytes: float


def linking(packed: list[bytes]) -> Cost:
    before, linker = _megabytes(), Linker()
    started = time.process_time()
    for one in packed:
        linker.put(profile(codec.unpack_record(one)))
    linker.settle()
    baseline = time.process_time() - started
    changes = []
    for changed in _changed(packed):
        started = time.process_time()
        linker.put(profile(changed))
        linker.settle()
        changes.append((time.process_time() - started) * 1000)
    return Cost(baseline, changes, _megabytes() - before)


def coordinating(packed: list[bytes]) -> tuple[Cost, CoordinatorState, dict[str, bytes], bytes]:
    """Its cost, and the rows as the last change left them, with what linking kept after the baseline: a restart finds
    `CHANGES` records changed since."""
    before, lists = _megabytes(), Lists()
    coordinator = Coordinator(CoordinatorState(), {})
    for one in packed:
        lists.baseline(codec.unpack_record(one))
        coordinator.take(lists.changes.pop())
    baseline = _draft(coordinator, 0) / 1000
    kept = coordinator.checkpoint()
    coordinator.accept(kept)
    assert kept.linking is not None
    changes = []
    for changed in _changed(packed):
        coordinator.take(lists.amend(changed, 1))
        lists.changes.clear()
        changes.append(_draft(coordinator, 1))
    return Cost(baseline, changes, _megabytes() - before), coordinator.state, dict(coordinator.rows), kept.linking


def restarting(state: CoordinatorState, rows: dict[str, bytes], linking: bytes) -> Restart:
    """The rows themselves are handed over, and not counted."""
    before, started = _megabytes(), time.process_time()
    coordinator = Coordinator(state, rows, linking=linking)
    seconds = time.process_time() - started
    assert len(coordinator.rows) == len(rows)
    return Restart(seconds, _megabytes() - before)


def _draft(coordinator: Coordinator, day: float) -> float:
    """Milliseconds of CPU."""
    started = time.process_time()
    commit = coordinator.draft(datetime.fromisoformat(when(day)))
    milliseconds = (time.process_time() - started) * 1000
    assert commit is not None
    coordinator.accept(commit)
    return milliseconds


def _changed(packed: list[bytes]) -> list[Record]:
    """Records from all over the lists, each with one more alias."""
    found = [codec.unpack_record(one) for one in packed[:: len(packed) // CHANGES]][:CHANGES]
    return [
        replace(one, names=(*one.names, replace(one.names[0], full=f"{one.names[0].full} Quandrik"))) for one in found
    ]


def _megabytes() -> float:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


def main(feeds: Path) -> None:
    packed = [codec.pack_record(one) for feed, path in DOCUMENTS for one in records(feed, feeds / path)]
    alone = _in_a_process(linking, packed)
    whole, state, rows, links = _in_a_process(coordinating, packed)
    restart = _in_a_process(restarting, state, rows, b"")
    resumed = _in_a_process(restarting, state, rows, links)
    kept = sum(map(len, rows.values())) / 1e6
    print(
        f"targets of {len(packed):,} records: {whole.baseline / alone.baseline:.2f} of the time of linking "
        f"({alone.baseline:.1f} s of CPU, and {whole.baseline - alone.baseline:.1f} s)"
    )
    print(
        f"a restart from nothing: {restart.seconds / alone.baseline:.2f} of the time of linking; "
        f"{kept:.0f} MB of rows, "
        f"{restart.megabytes - alone.megabytes:.0f} MB beside the {alone.megabytes:.0f} MB of links "
        f"({whole.megabytes - alone.megabytes:.0f} MB with all of it drafted at once)"
    )
    print(
        f"a restart with what linking kept, {CHANGES} changes ago: {resumed.seconds / restart.seconds:.3f} of that; "
        f"{len(links) / 1e6:.1f} MB are kept"
    )
    print(
        f"a changed record: {statistics.median(whole.changes):.1f} ms of CPU, of which linking "
        f"{statistics.median(alone.changes):.1f} (the slowest of a hundred {_slowest(whole.changes):.0f} and "
        f"{_slowest(alone.changes):.0f}; wanted < 20)"
    )


def _in_a_process(job: Callable[..., T], *arguments: object) -> T:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(job, *arguments).result()


def _slowest(changes: list[float]) -> float:
    return statistics.quantiles(changes, n=100)[-1]

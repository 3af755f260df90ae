"""What a publication of the SDN list costs from its bytes to the ledger, against the plainest possible reading.

The yardstick is `iterparse` over the same file for its parties alone, clearing each: what any reader must at least do.
Each figure is the median of fresh processes, of seconds and of processor time; the memory is the peak of the whole tree
of processes, in which a page that several share counts once. A process takes three documents in turn: the list of a
week earlier, the list, and the list with nothing changed but its date of issue.
"""

import bz2
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.processes import Memory, proportional
from tests.benchmarks.tables import markdown

BEFORE, AFTER = "2025-08-27", "2025-09-03"
YARDSTICK = (
    "import sys; from lxml import etree\n"
    "for _, e in etree.iterparse(sys.argv[1], events=('end',), tag='{*}DistinctParty'): e.clear()\n"
)


class Row(NamedTuple):
    """A line of the table: what is done with a document, and how often the yardstick it may take, of seconds where
    several processors help, else of processor time."""

    work: str
    wanted: float
    of_seconds: bool = False


ROWS = (
    Row("bytes to committed baseline", 3.5, of_seconds=True),
    Row("publication with under 1 % changed", 0.6),
    Row("nothing changed but bytes", 0.4),
)


class Cost(NamedTuple):
    """Seconds, seconds of processor time, and bytes of memory at most."""

    seconds: float
    cpu: float
    peak: int


def main(documents: Path, runs: int) -> None:
    with tempfile.TemporaryDirectory(prefix="syncd-bench-") as name:
        folder = Path(name)
        before, after = (_unpacked(documents, day, folder) for day in (BEFORE, AFTER))
        files = [before, after, of_another_day(after)]
        plain, taken = [], []
        for _ in range(runs):
            plain.append(plainest(after))
            taken.append(intake(folder, files))
        costs = [median_of(one) for one in zip(*taken, strict=True)]
        report(f"{after.stat().st_size / 1e6:.0f} MB", median_of(plain), costs)


def report(size: str, yardstick: Cost, costs: Sequence[Cost]) -> None:
    """Print the table of `ROWS`."""
    print(f"yardstick: iterparse of {size}: {yardstick.seconds:.2f} s, {yardstick.cpu:.2f} s of CPU")
    head = ("work", "seconds", "of the yardstick", "CPU", "of the yardstick", "wanted", "peak memory")
    lines = [
        (
            row.work,
            f"{cost.seconds:.2f}",
            f"{cost.seconds / yardstick.seconds:.2f}",
            f"{cost.cpu:.2f}",
            f"{cost.cpu / yardstick.cpu:.2f}",
            f"{row.wanted} of {'seconds' if row.of_seconds else 'CPU'}",
            f"{cost.peak / 1e6:.0f} MB",
        )
        for row, cost in zip(ROWS, costs, strict=True)
    ]
    print(markdown(head, lines))


def median_of(costs: Iterable[Cost]) -> Cost:
    """Return the medians; of memory the most."""
    seconds, cpu, peaks = zip(*costs, strict=True)
    return Cost(statistics.median(seconds), statistics.median(cpu), max(peaks))


def of_another_day(document: Path) -> Path:
    """Return the document with another date of issue, and nothing else that differs."""
    other = document.with_name(f"{document.name}.day")
    other.write_bytes(re.sub(rb"<Day>\d+<", b"<Day>4<", document.read_bytes(), count=1))
    return other


def plainest(document: Path) -> Cost:
    """Return what the yardstick costs."""
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", YARDSTICK, str(document)])
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"the yardstick failed on {document}")
    return Cost(time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def intake(folder: Path, files: Sequence[Path], *, feed: str = "us_ofac_sdn") -> list[Cost]:
    """Return what each of `files` cost in a fresh process and ledger."""
    costs = []
    with tempfile.TemporaryDirectory(dir=folder) as work:
        command = [sys.executable, "-m", "tests.benchmarks.intake_process", work, *map(str, files), "--feed", feed]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert process.stdout and process.stderr
        memory = Memory(process.pid, proportional)
        for line in process.stdout:
            peak, memory.peak = memory.peak, 0
            costs.append(Cost(float(line.split()[1]), float(process.stderr.readline()), peak))
        memory.stop()
    if process.wait() or len(costs) != len(files):
        raise SystemExit(f"the intake of {files} failed: {process.stderr.read()}")
    return costs


def _unpacked(documents: Path, day: str, folder: Path) -> Path:
    packed = next(documents.glob(f"{day}*"))
    plain = folder / f"{day}.xml"
    plain.write_bytes(bz2.decompress(packed.read_bytes()))
    return plain

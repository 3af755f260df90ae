"""How long a publication of the SDN list takes from its bytes to the ledger, against the plainest possible reading.

The yardstick is `iterparse` over the same file for its parties alone, clearing each: what any reader must at least do.
Each measurement is the median of fresh processes; the memory is the peak of the whole process tree.
"""

import bz2
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.processes import Memory

BEFORE, AFTER = "2025-08-27", "2025-09-03"
YARDSTICK = (
    "import sys; from lxml import etree\n"
    "for _, e in etree.iterparse(sys.argv[1], events=('end',), tag='{*}DistinctParty'): e.clear()\n"
)


def main(documents: Path, runs: int) -> None:
    with tempfile.TemporaryDirectory(prefix="syncd-bench-") as name:
        folder = Path(name)
        before, after = (_unpacked(documents, day, folder) for day in (BEFORE, AFTER))
        yardstick = statistics.median(_timed([sys.executable, "-c", YARDSTICK, str(after)])[0] for _ in range(runs))
        print(f"yardstick: iterparse of {after.stat().st_size / 1e6:.0f} MB: {yardstick:.2f} s, median of {runs}")
        _report("bytes to committed baseline", yardstick, [_intake(folder, [after]) for _ in range(runs)], 8.0)
        small = [_intake(folder, [before, after]) for _ in range(runs)]
        _report("publication with under 1 % changed", yardstick, small, 0.6)
        bytes_alone = [_intake(folder, [after, _of_another_day(after)]) for _ in range(runs)]
        _report("nothing changed but bytes", yardstick, bytes_alone, 0.4)


def _report(what: str, yardstick: float, measured: list[tuple[float, int]], wanted: float) -> None:
    seconds = statistics.median(one for one, _ in measured)
    memory = max(one for _, one in measured) / 1e6
    print(f"{what}: {seconds:.2f} s = {seconds / yardstick:.2f} x (wanted <= {wanted} x), peak memory {memory:.0f} MB")


def _unpacked(documents: Path, day: str, folder: Path) -> Path:
    packed = next(documents.glob(f"{day}*"))
    plain = folder / f"{day}.xml"
    plain.write_bytes(bz2.decompress(packed.read_bytes()))
    return plain


def _of_another_day(document: Path) -> Path:
    """The document with another date of issue, and nothing else that differs."""
    other = document.with_name(f"{document.name}.day")
    other.write_bytes(re.sub(rb"<Day>\d+<", b"<Day>4<", document.read_bytes(), count=1))
    return other


def _intake(folder: Path, files: list[Path]) -> tuple[float, int]:
    """Seconds that the last of `files` took, and the peak memory in bytes, in a fresh process and ledger."""
    with tempfile.TemporaryDirectory(dir=folder) as work:
        command = [sys.executable, "-m", "tests.benchmarks.intake_process", work, *map(str, files)]
        _, memory, output = _timed(command)
        return float(output.split()[-1]), memory


def _timed(command: list[str]) -> tuple[float, int, str]:
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    watch = Memory(process.pid)
    output, _ = process.communicate()
    seconds = time.perf_counter() - started
    watch.stop()
    if process.returncode:
        raise SystemExit(f"{command[:3]} failed")
    return seconds, watch.peak, output

"""What a process and its children cost: resident memory and processor time, read from /proc."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

SAMPLE_SECONDS = 0.05
_TICKS = os.sysconf("SC_CLK_TCK")


class Memory(threading.Thread):
    """The peak of the memory of a process and all its children, in bytes: resident, in which shared pages count in each
    process, or as `measured`."""

    def __init__(self, pid: int, measured: Callable[[int], int] | None = None) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self._pid = pid
        self._measured = measured or resident
        self._ended = threading.Event()
        self.start()

    def run(self) -> None:
        while not self._ended.wait(SAMPLE_SECONDS):
            self.peak = max(self.peak, self._measured(self._pid))

    def stop(self) -> None:
        self._ended.set()
        self.join()


def resident(pid: int) -> int:
    """Bytes of memory of a process and all its children."""
    return sum(map(_resident, _tree(pid)))


def proportional(pid: int) -> int:
    """Bytes of memory of a process and all its children, in which a page that several share counts once."""
    return sum(map(_proportional, _tree(pid)))


def private(pid: int) -> int:
    """Bytes of memory of a process and all its children that no other process has."""
    return sum(map(_private, _tree(pid)))


def cpu_seconds(pid: int) -> float:
    """Processor time of a process and of all its children so far, those that have ended among them."""
    return sum(map(_ticks, _tree(pid))) / _TICKS


def _tree(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return [pid]
    return [pid, *(one for child in children for one in _tree(int(child)))]


def _resident(pid: int) -> int:
    return _stated(Path(f"/proc/{pid}/status"), "VmRSS:")


def _proportional(pid: int) -> int:
    return _stated(Path(f"/proc/{pid}/smaps_rollup"), "Pss:")


def _private(pid: int) -> int:
    rollup = Path(f"/proc/{pid}/smaps_rollup")
    return _stated(rollup, "Private_Clean:") + _stated(rollup, "Private_Dirty:")


def _stated(path: Path, name: str) -> int:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


def _ticks(pid: int) -> int:
    """utime, stime, and both of the children that were waited for."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(map(int, fields[11:15]))

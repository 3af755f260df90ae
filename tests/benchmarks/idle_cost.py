"""What syncd costs while nothing changes: the real daemon with every list, polled at its own pace on loopback.

    python -m tests.benchmarks.idle_cost [SECONDS]

First every list makes its baseline, all at once, and all records are linked, which gives the peak of the memory.
Then, for SECONDS (600 s unless said: the longest interval), the publishers have nothing new: processor time of the
daemon and all its children, as a share of one core, and their memory. Of memory, a page that several processes share
counts once; the sum of their resident sizes, in which it counts in each, is printed beside it.
"""

import contextlib
import json
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.benchmarks import publishers
from tests.benchmarks.processes import Memory, cpu_seconds, proportional

SHARED = Path(__file__).parents[3] / "shared" / "feeds"
SECONDS = 600.0
BASELINES_SECONDS_MAX = 900.0
LINKED_SECONDS_MAX = 600.0
LINKED = re.compile(rb"^syncd_coordination_changes_total(?:{.*})? (\S+)$", re.MULTILINE)
SETTLE_SECONDS = 15.0
CPU_SHARE_MAX = 0.02
MEMORY_BYTES_MAX = 300_000_000


def main(seconds: float = SECONDS) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="syncd-idle-") as name,
        served_lists() as port,
        running_daemon(Path(name), port) as daemon,
    ):
        _measure(daemon, seconds)


def _measure(daemon: "Daemon", seconds: float) -> None:
    pid, started = daemon.process.pid, time.monotonic()
    memory, residents = Memory(pid, proportional), Memory(pid)
    statuses = daemon.baselined()
    records = sum(status["records"] for status in statuses)
    print(f"{len(statuses)} feeds, {records:,} records, baselines in {time.monotonic() - started:.0f} s", flush=True)
    daemon.linked(records)
    print(f"linked in {time.monotonic() - started:.0f} s, {cpu_seconds(pid):.0f} s of processor time", flush=True)
    time.sleep(SETTLE_SECONDS)
    peak, most = memory.peak, residents.peak
    memory.stop()
    residents.stop()
    cpu, since = cpu_seconds(pid), time.monotonic()
    time.sleep(seconds)
    passed = time.monotonic() - since
    share = (cpu_seconds(pid) - cpu) / passed
    print(f"idle for {passed:.0f} s: {share:.2%} of a core (wanted < {CPU_SHARE_MAX:.0%})")
    print(f"memory when idle: {proportional(pid) / 1e6:.0f} MB (wanted < {MEMORY_BYTES_MAX / 1e6:.0f} MB)")
    print(f"peak of baselines and linking: {peak / 1e6:.0f} MB; sum of resident sizes {most / 1e6:.0f} MB")
    for status in daemon.statuses():
        if status["status"] != "ok":
            print(f"{status['feed']}: {status['status']}: {status['message']}")


class Daemon:
    """`syncd run`, seen from outside."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int) -> None:
        self.process = process
        self._port = port

    def ask(self, path: str, seconds: float = 10.0) -> bytes:
        """The answer to a GET. Raises urllib.error.URLError."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}{path}", timeout=seconds) as answer:
            found: bytes = answer.read()
        return found

    def statuses(self) -> list[dict[str, Any]]:
        feeds: list[dict[str, Any]] = json.loads(self.ask("/api/status"))["feeds"]
        return feeds

    def linked(self, changes: int) -> None:
        """Wait until so many changes are linked. Raises SystemExit when that takes too long."""
        end = time.monotonic() + LINKED_SECONDS_MAX
        while not (found := LINKED.search(self.ask("/metrics"))) or float(found[1]) < changes:
            if time.monotonic() > end:
                raise SystemExit(f"not linked in {LINKED_SECONDS_MAX:.0f} s")
            time.sleep(2)

    def baselined(self) -> list[dict[str, Any]]:
        """The statuses when every list has its baseline. Raises SystemExit when that takes too long."""
        end = time.monotonic() + BASELINES_SECONDS_MAX
        missing: list[str] = ["all of them"]
        while missing and time.monotonic() < end and self.process.poll() is None:
            time.sleep(2)
            with contextlib.suppress(urllib.error.URLError, ConnectionError):
                statuses = self.statuses()
                missing = [f"{one['feed']}: {one['message']}" for one in statuses if not one["commit"]]
        if missing:
            raise SystemExit("no baseline of " + "; ".join(missing))
        return statuses


@contextlib.contextmanager
def served_lists() -> Iterator[int]:
    """All publishers, in a process of their own; the port that they are served at."""
    command = [sys.executable, "-m", "tests.benchmarks.publishers", str(SHARED)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as site:
        try:
            assert site.stdout
            yield int(site.stdout.readline())
        finally:
            site.terminate()


@contextlib.contextmanager
def running_daemon(folder: Path, site: int) -> Iterator[Daemon]:
    """A daemon in `folder` that watches the publishers at the port `site`."""
    port = _free_port()
    config = folder / "syncd.toml"
    config.write_text(_toml({"feeds": publishers.settings(site)}))
    command = [sys.executable, "-m", "syncd", "run", "--config", str(config), "--port", str(port)]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, cwd=folder, stdout=log, stderr=log) as process,
    ):
        try:
            yield Daemon(process, port)
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _toml(section: Mapping[str, Any], place: str = "") -> str:
    """Values first, then the sections below."""
    values = [f"{name} = {json.dumps(value)}" for name, value in section.items() if not isinstance(value, Mapping)]
    below = [
        _toml(value, f"{place}.{name}" if place else name)
        for name, value in section.items()
        if isinstance(value, Mapping)
    ]
    return "\n".join([f"[{place}]" if place else "", *values, *below])


if __name__ == "__main__":
    main(*map(float, sys.argv[1:2]))

"""What syncd costs while nothing changes: the real daemon with every list, polled at its own pace on loopback.

    python -m tests.benchmarks.idle_cost [SECONDS [FOLDER]]      FOLDER keeps the ledger for another run

First every list makes its baseline, all at once, and all records are linked, which gives the peak of the memory. Then
the daemon is started anew, which gives the seconds until coordination is current and the memory after a start. Then,
for SECONDS (600 s unless said: the longest interval), publishers and channels have nothing new: processor time of the
daemon and all its children, as a share of one core, and their memory; at last once more with the index of a search.

Every list has a section and all channels are asked at a mirror, at their own pace; the port is open. Counted are the
daemon and all its children (the parser processes; there are none while nothing is new). Of memory, a page that several
processes share counts once, in part where others outside share it too; private pages alone, and the sum of the resident
sizes, in which a shared page counts in each, are printed beside it.
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
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.benchmarks import publishers
from tests.benchmarks.processes import Memory, cpu_seconds, private, proportional, resident

SHARED = Path(__file__).parents[3] / "shared" / "feeds"
SECONDS = 600.0
BASELINES_SECONDS_MAX = 900.0
LINKED_SECONDS_MAX = 600.0
LINKED = re.compile(rb"^syncd_coordination_changes_total(?:{.*})? (\S+)$", re.MULTILINE)
SETTLE_SECONDS = 15.0
LOOK_SECONDS = 0.1
CPU_SHARE_MAX = 0.008
MEMORY_BYTES_MAX = 240_000_000
CURRENT_SECONDS_MAX = 5.0


def main(seconds: float = SECONDS, folder: Path | None = None) -> None:
    with contextlib.ExitStack() as stack:
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="syncd-idle-")))
        port = stack.enter_context(served_lists())
        if not (folder / "syncd.db").exists():
            folder.mkdir(exist_ok=True)
            with running_daemon(folder, port) as daemon:
                _measure_first_start(daemon)
        started, clock = datetime.now(UTC), time.monotonic()
        with running_daemon(folder, port) as daemon:
            _measure_start(daemon, f"{started:%Y-%m-%dT%H:%M:%S}", clock)
            _measure_idle(daemon, seconds)


def _measure_first_start(daemon: "Daemon") -> None:
    pid, started = daemon.process.pid, time.monotonic()
    memory, residents = Memory(pid, proportional), Memory(pid)
    statuses = daemon.baselined()
    records = sum(status["records"] for status in statuses)
    print(f"{len(statuses)} feeds, {records:,} records, baselines in {time.monotonic() - started:.0f} s", flush=True)
    daemon.linked(records)
    print(f"linked in {time.monotonic() - started:.0f} s, {cpu_seconds(pid):.0f} s of processor time", flush=True)
    time.sleep(SETTLE_SECONDS)
    print(f"peak of baselines and linking: {_mb(memory.peak)}; sum of resident sizes {_mb(residents.peak)}", flush=True)
    memory.stop()
    residents.stop()


def _measure_start(daemon: "Daemon", started: str, clock: float) -> None:
    """A start on a ledger that holds everything: the seconds until coordination is current."""
    pid = daemon.process.pid
    memory = Memory(pid, proportional)
    daemon.current(started)
    passed, cpu = time.monotonic() - clock, cpu_seconds(pid)
    print(f"coordination current {passed:.1f} s after the start (wanted <= {CURRENT_SECONDS_MAX:.0f} s on a quiet")
    print(f"machine), {cpu:.1f} s of processor time; memory then {_sizes(pid)}", flush=True)
    statuses = daemon.baselined()
    print(f"{len(statuses)} feeds, {sum(status['records'] for status in statuses):,} records")
    time.sleep(SETTLE_SECONDS)
    print(f"{SETTLE_SECONDS:.0f} s later {_sizes(pid)}; peak so far {_mb(memory.peak)}", flush=True)
    memory.stop()


def _measure_idle(daemon: "Daemon", seconds: float) -> None:
    pid = daemon.process.pid
    cpu, since = cpu_seconds(pid), time.monotonic()
    time.sleep(seconds)
    passed = time.monotonic() - since
    share = (cpu_seconds(pid) - cpu) / passed
    print(f"idle for {passed:.0f} s: {share:.2%} of a core (wanted <= {CPU_SHARE_MAX:.1%})")
    print(f"memory when idle: {_sizes(pid)} (wanted <= {_mb(MEMORY_BYTES_MAX)})")
    daemon.searched()
    time.sleep(SETTLE_SECONDS)
    print(f"with the index of a search: {_sizes(pid)}", flush=True)
    for status in daemon.statuses():
        if status["status"] != "ok":
            print(f"{status['feed']}: {status['status']}: {status['message']}")


def _sizes(pid: int) -> str:
    return f"{_mb(proportional(pid))} (private {_mb(private(pid))}, resident {_mb(resident(pid))})"


def _mb(size: float) -> str:
    return f"{size / 1e6:.0f} MB"


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

    def current(self, started: str) -> None:
        """Wait until the coordinator has said, since the time `started`, that it is current. Raises SystemExit when
        that takes too long."""
        end = time.monotonic() + LINKED_SECONDS_MAX
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(urllib.error.URLError, ConnectionError):
                beat = json.loads(self.ask("/api/status"))["coordination"]
                if beat and beat["status"] == "ok" and beat["checked_at"] >= started:
                    return
            time.sleep(LOOK_SECONDS)
        raise SystemExit(f"coordination is not current after {LINKED_SECONDS_MAX:.0f} s")

    def searched(self) -> int:
        """Search, so that the index is made; returns how many records it has. Raises SystemExit when that takes too
        long."""
        end = time.monotonic() + LINKED_SECONDS_MAX
        while time.monotonic() < end:
            # 503 while it is being made.
            with contextlib.suppress(urllib.error.HTTPError):
                answer = json.loads(self.ask("/api/search?q=nobody", seconds=LINKED_SECONDS_MAX))
                return int(answer["records"])
        raise SystemExit(f"no index in {LINKED_SECONDS_MAX:.0f} s")

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
    mirror = f"http://127.0.0.1:{site}{publishers.CHANNELS}"
    config.write_text(_toml({"feeds": publishers.settings(site), "notices": {"mirror": mirror}}))
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
    main(*map(float, sys.argv[1:2]), *map(Path, sys.argv[2:3]))

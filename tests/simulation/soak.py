"""`python -m tests.simulation.soak --minutes 60`: the daemon on Kafka with all lists, channels and a webhook, while
every publisher publishes: whether its memory, descriptors, tasks and latencies stay as they are.

Sampled each ten seconds, of the daemon's own process. The first quarter is not judged. Prints a table, and draws a plot
(`--plot FILE`). Exit code 1 when something grows, or when a feed that is not held is in trouble at the end.
"""

import argparse
import asyncio
import json
import re
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

from syncd.demo.site import STYLES
from syncd.ledger.kafka.connection import Connection
from syncd.ledger.kafka.topics import Topics
from tests.benchmarks.processes import cpu_seconds
from tests.kafka import jars
from tests.kafka.brokers import Cluster, free_ports
from tests.kafka.store import settings as kafka_settings
from tests.simulation.replica import toml
from tests.simulation.series import Series, plot, table
from tests.simulation.soak_site import SoakSite

SAMPLE_SECONDS = 10.0
STEP_SECONDS = 2.0
PREFIX = "soak."
EACH: dict[str, Any] = {"interval_seconds": 20, "records_min": 1, "partial_ratio": 1.0}
SECRET = "whsec_" + "c" * 40
TROUBLE = {"failing", "state_mismatch", "down"}
# Quantity → unit, and by how much it may grow in an hour.
QUANTITIES: dict[str, tuple[str, float]] = {
    "memory of the daemon": ("MB", 12.0),
    "open descriptors": ("", 6.0),
    "threads": ("", 3.0),
    "tasks": ("", 6.0),
    "objects of Python": ("thousands", 30.0),
    "blocks of Python": ("thousands", 60.0),
    "memory of libraries": ("MB", 8.0),
    "from seen to committed": ("s", 0.5),
    "from committed to the webhook": ("s", 0.5),
    "processor time a second": ("s", 0.2),
}


class Soak:
    """The daemon as a process, and what was sampled of it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.samples: dict[str, list[tuple[float, float]]] = {name: [] for name in QUANTITIES}
        self._folder = folder
        self._port = port
        self._cpu = (time.monotonic(), 0.0)
        self._committed = (0.0, 0.0)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, settings: dict[str, Any]) -> None:
        (self._folder / "syncd.toml").write_text(toml(settings), encoding="utf-8")
        command = [sys.executable, "-m", "tests.simulation.counted", str(self._folder / "counts.json"), "run"]
        top = Path(__file__).parents[2]
        with (self._folder / "log.jsonl").open("wb") as log:
            self._process = subprocess.Popen(
                [*command, "--config", str(self._folder / "syncd.toml"), "--port", str(self._port)],
                cwd=top,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(60)

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def ask(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}{path}", timeout=10) as answer:
            found: bytes = answer.read()
        return found

    def sample(self, at: float, taken: list[float]) -> None:
        """Take a sample; `taken` are the seconds of what came to the webhook since the one before."""
        assert self._process is not None
        place = Path(f"/proc/{self._process.pid}")
        status = (place / "status").read_text()
        memory = re.search(r"VmRSS:\s+(\d+)", status)
        self._put("memory of the daemon", at, int(memory[1]) / 1e3 if memory else 0.0)
        self._put("open descriptors", at, len(list((place / "fd").iterdir())))
        threads = re.search(r"Threads:\s+(\d+)", status)
        self._put("threads", at, int(threads[1]) if threads else 0)
        counts = self._folder / "counts.json"
        if counts.exists():
            found = json.loads(counts.read_text())
            self._put("tasks", at, found["tasks"])
            self._put("objects of Python", at, found["objects"] / 1e3)
            self._put("blocks of Python", at, found["blocks"] / 1e3)
            self._put("memory of libraries", at, found["malloc"] / 1e6)
        if taken:
            self._put("from committed to the webhook", at, statistics.median(taken))
        self._seen_to_committed(at)
        now, cpu = time.monotonic(), cpu_seconds(self._process.pid)
        self._put("processor time a second", at, (cpu - self._cpu[1]) / (now - self._cpu[0]))
        self._cpu = now, cpu

    def _seen_to_committed(self, at: float) -> None:
        said = self.ask("/metrics").decode()
        found = [
            sum(map(float, re.findall(rf"^syncd_seen_to_committed_seconds_{part}{{.*}} (\S+)$", said, re.MULTILINE)))
            for part in ("sum", "count")
        ]
        seconds, count = found[0] - self._committed[0], found[1] - self._committed[1]
        self._committed = found[0], found[1]
        if count > 0:
            self._put("from seen to committed", at, seconds / count)

    def _put(self, name: str, at: float, value: float) -> None:
        self.samples[name].append((at, value))

    def series(self) -> list[Series]:
        """Return all quantities."""
        return [Series(name, unit, most, self.samples[name]) for name, (unit, most) in QUANTITIES.items()]


async def soaked(folder: Path, cluster: Cluster, seed: int, seconds: float) -> tuple[Soak, SoakSite, dict[str, Any]]:
    """Run the daemon for so long; return what was sampled, and its own status at the end."""
    kafka = kafka_settings(cluster, PREFIX)
    await Topics(prefix=PREFIX, replication=kafka.replication).create(Connection(kafka))
    soak = Soak(folder, free_ports(1)[0])
    async with SoakSite(seed) as site:
        soak.start(_settings(folder, cluster, site))
        try:
            status = await _watched(soak, site, seconds)
        finally:
            await asyncio.to_thread(soak.stop)
    return soak, site, status


def _settings(folder: Path, cluster: Cluster, site: SoakSite) -> dict[str, Any]:
    secrets_dir = folder / "secrets"
    secrets_dir.mkdir()
    (secrets_dir / "webhooks__bank__secret").write_text(SECRET)
    return {
        "secrets_dir": str(secrets_dir),
        "log": {"format": "json"},
        "archive": {"url": str(folder / "archive"), "shared": True, "spool": str(folder / "spool")},
        "kafka": {"bootstrap_servers": cluster.bootstrap, "prefix": PREFIX, "replication": 1},
        "notices": {"mirror": f"{site.url}/channels", "interval_seconds": 30},
        "webhooks": {"bank": {"url": f"{site.url}/hook", "coordination": True}},
        "feeds": site.settings(**EACH),
    }


async def _watched(soak: Soak, site: SoakSite, seconds: float) -> dict[str, Any]:
    started = time.monotonic()
    sampled = 0.0
    while (passed := time.monotonic() - started) < seconds:
        if not soak.is_running:
            raise SystemExit("the daemon has ended by itself")
        await asyncio.sleep(STEP_SECONDS)
        site.step()
        if passed - sampled >= SAMPLE_SECONDS:
            sampled, taken, site.taken = passed, site.taken, []
            try:
                await asyncio.to_thread(soak.sample, passed, taken)
            except OSError as error:
                print(f"no sample at {passed:.0f} s: {error}", file=sys.stderr)
    found: dict[str, Any] = json.loads(await asyncio.to_thread(soak.ask, "/api/status"))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--plot", type=Path, help="a file for an SVG")
    parser.add_argument("--keep", type=Path, help="a folder for the log, which then stays")
    options = parser.parse_args()
    lacking = jars.BROKER.missing()
    if lacking:
        print(f"a broker needs {', '.join(lacking)}: {jars.BROKER.remedy}", file=sys.stderr)
        return 1
    seed = options.seed if options.seed is not None else secrets.randbelow(10**6)
    with tempfile.TemporaryDirectory(prefix="syncd-soak-") as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        with Cluster(folder / "brokers") as cluster:
            soak, site, status = asyncio.run(soaked(folder, cluster, seed, options.minutes * 60))
    found = soak.series()
    statuses = Counter(feed["status"] for feed in status["feeds"])
    sequence = sum(feed["sequence"] or 0 for feed in status["feeds"])
    told = ", ".join(f"{count} {name}" for name, count in sorted(statuses.items()))
    title = f"{options.minutes:.0f} minutes, seed {seed}: {sequence:,} changes, {site.events:,} events posted; {told}"
    print(f"{title}\n\n{table(found)}")
    drawn = options.plot or Path(tempfile.gettempdir()) / f"syncd-soak-{seed}.svg"
    drawn.write_text(plot(found, title), encoding="utf-8")
    print(f"\nplot: {drawn}")
    # The four have bad days, which end with their next act.
    troubled = [
        f"{feed['feed']}: {feed['message']}"
        for feed in status["feeds"]
        if feed["status"] in TROUBLE and feed["feed"] not in STYLES
    ]
    print("\n".join(f"PROBLEM: {problem}" for problem in troubled))
    return 1 if troubled or not all(series.is_flat for series in found) else 0


if __name__ == "__main__":
    sys.exit(main())

"""A real Prometheus that scrapes a real syncd, which asks real publishers on loopback."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from syncd.demo.site import PublishersSite
from syncd.demo.targets import BASELINES, InventedTarget
from tests.daemon.running import Running, configured, eventually, free_port, running
from tests.observe.rules import ALERTS

SCRAPE = f"""
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: ["{ALERTS}"]
scrape_configs:
  - job_name: syncd
    static_configs: [{{targets: ["127.0.0.1:PORT"]}}]
"""
QUICK = {"interval_seconds": 1, "records_min": 20, "removals_max": 10}


class Prometheus:
    """A server that answers on its port."""

    def __init__(self, port: int) -> None:
        self.home = f"http://127.0.0.1:{port}"

    async def ask(self, path: str, **parameters: str) -> Any:
        """The `data` of an answer. Raises AssertionError with what Prometheus has to say against the question."""
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = (await client.get(f"{self.home}/api/v1/{path}", params=parameters, timeout=10)).json()
        assert answer["status"] == "success", answer
        return answer["data"]

    async def values(self, query: str) -> list[float]:
        return [float(one["value"][1]) for one in (await self.ask("query", query=query))["result"]]

    async def is_ready(self) -> bool:
        try:
            async with httpx.AsyncClient(trust_env=False) as client:
                return (await client.get(f"{self.home}/-/ready", timeout=5)).status_code == 200
        except httpx.HTTPError:
            return False

    async def firing(self) -> set[tuple[str, str]]:
        """Alerts that fire, by name and feed."""
        alerts = (await self.ask("alerts"))["alerts"]
        return {
            (one["labels"]["alertname"], one["labels"].get("feed", "")) for one in alerts if one["state"] == "firing"
        }


class Scene:
    """What is at work: publishers, a daemon that asks them each second, a Prometheus that scrapes it each second."""

    def __init__(self, site: PublishersSite, daemon: Running, prometheus: Prometheus) -> None:
        self.site = site
        self.daemon = daemon
        self.prometheus = prometheus

    async def seen(self, query: str) -> None:
        """Until the query has a result."""

        async def has_result() -> bool:
            return bool(await self.prometheus.values(query))

        await eventually(has_result)

    async def publish(self, feed: str, targets: Sequence[InventedTarget]) -> None:
        """And wait until Prometheus has seen one commit more."""
        commits = await self.prometheus.values(f'syncd_feed_commit{{feed="{feed}"}}')
        self.site.publish(feed, targets)
        await self.seen(f'syncd_feed_commit{{feed="{feed}"}} > {max(commits)}')


@asynccontextmanager
async def scene(folder: Path, binary: Path) -> AsyncIterator[Scene]:
    """Every feed has its baseline, of all targets but two, and Prometheus has seen it."""
    async with PublishersSite() as site:
        for feed, targets in BASELINES.items():
            site.publish(feed, targets[:-2])
        configured(folder, site.settings(**QUICK))
        async with running(folder) as daemon, _serving(folder, binary, daemon.port) as prometheus:
            at_work = Scene(site, daemon, prometheus)
            await at_work.seen(f"count(syncd_feed_commit == 1) == {len(BASELINES)}")
            yield at_work


@asynccontextmanager
async def _serving(folder: Path, binary: Path, scraped: int) -> AsyncIterator[Prometheus]:
    file = folder / "prometheus.yaml"
    file.write_text(SCRAPE.replace("PORT", str(scraped)))
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        binary,
        f"--config.file={file}",
        f"--storage.tsdb.path={folder / 'prometheus'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=error",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env={name: value for name, value in os.environ.items() if "proxy" not in name.lower()},
    )
    try:
        prometheus = Prometheus(port)
        await eventually(prometheus.is_ready)
        yield prometheus
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()

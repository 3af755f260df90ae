"""Workers as the daemon has them, ready and not started: a test polls them by hand, on a clock of its own.

    async with watching(folder, site, feeds={"un_sc": "/un.xml"}) as watch:
        site.put("/un.xml", document("un_sc"))
        outcome = await watch.poll("un_sc")

The ledger, the archive, the parser's process and HTTP are the real ones.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from syncd.clock import SetClock
from syncd.commands.verify import verified
from syncd.config import Config
from syncd.core.events import Change, Publication, change_id
from syncd.core.state import FeedState
from syncd.demo import lists
from syncd.demo.targets import BASELINES, InventedTarget
from syncd.intake.pipeline import Outcome
from syncd.intake.poller import Poller
from syncd.observe.metrics import Metrics
from syncd.observe.report import Collected
from syncd.workers.assembly import Assembly
from syncd.workers.feed import FeedWorker

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
# Small lists: limits in proportion, and a publisher that hangs is not waited for.
EACH: Mapping[str, Any] = {"interval_seconds": 60, "records_min": 20, "removals_max": 10, "timeout_seconds": 2.0}

Sources = Mapping[str, Mapping[str, str]]


class Watch:
    """The open assembly, its clock, its metrics, and what it told."""

    def __init__(self, assembly: Assembly, clock: SetClock, heard: Collected) -> None:
        self.assembly = assembly
        self.clock = clock
        self.heard = heard
        self.metrics = Metrics()
        assembly.measure(self.metrics)

    def worker(self, feed: str) -> FeedWorker:
        return next(worker for worker in self.assembly.feed_workers if worker.feed.id == feed)

    async def poller(self, feed: str) -> Poller:
        return await self.worker(feed).opened()

    async def poll(self, feed: str) -> Outcome:
        return await self.worker(feed).once()

    async def state(self, feed: str) -> FeedState:
        """As committed, not as remembered."""
        state, _ = await self.assembly.ledger.snapshot(feed)
        return state

    async def changes(self, feed: str, after: int = 0) -> list[Change]:
        return [change async for change in self.assembly.ledger.tail({feed: after}, feeds=(feed,))]

    async def ids(self, feed: str, commit: int) -> set[str]:
        return {change_id(change) for change in await self.changes(feed) if change.commit == commit}

    async def rows(self, feed: str) -> list[Publication]:
        return [row async for row in self.assembly.ledger.publications(feed)]

    async def sound(self, feed: str) -> bool:
        finding = await verified(self.assembly.ledger, feed)
        assert finding.ok, finding.problems
        return finding.ok


def settings(sources: Sources, **each: Any) -> dict[str, Any]:
    """The `[feeds]` section that asks these addresses (feed → source → address, or `gate` and `gate:NAME` → address)
    and no others."""
    sections: dict[str, Any] = {"enable": list(sources)}
    for feed, addresses in sources.items():
        gate: dict[str, Any] = {"gate_url": addresses["gate"]} if "gate" in addresses else {}
        gate["gate_urls"] = {name[5:]: url for name, url in addresses.items() if name.startswith("gate:")}
        own = {name: {"url": url, **gate} for name, url in addresses.items() if name.partition(":")[0] != "gate"}
        sections[feed] = {**EACH, **each, "sources": own}
    return sections


@asynccontextmanager
async def watching(
    folder: Path,
    sources: Sources,
    *,
    clock: SetClock | None = None,
    parser_version: int | None = None,
    kafka: Mapping[str, Any] | None = None,
    **each: Any,
) -> AsyncIterator[Watch]:
    """The feeds of `sources`, with `each` in the settings of every one; as another version of syncd would read them,
    if `parser_version` says so; with the ledger in Kafka, if `kafka` has its section."""
    content = {"ledger": folder / "ledger.db", "feeds": settings(sources, **each)}
    if kafka is not None:
        content |= {"kafka": kafka, "archive": {"shared": True}}
    config = Config.model_validate(content)
    clock, heard = clock or SetClock(START), Collected()
    async with Assembly(config, report=heard, clock=clock) as assembly:
        for worker in assembly.feed_workers:
            worker.feed = replace(worker.feed, parser_version=parser_version or worker.feed.parser_version)
        yield Watch(assembly, clock, heard)


def document(feed: str, targets: Sequence[InventedTarget] | None = None, at: datetime = START) -> bytes:
    """The invented list of `feed`, or one of these targets, as published at that time."""
    return lists.document(feed, BASELINES[feed] if targets is None else targets, at)

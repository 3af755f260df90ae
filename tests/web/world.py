"""A port with a real ledger behind it, and publishers' acts on that."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from syncd.archive import FolderStore, KeptArchive
from syncd.clock import SystemClock
from syncd.config import HttpSettings
from syncd.errors import LedgerError
from syncd.feeds import all_feeds
from syncd.ledger.contract import Ledger
from syncd.ledger.sqlite import SqliteLedger
from syncd.observe.metrics import Metrics
from syncd.observe.report import Collected
from syncd.observe.status import FeedStatus
from syncd.web import Follower, WebServer
from syncd.web.probes import Patience

WATCHED = ("un_sc", "eu_fsf")


class World:
    """What the port is told, for a test to change. `opens` false: the ledger cannot be opened."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "ledger.db"
        self.metrics = Metrics()
        self.told = Collected()
        self.local: list[FeedStatus] = []
        self.late_seconds = 0.0
        self.standby = False
        self.opens = True
        self.archive = KeptArchive(FolderStore(folder / "archive"), folder / "spool", spool_bytes_max=1_000_000)
        feeds = all_feeds()
        self.follower = Follower(
            self._open,
            watched=[feeds[name] for name in WATCHED],
            known=feeds,
            clock=SystemClock(),
            report=self.told,
            local=lambda: self.local,
        )
        self.ledger: SqliteLedger
        self.reader: SqliteLedger

    async def _open(self) -> Ledger:
        if not self.opens:
            raise LedgerError("the disk is gone")
        self.reader = await SqliteLedger.open_file(self.path, writing=False)
        return self.reader

    async def lose_the_ledger(self) -> None:
        self.opens = False
        await self.reader.close()

    def server(self, **settings: object) -> WebServer:
        return WebServer(
            HttpSettings.model_validate({"port": 0, **settings}),
            self.follower,
            metrics=self.metrics,
            installation="bank-a",
            seconds_since_tick=lambda: self.late_seconds,
            standby=lambda: self.standby,
            patience=Patience(tick_seconds=30, ledger_seconds=0.5),
            archive=self.archive,
        )

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[SqliteLedger]:
        self.ledger = await SqliteLedger.open_file(self.path, writing=True, installation="bank-a")
        try:
            yield self.ledger
        finally:
            await self.ledger.close()


def asking(server: WebServer) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", trust_env=False, verify=False)


@asynccontextmanager
async def serving(server: WebServer) -> AsyncIterator[httpx.AsyncClient]:
    await server.start()
    try:
        async with asking(server) as client:
            yield client
    finally:
        await server.stop()

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from syncd.web import WebServer
from syncd.web import follower as following
from tests.daemon.running import eventually
from tests.web.world import World, asking


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """A ledger that is open for writing, and a follower that has read it."""
    monkeypatch.setattr(following, "REFRESH_SECONDS", 0.05)
    monkeypatch.setattr(following, "AGAIN_SECONDS", (0.05,))
    world = World(tmp_path)
    async with world.writing():
        task = asyncio.create_task(world.follower.run())
        await eventually(lambda: asyncio.sleep(0, world.follower.has_read))
        yield world
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def server(world: World) -> AsyncIterator[WebServer]:
    server = world.server()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def client(server: WebServer) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(server) as client:
        yield client

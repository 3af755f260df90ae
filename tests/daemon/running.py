"""`syncd` as processes: the daemon in a folder of its own, and commands beside it, as in another terminal."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
from msgspec import Struct

from tests.daemon import forks

ROOT = Path(__file__).parents[2]
# Ten times what a command takes on a machine that does nothing else, and then as busy as ours have been.
PATIENCE_SECONDS = 180.0


class Ran(Struct, frozen=True):
    """A process that ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[Any]:
        """Standard output as JSON lines."""
        return [msgspec.json.decode(line) for line in self.out.splitlines()]


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("SYNCD_")}
    return {**kept, "PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1,localhost", **more}


Process = forks.Forked | asyncio.subprocess.Process


async def started(folder: Path, *words: str, **more: str) -> Process:
    return forks.start(folder, words, environment(**more))


async def by_new_interpreter(folder: Path, *words: str, **more: str) -> Process:
    """The same as it is in production, where nothing is imported before."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "syncd",
        *words,
        cwd=folder,
        env=environment(**more),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def ended(process: Process) -> Ran:
    """Waits for the end of it. Raises TimeoutError."""
    try:
        out, err = await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    assert process.returncode is not None
    return Ran(process.returncode, out.decode(), err.decode())


async def syncd(folder: Path, *words: str) -> Ran:
    return await ended(await started(folder, *words))


class Running:
    """A daemon at work in `folder`, with its HTTP port."""

    def __init__(self, process: Process, folder: Path, port: int) -> None:
        self.process = process
        self.folder = folder
        self.port = port

    async def get(self, path: str) -> httpx.Response:
        # Nothing is secret on loopback, and reading the certificates that nobody asks for takes longer than an answer.
        async with httpx.AsyncClient(trust_env=False, verify=False) as client:
            return await client.get(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE_SECONDS)

    async def metric(self, line: str) -> float:
        """The value of the metric whose line begins so; 0 where there is none yet."""
        with contextlib.suppress(httpx.HTTPError):
            for one in (await self.get("/metrics")).text.splitlines():
                if one.startswith(line):
                    return float(one.rpartition(" ")[2])
        return 0.0

    async def stop(self, number: int = signal.SIGTERM) -> Ran:
        self.process.send_signal(number)
        return await ended(self.process)


Starting = Callable[..., Awaitable[Process]]


@asynccontextmanager
async def running(folder: Path, start: Starting = started, **more: str) -> AsyncIterator[Running]:
    """`syncd run`, answering on its port; killed at the end if it still runs."""
    port = free_port()
    process = await start(folder, "run", "--port", str(port), **more)
    try:
        daemon = Running(process, folder, port)
        await eventually(lambda: _answers(daemon))
        yield daemon
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def _answers(daemon: Running) -> bool:
    if daemon.process.returncode is not None:
        raise AssertionError((await ended(daemon.process)).err)
    try:
        return (await daemon.get("/livez")).status_code == 200
    except httpx.HTTPError:
        return False


async def eventually(holds: Callable[[], Awaitable[object]], patience_seconds: float = PATIENCE_SECONDS) -> None:
    end = time.monotonic() + patience_seconds
    while not await holds():
        assert time.monotonic() < end, "it did not come to that in time"
        await asyncio.sleep(0.05)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def configured(folder: Path, feeds: Mapping[str, Any], **more: Any) -> None:
    """`syncd.toml` in the folder, which every command there finds."""
    (folder / "syncd.toml").write_text("".join(_lines("", {**more, "feeds": feeds})))


def _lines(place: str, values: Mapping[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _lines(f"{place}{name}.", value)
        else:
            yield f"{place}{name} = {msgspec.json.encode(value).decode()}\n"

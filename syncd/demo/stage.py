"""Runs the real daemon on a temporary ledger, beside a consumer of its events and the command line.

The reader is a consumer like any other: it opens the ledger beside the daemon and follows it. Commands run as they
would in another terminal.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from msgspec import Struct

from syncd.channels import all_channels
from syncd.config import Config
from syncd.core.coordination.target import CoordinationEvent, CoordinatorState
from syncd.core.events import Change
from syncd.core.notices.notice import NoticeEvent
from syncd.core.state import FeedState
from syncd.daemon.daemon import Daemon
from syncd.demo.journal import CHANNEL
from syncd.demo.site import HOST, PublishersSite
from syncd.errors import SyncdError
from syncd.intake.parser_process import kill
from syncd.ledger.sqlite import SqliteLedger
from syncd.observe.moments import Moment, PollFailed

COMMAND_SECONDS_MAX = 60.0
LOOK_AGAIN_SECONDS = 0.1
# Small lists, asked every second: limits in proportion.
FEED_SETTINGS = {"interval_seconds": 1, "records_min": 20, "removals_max": 10}
_PROXY_EXCEPTIONS = ("NO_PROXY", "no_proxy")
T = TypeVar("T")


class Ran(Struct, frozen=True, kw_only=True):
    """A command that ended: its exit code and what it printed."""

    code: int
    output: str
    errors: str


class Stage:
    """An asynchronous context manager; inside it the daemon runs. `folder` holds all that it writes."""

    def __init__(self, folder: Path, site: PublishersSite) -> None:
        self.ledger_file = folder / "demo.db"
        self.failures: asyncio.Queue[PollFailed] = asyncio.Queue()
        self.failed: PollFailed | None = None
        self._folder = folder
        self._config = Config.model_validate(
            {
                "ledger": self.ledger_file,
                "http": {"port": 0},
                "feeds": site.settings(**FEED_SETTINGS),
                "notices": {
                    "mirror": site.home,
                    "interval_seconds": 1,
                    "disable": [name for name in all_channels() if name != CHANNEL],
                },
            }
        )
        self._changes: asyncio.Queue[Change] = asyncio.Queue()
        self._together: asyncio.Queue[CoordinationEvent] = asyncio.Queue()
        self._announced: asyncio.Queue[NoticeEvent] = asyncio.Queue()
        self._resources = contextlib.AsyncExitStack()
        self._daemon: Daemon
        self._ledger: SqliteLedger
        self._reader: asyncio.Task[None]

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as resources:
            resources.enter_context(_loopback_without_proxy())
            self._daemon = await resources.enter_async_context(Daemon(self._config, report=self._heard))
            self._ledger = await SqliteLedger.open_file(self.ledger_file, writing=False)
            resources.push_async_callback(self._ledger.close)
            self._reader = asyncio.create_task(self._read(), name="demo reader")
            resources.push_async_callback(self._stop_reading)
            self._resources = resources.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._resources.aclose()

    @property
    def page(self) -> str:
        """The address of the daemon's page."""
        return f"http://{HOST}:{self._daemon.web.port}/" if self._daemon.web else ""

    async def change(self, timeout_seconds: float) -> Change:
        """Returns the next committed change. Raises TimeoutError, and the error that ended the reading if any did."""
        return await self._next(self._changes, timeout_seconds)

    async def coordination(self, timeout_seconds: float) -> CoordinationEvent:
        """Returns the next coordination event. Raises as `change` does."""
        return await self._next(self._together, timeout_seconds)

    async def notice(self, timeout_seconds: float) -> NoticeEvent:
        """Returns the next that is said of a notice. Raises as `change` does."""
        return await self._next(self._announced, timeout_seconds)

    async def listening(self, timeout_seconds: float) -> None:
        """Wait until the Official Journal was read for the first time, which says nothing. Raises TimeoutError."""
        async with asyncio.timeout(timeout_seconds):
            while True:
                state, _ = await self._ledger.live_notices()
                if CHANNEL in state.channels:
                    return
                await asyncio.sleep(LOOK_AGAIN_SECONDS)

    async def linked(self, timeout_seconds: float) -> CoordinatorState:
        """Wait until everything that is committed has been linked. Raises TimeoutError."""
        async with asyncio.timeout(timeout_seconds):
            while True:
                state, _ = await self._ledger.targets(only=())
                ends = {feed: (await self._ledger.state(feed)).sequence for feed in await self._ledger.feeds()}
                if state.cursor == ends:
                    return state
                await asyncio.sleep(LOOK_AGAIN_SECONDS)

    async def _next(self, queue: "asyncio.Queue[T]", timeout_seconds: float) -> T:
        waiting = asyncio.create_task(queue.get())
        try:
            await asyncio.wait({waiting, self._reader}, timeout=timeout_seconds, return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                return waiting.result()
        finally:
            waiting.cancel()
        if self._reader.done():
            self._reader.result()
        said = f"; the last failed poll: {self.failed.sentence()}" if self.failed else ""
        raise TimeoutError(f"nothing was committed within {timeout_seconds:g} s{said}")

    async def state(self, feed: str) -> FeedState:
        """Returns the committed state of `feed`."""
        state, _ = await self._ledger.snapshot(feed)
        return state

    def forget_failures(self) -> None:
        """Forget the failed polls so far: `failure` then waits for the next."""
        while not self.failures.empty():
            self.failures.get_nowait()

    async def failure(self, feed: str, timeout_seconds: float) -> PollFailed:
        """Returns the next failed poll of `feed`. Raises TimeoutError."""
        async with asyncio.timeout(timeout_seconds):
            while (failed := await self.failures.get()).feed != feed:
                pass
        return failed

    async def command(self, *words: str) -> Ran:
        """Run `syncd WORDS --ledger …` as a process of its own and return how it ended. Raises SyncdError when it does
        not end in time."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "syncd",
            *words,
            "--ledger",
            str(self.ledger_file),
            cwd=self._folder,
            env=_environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(COMMAND_SECONDS_MAX):
                output, errors = await process.communicate()
        except TimeoutError:
            raise SyncdError(f"syncd {words[0]} did not end within {COMMAND_SECONDS_MAX:g} s") from None
        finally:
            kill(process)
            await process.wait()
        return Ran(code=process.returncode or 0, output=output.decode(), errors=errors.decode().strip())

    def _heard(self, moment: Moment) -> None:
        if isinstance(moment, PollFailed):
            self.failed = moment
            self.failures.put_nowait(moment)

    async def _read(self) -> None:
        await asyncio.gather(self._read_changes(), self._read_together(), self._read_announced())

    async def _read_changes(self) -> None:
        async for change in self._ledger.tail({}, follow=True):
            self._changes.put_nowait(change)

    async def _read_together(self) -> None:
        async for event in self._ledger.coordination(follow=True):
            self._together.put_nowait(event)

    async def _read_announced(self) -> None:
        async for event in self._ledger.notices({}, follow=True):
            self._announced.put_nowait(event)

    async def _stop_reading(self) -> None:
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)


def _environment() -> dict[str, str]:
    """Of this process, without anything that would configure syncd, and with the code that runs here."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("SYNCD_")}
    here = str(Path(__file__).parents[2])
    return kept | {"PYTHONPATH": os.pathsep.join(part for part in (here, kept.get("PYTHONPATH")) if part)}


@contextlib.contextmanager
def _loopback_without_proxy() -> Iterator[None]:
    """Where the environment names a proxy, it is not asked for this machine itself."""
    before = {name: os.environ.get(name) for name in _PROXY_EXCEPTIONS}
    for name, value in before.items():
        os.environ[name] = ",".join(part for part in (value, HOST, "localhost") if part)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

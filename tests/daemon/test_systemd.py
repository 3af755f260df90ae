"""What a service manager hears of the daemon, over a real socket."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from syncd.config import Config
from syncd.daemon.daemon import Daemon
from syncd.daemon.systemd import ServiceManager
from syncd.demo.site import PublishersSite
from tests.daemon.running import PATIENCE_SECONDS, configured, ended, environment, eventually, running, started

WATCHED = {"WATCHDOG_USEC": "120000000"}
# `syncd run`, whose loop hangs for good when it is told to.
THAT_HANGS = """
import signal, sys, time
signal.signal(signal.SIGUSR1, lambda *_: time.sleep(3600))
from syncd.cli import main
main()
"""


class Manager:
    """Listens as systemd does."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.heard: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address.replace("@", "\0", 1) if address.startswith("@") else address)
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while datagram := self._socket.recv(4096):
                self.heard += datagram.decode().splitlines()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._listening.join()
        self._socket.close()

    async def hears(self, line: str, times: int = 1) -> None:
        """Waits for `times` more lines that begin so."""
        wanted = self.count(line) + times

        async def it_does() -> bool:
            return self.count(line) >= wanted

        await eventually(it_does)

    async def heard_once(self, line: str) -> None:
        """Waits until there is one, whenever it came."""

        async def it_is() -> bool:
            return self.count(line) > 0

        await eventually(it_is)

    def count(self, line: str) -> int:
        return sum(one.startswith(line) for one in self.heard)


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    manager = Manager(str(tmp_path / "notify"))
    yield manager
    manager.close()


async def test_systemd_is_told_of_readiness_liveness_status_and_stop(
    publishers: PublishersSite, tmp_path: Path, manager: Manager
) -> None:
    """It is ready once feeds the watchdog and says how it stands and that it stops."""
    async with running(tmp_path, NOTIFY_SOCKET=manager.address, **WATCHED) as daemon:
        await manager.heard_once("STATUS=lists: 2 ok")
        publishers.serve_badly("un_sc", "hang_up")
        await manager.heard_once("STATUS=lists: 1 ok, 1 failing")
        await manager.hears("WATCHDOG=1", 2)
        assert (await daemon.stop()).code == 0
    assert manager.count("READY=1") == 1
    assert manager.heard.index("READY=1") < manager.heard.index("STOPPING=1")
    assert manager.heard[-2:] == ["STOPPING=1", "STATUS=SIGTERM"]
    assert manager.count("EXTEND_TIMEOUT_USEC") == 0


async def test_a_loop_that_hangs_feeds_the_watchdog_no_more(
    publishers: PublishersSite, tmp_path: Path, manager: Manager
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        THAT_HANGS,
        "run",
        "--port",
        "0",
        cwd=tmp_path,
        env=environment(NOTIFY_SOCKET=manager.address, **WATCHED),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await manager.heard_once("READY=1")
        await manager.hears("WATCHDOG=1")
        process.send_signal(signal.SIGUSR1)
        await asyncio.sleep(0.5)
        before = manager.count("WATCHDOG=1")
        await asyncio.sleep(3)
        assert manager.count("WATCHDOG=1") == before
        assert process.returncode is None
    finally:
        process.kill()
        await process.wait()


async def test_a_ledger_that_somebody_else_writes_is_no_readiness(
    publishers: PublishersSite, tmp_path: Path, manager: Manager
) -> None:
    async with running(tmp_path):
        second = await started(tmp_path, "run", "--port", "0", NOTIFY_SOCKET=manager.address)
        assert (await ended(second)).code == 1
    assert manager.heard == []


async def test_brokers_that_cannot_be_reached_are_waited_for(tmp_path: Path, manager: Manager) -> None:
    kafka = {"bootstrap_servers": ["127.0.0.1:9"]}
    configured(tmp_path, {"enable": ["un_sc"]}, kafka=kafka, archive={"shared": True})
    async with running(tmp_path, NOTIFY_SOCKET=manager.address):
        await manager.heard_once("STATUS=waits for the ledger")
        await manager.hears("EXTEND_TIMEOUT_USEC=60000000", 2)
    assert manager.count("READY=1") == 0


async def test_a_watchdog_that_was_set_for_another_process_is_left_alone(manager: Manager) -> None:
    for process in (os.getpid() + 1, os.getpid()):
        told = ServiceManager({"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "1", "WATCHDOG_PID": str(process)})
        told.turned(up=True, status=lambda: "well")
    await manager.heard_once("WATCHDOG=1")
    assert manager.heard[:3] == ["READY=1", "STATUS=well", "WATCHDOG=1"]


async def test_a_socket_without_a_file_is_told_too() -> None:
    manager = Manager(f"@syncd-tests-{os.getpid()}")
    try:
        ServiceManager({"NOTIFY_SOCKET": manager.address}).turned(up=True, status=lambda: "well")
        await manager.heard_once("READY=1")
        assert manager.heard == ["READY=1", "STATUS=well"]
    finally:
        manager.close()


async def test_what_was_not_taken_is_said_again(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    told = ServiceManager({"NOTIFY_SOCKET": address})
    told.turned(up=True, status=lambda: "well")
    manager = Manager(address)
    try:
        told.turned(up=True, status=lambda: "well")
        told.turned(up=True, status=lambda: "well")
        await manager.heard_once("STATUS=well")
        assert manager.heard == ["READY=1", "STATUS=well"]
    finally:
        manager.close()


def test_without_a_manager_nobody_is_told_and_nothing_is_counted() -> None:
    ServiceManager({}).turned(up=True, status=lambda: pytest.fail("nobody asked"))
    ServiceManager({}).stopping("SIGTERM")


async def test_a_daemon_that_lost_a_part_ends(
    publishers: PublishersSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> None:
        raise RuntimeError("the feeds are gone")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Daemon, "_run", broken)
    async with Daemon(Config.load(None, {}), web=False) as daemon, asyncio.timeout(PATIENCE_SECONDS):
        with pytest.raises(RuntimeError, match="the feeds are gone"):
            await daemon.until(asyncio.Event())

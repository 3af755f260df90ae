"""The process that parses a document: how it begins, and how it ends."""

import asyncio
import subprocess
import sys

import pytest

from syncd.intake.parser_process import kill


async def test_a_process_is_killed_without_asking_whether_it_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking takes its exit code away from whoever waits for it."""
    process = await asyncio.create_subprocess_exec("sleep", "60")

    def asked(*_: object, **__: object) -> None:
        raise AssertionError("asked whether it has ended")

    monkeypatch.setattr("subprocess.Popen.poll", asked)
    monkeypatch.setattr("subprocess.Popen.send_signal", asked)
    kill(process)
    assert await process.wait() == -9
    kill(process)


async def test_a_process_that_has_ended_by_itself_keeps_its_exit_code() -> None:
    process = await asyncio.create_subprocess_exec("false")
    await process.wait()
    kill(process)
    assert process.returncode == 1


def test_the_program_of_the_process_loads_nothing_that_only_a_daemon_needs() -> None:
    """It is started for every document; what it loads before it reads is waited for."""
    program = "import sys, syncd.intake.parser_program; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    loaded = set(ran.stdout.split())
    assert "syncd.feeds.reading" in loaded
    assert loaded & {"asyncio", "email", "httpx", "logging", "pydantic", "socket", "ssl", "subprocess"} == set()

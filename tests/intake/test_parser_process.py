"""The end of the process that parses a document."""

import asyncio

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

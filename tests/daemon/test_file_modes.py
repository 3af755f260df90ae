"""What the daemon writes is closed to other users of the machine, whatever their umask lets through."""

import asyncio
import sys
from pathlib import Path

import pytest

from syncd.demo.site import PublishersSite
from tests.daemon.running import ended, environment

UN = "un_sc"


async def once(folder: Path, umask: int) -> int:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "syncd", "once", UN),
        cwd=folder,
        env=environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        umask=umask,
    )
    return (await ended(process)).code


def here(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


def modes(folder: Path, before: set[Path]) -> dict[str, int]:
    made = here(folder) - before
    return {str(path.relative_to(folder)): path.stat().st_mode & 0o777 for path in made}


@pytest.mark.parametrize(("umask", "file", "directory"), [(0o000, 0o640, 0o750), (0o077, 0o600, 0o700)])
async def test_ledger_and_archive_are_closed_to_other_users(
    publishers: PublishersSite, tmp_path: Path, umask: int, file: int, directory: int
) -> None:
    before = here(tmp_path)
    assert await once(tmp_path, umask) == 0
    found = modes(tmp_path, before)
    assert found["syncd.db"] == file
    documents = [name for name in found if name.endswith(".zst")]
    assert documents
    for name, mode in found.items():
        allowed = directory if (tmp_path / name).is_dir() else file
        assert mode & ~allowed == 0, f"{name}: {mode:o}"

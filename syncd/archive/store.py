"""Where compressed documents lie: the contract of a store, and the folder."""

import asyncio
import os
import secrets
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol, TypeVar

from syncd.archive.compressed import folder_to_disk
from syncd.errors import ArchiveUnavailable

T = TypeVar("T")


class Store(Protocol):
    """Files under names `aa/<sha256>.zst`, written once, whole or not at all, and never changed.

    All methods raise ArchiveUnavailable when the store cannot be reached.
    """

    async def has(self, name: str) -> bool:
        """Return whether there is a file under `name`."""
        ...

    async def put(self, name: str, file: Path) -> None:
        """Keep a copy of `file` under `name`; nothing happens when there is one already."""
        ...

    async def get(self, name: str, into: Path) -> bool:
        """Copy the file under `name` to the new file `into`. Returns False when there is none."""
        ...


# A copy that is older than this was left by a process that was killed.
PART_SECONDS_MAX = 3600.0
PART_SUFFIX = ".part"


class FolderStore:
    """A store in a folder, made when it is first written to. Safe for several processes, and for a crash at
    any moment."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def has(self, name: str) -> bool:
        """See `Store.has`."""
        return await self._asked((self._root / name).is_file)

    async def put(self, name: str, file: Path) -> None:
        """See `Store.put`."""
        await self._asked(lambda: self._put(name, file))

    async def get(self, name: str, into: Path) -> bool:
        """See `Store.get`."""
        return await self._asked(lambda: self._get(name, into))

    def _put(self, name: str, file: Path) -> None:
        target = self._root / name
        if target.is_file():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        _sweep(target.parent)
        part = target.with_name(f".{target.name}.{secrets.token_hex(4)}{PART_SUFFIX}")
        try:
            with file.open("rb") as source, part.open("xb") as copy:
                shutil.copyfileobj(source, copy, 1 << 20)
                copy.flush()
                os.fsync(copy.fileno())
            part.rename(target)
            folder_to_disk(target.parent)
            folder_to_disk(self._root)
        finally:
            part.unlink(missing_ok=True)

    def _get(self, name: str, into: Path) -> bool:
        try:
            stream = (self._root / name).open("rb")
        except FileNotFoundError:
            return False
        with stream, into.open("xb") as copy:
            shutil.copyfileobj(stream, copy, 1 << 20)
        return True

    async def _asked(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(work)
        except OSError as error:
            problem = f"the archive folder {self._root} cannot be used: {error.strerror}"
        raise ArchiveUnavailable(problem)


def _sweep(folder: Path) -> None:
    """Remove what killed processes left half written. Others write here too, so that only old files go."""
    for part in folder.glob(f".*{PART_SUFFIX}"):
        with suppress(FileNotFoundError):
            if time.time() - part.stat().st_mtime > PART_SECONDS_MAX:
                part.unlink()

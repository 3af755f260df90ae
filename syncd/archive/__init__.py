"""The archive: the raw documents that led to a commit or a hold, once each, under their SHA-256.

    compressed   zstd, with the SHA-256 checked both ways
    store        a folder
    objects      an object store

A document is first compressed into the spool and then put into the store. While the store cannot be reached the
document stays in the spool and `store` returns `pending`: an archive that is away never stops a designation. Nothing in
the spool is dropped. When the spool is full the newest document is not kept; `pending` names it, and it is kept once it
is seen again.
"""

import asyncio
import secrets
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Literal, Protocol, Self
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from syncd.archive import compressed
from syncd.archive.store import PART_SECONDS_MAX, PART_SUFFIX, FolderStore, Store
from syncd.config import Config
from syncd.errors import ArchiveUnavailable, ConfigurationError, needing

__all__ = ["Archive", "FolderStore", "KeptArchive", "Pending", "Store", "open_archive"]

Archived = Literal["stored", "pending"]

SUFFIX = ".zst"
UNKEPT_MAX = 1000
SHA256_CHARACTERS = 64


class Pending(Struct, frozen=True, kw_only=True):
    """What waits for the store: the number of documents and of compressed bytes in the spool. `unkept` are
    documents that the full spool could not take: only the publisher has their bytes. `problem` is the last
    failure of the store."""

    documents: int = 0
    bytes: int = 0
    unkept: tuple[str, ...] = ()
    problem: str | None = None


class Archive(Protocol):
    """Documents under their SHA-256 (64 hex digits, lower case)."""

    @property
    def pending(self) -> Pending:
        """What waits for the store."""
        ...

    def preparing(self, document: Path, sha256: str) -> AbstractAsyncContextManager[None]:
        """Compress `document` in the background while the body of this context runs; a `store` in the body then only
        waits for the end of it. Without a `store` nothing of it is left."""
        ...

    async def store(self, document: Path, sha256: str) -> Archived:
        """Keep `document`, once. Returns `stored`, or `pending` while it waits. Raises ArchiveUnavailable only when the
        file does not have this SHA-256."""
        ...

    async def extract(self, sha256: str, into: Path) -> Path:
        """Return the document as a new file in the folder `into`, its SHA-256 verified.

        Raises ArchiveUnavailable when it is not there, is damaged, or the store is away.
        """
        ...

    async def flush(self) -> int:
        """Put what waits in the spool into the store. Returns how many documents went. Raises ArchiveUnavailable when
        the store is still away; the rest waits on."""
        ...


class KeptArchive:
    """An archive over any store, with its spool. Several processes may share both."""

    def __init__(self, store: Store, spool: Path, *, spool_bytes_max: int) -> None:
        self._store = store
        self._spool = spool
        self._spool_bytes_max = spool_bytes_max
        self._unkept: dict[str, None] = {}
        self._preparing: dict[str, asyncio.Task[Path]] = {}
        self._problem: str | None = None
        self._away = False

    @property
    def pending(self) -> Pending:
        """See `Archive.pending`."""
        sizes = [size for _, size in self._spooled()]
        return Pending(documents=len(sizes), bytes=sum(sizes), unkept=tuple(self._unkept), problem=self._problem)

    @asynccontextmanager
    async def preparing(self, document: Path, sha256: str) -> AsyncIterator[None]:
        """See `Archive.preparing`."""
        part = self._part(_checked(sha256))
        task = asyncio.create_task(asyncio.to_thread(self._compressed, document, part, sha256))
        self._preparing[sha256] = task
        try:
            yield
        finally:
            self._preparing.pop(sha256, None)
            # A thread is not interrupted, and the file that it writes must go. `store` has raised its error.
            await asyncio.wait({task})
            task.exception()
            await asyncio.to_thread(_remove, part)

    async def store(self, document: Path, sha256: str) -> Archived:
        """See `Archive.store`."""
        spooled = self._spool / f"{_checked(sha256)}{SUFFIX}"
        if await self._has(sha256):
            return self._stored(sha256)
        prepared = await self._prepared(sha256)
        if not await asyncio.to_thread(self._spool_in, document, spooled, sha256, prepared):
            return "pending"
        if await self._put(spooled, sha256):
            return self._stored(sha256)
        await asyncio.to_thread(self._keep_within_bounds, spooled, sha256)
        return "pending"

    async def extract(self, sha256: str, into: Path) -> Path:
        """See `Archive.extract`."""
        spooled = self._spool / f"{_checked(sha256)}{SUFFIX}"
        target = into / f"archive-{sha256[:12]}-{secrets.token_hex(4)}"
        # Not as a document that waits is called: `flush` would take it away.
        packed = target.with_name(f"{target.name}{PART_SUFFIX}")
        try:
            if not await self._store.get(_name(sha256), packed):
                await asyncio.to_thread(_copy_of_spooled, spooled, packed, sha256)
            await asyncio.to_thread(compressed.decompress, packed, target, sha256)
            return target
        except OSError as error:
            _remove(target)
            problem = f"the document {sha256} cannot be written to {into}: {error.strerror}"
        except BaseException:
            _remove(target)
            raise
        finally:
            _remove(packed)
        raise ArchiveUnavailable(problem)

    async def flush(self) -> int:
        """See `Archive.flush`."""
        went = 0
        self._away = False
        for spooled, _ in await asyncio.to_thread(self._spooled):
            sha256 = spooled.name.removesuffix(SUFFIX)
            if not await self._put(spooled, sha256):
                raise ArchiveUnavailable(self._problem or "the archive is away")
            self._stored(sha256)
            went += 1
        return went

    async def _has(self, sha256: str) -> bool:
        """Return whether the store has the document. A store that is away counts as without it, and is not asked again,
        with all the time that would take, before the next `flush`."""
        if self._away:
            return False
        try:
            return await self._store.has(_name(sha256))
        except ArchiveUnavailable as error:
            self._remember_away(error)
            return False

    async def _put(self, spooled: Path, sha256: str) -> bool:
        if self._away:
            return False
        try:
            await self._store.put(_name(sha256), spooled)
        except ArchiveUnavailable as error:
            self._remember_away(error)
            return False
        await asyncio.to_thread(spooled.unlink, missing_ok=True)
        return True

    def _remember_away(self, error: ArchiveUnavailable) -> None:
        self._away = True
        self._problem = str(error)

    def _stored(self, sha256: str) -> Archived:
        self._unkept.pop(sha256, None)
        self._problem = None
        return "stored"

    async def _prepared(self, sha256: str) -> Path | None:
        """Return the file that was compressed beforehand; None when there is none or it failed: the next try raises the
        reason."""
        task = self._preparing.get(sha256)
        if task is None:
            return None
        try:
            return await asyncio.shield(task)
        except (OSError, ArchiveUnavailable):
            return None

    def _part(self, sha256: str) -> Path:
        return self._spool / f"{sha256}.{secrets.token_hex(4)}{PART_SUFFIX}"

    def _compressed(self, document: Path, part: Path, sha256: str) -> Path:
        self._spool.mkdir(parents=True, exist_ok=True)
        compressed.compress(document, part, sha256)
        return part

    def _spool_in(self, document: Path, spooled: Path, sha256: str, prepared: Path | None) -> bool:
        """Write the document to the spool, whole or not at all. Returns False when the disk does not take it."""
        part = prepared or self._part(sha256)
        try:
            if spooled.exists():
                return True
            if prepared is None:
                self._compressed(document, part, sha256)
            part.rename(spooled)
            compressed.folder_to_disk(self._spool)
        except OSError as error:
            self._problem = f"the spool {self._spool} cannot be written: {error.strerror}"
            self._remember_unkept(sha256)
            return False
        finally:
            _remove(part)
        return True

    def _keep_within_bounds(self, newest: Path, sha256: str) -> None:
        """The earlier documents were promised; the newest may still be had from its publisher."""
        if sum(size for _, size in self._spooled()) > self._spool_bytes_max:
            newest.unlink(missing_ok=True)
            self._remember_unkept(sha256)
            return
        self._unkept.pop(sha256, None)

    def _remember_unkept(self, sha256: str) -> None:
        self._unkept[sha256] = None
        while len(self._unkept) > UNKEPT_MAX:
            self._unkept.pop(next(iter(self._unkept)))

    def _spooled(self) -> list[tuple[Path, int]]:
        """Return the files that wait, oldest first, with their sizes."""
        found = []
        for file in self._spool.glob(f"*{SUFFIX}"):
            try:
                status = file.stat()
            except FileNotFoundError:
                continue
            found.append((status.st_mtime_ns, file, status.st_size))
        return [(file, size) for _, file, size in sorted(found)]

    def sweep(self) -> Self:
        """Remove what a killed process left half written in the spool. Returns the archive itself."""
        for part in self._spool.glob(f"*{PART_SUFFIX}"):
            if time.time() - part.stat().st_mtime > PART_SECONDS_MAX:
                part.unlink(missing_ok=True)
        return self


def open_archive(config: Config) -> Archive:
    """Return the archive of `config`: a folder by path or file:///…, an object store by any other address. Nothing is
    reached yet.

    Raises ConfigurationError when the address is wrong, or when it is a folder that the replicas of a ledger in Kafka
    may not have in common.
    """
    archive = KeptArchive(_store(config), config.archive_spool, spool_bytes_max=config.archive.spool_bytes_max)
    return archive.sweep()


def _store(config: Config) -> Store:
    folder = _folder(config.archive_url)
    if folder is None:
        with needing("objects"):
            # Only here: an archive in a folder needs no library of object stores.
            from syncd.archive.objects import bucket_store  # noqa: PLC0415
        return bucket_store(config.archive_url, config.archive)
    if config.kafka.is_chosen and not config.archive.shared:
        raise ConfigurationError(
            f"archive.url {config.archive_url}: with the ledger in Kafka every replica must find every document: give "
            "an object store, or set archive.shared = true if all replicas have this folder, or there is one only"
        )
    return FolderStore(folder)


def _folder(url: str) -> Path | None:
    parts = urlsplit(url)
    if "://" not in url:
        return Path(url)
    if parts.scheme != "file":
        return None
    if parts.netloc not in {"", "localhost"} or not parts.path:
        raise ConfigurationError(f"archive.url {url}: a folder is file:///path, with three slashes")
    return Path(unquote(parts.path))


def _remove(file: Path) -> None:
    """Remove `file`, if it is there."""
    with suppress(OSError):
        file.unlink()


def _copy_of_spooled(spooled: Path, into: Path, sha256: str) -> None:
    """Copy the spooled document, since another process may move it to the store at any moment."""
    try:
        shutil.copyfile(spooled, into)
    except FileNotFoundError:
        problem = f"the archive has no document {sha256}"
    else:
        return
    raise ArchiveUnavailable(problem)


def _name(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}{SUFFIX}"


def _checked(sha256: str) -> str:
    """Return `sha256`, which becomes the name of a file. Raises ArchiveUnavailable when it is no SHA-256."""
    if len(sha256) != SHA256_CHARACTERS or set(sha256) - set("0123456789abcdef"):
        raise ArchiveUnavailable("a document is named by its SHA-256 in 64 lower-case hex digits")
    return sha256

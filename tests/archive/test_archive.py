"""Raw documents are kept once, whole, under their SHA-256; a store that is away costs nobody anything."""

import hashlib
import os
import random
import time
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from syncd import archive as archives
from syncd.archive import FolderStore, KeptArchive, Store, open_archive
from syncd.archive.objects import BucketStore
from syncd.config import Config
from syncd.errors import ArchiveUnavailable, ConfigurationError

LIST = b"<LIST>" + b"<ENTRY/>" * 50_000 + b"</LIST>"
OTHER = random.Random(3).randbytes(20_000)


class Door:
    """A store that can be shut, and counts how often it is asked."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.shut = False
        self.asked = 0

    def _open(self) -> Store:
        self.asked += 1
        if self.shut:
            raise ArchiveUnavailable("the archive is away")
        return self.store

    async def has(self, name: str) -> bool:
        return await self._open().has(name)

    async def put(self, name: str, file: Path) -> None:
        await self._open().put(name, file)

    async def get(self, name: str, into: Path) -> bool:
        return await self._open().get(name, into)


@pytest.fixture(params=["folder", "bucket"])
def door(request: pytest.FixtureRequest, tmp_path: Path) -> Door:
    if request.param == "folder":
        return Door(FolderStore(tmp_path / "archive"))
    return Door(BucketStore(MemoryStore(), "memory://", timeout_seconds=5))


@pytest.fixture
def archive(door: Door, tmp_path: Path) -> KeptArchive:
    return KeptArchive(door, tmp_path / "spool", spool_bytes_max=100_000)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def document(tmp_path: Path, content: bytes = LIST) -> tuple[Path, str]:
    sha256 = hashlib.sha256(content).hexdigest()
    path = tmp_path / sha256[:8]
    path.write_bytes(content)
    return path, sha256


def left(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir()) if folder.exists() else []


def spooled(tmp_path: Path) -> list[str]:
    return left(tmp_path / "spool")


async def test_what_is_kept_comes_out_as_it_went_in(archive: KeptArchive, tmp_path: Path, out: Path) -> None:
    path, sha256 = document(tmp_path)
    assert await archive.store(path, sha256) == "stored"
    assert (await archive.extract(sha256, out)).read_bytes() == LIST
    assert len(left(out)) == 1
    assert spooled(tmp_path) == []


async def test_what_is_read_into_the_spool_is_not_flushed_from_it(
    archive: KeptArchive, door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """World 1309: a release read its document at the moment of a flush, which took the packed copy away."""
    path, sha256 = document(tmp_path)
    await archive.store(path, sha256)
    get, flushed = door.get, []

    async def then_flush(name: str, into: Path) -> bool:
        found = await get(name, into)
        flushed.append(await archive.flush())
        return found

    monkeypatch.setattr(door, "get", then_flush)
    assert (await archive.extract(sha256, archive._spool)).read_bytes() == LIST
    assert flushed == [0]


async def test_keeping_it_again_changes_nothing(archive: KeptArchive, tmp_path: Path, out: Path) -> None:
    path, sha256 = document(tmp_path)
    await archive.store(path, sha256)
    path.unlink()
    assert await archive.store(path, sha256) == "stored"
    assert (await archive.extract(sha256, out)).read_bytes() == LIST


async def test_a_folder_holds_zstd_under_the_first_two_digits(tmp_path: Path) -> None:
    archive = KeptArchive(FolderStore(tmp_path / "archive"), tmp_path / "spool", spool_bytes_max=1)
    path, sha256 = document(tmp_path)
    await archive.store(path, sha256)
    files = [file for file in (tmp_path / "archive").rglob("*") if file.is_file()]
    assert files == [tmp_path / "archive" / sha256[:2] / f"{sha256}.zst"]
    assert files[0].read_bytes()[:4] == b"\x28\xb5\x2f\xfd"
    assert files[0].stat().st_size < len(LIST) / 100


async def test_what_a_killed_process_left_in_the_folder_goes_when_it_is_old(
    tmp_path: Path,
) -> None:
    archive = KeptArchive(FolderStore(tmp_path / "archive"), tmp_path / "spool", spool_bytes_max=1)
    path, sha256 = document(tmp_path)
    folder = tmp_path / "archive" / sha256[:2]
    folder.mkdir(parents=True)
    old, young = (folder / f".{sha256}.zst.{mark}.part" for mark in ("0ld", "young"))
    for part in (old, young):
        part.write_bytes(b"half")
    os.utime(old, (time.time() - 7_200,) * 2)
    assert await archive.store(path, sha256) == "stored"
    assert left(folder) == [young.name, f"{sha256}.zst"]


async def test_a_document_that_nobody_kept_is_named(archive: KeptArchive, out: Path) -> None:
    sha256 = hashlib.sha256(b"never").hexdigest()
    with pytest.raises(ArchiveUnavailable, match=sha256):
        await archive.extract(sha256, out)
    assert left(out) == []


async def test_a_folder_that_cannot_take_the_document_is_named(archive: KeptArchive, tmp_path: Path) -> None:
    path, sha256 = document(tmp_path)
    await archive.store(path, sha256)
    with pytest.raises(ArchiveUnavailable):
        await archive.extract(sha256, tmp_path / "not there")


@pytest.mark.parametrize("damage", [b"", b"not zstd at all", b"\x28\xb5\x2f\xfd"])
async def test_a_damaged_copy_is_never_given_out(tmp_path: Path, out: Path, damage: bytes) -> None:
    archive = KeptArchive(FolderStore(tmp_path / "archive"), tmp_path / "spool", spool_bytes_max=1)
    path, sha256 = document(tmp_path)
    await archive.store(path, sha256)
    (tmp_path / "archive" / sha256[:2] / f"{sha256}.zst").write_bytes(damage)
    with pytest.raises(ArchiveUnavailable, match=f"{sha256} is damaged"):
        await archive.extract(sha256, out)
    assert left(out) == []


async def test_a_copy_cut_short_is_never_given_out(tmp_path: Path, out: Path) -> None:
    archive = KeptArchive(FolderStore(tmp_path / "archive"), tmp_path / "spool", spool_bytes_max=1)
    path, sha256 = document(tmp_path, OTHER)
    await archive.store(path, sha256)
    kept = tmp_path / "archive" / sha256[:2] / f"{sha256}.zst"
    kept.write_bytes(kept.read_bytes()[:-5000])
    with pytest.raises(ArchiveUnavailable, match="damaged"):
        await archive.extract(sha256, out)


async def test_a_document_that_changed_on_disk_is_not_kept(archive: KeptArchive, tmp_path: Path) -> None:
    path, sha256 = document(tmp_path)
    path.write_bytes(LIST + b" ")
    with pytest.raises(ArchiveUnavailable, match="changed on disk"):
        await archive.store(path, sha256)
    assert spooled(tmp_path) == []


async def test_what_is_compressed_beforehand_is_kept_only_if_asked_for(
    archive: KeptArchive, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is compressed beforehand is kept if it is asked for and else gone."""
    path, sha256 = document(tmp_path)
    compressed: list[str] = []
    compress = archives.compressed.compress
    monkeypatch.setattr(archives.compressed, "compress", lambda *args: (compress(*args), compressed.append(args[2])))
    async with archive.preparing(path, sha256):
        pass
    assert spooled(tmp_path) == []
    async with archive.preparing(path, sha256):
        assert await archive.store(path, sha256) == "stored"
    assert compressed == [sha256, sha256]
    assert spooled(tmp_path) == []
    assert (await archive.extract(sha256, out)).read_bytes() == LIST


async def test_a_document_that_changed_while_it_was_read_is_not_kept(archive: KeptArchive, tmp_path: Path) -> None:
    path, sha256 = document(tmp_path)
    path.write_bytes(LIST + b" ")
    with pytest.raises(ArchiveUnavailable, match="changed on disk"):
        async with archive.preparing(path, sha256):
            await archive.store(path, sha256)
    assert spooled(tmp_path) == []


async def test_while_the_store_is_away_documents_wait_and_can_be_read(
    archive: KeptArchive, door: Door, tmp_path: Path, out: Path
) -> None:
    path, sha256 = document(tmp_path)
    door.shut = True
    assert await archive.store(path, sha256) == "pending"
    assert (archive.pending.documents, archive.pending.unkept) == (1, ())
    assert archive.pending.bytes > 0
    assert archive.pending.problem == "the archive is away"
    door.shut = False
    assert (await archive.extract(sha256, out)).read_bytes() == LIST


async def test_a_store_that_is_away_is_not_waited_for_again_before_a_flush(
    archive: KeptArchive, door: Door, tmp_path: Path
) -> None:
    door.shut = True
    await archive.store(*document(tmp_path))
    asked = door.asked
    assert await archive.store(*document(tmp_path, OTHER)) == "pending"
    assert door.asked == asked


async def test_what_waits_goes_to_the_store_when_it_is_back(
    archive: KeptArchive, door: Door, tmp_path: Path, out: Path
) -> None:
    path, sha256 = document(tmp_path)
    door.shut = True
    await archive.store(path, sha256)
    with pytest.raises(ArchiveUnavailable, match="away"):
        await archive.flush()
    assert archive.pending.documents == 1
    door.shut = False
    assert await archive.flush() == 1
    assert archive.pending.documents == 0
    assert archive.pending.problem is None
    assert spooled(tmp_path) == []
    assert (await archive.extract(sha256, out)).read_bytes() == LIST


async def test_what_waits_survives_a_restart(archive: KeptArchive, door: Door, tmp_path: Path) -> None:
    door.shut = True
    await archive.store(*document(tmp_path))
    door.shut = False
    restarted = KeptArchive(door, tmp_path / "spool", spool_bytes_max=100_000)
    assert restarted.pending.documents == 1
    assert await restarted.flush() == 1


async def test_a_full_spool_keeps_its_documents_and_names_the_refused(door: Door, tmp_path: Path) -> None:
    """A full spool keeps what it promised and names what it could not take."""
    archive = KeptArchive(door, tmp_path / "spool", spool_bytes_max=15_000)
    door.shut = True
    first, second = document(tmp_path), document(tmp_path, OTHER)
    assert await archive.store(*first) == "pending"
    assert await archive.store(*second) == "pending"
    assert spooled(tmp_path) == [f"{first[1]}.zst"]
    assert archive.pending.unkept == (second[1],)
    door.shut = False
    await archive.flush()
    assert await archive.store(*second) == "stored"
    assert archive.pending.unkept == ()


async def test_a_spool_that_cannot_be_written_stops_nobody(door: Door, tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("a file where the folder should be")
    archive = KeptArchive(door, tmp_path / "spool", spool_bytes_max=15_000)
    path, sha256 = document(tmp_path)
    assert await archive.store(path, sha256) == "pending"
    assert archive.pending.unkept == (sha256,)
    assert "cannot be written" in (archive.pending.problem or "")


async def test_an_archive_folder_that_is_a_file_is_away(tmp_path: Path) -> None:
    (tmp_path / "archive").write_text("")
    archive = KeptArchive(FolderStore(tmp_path / "archive"), tmp_path / "spool", spool_bytes_max=100_000)
    assert await archive.store(*document(tmp_path)) == "pending"
    assert "cannot be used" in (archive.pending.problem or "")


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "AB" * 32, "a" * 63])
async def test_only_a_sha256_names_a_document(archive: KeptArchive, out: Path, name: str) -> None:
    with pytest.raises(ArchiveUnavailable):
        await archive.extract(name, out)


async def test_without_configuration_the_archive_lies_beside_the_ledger(tmp_path: Path) -> None:
    archive = open_archive(Config(ledger=tmp_path / "syncd.db"))
    await archive.store(*document(tmp_path))
    assert (tmp_path / "syncd.db-archive").is_dir()


async def test_a_file_address_is_a_folder(tmp_path: Path) -> None:
    config = Config.model_validate(
        {"archive": {"url": f"file://{tmp_path}/a%20b"}, "ledger": str(tmp_path / "syncd.db")}
    )
    await open_archive(config).store(*document(tmp_path))
    assert (tmp_path / "a b").is_dir()


@pytest.mark.parametrize("url", ["file://host/folder", "gopher://bucket/prefix"])
def test_an_address_that_no_store_has_is_the_operators_fault(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"archive\.url"):
        open_archive(Config.model_validate({"archive": {"url": url}}))


async def test_an_unserved_bucket_is_away_in_time_and_names_no_key(tmp_path: Path) -> None:
    """A bucket that nobody serves is away within its deadline and names no key."""
    settings = {
        "url": "s3://bucket/prefix",
        "endpoint": "http://127.0.0.1:9",
        "allow_http": True,
        "region": "eu-west-1",
        "access_key_id": "5ecre7",
        "secret_access_key": "5ecre7",
        "timeout_seconds": 0.5,
    }
    archive = open_archive(Config.model_validate({"archive": settings, "ledger": str(tmp_path / "syncd.db")}))
    assert await archive.store(*document(tmp_path)) == "pending"
    assert "s3://bucket/prefix cannot be reached" in (archive.pending.problem or "")
    assert "5ecre7" not in (archive.pending.problem or "")


KAFKA = {"bootstrap_servers": ["127.0.0.1:9"]}


@pytest.mark.parametrize("archive", [{}, {"url": "a/folder"}, {"url": "file:///a/folder"}])
def test_with_the_ledger_in_kafka_a_folder_must_be_declared_shared(archive: dict[str, str], tmp_path: Path) -> None:
    settings = {"ledger": str(tmp_path / "syncd.db"), "kafka": KAFKA}
    with pytest.raises(ConfigurationError, match=r"object store, or set archive\.shared = true"):
        open_archive(Config.model_validate({**settings, "archive": archive}))
    open_archive(Config.model_validate({**settings, "archive": {**archive, "shared": True}}))

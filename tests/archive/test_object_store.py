"""Documents in a bucket of a real S3 server: kept once, found by everybody, and never waited for when it is away."""

import hashlib
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from syncd.archive import KeptArchive, open_archive
from syncd.archive.objects import bucket_store
from syncd.config import ArchiveSettings, Config
from syncd.errors import ArchiveUnavailable
from tests.archive.s3 import CREDENTIALS, S3Server

LIST = random.Random(8).randbytes(3_000_000)
SHA256 = hashlib.sha256(LIST).hexdigest()
NAME = f"documents/{SHA256[:2]}/{SHA256}.zst"
SECRET = CREDENTIALS["secret_access_key"]


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    monkeypatch.setenv("NO_PROXY", "*")
    with S3Server() as server:
        yield server


@pytest.fixture
def replica(s3: S3Server, tmp_path: Path) -> Callable[[str], KeptArchive]:
    """The archive as the replica of this name opens it: it shares nothing but the bucket."""

    def opened(name: str) -> KeptArchive:
        archive = open_archive(
            Config.model_validate({"archive": s3.settings, "ledger": str(tmp_path / name / "syncd.db")})
        )
        assert isinstance(archive, KeptArchive)
        return archive

    return opened


@pytest.fixture
def document(tmp_path: Path) -> Path:
    file = tmp_path / "list.xml"
    file.write_bytes(LIST)
    return file


async def test_what_one_replica_keeps_the_other_finds(
    s3: S3Server, replica: Callable[[str], KeptArchive], document: Path, tmp_path: Path
) -> None:
    assert await replica("one").store(document, SHA256) == "stored"
    assert s3.names() == [NAME]
    assert (await replica("other").extract(SHA256, tmp_path)).read_bytes() == LIST
    with pytest.raises(ArchiveUnavailable, match="has no document"):
        await replica("other").extract("0" * 64, tmp_path)


async def test_what_is_kept_is_never_replaced(s3: S3Server, document: Path) -> None:
    store = bucket_store(s3.settings["url"], ArchiveSettings.model_validate(s3.settings))
    s3.overwrite(NAME, b"what was there before")
    await store.put(NAME.removeprefix("documents/"), document)
    assert s3.content(NAME) == b"what was there before"


async def test_documents_wait_while_the_archive_hangs_or_is_gone(
    s3: S3Server, replica: Callable[[str], KeptArchive], document: Path, tmp_path: Path
) -> None:
    """While it hangs or is gone documents wait and go there when it is back."""
    archive = replica("one")
    s3.pause()
    assert await archive.store(document, SHA256) == "pending"
    assert "no answer within 1 s" in (archive.pending.problem or "")
    s3.kill()
    with pytest.raises(ArchiveUnavailable, match="cannot be reached") as caught:
        await archive.flush()
    assert SECRET not in str(caught.value)
    assert archive.pending.documents == 1
    s3.start()
    assert await archive.flush() == 1
    assert (s3.names(), archive.pending.documents, archive.pending.problem) == ([NAME], 0, None)
    assert (await replica("other").extract(SHA256, tmp_path)).read_bytes() == LIST


async def test_a_damaged_object_is_never_given_out(
    s3: S3Server, replica: Callable[[str], KeptArchive], document: Path, tmp_path: Path
) -> None:
    archive = replica("one")
    await archive.store(document, SHA256)
    s3.overwrite(NAME, s3.content(NAME)[:-1000])
    with pytest.raises(ArchiveUnavailable, match="damaged"):
        await archive.extract(SHA256, tmp_path)


async def test_a_bucket_that_is_not_there_is_away(
    replica: Callable[[str], KeptArchive], s3: S3Server, document: Path, tmp_path: Path
) -> None:
    settings = {**s3.settings, "url": "s3://another/documents"}
    archive = open_archive(Config.model_validate({"archive": settings, "ledger": str(tmp_path / "syncd.db")}))
    assert await archive.store(document, SHA256) == "pending"
    assert "s3://another/documents cannot be reached" in (archive.pending.problem or "")

"""A compressed document is whole, or it is refused: cut anywhere, it never reads as a shorter one."""

import bz2
import gzip
import hashlib
import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from syncd.archive import compressed
from syncd.commands import compressed_files
from syncd.core import frames
from syncd.errors import ArchiveUnavailable, DocumentRefused

# Long enough for several blocks of each form, and as badly compressible as it is well.
DOCUMENT = random.Random(7).randbytes(400_000) + b"<entry>one line of a list</entry>\n" * 20_000


def zipped(document: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("list.xml", document)
    return made.getvalue()


def without_size(document: bytes) -> bytes:
    """As a stream is packed: the frame does not say how long it is."""
    packer = zstandard.ZstdCompressor(write_checksum=False).compressobj()
    return packer.compress(document) + packer.flush()


def two_frames(document: bytes) -> bytes:
    return zstandard.compress(document[:300_000]) + zstandard.compress(document[300_000:])


FORMS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "zst": ("zst", zstandard.compress),
    "zst of a stream": ("zst", without_size),
    "zst of two frames": ("zst", two_frames),
    "gz": ("gz", gzip.compress),
    "bz2": ("bz2", bz2.compress),
    "zip": ("zip", zipped),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_whole_document_is_unpacked(form: str, tmp_path: Path) -> None:
    suffix, pack = FORMS[form]
    path = tmp_path / f"list.{suffix}"
    path.write_bytes(pack(DOCUMENT))
    assert compressed_files.unpacked_to(path, tmp_path / "plain") == hashlib.sha256(DOCUMENT).hexdigest()
    assert (tmp_path / "plain").read_bytes() == DOCUMENT


@pytest.mark.parametrize("form", FORMS)
def test_a_document_that_is_cut_anywhere_is_refused(form: str, tmp_path: Path) -> None:
    suffix, pack = FORMS[form]
    packed, rng = pack(DOCUMENT), random.Random(form)
    ends_of_frames = {len(zstandard.compress(DOCUMENT[:300_000]))} if form == "zst of two frames" else set()
    cuts = {0, 1, 3, 5, 9, len(packed) - 1, len(packed) - 5} | {rng.randrange(len(packed)) for _ in range(40)}
    path = tmp_path / f"list.{suffix}"
    for cut in sorted(cuts - ends_of_frames):
        path.write_bytes(packed[:cut])
        with pytest.raises(DocumentRefused, match="cannot be unpacked"):
            compressed_files.unpacked_to(path, tmp_path / "plain")


def test_what_follows_a_frame_and_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.zst"
    path.write_bytes(zstandard.compress(DOCUMENT) + b"and then some")
    with pytest.raises(DocumentRefused, match="cannot be unpacked"):
        compressed_files.unpacked_to(path, tmp_path / "plain")


def test_the_archive_takes_no_cut_copy_for_a_document(tmp_path: Path) -> None:
    packed, rng = zstandard.compress(DOCUMENT), random.Random(3)
    for number in range(20):
        (tmp_path / "copy.zst").write_bytes(packed[: rng.randrange(len(packed))])
        with pytest.raises(ArchiveUnavailable, match="is damaged"):
            compressed.decompress(
                tmp_path / "copy.zst", tmp_path / f"into-{number}", hashlib.sha256(DOCUMENT).hexdigest()
            )


def test_a_piece_is_no_larger_than_what_is_bounded_by_its_reader() -> None:
    """A bomb is met in pieces: its reader stops it by counting."""
    bomb = io.BytesIO(zstandard.compress(b"\0" * 500_000_000))
    assert max(map(len, frames.decompressed(bomb))) <= frames.PIECE_BYTES

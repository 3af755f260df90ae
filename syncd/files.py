"""Documents in files, compressed or not: `.bz2`, `.gz`, `.zst`, `.zip` (with one document in it) or plain."""

import bz2
import gzip
import hashlib
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

import zstandard

from syncd.errors import DocumentRefused

UNPACKED_BYTES_MAX = 2_000_000_000
CHUNK_BYTES = 1 << 20


def unpack(path: Path, into: BinaryIO) -> str:
    """Copy the document in `path`, unpacked, into `into`; gives its SHA-256 in hex. Raises DocumentRefused."""
    whole = hashlib.sha256()
    size = 0
    try:
        with _OPENERS.get(path.suffix.lower(), _plain)(path) as stream:
            while chunk := stream.read(CHUNK_BYTES):
                size += len(chunk)
                if size > UNPACKED_BYTES_MAX:
                    raise DocumentRefused(f"{path.name}: more than {UNPACKED_BYTES_MAX} bytes when unpacked")
                whole.update(chunk)
                into.write(chunk)
    except (EOFError, zlib.error, zipfile.BadZipFile, zstandard.ZstdError, gzip.BadGzipFile, OSError) as error:
        raise DocumentRefused(f"{path.name}: it cannot be unpacked: {_reason(error)}") from None
    return whole.hexdigest()


def unpacked_to(path: Path, target: Path) -> str:
    """`path` unpacked as the file `target`; gives its SHA-256."""
    with target.open("wb") as into:
        return unpack(path, into)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def _plain(path: Path) -> BinaryIO:
    return path.open("rb")


def _zip(path: Path) -> BinaryIO:
    archive = zipfile.ZipFile(path)
    names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
    if len(names) != 1:
        archive.close()
        raise DocumentRefused(f"{path.name}: a ZIP must hold one document; it holds {len(names)}")
    return cast(BinaryIO, archive.open(names[0]))


def _zst(path: Path) -> BinaryIO:
    return cast(BinaryIO, zstandard.open(path, "rb"))


_OPENERS: dict[str, Callable[[Path], BinaryIO]] = {
    ".bz2": lambda path: cast(BinaryIO, bz2.open(path)),
    ".gz": lambda path: cast(BinaryIO, gzip.open(path)),
    ".zip": _zip,
    ".zst": _zst,
}

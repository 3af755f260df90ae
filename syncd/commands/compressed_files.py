"""Documents in files, compressed or not: `.bz2`, `.gz`, `.zst`, `.zip` (with one document in it) or plain."""

import bz2
import gzip
import hashlib
import zipfile
import zlib
from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

import zstandard

from syncd.core import frames
from syncd.errors import DocumentRefused

UNPACKED_BYTES_MAX = 2_000_000_000
CHUNK_BYTES = 1 << 20


def unpack_file(path: Path, into: BinaryIO) -> str:
    """Copy the document in `path`, unpacked, into `into`. Returns its SHA-256 in hex. Raises DocumentRefused."""
    whole = hashlib.sha256()
    size = 0
    try:
        with closing(_READERS.get(path.suffix.lower(), _plain)(path)) as chunks:
            for chunk in chunks:
                size += len(chunk)
                if size > UNPACKED_BYTES_MAX:
                    raise DocumentRefused(f"{path.name}: more than {UNPACKED_BYTES_MAX} bytes when unpacked")
                whole.update(chunk)
                into.write(chunk)
    except (EOFError, zlib.error, zipfile.BadZipFile, zstandard.ZstdError, gzip.BadGzipFile, OSError) as error:
        raise DocumentRefused(f"{path.name}: it cannot be unpacked: {_reason(error)}") from None
    return whole.hexdigest()


def unpacked_to(path: Path, target: Path) -> str:
    """Unpack `path` into the file `target`. Returns its SHA-256 in hex. Raises DocumentRefused."""
    with target.open("wb") as into:
        return unpack_file(path, into)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def _plain(path: Path) -> Generator[bytes, None, None]:
    with path.open("rb") as stream:
        yield from iter(lambda: stream.read(CHUNK_BYTES), b"")


def _bz2(path: Path) -> Generator[bytes, None, None]:
    with bz2.open(path) as stream:
        yield from iter(lambda: stream.read(CHUNK_BYTES), b"")


def _gz(path: Path) -> Generator[bytes, None, None]:
    if not path.stat().st_size:
        raise EOFError("it is empty")
    with gzip.open(path) as stream:
        yield from iter(lambda: stream.read(CHUNK_BYTES), b"")


def _zip(path: Path) -> Generator[bytes, None, None]:
    with zipfile.ZipFile(path) as archive:
        names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
        if len(names) != 1:
            raise DocumentRefused(f"{path.name}: a ZIP must hold one document; it holds {len(names)}")
        with archive.open(names[0]) as stream:
            yield from iter(lambda: stream.read(CHUNK_BYTES), b"")


def _zst(path: Path) -> Generator[bytes, None, None]:
    with path.open("rb") as stream:
        yield from frames.decompressed(stream)


_READERS: dict[str, Callable[[Path], Generator[bytes, None, None]]] = {
    ".bz2": _bz2,
    ".gz": _gz,
    ".zip": _zip,
    ".zst": _zst,
}

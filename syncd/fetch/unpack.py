"""From the bytes on the wire to the document: bounded, hashed and checked while it streams.

    content coding → Sink (hash, size cap, first look) → for a ZIP its one member → Sink

Decompression yields pieces of at most `PIECE_BYTES`, and the sink counts them: a bomb costs what the cap allows, in
disk, and never more than one piece in memory. All of this is CPU and disk work; the fetcher calls it in a thread.
"""

import errno
import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from syncd.errors import DocumentRefused
from syncd.fetch import sniff

PIECE_BYTES = 1 << 20
ZIP_DIRECTORY_BYTES_MAX = 100_000
ZIP_COMMENT_BYTES_MAX = 65_535
ZIP_END = b"PK\x05\x06"
ZIP_END_BYTES = 22
ZIP64_END = b"PK\x06\x06"
ZIP64_END_BYTES = 56
ZIP64_LOCATOR = b"PK\x06\x07"
ZIP64_LOCATOR_BYTES = 20
ENCRYPTED_FLAG = 0x1
GZIP_MAGIC = b"\x1f\x8b"


class Sink:
    """Takes a document piece by piece and writes it to `stream`.

    Raises DocumentRefused as soon as it is known not to be what is expected, or has more than `bytes_max` bytes; at its
    end when it has fewer than `bytes_min`. After `stop` it raises too: that ends a thread that nobody waits for.
    """

    def __init__(self, stream: BinaryIO, *, expect: sniff.Expect, bytes_max: int, bytes_min: int = 1) -> None:
        self.bytes = 0
        self._stream = stream
        self._expect = expect
        self._bytes_max = bytes_max
        self._bytes_min = bytes_min
        self._hash = hashlib.sha256()
        self._head = b""
        self._looked = False
        self._stopped = False

    @property
    def sha256(self) -> str:
        """The SHA-256 of the bytes so far, 64 hex digits."""
        return self._hash.hexdigest()

    def stop(self) -> None:
        """Let the next `write` raise."""
        self._stopped = True

    def write(self, piece: bytes) -> None:
        """Take the next piece. Raises DocumentRefused."""
        if self._stopped:
            raise DocumentRefused("reading it was given up")
        self.bytes += len(piece)
        if self.bytes > self._bytes_max:
            raise DocumentRefused(f"more than {self._bytes_max:,} bytes, the most that this document may have")
        if not self._looked:
            self._head += piece[: sniff.HEAD_BYTES]
            if len(self._head) >= sniff.HEAD_BYTES:
                self._look()
        self._hash.update(piece)
        self._stream.write(piece)

    def finish(self) -> None:
        """Check the whole document at its end. Raises DocumentRefused."""
        if not self._looked:
            self._look()
        if self.bytes < self._bytes_min:
            raise DocumentRefused(f"only {self.bytes} bytes, too few for {sniff.EXPECTED_NAMES[self._expect]}")

    def _look(self) -> None:
        self._looked = True
        sniff.check_head(self._head[: sniff.HEAD_BYTES], self._expect)
        self._head = b""


class IdentityCoding:
    """No content coding."""

    def decode(self, data: bytes) -> Iterator[bytes]:
        """Yield `data` as it is."""
        yield data

    def finish(self) -> None:
        """Accept any end."""
        return


class Gzip:
    """`Content-Encoding: gzip`, of one member or several (RFC 1952, 2.2), zero padding after the last allowed."""

    def __init__(self) -> None:
        self._inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._between = b""
        self._begun = False

    def decode(self, data: bytes) -> Iterator[bytes]:
        """Yield the decoded pieces of `data`. Raises DocumentRefused when it is no gzip."""
        while data:
            if self._inflater.eof:
                data = self._next_member(data)
                if not data:
                    return
            self._begun = True
            yield from _inflated(self._inflater, data)
            data = self._inflater.unused_data if self._inflater.eof else b""

    def _next_member(self, data: bytes) -> bytes:
        """What follows a member: the beginning of another, or padding, or too little yet to know."""
        data = self._between + data
        self._between = b""
        rest = data.lstrip(b"\0")
        if not rest or len(rest) < len(GZIP_MAGIC):
            self._between = rest
            return b""
        if not rest.startswith(GZIP_MAGIC):
            raise DocumentRefused("a gzip coding with something else behind it")
        self._inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
        return rest

    def finish(self) -> None:
        """Raise DocumentRefused when the last member is cut off."""
        if self._begun and not self._inflater.eof:
            raise DocumentRefused("a gzip coding that is cut off")


class Deflate:
    """`Content-Encoding: deflate`: zlib as the standard has it (RFC 9110, 8.4.1.2), or raw as some servers send it."""

    def __init__(self) -> None:
        self._inflater = zlib.decompressobj()
        self._first = b""
        self._decided = False

    def decode(self, data: bytes) -> Iterator[bytes]:
        """Yield the decoded pieces of `data`. Raises DocumentRefused when it is damaged, or when something follows its
        end."""
        if not self._decided:
            data = self._first + data
            if len(data) < 2:
                self._first = data
                return
            self._decide(data)
        if self._inflater.eof:
            raise DocumentRefused("a deflate coding with something else behind it")
        yield from _inflated(self._inflater, data)
        if self._inflater.unused_data:
            raise DocumentRefused("a deflate coding with something else behind it")

    def _decide(self, data: bytes) -> None:
        self._decided = True
        is_zlib = data[0] & 0x0F == zlib.DEFLATED and int.from_bytes(data[:2], "big") % 31 == 0
        if not is_zlib:
            self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)

    def finish(self) -> None:
        """Raise DocumentRefused when the stream is cut off."""
        if (self._decided or self._first) and not self._inflater.eof:
            raise DocumentRefused("a deflate coding that is cut off")


Coding = IdentityCoding | Gzip | Deflate
CODINGS: dict[str, type[Coding]] = {
    "": IdentityCoding,
    "identity": IdentityCoding,
    "gzip": Gzip,
    "x-gzip": Gzip,
    "deflate": Deflate,
}


def coding(name: str) -> Coding:
    """Return the decoder of a `Content-Encoding`. Raises DocumentRefused for one that was not asked for."""
    decoder = CODINGS.get(name.strip().lower())
    if decoder is None:
        raise DocumentRefused("a content coding that was not asked for")
    return decoder()


def feed(data: bytes, decoder: Coding, sink: Sink) -> None:
    """Decode `data` from the wire and write it to `sink`. Raises DocumentRefused."""
    for piece in decoder.decode(data):
        sink.write(piece)


def finish(decoder: Coding, sink: Sink) -> None:
    """Check both at the end of the body. Raises DocumentRefused when the coding or the document is not at its end."""
    decoder.finish()
    sink.finish()


def unzip(archive: Path, sink: Sink) -> None:
    """Write the one document of a ZIP to `sink`. Raises DocumentRefused when the archive has no document or several, or
    is damaged, and when the document is encrypted, is another archive or has a name that leads out of a folder."""
    try:
        with archive.open("rb") as stream:
            _check_directory_size(stream)
            with ZipFile(stream) as opened:
                member = _only_member(opened.infolist())
                with opened.open(member) as content:
                    while piece := content.read(PIECE_BYTES):
                        sink.write(piece)
    # NotImplementedError is zipfile's word for a compression, or an encryption, that it does not know.
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, LookupError, OverflowError) as error:
        problem = f"a ZIP archive that is damaged ({type(error).__name__})"
    except OSError as error:
        # A place before the beginning or beyond all ends; anything else is the disk's.
        if error.errno != errno.EINVAL:
            raise
        problem = "a ZIP archive that is damaged (its places cannot be)"
    else:
        sink.finish()
        return
    raise DocumentRefused(problem)


def _inflated(inflater: "zlib._Decompress", data: bytes) -> Iterator[bytes]:
    try:
        while data:
            piece = inflater.decompress(data, PIECE_BYTES)
            if piece:
                yield piece
            data = inflater.unconsumed_tail
        while not inflater.eof and (piece := inflater.decompress(b"", PIECE_BYTES)):
            yield piece
    except zlib.error:
        problem = "a content coding that is damaged"
    else:
        return
    raise DocumentRefused(problem)


def _check_directory_size(stream: BinaryIO) -> None:
    """A directory is held in memory when it is read, so one far larger than a single entry needs is not read at all."""
    size = stream.seek(0, 2)
    tail_bytes = ZIP_END_BYTES + ZIP_COMMENT_BYTES_MAX + ZIP64_LOCATOR_BYTES + ZIP64_END_BYTES
    stream.seek(max(0, size - tail_bytes))
    tail = stream.read()
    end = len(tail) - ZIP_END_BYTES if tail[-ZIP_END_BYTES:].startswith(ZIP_END) else tail.rfind(ZIP_END)
    if end < 0:
        raise DocumentRefused("a ZIP archive that is cut off: it has no directory")
    sizes = _zip64_directory_sizes(stream, tail, end) or [_number(tail, end + 12, 4)]
    if max(sizes) > ZIP_DIRECTORY_BYTES_MAX:
        raise DocumentRefused("a ZIP archive with far more than one document in it")
    stream.seek(0)


def _zip64_directory_sizes(stream: BinaryIO, tail: bytes, end: int) -> list[int]:
    """Return the sizes of the directory that zip64 records state, at the stated place and at the place before the
    locator: readers differ in which of the two they use."""
    locator = end - ZIP64_LOCATOR_BYTES
    if locator < 0 or not tail[locator:end].startswith(ZIP64_LOCATOR):
        return []
    stream.seek(min(_number(tail, locator + 8, 8), stream.seek(0, 2)))
    stated, adjacent = stream.read(ZIP64_END_BYTES), tail[max(0, locator - ZIP64_END_BYTES) : locator]
    return [_number(record, 40, 8) for record in (stated, adjacent) if record.startswith(ZIP64_END)]


def _number(data: bytes, at: int, length: int) -> int:
    return int.from_bytes(data[at : at + length], "little")


def _only_member(members: list[ZipInfo]) -> ZipInfo:
    documents = [member for member in members if not member.is_dir()]
    if len(documents) != 1:
        raise DocumentRefused(f"a ZIP archive with {len(documents)} documents in it instead of one")
    member = documents[0]
    name = PurePosixPath(member.filename.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts or ":" in member.filename:
        raise DocumentRefused("a ZIP archive whose document has a name that leads out of its folder")
    if member.flag_bits & ENCRYPTED_FLAG:
        raise DocumentRefused("a ZIP archive that is encrypted")
    if name.suffix.lower() == ".zip":
        raise DocumentRefused("a ZIP archive with another one in it")
    if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise DocumentRefused("a ZIP archive with a compression other than deflate")
    return member

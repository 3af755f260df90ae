"""What was read in a large document, kept from one test to the next and from one run to the next.

Reading is a pure function of the document and of the code below `PURE`, as `make check` holds it to be; under the
digest of both stands in pytest's cache what came of it. Whatever part of that code changes, all is read anew.
"""

import hashlib
import io
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import BinaryIO

import msgspec
import pytest
import zstandard
from msgspec import Struct

from syncd.commands import compare
from syncd.feeds.contract import Feed, Header
from syncd.feeds.reading import NOTHING_KNOWN, DocumentReading, Entry, Known

ROOT = Path(__file__).parents[2]
PURE = tuple(ROOT / "syncd" / name for name in ("core", "feeds", "formats", "normalise", "errors.py"))
# Parsers that are not ours; and what is kept, and how.
BESIDE = (ROOT / "tests" / "requirements.lock", Path(__file__))
FOLDER = ROOT / ".pytest_cache" / "d" / "remembered"
# A smaller one is read as quickly as it is remembered.
BYTES_MIN = 200_000


class Remembered(Struct, frozen=True):
    """All entries of a document, and its header as it was at the end."""

    entries: list[Entry]
    header: Header

    @property
    def is_understood(self) -> bool:
        """Whether a strict reading would complain of nothing."""
        records = [entry.record for entry in self.entries if not (entry.problem or entry.unknown)]
        return len(records) == len(self.entries) and all(one and one.completeness == "complete" for one in records)


_decode = msgspec.msgpack.Decoder(Remembered).decode


class RememberedReading(DocumentReading):
    """One in which nothing was known before is remembered. When the document was seen is then not asked: no real one
    speaks of births that only today's date bounds."""

    def __init__(
        self,
        feed: Feed,
        vocabulary: str,
        stream: BinaryIO,
        *,
        known: Known = NOTHING_KNOWN,
        strict: bool = False,
        observed: str | None = None,
    ) -> None:
        body = stream.read()
        is_kept = known is NOTHING_KNOWN and len(body) >= BYTES_MIN
        super().__init__(
            feed,
            vocabulary,
            io.BytesIO(body),
            known=known,
            strict=strict,
            observed=None if is_kept else observed,
        )
        name = hashlib.sha256(f"{feed.id} {vocabulary} ".encode() + body).hexdigest()
        self._file = FOLDER / code_digest() / name if is_kept else None

    def __iter__(self) -> Iterator[Entry]:
        found = _found(self._file) if self._file else None
        if found is None or (self._strict and not found.is_understood):
            found = Remembered(list(super().__iter__()), self.header)
            if self._file:
                _keep(self._file, found)
        self.header = found.header
        yield from found.entries


def _found(file: Path) -> Remembered | None:
    try:
        return _decode(zstandard.decompress(file.read_bytes()))
    except FileNotFoundError:
        return None


def _keep(file: Path, found: Remembered) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_name(f"{file.name}.{os.getpid()}")
    half.write_bytes(zstandard.compress(msgspec.msgpack.encode(found)))
    half.rename(file)


@contextmanager
def remembered() -> Iterator[None]:
    """Inside, what `syncd.commands.compare` reads is remembered, too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compare, "DocumentReading", RememberedReading)
        yield


@cache
def code_digest() -> str:
    """What all readings depend on but the document. What other code had read is removed."""
    name = digest_of(contents((*PURE, *BESIDE)))
    for folder in FOLDER.glob("*"):
        if folder.name != name:
            shutil.rmtree(folder, ignore_errors=True)
    return name


def contents(places: Iterable[Path]) -> dict[str, bytes]:
    """Each file in these places, which are files or folders, by its path."""
    files = (file for place in places for file in ([place] if place.is_file() else sorted(place.rglob("*"))))
    return {str(file): file.read_bytes() for file in files if file.is_file() and file.suffix != ".pyc"}


def digest_of(files: Mapping[str, bytes]) -> str:
    summed = hashlib.sha256(sys.version.encode())
    for path, content in files.items():
        summed.update(f"\0{path}\0{len(content)}\0".encode() + content)
    return summed.hexdigest()[:32]

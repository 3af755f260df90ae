"""The kept pieces of the last document: they save time, and are never needed."""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest
from msgspec.structs import replace

from syncd.core.state import DocumentNote, Stored
from syncd.errors import DocumentRefused
from syncd.feeds import one_feed
from syncd.feeds.difference import Index
from syncd.intake import piece_index
from syncd.intake.parser_process import Before, Lanes, Parsed, parse_document
from tests.feeds.documents import GOLDEN

FEED, VOCABULARY = one_feed("us_ofac_sdn"), "advanced"
NOTHING: Mapping[str, Stored] = MappingProxyType({})
DOCUMENT = GOLDEN / FEED.id / f"invented.{VOCABULARY}.xml"


async def parsed(
    path: Path, pieces: Path | None, former_version: int | None = None, records: Mapping[str, Stored] = NOTHING
) -> Parsed:
    """The document, read in the parser process; `records` are in force."""
    note = DocumentNote(sha256="0" * 64, source="advanced_xml", vocabulary=VOCABULARY, digest="", records=0)
    before = Before(records=records, former_version=former_version, pieces=pieces)
    return await parse_document(FEED.id, note, path, before, lanes=Lanes())


def files(folder: Path) -> list[Path]:
    """All files in `folder`."""
    return sorted(folder.iterdir())


async def kept(folder: Path) -> Index:
    """The pieces of the invented document, read and kept in `folder`."""
    await parsed(DOCUMENT, folder)
    return piece_index.load_index(folder, FEED, VOCABULARY)


async def test_pieces_are_kept_and_change_no_result(tmp_path: Path) -> None:
    whole = await parsed(DOCUMENT, None)
    assert not files(tmp_path)
    index = await kept(tmp_path)
    assert len(index.fingerprints) == len(whole.document.entries)
    assert [file.name for file in files(tmp_path)] == [f"{FEED.id}.{VOCABULARY}{piece_index.SUFFIX}"]
    assert (await parsed(DOCUMENT, tmp_path)).document == whole.document
    assert (await parsed(DOCUMENT, tmp_path, former_version=1)).document.entries.keys() == whole.document.entries.keys()
    assert piece_index.load_index(tmp_path, FEED, VOCABULARY) == index


async def test_pieces_are_written_again_when_they_are_others(tmp_path: Path) -> None:
    document, pieces = tmp_path / "list.xml", tmp_path / "pieces"
    pieces.mkdir()
    document.write_bytes(DOCUMENT.read_bytes())
    in_force = _in_force(await parsed(document, pieces))
    (file,) = files(pieces)
    first = file.stat().st_ino
    document.write_bytes(DOCUMENT.read_bytes().replace(b"</Sanctions>", b"\n</Sanctions>"))
    again = await parsed(document, pieces, records=in_force)
    assert [entry.body for entry in again.document.entries.values()] == [None] * len(in_force)
    assert file.stat().st_ino == first
    document.write_bytes(re.sub(rb"(<NamePartValue[^>]*>)", rb"\1ANOTHER ", DOCUMENT.read_bytes(), count=1))
    another = await parsed(document, pieces, records=in_force)
    assert [entry.body is not None for entry in another.document.entries.values()].count(True) == 1
    assert file.stat().st_ino != first


def _in_force(read: Parsed) -> dict[str, Stored]:
    """The records of a document, all in force."""
    return {
        key: Stored(
            status="listed",
            digest=entry.digest,
            fingerprint=entry.fingerprint,
            vocabulary=VOCABULARY,
            sequence=1,
            body=entry.body or b"",
            since="2026-03-01T00:00:00Z",
        )
        for key, entry in read.document.entries.items()
    }


async def test_an_empty_document_is_refused_and_leaves_no_pieces(tmp_path: Path) -> None:
    document = tmp_path / "empty.xml"
    document.touch()
    with pytest.raises(DocumentRefused, match="not the XML document <Sanctions>"):
        await parsed(document, tmp_path)
    assert files(tmp_path) == [document]


@pytest.mark.parametrize("at", [0, 31, 32, 1000, -1])
async def test_damaged_pieces_are_as_none(tmp_path: Path, at: int) -> None:
    await kept(tmp_path)
    (file,) = files(tmp_path)
    content = bytearray(file.read_bytes())
    content[at] ^= 1
    file.write_bytes(content)
    assert piece_index.load_index(tmp_path, FEED, VOCABULARY) == Index()
    file.write_bytes(content[:-1])
    assert piece_index.load_index(tmp_path, FEED, VOCABULARY) == Index()
    file.write_bytes(b"")
    assert piece_index.load_index(tmp_path, FEED, VOCABULARY) == Index()


async def test_pieces_by_another_version_are_as_none(tmp_path: Path) -> None:
    """The parser's version, and the table of the names by which pieces know each other."""
    index = await kept(tmp_path)
    assert index.pieces
    newer = replace(FEED, parser_version=FEED.parser_version + 1)
    assert piece_index.load_index(tmp_path, newer, VOCABULARY) == Index()
    reader = FEED.readers[VOCABULARY]
    assert reader.pieces is not None
    fewer = {name: kind for name, kind in reader.pieces.kinds.items() if name != "SanctionsEntryLink"}
    another = replace(reader, pieces=replace(reader.pieces, kinds=fewer))
    otherwise = replace(FEED, readers={**FEED.readers, VOCABULARY: another})
    assert piece_index.load_index(tmp_path, otherwise, VOCABULARY) == Index()


def test_a_disk_that_takes_nothing_costs_time_alone(tmp_path: Path) -> None:
    piece_index.save_index(tmp_path / "missing", FEED, VOCABULARY, Index())
    assert not files(tmp_path)

"""Small documents in forms that no library at hand writes: ODS and XLS workbooks, and bodies in content codings.

An XLS is a compound file ([MS-CFB]) of sectors of 512 bytes, with one stream of records ([MS-XLS]): type, length, data.
"""

import gzip
import io
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from tests.fuzz.changes import Change, with_other_bytes

SECTOR = 512
# A shorter stream would stand among the small ones.
STREAM_BYTES_MIN = 4_096
FREE, END, TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
BEGIN_RECORD, END_RECORD, CODE_PAGE, SHEET, STRINGS = 0x809, 0x0A, 0x42, 0x85, 0xFC
DIMENSIONS, STRING_CELL, NUMBER_CELL = 0x200, 0xFD, 0x203
STREAM_AT = 3 * SECTOR
MANIFEST = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
Record = tuple[int, bytes]


def ods(rows: Sequence[Sequence[str]]) -> bytes:
    """Return an OpenDocument workbook of one sheet."""
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'
            for cell in row
        )
        + "</table:table-row>"
        for row in rows
    )
    names = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {names}><office:body><office:spreadsheet>'
        f'<table:table table:name="one">{cells}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (
            ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
            ("content.xml", content),
            ("META-INF/manifest.xml", f'<?xml version="1.0"?><manifest:manifest xmlns:manifest="{MANIFEST}"/>'),
        ):
            archive.writestr(zipfile.ZipInfo(name), text)
    return packed.getvalue()


def xls(rows: Sequence[Sequence[str]]) -> bytes:
    """Return an old Excel workbook of one sheet."""
    return _compound(_joined(_records(rows)))


def _records(rows: Sequence[Sequence[str]]) -> list[Record]:
    """Those of the workbook, and those of its sheet."""
    texts = [cell for row in rows for cell in row]
    strings = struct.pack("<II", len(texts), len(texts)) + b"".join(
        struct.pack("<HB", len(text), 1) + text.encode("utf-16-le") for text in texts
    )
    begin = struct.pack("<HHHHII", 0x600, 0x5, 0x0DBB, 1996, 0, 6)
    head: list[Record] = [(BEGIN_RECORD, begin), (CODE_PAGE, struct.pack("<H", 1200)), (STRINGS, strings)]
    sheet: Record = (SHEET, struct.pack("<IBBBB", 0, 0, 0, 3, 0) + b"one")
    at = len(_joined([*head, sheet, (END_RECORD, b"")]))
    sheet = (SHEET, struct.pack("<I", at) + sheet[1][4:])
    width = max(map(len, rows))
    size = struct.pack("<IIHHH", 0, len(rows), 0, width + 1, 0)
    cells: list[Record] = [(BEGIN_RECORD, begin[:2] + struct.pack("<H", 0x10) + begin[4:]), (DIMENSIONS, size)]
    number = 0
    for row, texts_of_row in enumerate(rows):
        for column in range(len(texts_of_row)):
            cells.append((STRING_CELL, struct.pack("<HHHI", row, column, 0, number)))
            number += 1
        cells.append((NUMBER_CELL, struct.pack("<HHHd", row, width, 0, 1.5 + row)))
    return [*head, sheet, (END_RECORD, b""), *cells, (END_RECORD, b"")]


def _joined(records: Sequence[Record]) -> bytes:
    return b"".join(struct.pack("<HH", kind, len(data)) + data for kind, data in records)


def _split(stream: bytes) -> Iterator[Record]:
    at = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        if not kind:
            return
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _compound(stream: bytes) -> bytes:
    stream = stream.ljust(STREAM_BYTES_MIN, b"\0")
    stream += b"\0" * (-len(stream) % SECTOR)
    count = len(stream) // SECTOR
    chain = [TABLE, END, *range(3, 2 + count), END]
    table = struct.pack("<128I", *chain[:128], *[FREE] * (128 - len(chain)))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, STREAM_BYTES_MIN, END, 0, END, 0)
    head += struct.pack("<109I", 0, *[FREE] * 108)
    directory = _place("Root Entry", 5, END, 0, child=1) + _place("Workbook", 2, 2, len(stream)) + bytes(256)
    return head + table + directory + stream


def _place(name: str, kind: int, start: int, size: int, child: int = FREE) -> bytes:
    text = name.encode("utf-16-le")
    return (
        text.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(text) + 2, kind, 1, FREE, FREE, child)
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )


def with_other_records(body: bytes, _: object, steps: Sequence[int]) -> Change:
    """Return an old workbook, made by `xls`, with changes in its records."""
    records = list(_split(body[STREAM_AT:]))
    lengths: dict[int, int] = {}
    for step in steps:
        chosen = random.Random(step)
        if not records:
            break
        at = chosen.randrange(len(records))
        kind, data = records[at]
        way = chosen.choice(("data", "data", "data", "drop", "twice", "kind", "length", "swap"))
        if way == "data":
            records[at] = (kind, with_other_bytes(data, None, [step]).body[:8_000])
        elif way == "drop":
            del records[at]
        elif way == "twice":
            records.insert(at, records[at])
        elif way == "kind":
            records[at] = (chosen.choice(records)[0] if chosen.random() < 0.5 else chosen.randrange(1, 1 << 12), data)
        elif way == "length":
            lengths[at] = chosen.choice((0, 1, len(data) + 1, 0xFFFF))
        else:
            other = chosen.randrange(len(records))
            records[at], records[other] = records[other], records[at]
    stream = b"".join(
        struct.pack("<HH", kind, lengths.get(at, len(data))) + data for at, (kind, data) in enumerate(records)
    )
    return Change(_compound(stream[: 120 * SECTOR]), None)


def codings(document: bytes) -> Mapping[str, bytes]:
    """Return a document in each content coding that is asked for."""
    return {
        "gzip": gzip.compress(document, mtime=0) + gzip.compress(b"<x/>", mtime=0),
        "deflate": zlib.compress(document),
    }

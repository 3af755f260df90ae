"""Workbooks (XLSX, ODS, XLS) → sheets of text, within bounds.

Every cell becomes text, so that a workbook and a CSV file read alike: a whole number without its `.0`, a date cell as
`YYYY-MM-DD` (with its time when it has one), true and false as `TRUE` and `FALSE`. A date cell whose number format
shows no day was typed as a month (`Sep-73`) or a year, and becomes `1973-09` or `1973`: the day in the file is the
spreadsheet's invention. An XLS file does not tell its formats, and its date cells are believed as they are.

A workbook is an archive that anybody can make: the sizes that it states are not believed, it is unpacked once within
`Bounds` before a table reader sees it. What a table reader allocates beyond is bounded by the parser's process.
"""

import contextlib
import errno
import io
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, BinaryIO

from lxml import etree
from msgspec import Struct
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from syncd.errors import AnotherDocument, DocumentRefused
from syncd.formats import error_cells, number_formats

_ZIP, _XLS = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_CHUNK_BYTES = 1 << 20
_HEAD_BYTES = 1_000
_OPEN_DOCUMENT = frozenset({"META-INF/manifest.xml", "content.xml"})
# zipfile raises RuntimeError for a password, IndexError for a member without a name, and whatever seeking raises for
# places that cannot be.
DAMAGED_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, LookupError, OverflowError, OSError)
_PANIC = "PanicException"
_CORE_PROPERTIES = "docProps/core.xml"
_CORE_BYTES_MAX = 100_000


class Bounds(Struct, frozen=True, kw_only=True):
    """How much of a workbook is read at most; beyond any of these it is refused."""

    bytes_max: int = 60_000_000
    unpacked_bytes_max: int = 600_000_000
    members_max: int = 2_000
    sheets_max: int = 200
    cells_max: int = 5_000_000
    cell_characters_max: int = 100_000


BOUNDS = Bounds()


class Workbook:
    """An opened workbook. `sheets` are the names in their order; `modified` is when it was last saved, as it says.

    `stream` must stay open as long as rows are read: what is in it is not held twice.
    """

    def __init__(self, stream: BinaryIO, bounds: Bounds, *, zipped: bool) -> None:
        self._bounds = bounds
        self._archive = _archive(stream, bounds) if zipped else None
        self._formats = number_formats.number_formats_of(self._archive) if self._archive else number_formats.NONE
        self._errors = error_cells.ErrorCells(self._archive)
        stream.seek(0)
        with _refusing("it is not a workbook that can be read"):
            self._workbook = CalamineWorkbook.from_filelike(stream)
        self.sheets = tuple(self._workbook.sheet_names)
        if len(self.sheets) > bounds.sheets_max:
            raise DocumentRefused(f"it has {len(self.sheets)} sheets, more than {bounds.sheets_max}")
        self._opened: dict[str, CalamineSheet] = {}
        self.modified = _modified(self._archive) if self._archive else None

    def is_empty(self, sheet: str) -> bool:
        """Whether no cell of the sheet is filled."""
        return self._sheet(sheet).start is None

    def rows(self, sheet: str) -> Iterator[list[str]]:
        """The rows of a sheet from its first on, empty ones too, each cell as text, a failed formula as its error.

        Raises DocumentRefused.
        """
        found = self._sheet(sheet)
        _check_cells(found, sheet, self._bounds)
        left = found.start[1] if found.start else 0
        inexact, errors = self._formats.inexact_cells(sheet), self._errors.of(sheet)
        for number, row in enumerate(_rows(found, sheet)):
            cells = [_text(value, inexact.get((number, left + place))) for place, value in enumerate(row)]
            if errors:
                cells = [errors.get((number, left + place)) or cell for place, cell in enumerate(cells)]
            longest = max(map(len, cells), default=0)
            if longest > self._bounds.cell_characters_max:
                raise DocumentRefused(f"a cell of {longest} characters in row {number + 1} of the sheet {sheet}")
            yield [""] * left + cells

    def _sheet(self, sheet: str) -> CalamineSheet:
        """The last sheet that was asked for stays open: a sheet in memory is several times its size on disk."""
        if sheet not in self._opened:
            with _refusing(f"its sheet {sheet} cannot be read"):
                self._opened = {sheet: self._workbook.get_sheet_by_name(sheet)}
        return self._opened[sheet]


def open_workbook(stream: BinaryIO, bounds: Bounds = BOUNDS) -> Workbook:
    """The workbook in `stream`. Raises AnotherDocument when it is none, DocumentRefused when damaged or too large."""
    if stream.seek(0, io.SEEK_END) > bounds.bytes_max:
        raise DocumentRefused(f"it is larger than {bounds.bytes_max} bytes")
    stream.seek(0)
    head = stream.read(_HEAD_BYTES)
    if not is_workbook(head):
        raise AnotherDocument(f"{_what_else(head)} instead of a workbook")
    return Workbook(stream, bounds, zipped=head.startswith(_ZIP))


def is_workbook(head: bytes) -> bool:
    """Whether the first bytes of a document are those of a workbook."""
    return head.startswith((_ZIP, _XLS))


def _what_else(head: bytes) -> str:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n\0").lower()
    if not start:
        return "nothing"
    if start.startswith(b"<"):
        return "an HTML page" if b"<html" in start or start.startswith(b"<!doctype html") else "markup"
    return "a JSON document" if start.startswith((b"{", b"[")) else "something else"


@contextlib.contextmanager
def _refusing(what: str) -> Iterator[None]:
    """Raise DocumentRefused for what the table reader raises of a damaged workbook, panics included: those are no
    `Exception`, and their class is not to be had."""
    try:
        yield
    except BaseException as error:
        if not isinstance(error, CalamineError | ValueError | OverflowError) and type(error).__name__ != _PANIC:
            raise
        raise DocumentRefused(f"{what}: {error}") from None


def _rows(sheet: CalamineSheet, name: str) -> Iterator[list[Any]]:
    with _refusing(f"its sheet {name} cannot be read"):
        rows = sheet.iter_rows()
    while True:
        with _refusing(f"its sheet {name} cannot be read"):
            row = next(rows, None)
        if row is None:
            return
        yield row


def _archive(stream: BinaryIO, bounds: Bounds) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(stream)
        _unpack_once(archive, bounds)
    except DAMAGED_ZIP as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            raise
        raise DocumentRefused(f"the workbook is cut off or damaged: {error}") from None
    names = set(archive.namelist())
    if not names & {"xl/workbook.xml", "content.xml", "xl/workbook.bin"}:
        raise DocumentRefused("a ZIP archive without a workbook in it")
    for name in sorted(names & _OPEN_DOCUMENT):
        _check_well_formed(archive, name)
    return archive


def _check_well_formed(archive: zipfile.ZipFile, name: str) -> None:
    """Raise DocumentRefused when a part is no XML: of one that is cut off a table reader may wait for the end."""
    try:
        with archive.open(name) as part:
            for _, element in etree.iterparse(part, resolve_entities=False, load_dtd=False, no_network=True):
                element.clear()
    except etree.XMLSyntaxError as error:
        raise DocumentRefused(f"the workbook is damaged: {name}: {error.msg}") from None
    except zipfile.BadZipFile as error:  # what is counted whole is read to the size that it states, and may end there
        raise DocumentRefused(f"the workbook is cut off or damaged: {error}") from None


def _unpack_once(archive: zipfile.ZipFile, bounds: Bounds) -> None:
    """Unpack every member and count, which also checks each one's checksum."""
    members = archive.infolist()
    if len(members) > bounds.members_max:
        raise DocumentRefused(f"the workbook has {len(members)} parts, more than {bounds.members_max}")
    left = bounds.unpacked_bytes_max
    for member in members:
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise DocumentRefused("the workbook has a part in a compression other than deflate")
        stated, member.file_size = member.file_size, left + 2 * _CHUNK_BYTES
        try:
            with archive.open(member) as part:
                while chunk := part.read(_CHUNK_BYTES):
                    left -= len(chunk)
                    if left < 0:
                        raise DocumentRefused(f"the workbook unpacks to more than {bounds.unpacked_bytes_max} bytes")
        finally:
            member.file_size = stated


def _modified(archive: zipfile.ZipFile) -> str | None:
    """`dcterms:modified` of the core properties, as it is written; None when there is none to be read."""
    if _CORE_PROPERTIES not in archive.namelist():
        return None
    content = archive.read(_CORE_PROPERTIES)
    if len(content) > _CORE_BYTES_MAX:
        return None
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)
    try:
        found = etree.fromstring(content, parser).findtext("{http://purl.org/dc/terms/}modified")
    except etree.XMLSyntaxError:
        return None
    return found.strip() or None if found else None


def _check_cells(sheet: CalamineSheet, name: str, bounds: Bounds) -> None:
    cells = sheet.height * sheet.width
    if cells > bounds.cells_max:
        raise DocumentRefused(f"the sheet {name} has {cells} cells, more than {bounds.cells_max}")


def _text(value: Any, exact: "number_formats.Exact | None") -> str:
    if type(value) is str:
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, date):
        return _date(value, exact)
    return value.isoformat() if isinstance(value, time) else str(value)


def _date(value: date, exact: "number_formats.Exact | None") -> str:
    if exact:
        return f"{value:%Y-%m}" if exact == "month" else f"{value:%Y}"
    if isinstance(value, datetime) and value.time() != time():
        return value.isoformat(sep=" ", timespec="seconds")
    return value.strftime("%Y-%m-%d")

"""Cells of an XLSX workbook whose formula failed: `#VALUE!`, `#N/A`. The table reader gives them as blank ones.

What stands in such a cell is not known, which is another thing than nothing: the reader of the row has to say it.
Of the older XLS form, whose records the table reader alone knows, such a cell stays blank.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import IO

from lxml import etree

from syncd.errors import DocumentRefused
from syncd.formats.number_formats import column_number, parts

Cells = Mapping[tuple[int, int], str]

# The errors that a spreadsheet shows (ECMA-376, part 1, 18.17.3, and those that came later).
ERRORS = frozenset(
    {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA"}
    | {"#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#UNKNOWN!", "#CONNECT!", "#BUSY!", "#EXTERNAL!"}
)
_CELLS_MAX = 100_000
_CHUNK_BYTES = 1 << 20
_MARK = re.compile(rb"""\st=["']e["']""")
_MARK_BYTES = 6
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")


def is_error(text: str) -> bool:
    """Whether a cell's text is a spreadsheet's word for a formula that failed."""
    return text.startswith("#") and text.strip() in ERRORS


class ErrorCells:
    """The failed formulas of one workbook, sheet by sheet. Of no archive (an XLS workbook) none is known."""

    def __init__(self, archive: zipfile.ZipFile | None) -> None:
        self._archive = archive
        self._parts = parts(archive) if archive else {}

    def of(self, sheet: str) -> Cells:
        """(row, column), from 0 → the error. The sheet's XML is parsed only when its bytes hold such a cell."""
        part = self._parts.get(sheet)
        if self._archive is None or part is None:
            return {}
        with self._archive.open(part) as stream:
            if not _has_mark(stream):
                return {}
        with self._archive.open(part) as stream:
            return dict(_cells(stream))


def _has_mark(stream: IO[bytes]) -> bool:
    """Whether the bytes hold the mark of such a cell, read in chunks that overlap by its length."""
    before = b""
    while chunk := stream.read(_CHUNK_BYTES):
        if _MARK.search(before + chunk):
            return True
        before = chunk[-_MARK_BYTES:]
    return False


def _cells(stream: IO[bytes]) -> Iterator[tuple[tuple[int, int], str]]:
    opened = etree.iterparse(stream, tag="{*}row", resolve_entities=False, load_dtd=False, no_network=True)
    count = 0
    try:
        for _, row in opened:
            for cell in row:
                place = _REFERENCE.fullmatch(cell.get("r", "")) if cell.get("t") == "e" else None
                if place is None:
                    continue
                count += 1
                if count > _CELLS_MAX:
                    raise DocumentRefused(f"more than {_CELLS_MAX} of its cells are formulas that failed")
                shown = (cell.findtext("{*}v") or "").strip()
                yield (int(place[2]) - 1, column_number(place[1])), shown if shown in ERRORS else "#VALUE!"
            row.clear()
            sheet = row.getparent()
            if sheet is not None:
                sheet.remove(row)
    except etree.XMLSyntaxError as error:
        raise DocumentRefused(f"the workbook is damaged: {error.msg}") from None

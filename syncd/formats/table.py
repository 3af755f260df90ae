"""Tables → rows by the name of their column, wherever the column stands, with every cell accounted for.

A `Row` holds the filled cells of one row under the names in the table's header. Its `raw` bytes do not depend on the
order of the columns, nor on columns that are empty in it, so that a list in a new layout has the fingerprints that it
had. `RowFields` reads a row as `fields.XmlFields` reads an element: each cell is taken, ignored with a reason, kept, or
left over, and what is left over makes the record partial.
"""

import codecs
import csv
import io
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import BinaryIO

from msgspec import Struct

from syncd.core.canonical import text as tidy
from syncd.errors import AnotherDocument, DocumentRefused, MissingField
from syncd.formats.error_cells import is_error
from syncd.formats.fields import Reading
from syncd.normalise.texts import tidied_lines

HEADER_WITHIN_ROWS = 50
ROWS_MAX = 200_000
COLUMNS_MAX = 1_000
_CHUNK_BYTES = 1 << 16


class Row(Struct, frozen=True, kw_only=True):
    """One row. `cells`: column → text as published, blank cells left out. `number` counts the table's rows from 1."""

    cells: dict[str, str]
    number: int
    sheet: str = ""

    @property
    def raw(self) -> bytes:
        """The cells as bytes, in order of their columns' names. The sheet's name is not in it."""
        return b"\x1e".join(f"{name}\x1f{value}".encode() for name, value in sorted(self.cells.items()))


def by_header(
    rows: Iterable[Sequence[str]],
    *,
    required: Collection[str],
    sheet: str = "",
    spelt: Callable[[str], str] = tidy,
    header_within: int = HEADER_WITHIN_ROWS,
) -> Iterator[Row]:
    """The rows below the header, which is the first row that holds all `required` columns; blank rows left out.

    `spelt` gives the name of a column from its header cell. A column without a name is called `column 13`; a second
    one of the same name `Name (2)`. Raises DocumentRefused when there is no such header, and beyond the bounds.
    """
    columns: list[str] | None = None
    for number, row in enumerate(rows, start=1):
        if number > ROWS_MAX or len(row) > COLUMNS_MAX:
            raise DocumentRefused(f"row {number} is beyond {ROWS_MAX} rows of {COLUMNS_MAX} columns")
        if columns is None:
            columns = _columns(row, required, spelt)
            if columns is None and number >= header_within:
                break
            continue
        cells = {_column(columns, place): value for place, value in enumerate(row) if value and not value.isspace()}
        if cells:
            yield Row(cells=cells, number=number, sheet=sheet)
    if columns is None:
        place = f" of the sheet {sheet}" if sheet else ""
        raise DocumentRefused(f"none of the first rows{place} names the columns {', '.join(sorted(required))}")


def _columns(row: Sequence[str], required: Collection[str], spelt: Callable[[str], str]) -> list[str] | None:
    names = [spelt(cell) for cell in row]
    if not set(required) <= set(names):
        return None
    columns: list[str] = []
    for place, name in enumerate(names, start=1):
        again = names[:place].count(name)
        columns.append((f"{name} ({again})" if again > 1 else name) if name else f"column {place}")
    return columns


def _column(columns: list[str], place: int) -> str:
    return columns[place] if place < len(columns) else f"column {place + 1}"


def csv_rows(
    stream: BinaryIO, *, encodings: Sequence[str] = ("utf-8-sig",), delimiter: str = ",", bytes_max: int = 60_000_000
) -> Iterator[list[str]]:
    """The rows of a CSV document, in the first of `encodings` that decodes all of it.

    Raises AnotherDocument when it is markup or binary, DocumentRefused when it is in no such encoding, larger than
    `bytes_max`, or cut off within a quote.
    """
    content = stream.read(bytes_max + 1)
    encoding = _encoding(content, encodings, bytes_max)
    # Decoded as it is read: the whole text would take four times the bytes of the document.
    start = io.TextIOWrapper(io.BytesIO(content), encoding).read(1000).lstrip()
    if not start:
        raise AnotherDocument("nothing instead of a CSV table")
    if start.startswith("<"):
        raise AnotherDocument("markup instead of a CSV table")
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(content), encoding, newline=""), delimiter=delimiter, strict=True)
    try:
        yield from reader
    except csv.Error as error:
        raise DocumentRefused(f"it is cut off or damaged at line {reader.line_num}: {error}") from None


def whole_csv_rows(
    stream: BinaryIO, *, encodings: Sequence[str] = ("utf-8-sig",), delimiter: str = ",", bytes_max: int = 60_000_000
) -> Iterator[list[str]]:
    """The rows of a CSV document whose last row ends with a line break, which tells one that was cut off.

    Raises like `csv_rows`, and DocumentRefused, after the last row, when it is not ended.
    """
    content = stream.read(bytes_max + 1)
    yield from csv_rows(io.BytesIO(content), encodings=encodings, delimiter=delimiter, bytes_max=bytes_max)
    if not content.endswith((b"\n", b"\r")):
        raise DocumentRefused("it is cut off: its last row is not ended")


def _encoding(content: bytes, encodings: Sequence[str], bytes_max: int) -> str:
    if len(content) > bytes_max:
        raise DocumentRefused(f"it is larger than {bytes_max} bytes")
    if b"\0" in content[:4096]:
        raise AnotherDocument("binary data instead of a CSV table")
    for encoding in encodings:
        if _is_in(content, encoding):
            return encoding
    raise DocumentRefused(f"it is not text in {' or '.join(encodings)}")


def _is_in(content: bytes, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for place in range(0, len(content), _CHUNK_BYTES):
            decoder.decode(content[place : place + _CHUNK_BYTES])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


class RowFields:
    """One row whose cells are taken one by one, by the names of their columns. Blank cells count as absent.

    Texts are unescaped and tidied once, here, before any pattern sees them; line breaks stay, for they may separate
    values (`normalise.texts.tidied_lines`). A formula that failed (`#N/A`) says nothing: its cell counts as absent,
    is kept under `other` and unreadable.
    """

    __slots__ = ("_cells", "_reading", "row")

    def __init__(self, row: Row, reading: Reading) -> None:
        self.row = row
        tidy_cells = ((name, tidied_lines(value)) for name, value in row.cells.items())
        self._cells = {name: value for name, value in tidy_cells if value}
        self._reading = reading
        for name in [name for name, value in self._cells.items() if is_error(value)]:
            reading.unreadable.append(name)
            reading.keep(name, self._cells.pop(name))
        reading.account_for(self)

    def take(self, name: str) -> str:
        """The text of a cell; raises MissingField when it is blank or there is no such column."""
        value = self.take_optional(name)
        if value is None:
            raise MissingField(f"row {self.row.number} has no {name}")
        return value

    def take_optional(self, name: str) -> str | None:
        """Return the text of a column, None when it is blank or absent."""
        return self._cells.pop(name, None)

    def ignore(self, *names: str, why: str) -> None:
        """Columns that say nothing about the target. `why` is for the reader of the feed."""
        assert why
        for name in names:
            self._cells.pop(name, None)

    def keep(self, *names: str) -> None:
        """Known columns without a place in the model: their text goes to `other` under the column's own name."""
        for name in names:
            self._reading.keep(name, self._cells.pop(name, None))

    def leave_over(self) -> None:
        """Report every cell that nobody took. Called by `Reading.finish`."""
        for name in self._cells:
            self._reading.unknown_field(name, self.row.cells[name])

"""How exact the date cells of an XLSX workbook are: their number formats say which parts of a date are shown.

A spreadsheet into which `Sep 73` is typed stores the first of the month and shows `Sep-73`. The table reader gives the
first of the month; only the format tells that nobody wrote it.
"""

import io
import posixpath
import re
import zipfile
from collections.abc import Mapping
from typing import Literal

from lxml import etree

from syncd.errors import DocumentRefused
from syncd.normalise.texts import whole_number

Exact = Literal["month", "year"]
Cells = Mapping[tuple[int, int], Exact]

# The built-in format 17 is `mmm-yy`; every other built-in date format shows a day (ECMA-376, part 1, 18.8.30).
_BUILT_IN: dict[int, Exact] = {17: "month"}
_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\[\]]*+\]|_.|\*.')
_WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_STYLES = "xl/styles.xml"
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class Formats:
    """The number formats of one workbook, as far as they show less than a day. `styles`: index of a style → exactness;
    `parts`: name of a sheet → its part in the archive."""

    def __init__(self, archive: zipfile.ZipFile | None, styles: Mapping[str, Exact], parts: Mapping[str, str]) -> None:
        self._archive = archive
        self._styles = styles
        self._parts = parts

    def inexact_cells(self, sheet: str) -> Cells:
        """(row, column), from 0, of the cells that are formatted as a month or a year. One pass over the sheet's XML,
        and none at all when no style of the workbook is such a format."""
        part = self._parts.get(sheet)
        if self._archive is None or not self._styles or part is None:
            return {}
        with self._archive.open(part) as stream:
            return _cells(io.BytesIO(stream.read()), self._styles)


NONE = Formats(None, {}, {})


def number_formats_of(archive: zipfile.ZipFile) -> Formats:
    """The formats of an XLSX workbook; none for another archive. Raises DocumentRefused when they are damaged."""
    if _STYLES not in archive.namelist():
        return NONE
    styles = _styles(_tree(archive, _STYLES))
    return Formats(archive, styles, parts(archive)) if styles else NONE


def parts(archive: zipfile.ZipFile) -> Mapping[str, str]:
    """Name of a sheet → its part in an XLSX archive; nothing for another archive. Raises DocumentRefused."""
    names = set(archive.namelist())
    if not {_WORKBOOK, _RELATIONS} <= names:
        return {}
    found = _parts(_tree(archive, _WORKBOOK), _tree(archive, _RELATIONS))
    return {sheet: part for sheet, part in found.items() if part in names}


def exactness(format_code: str) -> Exact | None:
    """Return the parts of a date that a number format shows, when it shows less than the day; None for all else."""
    shown = _LITERAL.sub("", format_code.partition(";")[0]).lower()
    if set(shown) & set("dhs0#?@") or "general" in shown:
        return None
    if "y" not in shown and "e" not in shown:
        return None
    return "month" if "m" in shown else "year"


def _tree(archive: zipfile.ZipFile, part: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)
    try:
        return etree.fromstring(archive.read(part), parser)
    except etree.XMLSyntaxError as error:
        raise DocumentRefused(f"the workbook is damaged: {part}: {error.msg}") from None


def _styles(tree: etree._Element) -> dict[str, Exact]:
    own = {found.get("numFmtId"): found.get("formatCode", "") for found in tree.iterfind("{*}numFmts/{*}numFmt")}
    styles: dict[str, Exact] = {}
    for index, style in enumerate(tree.iterfind("{*}cellXfs/{*}xf")):
        number = style.get("numFmtId", "0")
        exact = exactness(own[number]) if number in own else _BUILT_IN.get(whole_number(number) or 0)
        if exact:
            styles[str(index)] = exact
    return styles


def _parts(workbook: etree._Element, relations: etree._Element) -> dict[str, str]:
    targets = {one.get("Id"): one.get("Target", "") for one in relations}
    return {
        sheet.get("name", ""): posixpath.normpath(posixpath.join("/xl", targets.get(sheet.get(_RELATION_ID), "")))[1:]
        for sheet in workbook.iterfind("{*}sheets/{*}sheet")
    }


def _cells(stream: io.BytesIO, styles: Mapping[str, Exact]) -> Cells:
    found: dict[tuple[int, int], Exact] = {}
    opened = etree.iterparse(stream, tag="{*}row", resolve_entities=False, load_dtd=False, no_network=True)
    try:
        for _, row in opened:
            for cell in row:
                exact = styles.get(cell.get("s", ""))
                place = _REFERENCE.fullmatch(cell.get("r", "")) if exact and len(cell) else None
                if exact and place:
                    found[int(place[2]) - 1, column_number(place[1])] = exact
            row.clear()
            sheet = row.getparent()
            if sheet is not None:
                sheet.remove(row)
    except etree.XMLSyntaxError as error:
        raise DocumentRefused(f"the workbook is damaged: {error.msg}") from None
    return found


def column_number(letters: str) -> int:
    """`A` → 0, `Z` → 25, `AA` → 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1

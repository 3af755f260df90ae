"""Tables in an HTML text → rows of text, as the cells of a workbook are.

A cell's text is what a reader of the page sees, footnote marks (`<sup>`) left out; the addresses of its links are not
part of it.
"""

from collections.abc import Iterator

from lxml import etree, html

from syncd.errors import DocumentRefused
from syncd.normalise.texts import tidied

TABLES_MAX = 100
ROWS_MAX = 20_000
_FOOTNOTE = "sup"


def tables_of(text: str) -> list[list[list[str]]]:
    """The rows of each table in `text`, in order, header rows too. Raises DocumentRefused beyond the bounds, and when
    the text is no HTML."""
    if not text.strip():
        return []
    found = [list(_rows(table)) for table in _root(text).iter("table")]
    if len(found) > TABLES_MAX:
        raise DocumentRefused(f"it has {len(found)} tables, more than {TABLES_MAX}")
    return found


def text_of(text: str) -> str:
    """The text of a piece of HTML, without its marks; a text without marks as it is."""
    if "<" not in text:
        return text
    pieces = (str(piece) for piece in _root(text).itertext())
    return tidied(" ".join(pieces))


def _root(text: str) -> etree._Element:
    parser = html.HTMLParser(encoding="utf-8", no_network=True, recover=True, huge_tree=False)
    try:
        return html.document_fromstring(text.encode(), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, UnicodeDecodeError, ValueError) as error:
        raise DocumentRefused(f"the text is not HTML: {type(error).__name__}") from None


def _rows(table: etree._Element) -> Iterator[list[str]]:
    for number, row in enumerate(table.iter("tr")):
        if number >= ROWS_MAX:
            raise DocumentRefused(f"a table with more than {ROWS_MAX} rows")
        yield [_text(cell) for cell in row if cell.tag in ("td", "th")]


def _text(cell: etree._Element) -> str:
    pieces = [cell.text or ""]
    for child in cell:
        if child.tag != _FOOTNOTE and isinstance(child.tag, str):
            pieces.append(_text(child))
        pieces.append(child.tail or "")
    return tidied(" ".join(pieces))

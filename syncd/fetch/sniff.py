"""The kind of a body by its first bytes, and the sentence that refuses one of another kind.

Publishers have answered 200 with nothing, with HTML, with a JSON error. This look at the first kilobytes is cheap and
finds only what is plainly something else; the formats and the feed decide whether it is the list.
"""

import codecs
import json
import re
from typing import Literal

from syncd.errors import DocumentRefused

Kind = Literal["empty", "html", "xml", "json", "zip", "gzip", "workbook", "pdf", "text", "binary"]
Expect = Literal["xml", "json", "table", "zip", "any"]

HEAD_BYTES = 4096
EXCERPT_CHARACTERS_MAX = 80

ACCEPTED: dict[Expect, frozenset[Kind]] = {
    "xml": frozenset({"xml"}),
    "json": frozenset({"json"}),
    "table": frozenset({"text", "zip", "workbook"}),
    "zip": frozenset({"zip"}),
    "any": frozenset({"html", "xml", "json", "zip", "gzip", "workbook", "pdf", "text", "binary"}),
}
EXPECTED_NAMES: dict[Expect, str] = {
    "xml": "the XML document",
    "json": "the JSON document",
    "table": "the table",
    "zip": "the ZIP archive",
    "any": "a document",
}
KIND_NAMES: dict[Kind, str] = {
    "empty": "an empty body",
    "html": "an HTML page",
    "xml": "an XML document",
    "json": "a JSON document",
    "zip": "a ZIP archive",
    "gzip": "a gzip file",
    "workbook": "an old Excel workbook",
    "pdf": "a PDF document",
    "text": "plain text",
    "binary": "binary data",
}
MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"\xd0\xcf\x11\xe0", "workbook"),
    (b"%PDF-", "pdf"),
)
ENCODINGS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)
HTML_TAGS = frozenset({"html", "head", "body", "title", "meta", "script", "center", "h1", "p", "div"})

_PROLOGUE = re.compile(r"(?:\s++|<\?[^>]*\?>|<!--(?:[^-]|-(?!->))*+-->)*+")
_FIRST_TAG = re.compile(r"<(?:!doctype\s+)?(?:[\w.-]+:)?([\w.-]+)", re.IGNORECASE)
_TITLE = re.compile(r"<title[^<>]*+>([^<]*)", re.IGNORECASE)
_ADDRESS = re.compile(r"(?<!\S)\S*?(?:://|[?=])\S*+")
_JSON_ERROR_FIELDS = ("status", "code", "error", "message", "detail", "title")


def content_kind(head: bytes) -> Kind:
    """Return the kind of the body that begins with `head`, its first kilobytes."""
    if not head.strip(b"\0 \t\r\n"):
        return "empty"
    for magic, kind in MAGIC:
        if head.startswith(magic):
            return kind
    text = _text(head)
    start = text.lstrip()
    if start.startswith("<"):
        return _markup_kind(text)
    if start[:1] in {"{", "["}:
        return "json"
    return "binary" if "\0" in text else "text"


def check_head(head: bytes, expect: Expect) -> None:
    """Raise DocumentRefused, naming what came instead, when `head` cannot be the beginning of what is expected."""
    kind = content_kind(head)
    if kind in ACCEPTED[expect]:
        return
    excerpt = _excerpt(head, kind)
    detail = f" that says “{excerpt}”" if excerpt else ""
    raise DocumentRefused(f"{KIND_NAMES[kind]}{detail} instead of {EXPECTED_NAMES[expect]}")


def _markup_kind(text: str) -> Kind:
    rest = text[_prologue_end(text) :]
    tag = _FIRST_TAG.match(rest)
    if tag:
        return "html" if tag.group(1).lower() in HTML_TAGS else "xml"
    return "xml" if text.lstrip().startswith(("<?xml", "<!--")) else "text"


def _prologue_end(text: str) -> int:
    found = _PROLOGUE.match(text)
    return found.end() if found else 0


def _text(head: bytes) -> str:
    for mark, encoding in ENCODINGS:
        if head.startswith(mark):
            return head.decode(encoding, errors="replace")
    return head.decode("utf-8", errors="replace")


def _excerpt(head: bytes, kind: Kind) -> str:
    """What the page says of itself: an HTML title, the fields of a JSON error. Nothing else of a body is ever shown,
    since a body that was meant to be a list may have names of persons in it."""
    if kind == "html":
        title = _TITLE.search(_text(head))
        return _printable(title.group(1)) if title else ""
    if kind == "json":
        return _printable(_json_error(_text(head)))
    return ""


def _json_error(text: str) -> str:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(content, dict):
        return ""
    values = (content.get(name) for name in _JSON_ERROR_FIELDS)
    return " ".join(str(value) for value in values if isinstance(value, (str, int)) and value != "")


def _printable(text: str) -> str:
    """At most 80 printable characters, without anything that looks like an address or a parameter."""
    without_addresses = _ADDRESS.sub("…", text)
    clean = "".join(c if c.isprintable() else " " for c in without_addresses)
    return " ".join(clean.split())[:EXCERPT_CHARACTERS_MAX]


_MEDIA: dict[Kind, tuple[str, str]] = {
    "empty": ("application/octet-stream", "bin"),
    "html": ("text/html", "html"),
    "xml": ("application/xml", "xml"),
    "json": ("application/json", "json"),
    "zip": ("application/zip", "zip"),
    "gzip": ("application/gzip", "gz"),
    "workbook": ("application/vnd.ms-excel", "xls"),
    "pdf": ("application/pdf", "pdf"),
    "text": ("text/csv", "csv"),
    "binary": ("application/octet-stream", "bin"),
}
_IN_ZIP: tuple[tuple[bytes, tuple[str, str]], ...] = (
    (b"opendocument.spreadsheet", ("application/vnd.oasis.opendocument.spreadsheet", "ods")),
    (b"[Content_Types].xml", ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx")),
)


def media_of(head: bytes) -> tuple[str, str]:
    """Return the content type of a document, by its first bytes, and the suffix of a file of it."""
    kind = content_kind(head)
    if kind == "zip":
        return next((media for mark, media in _IN_ZIP if mark in head), _MEDIA[kind])
    return _MEDIA[kind]

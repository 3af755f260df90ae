"""Canada's listed terrorist entities (Criminal Code, section 83.05): an Atom document of Public Safety Canada."""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from syncd.core.model import Identifier, Listing, Name, NameKind, Record
from syncd.feeds.contract import Feed, Header, Limits, Measures, RawEntry, Reader, Source, XmlShape
from syncd.formats import xml
from syncd.formats.fields import Reading
from syncd.normalise import cells, name_cells, name_lists, names, source_ids

ID = "ca_listed"
LIST = "Currently listed entities"
ADDRESS = "https://www.publicsafety.gc.ca/cnt/_xml/lstd-ntts-eng.xml"
BYTES_MAX = 10_000_000
HEAD_BYTES = 4_096
# The document's own day stands before its first entry.
_UPDATED = re.compile(rb"<updated>\s*+(\d{4}-\d\d-\d\d)")
_ACRONYM = re.compile(r"(?P<name>[^()]*[^()\s])\s?\((?P<acronym>[A-Z][A-Za-z'’-]{1,12})\)")
_ARTICLE = re.compile(r"(?:and\s+)?the\s+(?=[A-Z])")
# A text with more commas is a list of names, in which some begin in lower case (`al-Vell`).
_COMMAS_MAX = 3
_NOTHING = frozenset({"n/a", "na", "none", "-"})


def entries(stream: BinaryIO, header: Header) -> Iterator[RawEntry]:
    """Yield the entries of a document. Raises DocumentRefused when it is not the list, or is cut off."""
    head = stream.read(HEAD_BYTES).partition(b"<entry")[0]
    stream.seek(0)
    updated = _UPDATED.search(head)
    header.published = updated[1].decode() if updated else None
    for element in xml.split_elements(stream, root="feed", tags=("entry",), keep_indentation=False):
        if element.getparent() is not None:
            yield RawEntry(raw=xml.raw(element), content=element)


def record(content: Any, reading: Reading) -> Record:
    """Return the record of one entry. Raises MissingField when its id or name cannot be read."""
    entry = reading.xml(content)
    key = reading.identify(ID, entry.text("id"), source_ids.upper)
    title, summary = entry.text_optional("title") or "", entry.text_optional("summary") or ""
    entry.ignore("link", why="leads to the page of all entities")
    entry.keep("updated")
    return Record(
        key=key,
        feed=ID,
        kind="organisation",
        names=names.without_repeats((*_with_acronym(title, "primary", reading), *_aliases(summary, reading))),
        identifiers=(Identifier(type="list_id", value=key.removeprefix(f"{ID}:"), label="id"),),
        listings=(Listing(list=LIST, listed_on=reading.day("published", entry.text_optional("published"))),),
        reasons=tuple(entry.texts("content")),
    )


def _with_acronym(text: str, kind: NameKind, reading: Reading) -> Iterator[Name]:
    """The name, and the acronym in brackets behind it as an alias."""
    found = _ACRONYM.fullmatch(text)
    yield from _names(found["name"] if found else text, kind, reading)
    if found:
        yield Name(full=found["acronym"], kind="alias", script="Latn")


def _aliases(summary: str, reading: Reading) -> Iterator[Name]:
    """The names of a list that semicolons divide, or commas where there is no semicolon."""
    if summary.casefold() in _NOTHING:
        return
    text = summary.removesuffix(".")
    pieces = name_cells.semicolons(text)
    if len(pieces) == 1:
        by_comma = cells.outside_brackets(text, ",")
        pieces = by_comma if len(by_comma) > _COMMAS_MAX else name_lists.of_organisation(text)
    for piece in pieces:
        article = _ARTICLE.match(piece)
        yield from _with_acronym(piece[article.end() :] if article else piece, "alias", reading)


def _names(text: str, kind: NameKind, reading: Reading) -> Iterator[Name]:
    found = name_cells.names_of_cell(text, kind)
    for remark in found.remarks:
        reading.keep("summary", remark)
    for one in found.names:
        yield Name(full=one.full, kind=one.kind, script=names.script(one.full), note=one.note)


FEED = Feed(
    id=ID,
    partition=21,
    title="Listed terrorist entities",
    jurisdiction="CA",
    authority="Public Safety Canada",
    legal_basis="Criminal Code, sections 83.05 and 83.08 to 83.12; Regulations Establishing a List of Entities",
    homepage="https://www.publicsafety.gc.ca/cnt/ntnl-scrt/cntr-trrrsm/lstd-ntts/crrnt-lstd-ntts-en.aspx",
    id_rule="entry/id of the Atom document (`1`, `2025-121`), in capitals and without blanks.",
    sources=(
        Source(
            name="atom",
            url=ADDRESS,
            vocabulary="atom",
            expect="xml",
            bytes_max=BYTES_MAX,
            unpacked_bytes_max=BYTES_MAX,
            timeout_seconds=60.0,
            typical_bytes=250_000,
            typical_seconds=2.0,
        ),
    ),
    readers={
        "atom": Reader(
            entries=entries,
            record=record,
            shape=XmlShape(entries=("entry",), id_elements=("id",), names=("title", "summary")),
        )
    },
    measures=Measures(
        usual=("asset_freeze",), source="Criminal Code, section 83.08: property of listed entities is frozen."
    ),
    interval_seconds=300,
    limits=Limits(records_min=50, removals_max=10, partial_ratio=0.05),
    parser_version=2,
    evidence="excerpt",
    quirks=(
        "The autonomous sanctions of Canada (ca_sema) do not hold these entities.",
        "Aliases stand in one text, divided by semicolons or, without any, by commas; N/A stands for none.",
        "updated is the day of the last review by the minister, and no change of the entry.",
    ),
    delay="Days after the Canada Gazette.",
)

"""Canada's listed terrorist entities (Criminal Code, section 83.05): an Atom document of Public Safety Canada."""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from syncd.core.model import Identifier, Listing, Name, NameKind, Record
from syncd.errors import Unreadable
from syncd.feeds.contract import Feed, Header, Limits, Measures, RawEntry, Reader, Source, XmlShape
from syncd.formats import xml
from syncd.formats.fields import Reading
from syncd.normalise import cells, countries, name_cells, name_lists, names, source_ids

ID = "ca_listed"
LIST = "Currently listed entities"
ADDRESS = "https://www.publicsafety.gc.ca/cnt/_xml/lstd-ntts-eng.xml"
BYTES_MAX = 10_000_000
HEAD_BYTES = 4_096
# The document's own day stands before its first entry.
_UPDATED = re.compile(rb"<updated>\s*+(\d{4}-\d\d-\d\d)")
_ACRONYM = re.compile(r"(?P<name>[^()]*[^()\s])\s?\((?P<acronym>[A-Z][A-Za-z'’-]{1,12})\)")
# Behind the name of an alias other names and translations stand in brackets too: an acronym has two capitals.
_ACRONYM_OF_ALIAS = re.compile(r"(?P<name>[^()]*[^()\s])\s?\((?P<acronym>[A-Z][a-z'’-]{0,9}[A-Z][A-Za-z'’-]{0,9})\)")
_ARTICLE = re.compile(r"(?:and\s+)?the\s+(?=[A-Z])")
_ARTICLE_BEHIND_COMMA = re.compile(r",\s+(?:and\s+)?the\s+(?=[A-Z])")
# A text with more commas is a list of names, in which some begin in lower case (`al-Vell`).
_COMMAS_MAX = 3
_NOTHING = frozenset({"n/a", "na", "none", "nil", "not applicable", "-"})
_AND = "\x1d"
_WORD = re.compile(r"[^\W_]{4,}")
# Two names that one `and` joins have as many words each, and one in common; `for Call and Combat` is within a name.
_WORDS_OF_A_NAME_MIN = 4
_COUNTRY_CODE_LENGTH_MAX = 3


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
    title, summary = entry.text_optional("title"), entry.text_optional("summary")
    entry.ignore("link", why="leads to the page of all entities")
    entry.keep("updated")
    return Record(
        key=key,
        feed=ID,
        kind="organisation",
        names=names.without_repeats((*_primary(title or "", reading), *_aliases(summary or "", reading))),
        identifiers=(Identifier(type="list_id", value=key.removeprefix(f"{ID}:"), label="id"),),
        listings=(Listing(list=LIST, listed_on=reading.day("published", entry.text_optional("published"))),),
        reasons=tuple(entry.texts("content")),
    )


def _primary(title: str, reading: Reading) -> Iterator[Name]:
    """The name, and the acronym in brackets behind it as an alias. A country in brackets is part of the name."""
    found = _ACRONYM.fullmatch(title)
    if found and _is_country(found["acronym"]):
        found = None
    yield from _names(found["name"] if found else title, "primary", reading)
    if found:
        yield Name(full=found["acronym"], kind="alias", script="Latn")


def _aliases(summary: str, reading: Reading) -> Iterator[Name]:
    """The names of a list that semicolons divide, or commas where there is no semicolon, each with its acronym."""
    text = summary.removesuffix(".").rstrip()
    if text.casefold() in _NOTHING:
        return
    for piece in _pieces(text):
        name = _ARTICLE.sub("", piece, count=1) if _ARTICLE.match(piece) else piece
        found = _ACRONYM_OF_ALIAS.fullmatch(name)
        yield from _names(found["name"] if found else name, "alias", reading)
        if found:
            yield Name(full=found["acronym"], kind="alias", script="Latn")


def _pieces(text: str) -> list[str]:
    pieces = name_cells.semicolons(text)
    if len(pieces) > 1:
        return pieces
    by_comma = cells.outside_brackets(text, ",")
    if len(by_comma) > _COMMAS_MAX:
        return by_comma
    found = name_lists.of_organisation(_ARTICLE_BEHIND_COMMA.sub(", ", text))
    return found if len(found) > 1 else _two_names(text)


def _two_names(text: str) -> list[str]:
    """`Vell in the Land and Jamaat Vell fi al-Land` apart, where both halves have the words of a name."""
    halves = cells.outside_brackets(text.replace(" and ", _AND), _AND)
    names_of_both = [half.partition("(")[0] for half in halves]
    if len(halves) != 2 or min(len(name.split()) for name in names_of_both) < _WORDS_OF_A_NAME_MIN:
        return [text.replace(_AND, " and ")]
    left, right = ({word.casefold() for word in _WORD.findall(name)} for name in names_of_both)
    return [half.replace(_AND, " and ") for half in halves] if left & right and halves[1][0].isupper() else [text]


def _is_country(text: str) -> bool:
    """Whether a word is a country's name; its code looks like an acronym."""
    try:
        return len(text) > _COUNTRY_CODE_LENGTH_MAX and bool(countries.code(text))
    except Unreadable:
        return False


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
        "Two aliases may be joined by `and` alone: Vell al-Land in the North and Jamaat Vell fi al-Land.",
        "updated is the day of the last review by the minister, and no change of the entry.",
    ),
    delay="Days after the Canada Gazette.",
)

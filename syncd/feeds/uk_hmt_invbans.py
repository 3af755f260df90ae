"""The Treasury's list of who may not raise capital in the UK: Schedule 2 of the Russia Regulations.

Since January 2026 the UK Sanctions List does not name them all. The page of gov.uk comes as
JSON with the table as HTML in it.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec

from syncd.core.model import Identifier, Listing, Name, Record
from syncd.errors import AnotherDocument, DocumentRefused
from syncd.feeds.contract import Feed, Header, Limits, Measures, RawEntry, Reader, Source, TableShape
from syncd.formats import html_tables, table
from syncd.formats.fields import Reading
from syncd.formats.json import UNDECODABLE, without_half_letters
from syncd.formats.table import RowFields
from syncd.normalise import name_cells, names, source_ids

ID = "uk_hmt_invbans"
LIST = "Russia: persons named in relation to financial and investment restrictions"
PAGE = "https://www.gov.uk/guidance/russia-list-of-persons-named-in-relation-to-financial-and-investment-restrictions"
ADDRESS = PAGE.replace("gov.uk/", "gov.uk/api/content/", 1)
BYTES_MAX = 2_000_000

NAME, GROUP, UNIQUE = "Organisation", "Historic Group ID", "UK Sanctions List Unique ID"
ELSEWHERE = "Subject to other sanctions (see entry on the UK Sanctions List)"
REQUIRED = (NAME, GROUP, UNIQUE)
_NOTHING = frozenset({"-", "–", "—", "n/a", "none"})


class _PageText(msgspec.Struct):
    body: str


class _Page(msgspec.Struct):
    """The members of gov.uk's answer that matter here."""

    details: _PageText
    public_updated_at: str | None = None


_decode = msgspec.json.Decoder(_Page).decode


def entries(stream: BinaryIO, header: Header) -> Iterator[RawEntry]:
    """The rows of the table. Raises DocumentRefused when it is not the list, or is cut off."""
    page = _page(stream.read(BYTES_MAX + 1))
    header.published = page.public_updated_at
    tables = html_tables.tables_of(page.details.body)
    named = [rows for rows in tables if any(set(REQUIRED) <= set(row) for row in rows)]
    if not named:
        raise DocumentRefused(f"no table on the page names the columns {', '.join(sorted(REQUIRED))}")
    for rows in tables:
        if rows not in named and rows:
            header.unknown[f"rows of a table of {' '.join(rows[0])[:80]}"] = len(rows) - 1
    for rows in named:
        for row in table.by_header(rows, required=REQUIRED):
            yield RawEntry(raw=row.raw, content=row)


def _page(body: bytes) -> _Page:
    if len(body) > BYTES_MAX:
        raise DocumentRefused(f"it is larger than {BYTES_MAX} bytes")
    try:
        return _decode(without_half_letters(body))
    except msgspec.ValidationError:
        raise AnotherDocument("it is JSON, and no page of gov.uk with a text") from None
    except UNDECODABLE as error:
        raise DocumentRefused(f"it is no JSON, cut off or damaged: {error}") from None


def record(content: Any, reading: Reading) -> Record:
    """Return the record of one row. Raises MissingField when its id or name cannot be read."""
    fields = RowFields(content, reading)
    group = fields.take(GROUP)
    key = reading.identify(ID, "" if group in _NOTHING else group, source_ids.upper)
    found = name_cells.names_of_cell(fields.take(NAME), "primary")
    for remark in found.remarks:
        reading.keep(NAME, remark)
    unique_id = fields.take_optional(UNIQUE)
    fields.ignore(ELSEWHERE, why="whether the UK Sanctions List has an entry too, which that list says itself")
    listed = (
        ()
        if unique_id is None or unique_id.casefold() in _NOTHING
        else (Identifier(type="uk_reference", value=source_ids.upper(unique_id), label="UniqueID"),)
    )
    return Record(
        key=key,
        feed=ID,
        kind="organisation",
        names=names.without_repeats(
            Name(full=one.full, kind=one.kind, script=names.script(one.full), note=one.note) for one in found.names
        ),
        identifiers=(
            Identifier(type="list_id", value=key.removeprefix(f"{ID}:"), label="OFSIGroupID"),
            *listed,
        ),
        listings=(Listing(list=LIST, programmes=("Russia",), schedule="Schedule 2"),),
    )


FEED = Feed(
    id=ID,
    partition=19,
    title="Persons named in relation to financial and investment restrictions (Russia)",
    jurisdiction="GB",
    authority="HM Treasury, Office of Financial Sanctions Implementation",
    legal_basis="The Russia (Sanctions) (EU Exit) Regulations 2019, regulations 16 and 17 and Schedule 2",
    homepage=PAGE,
    id_rule="Historic Group ID, which the retired OFSI list and the UK Sanctions List (OFSIGroupID) have too.",
    sources=(
        Source(
            name="content_api",
            url=ADDRESS,
            vocabulary="page",
            expect="json",
            bytes_max=BYTES_MAX,
            unpacked_bytes_max=BYTES_MAX,
            timeout_seconds=60.0,
            typical_bytes=30_000,
            typical_seconds=1.0,
        ),
    ),
    readers={"page": Reader(entries=entries, record=record, shape=TableShape(header=NAME, id=GROUP, names=(NAME,)))},
    measures=Measures(
        usual=("capital_market",),
        source=(
            "The Russia (Sanctions) (EU Exit) Regulations 2019, regulations 16 and 17: securities, loans and credit."
        ),
    ),
    interval_seconds=300,
    limits=Limits(records_min=2, removals_max=3, removals_few=4, partial_ratio=0.3),
    evidence="excerpt",
    quirks=(
        "Apart from the UK Sanctions List since 2026-01-28; two of its rows stand in no other list of the UK.",
        "The page is JSON (gov.uk content API) with an HTML table in it; header cells have footnote marks.",
        "8 to 15 rows; a dash stands for nothing. No row says when it was listed.",
    ),
    delay="The day of the act.",
)

"""METI's Foreign End User List: one bilingual sheet, a row an organisation, discovered on the ministry's page.

The list is no asset freeze: exports to those on it need a licence unless they clearly serve no weapons programme.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from typing import Any, BinaryIO

from syncd.core.canonical import text as tidy
from syncd.core.model import Listing, Name, NameKind, Record
from syncd.errors import Unreadable
from syncd.feeds import by_content
from syncd.feeds.contract import Feed, Gate, GateAnswer, Header, Limits, Measures, RawEntry, Reader, Source, TableShape
from syncd.formats import links, table, workbook
from syncd.formats.fields import Reading, unique
from syncd.formats.table import RowFields
from syncd.normalise import countries, name_cells, names

ID = "jp_meti"
PAGE = "https://www.meti.go.jp/policy/anpo/law00.html"
LINK = re.compile(r"/(\d{8})[\w-]*\.xlsx$", re.IGNORECASE)

NUMBER = "No."
COUNTRY = "国名、地域名 Country or Region"
COMPANY = "企業名､組織名 Company or Organization"
ALIASES = "別名 Also Known As"
WMD = "懸念区分 Type of WMD"
CONVENTIONAL = "通常兵器 Conventional Weapons"

# The letters of the column on weapons of mass destruction, and the English words of the list's own legend.
_CONCERNS = {"B": "Biological weapons", "C": "Chemical weapons", "M": "Missiles", "N": "Nuclear weapons"}
_LETTERS = re.compile(r"(?<![A-Z])([A-Z])(?![A-Z])")
_BULLET = re.compile(r"^[^\S\n]*+[・･]\s*+", re.MULTILINE)
_OWN_LINE = re.compile(r"\n(?=[\u2e80-\u9fff])")


def discover(page: bytes, url: str) -> GateAnswer:
    """The newest workbook that the page calls a list of users. Raises DocumentRefused."""
    found = links.newest_link(page, url, LINK, says="ユーザーリスト")
    return GateAnswer(token=found.token, url=found.url)


def entries(stream: BinaryIO, header: Header) -> Iterator[RawEntry]:
    """Yield the entries of a document. Raises DocumentRefused when it is not the list, or is cut off."""
    opened = workbook.open_workbook(stream)
    header.published = opened.modified
    for row in table.by_header(opened.rows(opened.sheets[0]), required=(NUMBER, COUNTRY, COMPANY)):
        cells = {name: value for name, value in row.cells.items() if name != NUMBER}
        bare = table.Row(cells=cells, number=row.number)
        yield RawEntry(raw=bare.raw, content=bare)


def record(content: Any, reading: Reading) -> Record:
    """Return the record of one entry. Raises MissingField when its id or name cannot be read."""
    fields = RowFields(content, reading)
    company, country = fields.take(COMPANY), fields.take_optional(COUNTRY)
    code = reading.text(COUNTRY, _country, country) if country else None
    reading.key = key = f"{ID}:{_identity(company, code)}"
    aliases = _apart(fields.take_optional(ALIASES) or "")
    return Record(
        key=key,
        feed=ID,
        kind="organisation",
        names=unique([*_names(company, "primary"), *(name for one in aliases for name in _names(one, "alias"))]),
        countries=(code,) if code else (),
        listings=(Listing(list="Foreign End User List", programmes=_concerns(fields, reading)),),
    )


def _identity(company: str, country: str | None) -> str:
    """A hash, so that no name stands in a key, which logs show."""
    return hashlib.sha256(f"{country or ''}\n{by_content.folded(company)}".encode()).hexdigest()[:20]


def _country(published: str) -> str:
    """The English line below the Japanese one. Raises Unreadable."""
    return countries.code(tidy(published.partition("\n")[2] or published))


def _names(published: str, kind: NameKind) -> Iterator[Name]:
    apart = names.scripts_apart(tidy(unicodedata.normalize("NFC", published)))
    yield from name_cells.without_labels(Name(full=full, kind=kind, script=names.script(full)) for full in apart)


def _apart(aliases: str) -> Iterator[str]:
    """The names of a cell, each behind a bullet. A line without one goes on with the name above it, unless it is in
    Chinese or Japanese; in brackets it is the name above it in that script."""
    for bulleted in _BULLET.split(aliases):
        yield from filter(str.strip, _OWN_LINE.split(bulleted))


def _concerns(fields: RowFields, reading: Reading) -> tuple[str, ...]:
    published = unicodedata.normalize("NFKC", fields.take_optional(WMD) or "")
    found = [reading.text(WMD, _concern, letter) for letter in _LETTERS.findall(published)]
    if published and not found:
        reading.unknown_field(WMD, published)
    conventional = fields.take_optional(CONVENTIONAL)
    return unique([*found, *(["Conventional weapons"] if conventional else [])])


def _concern(letter: str) -> str:
    if letter not in _CONCERNS:
        raise Unreadable(letter, "not a kind of weapon that the list has named")
    return _CONCERNS[letter]


_SHAPE = TableShape(header="No.", names=("企業名､組織名 Company or Organization",))

FEED = Feed(
    id=ID,
    partition=10,
    title="Foreign End User List",
    jurisdiction="JP",
    authority="Ministry of Economy, Trade and Industry (METI), Trade Control Department",
    legal_basis="Foreign Exchange and Foreign Trade Act; catch-all controls of the Export Trade Control Order",
    homepage=PAGE,
    effect="export_risk",
    id_rule=(
        "The list has no ids (No. counts the rows of one edition): SHA-256 over the country's code and the letters and "
        "digits of the organisation's name, without case, accents and punctuation, cut to 20 digits. A name with other "
        "letters is a new entry."
    ),
    sources=(
        Source(
            name="end_user_list_xlsx",
            url=PAGE,
            vocabulary="workbook",
            expect="table",
            gates=(Gate(url=PAGE, read=discover, discovers=True),),
            bytes_max=10_000_000,
            unpacked_bytes_max=100_000_000,
            timeout_seconds=120.0,
            typical_bytes=80_000,
            typical_seconds=5.0,
        ),
    ),
    readers={"workbook": Reader(entries=entries, record=record, shape=_SHAPE)},
    parser_version=3,
    measures=Measures(
        usual=("export_control",),
        source=("Export Trade Control Order: a licence for exports to whom the list names."),
    ),
    interval_seconds=600,
    interval_reason="Revised about once a year, announced weeks ahead; the page is read to discover the file.",
    limits=Limits(records_min=500, removals_max=30, rekeyed_max=40, partial_ratio=0.02),
    evidence="full",
    quirks=(
        "The file is discovered on the ministry's page; its name carries the day of the revision.",
        "Country and concern are bilingual in one cell; letters of concern are full width at times.",
        "A name in Chinese or Japanese stands in brackets behind the English one.",
        "Rows are numbered anew in every edition.",
    ),
    delay="The list is published days before it takes effect.",
)

"""The World Bank's debarred firms and individuals: one JSON document, in which every record is stamped anew each day.

The stamps (UPD_DATE, UPD_TIME, UPD_USER, LAST_REFRESH_DATE) say when a job ran. Other fields change hands: of 1,318
entries of 10 December 2025, 301 had another ADD_SUPP_INFO on the day after, and all 301 texts were another entry's of
the day before. A name or number that stands with one firm today and with another tomorrow is nobody's. Neither sort of
field is part of a record's bytes.
"""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec

from syncd.core.model import Address, Identifier, Kind, Listing, Name, Record
from syncd.feeds.contract import Feed, Header, JsonShape, Limits, Measures, RawEntry, Reader, Source
from syncd.formats.fields import Reading, unique
from syncd.formats.json import UNDECODABLE, JsonFields, read_array, scalar_text
from syncd.normalise import countries, name_cells, name_lists, names, source_ids

ID = "xx_worldbank"
LIST = "Debarred and Cross-Debarred Firms and Individuals"
PAGE = "https://www.worldbank.org/en/projects-operations/procurement/debarred-firms"
ADDRESS = "https://apigwext.worldbank.org/dvsvc/v1.0/json/APPLICATION/ADOBE_EXPRNCE_MGR/FIRM/SANCTIONED_FIRM"
# The key that the Bank's own page sends for every visitor.
PAGE_KEY = "z9duUaFUiEUYSHs97CU38fcZO7ipOPvm"
PATH = ("response", "ZPROCSUPP")
REFRESHED = "LAST_REFRESH_DATE"
STAMPS = ("UPD_DATE", "UPD_TIME", "UPD_USER", "UPD_USER_NAME", REFRESHED)
CHANGING_HANDS = (
    *("ADD_SUPP_INFO", "REGISTER", "REGISTER_ID", "PARENT", "CRPD_MATCH"),
    *("CREATE_USER", "CREATE_DATE", "CREATE_TIME", "CREATE_USER_NAME"),
)
VOLATILE = frozenset({*STAMPS, *CHANGING_HANDS})
# A debarment without end, in the Bank's database.
_FOR_EVER = "2999"

_KINDS: dict[str, Kind] = {"f": "organisation", "c": "organisation", "i": "person", "u": "unknown"}
# The Bank's code of the Democratic Republic of the Congo is the one of Zaire.
_FORMER_CODES = {"ZR": "CD"}
_OWN_FIELDS = (
    *("MANDT", "LEGACY_FLG", "UN_SUPP_FLG", "CRIS_SUPP_ID", "CRPD_STAT", "RECHK_IND", "AML_ENTR_IND", "DEBAR_TYPE"),
)
_TITLE = re.compile(r"(?:(?:MR|MRS|MS|MISS|DR|PROF|ENG|M/S)\.?\s+){1,3}(?=\S)", re.IGNORECASE)
# How the Bank says that a name is another of the same firm, and the label by which cells of names are read.
_LABELS = (
    (re.compile(r"\bf(?:/k/a\b|\.k\.a\b\.?)|(?<=\()formerly\b(?!\s+known)", re.IGNORECASE), "formerly known as"),
    (
        re.compile(
            r"\b(?:currently\s+)?(?:[an]/k/a|[an]\.k\.a|d/b/a|d\.b\.a|t/a|doing business as|trading as)\b\.?",
            re.IGNORECASE,
        ),
        "also known as",
    ),
    (re.compile(r"\bcurrently known as\b", re.IGNORECASE), "now known as"),
)
# A stroke behind a legal form stands between two firms or two languages: `VELL YOL MMC/VELL ROADS LLC`.
_STROKE = re.compile(r"(?<=\s)(?P<before>[^\s/]+)\s?/\s?(?P<behind>\S+)")
_LEGAL_FORMS = frozenset({"MMC"})

_encode = msgspec.json.Encoder(order="deterministic").encode
_object = msgspec.json.Decoder(dict[str, msgspec.Raw])


def entries(stream: BinaryIO, header: Header) -> Iterator[RawEntry]:
    """Yield the entries of a document. Raises DocumentRefused when it is not the list, or is cut off."""
    for entry in read_array(stream, path=PATH).entries:
        fields = _fields(entry)
        if fields is None:
            yield RawEntry(raw=entry, content=entry)
            continue
        refreshed = scalar_text(bytes(fields.get(REFRESHED, b"null")))
        header.published = max(filter(None, (header.published, refreshed)), default=None)
        lasting = {name: value for name, value in fields.items() if name not in VOLATILE}
        raw = _encode(dict(sorted(lasting.items())))
        yield RawEntry(raw=raw, content=raw)


def _fields(entry: bytes) -> dict[str, msgspec.Raw] | None:
    try:
        return _object.decode(entry)
    except UNDECODABLE:
        return None


def record(content: Any, reading: Reading) -> Record:
    """Return the record of one entry. Raises MissingField when its id or name cannot be read."""
    entry = JsonFields.of(content, reading)
    key = reading.identify(ID, entry.published("SUPP_ID"), source_ids.upper)
    kind = reading.word("SUPP_TYPE_CODE", _KINDS, entry.take_optional("SUPP_TYPE_CODE"), "unknown")
    name = entry.take("SUPP_NAME")
    title = _TITLE.match(name)
    entry.keep("SUPP_PRE_ACRN", "SUPP_POST_ACRN", "DNB_PAR_ID", "DNB_ULTM_ID")
    entry.ignore(*_OWN_FIELDS, why="how the Bank's own database holds the entry")
    entry.ignore(*STAMPS, why="when the Bank's job last ran, which stamps every entry each day")
    entry.ignore(*CHANGING_HANDS, why="the values go from entry to entry from one day to the next")
    entry.ignore("COUNTRY_NAME", why="the country of LAND1 in words")
    country = entry.take_optional("LAND1")
    code = reading.text("LAND1", countries.code, _FORMER_CODES.get(country, country)) if country else None
    return Record(
        key=key,
        feed=ID,
        kind=kind,
        names=names.without_repeats(_names(name[title.end() :] if title else name, reading)),
        countries=(code,) if code else (),
        titles=(title[0].strip(),) if title else (),
        addresses=_addresses(entry, code),
        identifiers=_identifiers(entry),
        listings=(_listing(entry, reading),),
    )


def _names(text: str, reading: Reading) -> Iterator[Name]:
    for pattern, label in _LABELS:
        text = pattern.sub(label, text)
    found = name_cells.names_of_cell(_STROKE.sub(_divided, text), "primary")
    for remark in found.remarks:
        reading.keep("SUPP_NAME", remark)
    primary = any(one.kind == "primary" for one in found.names)
    for place, one in enumerate(found.names):
        kind = one.kind if primary or place else "primary"
        yield Name(full=one.full, kind=kind, script=names.script(one.full), note=one.note)


def _divided(stroke: re.Match[str]) -> str:
    """A semicolon in the place of a stroke behind a legal form and before none; any other stroke stays."""
    before, behind = stroke["before"], stroke["behind"]
    divides = before in _LEGAL_FORMS or name_lists.is_legal_form(before)
    return f"{before}; {behind}" if divides and not name_lists.is_legal_form(behind) else stroke[0]


def _addresses(entry: JsonFields, code: str | None) -> tuple[Address, ...]:
    line, city = entry.take_optional("SUPP_ADDR"), entry.take_optional("SUPP_CITY")
    region = unique(filter(None, (entry.take_optional("SUPP_STATE_CODE"), entry.take_optional("SUPP_PROV_NAME"))))
    post = unique(filter(None, (entry.take_optional("SUPP_ZIP_CODE"), entry.take_optional("SUPP_POST_CODE"))))
    if not (line or city or region or post):
        return ()
    return (
        Address(
            lines=(line,) if line else (),
            city=city,
            region=", ".join(region) or None,
            postal_code=", ".join(post) or None,
            country=code,
        ),
    )


def _identifiers(entry: JsonFields) -> tuple[Identifier, ...]:
    duns = entry.take_optional("DNB_ID")
    return (Identifier(type="duns", value=duns, label="DNB_ID"),) if duns else ()


def _listing(entry: JsonFields, reading: Reading) -> Listing:
    """One debarment. A cross-debarment (`X-DEBARRED`) follows another development bank's, which the reason names."""
    status, own = entry.take_optional("SUPP_ELIG_STAT"), entry.take_optional("ELIG_STAT")
    if own != status:
        reading.keep("ELIG_STAT", own)
    entry.ignore("INELIG_FLG", why="the first letter of SUPP_ELIG_STAT, in the Bank's own code")
    ends = entry.take_optional("DEBAR_TO_DATE")
    reason = entry.take_optional("DEBAR_REASON")
    return Listing(
        list=LIST,
        measures=(status,) if status else (),
        authorities=(reason,) if reason else (),
        listed_on=reading.day("DEBAR_FROM_DATE", entry.take_optional("DEBAR_FROM_DATE")),
        ends_on=reading.day("DEBAR_TO_DATE", ends) if ends and not ends.startswith(_FOR_EVER) else None,
        note=entry.take_optional("INELIGIBLY_STATUS"),
    )


FEED = Feed(
    id=ID,
    partition=23,
    title="Debarred and cross-debarred firms and individuals",
    jurisdiction="XX",
    authority="World Bank Group, Sanctions System",
    legal_basis="The Bank's procurement and consultant guidelines; the agreement of 2010 on mutual enforcement",
    homepage=PAGE,
    id_rule="SUPP_ID, the number of the entry in the Bank's database.",
    sources=(
        Source(
            name="json",
            url=ADDRESS,
            vocabulary="json",
            expect="json",
            sends={"apikey": PAGE_KEY},
            bytes_max=50_000_000,
            unpacked_bytes_max=50_000_000,
            timeout_seconds=120.0,
            typical_bytes=1_900_000,
            typical_seconds=10.0,
        ),
    ),
    readers={
        "json": Reader(
            entries=entries, record=record, shape=JsonShape(entries=PATH, id="SUPP_ID", names=("SUPP_NAME",))
        )
    },
    effect="debarment",
    measures=Measures(
        usual=("debarment",), source="The Bank's guidelines: no contracts that it finances. Nothing is frozen."
    ),
    interval_seconds=600,
    interval_reason="The document is made anew once a day, at 19:00 in Washington.",
    limits=Limits(records_min=500, removals_max=60, removals_ratio=0.1, partial_ratio=0.05),
    parser_version=2,
    evidence="full",
    quirks=(
        "Every record is stamped anew each day (UPD_DATE, UPD_TIME, LAST_REFRESH_DATE): the stamps are no part of it.",
        "2999-12-31 means that the debarment has no end.",
        "ADD_SUPP_INFO (other names, register numbers, footnotes), REGISTER_ID and CREATE_DATE go from entry to entry: "
        "of 1,318 entries 301 had another's text a day later. They are not read: aliases and numbers are missing.",
        "Titles (MR., M/S) stand before names; a second name behind D/B/A, FORMERLY or a stroke (MMC/LLC).",
        "SUPP_PRE_ACRN and SUPP_POST_ACRN contradict the name at times, and are kept beside it.",
        "The address answers with the key that the Bank's page sends for every visitor.",
        "Debarments that have ended leave the document.",
    ),
    delay="A day at most.",
)

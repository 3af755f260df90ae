"""Invented records that have something of everything, and how a list of them is exported."""

from syncd.core.canonical import digest, list_digest
from syncd.core.codec import pack_record
from syncd.core.model import (
    Address,
    Contact,
    Identifier,
    Listing,
    Name,
    NamePart,
    Part,
    PartialDate,
    Place,
    Record,
    Relation,
    Vessel,
)
from syncd.exports.listing import ExportEntry, ListFacts, ListNote
from syncd.exports.ndjson import ndjson_line, note_line
from syncd.ledger.lists import Packed, WholeList

FEED = "us_ofac_sdn"
FACTS = ListFacts(
    feed=FEED, title="Invented List", authority="Office of Paper", jurisdiction="US", homepage="https://paper.example/"
)
PERSON = Record(
    key=f"{FEED}:7",
    feed=FEED,
    kind="person",
    names=(
        Name(
            full="NOBODY, Odd",
            kind="primary",
            parts=(NamePart(kind="family", value="NOBODY"), NamePart(kind="given", value="Odd")),
        ),
        Name(full='"The Paper"', kind="alias", strength="strong"),
        Name(full="Oddie", kind="alias", strength="weak"),
        Name(full="Odd Somebody", kind="former"),
    ),
    birth_dates=(PartialDate(start="1961", end="1963"), PartialDate(date="1962-03-05", circa=True)),
    birth_places=(Place(city="Nowhere", country="YD"),),
    nationalities=("IR", "SU"),
    genders=("male",),
    addresses=(Address(lines=("1 Cloud St.;", "Floor 2"), city="Nowhere", country="IR"),),
    identifiers=(
        Identifier(type="passport", value="X1", country="IR", expires_on=PartialDate(date="2030-01")),
        Identifier(type="inn", value="7707083893"),
        Identifier(type="inn", value="7707083890"),
        Identifier(type="social_security", value="123-45-6789"),
        Identifier(type="crypto_address", value="bc1qpaper", currency="XBT"),
        Identifier(type="un_reference", value="QDi.999"),
    ),
    contacts=(Contact(type="phone", value="+98 (21) 555-0100"), Contact(type="email", value="Odd@Paper.EXAMPLE")),
    listings=(
        Listing(list="Paper List", programmes=("PAPER", "CLOUDS"), measures=("Freeze",), listed_on="2020-02-03"),
    ),
    relations=(
        Relation(type="family member of", key=f"{FEED}:10"),
        Relation(type="owned or controlled by", key=f"{FEED}:8"),
        Relation(type="brother", name="Somebody"),
    ),
    reasons=("He folds.",),
    other=(Part(name="Colour", value="white"),),
)
COMPANY = Record(
    key=f"{FEED}:8",
    feed=FEED,
    kind="organisation",
    names=(Name(full="=Paper Clouds LLC", kind="primary"),),
    established=(PartialDate(date="1999"),),
    identifiers=(
        Identifier(type="imo_company", value="1234567"),
        Identifier(type="bic", value="PAPRIRTHXXX"),
        Identifier(type="ogrn", value="1027700132195"),
        Identifier(type="registration", value="R-1"),
    ),
    relations=(Relation(type="owned or controlled by", key=f"{FEED}:7", former=True),),
    listings=(Listing(list="Paper List"),),
)
SHIP = Record(
    key=f"{FEED}:M/V Odd",
    feed=FEED,
    kind="vessel",
    names=(Name(full="PAPER STAR", kind="primary"),),
    identifiers=(Identifier(type="imo", value="9074729"), Identifier(type="call_sign", value="PPR1")),
    vessel=Vessel(types=("Tanker",), flags=("IR",), tonnage="100", owners=("Somebody",)),
    relations=(Relation(type="owned or controlled by", key=f"{FEED}:8"),),
    listings=(Listing(list="Paper List", programmes=("PAPER",)),),
)
GROUP = Record(key=f"{FEED}:9", feed=FEED, kind="organisation", names=(Name(full="The Folding Front", kind="primary"),))
RECORDS = (PERSON, COMPANY, SHIP, GROUP)


def whole_list(*records: Record) -> WholeList:
    ordered = sorted(records or RECORDS, key=lambda record: record.key)
    digests = {record.key: digest(record) for record in ordered}
    note = ListNote(
        feed=FEED,
        title=FACTS.title,
        authority=FACTS.authority,
        installation="bank-a",
        commit=3,
        sequence=9,
        records=len(ordered),
        digest=list_digest(digests),
        committed_at="2031-04-02T12:00:00.000000Z",
        document="d0" * 32,
    )
    packed = {record.key: Packed(digests[record.key], pack_record(record)) for record in ordered}
    return WholeList(note=note, facts=FACTS, packed=packed)


def lines_of(whole: WholeList) -> list[bytes]:
    return [note_line(whole.note), *(ndjson_line(entry) for entry in whole.entries())]


def entries_of(*records: Record) -> list[ExportEntry]:
    return list(whole_list(*records).entries())

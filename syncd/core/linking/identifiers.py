"""Identifiers in the form in which they are compared, and the evidence that two records share one."""

import re

from anyascii import anyascii

from syncd.core.model import Identifier, IdentifierType, Record

REFERENCES: frozenset[IdentifierType] = frozenset(
    {"un_reference", "eu_reference", "uk_reference", "us_reference", "fr_reference", "ch_reference"}
)
# What the key of a list's record is to other lists. The UN's keys are its references, and its records state them too.
OWN_REFERENCES: dict[str, IdentifierType] = {
    "un_sc": "un_reference",
    "eu_fsf": "eu_reference",
    "uk_sl": "uk_reference",
    "us_ofac_sdn": "us_reference",
    "us_ofac_cons": "us_reference",
    "fr_dgt": "fr_reference",
    "ch_seco": "ch_reference",
}
# Numbers of people and companies that publishers put under each other's heading.
OFFICIAL: frozenset[IdentifierType] = frozenset(
    {
        "passport",
        "national_id",
        "tax",
        "social_security",
        "registration",
        "driving_licence",
        "residence",
        "travel_document",
        "military",
        "birth_certificate",
    }
)
# Numbers of one party by the rule of the issuer, known by form or label; each also stands under wider headings.
# A KPP is none: it names a reason for registration and a tax office, and thousands of companies have the same.
WIDER: dict[IdentifierType, frozenset[IdentifierType]] = {
    "inn": frozenset({"tax"}),
    "vat": frozenset({"tax"}),
    "ogrn": frozenset({"registration"}),
    "okpo": frozenset({"registration"}),
    "uscc": frozenset({"registration", "tax"}),
    "lei": frozenset({"registration"}),
    "imo_company": frozenset({"imo", "registration", "national_id"}),
}
# How much the same number of the same kind says, in bits.
BITS: dict[IdentifierType, float] = {
    **dict.fromkeys(OFFICIAL, 22.0),
    "imo": 40.0,
    "imo_company": 40.0,
    "inn": 30.0,
    "ogrn": 30.0,
    "uscc": 30.0,
    "okpo": 24.0,
    "vat": 24.0,
    "mmsi": 24.0,
    "call_sign": 12.0,
    "tail_number": 24.0,
    "construction_number": 10.0,
    "serial_number": 14.0,
    "mode_s": 24.0,
    "bic": 18.0,
    "bik": 22.0,
    "lei": 34.0,
    "isin": 24.0,
    "duns": 24.0,
    "giin": 26.0,
    "crypto_address": 30.0,
}
# … and under a heading that includes its kind, or under another one.
WIDER_BITS = 22.0
OTHER_KIND_BITS = 14.0
NUMBERED = OFFICIAL | {"inn", "ogrn", "okpo", "vat", "uscc"}
OTHER_COUNTRY_BITS = 8.0
# A number that more records of one list share is a heading, a placeholder or a group's, and says nothing.
SHARED_MAX = 3
_NOT_ALNUM = re.compile(r"[^A-Z0-9]+")
_CHARACTERS_MIN, _DIGITS_MIN, _DIFFERENT_MIN = 5, 4, 3
_BIC_CHARACTERS = 8

# Its kind, the number, and its country, which may be empty.
Number = tuple[IdentifierType, str, str]


def number(identifier: Identifier) -> Number | None:
    """Return kind, value and country in the form that is compared. None when the identifier is of no use: of a kind
    that is not compared, too short, or hardly a number."""
    kind = identifier.type
    if kind in REFERENCES:
        value = compact(identifier.value)
        return (kind, value, "") if value else None
    if kind not in BITS:
        return None
    if kind == "crypto_address":
        value = identifier.value.strip()
        return (kind, value, "") if len(value) >= 20 else None
    value = compact(identifier.value)
    if kind == "bic":
        return (kind, value[:_BIC_CHARACTERS], "") if len(value) in {8, 11} else None
    if kind in {"imo", "imo_company"}:
        value = value.removeprefix("IMO")
    return (kind, value, identifier.country or "") if _says_something(value, kind) else None


def number_of(record: Record, identifier: Identifier) -> Number | None:
    """Return `number` when the identifier is the record's own: a company's IMO number on a ship's record is its
    owner's."""
    found = number(identifier)
    return None if found and found[0] == "imo_company" and record.kind in {"vessel", "aircraft"} else found


def own_reference(record: Record) -> Number | None:
    """Return the reference by which other lists name this record; None for a list whose keys are no such references."""
    kind = OWN_REFERENCES.get(record.feed)
    value = compact(record.key.partition(":")[2])
    return (kind, value, "") if kind and value else None


def compact(text: str) -> str:
    """Return the letters and digits of an identifier, in Latin capitals."""
    return _NOT_ALNUM.sub("", (text if text.isascii() else anyascii(text)).upper())


def _says_something(value: str, kind: IdentifierType) -> bool:
    digits = sum(char.isdigit() for char in value)
    enough = digits >= _DIGITS_MIN and len(value) >= _CHARACTERS_MIN
    return (enough or kind in {"tail_number", "call_sign"}) and len(set(value)) >= _DIFFERENT_MIN


def shared_bits(one: Number, other: Number) -> float:
    """Return the evidence, in bits, of two numbers with the same value; 0 when the values differ or the kinds have
    nothing to do with each other."""
    if one[1] != other[1]:
        return 0.0
    if one[2] and other[2] and one[2] != other[2]:
        return OTHER_COUNTRY_BITS
    if one[0] == other[0]:
        return BITS[one[0]]
    if other[0] in WIDER.get(one[0], ()) or one[0] in WIDER.get(other[0], ()):
        return WIDER_BITS
    return OTHER_KIND_BITS if one[0] in NUMBERED and other[0] in NUMBERED else 0.0

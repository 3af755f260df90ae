"""The code tables of OFAC's two XML vocabularies, Advanced and Enhanced, which share their ids.

One table serves both: a feature type, a kind of document, a part of a name or of an address means the same wherever its
id stands. The ids are those of the `ReferenceValueSets` and `referenceValues` of published documents.
"""

import re

from syncd.core.model import ContactType, IdentifierType, Kind, PartKind

# PartySubType (Advanced) and SDN TYPE (Enhanced).
PARTY_KINDS: dict[str, Kind] = {"4": "person", "3": "organisation", "1": "vessel", "2": "aircraft"}
ENTITY_KINDS: dict[str, Kind] = {"600": "person", "601": "organisation", "602": "vessel", "91120": "aircraft"}

# AreaCode of a location without a country, and the one link of a feature with an identity.
AREA_UNDETERMINED = "11291"
LINK_UNKNOWN = "1"

PART_KINDS: dict[str, PartKind] = {
    "1520": "family",
    "1521": "given",
    "1522": "middle",
    "1523": "maiden",
    "1524": "whole",
    "1525": "whole",
    "1526": "whole",
    "1528": "nickname",
    "91708": "patronymic",
    "91709": "matronymic",
}

# By the label, because the two vocabularies number the scripts differently.
SCRIPTS = {
    "Arabic": "Arab",
    "Armenian": "Armn",
    "Chinese Simplified": "Hans",
    "Chinese Traditional": "Hant",
    "Cyrillic": "Cyrl",
    "Georgian": "Geor",
    "Greek": "Grek",
    "Hangul": "Hang",
    "Hebrew": "Hebr",
    "Japanese": "Jpan",
    "Korean": "Kore",
    "Latin": "Latn",
}

# AliasType. The primary name has none in Enhanced. "N.K.A." (now known as) is an alias with a note.
ALIAS_PRIMARY = "1403"
ALIAS_FORMER = "1401"
ALIAS_NOW = "1402"
ALIAS_TYPES = frozenset({"1400", ALIAS_FORMER, ALIAS_NOW, ALIAS_PRIMARY})

# LocPartType: where a part of an address goes.
ADDRESS_LINES = ("1451", "1452", "1453")
ADDRESS_CITY = "1454"
ADDRESS_REGIONS = ("1455", "1450")
ADDRESS_POSTAL_CODE = "1456"
ADDRESS_PARTS = frozenset({*ADDRESS_LINES, ADDRESS_CITY, *ADDRESS_REGIONS, ADDRESS_POSTAL_CODE})

# Feature types, by where their value goes. The names are fields of `Record`, or of its vessel or aircraft.
FEATURE_LOCATION = "25"
FEATURE_TITLE = "26"
FEATURE_BIRTH_PLACE = "9"

FEATURE_GENDER = "224"
FEATURE_SECONDARY = "504"
FEATURE_ADDITIONAL = "125"
FEATURE_TAGS = "Additional Program Tags"

FEATURE_TEXTS = {
    FEATURE_TITLE: "titles",
    "647": "sectors",
    "826": "legal_forms",
    "2": "vessel.types",
    "526": "vessel.types",
    "4": "vessel.owners",
    "47": "aircraft.models",
    "48": "aircraft.operators",
}
FEATURE_COUNTRIES = {
    "10": "nationalities",
    "11": "citizenships",
    "365": "countries",
    "404": "countries",
    "3": "vessel.flags",
    "424": "vessel.flags",
    "24": "vessel.former_flags",
}
FEATURE_DATES = {"8": "birth_dates", "646": "established", "45": "aircraft.manufactured", "967": "vessel.built"}
# A vessel has one of each; another value stands under `other`.
FEATURE_NUMBERS = {"5": "vessel.tonnage", "6": "vessel.gross_tonnage"}
FEATURE_CONTACTS: dict[str, ContactType] = {"14": "website", "21": "email", "524": "phone"}
FEATURE_IDENTIFIERS: dict[str, IdentifierType] = {
    "1": "call_sign",
    "425": "call_sign",
    "13": "bic",
    "44": "construction_number",
    "46": "mode_s",
    "49": "tail_number",
    "50": "serial_number",
    "64": "tail_number",
    "164": "bik",
    "264": "locode",
    "304": "other",
    "364": "duns",
    "766": "other",
    "806": "isin",
}
# Digital currencies have a feature type each, more every year; the label names the currency.
DIGITAL_CURRENCY = "Digital Currency Address - "

# Known, and without a place in the model: they stand under `other` with OFAC's own label.
FEATURES_KEPT = frozenset(
    {"104", FEATURE_ADDITIONAL, "204", "525", "586", "626", "767", "827", "867", "868", "869"}
    | {"947", "948", "949", "950", "951", "952", "953", "954", "1047", "1048", "1049", "1107"}
    | {"PAIPA Section 2 Information", FEATURE_TAGS}
)
FEATURES = frozenset(
    {FEATURE_LOCATION, FEATURE_BIRTH_PLACE, FEATURE_GENDER, FEATURE_SECONDARY, *FEATURE_TEXTS, *FEATURE_COUNTRIES}
    | {*FEATURE_DATES, *FEATURE_NUMBERS, *FEATURE_CONTACTS, *FEATURE_IDENTIFIERS, *FEATURES_KEPT}
)


def plain_label(label: str) -> str:
    """A label without letter case and without the colon or hyphen at its end."""
    return label.strip(" :-").casefold()


_FEATURE_LABELS = {
    "1": "Vessel Call Sign",
    "2": "Vessel Type",
    "3": "Vessel Flag",
    "4": "Vessel Owner",
    "5": "Vessel Tonnage",
    "6": "Vessel Gross Registered Tonnage",
    "8": "Birthdate",
    "9": "Place of Birth",
    "10": "Nationality Country",
    "11": "Citizenship Country",
    "13": "SWIFT/BIC",
    "14": "Website",
    "21": "Email Address",
    "24": "Former Vessel Flag",
    "26": "Title",
    "44": "Aircraft Construction Number (also called L/N or S/N or F/N)",
    "45": "Aircraft Manufacture Date",
    "46": "Aircraft Mode S Transponder Code",
    "47": "Aircraft Model",
    "48": "Aircraft Operator",
    "49": "Previous Aircraft Tail Number",
    "50": "Aircraft Manufacturer's Serial Number (MSN)",
    "64": "Aircraft Tail Number",
    "104": "IFCA Determination",
    "125": "Additional Sanctions Information",
    "164": "BIK (RU)",
    "204": "Executive Order 13662 Directive Determination",
    "224": "Gender",
    "264": "UN/LOCODE",
    "304": "MICEX Code",
    "364": "D-U-N-S Number",
    "365": "Nationality of Registration",
    "404": "Registration Country",
    "424": "Other Vessel Flag",
    "425": "Other Vessel Call Sign",
    "504": "Secondary sanctions risk",
    "524": "Phone Number",
    "525": "CAATSA Section 235 Information",
    "526": "Other Vessel Type",
    "586": "Executive Order 13846 information",
    "626": "Transactions Prohibited For Persons Owned or Controlled By U.S. Financial Institutions",
    "646": "Organization Established Date",
    "647": "Organization Type",
    "766": "Equity Ticker",
    "806": "ISIN",
    "826": "Target Type",
    "827": "PEESA Information",
    "967": "Vessel Year of Build",
    "PAIPA Section 2 Information": "PAIPA Section 2 Information",
    FEATURE_TAGS: FEATURE_TAGS,
}
FEATURES_BY_LABEL = {plain_label(label): number for number, label in _FEATURE_LABELS.items()}

# What a feature's text or label says of the listing.
SECONDARY = re.compile(r"Subject to Secondary Sanctions\b", re.IGNORECASE)
PROGRAMME_TAG = re.compile(r"[A-Z][A-Z0-9]*(?:[-/.][A-Z0-9]+)*")
PROGRAMME_TAGS = re.compile(rf"[\[\s,;]*{PROGRAMME_TAG.pattern}(?:[\]\[\s,;]+{PROGRAMME_TAG.pattern})*[\]\s,;]*")
DIRECTIVE = re.compile(
    r"Executive Order (?P<order>\d{5}) Directive (?:Determination|Information): "
    r"Subject to (?P<directive>Directive \d{1,2}[a-z]?)(?: ?[-–] ?(?P<text>.*))?",
    re.IGNORECASE,
)
DIRECTIVE_NAME = re.compile(r"(?P<order>\d{5})\b.{0,60}?\bDirective (?P<directive>\d{1,2}[a-z]?)\b", re.IGNORECASE)
DATE_OF_ACT = re.compile(r"(?P<what>Listing|Effective) Date \((?P<act>[^()]{1,100})\) ?:?", re.IGNORECASE)
CONSOLIDATED = "Consolidated List"

CONFIRMED, FALSE = "Confirmed", "False"
RELIABILITY = {word.casefold(): word for word in (CONFIRMED, "Reported", FALSE)}
VALIDITY = {"valid": True, "fraudulent": False}

# What a vessel's flag says where there is none.
NO_FLAG = frozenset({"none identified", "unknown", "stateless"})

DOCUMENT_VESSEL = "1626"

_DOCUMENTS: dict[IdentifierType, str] = {
    "passport": "1571 1601 1613 1647",
    "national_id": "1570 1574 1584 1587 1591 1597 1600 1608 1611 1625 1627 1628 1634 1645 1648 91482 91492"
    " 91739 91740 1590 1607 91712",
    "tax": "1573 1575 1576 1578 1580 1582 1592 1595 1596 1609 1612 1633 1638 1646 91478 91481 91813",
    "social_security": "1572",
    "driving_licence": "1577",
    "residence": "1579 1598 1604 1632 1635 1649",
    "visa": "1630",
    "travel_document": "1605",
    "birth_certificate": "91759",
    "military": "1624 92728",
    "vat": "1589",
    "uscc": "91747 92001",
    "ogrn": "92772",
    "registration": "1581 1585 1586 1588 1602 1603 1614 1615 1619 1620 1629 1631 1636 1642 1643 1644 91236 91412 91475"
    " 91719 91720 91721 91751 91752 91753 91760 91761 91812 91835 92067 92121",
    "giin": "92790",
    "mmsi": "91264",
    "serial_number": "1593 1623",
    "imo": DOCUMENT_VESSEL,
    "other": "1621 1639 91484 91504 91508 91891 92158 92159",
}
DOCUMENTS: dict[str, IdentifierType] = {
    number: kind for kind, numbers in _DOCUMENTS.items() for number in numbers.split()
}

# Numbers of which the holder decides what they are: a company's C.I.N. (India) and C.U.I. (Romania) are not a person's.
_OF_PERSONS: dict[str, IdentifierType] = {"1594": "national_id", "91854": "national_id"}
_OF_OTHERS: dict[str, IdentifierType] = {"1594": "registration", "91854": "tax"}
_DOCUMENTS_BY_LABEL: dict[str, str] = {
    plain_label(label): number
    for number, label in {
        "1571": "Passport",
        "1584": "National ID No.",
        "1585": "Registration ID",
        "1596": "Tax ID No.",
        "1608": "Identification Number",
        "1626": "Vessel Registration Identification",
        "91264": "MMSI",
        "91412": "Company Number",
        "91752": "Legal Entity Number",
        "91760": "Business Registration Number",
        "91761": "Registration Number",
        "92001": "Unified Social Credit Code (USCC)",
    }.items()
}


def document(number: str, label: str, kind: Kind) -> IdentifierType | None:
    """The type of an identity document by its IDRegDocType, or by the label where the id is a new one; None when
    neither is known. `kind` is that of its holder."""
    known = DOCUMENTS.get(number)
    if known is not None:
        return known
    number = number if number in _OF_PERSONS else _DOCUMENTS_BY_LABEL.get(plain_label(label), number)
    by_holder = _OF_PERSONS if kind == "person" else _OF_OTHERS
    return by_holder.get(number) or DOCUMENTS.get(number)


# IDRegDocDateType.
DOCUMENT_ISSUED = "1480"
DOCUMENT_EXPIRES = "1481"

# SanctionsType of a measure that only names a programme, in Advanced.
MEASURE_PROGRAMME = "1"
# EntryEventType: the entry was created.
EVENT_CREATED = "1"

UNKNOWN = "Unknown"

"""The code tables of OFAC's two XML vocabularies, Advanced and Enhanced, which share their ids.

One table serves both: a feature type, a kind of document, a part of a name or of an address means the same wherever its
id stands. The ids are those of the `ReferenceValueSets` and `referenceValues` of published documents.
"""

from syncd.core.model import ContactType, IdentifierType, Kind, PartKind

# PartySubType (Advanced) and SDN TYPE (Enhanced).
PARTY_KINDS: dict[str, Kind] = {"4": "person", "3": "organisation", "1": "vessel", "2": "aircraft"}
ENTITY_KINDS: dict[str, Kind] = {"600": "person", "601": "organisation", "602": "vessel", "91120": "aircraft"}

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

FEATURE_TEXTS = {
    "224": "genders",
    FEATURE_TITLE: "titles",
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
FEATURE_DATES = {"8": "birth_dates", "45": "aircraft.manufactured", "967": "vessel.built"}
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
    {"104", "125", "204", "504", "525", "586", "626", "646", "647", "767", "826", "827", "867", "868", "869"}
    | {"947", "948", "949", "950", "951", "952", "953", "954", "1047", "1048", "1049", "1107"}
)

# What a vessel's flag says where there is none.
NO_FLAG = frozenset({"none identified", "unknown", "stateless"})

DOCUMENT_VESSEL = "1626"

_DOCUMENTS: dict[IdentifierType, str] = {
    "passport": "1571 1601 1613 1647",
    "national_id": "1570 1574 1584 1587 1591 1594 1597 1600 1608 1611 1625 1627 1628 1634 1645 1648 91482 91492"
    " 91739 91740 1590 1607 91712",
    "tax": "1573 1575 1576 1578 1580 1582 1589 1592 1595 1596 1609 1612 1633 1638 1646 91478 91481 91813 91854",
    "social_security": "1572",
    "driving_licence": "1577",
    "residence": "1579 1598 1604 1632 1635 1649",
    "visa": "1630",
    "travel_document": "1605",
    "birth_certificate": "91759",
    "military": "1624 92728",
    "registration": "1581 1585 1586 1588 1602 1603 1614 1615 1619 1620 1629 1631 1636 1642 1643 1644 91236 91412 91475"
    " 91719 91720 91721 91747 91751 91752 91753 91760 91761 91812 91835 92001 92067 92121 92772",
    "giin": "92790",
    "mmsi": "91264",
    "serial_number": "1593 1623",
    "imo": DOCUMENT_VESSEL,
    "other": "1621 1639 91484 91504 91508 91891 92158 92159",
}
DOCUMENTS: dict[str, IdentifierType] = {
    number: kind for kind, numbers in _DOCUMENTS.items() for number in numbers.split()
}

# IDRegDocDateType.
DOCUMENT_ISSUED = "1480"
DOCUMENT_EXPIRES = "1481"

# SanctionsType of a measure that only names a programme, in Advanced.
MEASURE_PROGRAMME = "1"
# EntryEventType: the entry was created.
EVENT_CREATED = "1"

UNKNOWN = "Unknown"

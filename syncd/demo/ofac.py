"""Targets → OFAC's Advanced XML: five sections that refer to each other, all meanings through code tables.

The ids of the code tables are those that OFAC uses. A target's `number` gives the ids of everything that is its own.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from lxml import etree
from lxml.builder import ElementMaker

from syncd.demo.targets import COUNTRIES, PROGRAMMES, Called, InventedTarget
from syncd.normalise import names

NAMESPACE = "https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/ADVANCED_XML"
_E = ElementMaker(namespace=NAMESPACE, nsmap={None: NAMESPACE})
_FIXED = {"YearFixed": "false", "MonthFixed": "false", "DayFixed": "false"}
_SUBTYPES = {"vessel": "1", "organisation": "3", "person": "4"}
_WHOLE_NAMES = {"organisation": "1525", "vessel": "1526"}
_SCRIPTS = {"Latn": "215", "Cyrl": "220", "Arab": "160", "Grek": "200"}

# (group of values, element, attributes of all, id → label)
_TABLES: tuple[tuple[str, str, dict[str, str], dict[str, str]], ...] = (
    ("AliasTypeValues", "AliasType", {}, {"1400": "A.K.A.", "1401": "F.K.A.", "1402": "N.K.A.", "1403": "Name"}),
    ("CalendarTypeValues", "CalendarType", {}, {"1": "Gregorian"}),
    ("CountryValues", "Country", {}, {country.us_id: country.name for country in COUNTRIES.values()}),
    ("CountryRelevanceValues", "CountryRelevance", {}, {"1413": "PRIMARY"}),
    ("DetailReferenceValues", "DetailReference", {}, {"702": "Bulk Carrier", "91526": "Male", "91527": "Female"}),
    ("DetailTypeValues", "DetailType", {}, {"1430": "DATE", "1431": "LOOKUP", "1432": "TEXT", "1433": "COUNTRY"}),
    ("DocNameStatusValues", "DocNameStatus", {}, {"1": "Primary Latin", "2": "Others"}),
    ("EntryEventTypeValues", "EntryEventType", {}, {"1": "Created"}),
    (
        "FeatureTypeValues",
        "FeatureType",
        {"FeatureTypeGroupID": "1"},
        {
            "2": "VESSEL TYPE",
            "3": "Vessel Flag",
            "4": "Vessel Owner",
            "8": "Birthdate",
            "9": "Place of Birth",
            "10": "Nationality Country",
            "25": "Location",
            "26": "Title",
            "224": "Gender",
        },
    ),
    ("FeatureTypeGroupValues", "FeatureTypeGroup", {}, {"1": "Unknown"}),
    (
        "IDRegDocTypeValues",
        "IDRegDocType",
        {},
        {"1571": "Passport", "91761": "Registration Number", "1626": "Vessel Registration Identification"},
    ),
    ("IdentityFeatureLinkTypeValues", "IdentityFeatureLinkType", {}, {"1": "Unknown"}),
    (
        "LegalBasisValues",
        "LegalBasis",
        {"LegalBasisTypeID": "1", "SanctionsProgramID": "1"},
        {one.us_basis_id: one.us_basis for one in PROGRAMMES.values()},
    ),
    ("ListValues", "List", {}, {"1550": "SDN List"}),
    ("LocPartTypeValues", "LocPartType", {}, {"1": "Unknown", "1451": "ADDRESS1", "1454": "CITY"}),
    ("LocPartValueStatusValues", "LocPartValueStatus", {}, {"1": "Main"}),
    ("LocPartValueTypeValues", "LocPartValueType", {}, {"1": "Unknown"}),
    (
        "NamePartTypeValues",
        "NamePartType",
        {},
        {"1520": "Last Name", "1521": "First Name", "1525": "Entity Name", "1526": "Vessel Name"},
    ),
    ("PartySubTypeValues", "PartySubType", {}, {"1": "Vessel", "2": "Aircraft", "3": "Unknown", "4": "Unknown"}),
    ("PartyTypeValues", "PartyType", {}, {"1": "Individual", "2": "Entity", "3": "Location", "4": "Transport"}),
    ("RelationQualityValues", "RelationQuality", {}, {"1": "Unknown"}),
    ("RelationTypeValues", "RelationType", {"Symmetrical": "false"}, {"15003": "Owned or Controlled By"}),
    ("ReliabilityValues", "Reliability", {}, {"1": "Unknown", "1560": "Confirmed"}),
    ("SanctionsTypeValues", "SanctionsType", {}, {"1705": "Block", "1": "Program"}),
    ("ScriptValues", "Script", {}, {"215": "Latin", "220": "Cyrillic", "160": "Arabic", "200": "Greek"}),
    ("ScriptStatusValues", "ScriptStatus", {}, {"1": "Unknown"}),
    ("ValidityValues", "Validity", {}, {"1": "Valid", "2": "Fraudulent"}),
)


def party_id(target: InventedTarget) -> str:
    """OFAC's id of the party, which is the source id of its record."""
    return str(90_000 + target.number)


def document(targets: Sequence[InventedTarget], published: date) -> bytes:
    """The SDN list of `targets`, as published on that day."""
    listed = {target.number for target in targets}
    owned = [target for target in targets if target.owner in listed]
    root = _E(
        "Sanctions",
        {"Version": "3"},
        _date("DateOfIssue", published, CalendarTypeID="1"),
        _E("ReferenceValueSets", *(_table(*table) for table in _TABLES)),
        _E("Locations", *_country_locations(), *(_address(target) for target in targets if target.street)),
        _E("IDRegDocuments", *(one for target in targets for one in _documents(target))),
        _E("DistinctParties", *(_party(target) for target in targets)),
        _E("ProfileRelationships", *(_relationship(target) for target in owned)),
        _E("SanctionsEntries", *(_entry(target) for target in targets)),
        _E("SanctionsEntryLinks"),
    )
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", standalone=True)


def _table(group: str, element: str, attributes: dict[str, str], codes: dict[str, str]) -> etree._Element:
    return _E(group, *(_E(element, {"ID": code, **attributes}, label) for code, label in codes.items()))


def _date(tag: str, day: date, **attributes: str) -> etree._Element:
    return _E(tag, attributes, _E("Year", str(day.year)), _E("Month", str(day.month)), _E("Day", str(day.day)))


def _comment(text: str = "") -> etree._Element:
    return _E("Comment", text) if text else _E("Comment")


def _country_locations() -> Iterator[etree._Element]:
    """A location for each country: a nationality refers to it."""
    for country in COUNTRIES.values():
        yield _E("Location", {"ID": country.us_id}, _location_part("1", country.name))


def _address(target: InventedTarget) -> etree._Element:
    country = COUNTRIES[target.country]
    return _E(
        "Location",
        {"ID": _location_id(target)},
        _E("LocationCountry", {"CountryID": country.us_id, "CountryRelevanceID": "1413"}),
        _location_part("1451", target.street),
        _location_part("1454", country.town),
        _E("FeatureVersionReference", {"FeatureVersionID": _feature_id(target, "25")}),
    )


def _location_part(kind: str, value: str) -> etree._Element:
    attributes = {"Primary": "true", "LocPartValueTypeID": "1", "LocPartValueStatusID": "1"}
    part = _E("LocationPartValue", attributes, _comment(), _E("Value", value))
    return _E("LocationPart", {"LocPartTypeID": kind}, part)


def _documents(target: InventedTarget) -> Iterator[etree._Element]:
    """Passports, the registration, the ship's number."""
    numbers = [("1571", number) for number in target.passports]
    numbers += [("91761", target.registration)] if target.registration else []
    numbers += [("1626", f"IMO {target.imo}")] if target.imo else []
    for index, (kind, number) in enumerate(numbers):
        issued_by = {} if kind == "1626" else {"IssuedBy-CountryID": COUNTRIES[target.country].us_id}
        yield _E(
            "IDRegDocument",
            {"ID": f"{target.number}{index:02}", "IDRegDocTypeID": kind, "IdentityID": _identity_id(target)}
            | issued_by
            | {"ValidityID": "1"},
            _comment(),
            _E("IDRegistrationNo", number),
            _E("IssuingAuthority"),
            _E("DocumentedNameReference", {"DocumentedNameID": _name_id(target, 0)}),
        )


def _party(target: InventedTarget) -> etree._Element:
    party = party_id(target)
    profile = {"ID": party, "PartySubTypeID": _SUBTYPES[target.kind]}
    return _E(
        "DistinctParty",
        {"FixedRef": party},
        _comment(target.remarks),
        _E("Profile", profile, _identity(target), *_features(target)),
    )


def _identity(target: InventedTarget) -> etree._Element:
    primary = [target.name, *([target.original] if target.original else [])]
    written = [(target.name, 0), *((one, index) for index, one in enumerate(primary[1:], start=1))]
    aliases = list(enumerate(target.aliases, start=len(primary)))
    return _E(
        "Identity",
        {"ID": _identity_id(target), "FixedRef": party_id(target), "Primary": "true", "False": "false"},
        _alias(target, "1403", written),
        *(_alias(target, "1400", [(called, index)]) for index, called in aliases),
        _E("NamePartGroups", *_part_groups(target, [*written, *((called, index) for index, called in aliases)])),
    )


def _alias(target: InventedTarget, kind: str, written: Sequence[tuple[Called, int]]) -> etree._Element:
    """A name, in one script or several."""
    primary = "true" if kind == "1403" else "false"
    return _E(
        "Alias",
        {"FixedRef": party_id(target), "AliasTypeID": kind, "Primary": primary, "LowQuality": "false"},
        *(_documented_name(target, called, index) for called, index in written),
    )


def _documented_name(target: InventedTarget, called: Called, index: int) -> etree._Element:
    status = "1" if index == 0 else "2"
    script = _SCRIPTS[names.script(called.full) or "Latn"]
    return _E(
        "DocumentedName",
        {"ID": _name_id(target, index), "FixedRef": party_id(target), "DocNameStatusID": status},
        *(
            _E(
                "DocumentedNamePart",
                _E(
                    "NamePartValue",
                    {"NamePartGroupID": f"{_name_id(target, index)}{place}"}
                    | {"ScriptID": script, "ScriptStatusID": "1", "Acronym": "false"},
                    part,
                ),
            )
            for place, part in enumerate(_parts(called))
        ),
    )


def _part_groups(target: InventedTarget, written: Iterable[tuple[Called, int]]) -> Iterator[etree._Element]:
    for called, index in written:
        for place, _ in enumerate(_parts(called)):
            kind = _WHOLE_NAMES.get(target.kind) or ("1520" if place == 0 else "1521")
            group = {"ID": f"{_name_id(target, index)}{place}", "NamePartTypeID": kind}
            yield _E("MasterNamePartGroup", _E("NamePartGroup", group))


def _parts(called: Called) -> list[str]:
    return [part for part in (called.family, called.given) if part]


def _features(target: InventedTarget) -> Iterator[etree._Element]:
    country = COUNTRIES[target.country]
    if target.born:
        yield _feature(target, "8", _period(target.born), _E("VersionDetail", {"DetailTypeID": "1430"}))
        yield _feature(target, "9", _detail(f"{country.town}, {country.name}"))
        place = _E("VersionLocation", {"LocationID": country.us_id})
        yield _feature(target, "10", _E("VersionDetail", {"DetailTypeID": "1433"}), place)
    if target.gender:
        yield _feature(target, "224", _lookup("91526" if target.gender == "male" else "91527"))
    if target.position:
        yield _feature(target, "26", _detail(target.position))
    if target.kind == "vessel":
        yield _feature(target, "2", _lookup("702"))
        yield _feature(target, "3", _detail(country.name))
        yield _feature(target, "4", _detail(target.owner_name))
    if target.street:
        yield _feature(target, "25", _E("VersionLocation", {"LocationID": _location_id(target)}))


def _feature(target: InventedTarget, kind: str, *content: etree._Element) -> etree._Element:
    version = {"ID": _feature_id(target, kind), "ReliabilityID": "1"}
    link = {"IdentityID": _identity_id(target), "IdentityFeatureLinkTypeID": "1"}
    return _E(
        "Feature",
        {"ID": _feature_id(target, kind), "FeatureTypeID": kind},
        _E("FeatureVersion", version, _comment(), *content),
        _E("IdentityReference", link),
    )


def _detail(text: str) -> etree._Element:
    return _E("VersionDetail", {"DetailTypeID": "1432"}, text)


def _lookup(code: str) -> etree._Element:
    return _E("VersionDetail", {"DetailTypeID": "1431", "DetailReferenceID": code})


def _period(born: str) -> etree._Element:
    """A day, or a year from its first to its last day: so OFAC writes that only the year is known."""
    whole_year = len(born) == len("1971")
    first = date.fromisoformat(f"{born}-01-01" if whole_year else born)
    last = date(first.year, 12, 31) if whole_year else first
    return _E(
        "DatePeriod",
        {"CalendarTypeID": "1", **_FIXED},
        _E("Start", {"Approximate": "false", **_FIXED}, _date("From", first), _date("To", first)),
        _E("End", {"Approximate": "false", **_FIXED}, _date("From", last), _date("To", last)),
    )


def _relationship(target: InventedTarget) -> etree._Element:
    return _E(
        "ProfileRelationship",
        {
            "ID": str(target.number),
            "From-ProfileID": party_id(target),
            "To-ProfileID": str(90_000 + (target.owner or 0)),
            "RelationTypeID": "15003",
            "RelationQualityID": "1",
            "Former": "false",
            "SanctionsEntryID": party_id(target),
        },
        _comment(),
    )


def _entry(target: InventedTarget) -> etree._Element:
    party, programme = party_id(target), PROGRAMMES[target.programme]
    event = {"ID": party, "EntryEventTypeID": "1", "LegalBasisID": programme.us_basis_id}
    listed = _date("Date", date.fromisoformat(target.designated), CalendarTypeID="1")
    return _E(
        "SanctionsEntry",
        {"ID": party, "ProfileID": party, "ListID": "1550"},
        _E("EntryEvent", event, _comment(), listed),
        _measure(f"{party}1", "1705", ""),
        _measure(f"{party}2", "1", programme.us),
    )


def _measure(number: str, kind: str, programme: str) -> etree._Element:
    period = {"CalendarTypeID": "1", "YearFixed": "true", "MonthFixed": "true", "DayFixed": "true"}
    said = [_comment(programme)] if programme else []
    return _E("SanctionsMeasure", {"ID": number, "SanctionsTypeID": kind}, *said, _E("DatePeriod", period))


def _identity_id(target: InventedTarget) -> str:
    return str(80_000 + target.number)


def _name_id(target: InventedTarget, index: int) -> str:
    return f"{70_000 + target.number}{index}"


def _feature_id(target: InventedTarget, kind: str) -> str:
    return f"{target.number}{int(kind):04}"


def _location_id(target: InventedTarget) -> str:
    return str(20_000 + target.number)

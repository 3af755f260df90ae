"""What may stand several times in OFAC's Advanced documents, element by element: no second one vanishes.

The table holds every element that the publisher's schema lets stand more than once, by its parent. Each is given a
second one of another content, beside every element of the golden document where it can stand, and that content has to
be found: in the fields of a record, or under `other` of one that says that it is partial.
"""

import json
import re
from pathlib import Path

import msgspec
import pytest
from lxml import etree

from syncd.core.model import Record
from tests.feeds import documents
from tests.feeds.test_us_ofac import SDN, body_of
from tests.feeds.test_us_ofac_kinds import within

XSD = "{http://www.w3.org/2001/XMLSchema}"
# A day, a text and a number that stand nowhere in the golden document.
YEAR, TEXT, NUMBER = "1931", "Zweite Angabe", "777123"
_POINT = f"<Year>{YEAR}</Year><Month>2</Month><Day>3</Day>"
_SPAN = f"<From>{_POINT}</From><To>{_POINT}</To>"
_FIXED = 'YearFixed="false" MonthFixed="false" DayFixed="false"'
PERIOD = (
    f'<DatePeriod CalendarTypeID="1" {_FIXED}><Start Approximate="false" {_FIXED}>{_SPAN}</Start>'
    f'<End Approximate="false" {_FIXED}>{_SPAN}</End></DatePeriod>'
)
DAY = f'<Date CalendarTypeID="1">{_POINT}</Date>'
NO_PERIOD = '<DatePeriod CalendarTypeID="1" YearFixed="true" MonthFixed="true" DayFixed="true"/>'
PLACE = (
    '<LocationPart LocPartTypeID="1454"><LocationPartValue Primary="true" LocPartValueTypeID="1" '
    f'LocPartValueStatusID="1"><Value>{TEXT}</Value></LocationPartValue></LocationPart>'
)
NAME_PART = (
    '<DocumentedNamePart><NamePartValue NamePartGroupID="61010" ScriptID="215" ScriptStatusID="1" Acronym="false">'
    f"{TEXT}</NamePartValue></DocumentedNamePart>"
)
NAME = f'<DocumentedName ID="{NUMBER}" FixedRef="90001" DocNameStatusID="2">{NAME_PART}</DocumentedName>'
ALIAS = f'<Alias FixedRef="90001" AliasTypeID="1400" Primary="false" LowQuality="false">{NAME}</Alias>'
IDENTITY = f'<Identity ID="{NUMBER}" FixedRef="90001" Primary="false" False="false">{ALIAS}</Identity>'
VERSION = (
    f'<FeatureVersion ID="{NUMBER}" ReliabilityID="1"><VersionDetail DetailTypeID="1432">{TEXT}</VersionDetail>'
    "</FeatureVersion>"
)
COMMENT = f"<Comment>{TEXT}</Comment>"
DOCUMENT_REFERENCE = f'<IDRegDocumentReference IDRegDocumentID="{NUMBER}"/>'
RELATIONSHIP_REFERENCE = f'<ProfileRelationshipReference ProfileRelationshipID="{NUMBER}"/>'

# The path of a repeatable element → where a second one is put, the second one, and what of it is to be found.
REPEATED: dict[str, tuple[str, str, str]] = {
    "Locations/Location": ("Locations", f'<Location ID="802">{PLACE}</Location>', TEXT),
    "IDRegDocuments/IDRegDocument": (
        "IDRegDocuments",
        f'<IDRegDocument ID="{NUMBER}" IDRegDocTypeID="1571" IdentityID="95001"><IDRegistrationNo>{TEXT}'
        "</IDRegistrationNo></IDRegDocument>",
        TEXT,
    ),
    "DistinctParties/DistinctParty": (
        "DistinctParties",
        f'<DistinctParty FixedRef="{NUMBER}"><Profile ID="{NUMBER}" PartySubTypeID="4">{IDENTITY}</Profile>'
        "</DistinctParty>",
        TEXT,
    ),
    "ProfileRelationships/ProfileRelationship": (
        "ProfileRelationships",
        '<ProfileRelationship ID="55" From-ProfileID="90001" To-ProfileID="90004" RelationTypeID="15002" '
        f'RelationQualityID="1" Former="false" SanctionsEntryID="90001">{COMMENT}</ProfileRelationship>',
        TEXT,
    ),
    "SanctionsEntries/SanctionsEntry": (
        "SanctionsEntries",
        '<SanctionsEntry ID="7" ProfileID="90001" ListID="1550"><SanctionsMeasure ID="7" SanctionsTypeID="1">'
        f"{COMMENT}{NO_PERIOD}</SanctionsMeasure></SanctionsEntry>",
        TEXT,
    ),
    "SanctionsEntryLinks/SanctionsEntryLink": (
        "SanctionsEntryLinks",
        '<SanctionsEntryLink ID="7" EntryA-SanctionsEntryID="90001" EntryB-SanctionsEntryID="190002" '
        f'EntryLinkTypeID="1">{COMMENT}{DAY}</SanctionsEntryLink>',
        TEXT,
    ),
    "Location/LocationAreaCode": ("Location", f'<LocationAreaCode AreaCodeID="{NUMBER}"/>', "Tuvalu"),
    "Location/LocationCountry": (
        "Location",
        f'<LocationCountry CountryID="{NUMBER}" CountryRelevanceID="1413"/>',
        '"TV"|Tuvalu',
    ),
    "Location/LocationPart": ("Location", PLACE, TEXT),
    "LocationPart/LocationPartValue": (
        "LocationPart",
        '<LocationPartValue Primary="true" LocPartValueTypeID="1" LocPartValueStatusID="1">'
        f"<Value>{TEXT}</Value></LocationPartValue>",
        TEXT,
    ),
    "IDRegDocument/DocumentDate": (
        "IDRegDocument",
        f'<DocumentDate IDRegDocDateTypeID="1480">{PERIOD}</DocumentDate>',
        YEAR,
    ),
    "IDRegDocument/IDRegDocumentMention": (
        "IDRegDocument",
        f'<IDRegDocumentMention IDRegDocumentID="{NUMBER}" ReferenceType="RefersTo"/>',
        NUMBER,
    ),
    "IDRegDocument/FeatureVersionReference": (
        "IDRegDocument",
        f'<FeatureVersionReference FeatureVersionID="{NUMBER}"/>',
        NUMBER,
    ),
    "IDRegDocument/DocumentedNameReference": (
        "IDRegDocument",
        f'<DocumentedNameReference DocumentedNameID="{NUMBER}"/>',
        NUMBER,
    ),
    "IDRegDocument/ProfileRelationshipReference": ("IDRegDocument", RELATIONSHIP_REFERENCE, NUMBER),
    "DistinctParty/Comment": ("DistinctParty", COMMENT, TEXT),
    "DistinctParty/Profile": (
        "DistinctParty",
        f'<Profile ID="{NUMBER}" PartySubTypeID="4">{IDENTITY}</Profile>',
        TEXT,
    ),
    "Profile/Comment": ("Profile", COMMENT, TEXT),
    "Profile/Identity": ("Profile", IDENTITY, TEXT),
    "Profile/Feature": ("Profile", f'<Feature ID="{NUMBER}" FeatureTypeID="14">{VERSION}</Feature>', TEXT),
    "Profile/SanctionsEntryReference": (
        "Profile",
        f'<SanctionsEntryReference SanctionsEntryID="{NUMBER}"/>',
        NUMBER,
    ),
    "Profile/ExternalReference": (
        "Profile",
        f'<ExternalReference ExRefTypeID="1"><ExRefValue>{TEXT}</ExRefValue></ExternalReference>',
        TEXT,
    ),
    "ExternalReference/SubLink": (
        "Profile",
        '<ExternalReference ExRefTypeID="1"><SubLink TargetTypeID="1"><DirectURL>https://a.example</DirectURL></SubLink>'
        f'<SubLink TargetTypeID="1"><Description>{TEXT}</Description></SubLink></ExternalReference>',
        f"a.example.*{TEXT}",
    ),
    "Feature/FeatureVersion": ("Feature", VERSION, TEXT),
    "Feature/IdentityReference": (
        "Feature",
        f'<IdentityReference IdentityID="{NUMBER}" IdentityFeatureLinkTypeID="1"/>',
        NUMBER,
    ),
    "FeatureVersion/DatePeriod": ("FeatureVersion", PERIOD, YEAR),
    "FeatureVersion/VersionDetail": (
        "FeatureVersion",
        f'<VersionDetail DetailTypeID="1432">{TEXT}</VersionDetail>',
        TEXT,
    ),
    "FeatureVersion/VersionLocation": ("FeatureVersion", f'<VersionLocation LocationID="{NUMBER}"/>', "Funafuti"),
    "FeatureVersion/IDRegDocumentReference": ("FeatureVersion", DOCUMENT_REFERENCE, NUMBER),
    "Identity/Alias": ("Identity", ALIAS, TEXT),
    "Identity/IDRegDocumentReference": ("Identity", DOCUMENT_REFERENCE, NUMBER),
    "Alias/DocumentedName": ("Alias", NAME, TEXT),
    "NamePartGroups/MasterNamePartGroup": (
        "NamePartGroups",
        f'<MasterNamePartGroup><NamePartGroup ID="{{group}}" NamePartTypeID="{NUMBER}"/></MasterNamePartGroup>',
        NUMBER,
    ),
    "MasterNamePartGroup/NamePartGroup": (
        "MasterNamePartGroup",
        f'<NamePartGroup ID="{{group}}" NamePartTypeID="{NUMBER}"/>',
        NUMBER,
    ),
    "DocumentedName/DocumentedNamePart": ("DocumentedName", NAME_PART, TEXT),
    "DocumentedName/DocumentedNameCountry": (
        "DocumentedName",
        f'<DocumentedNameCountry CountryID="{NUMBER}"/>',
        NUMBER,
    ),
    "DocumentedName/IDRegDocumentReference": ("DocumentedName", DOCUMENT_REFERENCE, NUMBER),
    "ProfileRelationship/IDRegDocumentReference": ("ProfileRelationship", DOCUMENT_REFERENCE, NUMBER),
    "SanctionsEntry/EntryEvent": (
        "SanctionsEntry",
        f'<EntryEvent ID="{NUMBER}" EntryEventTypeID="1" LegalBasisID="1828">{DAY}</EntryEvent>',
        YEAR,
    ),
    "SanctionsEntry/SanctionsMeasure": (
        "SanctionsEntry",
        f'<SanctionsMeasure ID="{NUMBER}" SanctionsTypeID="1705">{COMMENT}{NO_PERIOD}</SanctionsMeasure>',
        TEXT,
    ),
    "SanctionsEntry/SupportingInfo": (
        "SanctionsEntry",
        f'<SupportingInfo ID="{NUMBER}" SupInfoTypeID="1"><Text>{TEXT}</Text></SupportingInfo>',
        TEXT,
    ),
    "SanctionsEntry/ProfileRelationshipReference": ("SanctionsEntry", RELATIONSHIP_REFERENCE, NUMBER),
}
# Where nobody is who does not say so.
ELSEWHERE = f'<Location ID="{NUMBER}">{PLACE.replace(TEXT, "Funafuti")}</Location>'
# What a location says of who refers to it: whoever does says the same from his side.
BACK_REFERENCES = {
    "Location/FeatureVersionReference": '<FeatureVersionReference FeatureVersionID="705"/>',
    "Location/IDRegDocumentReference": '<IDRegDocumentReference IDRegDocumentID="902"/>',
}
# The tables of codes by whose labels the reader goes; of all others it knows the ids.
LABELLED = {
    *("Country", "DetailReference", "FeatureType", "IDRegDocType", "LegalBasis", "List", "RelationQuality"),
    *("RelationType", "Reliability", "SanctionsType", "Script", "Validity"),
}


def prepared() -> etree._Element:
    """The golden document with the codes of a country in which nobody is yet."""
    root = documents.tree(body_of())
    put(next(root.iter("{*}CountryValues")), f'<Country ID="{NUMBER}" ISO2="TV">Tuvalu</Country>')
    areas = f'<AreaCodeValues><AreaCode ID="{NUMBER}">Tuvalu</AreaCode></AreaCodeValues>'
    put(next(root.iter("{*}ReferenceValueSets")), areas)
    return root


def put(parent: etree._Element, second: str) -> None:
    """Put an element, written without a namespace, into one of the document, beside the last of its name."""
    element = etree.fromstring(f'<x xmlns="{etree.QName(parent).namespace}">{second}</x>')[0]
    same = parent.findall(element.tag)
    parent.insert(parent.index(same[-1]) + 1 if same else len(parent), element)


def told(root: etree._Element) -> dict[str, Record]:
    entries, _ = documents.read(SDN, "advanced", documents.written(root))
    assert not [entry.problem for entry in entries if entry.problem]
    return {entry.record.key: entry.record for entry in entries if entry.record}


def texts(value: object) -> set[str]:
    """Each text in a record."""
    if isinstance(value, str):
        return {value}
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return set().union(*map(texts, parts))


def said(record: Record | None) -> str:
    return msgspec.json.encode(record).decode()


@pytest.mark.parametrize("path", REPEATED)
def test_a_second_one_is_read_or_said_and_costs_nothing_that_stood(path: str) -> None:
    tag, second, sought = REPEATED[path]
    before = told(prepared())
    for place in range(len(within(prepared(), tag))):
        root = prepared()
        parent = within(root, tag)[place]
        group = next(parent.iter("{*}NamePartGroup"), parent).get("ID", "")
        put(parent, second.replace("{group}", group))
        put(next(root.iter("{*}Locations")), ELSEWHERE)
        after = told(root)
        changed = {key: record for key, record in after.items() if record != before.get(key)}
        assert re.search(sought, " ".join(map(said, changed.values())), re.IGNORECASE), place
        for key in changed.keys() & before.keys():
            stood = texts(msgspec.to_builtins(before[key])) - {"complete", before[key].kind}
            assert not {text for text in stood if json.dumps(text, ensure_ascii=False)[1:-1] not in said(after[key])}, (
                key
            )


@pytest.mark.parametrize("path", BACK_REFERENCES)
def test_what_only_a_location_says_of_a_party_is_said(path: str) -> None:
    root = prepared()
    put(next(root.iter("{*}Locations")), f'<Location ID="{NUMBER}">{PLACE}{BACK_REFERENCES[path]}</Location>')
    record = told(root)[f"{SDN}:90001"]
    assert [part for part in record.other if TEXT in part.value]
    assert record.completeness == "partial"


@pytest.mark.parametrize("table", sorted(LABELLED))
def test_a_code_with_two_labels_is_said_wherever_it_is_used(table: str) -> None:
    before = told(prepared())
    found = False
    for place in range(len(list(prepared().iter(f"{{*}}{table}")))):
        root = prepared()
        code = list(root.iter(f"{{*}}{table}"))[place]
        parent = code.getparent()
        assert parent is not None
        put(parent, f'<{table} ID="{code.get("ID")}">{TEXT}</{table}>')
        after = told(root)
        for key in after:
            if after[key] != before[key]:
                found = True
                assert TEXT in said(after[key]), code.text
                assert after[key].completeness == "partial", code.text
    assert found


def test_a_link_of_entries_that_stand_nowhere_is_quarantined() -> None:
    root = prepared()
    link = '<SanctionsEntryLink ID="7" EntryA-SanctionsEntryID="8" EntryB-SanctionsEntryID="9" EntryLinkTypeID="1"/>'
    put(next(root.iter("{*}SanctionsEntryLinks")), link)
    entries, _ = documents.read(SDN, "advanced", documents.written(root))
    (problem,) = [entry.problem for entry in entries if entry.problem]
    assert "SanctionsEntryLink" in problem


def repeatable(schema: etree._Element) -> set[str]:
    """`Parent/Child` of each element that may stand more than once; codes stand in the tables of ReferenceValueSets."""
    typed: dict[str, list[str]] = {}
    for element in schema.iter(f"{XSD}element"):
        typed.setdefault(element.get("type", ""), []).append(element.get("name", ""))
    found = set()
    for element in schema.iter(f"{XSD}element"):
        if element.get("maxOccurs", "1") == "1":
            continue
        above = next(one for one in element.iterancestors(f"{XSD}element", f"{XSD}complexType") if one.get("name"))
        name = above.get("name", "")
        parents = typed[name] if above.tag == f"{XSD}complexType" else [name]
        found |= {f"{parent}/{element.get('name') or element.get('ref')}" for parent in parents}
    return found


@pytest.mark.shared
def test_the_table_holds_what_the_publishers_schema_lets_stand_several_times(shared: Path) -> None:
    found = repeatable(etree.parse(shared / "feeds" / "xsd" / "ofac_advanced_xml.xsd").getroot())
    codes = {one for one in found if one == f"{one.partition('/')[2]}Values/{one.partition('/')[2]}"}
    assert found - codes == REPEATED.keys() | BACK_REFERENCES.keys()
    assert {f"{one}Values/{one}" for one in LABELLED} <= codes

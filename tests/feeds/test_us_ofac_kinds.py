"""OFAC's vocabularies, kind by kind: repetitions, booleans, dates, labels, numbers, and what belongs to a listing."""

import copy
import re
from collections.abc import Iterator

import msgspec
import pytest
from lxml import etree
from msgspec.structs import replace

from syncd.core.model import Kind, Listing, Name, PartialDate, Record
from syncd.feeds.ofac import party as ofac_party
from syncd.feeds.ofac.features import Feature
from syncd.feeds.ofac.party import IdentityDocument, Party
from syncd.formats.fields import Reading
from tests.feeds import documents
from tests.feeds.test_us_ofac import SDN, body_of, changed, golden


def advanced(body: bytes, number: str = "90001") -> Record:
    """One record of a document, read as the daemon reads it: what is not understood costs nothing else."""
    entries, _ = documents.read(SDN, "advanced", body)
    return next(entry.record for entry in entries if entry.key == f"{SDN}:{number}" and entry.record)


def enhanced(body: bytes, number: str = "90001") -> Record:
    entries, _ = documents.read(SDN, "enhanced", body)
    return next(entry.record for entry in entries if entry.key == f"{SDN}:{number}" and entry.record)


def said(record: Record) -> str:
    return msgspec.json.encode(record).decode()


TWICE = "zweite Angabe"


def within(root: etree._Element, tag: str) -> list[etree._Element]:
    """The elements of that name that speak of a party: not those of the tables of codes."""
    aside = {"publicationInfo", "referenceValues", "ReferenceValueSets", "featureTypes"}
    return [
        one
        for one in root.iter(f"{{*}}{tag}")
        if not aside & {etree.QName(above).localname for above in one.iterancestors()}
    ]


def retexted(element: etree._Element) -> bool:
    """Another text in the value below the element, else in itself; no when it has none, or only renders a date."""
    values = [one for one in element.iter("{*}value", "{*}Value") if not list(element.iter("{*}valueDate"))] or [
        element
    ]
    if not (values[0].text or "").strip():
        return False
    values[0].text = TWICE
    return True


def doubled(tag: str, vocabulary: str) -> Iterator[bytes]:
    """The document with each of its elements `tag` in turn given a second one beside it, with another text."""
    for number in range(len(within(documents.tree(body_of(SDN, vocabulary)), tag))):
        root = documents.tree(body_of(SDN, vocabulary))
        element = within(root, tag)[number]
        second = copy.deepcopy(element)
        element.addnext(second)
        if retexted(second):
            yield documents.written(root)


@pytest.mark.parametrize(
    ("vocabulary", "tag"),
    [
        *(("advanced", tag) for tag in ("VersionDetail", "LocationPartValue", "NamePartValue")),
        *(("advanced", tag) for tag in ("Comment", "IDRegistrationNo", "IssuingAuthority")),
        *(("enhanced", tag) for tag in ("value", "comments", "remarks", "title", "documentNumber", "issuingAuthority")),
        *(("enhanced", tag) for tag in ("translation", "namePart", "addressPart", "feature")),
        *(("enhanced", tag) for tag in ("sanctionsProgram", "sanctionsType", "legalAuthority", "sanctionsList")),
    ],
)
def test_of_what_may_be_repeated_none_is_dropped_unsaid(vocabulary: str, tag: str) -> None:
    tried = 0
    for body in doubled(tag, vocabulary):
        entries, _ = documents.read(SDN, vocabulary, body)
        records = [entry.record for entry in entries if entry.record]
        tried += 1
        assert any(TWICE.upper() in said(record).upper() for record in records), tried
    assert tried


def test_a_second_crypto_address_a_second_date_and_a_second_place_are_kept() -> None:
    address = b"1InventedAddressXXXXXXXXXXXXXXXXX</VersionDetail>"
    body = changed(address, address + b'<VersionDetail DetailTypeID="1432">1Second</VersionDetail>')
    found = [one.value for one in advanced(body).identifiers if one.type == "crypto_address"]
    assert sorted(found) == ["1InventedAddressXXXXXXXXXXXXXXXXX", "1Second"]
    root = documents.tree(body_of())
    period = next(one for one in root.iter("{*}DatePeriod") if one.getparent().tag.endswith("FeatureVersion"))
    second = copy.deepcopy(period)
    next(second.iter("{*}Year")).text = "1901"
    for year in second.iter("{*}Year"):
        year.text = "1901"
    period.addnext(second)
    assert any(
        (birth.date or birth.start or "")[:4] == "1901" for birth in advanced(documents.written(root)).birth_dates
    )


def test_a_location_in_two_countries_is_two_addresses() -> None:
    root = documents.tree(body_of())
    location = next(one for one in root.iter("{*}LocationCountry") if one.get("CountryID") == "11109")
    second = copy.deepcopy(location)
    second.set("CountryID", "11171")
    location.addnext(second)
    addresses = advanced(documents.written(root)).addresses
    assert {one.country for one in addresses if one.city == "Tehran"} == {"IR", "RU"}


def test_a_document_in_two_names_says_both() -> None:
    root = documents.tree(body_of())
    reference = next(one for one in root.iter("{*}DocumentedNameReference"))
    names = [one.get("ID") for one in root.iter("{*}DocumentedName")][:4]
    for name in names:
        second = copy.deepcopy(reference)
        second.set("DocumentedNameID", name or "")
        reference.addnext(second)
    notes = " ".join(one.note or "" for one in advanced(documents.written(root)).identifiers)
    assert notes.count("in the name of") >= 2


@pytest.mark.parametrize(
    ("issue", "published"),
    [
        (b"<Year>2025</Year><Month>Sep</Month><Day>3</Day>", None),
        (b"<Year/><Month>9</Month><Day>3</Day>", None),
        (b"<Year>0000</Year><Month>9</Month><Day>3</Day>", None),
        (b"<Year>2025</Year><Month>9</Month>", None),
        (b"<Year>2025</Year><Month>9</Month><Day>31</Day>", None),
        (b"<Year> 2025 </Year><Month>09</Month><Day>3</Day>", "2025-09-03"),
    ],
)
def test_a_date_of_issue_that_is_no_day_is_none_and_the_list_is_read(issue: bytes, published: str | None) -> None:
    body = re.sub(rb"(<DateOfIssue[^>]*>).*?(</DateOfIssue>)", rb"\1" + issue + rb"\2", body_of(), flags=re.DOTALL)
    entries, reading = documents.read(SDN, "advanced", body)
    assert reading.header.published == published
    assert len([entry for entry in entries if entry.record]) == len(golden(SDN, "advanced"))


@pytest.mark.parametrize("vocabulary", ["advanced", "enhanced"])
def test_a_prefix_before_every_name_says_nothing(vocabulary: str) -> None:
    body = re.sub(rb"<(/?)([A-Za-z])", rb"<\1o:\2", body_of(SDN, vocabulary)).replace(b" xmlns=", b" xmlns:o=")
    assert documents.digests(SDN, vocabulary, body) == documents.digests(SDN, vocabulary, body_of(SDN, vocabulary))


@pytest.mark.parametrize("word", ["perhaps", "2"])
def test_a_strength_that_nobody_knows_is_neither_strong_nor_weak(word: str) -> None:
    record = advanced(changed(b'LowQuality="true"', f'LowQuality="{word}"'.encode()))
    names = {name.full: name.strength for name in record.names}
    assert names["The Stargazer"] is None
    assert ("Alias/@LowQuality", word) in {(part.name, part.value) for part in record.other}


def test_an_approximation_that_nobody_knows_makes_no_date_exact() -> None:
    record = advanced(changed(b'Approximate="false"', b'Approximate="perhaps"'))
    assert all(birth.circa for birth in record.birth_dates)
    assert record.completeness == "partial"


def feature(kind: str, label: str, value: str, reliability: str = "1") -> bytes:
    """The golden document with one more feature of a person, in words."""
    body = changed(
        b'<FeatureType ID="14" ',
        f'<FeatureType ID="{kind}" FeatureTypeGroupID="1">{label}</FeatureType><FeatureType ID="14" '.encode(),
    )
    more = (
        f'<Feature ID="29999" FeatureTypeID="{kind}"><FeatureVersion ReliabilityID="{reliability}" ID="99999">'
        f'<VersionDetail DetailTypeID="1432">{value}</VersionDetail></FeatureVersion></Feature>'
    ).encode()
    return changed(b'<Feature ID="20711"', more + b'<Feature ID="20711"', body)


def other(record: Record) -> set[tuple[str, str]]:
    return {(part.name, part.value) for part in record.other}


def test_a_feature_with_a_new_id_is_known_by_its_label() -> None:
    assert "unheard@invented.example" in {
        one.value for one in advanced(feature("7001", "Email Address:", "unheard@invented.example")).contacts
    }
    record = advanced(feature("7002", "PAIPA Section 2 Information:", "Blocking of property"))
    assert ("PAIPA Section 2 Information:", "Blocking of property") in other(record)
    assert record.completeness == "complete"


@pytest.mark.parametrize("tags", ["[SDGT][IFSR]", "SDGT, IFSR", "IFSR; SDGT"])
def test_additional_tags_are_programmes_of_the_listing(tags: str) -> None:
    record = advanced(feature("7003", "Additional Program Tags -", tags))
    assert record.completeness == "complete"
    assert all({"SDGT", "IFSR"} <= set(one.programmes) for one in record.listings)


def test_a_sentence_under_the_additional_tags_is_kept() -> None:
    record = advanced(feature("7003", "Additional Program Tags -", "See the annex"))
    assert ("Additional Program Tags -", "See the annex") in other(record)


def test_secondary_sanctions_the_sector_and_the_legal_form_have_their_fields() -> None:
    risk = advanced(feature("504", "Secondary sanctions risk:", "See Section 11 of Executive Order 14024."))
    assert all("See Section 11 of Executive Order 14024." in one.secondary_sanctions for one in risk.listings)
    assert advanced(feature("647", "Organization Type:", "Construction of buildings")).sectors == (
        "Construction of buildings",
    )
    assert advanced(feature("826", "Target Type", "State-Owned Enterprise")).legal_forms == ("State-Owned Enterprise",)
    assert [one.date for one in advanced(feature("646", "Organization Established Date", "Mar 2017")).established] == [
        "2017-03"
    ]


@pytest.mark.parametrize(
    ("kind", "label", "value"),
    [("3", "Vessel Flag", "Samoa"), ("224", "Gender", "Female"), ("647", "Organization Type:", "Fishing")],
)
def test_what_ofac_calls_false_is_no_fact_of_the_party(kind: str, label: str, value: str) -> None:
    record = advanced(feature(kind, label, value, reliability="1561"))
    assert (label, f"{value}; False") in other(record)
    assert value.casefold() not in record.genders
    assert not record.sectors
    assert record.vessel is None


def test_confirmed_is_not_repeated_beside_a_fact() -> None:
    record = advanced(feature("647", "Organization Type:", "Fishing", reliability="1560"))
    assert record.sectors == ("Fishing",)
    assert not [part for part in record.other if "Fishing" in part.value]


@pytest.mark.parametrize(
    ("kind", "label", "number", "holder", "expected"),
    [
        ("1608", "Identification Number", "IMO 5342883", "organisation", ("imo_company", "5342883")),
        ("91412", "Company Number", "IMO5055293", "organisation", ("imo_company", "5055293")),
        ("91412", "Company Number", "IMO 505529", "organisation", ("registration", "IMO 505529")),
        ("1626", "Vessel Registration Identification", "IMO 9167148", "vessel", ("imo", "9167148")),
        ("1626", "Vessel Registration Identification", "IMO 5878589", "organisation", ("imo_company", "5878589")),
        ("91752", "Legal Entity Number", "253400V1H6ART1UQ0N98", "organisation", ("lei", "253400V1H6ART1UQ0N98")),
        (
            "91752",
            "Legal Entity Number",
            "253400V1H6ART1UQ0N99",
            "organisation",
            ("registration", "253400V1H6ART1UQ0N99"),
        ),
        ("1594", "C.I.N.", "U63090UP2019PTC117063", "organisation", ("registration", "U63090UP2019PTC117063")),
        ("1594", "C.I.N.", "BE12345", "person", ("national_id", "BE12345")),
        ("91854", "C.U.I.", "2891761150920", "person", ("national_id", "2891761150920")),
        ("91854", "C.U.I.", "17188280", "organisation", ("tax", "17188280")),
        ("1573", "R.F.C.", "PAT040318GF7", "organisation", ("tax", "PAT040318GF7")),
        ("99001", "Passport", "A123", "person", ("passport", "A123")),
    ],
)
def test_a_number_is_typed_by_its_form_its_label_and_its_holder(
    kind: str, label: str, number: str, holder: Kind, expected: tuple[str, str]
) -> None:
    document = IdentityDocument(kind, label, number, None, None, None, None, None, None, None, (), ())
    party = Party(key="k", feed="f", kind=holder, documents=[document], names={"1": Name(full="N", kind="primary")})
    found = ofac_party.record(party, Reading()).identifiers
    assert [(one.type, one.value) for one in found] == [expected]


def of_act(what: str, act: str, day: str) -> Feature:
    return Feature("951", f"{what} Date ({act}):", "1", None, PartialDate(date=day), None, None)


def listed(listing: Listing, *features: Feature) -> tuple[Listing, ...]:
    party = Party(key="k", feed="f", kind="organisation", listings=[listing], features=list(features))
    return ofac_party.record(party, Reading()).listings


def test_a_directive_with_dates_of_its_own_is_a_listing_of_its_own() -> None:
    entry = Listing(list="SDN List", measures=("Executive Order 14024 Directive 3", "Block"), listed_on="2024-02-23")
    subject = Feature(
        "948", "Executive Order 14024 Directive Information", "1", "Subject to Directive 3 - New debt", None, None, None
    )
    dates = (
        of_act("Listing", "EO 14024 Directive 3", "2022-02-24"),
        of_act("Effective", "EO 14024 Directive 3", "2022-03-26"),
    )
    name = "Executive Order 14024 Directive 3"
    assert listed(entry, subject, *dates) == (
        replace(entry, schedule=name),
        Listing(
            list="Consolidated List", measures=(name,), schedule=name, listed_on="2022-02-24", effective_on="2022-03-26"
        ),
    )


def test_the_dates_of_a_listings_own_act_are_its_dates() -> None:
    entry = Listing(list="Non-SDN CMIC List", measures=("CMIC Executive Order",), listed_on="2021-06-03")
    dates = (of_act("Listing", "CMIC", "2021-06-03"), of_act("Effective", "CMIC", "2021-08-02"))
    assert listed(entry, *dates) == (replace(entry, effective_on="2021-08-02"),)


def test_the_country_of_a_birth_place_is_the_one_at_its_end() -> None:
    (place,) = golden(SDN, "advanced")[f"{SDN}:90001"].birth_places
    assert (place.full, place.country) == ("Nowhereabad, Invented Province, Iran", "IR")

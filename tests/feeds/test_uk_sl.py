"""The UK list: its documents at hand read whole, and what its cells mean."""

from pathlib import Path

import pytest

from syncd.core import canonical
from syncd.core.model import Identifier, Part, PartialDate, Place, Record
from tests.feeds import documents

DESIGNATION = """<Designations><DateGenerated>02/09/2026</DateGenerated><Designation><UniqueID>RUS9001</UniqueID>
<Names><Name><Name6>KORVIN</Name6><NameType>Primary Name</NameType></Name></Names>
<IndividualEntityShip>Individual</IndividualEntityShip>{}</Designation></Designations>"""
PERSON = "<IndividualDetails><Individual>{}</Individual></IndividualDetails>"


def designation(fields: str) -> Record:
    return documents.records("uk_sl", "designations", DESIGNATION.format(fields).encode())["uk_sl:RUS9001"]


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "count", "of_the_un"),
    [
        ("2026-09-02__UK-Sanctions-List.SHAPE-ONLY.xml", 3, 2),
        ("EXCERPT__2026-09-10__UK-Sanctions-List.4designations-retyped.xml", 4, 3),
        ("EXCERPT__2026-10-08__UK-Sanctions-List.1designation-with-all-indicators.xml", 1, 1),
        ("REBUILT__2022-05-04__UK-Sanctions-List.xml.bz2", 3_430, 940),
    ],
)
def test_a_document_at_hand_is_understood_to_the_last_field(
    shared: Path, name: str, count: int, of_the_un: int
) -> None:
    body = documents.unpacked(shared / "feeds" / "uk_sl" / name)
    found = documents.records("uk_sl", "designations", body)
    assert len(found) == count
    assert documents.references(found) == {"uk_reference": count, "un_reference": of_the_un}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("12/03/1945", (PartialDate(date="1945-03-12"),)),
        ("dd/mm/1945", (PartialDate(date="1945"),)),
        ("mm/1945", (PartialDate(date="1945"),)),
        ("03/1945", (PartialDate(date="1945-03"),)),
        ("1945", (PartialDate(date="1945"),)),
        ("dd/mm/9999", ()),
        ("99/9999", ()),
        ("9999", ()),
        ("circa 1945", (PartialDate(date="1945", circa=True),)),
    ],
)
def test_what_is_unknown_of_a_birth_date_stays_unknown(text: str, found: tuple[PartialDate, ...]) -> None:
    record = designation(PERSON.format(f"<DOBs><DOB>{text}</DOB></DOBs>"))
    assert record.birth_dates == found


def test_a_date_with_a_day_and_no_year_stands_as_published_and_is_said() -> None:
    body = DESIGNATION.format(PERSON.format("<DOBs><DOB>12/03/9999</DOB></DOBs>")).encode()
    entries, _ = documents.read("uk_sl", "designations", body)
    assert entries[0].record is not None
    assert entries[0].record.birth_dates == (PartialDate(text="12/03/9999"),)
    assert entries[0].record.unreadable == ("DOB",)


def test_numbered_towns_and_countries_of_birth_belong_together() -> None:
    location = (
        "<TownOfBirth>(1) Tunis (2) - (3) Fez</TownOfBirth>"
        "<CountryOfBirth>(1) Tunisia. (2) Egypt (3) Morocco</CountryOfBirth>"
    )
    record = designation(PERSON.format(f"<BirthDetails><Location>{location}</Location></BirthDetails>"))
    assert record.birth_places == (
        Place(city="Tunis", country="TN"),
        Place(country="EG"),
        Place(city="Fez", country="MA"),
    )


def test_one_country_of_birth_goes_with_every_town() -> None:
    location = "<TownOfBirth>(1) Baghlan (2) Herat</TownOfBirth><CountryOfBirth>Afghanistan</CountryOfBirth>"
    record = designation(PERSON.format(f"<BirthDetails><Location>{location}</Location></BirthDetails>"))
    assert record.birth_places == (Place(city="Baghlan", country="AF"), Place(city="Herat", country="AF"))


def test_numbered_passports_keep_their_remarks_and_countries() -> None:
    """Numbered passports keep their remarks and the country that they name."""
    passport = (
        "<PassportNumber>(1) 223611 (2) C00146605</PassportNumber>"
        "<PassportAdditionalInformation>(1) Libya number (2) Issued in Jordan</PassportAdditionalInformation>"
    )
    record = designation(PERSON.format(f"<PassportDetails><Passport>{passport}</Passport></PassportDetails>"))
    assert record.identifiers[1:] == (
        Identifier(type="passport", value="223611", label="Passport", country="LY", note="Libya number"),
        Identifier(type="passport", value="C00146605", label="Passport", country="JO", note="Issued in Jordan"),
    )


def test_a_un_reference_is_written_as_the_un_writes_it() -> None:
    record = designation("<UNReferenceNumber>CDI. 037</UNReferenceNumber>")
    assert Identifier(type="un_reference", value="CDi.037", label="UNReferenceNumber") in record.identifiers


def test_a_designation_under_two_regimes_has_one_listing_with_both() -> None:
    record = designation(
        "<RegimeName>Russia</RegimeName><RegimeName>Belarus</RegimeName>"
        "<SanctionsImposed>Asset freeze|Travel Ban</SanctionsImposed>"
    )
    (listing,) = record.listings
    assert listing.programmes == ("Russia", "Belarus")
    assert listing.measures == ("Asset freeze", "Travel Ban")


def test_the_case_of_a_name_type_says_nothing() -> None:
    extra = (
        "<Names><Name><Name1>Aldo</Name1><Name6>Corvin</Name6>"
        "<NameType>ALIAS</NameType><AliasStrength>low QUALITY</AliasStrength></Name></Names>"
    )
    alias = designation(extra).names[1]
    assert (alias.full, alias.kind, alias.strength) == ("Aldo Corvin", "alias", "weak")


def test_an_unknown_kind_of_target_is_published_and_said() -> None:
    body = DESIGNATION.format("").replace(">Individual<", ">Airship<").encode()
    entries, _ = documents.read("uk_sl", "designations", body)
    assert entries[0].record is not None
    assert entries[0].record.kind == "unknown"
    assert entries[0].record.other == (Part(name="IndividualEntityShip", value="Airship"),)
    assert entries[0].record.completeness == "partial"


INDICATORS = "<SanctionsImposed>{}</SanctionsImposed><SanctionsImposedIndicators>{}</SanctionsImposedIndicators>"


@pytest.mark.parametrize("digits", [False, True])
def test_indicators_agree_with_the_measures_and_add_nothing(digits: bool) -> None:
    fields = INDICATORS.format(
        'Asset freeze|De-flag|Transport sanctions: see "Other information"',
        "<AssetFreeze>true</AssetFreeze><Deflag>true</Deflag><TravelBan>false</TravelBan>",
    )
    record = designation(fields.replace("true", "1").replace("false", "0") if digits else fields)
    assert record.listings[0].measures == ("Asset freeze", "De-flag", 'Transport sanctions: see "Other information"')
    assert record.other == ()


@pytest.mark.parametrize(
    ("measures", "indicator", "said"),
    [
        ("Asset freeze", "<TravelBan>true</TravelBan>", ("TravelBan", "true")),
        ("Asset freeze|Travel Ban", "<TravelBan>false</TravelBan>", ("TravelBan", "false")),
        ("Asset freeze", "<AssetFreeze>perhaps</AssetFreeze>", ("AssetFreeze", "perhaps")),
        ("Asset freeze", "<Invented>true</Invented>", ("Invented", "true")),
    ],
)
def test_an_indicator_that_contradicts_is_said_and_decides_nothing(
    measures: str, indicator: str, said: tuple[str, str]
) -> None:
    body = DESIGNATION.format(INDICATORS.format(measures, indicator)).encode()
    entries, _ = documents.read("uk_sl", "designations", body)
    record = entries[0].record
    assert record is not None
    assert record.listings[0].measures == tuple(measures.split("|"))
    assert record.other == (Part(name=f"SanctionsImposedIndicators/{said[0]}", value=said[1]),)
    assert record.completeness == "partial"


def test_a_wallet_is_an_identifier_in_its_own_letter_case() -> None:
    wallets = ("1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "XBT: bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq")
    fields = "".join(f"<CryptoWalletAddress>{wallet}</CryptoWalletAddress>" for wallet in wallets)
    record = designation(f"<CryptoWalletAddresses>{fields}</CryptoWalletAddresses>")
    assert [(one.type, one.value, one.currency) for one in record.identifiers[1:]] == [
        ("crypto_address", wallets[0], None),
        ("crypto_address", wallets[1][5:], "XBT"),
    ]


@pytest.mark.parametrize(
    ("reasons", "found"),
    [
        ("KORVIN (IMO 9074729) is involved in carrying oil.", ["9074729"]),
        ("The Secretary of State suspects that IMO 9074729 (“Korvin”) is involved.", ["9074729"]),
        ("KORVIN (IMO 9074729) carried oil. The Korvin, IMO number: 9074729, is in Ruritania.", ["9074729"]),
        ("KORVIN met the LANTERN (IMO 9074729).", []),
        ("KORVIN (IMO 9074728) is involved.", []),
        ("KORVIN (IMO 9074729) is involved, or KORVIN (IMO 9319466).", []),
    ],
)
def test_a_ship_without_a_number_has_the_one_beside_its_name(reasons: str, found: list[str]) -> None:
    body = DESIGNATION.format(f"<UKStatementofReasons>{reasons}</UKStatementofReasons>")
    ship = body.replace(">Individual<", ">Ship<").encode()
    record = documents.records("uk_sl", "designations", ship)["uk_sl:RUS9001"]
    assert [number.value for number in record.identifiers if number.type == "imo"] == found
    person = documents.records("uk_sl", "designations", body.encode())["uk_sl:RUS9001"]
    assert not [number for number in person.identifiers if number.type == "imo"]


@pytest.mark.shared
@pytest.mark.parametrize(("date", "count"), [("2026-02-23", 486), ("2026-08-22", 534)])
def test_the_ships_of_the_list_are_those_of_the_eu(shared: Path, date: str, count: int) -> None:
    (eu,) = (shared / "feeds" / "eu_vessels").iterdir()
    uk = shared / "feeds" / "uk_sl" / f"REBUILT__{date}__UK-Sanctions-List_from-ammitto-yaml.xml.bz2"
    numbers = [
        {number.value for record in found.values() for number in record.identifiers if number.type == "imo"}
        for found in (
            documents.records("eu_vessels", "vessels", eu.read_bytes()),
            documents.records("uk_sl", "designations", documents.unpacked(uk)),
        )
    ]
    assert len(numbers[0] & numbers[1]) == count


def test_a_ship_is_called_what_stands_in_the_brackets() -> None:
    body = DESIGNATION.format("").replace("KORVIN", 'IMO 9990001 ("LANTERN")').replace("Individual<", "Ship<")
    record = documents.records("uk_sl", "designations", body.encode())["uk_sl:RUS9001"]
    assert [name.full for name in record.names] == ["LANTERN"]
    assert ("imo", "9990001") in [(one.type, one.value) for one in record.identifiers]


@pytest.mark.parametrize("spelling", ["rus9001", "RUS 9001", "RUS9001\u200b", "\ufeffRUS9001", " RUS9001\u00a0"])
def test_another_spelling_of_an_id_is_the_same_entry(spelling: str) -> None:
    body = DESIGNATION.format("")
    (known,) = documents.digests("uk_sl", "designations", body.encode()).items()
    assert documents.digests("uk_sl", "designations", body.replace("RUS9001", spelling).encode()) == dict([known])


@pytest.mark.parametrize("day", ["2 September 2026", "2026-09-02", "02/09/2026", "02.09.2026"])
def test_the_days_of_a_designation_are_read_in_any_notation(day: str) -> None:
    (listing,) = designation(f"<DateDesignated>{day}</DateDesignated><LastUpdated>{day}</LastUpdated>").listings
    assert (listing.listed_on, listing.amended_on) == ("2026-09-02", "2026-09-02")


def test_several_numbers_of_one_cell_have_their_types() -> None:
    fields = "OGRN 1037739044111 dated 31/01/1994. Tax ID :7725056162"
    wrapped = f"<BusinessRegistrationNumber>{fields}</BusinessRegistrationNumber>"
    record = designation(
        f"<EntityDetails><Entity><TypeOfEntities><TypeOfEntity>Company</TypeOfEntity></TypeOfEntities>"
        f"<BusinessRegistrationNumbers>{wrapped}</BusinessRegistrationNumbers></Entity></EntityDetails>"
    )
    assert [(one.type, one.value) for one in record.identifiers[1:]] == [
        ("ogrn", "1037739044111"),
        ("tax", "7725056162"),
    ]
    assert record.legal_forms == ("Company",)


def test_the_dates_and_the_country_of_a_document_stand_in_their_fields() -> None:
    passport = (
        "<PassportNumber>P99581926</PassportNumber><PassportAdditionalInformation>Afghanistan passport, issued on "
        "8 August 2024 in Kandahar (expires 7 August 2034)</PassportAdditionalInformation>"
    )
    record = designation(PERSON.format(f"<PassportDetails><Passport>{passport}</Passport></PassportDetails>"))
    found = record.identifiers[1]
    assert (found.country, found.issued_on, found.expires_on) == (
        *("AF", PartialDate(date="2024-08-08"), PartialDate(date="2034-08-07")),
    )


def test_an_alias_that_stands_twice_or_elsewhere_changes_nothing() -> None:
    alias = "<Names><Name><Name6>Raven</Name6><NameType>Alias</NameType></Name></Names>"
    once, twice = designation(alias), designation(alias + alias)
    assert canonical.digest(once) == canonical.digest(twice)


def test_several_contacts_of_one_cell_stand_apart() -> None:
    fields = "<PhoneNumbers><PhoneNumber>+963112990016. +963112990034</PhoneNumber></PhoneNumbers>"
    assert [one.value for one in designation(fields).contacts] == ["+963112990016", "+963112990034"]


ENTITY = (
    "<Designation><UniqueID>{}</UniqueID><Names><Name><Name6>{}</Name6><NameType>Primary Name</NameType></Name></Names>"
    "<IndividualEntityShip>Entity</IndividualEntityShip>{}</Designation>"
)
PARENT = (
    "<EntityDetails><Entity><ParentCompanies>"
    "<ParentCompany>{}</ParentCompany></ParentCompanies></Entity></EntityDetails>"
)


@pytest.mark.parametrize(
    ("others", "key"),
    [
        ([("RUS9002", "Grey Lantern")], "uk_sl:RUS9002"),
        ([("RUS9002", "GREY  LANTERN")], "uk_sl:RUS9002"),
        ([("RUS9002", "Grey Lantern"), ("RUS9003", "Grey Lantern")], None),
        ([("RUS9002", "Grey Lanterns")], None),
    ],
)
def test_a_parent_is_a_key_when_one_other_entry_has_its_name(others: list[tuple[str, str]], key: str | None) -> None:
    first = ENTITY.format("RUS9001", "Lamp", PARENT.format("Grey Lantern"))
    rest = "".join(ENTITY.format(id_, name, "") for id_, name in others)
    fingerprints = set()
    for entries in (first + rest, rest + first, first):
        body = f"<Designations><DateGenerated>02/09/2026</DateGenerated>{entries}</Designations>".encode()
        found, _ = documents.read("uk_sl", "designations", body)
        (entry,) = (one for one in found if one.key == "uk_sl:RUS9001")
        assert entry.record is not None
        (relation,) = entry.record.relations
        assert relation.key == (key if entries != first else None)
        fingerprints.add(entry.fingerprint)
    assert len(fingerprints) == (2 if key else 1)


@pytest.mark.shared
def test_the_lists_of_2026_differ_by_what_really_changed(shared: Path) -> None:
    found = []
    for day, count in (("02-23", 5_738), ("08-22", 6_349)):
        (path,) = (shared / "feeds" / "uk_sl").glob(f"REBUILT__2026-{day}__*")
        entries, _ = documents.read("uk_sl", "designations", documents.unpacked(path))
        assert len(entries) == count
        assert sum(one.record is not None and one.record.completeness == "partial" for one in entries) <= 1
        found.append({entry.key: entry.digest for entry in entries})
    before, after = found
    assert len(after.keys() - before.keys()) == 611
    assert before.keys() <= after.keys()
    assert sum(before[key] != after[key] for key in before) == 120


def test_the_number_of_a_company_in_words_is_an_identifier_once() -> None:
    registered = "<BusinessRegistrationNumber>IMO 6036202</BusinessRegistrationNumber>"
    details = f"<BusinessRegistrationNumbers>{registered}</BusinessRegistrationNumbers>"
    for fields in ("", f"<EntityDetails><Entity>{details}</Entity></EntityDetails>"):
        text = f"{fields}<OtherInformation>Its IMO number is 6036202. IMO number: 6036202</OtherInformation>"
        body = DESIGNATION.replace("Individual</", "Entity</").format(text).encode()
        (record,) = documents.records("uk_sl", "designations", body).values()
        assert [one.value for one in record.identifiers if one.type == "imo_company"] == ["6036202"]

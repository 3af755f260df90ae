"""The UK list: its documents at hand read whole, and what its cells mean."""

from pathlib import Path

import pytest

from syncd.core.model import Identifier, PartialDate, Place, Record
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


def test_numbered_passports_keep_their_remarks_and_the_country_only_when_it_is_all_they_say() -> None:
    passport = (
        "<PassportNumber>(1) 223611 (2) C00146605</PassportNumber>"
        "<PassportAdditionalInformation>(1) Libya number (2) Issued in Jordan</PassportAdditionalInformation>"
    )
    record = designation(PERSON.format(f"<PassportDetails><Passport>{passport}</Passport></PassportDetails>"))
    assert record.identifiers[1:] == (
        Identifier(type="passport", value="223611", label="Passport", country="LY", note="Libya number"),
        Identifier(type="passport", value="C00146605", label="Passport", note="Issued in Jordan"),
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
    assert entries[0].record.unreadable == ("IndividualEntityShip",)

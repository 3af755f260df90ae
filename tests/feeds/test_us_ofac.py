"""OFAC's two lists: Advanced and Enhanced give the same records, and nothing of a party's sections is lost."""

import json
import random
from collections import Counter
from collections.abc import Mapping
from functools import cache

import pytest

from syncd.core import canonical
from syncd.core.model import Aircraft, PartialDate, Record, Vessel
from syncd.errors import DocumentRefused
from syncd.feeds.ofac import service
from syncd.feeds.ofac.dates import partial_date
from syncd.feeds.reading import Known
from tests.feeds import documents

SDN, CONS = "us_ofac_sdn", "us_ofac_cons"
HISTORY = "https://sanctionslistservice.ofac.treas.gov/changes/history/2025/09"


@cache
def golden(feed: str, vocabulary: str) -> Mapping[str, Record]:
    body = (documents.GOLDEN / feed / f"invented.{vocabulary}.xml").read_bytes()
    return documents.records(feed, vocabulary, body)


def body_of(feed: str = SDN, vocabulary: str = "advanced") -> bytes:
    return (documents.GOLDEN / feed / f"invented.{vocabulary}.xml").read_bytes()


@pytest.mark.parametrize("feed", [SDN, CONS])
def test_both_vocabularies_give_the_same_records(feed: str) -> None:
    advanced, enhanced = golden(feed, "advanced"), golden(feed, "enhanced")
    assert advanced.keys() == enhanced.keys()
    for key, record in advanced.items():
        assert canonical.form(record) == canonical.form(enhanced[key])


def test_names_are_written_as_ofac_writes_them() -> None:
    names = {name.full for name in golden(SDN, "advanced")[f"{SDN}:90001"].names}
    assert names == {
        "The Stargazer",
        "QALANDARI-NEJAD, Farhad Amin",
        "فرهاد امین قلندری نژاد",
        "VIRELLO OSSA, Fermin Tadeo",
        "KALANDARI, Ferhat",
    }


def test_the_kind_the_strength_and_the_script_of_a_name_are_kept() -> None:
    names = {name.full: name for name in golden(SDN, "advanced")[f"{SDN}:90001"].names}
    assert (names["The Stargazer"].kind, names["The Stargazer"].strength) == ("alias", "weak")
    assert names["فرهاد امین قلندری نژاد"].kind == "primary"
    assert names["فرهاد امین قلندری نژاد"].script == "Arab"
    assert names["KALANDARI, Ferhat"].note == "N.K.A."
    assert [part.kind for part in names["QALANDARI-NEJAD, Farhad Amin"].parts] == ["family", "given", "middle"]


def test_a_birth_date_is_as_exact_as_ofac_knows_it() -> None:
    assert set(golden(SDN, "advanced")[f"{SDN}:90001"].birth_dates) == {
        PartialDate(date="1961"),
        PartialDate(date="1962-03-21", note="Reported; Birthdate is linked to an alias"),
        PartialDate(start="1960", end="1963", circa=True),
        PartialDate(date="1961-04"),
    }


@pytest.mark.parametrize(
    ("days", "meant"),
    [
        (("1997-01-01", "1997-01-01", "1998-12-31", "1998-12-31"), PartialDate(start="1997", end="1998")),
        (("1956-03-01", "1956-03-01", "1956-03-31", "1956-03-31"), PartialDate(date="1956-03")),
        (("1955-03-01", "1955-03-31", "1956-03-01", "1956-03-31"), PartialDate(start="1955-03", end="1956-03")),
        (("1965-03-21", "1965-03-21", "1966-03-20", "1966-03-20"), PartialDate(start="1965-03-21", end="1966-03-20")),
        (("1960-02-01", "1960-02-01", "1960-02-29", "1960-02-29"), PartialDate(date="1960-02")),
        (("1961-01-01", "1961-01-01", "1961-01-01", "1961-01-01"), PartialDate(date="1961-01-01")),
        (("2019-09-19", "2019-09-19", None, None), PartialDate(start="2019-09-19")),
    ],
)
def test_a_period_is_no_more_exact_than_what_it_covers(
    days: tuple[str, str, str | None, str | None], meant: PartialDate
) -> None:
    assert partial_date(*days, circa=False) == meant


def test_an_address_is_told_in_each_script_and_one_without_content_is_none() -> None:
    addresses = golden(SDN, "advanced")[f"{SDN}:90001"].addresses
    assert [(address.city, address.country, address.note) for address in addresses] == [
        ("Tehran", "IR", None),
        ("تهران", "IR", "Arabic"),
        (None, "RU", None),
    ]


def test_a_document_says_where_in_whose_name_and_whether_it_is_genuine() -> None:
    found = {one.value: one for one in golden(SDN, "advanced")[f"{SDN}:90001"].identifiers}
    assert found["X0000001"].note == "issued in Tehran, Iran; Birthdate: 1962-03-21; Gender: Male"
    assert found["000-0000001-0"].validity == "fraudulent"
    assert found["000-0000001-0"].issuer == "Invented Bureau"
    assert found["000-0000001-0"].note == "Alias ID card number; in the name of KALANDARI, Ferhat"
    assert found["1InventedAddressXXXXXXXXXXXXXXXXX"].currency == "XBT"
    assert found["1InventedAddressXXXXXXXXXXXXXXXXX"].validity == "reported"


def test_every_list_and_every_programme_is_kept() -> None:
    listings = golden(SDN, "advanced")[f"{SDN}:90002"].listings
    assert {one.list: one.listed_on for one in listings} == {
        "SDN List": "2022-02-24",
        "Sectoral Sanctions Identifications List": "2014-07-29",
        "Consolidated List": "2014-10-10",
    }
    assert {one.programmes for one in listings} == {("UKRAINE-EO13662", "RUSSIA-EO14024")}
    assert {one.measures for one in listings} == {("Block", "13662 Sectoral Directive 2")}


def test_a_relation_stands_with_the_party_that_it_starts_from() -> None:
    records = golden(SDN, "advanced")
    found = {relation.key: relation for relation in records[f"{SDN}:90001"].relations}
    assert found[f"{SDN}:90002"].note == "quality: High"
    assert found[f"{SDN}:90003"].note == "2019-09-19 to; Deputy of the invented board"
    assert not records[f"{SDN}:90002"].relations


def test_a_vessel_has_its_particulars_and_its_numbers() -> None:
    record = golden(SDN, "advanced")[f"{SDN}:90003"]
    assert record.kind == "vessel"
    assert record.vessel == Vessel(
        types=("Crude Oil Tanker",),
        flags=("PA",),
        former_flags=("KP",),
        tonnage="318,000",
        gross_tonnage="163,660",
        built=(PartialDate(date="1999"),),
    )
    assert ("imo", "9999993") in {(one.type, one.value) for one in record.identifiers}
    assert ("Vessel Gross Registered Tonnage", "160,576") in {(one.name, one.value) for one in record.other}


def test_an_aircraft_has_its_particulars_and_its_numbers() -> None:
    record = golden(SDN, "advanced")[f"{SDN}:90004"]
    assert record.kind == "aircraft"
    assert record.aircraft == Aircraft(
        models=("An-26",), operators=("Invented Air",), manufactured=(PartialDate(date="1975", note="Confirmed"),)
    )
    assert Counter(one.type for one in record.identifiers) == {
        "construction_number": 1,
        "serial_number": 1,
        "tail_number": 2,
        "mode_s": 1,
    }


def test_the_order_of_sections_and_of_what_is_in_them_means_nothing() -> None:
    expected, _ = documents.read(SDN, "advanced", body_of(), strict=True)
    root = documents.tree(body_of())
    shuffle = random.Random(7).shuffle
    for section in root:
        children = list(section)
        shuffle(children)
        section[:] = children
    tables = [child for child in root if child.tag.endswith(("DateOfIssue", "ReferenceValueSets"))]
    sections = [child for child in root if child not in tables]
    root[:] = [*reversed(sections), *tables]
    found, _ = documents.read(SDN, "advanced", documents.written(root), strict=True)
    assert {entry.key: (entry.fingerprint, entry.digest) for entry in found} == {
        entry.key: (entry.fingerprint, entry.digest) for entry in expected
    }


def test_a_new_compatriot_does_not_change_the_bytes_of_a_party() -> None:
    """A country's location lists the features of everybody who has that nationality."""
    more = body_of().replace(
        b'<FeatureVersionReference FeatureVersionID="706"/>',
        b'<FeatureVersionReference FeatureVersionID="706"/><FeatureVersionReference FeatureVersionID="999"/>',
    )
    assert more != body_of()
    before, _ = documents.read(SDN, "advanced", body_of())
    after, _ = documents.read(SDN, "advanced", more)
    assert {entry.fingerprint for entry in before} == {entry.fingerprint for entry in after}


def changed(old: bytes, new: bytes, body: bytes | None = None) -> bytes:
    whole = body_of() if body is None else body
    assert old in whole
    return whole.replace(old, new)


def invented() -> bytes:
    """A person with a feature of a type that nobody knows, and a birth date that no calendar has."""
    body = changed(
        b'<FeatureType ID="14" ',
        b'<FeatureType ID="7777" FeatureTypeGroupID="1">Aura</FeatureType><FeatureType ID="14" ',
    )
    body = changed(b'ID="20711" FeatureTypeID="14"', b'ID="20711" FeatureTypeID="7777"', body)
    return changed(b"<Month>3</Month>\n                  <Day>21</Day>", b"<Month>3</Month><Day>41</Day>", body)


def test_an_unknown_feature_or_unreadable_date_makes_a_record_partial() -> None:
    """An unknown feature and an unreadable date make a record partial and cost nothing else."""
    entries, _ = documents.read(SDN, "advanced", invented())
    record = next(entry.record for entry in entries if entry.key == f"{SDN}:90001")
    assert record is not None
    assert record.completeness == "partial"
    assert ("Aura", "www.invented.example") in {(one.name, one.value) for one in record.other}
    assert PartialDate(text="1962-03-41", note="Reported; Birthdate is linked to an alias") in record.birth_dates
    assert record.unreadable == ("Birthdate",)
    assert len(record.names) == 5
    assert not [entry.problem for entry in entries if entry.problem]


def test_strict_reading_refuses_what_is_not_understood() -> None:
    with pytest.raises(DocumentRefused, match="us_ofac_sdn:90001 is partial"):
        documents.read(SDN, "advanced", invented(), strict=True)


def test_a_new_digital_currency_is_understood_by_its_label() -> None:
    body = changed(b"Digital Currency Address - ETH", b"Digital Currency Address - NEW")
    body = changed(b'FeatureType ID="345"', b'FeatureType ID="9345"', body)
    body = changed(b'FeatureTypeID="345"', b'FeatureTypeID="9345"', body)
    found = documents.records(SDN, "advanced", body)[f"{SDN}:90002"].identifiers
    assert "NEW" in {one.currency for one in found}


def test_a_reference_to_nothing_makes_a_record_partial() -> None:
    entries, _ = documents.read(
        SDN, "advanced", changed(b'VersionLocation LocationID="802"', b'VersionLocation LocationID="8"')
    )
    record = next(entry.record for entry in entries if entry.key == f"{SDN}:90001")
    assert record is not None
    assert ("LocationID", "8") in {(one.name, one.value) for one in record.other}


def test_a_sanctions_entry_of_nobody_keeps_the_earlier_record_of_its_party() -> None:
    root = documents.tree(body_of())
    party = next(one for one in root.iter("{*}DistinctParty") if one.get("FixedRef") == "90004")
    parent = party.getparent()
    assert parent is not None
    parent.remove(party)
    entries, _ = documents.read(SDN, "advanced", documents.written(root))
    assert [entry.key for entry in entries if entry.problem and entry.key] == [f"{SDN}:90004"]


def test_a_document_of_the_other_list_is_refused() -> None:
    for vocabulary in ("advanced", "enhanced"):
        with pytest.raises(DocumentRefused, match="it is not the SDN List"):
            documents.read(SDN, vocabulary, body_of(CONS, vocabulary))


def test_a_relabelled_code_makes_every_entry_be_read_again() -> None:
    entries, first = documents.read(SDN, "advanced", body_of())
    known = Known(
        fingerprints={entry.fingerprint: entry.key or "" for entry in entries}, references=first.header.references
    )
    unchanged, _ = documents.read(SDN, "advanced", body_of(), known=known)
    assert not [entry.record for entry in unchanged if entry.record]
    again, _ = documents.read(SDN, "advanced", changed(b">Executive Order 14024 (Russia)<", b">EO 14024<"), known=known)
    assert [entry.record for entry in again if entry.record]


def test_a_code_that_nobody_uses_any_more_makes_no_entry_be_read_again() -> None:
    unused = b'<AliasType ID="1401">'
    more = changed(unused, b'<AliasType ID="1499">Unused</AliasType>' + unused)
    entries, first = documents.read(SDN, "advanced", more)
    known = Known(
        fingerprints={entry.fingerprint: entry.key or "" for entry in entries}, references=first.header.references
    )
    again, _ = documents.read(SDN, "advanced", body_of(), known=known)
    assert not [entry.record for entry in again if entry.record]


def test_the_gate_answers_with_the_latest_publication() -> None:
    rows = [
        {"publicationID": 12, "datePublished": "2025-09-02T10:00:00.1"},
        {"publicationID": 9, "datePublished": "2025-09-01T10:00:00"},
    ]
    body = json.dumps(rows).encode()
    answer = service.read_history(body, HISTORY)
    assert answer.token == "12"
    assert [(one.id, one.date) for one in answer.history] == [("9", "2025-09-01"), ("12", "2025-09-02")]


def test_a_month_without_a_publication_gives_a_stable_token() -> None:
    assert service.read_history(b"[]", HISTORY).token == service.read_history(b" []", HISTORY).token
    assert (
        service.read_history(b"[]", HISTORY).token != service.read_history(b"[]", HISTORY.replace("/09", "/10")).token
    )


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"{}", b'[{"id": 1}]', b"[1]", b'[{"publicationID": "x", "datePublished": 1}]']
)
def test_a_history_that_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(DocumentRefused):
        service.read_history(body, HISTORY)


def test_an_attribute_of_the_schema_costs_no_entity_its_record() -> None:
    """`xsi:nil` and the like, in a document that declares prefixes beside that one."""
    body = body_of(SDN, "enhanced")
    declared = body.replace(b"<sanctionsData ", b'<sanctionsData xmlns:xsd="http://www.w3.org/2001/XMLSchema" ')
    marked = declared.replace(b"<entity ", b'<entity xsi:nil="false" ')
    assert marked.count(b"xsi:nil") > 1
    assert documents.records(SDN, "enhanced", marked) == documents.records(SDN, "enhanced", body)

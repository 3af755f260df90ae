"""What a record becomes in FollowTheMoney. That its model takes it is tested with the real one (`tests/deploy`)."""

import msgspec
import pytest

from syncd.core.events import Change, Evidence, Times
from syncd.core.model import Identifier, IdentifierType, Name, PartialDate, Record, Relation
from syncd.exports import difference, ftm, ftm_party, ftm_values
from syncd.exports.ftm_party import FtmEntity, entity_id
from tests.exports.invented import COMPANY, FACTS, FEED, GROUP, PERSON, RECORDS, SHIP


def entities(record: Record) -> dict[str, FtmEntity]:
    made = list(ftm.entities(record, FACTS))
    assert len({one.id for one in made}) == len(made)
    return {one.id: one for one in made}


def main(record: Record) -> FtmEntity:
    return entities(record)[entity_id(record.key)]


def of_schema(record: Record, schema: str) -> list[FtmEntity]:
    return [one for one in entities(record).values() if one.schema == schema]


def test_each_kind_has_its_schema() -> None:
    assert [main(record).schema for record in RECORDS] == ["Person", "Company", "Vessel", "Organization"]


def test_an_id_stays_with_its_key_and_has_only_what_ids_may_have() -> None:
    assert entity_id("us_ofac_sdn:7") == "us-ofac-sdn.7"
    assert entity_id("un_sc:QDi.001") == "un-sc.QDi.001"
    odd = {entity_id(f"uk_sl:{text}") for text in ("M/V Odd", "M/V ODD", "ü", ".x", "x" * 200)}
    assert len(odd) == 5
    assert all(ftm_party._PLAIN.fullmatch(one.rpartition(".")[2]) and one.startswith("uk-sl.x.") for one in odd)


def test_names_go_by_kind_and_strength() -> None:
    found = main(PERSON).properties
    names = {name: found[name] for name in ("name", "alias", "weakAlias", "previousName", "firstName", "lastName")}
    assert names == {
        "name": ["NOBODY, Odd"], "alias": ["The Paper"], "weakAlias": ["Oddie"], "previousName": ["Odd Somebody"],
        "firstName": ["Odd"], "lastName": ["NOBODY"],
    }  # fmt: skip


def test_whoever_has_a_weak_name_alone_has_a_name() -> None:
    weak = msgspec.structs.replace(GROUP, names=(Name(full="Xi\u0092an", kind="alias", strength="weak"),))
    assert main(weak).properties["name"] == ["Xian"]


def test_what_is_said_twice_is_one_entity() -> None:
    listing = PERSON.listings[0]
    twice = msgspec.structs.replace(
        PERSON, listings=(listing, msgspec.structs.replace(listing, effective_on="2020-02-05"))
    )
    (sanction,) = of_schema(twice, "Sanction")
    assert sanction.properties["startDate"] == ["2020-02-05"]


def test_a_measure_starts_when_the_publisher_says_so_and_is_listed_apart() -> None:
    (sanction,) = of_schema(PERSON, "Sanction")
    assert sanction.properties["listingDate"] == ["2020-02-03"]
    assert "startDate" not in sanction.properties


NUMBERS = (
    (PERSON, "registration", "registrationNumber"),
    (PERSON, "driving_licence", "idNumber"),
    (PERSON, "imo", "notes"),
    (GROUP, "passport", "idNumber"),
    (GROUP, "call_sign", "notes"),
    (GROUP, "imo_company", "registrationNumber"),
    (SHIP, "registration", "registrationNumber"),
    (SHIP, "imo_company", "notes"),
    (SHIP, "tax", "notes"),
    (SHIP, "mmsi", "mmsi"),
)


@pytest.mark.parametrize(("record", "kind", "name"), NUMBERS)
def test_a_number_goes_where_a_party_has_such_numbers(record: Record, kind: IdentifierType, name: str) -> None:
    """IMO numbers here do not check: what is kept as any number, or is no number of such a party, goes elsewhere."""
    numbered = msgspec.structs.replace(record, identifiers=(Identifier(type=kind, value="9990009"),))
    assert [at for at, found in main(numbered).properties.items() if any("9990009" in one for one in found)] == [name]


def test_a_date_is_as_exact_as_it_can_be_matched() -> None:
    found = main(PERSON).properties
    assert found["birthDate"] == ["1961", "1962", "1963"]
    assert "born: 1961 to 1963" in found["notes"]
    assert "born: about 1962-03-05" in found["notes"]


DATES = (
    (PartialDate(date="1962-03"), ("1962-03",)),
    (PartialDate(start="1962-03-01", end="1962-03-20"), ("1962-03",)),
    (PartialDate(start="1962-03-01", end="1962-05-20"), ("1962",)),
    (PartialDate(start="1960", end="1969"), tuple(str(year) for year in range(1960, 1970))),
    (PartialDate(start="1960", end="1970"), ()),
    (PartialDate(start="1960"), ()),
    (PartialDate(text="soon"), ()),
    (PartialDate(date="1380-01-01", calendar="solar_hijri"), ()),
)


@pytest.mark.parametrize(("published", "dates"), DATES)
def test_a_range_is_written_out_or_left_to_the_notes(published: PartialDate, dates: tuple[str, ...]) -> None:
    assert ftm_values.dates(published) == dates


def test_a_country_without_a_code_is_in_the_notes() -> None:
    found = main(PERSON).properties
    assert found["nationality"] == ["ir", "suhh"]
    assert "birthCountry (withdrawn code): YD" in found["notes"]


def test_a_number_that_does_not_check_is_kept_as_any_number() -> None:
    found = main(PERSON).properties
    assert found["innCode"] == ["7707083893"]
    assert found["idNumber"] == ["7707083890"]
    assert found["socialSecurityNumber"] == ["123456789"]
    company = main(COMPANY).properties
    assert (company["imoNumber"], company["swiftBic"]) == (["IMO1234567"], ["PAPRIRTH"])
    assert company["registrationNumber"] == ["PAPRIRTHXXX", "R-1"]


FORMS = (
    (ftm_values.checked_imo, "9074729", "IMO9074729"),
    (ftm_values.checked_imo, "9074720", None),
    (ftm_values.ogrn, "1027700132195", "1027700132195"),
    (ftm_values.ogrn, "1027700132190", None),
    (ftm_values.uscc, "91110000600037341L", "91110000600037341L"),
    (ftm_values.uscc, "91110000600037342L", None),
    (ftm_values.checked_lei, "5493001kjtiigc8y1r12", "5493001KJTIIGC8Y1R12"),
    (ftm_values.bic, "PAPRIRTHXX", None),
    (ftm_values.phone, "0098 21 5550100", "+98215550100"),
    (ftm_values.phone, "021 5550100", None),
    (ftm_values.email, "odd at paper", None),
    (ftm_values.website, "WWW.Paper.example/A", "http://www.paper.example/A"),
    (ftm_values.website, "see the paper", None),
    (ftm_values.social_security, "000-12-3456", None),
)


@pytest.mark.parametrize(("form", "value", "found"), FORMS)
def test_a_value_is_clean_or_none(form: ftm_values.CheckedForm, value: str, found: str | None) -> None:
    assert form(value) == found


def test_papers_wallets_and_addresses_hang_on_the_party() -> None:
    (passport,) = of_schema(PERSON, "Passport")
    assert passport.properties["holder"] == [entity_id(PERSON.key)]
    assert (passport.properties["number"], passport.properties["endDate"]) == (["X1"], ["2030-01"])
    (wallet,) = of_schema(PERSON, "CryptoWallet")
    assert (wallet.properties["publicKey"], wallet.properties["currency"]) == (["bc1qpaper"], ["XBT"])
    (address,) = of_schema(PERSON, "Address")
    assert address.properties["full"] == ["1 Cloud St., Floor 2, Nowhere"]
    assert main(PERSON).properties["addressEntity"] == [address.id]


def test_a_listing_is_a_sanction_and_says_all_of_it() -> None:
    (sanction,) = of_schema(PERSON, "Sanction")
    found = sanction.properties
    assert (found["program"], found["provisions"], found["reason"]) == (["PAPER", "CLOUDS"], ["Freeze"], ["He folds."])
    assert (found["listingDate"], found["authorityId"], found["unscId"]) == (["2020-02-03"], ["7"], ["QDi.999"])
    assert main(PERSON).properties["topics"] == ["sanction"]
    controlled = msgspec.structs.replace(FACTS, effect="export_control")
    assert next(ftm.entities(GROUP, controlled)).properties["topics"] == ["export.control"]


def test_a_tie_is_an_edge_that_its_ends_allow() -> None:
    person, company, ship = (of_schema(record, "Ownership") for record in (PERSON, COMPANY, SHIP))
    assert person == []  # nobody owns a person
    assert company[0].properties["owner"] == [entity_id(PERSON.key)]
    assert company[0].properties["status"] == ["former"]
    assert ship[0].properties["asset"] == [entity_id(SHIP.key)]
    (link,) = of_schema(PERSON, "UnknownLink")
    assert link.properties["role"] == ["owned or controlled by"]
    (family,) = of_schema(PERSON, "Family")
    assert family.properties["relative"] == ["us-ofac-sdn.10"]
    assert "brother: Somebody" in main(PERSON).properties["notes"]


def test_a_tie_to_itself_is_a_note() -> None:
    own = msgspec.structs.replace(GROUP, relations=(Relation(type="associate of", key=GROUP.key),))
    assert [one.schema for one in entities(own).values()] == ["Organization"]
    assert main(own).properties["notes"] == [f"associate of: {GROUP.key}"]


def test_nothing_published_is_lost() -> None:
    """Each text of a record stands somewhere in its entities; names and numbers may have another form there."""
    written = " ".join(
        value for one in entities(PERSON).values() for values in one.properties.values() for value in values
    )
    for text in ("white", "Colour", "XBT", "Floor 2", "Freeze", "Somebody", "He folds.", "7707083890", "Paper List"):
        assert text in written


def change(before: Record | None, after: Record | None) -> Change:
    raw = [None if one is None else msgspec.Raw(msgspec.json.encode(one)) for one in (before, after)]
    return Change(
        feed=FEED, key="k", type="amended", sequence=2, commit=2, index=0, count=1, cause="publication",
        origin="source", material=True, times=Times(observed="2031-04-02"),
        evidence=Evidence(document="d0", source="xml"), committed_at="2031-04-02", before=raw[0], after=raw[1],
    )  # fmt: skip


def test_a_commit_is_the_difference_of_its_entities() -> None:
    after = msgspec.structs.replace(
        PERSON,
        names=(*PERSON.names, Name(full="Odder", kind="alias")),
        identifiers=(*PERSON.identifiers[1:], Identifier(type="passport", value="X2")),
    )
    found = [(one.op, one.entity) for one in difference.operations(change(PERSON, after), FACTS)]
    kept, made = {one.id: one for one in ftm.entities(PERSON, FACTS)}, entities(after)
    for op, entity in found:
        if op == "DEL":
            del kept[entity["id"]]
        else:
            assert (entity.id in kept) is (op == "MOD")
            kept[entity.id] = entity
    assert kept == made
    assert sorted(op for op, _ in found) == ["ADD", "DEL", "MOD"]


def test_a_designation_adds_and_a_delisting_takes_away() -> None:
    assert {one.op for one in difference.operations(change(None, SHIP), FACTS)} == {"ADD"}
    gone = list(difference.operations(change(SHIP, None), FACTS))
    assert {one.op for one in gone} == {"DEL"}
    assert {one.entity["id"] for one in gone} == set(entities(SHIP))


def test_a_list_of_no_country_states_none() -> None:
    facts = msgspec.structs.replace(FACTS, jurisdiction="XX")
    (sanction,) = [one for one in ftm.entities(PERSON, facts) if one.schema == "Sanction"]
    assert "country" not in sanction.properties

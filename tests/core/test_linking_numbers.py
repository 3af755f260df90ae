"""Numbers of one party, numbers of many, and ids that were given to several."""

import pytest
from msgspec.structs import replace

from syncd.core.diff import is_another_target
from syncd.core.linking import Linker
from syncd.core.model import IdentifierType, Listing, Record
from tests.core.linked import company, linked, number, of, person, settled

# A company on four lists, each in its own words; the number alone is common to them.
FOUR = (
    company("us_ofac_sdn:1", "QUILLON SHIPPING CO LTD", identifiers=number("imo_company", "5412345")),
    company("un_sc:1", "Quillon Maritime", identifiers=number("imo_company", "IMO 5412345")),
    company("au_dfat:1", "Ocean Bright Enterprise", identifiers=number("imo_company", "5412345")),
    company("jp_mof:1", "Quillon Kaiun", identifiers=number("imo_company", "5412345")),
)


def test_a_company_imo_number_joins_four_lists() -> None:
    """A company imo number joins four lists whatever they call the company."""
    assert len(linked(*FOUR)) == 6


@pytest.mark.parametrize(
    ("kind", "value"),
    [("lei", "529900T8BM49AURSDO55"), ("imo_company", "5412345")],
)
def test_a_number_of_one_party_joins_organisations_under_unlike_names(kind: IdentifierType, value: str) -> None:
    one = company("us_ofac_sdn:1", "Quillon Shipping", identifiers=number(kind, value))
    other = company("eu_fsf:1", "Ocean Bright Enterprise", identifiers=number(kind, value))
    assert linked(one, other) == [("eu_fsf:1", "us_ofac_sdn:1")]


@pytest.mark.parametrize(
    ("kind", "wider", "value"),
    [
        ("inn", "tax", "7707083893"),
        ("ogrn", "registration", "1027700132195"),
        ("imo_company", "imo", "5412345"),
        ("imo_company", "registration", "5412345"),
        ("lei", "registration", "529900T8BM49AURSDO55"),
        ("uscc", "registration", "91310000710924515P"),
    ],
)
def test_a_number_is_the_same_under_the_wider_heading_of_another_list(
    kind: IdentifierType, wider: IdentifierType, value: str
) -> None:
    one = company("us_ofac_sdn:1", "Quillon Shipping", identifiers=number(kind, value))
    other = company("eu_fsf:1", "Quillon Shipping", identifiers=number(wider, value))
    assert linked(one, other) == [("eu_fsf:1", "us_ofac_sdn:1")]


def test_a_reason_for_registration_that_thousands_share_says_nothing() -> None:
    one = company("us_ofac_sdn:1", "Quillon Shipping", identifiers=number("kpp", "770801001"))
    other = company("eu_fsf:1", "Ocean Bright Enterprise", identifiers=number("kpp", "770801001"))
    assert linked(one, other, suggested=True) == []


def test_two_ships_of_one_owner_are_two_though_both_state_its_number() -> None:
    one = of("vessel", "us_ofac_sdn:1", "AMBER TIDE", identifiers=number("imo_company", "5412345"))
    other = of("vessel", "eu_fsf:1", "CORAL WIND", identifiers=number("imo_company", "5412345"))
    assert linked(one, other, suggested=True) == []


def test_a_crypto_address_alone_makes_no_target_of_two_parties() -> None:
    address = number("crypto_address", "bc1qxy2kgdygjrsqtzq2n0yrf2493p83kkfjhx0wlh")
    one = person("us_ofac_sdn:1", "Zoltan Quandrik Ulmberg", identifiers=address)
    other = person("uk_sl:1", "Fenella Oxtoby Marrowgate", identifiers=address)
    assert linked(one, other) == []
    assert linked(one, other, suggested=True) == [("uk_sl:1", "us_ofac_sdn:1")]


def test_an_id_that_was_given_to_several_parties_is_no_evidence() -> None:
    before = person("uk_sl:RUS0001~0", "Zoltan Quandrik Ulmberg", identifiers=number("uk_reference", "RUS0001"))
    after = person("uk_sl:RUS0001", "Fenella Oxtoby Marrowgate", identifiers=number("uk_reference", "RUS0001"))
    third = person("ch_seco:1", "Ibrahim Tussok Delacourt", identifiers=number("uk_reference", "RUS0001"))
    linker = Linker()
    linker.put(before, reused=True)
    linker.put(after, reused=True)
    linker.put(third)
    assert settled(linker) == ()
    linker.put(after)
    assert [(one.a, one.b) for one in settled(linker)] == [("ch_seco:1", "uk_sl:RUS0001")]


@pytest.mark.parametrize("own", ["RUS0001", "rus 0001", "RUS-0001"])
def test_its_own_id_does_not_make_a_record_the_same_target(own: str) -> None:
    before = person("uk_sl:RUS0001", "Zoltan Quandrik Ulmberg", identifiers=number("uk_reference", own))
    after = person("uk_sl:RUS0001", "Fenella Oxtoby Marrowgate", identifiers=number("uk_reference", own))
    assert is_another_target(before, after)
    same = person("uk_sl:RUS0001", "Fenella Oxtoby Marrowgate", identifiers=number("passport", "7001234567"))
    assert not is_another_target(person("uk_sl:RUS0001", "Zoltan", identifiers=same.identifiers), same)


MINISTER = "Minister of Fisheries of the Northern Province"
LISTED = (Listing(list="list", listed_on="2020-10-16"),)


def official(key: str, born: str, **fields: object) -> Record:
    standard = {"nationalities": ("SY",), "positions": (MINISTER,), "listings": LISTED}
    return person(key, "Zoltan Quandrik Ulmberg", born=born, **{**standard, **fields})


@pytest.mark.parametrize("born", ["1961-05-18", "1961-05-16", "1962-05-17", "1961-06-17", "1961-05-07", "1951-05-17"])
def test_a_slip_in_a_date_of_birth_forbids_no_link(born: str) -> None:
    """Dates of birth that a slip makes of each other forbid nothing that agrees."""
    un = official("un_sc:1", "1961-05-17")
    assert linked(un, official("uk_sl:1", born)) == [("uk_sl:1", "un_sc:1")]


def test_day_and_month_may_be_swapped_and_a_month_end_passed() -> None:
    for ours, theirs in (("1961-05-07", "1961-07-05"), ("1961-05-31", "1961-06-01"), ("1960-12-31", "1961-01-01")):
        one, other = official("un_sc:1", ours), official("uk_sl:1", theirs)
        assert linked(one, other) == [("uk_sl:1", "un_sc:1")]


@pytest.mark.parametrize(
    "fields",
    [
        {"born": "1963-08-29"},
        {"positions": ("Owner of a bakery",)},
        {"listings": (Listing(list="list", listed_on="2021-01-01"),)},
        {"names": person("x:1", "Zoltan Bogdan Ulmberg").names},
    ],
    ids=str,
)
def test_a_slip_is_none_without_what_else_agrees(fields: dict[str, object]) -> None:
    born = str(fields.pop("born", "1961-05-18"))
    other = official("uk_sl:1", born)
    assert linked(official("un_sc:1", "1961-05-17"), replace(other, **fields)) == []


def test_a_slip_and_the_same_passport_are_one() -> None:
    shared = {"identifiers": number("passport", "7001234567"), "positions": (), "listings": ()}
    one, other = official("un_sc:1", "1961-05-17", **shared), official("uk_sl:1", "1971-05-17", **shared)
    assert linked(one, other) == [("uk_sl:1", "un_sc:1")]

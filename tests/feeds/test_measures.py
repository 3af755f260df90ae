"""What a listing imposes: the publisher's terms decide, else its programmes, else what is usual on the list."""

import pytest

from syncd.core.model import Kind, Listing, MeasureType, Name, Record
from syncd.feeds import all_feeds, one_feed
from syncd.feeds.measures import with_measure_types


def types(feed: str, *measures: str, kind: Kind = "person", programmes: tuple[str, ...] = ()) -> tuple[str, ...]:
    record = Record(
        key=f"{feed}:1",
        feed=feed,
        kind=kind,
        names=(Name(full="Vell", kind="primary"),),
        listings=(Listing(list="A list", measures=measures, programmes=programmes),),
    )
    return with_measure_types(record, one_feed(feed).measures).listings[0].measure_types


@pytest.mark.parametrize(
    ("feed", "measure", "found"),
    [
        ("us_ofac_sdn", "Block", ("asset_freeze",)),
        ("us_ofac_cons", "13662 Sectoral Directive 1", ("capital_market",)),
        ("us_ofac_cons", "13662 Sectoral Directive 4", ("other",)),
        ("us_ofac_cons", "Executive Order 14024 Directive 3", ("capital_market",)),
        ("us_ofac_cons", "Executive Order 14024 Directive 2", ("other",)),
        ("us_ofac_cons", "CMIC Executive Order", ("capital_market",)),
        ("us_ofac_cons", "Reject", ("other",)),
        ("uk_sl", "Asset freeze", ("asset_freeze",)),
        ("uk_sl", "Prohibition of port entry", ("port_ban",)),
        ("uk_sl", 'Shipping sanctions: (see "Other information")', ("port_ban",)),
        ("uk_sl", 'Transport sanctions: see "Other information"', ("other",)),
        ("uk_sl", "Director Disqualification Sanction", ("other",)),
        ("uk_sl", "Targeted arms embargo", ("arms",)),
        (
            "ch_seco",
            "article 12 (Financial sanctions) and 25 para. 1 (Travelban), annexe 13",
            ("asset_freeze", "travel_ban"),
        ),
        ("ch_seco", "article 16 and 17 -- Restrictions on the money and capital market", ("capital_market",)),
        ("ch_seco", "Vessel-related measures", ("port_ban",)),
        ("nz_russia", "Dealing with Securities", ("capital_market",)),
        ("nz_russia", "Service Prohibition", ("other",)),
        ("au_dfat", "Maritime Restriction", ("port_ban",)),
        ("us_bis_el", "For all items subject to the EAR", ("export_control",)),
    ],
)
def test_a_term_of_the_publisher_means(feed: str, measure: str, found: tuple[MeasureType, ...]) -> None:
    assert types(feed, measure) == found


def test_a_term_that_nobody_knows_is_other_and_hides_no_known_one() -> None:
    assert types("uk_sl", "Travel Ban", "Invented Ban") == ("travel_ban", "other")


def test_without_terms_the_programme_decides_and_else_what_is_usual() -> None:
    assert types("un_sc", programmes=("GB",)) == ("travel_ban",)
    assert types("un_sc", programmes=("Taliban",)) == ("asset_freeze", "travel_ban", "arms")
    assert types("un_sc", programmes=("Invented",)) == ("asset_freeze",)
    assert types("uk_sl") == ("asset_freeze",)


@pytest.mark.parametrize("kind", ["organisation", "vessel"])
def test_what_is_usual_is_said_of_whom_it_can_concern(kind: Kind) -> None:
    assert types("un_sc", kind=kind, programmes=("DPRK",)) == ("asset_freeze",)
    assert types("uk_sl", "Travel Ban", kind=kind) == ("travel_ban",)  # as published


def test_the_order_of_the_terms_says_nothing() -> None:
    assert types("uk_sl", "Travel Ban", "Asset freeze") == types("uk_sl", "Asset freeze", "Travel Ban")


def test_the_effect_of_a_list_does_not_follow_from_its_measures() -> None:
    """The reason why a feed states both: one measure is usual on lists of three effects."""
    effects = {feed.effect for feed in all_feeds().values() if feed.measures.possible == ("export_control",)}
    assert effects == {"export_control", "export_risk", "debarment"}

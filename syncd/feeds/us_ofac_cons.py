"""OFAC's consolidated list: everybody on one of its lists other than the SDN list."""

from syncd.feeds.contract import Feed, Limits, Measures
from syncd.feeds.ofac import service

FEED = Feed(
    id="us_ofac_cons",
    partition=1,
    title="Consolidated Sanctions List (Non-SDN Lists)",
    jurisdiction="US",
    authority="Office of Foreign Assets Control (OFAC), US Department of the Treasury",
    legal_basis="executive orders 13662, 13959, 14024 and others; 31 CFR chapter V",
    homepage="https://ofac.treasury.gov/consolidated-sanctions-list-non-sdn-lists",
    id_rule="DistinctParty/@FixedRef in Advanced, entity/@id in Enhanced: the same number, OFAC's own id of the party",
    sources=service.sources("CONS", megabytes=5, zipped_megabytes=1),
    readers=service.readers("us_ofac_cons", "Consolidated List"),
    parser_version=3,
    measures=Measures(
        usual=("other",),
        source=("sanctionsType of each entry: blocking, rejecting, and the directives."),
        terms=service.MEASURE_TERMS,
    ),
    interval_seconds=60,
    # No two neighbouring versions are known; the list has had 375 (2020) and 443 (2025) records.
    limits=Limits(records_min=200, removals_max=40, removals_ratio=0.1),
    quirks=(
        "A party that also stands on the SDN list has a listing for each list.",
        "A relation may name a party that stands on the SDN list only: OFAC numbers both lists in one row.",
    ),
    delay="minutes: the list is the act's publication",
)

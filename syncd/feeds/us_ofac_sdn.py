"""The United States' list of Specially Designated Nationals and Blocked Persons (OFAC SDN)."""

from syncd.feeds.contract import Feed, Limits, Measures
from syncd.feeds.ofac import service

FEED = Feed(
    id="us_ofac_sdn",
    partition=0,
    title="Specially Designated Nationals and Blocked Persons List",
    jurisdiction="US",
    authority="Office of Foreign Assets Control (OFAC), US Department of the Treasury",
    legal_basis="International Emergency Economic Powers Act and other acts, executive orders, 31 CFR chapter V",
    homepage="https://ofac.treasury.gov/specially-designated-nationals-and-blocked-persons-list-sdn-human-readable-lists",
    id_rule="DistinctParty/@FixedRef in Advanced, entity/@id in Enhanced: the same number, OFAC's own id of the party",
    sources=service.sources("SDN", megabytes=118, zipped_megabytes=6),
    readers=service.readers("us_ofac_sdn", "SDN List"),
    parser_version=3,
    measures=Measures(
        usual=("asset_freeze",),
        source=("sanctionsType of each entry; the list itself is that of blocked persons."),
        terms=service.MEASURE_TERMS,
    ),
    interval_seconds=60,
    # Nine versions of 2024 and 2025: at most 59 removals between two, but for a mass delisting of 520 in summer 2025.
    limits=Limits(records_min=10_000, removals_max=150, removals_ratio=0.01),
    bytes_reason="the gate is a list of numbers; the document travels only after a publication, a few times a week",
    quirks=(
        "A relation stands with the party that it starts from; its direction is sometimes stated the wrong way round.",
        "The currency of a digital currency address is OFAC's label, which is not reliable.",
        "A feature marked False is not true of the party: its identifiers stand as fraudulent, all else under other.",
        "A directive has dates of its own: where they are no listing's, it stands as a listing of its own.",
        "A name's parts go by the ids of their groups; a name is primary by the type of its alias (1403).",
        "A birth date from the first to the last day of a year means that only the year is known.",
        "A party that moves to a non-SDN list keeps its id there, in another file.",
    ),
    delay="minutes: the list is the act's publication",
)

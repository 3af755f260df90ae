"""The United States' list of Specially Designated Nationals and Blocked Persons (OFAC SDN)."""

from syncd.feeds import ofac
from syncd.feeds.contract import Feed, Limits

FEED = Feed(
    id="us_ofac_sdn",
    title="Specially Designated Nationals and Blocked Persons List",
    jurisdiction="US",
    authority="Office of Foreign Assets Control (OFAC), US Department of the Treasury",
    legal_basis="International Emergency Economic Powers Act and other acts, executive orders, 31 CFR chapter V",
    homepage="https://ofac.treasury.gov/specially-designated-nationals-and-blocked-persons-list-sdn-human-readable-lists",
    id_rule="DistinctParty/@FixedRef in Advanced, entity/@id in Enhanced: the same number, OFAC's own id of the party",
    sources=ofac.sources("SDN", megabytes=118, zipped_megabytes=6),
    readers=ofac.readers("us_ofac_sdn", "SDN List"),
    interval_seconds=60,
    limits=Limits(records_min=10_000, removals_max=200, removals_ratio=0.012),
)

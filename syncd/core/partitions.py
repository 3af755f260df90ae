"""Which feed owns which partition. Append only: a number, once given, is never given to another feed.

Every per-feed topic has `PARTITIONS` partitions, and partition = feed on all of them. The last is nobody's: what is
there is the coordinator's, which reads all feeds and is none.
"""

PARTITIONS = 64
FEEDS_MAX = PARTITIONS - 1

SLOTS: dict[str, int] = {
    "us_ofac_sdn": 0,
    "us_ofac_cons": 1,
    "eu_fsf": 2,
    "uk_sl": 3,
    "un_sc": 4,
    "ca_sema": 5,
    "ch_seco": 6,
    "fr_dgt": 7,
    "au_dfat": 8,
    "jp_mof": 9,
    "jp_meti": 10,
    "nz_russia": 11,
    "us_bis_el": 12,
    "us_bis_dpl": 13,
    "us_bis_uvl": 14,
    "us_bis_meu": 15,
    "us_state_isn": 16,
    "us_state_aeca": 17,
}

# Numbers of feeds that are no more. They stay here so that nobody takes them.
RETIRED: dict[str, int] = {}


def partition_of(feed: str) -> int:
    """The partition of `feed`, 0 … `FEEDS_MAX` - 1. Raises KeyError for a feed without one."""
    return SLOTS[feed]

"""The partition of each feed. Append only: a number is never given to another feed, even when its feed is gone.

Every per-feed topic has `PARTITIONS` partitions, and a feed has the same partition on all of them. The last partition
belongs to the coordinator, which reads all feeds.
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
    """Return the partition of `feed`, 0 … `FEEDS_MAX` - 1. Raises KeyError for a feed without one."""
    return SLOTS[feed]

"""How far a webhook has come: the sequences up to which its receiver has taken what it is to get."""

from collections.abc import Mapping

from msgspec import Struct


class Delivery(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`position` is {feed: sequence}, or of the coordinator, in the ledger whose identity is `ledger`. `at` is when it
    was noted. What lies after it may have been delivered too: the receiver then gets it once more."""

    webhook: str
    position: dict[str, int]
    ledger: str = ""
    at: str = ""


def reachable(position: Mapping[str, int], ends: Mapping[str, int]) -> dict[str, int]:
    """Return `position` where the ledger has come as far, and the ledger's end where it has not: it was restored from
    a backup, or made anew. A feed that the ledger does not have is left out."""
    return {feed: min(sequence, ends[feed]) for feed, sequence in position.items() if feed in ends}

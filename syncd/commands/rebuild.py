"""Rebuilds a list from its changes alone, as it stood at an earlier time."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import cast

import msgspec

from syncd.core.events import Change
from syncd.core.in_force import InForce
from syncd.ledger.contract import Ledger


def gone(change: Change) -> Iterable[str]:
    """Returns the keys that `change` takes out of force."""
    if change.type == "delisted":
        yield change.key
    if change.previous_key is not None:
        yield change.previous_key


async def known_since(ledger: Ledger, feed: str) -> str | None:
    """Returns the time of the first commit of `feed` (ISO 8601, UTC); None when there is none."""
    async with aclosing(cast(AsyncGenerator[Change, None], ledger.tail({}, feeds=(feed,)))) as changes:
        async for change in changes:
            return change.committed_at
    return None


async def records_at(ledger: Ledger, feed: str, moment: str, *, known: bool) -> dict[str, msgspec.Raw]:
    """Returns key → record of `feed` at `moment` (ISO 8601, UTC), as published: by commit time (`known`), or by the
    date from which each act was in force (`core.in_force`)."""
    if not known:
        return await _in_force_at(ledger, feed, moment)
    found: dict[str, msgspec.Raw] = {}
    async for change in ledger.tail({}, feeds=(feed,)):
        if change.committed_at > moment:
            break
        for key in gone(change):
            found.pop(key, None)
        if change.after is not None:
            found[change.key] = change.after
    return dict(sorted(found.items()))


async def _in_force_at(ledger: Ledger, feed: str, moment: str) -> dict[str, msgspec.Raw]:
    listed = InForce(moment)
    async for row in ledger.publications(feed):
        listed.see(row)
    async for change in ledger.tail({}, feeds=(feed,)):
        listed.take(change)
    return listed.records

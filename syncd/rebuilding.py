"""A list rebuilt from its changes alone, as it stood at an earlier time."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from datetime import datetime
from typing import cast

import msgspec

from syncd.core.events import Change
from syncd.ledger.contract import Ledger


def gone(change: Change) -> Iterable[str]:
    """The keys that are no longer in force by this change."""
    if change.type == "delisted":
        yield change.key
    if change.previous_key is not None:
        yield change.previous_key


async def known_since(ledger: Ledger, feed: str) -> str | None:
    """When the first commit of `feed` was made; None when there is none."""
    async with aclosing(cast(AsyncGenerator[Change, None], ledger.tail({}, feeds=(feed,)))) as changes:
        async for change in changes:
            return change.committed_at
    return None


async def records_at(ledger: Ledger, feed: str, moment: str, *, known: bool) -> dict[str, msgspec.Raw]:
    """The records of `feed` at `moment` (ISO 8601, UTC), as published: by commit time (`known`), or by the date from
    which each act was in force."""
    found: dict[str, msgspec.Raw] = {}
    async for change in ledger.tail({}, feeds=(feed,)):
        if known and change.committed_at > moment:
            break
        if not known and _in_force_from(change) > moment:
            continue
        for key in gone(change):
            found.pop(key, None)
        if change.after is not None:
            found[change.key] = change.after
    return dict(sorted(found.items()))


def _in_force_from(change: Change) -> str:
    """The start of the day on which a change was in force: for a listing its effective or listing date, for all else
    the publication's; when nothing is stated, the commit's own time."""
    listing = change.type in ("baselined", "designated", "relisted")
    stated = (change.times.effective or change.times.listed) if listing else None
    when = stated or change.times.published or change.committed_at
    if len(when) == len("2025-09-03"):
        return f"{when}T00:00:00.000000Z"
    try:
        datetime.fromisoformat(when)
    except ValueError:
        return change.committed_at
    return when

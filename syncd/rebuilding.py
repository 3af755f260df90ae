"""A list rebuilt from its changes alone: the proof that the ledger is whole, and the list at an earlier time."""

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from syncd.core import body, canonical
from syncd.core.events import Change, change_id
from syncd.core.in_force import InForce
from syncd.ledger.contract import Ledger

PROBLEMS_MAX = 20


class Finding(Struct, frozen=True, kw_only=True):
    """What `verify` found of one feed. `digest` is the list digest rebuilt from the changes."""

    feed: str
    ok: bool
    changes: int
    commits: int
    records: int
    digest: str
    problems: tuple[str, ...] = ()


class Rebuilt:
    """The list in force after the changes so far: key → record digest."""

    def __init__(self) -> None:
        self.digests: dict[str, str] = {}

    def apply(self, change: Change) -> None:
        for key in gone(change):
            self.digests.pop(key, None)
        if change.digest_after is not None:
            self.digests[change.key] = change.digest_after

    @property
    def digest(self) -> str:
        return canonical.list_digest(self.digests)


def gone(change: Change) -> Iterable[str]:
    """The keys that are no longer in force by this change."""
    if change.type == "delisted":
        yield change.key
    if change.previous_key is not None:
        yield change.previous_key


async def verified(ledger: Ledger, feed: str) -> Finding:
    """Rebuild `feed` from its changes and hold it against its rows and its state."""
    rebuilt = Rebuilt()
    problems: list[str] = []
    seen: set[str] = set()
    stated = {row.commit: row async for row in ledger.publications(feed) if row.kind == "commit"}
    changes = commits = 0
    async for change in ledger.tail({}, feeds=(feed,)):
        changes += 1
        problems += _problems_of(change, changes, commits, seen)
        rebuilt.apply(change)
        if change.index + 1 == change.count:
            commits += 1
            row = stated.get(change.commit)
            if row is None or row.ledger_digest != rebuilt.digest:
                problems.append(f"commit {change.commit}: its row does not describe the list that its changes make")
    state, records = await ledger.snapshot(feed)
    in_force = {key: stored.digest for key, stored in records.items() if stored.status == "listed"}
    if in_force != rebuilt.digests:
        problems.append("the records are not those that the changes make")
    if (state.sequence, state.commit) != (changes, commits):
        problems.append(f"the state says sequence {state.sequence}, commit {state.commit}")
    if commits and state.ledger_digest != rebuilt.digest:
        problems.append("the digest in the state is not that of the list")
    return Finding(
        feed=feed,
        ok=not problems,
        changes=changes,
        commits=commits,
        records=len(rebuilt.digests),
        digest=rebuilt.digest,
        problems=tuple(problems[:PROBLEMS_MAX]),
    )


def _problems_of(change: Change, place: int, commits: int, seen: set[str]) -> Iterable[str]:
    if change.sequence != place:
        yield f"sequence {change.sequence} stands where {place} belongs"
    if change.commit != commits + 1:
        yield f"commit {change.commit} stands where {commits + 1} belongs"
    identity = change_id(change)
    if identity in seen:
        yield f"event id {identity} stands twice"
    seen.add(identity)
    if change.after is not None and not change.elided:
        digest = canonical.digest(body.decode(bytes(change.after)))
        if digest != change.digest_after:
            yield f"sequence {change.sequence}: the record is not the one that its digest says"


async def records_at(ledger: Ledger, feed: str, moment: str, *, known: bool) -> dict[str, msgspec.Raw]:
    """The records of `feed` at `moment` (ISO 8601, UTC), as published: by commit time (`known`), or by the date from
    which each act was in force (`core.in_force`)."""
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

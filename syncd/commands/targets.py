"""Reads the targets of a ledger: each in short, or all that is known of one."""

from collections.abc import Iterator, Mapping

import msgspec
from msgspec import Struct

from syncd.core import codec
from syncd.core.coordination.target import CoordinationEvent, LinkDecision, Target, authority, feed_of
from syncd.core.tolerant import tolerating
from syncd.errors import SyncdError
from syncd.ledger.contract import Ledger

_target = tolerating(msgspec.json.Decoder(Target))


class Gap(Struct, frozen=True, kw_only=True):
    """Who of an alliance has not listed the target. `state`: `awaited` until `at`, or `missing` since."""

    authority: str
    alliance: str
    state: str
    at: str


class Summary(Struct, frozen=True, kw_only=True):
    """One target in short. `name` is its founder's; `authorities` are those that list it now."""

    target: str
    name: str
    kind: str
    authorities: tuple[str, ...]
    records: dict[str, str]
    formerly: tuple[str, ...]
    coordinations: tuple[str, ...]
    gaps: tuple[Gap, ...]


class TargetStory(Struct, frozen=True, kw_only=True):
    """All that is known of a target: itself, what people decided of its records, and what was said of it."""

    target: Target
    decisions: tuple[LinkDecision, ...]
    events: tuple[CoordinationEvent, ...]


async def summaries(ledger: Ledger, now: str, *, gaps: bool, every: bool) -> list[Summary]:
    """Return the targets of several records, in short, as they stand at `now`, in order of their ids.

    `every`: those of a single record too. `gaps`: only targets with a gap, of however many records.
    """
    _, rows = await ledger.targets()
    found = (target_summary(of, now) for of in _read(rows) if every or gaps or len(of.members) > 1)
    return [summary for summary in found if summary.gaps or not gaps]


async def target_story(ledger: Ledger, name: str) -> TargetStory:
    """Return all that is known of the target with the id `name`, now or formerly, or with a record of this key.

    Raises SyncdError when there is none, and where nothing was linked yet.
    """
    state, rows = await ledger.targets()
    if not state.cursor:
        raise SyncdError("no list of this ledger was linked yet, and there is no target: 'syncd run' links them")
    found = _found(rows, name)
    keys, names = {member.key for member in found.members}, {found.id, *found.formerly}
    return TargetStory(
        target=found,
        decisions=tuple(decision for decision in state.decisions if keys & {decision.a, decision.b}),
        events=tuple([event async for event in ledger.coordination() if event.target in names]),
    )


def _read(rows: Mapping[str, bytes]) -> Iterator[Target]:
    unpack = codec.unpacker()
    for name in sorted(rows):
        yield _target(unpack(rows[name]))


def _found(rows: Mapping[str, bytes], name: str) -> Target:
    """Raises SyncdError when there is none."""
    for one in _read({name: rows[name]} if name in rows else rows):
        if name in (one.id, *one.formerly) or any(name == member.key for member in one.members):
            return one
    raise SyncdError(f"there is no target {name}, and none has a record with this key")


def target_summary(of: Target, now: str) -> Summary:
    """Return what one line of `targets` shows of a target, as it stands at `now`."""
    founder = next((one for one in of.members if one.key == of.founder), of.members[0])
    names = founder.profile.names
    return Summary(
        target=of.id,
        name=names[0].full if names else "",
        kind=founder.profile.kind,
        authorities=tuple(sorted(_listing(of))),
        records={one.key: one.status for one in of.members},
        formerly=of.formerly,
        coordinations=tuple(one.id for one in of.coordinations),
        gaps=tuple(_gaps(of, now)),
    )


def _listing(of: Target) -> set[str]:
    return {authority(feed_of(one.key)) for one in of.members if one.status == "listed"}


def _gaps(of: Target, now: str) -> Iterator[Gap]:
    """A gap that was said stands until the authority lists the target."""
    listing = _listing(of)
    for said in of.announced:
        if said.type == "coordination.gap":
            _, alliance, missing = said.of.split("/")
            if missing not in listing:
                yield Gap(authority=missing, alliance=alliance, state="missing", at=said.at)
    for deadline in of.deadlines:
        if deadline.authority not in listing:
            state = "awaited" if deadline.at > now else "missing"
            yield Gap(authority=deadline.authority, alliance=deadline.alliance, state=state, at=deadline.at)

"""What is said of a target, before it has its place in the sequence, and that it is said once."""

from collections.abc import Collection
from typing import Any

from msgspec.structs import replace

from syncd.core.coordination.members import Position, covers, jurisdiction
from syncd.core.coordination.target import Announcement, CoordinationEvent, CoordinationType, Target

ANNOUNCED_MAX = 256
MEMBERS_SHOWN_MAX = 100

TargetAndEvents = tuple[Target, list[CoordinationEvent]]


def event(kind: CoordinationType, identity: str, target: Target, explanation: str, **fields: Any) -> CoordinationEvent:
    """An event that has no place in the sequence yet."""
    place: dict[str, Any] = {"sequence": 0, "commit": 0, "committed_at": ""}
    return CoordinationEvent(id=identity, type=kind, target=target.id, explanation=explanation, **place, **fields)


def announce(target: Target, said: CoordinationEvent, at: str, of: str = "") -> TargetAndEvents:
    """The target with the announcement of an event, which tells its id, and the event; nothing if said before."""
    if any(one.id == said.id or (of and (one.type, one.of) == (said.type, of)) for one in target.announced):
        return target, []
    mark = Announcement(id=said.id, type=said.type, at=at, of=of)
    announced = sorted((*target.announced, mark), key=lambda one: (one.at, one.id))[-ANNOUNCED_MAX:]
    told = {**target.told, target.id: min(at, target.told.get(target.id, at))}
    return replace(target, announced=tuple(announced), told=told), [said]


def listing(target: Target, moment: Position, among: Collection[str] | None = None) -> set[str]:
    """The authorities that list the target at a moment, by any of its records or by some."""
    return {
        jurisdiction(member)
        for member in target.members
        if (among is None or member.key in among) and covers(member, moment)
    }


def keys_of(target: Target) -> tuple[str, ...]:
    """The records of the target, a bounded number of them."""
    return tuple(sorted(one.key for one in target.members if one.status != "rekeyed")[:MEMBERS_SHOWN_MAX])

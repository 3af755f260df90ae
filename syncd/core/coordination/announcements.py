"""That an event is announced once: a target remembers what was said of it."""

from collections.abc import Collection

from msgspec.structs import replace

from syncd.core.coordination.members import Position, covers, jurisdiction
from syncd.core.coordination.target import Announcement, CoordinationEvent, Target

ANNOUNCED_MAX = 256

TargetAndEvents = tuple[Target, list[CoordinationEvent]]


def announce(target: Target, said: CoordinationEvent, at: str, of: str = "") -> TargetAndEvents:
    """Returns the target with the announcement of `said` at the time `at`, and `said` in a list. When the same id, or
    the same type `of` the same subject, was announced before: the target as it is, and an empty list."""
    if any(mark.id == said.id or (of and (mark.type, mark.of) == (said.type, of)) for mark in target.announced):
        return target, []
    new = Announcement(id=said.id, type=said.type, at=at, of=of)
    announced = sorted((*target.announced, new), key=lambda mark: (mark.at, mark.id))[-ANNOUNCED_MAX:]
    told = {**target.told, target.id: min(at, target.told.get(target.id, at))}
    return replace(target, announced=tuple(announced), told=told), [said]


def listing(target: Target, moment: Position, among: Collection[str] | None = None) -> set[str]:
    """The authorities that list the target at a moment: by any of its records, or by those whose keys are `among`."""
    return {
        jurisdiction(member)
        for member in target.members
        if (among is None or member.key in among) and covers(member, moment)
    }

"""Who acted together on one target: pure functions of the target and of the step that brought it to where it is.

A live designation takes part in a coordination when another authority's live designation of the target is dated within
the window; those that hang together so are one coordination. `core.coordination.coordinator` says why things are as
they are here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from syncd.core import times
from syncd.core.coordination import explanations
from syncd.core.coordination.announcements import TargetAndEvents, announce, event, keys_of, listing
from syncd.core.coordination.deadlines import awaiting, missing_from, still_awaited
from syncd.core.coordination.members import NEVER, Position, began, covers, ended, jurisdiction, listing_day
from syncd.core.coordination.regimes import programmes
from syncd.core.coordination.rules import Rules
from syncd.core.coordination.target import (
    Coordination,
    CoordinationEvent,
    Member,
    Participation,
    Period,
    Target,
    counted_on,
    feed_of,
)
from syncd.core.ids import content_id

COORDINATIONS_MAX = 16


class FoldStep(Struct, frozen=True, kw_only=True):
    """One step of the fold: when it happened, whether it was a publisher's or a person's act, which events it was
    caused by, and to which target each record belonged before it. `cohort` gives the records that were one target
    with a record at a time, by the links that stand now among those that had been listed by then."""

    moment: Position
    live: bool
    cohort: Callable[[str, Position], frozenset[str]]
    cause: tuple[str, ...] = ()
    before: Mapping[str, str] = {}

    @property
    def at(self) -> str:
        return self.moment[0]


def participate(target: Target, step: FoldStep, rules: Rules) -> TargetAndEvents:
    """What the live designations of the target came to with this step."""
    live = designations(target)
    if not live:
        return target, []
    events: list[CoordinationEvent] = []
    for group in _groups(target, live, rules.window_days):
        target, said = _take_part(target, _newly_together(target, group, step, rules), step, rules)
        events += said
    target, said = _complete(target, live, step, rules)
    return still_awaited(target), events + said


def designations(target: Target) -> list[Participation]:
    """The live designations of the target, by date and key."""
    found = [_act_of(member, period) for member in target.members for period in member.periods if period.live]
    return sorted(found, key=_place)


def _act_of(member: Member, period: Period) -> Participation:
    return Participation(
        authority=jurisdiction(member),
        key=member.key,
        listed_on=listing_day(period),
        counted_on=period.counted_on,
        committed_at=period.since,
        sequence=period.sequence,
        programmes=programmes(member.profile),
    )


def _place(one: Participation) -> tuple[str, str, int]:
    return counted_on(one), one.key, one.sequence


def _mark(one: Participation) -> tuple[str, int]:
    return one.key, one.sequence


def _in_time(one: Participation) -> Position:
    return one.committed_at, feed_of(one.key), one.sequence


def _groups(target: Target, live: list[Participation], window_days: int) -> Iterator[list[Participation]]:
    """Those that hang together by dates of different authorities within the window, or already take part together."""
    groups: list[list[Participation]] = []
    together = {_mark(one): which.id for which in target.coordinations for one in which.participations}
    for one in live:
        near = [
            group
            for group in groups
            if any(_are_near(one, other, window_days) or _are_one(one, other, together) for other in group)
        ]
        groups = [group for group in groups if all(group is not other for other in near)]
        groups.append(sorted([*(other for group in near for other in group), one], key=_place))
    return (group for group in groups if len({one.authority for one in group}) > 1)


def _are_near(one: Participation, other: Participation, window_days: int) -> bool:
    apart = times.days_from(counted_on(one), counted_on(other))
    return one.authority != other.authority and apart is not None and abs(apart) <= window_days


def _are_one(one: Participation, other: Participation, together: Mapping[tuple[str, int], str]) -> bool:
    which = together.get(_mark(one))
    return which is not None and which == together.get(_mark(other))


def _newly_together(target: Target, group: list[Participation], step: FoldStep, rules: Rules) -> list[Participation]:
    """Those of the group that an act brought together: the step's, or one that was committed after it and read
    before."""
    if all(_in_time(one) < step.moment for one in group):
        apart = len({step.before.get(one.key, "") for one in group}) > 1
        return group if step.live and apart else []
    found: dict[tuple[str, int], Participation] = {}
    for one in group:
        if _in_time(one) >= step.moment:
            cohort = step.cohort(one.key, _in_time(one))
            seen = [other for other in group if _in_time(other) <= _in_time(one) and other.key in cohort]
            for together in _groups(target, seen, rules.window_days):
                found.update({_mark(other): other for other in together if one in together})
    return sorted(found.values(), key=_place)


def _take_part(target: Target, group: list[Participation], step: FoldStep, rules: Rules) -> TargetAndEvents:
    """Start a coordination, or add to the oldest one of the group."""
    known = {_mark(one) for which in target.coordinations for one in which.participations}
    new = [one for one in group if _mark(one) not in known]
    if not new:
        return target, []
    marks = {_mark(one) for one in group}
    running = [which for which in target.coordinations if any(_mark(one) in marks for one in which.participations)]
    if not running:
        coordination = Coordination(
            id=content_id("coordination", *map(str, _mark(group[0]))), participations=tuple(group)
        )
        return _start(target, coordination, step, rules)
    coordination = min(running, key=lambda which: (_place(which.participations[0]), which.id))
    grown = replace(coordination, participations=tuple(sorted((*coordination.participations, *new), key=_place)))
    target = awaiting(_put(target, grown), grown, rules, since=step.at)
    present = {one.authority for one in coordination.participations}
    return _join(target, grown, [one for one in new if one.authority not in present], step)


def _put(target: Target, coordination: Coordination) -> Target:
    others = [one for one in target.coordinations if one.id != coordination.id]
    kept = sorted((*others, coordination), key=lambda one: (_place(one.participations[0]), one.id))
    return replace(target, coordinations=tuple(kept[-COORDINATIONS_MAX:]))


def _start(target: Target, coordination: Coordination, step: FoldStep, rules: Rules) -> TargetAndEvents:
    target = _put(target, coordination)
    alliance, missing = missing_from(target, coordination, rules)
    said = event(
        "coordination.started",
        content_id("coordination.started", coordination.id),
        target,
        explanations.started(target, coordination, rules.window_days),
        coordination=coordination.id,
        alliance=alliance,
        participations=coordination.participations,
        missing=missing,
        members=keys_of(target),
        cause=step.cause,
    )
    target, events = announce(awaiting(target, coordination, rules), said, step.at)
    target, more = _join(target, coordination, coordination.participations, step)
    return target, events + more


def _join(target: Target, coordination: Coordination, new: Iterable[Participation], step: FoldStep) -> TargetAndEvents:
    """One event an authority, for the first of its designations."""
    events: list[CoordinationEvent] = []
    first: dict[str, Participation] = {}
    for one in sorted(new, key=_in_time):
        first.setdefault(one.authority, one)
    for authority, one in first.items():
        said = event(
            "coordination.joined",
            content_id("coordination.joined", *map(str, _mark(one))),
            target,
            explanations.joined(target, coordination, one),
            coordination=coordination.id,
            authority=authority,
            participations=coordination.participations,
            cause=step.cause,
        )
        target, more = announce(target, said, step.at, f"{coordination.id}/{authority}")
        events += more
    return target, events


def _complete(target: Target, live: list[Participation], step: FoldStep, rules: Rules) -> TargetAndEvents:
    """Whether all of an alliance list the target since one of the live designations."""
    events: list[CoordinationEvent] = []
    for alliance, authorities in rules.alliances.items():
        completing = next(
            (one for one in sorted(live, key=_in_time) if _completes(target, one, authorities, step)), None
        )
        coordination = _latest(target, authorities, _in_time(completing)) if completing else None
        if coordination is None or completing is None:
            continue
        said = event(
            "coordination.completed",
            content_id("coordination.completed", alliance, *map(str, _mark(completing))),
            target,
            explanations.completed(target, alliance, completing),
            coordination=coordination.id,
            authority=completing.authority,
            alliance=alliance,
            participations=coordination.participations,
            members=keys_of(target),
            cause=step.cause,
        )
        target, more = announce(target, said, step.at, f"{coordination.id}/{alliance}")
        events += more
    return target, events


def _completes(target: Target, one: Participation, authorities: Iterable[str], step: FoldStep) -> bool:
    """Whether it is the first of its authority, and all of them list the target with it."""
    if _in_time(one) < step.moment or one.authority not in authorities or not _is_first(target, one):
        return False
    return set(authorities) <= listing(target, _in_time(one), step.cohort(one.key, _in_time(one)))


def _latest(target: Target, authorities: Iterable[str], moment: Position) -> Coordination | None:
    """The latest coordination in which two of `authorities` had taken part by a moment."""
    among = set(authorities)
    running = [
        which
        for which in target.coordinations
        if len({one.authority for one in which.participations if _in_time(one) <= moment} & among) > 1
    ]
    return max(running, key=lambda which: (_place(which.participations[0]), which.id), default=None)


def _is_first(target: Target, one: Participation) -> bool:
    """Whether its authority did not list the target before it."""
    moment = _in_time(one)
    return not any(
        began(member, period) < moment < ended(member, period)
        for member in target.members
        if jurisdiction(member) == one.authority
        for period in member.periods
    )


def diverge(target: Target, member: Member, step: FoldStep) -> TargetAndEvents:
    """What is to be said of a record that its publisher has just delisted: the others that list the target then, if
    its authority has no other record of it in force."""
    end = ended(member, member.periods[-1]) if member.periods else NEVER
    if end == NEVER:
        return target, []
    own = jurisdiction(member)
    cohort = step.cohort(member.key, end)
    keeping = [one for one in target.members if one.key in cohort and covers(one, end)]
    if not keeping or any(jurisdiction(one) == own for one in keeping):
        return target, []
    coordination = _of_member(target, member)
    said = event(
        "coordination.diverged",
        content_id("coordination.diverged", member.key, str(end[2])),
        target,
        explanations.diverged(target, member, keeping),
        coordination=coordination.id if coordination else None,
        authority=own,
        participations=tuple(_act_of(one, one.periods[-1]) for one in keeping),
        members=keys_of(target),
        cause=step.cause,
    )
    return announce(target, said, step.at)


def _of_member(target: Target, member: Member) -> Coordination | None:
    """The latest coordination in which the record took part."""
    found = [which for which in target.coordinations if any(one.key == member.key for one in which.participations)]
    return found[-1] if found else None

"""Deadlines: who of an alliance has a regime for a coordination, and has not listed the target in time."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from msgspec.structs import replace

from syncd.core.coordination import explanations
from syncd.core.coordination.announcements import TargetAndEvents, announce, event, keys_of, listing
from syncd.core.coordination.members import end_of_time, jurisdiction
from syncd.core.coordination.regimes import regimes_of
from syncd.core.coordination.rules import Rules
from syncd.core.coordination.target import Coordination, CoordinationEvent, Deadline, Period, Target
from syncd.core.ids import content_id
from syncd.core.times import iso, parse_iso


def awaiting(target: Target, coordination: Coordination, rules: Rules, *, since: str = "") -> Target:
    """The target with the deadlines that a coordination sets; those before `since` were judged already."""
    kept = [one for one in target.deadlines if one.coordination != coordination.id]
    past = {one.of for one in target.announced if one.type == "coordination.gap"}
    pending = {_subject(one) for one in target.deadlines}
    found = [
        one
        for alliance in rules.alliances
        for one in _deadlines(target, coordination, alliance, rules)
        if _subject(one) not in past and (one.at >= since or _subject(one) in pending)
    ]
    return replace(target, deadlines=tuple(sorted([*kept, *found], key=lambda one: (one.at, _subject(one)))))


def still_awaited(target: Target) -> Target:
    running = {one.id: one for one in target.coordinations}
    left = tuple(
        one
        for one in target.deadlines
        if one.coordination in running and not _followed(target, running[one.coordination], one.authority, one.at)
    )
    return target if left == target.deadlines else replace(target, deadlines=left)


def due(target: Target, at: str) -> tuple[Deadline, ...]:
    """The deadlines of the target that have passed at a time."""
    return tuple(one for one in target.deadlines if one.at <= at)


def gaps(target: Target, at: str, rules: Rules) -> TargetAndEvents:
    """What is to be said of the deadlines that have passed; they are set no more. An action of which less than two
    authorities keep the target listed at the deadline is over, and nobody is missing from it."""
    events: list[CoordinationEvent] = []
    running = {one.id: one for one in target.coordinations}
    for deadline in due(target, at):
        coordination = running.get(deadline.coordination)
        target = replace(target, deadlines=tuple(one for one in target.deadlines if one != deadline))
        if coordination is None or deadline.alliance not in rules.alliances:
            continue
        present = {one.authority for one in coordination.participations} & listing(target, end_of_time(deadline.at))
        if len(present) > 1 and not _followed(target, coordination, deadline.authority, deadline.at):
            target, said = _gap(target, coordination, deadline, rules)
            events += said
    return target, events


def _gap(target: Target, coordination: Coordination, deadline: Deadline, rules: Rules) -> TargetAndEvents:
    alliance, authority = deadline.alliance, deadline.authority
    regimes = {
        one for one in _regimes(coordination, rules.alliances[alliance], rules) if authority in rules.regimes[one]
    }
    founding = coordination.participations[0]
    said = event(
        "coordination.gap",
        content_id("coordination.gap", founding.key, str(founding.sequence), alliance, authority, deadline.at),
        target,
        explanations.gap(target, coordination, alliance, authority, deadline.at, regimes),
        coordination=coordination.id,
        authority=authority,
        alliance=alliance,
        deadline=deadline.at,
        participations=coordination.participations,
        missing=(authority,),
        members=keys_of(target),
    )
    return announce(target, said, deadline.at, _subject(deadline))


def missing_from(target: Target, coordination: Coordination, rules: Rules) -> tuple[str | None, tuple[str, ...]]:
    """The first alliance of which somebody is awaited, and who of it does not list the target."""
    already = listing(target, end_of_time(came_about(coordination)))
    for alliance in rules.alliances:
        missing = tuple(one for one in _awaited(coordination, alliance, rules) if one not in already)
        if missing:
            return alliance, missing
    return None, ()


def came_about(coordination: Coordination) -> str:
    """When the second authority's designation was committed."""
    first: dict[str, str] = {}
    for one in coordination.participations:
        first[one.authority] = min(first.get(one.authority, one.committed_at), one.committed_at)
    return sorted(first.values())[:2][-1]


def _regimes(coordination: Coordination, alliance: Iterable[str], rules: Rules) -> set[str]:
    """The regimes under which two authorities of the alliance acted."""
    among = set(alliance)
    by: dict[str, set[str]] = {}
    for one in coordination.participations:
        if one.authority in among:
            for regime in regimes_of(rules.regimes, one.authority, one.programmes):
                by.setdefault(regime, set()).add(one.authority)
    return {regime for regime, authorities in by.items() if len(authorities) > 1}


def _awaited(coordination: Coordination, alliance: str, rules: Rules) -> tuple[str, ...]:
    """Those of the alliance that have such a regime, and did not take part."""
    members = rules.alliances[alliance]
    regimes = _regimes(coordination, members, rules)
    present = {one.authority for one in coordination.participations}
    return tuple(
        one for one in members if one not in present and any(one in rules.regimes.get(regime, {}) for regime in regimes)
    )


def _subject(deadline: Deadline) -> str:
    return f"{deadline.coordination}/{deadline.alliance}/{deadline.authority}"


def _deadlines(target: Target, coordination: Coordination, alliance: str, rules: Rules) -> Iterator[Deadline]:
    at = iso(parse_iso(came_about(coordination)) + timedelta(days=rules.gap_days))
    for authority in _awaited(coordination, alliance, rules):
        if not _followed(target, coordination, authority, at):
            yield Deadline(at=at, alliance=alliance, authority=authority, coordination=coordination.id)


def _followed(target: Target, coordination: Coordination, authority: str, at: str) -> bool:
    """Whether the authority listed the target at some time between the coordination and the deadline."""
    start = came_about(coordination)
    return any(
        _overlaps(period, start, at)
        for member in target.members
        if jurisdiction(member) == authority
        for period in member.periods
    )


def _overlaps(period: Period, start: str, end: str) -> bool:
    return period.since <= end and (period.until is None or period.until > start)

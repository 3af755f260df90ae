"""Deadlines: until when an authority of an alliance, which has a regime for a coordination, may list the target before
a gap is announced."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from msgspec.structs import replace

from syncd.core.coordination.announcements import TargetAndEvents, announce, listing
from syncd.core.coordination.event_drafts import gap_event
from syncd.core.coordination.members import end_of_time, jurisdiction
from syncd.core.coordination.regimes import regimes_of
from syncd.core.coordination.rules import Rules
from syncd.core.coordination.target import Coordination, CoordinationEvent, Deadline, Period, Target
from syncd.core.times import iso, parse_iso


def with_deadlines(target: Target, coordination: Coordination, rules: Rules, *, since: str = "") -> Target:
    """Returns the target with the deadlines of `coordination` computed anew, without those that were announced; those
    before `since` were judged already and are not added again."""
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


def without_followed(target: Target) -> Target:
    """Returns the target without the deadlines whose authority has listed it, or whose coordination is gone."""
    running = {one.id: one for one in target.coordinations}
    left = tuple(
        one
        for one in target.deadlines
        if one.coordination in running and not _followed(target, running[one.coordination], one.authority, one.at)
    )
    return target if left == target.deadlines else replace(target, deadlines=left)


def passed_deadlines(target: Target, at: str) -> tuple[Deadline, ...]:
    """Returns the deadlines of the target that have passed at the time `at`."""
    return tuple(one for one in target.deadlines if one.at <= at)


def announce_gaps(target: Target, at: str, rules: Rules) -> TargetAndEvents:
    """Returns the target without the deadlines that passed at the time `at`, and a gap event for each that was missed.

    When fewer than two authorities keep the target listed at the deadline, the coordination is over and no gap is
    announced.
    """
    events: list[CoordinationEvent] = []
    running = {one.id: one for one in target.coordinations}
    for deadline in passed_deadlines(target, at):
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
    acted = _regimes(coordination, rules.alliances[deadline.alliance], rules)
    regimes = {regime for regime in acted if deadline.authority in rules.regimes[regime]}
    said = gap_event(target, coordination, deadline, regimes)
    return announce(target, said, deadline.at, _subject(deadline))


def missing_from(target: Target, coordination: Coordination, rules: Rules) -> tuple[str | None, tuple[str, ...]]:
    """Returns the first alliance with authorities that are awaited and do not list the target, and these authorities;
    `None, ()` when there is none."""
    already = listing(target, end_of_time(came_about(coordination)))
    for alliance in rules.alliances:
        missing = tuple(one for one in _awaited(coordination, alliance, rules) if one not in already)
        if missing:
            return alliance, missing
    return None, ()


def came_about(coordination: Coordination) -> str:
    """Returns the time at which the second authority's designation was committed, which is when it came about."""
    first: dict[str, str] = {}
    for one in coordination.participations:
        first[one.authority] = min(first.get(one.authority, one.committed_at), one.committed_at)
    return sorted(first.values())[:2][-1]


def _regimes(coordination: Coordination, alliance: Iterable[str], rules: Rules) -> set[str]:
    """Returns the regimes under which at least two authorities of the alliance acted."""
    among = set(alliance)
    by: dict[str, set[str]] = {}
    for one in coordination.participations:
        if one.authority in among:
            for regime in regimes_of(rules.regimes, one.authority, one.programmes):
                by.setdefault(regime, set()).add(one.authority)
    return {regime for regime, authorities in by.items() if len(authorities) > 1}


def _awaited(coordination: Coordination, alliance: str, rules: Rules) -> tuple[str, ...]:
    """Returns the authorities of the alliance that have such a regime and did not take part."""
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

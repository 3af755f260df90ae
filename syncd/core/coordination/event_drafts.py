"""The events of the coordination, one function a type. Each returns an event that has no place in the sequence yet: the
commit gives it its sequence, commit and time.

The id of an event is made of what it says, so that the same history gives the same ids.
"""

from collections.abc import Iterable, Sequence
from functools import partial

from syncd.core.coordination import explanations
from syncd.core.coordination.members import jurisdiction
from syncd.core.coordination.target import (
    Coordination,
    CoordinationEvent,
    Deadline,
    LinkDecision,
    LinkEvidence,
    Member,
    Participation,
    Target,
)
from syncd.core.ids import content_id

MEMBERS_SHOWN_MAX = 100

_draft = partial(CoordinationEvent, sequence=0, commit=0, committed_at="")


def started_event(
    target: Target,
    coordination: Coordination,
    *,
    window_days: int,
    alliance: str | None,
    missing: tuple[str, ...],
    cause: tuple[str, ...],
) -> CoordinationEvent:
    """`coordination.started`: authorities designated the target within `window_days` of each other. `missing` are
    authorities of `alliance` that have not listed it."""
    return _draft(
        id=content_id("coordination.started", coordination.id),
        type="coordination.started",
        target=target.id,
        explanation=explanations.started(target, coordination, window_days),
        coordination=coordination.id,
        alliance=alliance,
        participations=coordination.participations,
        missing=missing,
        members=keys_of(target),
        cause=cause,
    )


def joined_event(
    target: Target, coordination: Coordination, participation: Participation, *, cause: tuple[str, ...]
) -> CoordinationEvent:
    """`coordination.joined`: the authority of `participation` takes part in `coordination`."""
    return _draft(
        id=content_id("coordination.joined", participation.key, str(participation.sequence)),
        type="coordination.joined",
        target=target.id,
        explanation=explanations.joined(target, coordination, participation),
        coordination=coordination.id,
        authority=participation.authority,
        participations=coordination.participations,
        cause=cause,
    )


def completed_event(
    target: Target, coordination: Coordination, alliance: str, completing: Participation, *, cause: tuple[str, ...]
) -> CoordinationEvent:
    """`coordination.completed`: with `completing` all of `alliance` list the target."""
    return _draft(
        id=content_id("coordination.completed", alliance, completing.key, str(completing.sequence)),
        type="coordination.completed",
        target=target.id,
        explanation=explanations.completed(target, alliance, completing),
        coordination=coordination.id,
        authority=completing.authority,
        alliance=alliance,
        participations=coordination.participations,
        members=keys_of(target),
        cause=cause,
    )


def gap_event(
    target: Target, coordination: Coordination, deadline: Deadline, regimes: Iterable[str]
) -> CoordinationEvent:
    """`coordination.gap`: the authority of `deadline` has one of `regimes` and has not listed the target in time."""
    founding, alliance, authority = coordination.participations[0], deadline.alliance, deadline.authority
    return _draft(
        id=content_id("coordination.gap", founding.key, str(founding.sequence), alliance, authority, deadline.at),
        type="coordination.gap",
        target=target.id,
        explanation=explanations.gap(target, coordination, alliance, authority, deadline.at, regimes),
        coordination=coordination.id,
        authority=authority,
        alliance=alliance,
        deadline=deadline.at,
        participations=coordination.participations,
        missing=(authority,),
        members=keys_of(target),
    )


def diverged_event(
    target: Target,
    delisted: Member,
    coordination: Coordination | None,
    *,
    ended_by: int,
    keeping: Sequence[Member],
    participations: tuple[Participation, ...],
    cause: tuple[str, ...],
) -> CoordinationEvent:
    """`coordination.diverged`: change number `ended_by` of its list delisted the record `delisted`, and the records
    `keeping`, with their `participations`, stay listed. `coordination` is the one that the record took part in."""
    return _draft(
        id=content_id("coordination.diverged", delisted.key, str(ended_by)),
        type="coordination.diverged",
        target=target.id,
        explanation=explanations.diverged(target, delisted, keeping),
        coordination=coordination.id if coordination else None,
        authority=jurisdiction(delisted),
        participations=participations,
        members=keys_of(target),
        cause=cause,
    )


def linked_event(
    target: Target,
    key: str,
    began: int | None,
    links: tuple[LinkEvidence, ...],
    *,
    decision: LinkDecision | None,
    cause: tuple[str, ...],
) -> CoordinationEvent:
    """`target.linked`: the record `key`, listed by change number `began` of its list, and others of `links` are taken
    for one target; or a person's `decision` says so."""
    by_listing = (key, "" if began is None else str(began))
    content = (decision.a, decision.b, decision.at) if decision else by_listing
    return _draft(
        id=content_id("target.linked", *content),
        type="target.linked",
        target=target.id,
        explanation=explanations.linked(target, key, links),
        links=links,
        members=keys_of(target),
        formerly=target.formerly,
        cause=cause,
    )


def split_event(
    stayed: Target, parted: Target, why: str, *, cause: tuple[str, ...], is_of_several: bool = False
) -> CoordinationEvent:
    """`target.split`: the records of `parted` are no longer taken for one target with those of `stayed`. A part that
    `is_of_several` targets parts from each of them by an event of its own."""
    founders = (stayed.founder, parted.founder) if is_of_several else (parted.founder,)
    return _draft(
        id=content_id("target.split", *cause, *founders),
        type="target.split",
        target=stayed.id,
        explanation=explanations.split(stayed, parted, why),
        members=keys_of(parted),
        cause=cause,
    )


def asymmetry_event(
    target: Target, member: Member, facts: tuple[str, ...], others: Sequence[Member], *, cause: tuple[str, ...]
) -> CoordinationEvent:
    """`target.asymmetry`: the authority of `member` states `facts` that the records `others` of the target do not."""
    return _draft(
        id=content_id("target.asymmetry", *cause),
        type="target.asymmetry",
        target=target.id,
        explanation=explanations.asymmetry(target, member, facts, others),
        authority=jurisdiction(member),
        facts=facts,
        members=tuple(other.key for other in others[:MEMBERS_SHOWN_MAX]),
        cause=cause,
    )


def keys_of(target: Target) -> tuple[str, ...]:
    """The keys of the target's records, sorted, at most MEMBERS_SHOWN_MAX; without stubs of re-keyed records."""
    keys = sorted(member.key for member in target.members if member.status != "rekeyed")
    return tuple(keys[:MEMBERS_SHOWN_MAX])

"""Lineage: the id, coordinations and announcements that a target inherits when clusters merge or part.

An id is minted of one member and goes where that member goes. Among the members of a target it is the id that was told
first; while none was told, that of the most senior member. Both are functions of the members and of what was told of
them, so it does not matter in how many merges and splits they came together. What was announced goes with every part,
so that nothing is said twice.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from msgspec.structs import replace

from syncd.core.coordination.announcements import ANNOUNCED_MAX
from syncd.core.coordination.clusters import Tie
from syncd.core.coordination.participation import COORDINATIONS_MAX
from syncd.core.coordination.target import (
    Coordination,
    Member,
    Participation,
    Target,
    authority,
    counted_on,
    feed_of,
    target_id,
)

FORMERLY_MAX = 100
GLUE = 3.0


def seniority(member: Member) -> tuple[str, str, int]:
    """Return the place of a member among others: the earliest listed first, then by key."""
    return member.senior, member.first or member.key, member.party


def rekeying_tie(pair: tuple[str, str]) -> Tie:
    """Returns the tie between the stub of a re-keyed record and its successor; it counts before any other tie."""
    return Tie(a=min(pair), b=max(pair), strength=GLUE)


def founder_of(members: Iterable[Member]) -> Member:
    """Return the most senior member. Raises ValueError when all are stubs of re-keyed records."""
    return min((one for one in members if one.status != "rekeyed"), key=seniority)


def id_of(founder: Member) -> str:
    """Return the id of a target that `founder` founded."""
    return target_id(founder.first or founder.key, founder.party)


def named_for(members: Iterable[Member], told: Mapping[str, str]) -> Member:
    """Returns the member whose id the target of `members` has: that of the id `told` first; else the founder."""
    members = list(members)
    known = {id_of(one): one for one in members if one.status != "rekeyed"} if told else {}
    first = min(known.keys() & told.keys(), key=lambda name: (told[name], seniority(known[name])), default=None)
    return known[first] if first else founder_of(members)


def target_of_one(member: Member) -> Target:
    """Return the target that `member` makes alone."""
    return Target(id=id_of(member), founder=member.key, members=(member,))


def assembled(
    members: Collection[Member],
    sources: Collection[Target],
    *,
    living: Collection[str],
    is_known: Callable[[str], bool],
) -> Target:
    """Returns the target of `members`, which came from `sources`. `living` are the ids of all targets made with it;
    `is_known` says whether an event ever named an id."""
    told = told_of(members, sources)
    founder = named_for(members, told)
    keys = {one.key for one in members}
    coordinations = tuple(_coordinations(sources, keys))
    running = {one.id for one in coordinations}
    announced = {one.id: one for source in sources for one in source.announced}
    deadlines = {one: None for source in sources for one in source.deadlines if one.coordination in running}
    return Target(
        id=id_of(founder),
        founder=founder.key,
        members=tuple(sorted(members, key=lambda one: one.key)),
        formerly=_formerly(sources, keys, living, is_known, told),
        coordinations=coordinations[-COORDINATIONS_MAX:],
        announced=tuple(sorted(announced.values(), key=lambda one: (one.at, one.id))[-ANNOUNCED_MAX:]),
        deadlines=tuple(sorted(deadlines, key=lambda one: (one.at, one.coordination, one.alliance, one.authority))),
        told=told,
    )


def told_of(members: Iterable[Member], sources: Iterable[Target]) -> dict[str, str]:
    """Returns the ids of `members` that events have named → the time of the first such event, from `sources`."""
    told: dict[str, str] = {}
    for source in sources:
        for name, at in source.told.items():
            told[name] = min(at, told.get(name, at))
    own = {id_of(one) for one in members if one.status != "rekeyed"} if told else set()
    return {name: told[name] for name in sorted(told) if name in own}


def _formerly(
    sources: Collection[Target],
    keys: set[str],
    living: Collection[str],
    is_known: Callable[[str], bool],
    told: Collection[str],
) -> tuple[str, ...]:
    """A told id goes with its member, any other with the founder of the target that had it."""
    inherited = [source for source in sources if source.founder in keys]
    ids = {one for source in inherited for one in source.formerly}
    ids |= {source.id for source in inherited if is_known(source.id)}
    ids = ids.difference(*(source.told for source in sources)).union(told).difference(living)
    return tuple(sorted(sorted(ids, key=lambda one: (one not in told, one))[:FORMERLY_MAX]))


def _coordinations(sources: Collection[Target], keys: set[str]) -> Iterator[Coordination]:
    """Yields the coordinations in which at least two authorities are left."""
    found: dict[str, dict[tuple[str, int], Participation]] = {}
    for source in sources:
        for which in source.coordinations:
            acts = found.setdefault(which.id, {})
            acts.update({(one.key, one.sequence): one for one in which.participations if one.key in keys})
    kept = [
        Coordination(id=name, participations=tuple(sorted(acts.values(), key=_place)))
        for name, acts in found.items()
        if len({authority(feed_of(one.key)) for one in acts.values()}) > 1
    ]
    yield from sorted(kept, key=lambda one: (_place(one.participations[0]), one.id))


def _place(one: Participation) -> tuple[str, str, int]:
    return counted_on(one), one.key, one.sequence


def renamed(target: Target, old: str, new: Member) -> Target:
    """Returns the target with every reference to the key `old` made one to `new`; its members stay as they are."""
    coordinations = tuple(
        replace(
            which,
            participations=tuple(
                sorted(
                    (replace(one, key=new.key) if one.key == old else one for one in which.participations), key=_place
                )
            ),
        )
        for which in target.coordinations
    )
    members = tuple(
        replace(one, successor=new.key) if one.successor == old and one.key != new.key else one
        for one in target.members
    )
    founder = new.key if target.founder == old else target.founder
    return replace(target, founder=founder, coordinations=coordinations, members=members)


def with_member(target: Target, *members: Member) -> Target:
    """Returns the target with these members, in the place of those with the same keys."""
    of = {one.key: one for one in target.members} | {one.key: one for one in members}
    return replace(target, members=tuple(of[key] for key in sorted(of)))


def without_member(target: Target, key: str) -> Target:
    """Returns the target without the member that has this key."""
    return replace(target, members=tuple(one for one in target.members if one.key != key))

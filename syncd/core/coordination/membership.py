"""Membership: every record that was ever listed, the target that it belongs to, and the links between them.

A change is first applied to its record (`apply`) and then linked, alone or with others: `relink` returns the new links
and the targets that were grouped anew.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count

from msgspec import Struct
from msgspec.structs import replace

from syncd.core import codec
from syncd.core.coordination import lineage, members
from syncd.core.coordination.clusters import clusters_of
from syncd.core.coordination.links import Bonds
from syncd.core.coordination.members import Position
from syncd.core.coordination.target import LinkDecision, Member, Target
from syncd.core.coordination.target_store import MemberRow, TargetStore
from syncd.core.events import Change, ChangeType
from syncd.core.linking import Link, Linker, Reason, pack_linking, profile, unpack_linking
from syncd.core.model import Record
from syncd.errors import LedgerError

# So many records, and such a part of all, are linked anew in about a second.
UNKEPT_MIN, UNKEPT_PART = 100, 100


class Regrouped(Struct, frozen=True):
    """Targets that were grouped anew: to which each record belonged before, and the ids of the targets now."""

    before: Mapping[str, str]
    now: tuple[str, ...]
    sources: tuple[Target, ...] = ()


class Membership:
    """Rebuilt from the rows of targets and from decisions alone; `linking` is what an earlier one returned of
    `kept_linking`: then only what changed since is linked, with the same result. `stray` are records whose links are
    not those that their targets were made by: the rows are then of another version of linking."""

    def __init__(
        self, targets: Mapping[str, bytes], decisions: Iterable[LinkDecision], seal: str = "", linking: bytes = b""
    ) -> None:
        self.targets = TargetStore(targets, seal)
        self.bonds = Bonds(decisions)
        self._links = _linker(linking)
        self._named: set[str] = set()
        self.stray = self._restore()

    def _restore(self) -> set[str]:
        """Rebuild the links. Returns the records whose links are not those that their targets were made by: the rows
        are then of another version of linking, and are put right in silence."""
        together: list[tuple[tuple[str, ...], set[tuple[str, str]]]] = []
        there: set[str] = set()
        for target in self.targets.read():
            for member in target.members:
                if self._has_link(member):
                    there.add(member.key)
            if len(target.members) > 1:
                together.append((tuple(one.key for one in target.members), _glued(target.members)))
        for key in self._links.record_keys():
            if key not in there:
                self._links.drop(key)
        decided = {(one.a, one.b): one.verdict for one in self.bonds.decisions}
        for a, b in self._links.verdicts().keys() | decided.keys():
            self._links.decide(a, b, decided.get((a, b)))
        self._links.settle()
        stray: set[str] = set()
        for link in self._links.linked():
            if self.bonds.tie(link) and self.targets.of(link.a) != self.targets.of(link.b):
                stray |= {link.a, link.b}
        stray.update(key for keys, glued in together if len(self._clusters(keys, glued)) > 1 for key in keys)
        return stray

    def written(self) -> dict[str, bytes | None]:
        """Returns the rows that differ from those last written, packed; None for a row to delete."""
        self._named.clear()
        return self.targets.written()

    def keep(self, target: Target) -> None:
        """Put a target back when it is another object than the one kept."""
        if target is not self.targets[target.id]:
            self.targets.put(target)

    def name(self, target: str) -> None:
        """Note that an event has named a target by this id."""
        self._named.add(target)

    def decide(self, decision: LinkDecision) -> LinkDecision:
        """Keep a decision. Returns it with the current keys of its records, in order."""
        a, b = sorted((self._current(decision.a), self._current(decision.b)))
        decision = replace(decision, a=a, b=b)
        self.bonds.decide(decision)
        self._links.decide(a, b, decision.verdict)
        return decision

    def _current(self, key: str) -> str:
        """Returns the key that a record has now, following re-keyings."""
        member = self.member(key)
        while member is not None and member.successor:
            member = self.member(member.successor)
        return member.key if member else key

    def cohort(self, key: str, moment: Position) -> frozenset[str]:
        """Returns the keys that were one target with `key` at `moment`, by the links that stand now."""
        target = self.target(key)
        if all(members.is_seen(one, moment) for one in target.members):
            return frozenset(one.key for one in target.members)
        seen = {one.key for one in target.members if members.is_seen(one, moment)}
        groups = self._clusters(seen, _glued(target.members))
        return next((group for group in groups if key in group), frozenset())

    def explained(self, link: Link) -> tuple[Reason, ...]:
        """Returns the reasons for which the two records are linked."""
        found = self._links.explained(link.a, link.b)
        return found.reasons if found else ()

    def target_of(self, key: str) -> str | None:
        """Return the id of the target of a record; None when it was never listed."""
        return self.targets.of(key)

    def names_of(self, key: str) -> Iterator[str]:
        """Yield all names of the target of a record."""
        name = self.targets.of(key)
        for member in self.targets[name].members if name else ():
            yield from (one.full for one in member.profile.names)

    def target(self, key: str) -> Target:
        """Return the target of a record. Raises LedgerError when it was never listed."""
        name = self.targets.of(key)
        if name is None:
            raise LedgerError(f"{key} was never listed, and cannot change")
        return self.targets[name]

    def member(self, key: str) -> Member | None:
        """Return the member under `key`; None when it was never listed."""
        name = self.targets.of(key)
        if name is None:
            return None
        return next(one for one in self.targets[name].members if one.key == key)

    def apply(self, change: Change) -> None:
        """Apply the change to its record; nothing is linked yet."""
        by_type: dict[ChangeType, Callable[[Change], None]] = {
            "amended": self._amend,
            "delisted": self._delist,
            "rekeyed": self._rekey,
        }
        by_type.get(change.type, self._arrive)(change)

    def _profile(self, change: Change, otherwise: Record) -> tuple[Record, bool]:
        """What is kept of the record after the change, and whether it had to stay as it was."""
        record = members.record_after(change)
        return (otherwise, True) if record is None else (members.kept(record, profile(record)), False)

    def _arrive(self, change: Change) -> None:
        earlier = self.member(change.key)
        stands = earlier.profile if earlier else members.unread(change)
        if earlier and change.type == "relisted" and earlier.status == "delisted":
            content, stale = self._profile(change, stands)
            self._put(members.with_unread(members.relisted(earlier, change, content, stale=stale), change))
            return
        party = self._displace(earlier, change) + 1 if earlier else 0
        content, stale = self._profile(change, members.unread(change))
        member = members.with_unread(members.first_listed(change, content, stale=stale, party=party), change)
        self.targets.put(lineage.target_of_one(member))
        self._put_link(member)

    def _amend(self, change: Change) -> None:
        member = self.member(change.key)
        if member is None:  # its listing was passed over
            self._arrive(change)
            return
        content, stale = self._profile(change, member.profile)
        self._put(members.with_unread(members.amended(member, change, content, stale=stale), change))

    def _delist(self, change: Change) -> None:
        member = self.member(change.key)
        if member is not None:
            self._put(members.delisted(member, change))

    def _rekey(self, change: Change) -> None:
        old = self.member(change.previous_key or "")
        if old is None:  # its listing was passed over
            self._arrive(change)
            return
        stands = self.member(change.key)
        if stands:
            self._displace(stands, change)
        content, stale = self._profile(change, old.profile)
        stub, moved = members.rekeyed(old, change, content, stale=stale)
        target = lineage.renamed(self.target(old.key), old.key, moved)
        self._rename(old.key, moved)
        self.targets.put(lineage.with_member(target, stub, moved))

    def _displace(self, member: Member, change: Change) -> int:
        """Move the party that had the key aside. Returns its number among the parties that had the key."""
        number = next(one for one in count() if self.targets.of(f"{member.key}~{one}") is None)
        moved = members.displaced(member, number, change)
        target = lineage.renamed(self.target(member.key), member.key, moved)
        self._rename(member.key, moved)
        self.targets.put(lineage.with_member(lineage.without_member(target, member.key), moved))
        self.targets.forget(member.key)
        return number

    def _rename(self, old: str, moved: Member) -> None:
        """Move links and decisions from the key `old` to the member `moved`."""
        self._links.drop(old)
        for other, decision in self.bonds.rename(old, moved.key).items():
            self._links.decide(old, other, None)
            self._links.decide(moved.key, other, decision.verdict)
        self._put_link(moved)

    def _put(self, member: Member) -> None:
        self.targets.put(lineage.with_member(self.target(member.key), member))
        self._put_link(member)

    def _put_link(self, member: Member) -> bool:
        """Hand the record to linking. Returns whether it takes part."""
        if member.status == "rekeyed" or not member.profile.names:
            return False
        self._links.put(member.profile, reused=member.status == "reused" or member.party > 0)
        return True

    def _has_link(self, member: MemberRow) -> bool:
        """As `_put_link`, of a row of which linking mostly has the record already."""
        if member.status == "rekeyed":
            return False
        reused = member.status == "reused" or member.party > 0
        if self._links.has(member.key, member.profile, reused=reused):
            return True
        record = codec.decode(member.profile)
        if not record.names:
            return False
        self._links.put(record, reused=reused)
        return True

    @property
    def is_kept(self) -> bool:
        """Whether few records and decisions changed since `kept_linking`, so that a new `Membership` is made soon."""
        return self._links.unkept < max(UNKEPT_MIN, len(self._links) // UNKEPT_PART)

    def kept_linking(self) -> bytes:
        """Return all that linking knows, as bytes, from which a new `Membership` goes on."""
        return pack_linking(self._links.keep())

    def relink(self, more: Iterable[str] = ()) -> tuple[list[Link], Regrouped]:
        """Settle the links, and the targets with them. Returns the links that count and are new."""
        settled = self._links.settle()
        cut = [pair for pair in settled.removed if self.bonds.cut(*pair)]
        added = [link for link in settled.added if self.bonds.tie(link)]
        keys = {*more, *(key for pair in cut for key in pair), *(key for link in added for key in (link.a, link.b))}
        return added, self._regroup({key for key in keys if self.targets.of(key)})

    def _regroup(self, keys: set[str]) -> Regrouped:
        sources = self._region(keys)
        before = {one.key: source.id for source in sources for one in source.members}
        if not sources:
            return Regrouped(before, ())
        of = {one.key: one for source in sources for one in source.members}
        groups = self._clusters(of, _glued(of.values()))
        as_they_were = {frozenset(one.key for one in source.members) for source in sources}
        if set(groups) == as_they_were:
            return Regrouped(before, tuple(source.id for source in sources))
        made = [[of[key] for key in sorted(group)] for group in groups]
        living = {lineage.id_of(lineage.named_for(one, lineage.told_of(one, sources))) for one in made}
        by_id = {source.id: source for source in sources}
        for source in sources:
            self.targets.drop(source.id)
        for group in made:
            origins = [by_id[name] for name in dict.fromkeys(before[one.key] for one in group)]
            self.targets.put(lineage.assembled(group, origins, living=living, is_known=self._is_known))
        return Regrouped(before, tuple(sorted(living)), tuple(sources))

    def _is_known(self, name: str) -> bool:
        return name in self.targets.rows or name in self._named

    def _region(self, keys: set[str]) -> list[Target]:
        """The targets of `keys`, and those tied to them by links that may count once these are grouped anew."""
        found: dict[str, Target] = {}
        waiting = sorted({name for key in keys if (name := self.targets.of(key))})
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            found[name] = self.targets[name]
            for member in found[name].members:
                for tie in self.bonds.ties(member.key):
                    other = self.targets.of(tie.b if tie.a == member.key else tie.a)
                    if other is not None and other not in found:
                        waiting.append(other)
        return [found[name] for name in sorted(found)]

    def _clusters(self, keys: Iterable[str], glued: Iterable[tuple[str, str]]) -> list[frozenset[str]]:
        keys = set(keys)
        bonds = self.bonds
        ties = [tie for key in keys for tie in bonds.ties(key)]
        return clusters_of(keys, [*ties, *map(lineage.rekeying_tie, glued)], bonds.apart(keys))


def _glued(some: Iterable[Member | MemberRow]) -> set[tuple[str, str]]:
    return {(one.key, one.successor) for one in some if one.successor}


def _linker(linking: bytes) -> Linker:
    """Return a linker that goes on from `linking`; a new one where that is of no use."""
    kept = unpack_linking(linking) if linking else None
    return Linker.resumed(kept) if kept else Linker()

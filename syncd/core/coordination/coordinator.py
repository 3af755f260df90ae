"""The coordinator: committed changes of all lists in; targets, and what is said of them, out. Pure.

Theory of operation
===================

**The fold.** The truth is a fold over all changes in the order (commit time, feed, sequence): what a reader would have
said who saw every commit at once. Deadlines lie on the same line of time: each is judged before the first change that
was committed after it. `draft` sorts what was taken, folds it, and writes down where it got to. So it does not matter
how the changes are cut into drafts, nor in what order a draft's changes were handed over; and since all that the fold
goes by is in the rows, a coordinator that is rebuilt goes on as if it had never stopped.

**Acts and readings.** Only a live change says something: a publisher's act (`origin: source`) in a publication or a
release. Baselines, new readings, resyncs and re-keyings change targets in silence. A person's decision about a link is
an act too. Silent changes are linked together, many at once, before the next act.

**Targets.** A target is a cluster of the links that count and of what people confirmed, without what they forbade. Its
id is minted of one of its members. As long as no event has told an id of any of them to anybody, that is the most
senior: the earliest listed, then the smallest key. Seniority is pinned when a record is first seen. An id once told
stays, no matter who joins: a target keeps, with its members, which of their ids were told and at which moment of the
fold, and goes by the one told first (then by the more senior). When two told targets become one, the id told first is
its id, and the other goes to `formerly`; when they part again, each has its own back. So the id is a function of who is
in the cluster and of what was told of them. What is said follows from the fold, and the fold is the same however the
changes are cut and handed over; hence the ids are the same in any interleaving of the lists that respects the order of
commits (commit time, feed, sequence). Read out of that order, the same records make the same targets; which of two ids
was told first depends on what had been read when it was told.

**Dates.** A designation counts from the authority's own date of listing. Where there is none, or what is written is
none, it counts from the day of the commit: nothing that a publisher writes stops the fold. Where its own date cannot be
that of the act, it counts from when it was seen, that is, from the date of the publication that brought it, or from the
commit where none is stated. Such are dates more than a month ahead, and *back-dated* listings: their date lies before
the feed's previous publication, which did not have them, by more than a window (`times.backdated`). A list that takes
over another's entries, or brings sanctions of 2007 back, copies the old dates; two lists that do so at times years
apart share those dates and no action. If they do so within the window of one another, that is one. What is dated by
when it was seen takes part by that day alone: it neither starts nor joins what happened in 2007.

**Coordinations.** Live designations of one target by two authorities, which count from days within the window, are one
coordination, and so are those that hang together by such pairs. A baseline is no act, whatever dates it has. Its id is
minted when it starts, of the earliest-dated designation that is in it then, and kept: nothing in it depends on the
target's id.

**What is said, and that it is said once.** The ids of events are content, and none contains a target's id:

  target.linked            the later-committed of the two designations
  target.split             the change or decision that parted them, and the founder of the part; where that part is
                           made of several targets, also the founder of the one from which it parted
  target.asymmetry         the change
  coordination.started     the coordination
  coordination.joined      the authority's designation
  coordination.completed   the alliance, and the designation with which all of it list the target
  coordination.diverged    the record and the change that ended it
  coordination.gap         the coordination's earliest designation, alliance, authority and deadline

A target keeps what was announced of it, a bounded number, and hands it to every part on a split.

**Changes that are read late.** The lists are read side by side, and a restart may bring one list's past after another
one's present. What arrives late is judged by when it was committed: a baseline that ties together two designations
which were committed after it starts their coordination, as it would have in order; one that was committed after both
does not. Periods are intervals of commit times, and whether somebody else kept a target listed is asked of the moment
of the delisting. All conditions but three are monotone, that is, once true they stay true as more is read; what is said
by them is therefore the same in any interleaving of the lists. These depend on the order in principle:

* *Which* designation a coordination is named for. With three any two start it, and there is nothing that each two of
  three share and no other target has; so no id that is fixed at the first two can be the same for all orders of
  reading. It is if the lists are read in order of commit, and always for two designations. So too with an authority of
  several lists: it joins by the designation that is read first. Out of order, the same things are said of the same
  targets, once each, under another name.
* What a later reading would have denied: a delisting that comes to light after somebody else's was judged, a listing
  that comes to light after its deadline, a designation that turns out to bridge two coordinations (they stay two), two
  targets that turn out to be one after each had its own.
* A link that existed only for a while, or that came about by an amendment, if what it led to was never read while it
  stood.

The caller that hands over a backlog should therefore do so in the order of commit times.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec.structs import replace

from syncd.core import seals
from syncd.core.coordination import asymmetry, members
from syncd.core.coordination.announcements import announce
from syncd.core.coordination.deadlines import announce_gaps
from syncd.core.coordination.event_drafts import asymmetry_event, linked_event, split_event
from syncd.core.coordination.members import Position
from syncd.core.coordination.membership import Membership, Regrouped
from syncd.core.coordination.participation import FoldStep, diverge, participate
from syncd.core.coordination.rules import Rules
from syncd.core.coordination.target import (
    CoordinationCommit,
    CoordinationEvent,
    CoordinatorState,
    LinkDecision,
    LinkEvidence,
    Member,
    Target,
)
from syncd.core.events import Change, Publication, change_id
from syncd.core.ids import content_id
from syncd.core.linking import Link
from syncd.core.times import iso
from syncd.errors import LedgerError, SignalRefused

__all__ = ["Coordinator", "Rules"]

DECISIONS_MAX = 2000
CAUSES_MAX = 10
LINKS_SHOWN_MAX = 50


class Coordinator:
    """`take` and `decide` what happened, `draft` what follows, write it, `accept` it. A draft that could not be
    written cannot be taken back: make a new coordinator from the rows.

    `linking` is that of the last commit that had one. Without it, and when it is not what `state` says, all records are
    linked from nothing, with the same result."""

    def __init__(
        self, state: CoordinatorState, targets: Mapping[str, bytes], rules: Rules | None = None, linking: bytes = b""
    ) -> None:
        self._state = state
        self._rules = rules or Rules()
        self._cursor = dict(state.cursor)
        self._membership = Membership(
            targets, state.decisions, state.targets_seal, linking if seals.of_linking(linking) == state.linking else b""
        )
        self._targets = self._membership.targets
        self._waiting: list[Change] = []
        self._arriving: set[str] = set()
        self._asked: list[LinkDecision] = []
        self._quiet: dict[str, tuple[Position, str]] = {}
        self._said: list[CoordinationEvent] = []
        self._drafted: CoordinationCommit | None = None

    @property
    def state(self) -> CoordinatorState:
        """Return the state after what was taken so far."""
        return self._state

    @property
    def rows(self) -> Mapping[str, bytes]:
        """The rows of the targets as drafted last, packed."""
        return self._targets.rows

    def take(self, change: Change) -> None:
        """Take one committed change, in the order of its feed. Raises LedgerError for one that does not follow."""
        self.pass_over(change)
        self._waiting.append(change)
        self._arriving.add(change.key)

    def pass_over(self, change: Change) -> None:
        """Move the cursor past a change without taking it. Raises LedgerError for one that does not follow."""
        last = self._cursor.get(change.feed, 0)
        if change.sequence != last + 1:
            raise LedgerError(f"{change.feed}: change {change.sequence} does not follow {last}, the last one taken")
        self._cursor[change.feed] = change.sequence

    def decide(self, decision: LinkDecision) -> None:
        """Take a person's decision about two records. Raises SignalRefused for a key that was never listed, and when no
        more decisions can be kept."""
        if decision.a == decision.b:
            raise SignalRefused(f"{decision.a} is one record: there is nothing to decide")
        for key in (decision.a, decision.b):
            if self._targets.of(key) is None and key not in self._arriving:
                raise SignalRefused(f"nobody has ever listed {key}")
        if len(self._membership.bonds.decisions) + len(self._asked) >= DECISIONS_MAX:
            raise SignalRefused(f"{DECISIONS_MAX} links have been decided by people, and no more can be kept")
        self._asked.append(decision)

    def draft(self, now: datetime, rows: Iterable[Publication] = (), last_signal: int = 0) -> CoordinationCommit | None:
        """Returns the commit that follows from all that was taken since the last draft and from the deadlines passed by
        `now`; None when there is nothing to write. The commit is to be accepted before the next draft."""
        assert self._drafted is None, "the last draft was not accepted"
        at = max(iso(now), self._state.committed_at)
        rows = tuple(rows)
        if not self._has_work(at) and not rows and last_signal <= self._state.last_signal:
            return None
        self._fold(at)
        self._drafted = self._commit(at, rows, last_signal)
        return self._drafted

    @property
    def is_kept(self) -> bool:
        """Whether a new coordinator made from what was written is there at once; if not, a `checkpoint` is due."""
        return self._membership.is_kept

    def checkpoint(self) -> CoordinationCommit:
        """Returns a commit that keeps what linking knows as of the last draft. It is to be accepted as a draft is."""
        assert self._drafted is None, "the last draft was not accepted"
        assert not self._waiting, "a change was taken and not drafted"
        linking = self._membership.kept_linking()
        state = replace(self._state, linking=seals.of_linking(linking))
        self._drafted = CoordinationCommit(events=(), targets={}, state=state, linking=linking)
        return self._drafted

    def accept(self, commit: CoordinationCommit) -> None:
        """Note that the drafted commit was written."""
        assert commit is self._drafted, "another commit was drafted"
        self._state = commit.state
        self._drafted = None
        self._targets.accepted()

    def next_due(self) -> str | None:
        """Returns the time of the next deadline (ISO 8601); None when there is none."""
        return self._targets.next_deadline()

    def _has_work(self, at: str) -> bool:
        deadline = self.next_due()
        return bool(self._waiting or self._asked or self._membership.stray or (deadline and deadline <= at))

    def _commit(self, at: str, rows: tuple[Publication, ...], last_signal: int) -> CoordinationCommit:
        state = self._state
        number = state.commit + bool(self._said)
        events = tuple(
            replace(one, sequence=state.sequence + place, commit=number, committed_at=at)
            for place, one in enumerate(self._said, 1)
        )
        self._said.clear()
        written = self._membership.written()
        return CoordinationCommit(
            events=events,
            targets=written,
            rows=rows,
            state=replace(
                state,
                cursor=dict(sorted(self._cursor.items())),
                commit=number,
                sequence=state.sequence + len(events),
                committed_at=at,
                last_signal=max(state.last_signal, last_signal),
                targets=len(self._targets),
                decisions=self._membership.bonds.decisions,
                events_seal=seals.of_events(events, state.events_seal),
                sealed_after=state.sealed_after if state.events_seal else state.sequence,
                targets_seal=self._targets.seal,
            ),
        )

    def _fold(self, at: str) -> None:
        if self._membership.stray:
            self._quiet.update(dict.fromkeys(self._membership.stray, (members.end_of_time(at), "")))
            self._flush(self._membership.stray)
            self._membership.stray = set()
        changes = sorted(self._waiting, key=lambda one: (one.committed_at, one.feed, one.sequence))
        self._waiting.clear()
        self._arriving.clear()
        for change in changes:
            self._pass_deadlines(before=change.committed_at)
            if members.is_live(change):
                self._flush()
                self._act(change)
            else:
                self._membership.apply(change)
                self._quiet[change.key] = (members.position_of_change(change), change_id(change))
        self._flush()
        for decision in self._asked:
            self._decided(decision, at)
        self._asked.clear()
        self._pass_deadlines(until=at)

    def _pass_deadlines(self, *, before: str = "", until: str = "") -> None:
        while (deadline := self.next_due()) and (deadline < before or deadline <= until):
            self._flush()
            for name in self._targets.due_by(deadline):
                self._keep(*announce_gaps(self._targets[name], deadline, self._rules))

    def _keep(self, target: Target, said: Iterable[CoordinationEvent]) -> None:
        self._membership.keep(target)
        for one in said:
            self._said.append(one)
            self._membership.name(one.target)

    def _flush(self, more: Iterable[str] = ()) -> None:
        """Link the changes that say nothing themselves; they may complete what was committed after them and read
        before."""
        if not self._quiet:
            return
        added, regrouped = self._membership.relink(more)
        quiet, self._quiet = self._quiet, {}
        touched = {name for key in quiet if (name := self._targets.of(key))}
        for name in sorted(touched.union(regrouped.now)):
            target = self._targets[name]
            if any(period.live for one in target.members for period in one.periods):
                came = [quiet[one.key] for one in target.members if one.key in quiet] or list(quiet.values())
                cause = tuple(sorted(one for _, one in came if one))[:CAUSES_MAX]
                step = self._step(max(moment for moment, _ in came), False, cause, regrouped)
                self._say_linked([link for link in added if self._targets.of(link.a) == name], step)
                self._judge(name, step)

    def _step(self, moment: Position, live: bool, cause: tuple[str, ...], regrouped: Regrouped) -> FoldStep:
        return FoldStep(moment=moment, live=live, cause=cause, before=regrouped.before, cohort=self._membership.cohort)

    def _act(self, change: Change) -> None:
        """Apply one live change, and announce all that it leads to."""
        earlier = self._membership.member(change.key)
        self._membership.apply(change)
        added, regrouped = self._membership.relink()
        step = self._step(members.position_of_change(change), True, (change_id(change),), regrouped)
        self._say_split(regrouped, step, f"{change.key} was {change.type}")
        self._say_linked(added, step)
        name = self._targets.of(change.key)
        if name is None:  # its listing was passed over
            return
        for one in sorted({name, *regrouped.now}):
            self._judge(one, step)
        self._say_of(change, earlier, step)

    def _judge(self, name: str, step: FoldStep) -> None:
        self._keep(*participate(self._targets[name], step, self._rules))

    def _say_of(self, change: Change, earlier: Member | None, step: FoldStep) -> None:
        """Announce what the change itself says: that an authority delisted, or states what others do not."""
        member = self._membership.member(change.key)
        assert member is not None
        target = self._membership.target(change.key)
        if change.type == "delisted" and change.basis != "id_reused":
            self._keep(*diverge(target, member, step))
        if change.type in ("amended", "relisted") and change.material and earlier and not member.stale:
            self._say_asymmetry(target, earlier, member, step)

    def _say_asymmetry(self, target: Target, earlier: Member, member: Member, step: FoldStep) -> None:
        own = members.jurisdiction(member)
        others = [
            one for one in target.members if members.jurisdiction(one) != own and members.covers(one, step.moment)
        ]
        facts = asymmetry.facts(earlier.profile, member.profile, [one.profile for one in others], self._membership)
        if not facts or not others:
            return
        said = asymmetry_event(target, member, facts, others, cause=step.cause)
        self._keep(*announce(target, said, step.at))

    def _say_linked(self, added: Iterable[Link], step: FoldStep, decision: LinkDecision | None = None) -> None:
        by: dict[str, list[Link]] = {}
        for link in added:
            name = self._targets.of(link.a)
            if name != self._targets.of(link.b) or step.before.get(link.a) == step.before.get(link.b):
                continue
            later = self._later(link)
            moment = members.last_listed(later)
            if step.live if step.moment >= moment else later.periods[-1].live:
                by.setdefault(later.key, []).append(link)
        for key, links in sorted(by.items()):
            self._say_one_linked(key, links, step, decision)

    def _say_one_linked(self, key: str, links: list[Link], step: FoldStep, decision: LinkDecision | None) -> None:
        target = self._membership.target(key)
        member = self._membership.member(key)
        assert member is not None
        evidence = tuple(map(self._evidence, links[:LINKS_SHOWN_MAX]))
        began = member.periods[-1].sequence if member.periods else None
        said = linked_event(target, key, began, evidence, decision=decision, cause=step.cause)
        self._keep(*announce(target, said, step.at))

    def _later(self, link: Link) -> Member:
        """Returns the one of two linked records that was listed later, by commit."""
        both = [one for one in (self._membership.member(link.a), self._membership.member(link.b)) if one]
        return max(both, key=lambda one: (members.last_listed(one), one.key))

    def _evidence(self, link: Link) -> LinkEvidence:
        decision = self._membership.bonds.decided(link.a, link.b)
        return LinkEvidence(
            a=link.a,
            b=link.b,
            score=link.score,
            reasons=tuple(one.text for one in self._membership.explained(link)),
            decided_by=decision.by if decision else None,
        )

    def _say_split(self, regrouped: Regrouped, step: FoldStep, why: str) -> None:
        keepers: dict[str, list[str]] = {}
        for source in regrouped.sources:
            parts = {name for one in source.members if (name := self._targets.of(one.key))}
            keeper = self._targets.of(source.founder)
            for name in sorted(parts - {keeper}) if keeper else ():
                keepers.setdefault(name, []).append(keeper or name)
        for name, of in sorted(keepers.items()):
            for keeper in dict.fromkeys(of):
                stayed, parted = self._targets[keeper], self._targets[name]
                said = split_event(stayed, parted, why, cause=step.cause, is_of_several=len(set(of)) > 1)
                self._keep(*announce(stayed, said, step.at))

    def _decided(self, decision: LinkDecision, at: str) -> None:
        decision = self._membership.decide(decision)
        a, b = decision.a, decision.b
        added, regrouped = self._membership.relink((a, b))
        cause = (content_id("decision", a, b, decision.verdict, decision.at),)
        step = self._step(members.end_of_time(at), True, cause, regrouped)
        self._say_split(regrouped, step, f"{decision.by} decided so: {decision.why}")
        self._say_linked(added, step, decision)
        for name in regrouped.now:
            self._judge(name, step)

"""The target: the party in the real world behind records of several lists, and what is said of it.

A target is a cluster of linked records. Every record that was ever listed belongs to exactly one, if only its own.
Links are advisory: they never change a list's record.

* `id` is minted of the founding member: the earliest listed, then the smallest key, until an event has told the id to
  anybody. From then on the id and its founder stay. Of two told targets that merge, the one told first keeps its id,
  and the other id goes to `formerly`; on a split each part has that id of its members that was told first.
* Seniority is pinned when a record is first seen, so that a later correction of its dates moves no id.
* An authority is the jurisdiction at the head of a feed's id: `us` for `us_ofac_sdn` and `us_bis_el`.

Times are ISO 8601 in UTC with a `Z`, dates `YYYY-MM-DD`.
"""

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct, field

from syncd.core.events import Publication
from syncd.core.ids import content_id
from syncd.core.model import Record

Verdict = Literal["confirmed", "forbidden"]
MemberStatus = Literal["listed", "delisted", "rekeyed", "reused"]
CoordinationType = Literal[
    "target.linked",
    "target.split",
    "target.asymmetry",
    "coordination.started",
    "coordination.joined",
    "coordination.completed",
    "coordination.gap",
    "coordination.diverged",
]

COORDINATOR = "coordinator"


class Period(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One time of being listed. `since` and `until` are commit times, `listed_on` the authority's own date; `sequence`
    and `ended` are the changes that began and ended it. `live`: the designation was the publisher's act, seen as it
    happened, and not a baseline, a new reading or a resync. `counted_on` is the day from which coordination counts it,
    where that is not `listed_on`: a back-dated listing, or one that is dated far ahead."""

    since: str
    sequence: int
    live: bool = False
    until: str | None = None
    ended: int = 0
    listed_on: str | None = None
    counted_on: str | None = None


class Member(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A record of a target, as linking and coordination need it.

    `profile` is the record reduced to the fields that they read, `sequence` that of the last change that is in it.
    `senior` is what its seniority goes by: the date of listing, or the commit time where there is none, pinned when
    first seen; `first` the key that it had then, if it has another now.
    `rekeyed`: it goes on as `successor`. `reused`: the publisher gave its key to somebody else, and it stands here
    under `<key>~<party>`; `party` counts the parties that had the key before it.
    `stale`: the last version came without its record, which was too large, or, where it is `unread`, could not be
    taken; `profile` is the version before.
    """

    key: str
    status: MemberStatus
    sequence: int
    senior: str
    profile: Record
    periods: tuple[Period, ...] = ()
    first: str = ""
    party: int = 0
    successor: str | None = None
    stale: bool = False
    unread: bool = False


class LinkDecision(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a person decided of two records, on whatever targets they are. It survives every change of either."""

    a: str
    b: str
    verdict: Verdict
    by: str
    why: str
    at: str


class Announcement(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """That something was said once and is not to be said again: the id of the event, its type, when, and of what
    (`of`: an authority, an alliance) it was said where the type alone does not tell."""

    id: str
    type: CoordinationType
    at: str
    of: str = ""


class Deadline(Struct, frozen=True, kw_only=True):
    """A gap that is due at `at` unless `authority` has listed the target by then."""

    at: str
    alliance: str
    authority: str
    coordination: str


class Participation(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One authority in a coordination: its record, when it listed the target, when syncd committed that.

    `listed_on` is the authority's own date, else the day of the commit. `counted_on` is given where the designation
    counts from another day: a back-dated listing counts from the publication that brought it.
    """

    authority: str
    key: str
    listed_on: str | None = None
    counted_on: str | None = None
    committed_at: str = ""
    sequence: int = 0
    programmes: tuple[str, ...] = ()


class Coordination(Struct, frozen=True, kw_only=True):
    """Live designations of one target by several authorities, each within the window of another one's. `id` is
    minted when it starts, and kept."""

    id: str
    participations: tuple[Participation, ...]


class Target(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One row of `targets`: all that the coordinator must know of it after a restart.

    `founder` is the key of the member of which `id` is minted; `formerly` are ids of targets that became part of it.
    `told` are the ids minted of its members that events have named, each with the time of the first.
    """

    id: str
    founder: str
    members: tuple[Member, ...]
    formerly: tuple[str, ...] = ()
    coordinations: tuple[Coordination, ...] = ()
    announced: tuple[Announcement, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    told: dict[str, str] = field(default_factory=dict)


class LinkEvidence(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why two records are taken for one target, in words for a compliance officer."""

    a: str
    b: str
    score: float
    reasons: tuple[str, ...]
    decided_by: str | None = None


class CoordinationEvent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event of `coordination`. `sequence` counts 1, 2, 3 … over all of them, without holes.

    `explanation` is the event in one sentence. `authority` is whom it is about: who joined, who diverged, who is
    missing. `missing` are authorities of the `alliance` that have not listed the target. `facts` are, for an
    asymmetry, what one authority states and the others do not, each as `path: value`. `elided` lists parts left out for
    size.
    """

    id: str
    type: CoordinationType
    target: str
    sequence: int
    commit: int
    committed_at: str
    explanation: str
    coordination: str | None = None
    authority: str | None = None
    alliance: str | None = None
    deadline: str | None = None
    participations: tuple[Participation, ...] = ()
    missing: tuple[str, ...] = ()
    links: tuple[LinkEvidence, ...] = ()
    facts: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    formerly: tuple[str, ...] = ()
    cause: tuple[str, ...] = ()
    elided: tuple[str, ...] = ()


class CoordinatorState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far the coordinator is: `cursor` is the last change taken of each feed. The rest is as in a feed's state.

    `events_seal` is of the events after the sequence `sealed_after`, `targets_seal` of all targets (`core.seals`); both
    are empty in what was written before there were seals. `linking` is the digest of what linking kept last; empty when
    it kept nothing.
    """

    cursor: dict[str, int] = field(default_factory=dict)
    commit: int = 0
    sequence: int = 0
    committed_at: str = ""
    last_signal: int = 0
    targets: int = 0
    decisions: tuple[LinkDecision, ...] = ()
    events_seal: str = ""
    sealed_after: int = 0
    targets_seal: str = ""
    linking: str = ""


class CoordinationCommit(Struct, frozen=True, kw_only=True):
    """One transaction of the coordinator. `targets` are rows to write, packed by `core.codec`; None deletes one.
    `rows` answer people's signals. `linking` is what linking keeps from now on; None leaves what it kept last."""

    events: tuple[CoordinationEvent, ...]
    targets: Mapping[str, bytes | None]
    state: CoordinatorState
    rows: tuple[Publication, ...] = ()
    linking: bytes | None = None

    def apply_to(self, targets: dict[str, bytes]) -> None:
        """What `targets` are when the commit stands."""
        for name, row in self.targets.items():
            if row is None:
                targets.pop(name, None)
            else:
                targets[name] = row


def target_id(first: str, party: int = 0) -> str:
    """The id of a target that is founded by the record first seen under this key, as its `party`-th holder."""
    return content_id("target", first, *([str(party)] if party else []))


def counted_on(one: Participation) -> str:
    """The day from which coordination counts a designation."""
    return one.counted_on or one.listed_on or ""


def authority(feed: str) -> str:
    """`us` of `us_ofac_sdn`."""
    return feed.partition("_")[0]


def feed_of(key: str) -> str:
    """Return the feed of a key: `un_sc` of `un_sc:QDi.001`."""
    return key.partition(":")[0]


def coordination_cloud_event(event: CoordinationEvent, installation: str, ledger: str = "") -> dict[str, Any]:
    """The event as a CloudEvents 1.0 event in JSON form. `ledger` is the identity under which its sequence is a
    position."""
    return ({"ledger": ledger} if ledger else {}) | {
        "specversion": "1.0",
        "id": event.id,
        "source": f"/syncd/{installation}/{COORDINATOR}",
        "type": f"syncd.{event.type}.v1",
        "subject": event.target,
        "time": event.committed_at,
        "datacontenttype": "application/json",
        "data": event,
    }

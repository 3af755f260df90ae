"""Applies a change to a member of a target: to its periods, its profile and its key.

A publisher may give a key to somebody else. The party that had it stays a member of its target, under
`<key>~<party>`, with its periods and its profile; the new one is a member of its own.
"""

import msgspec
from msgspec.structs import replace

from syncd.core import times
from syncd.core.coordination.target import Member, Period, feed_of
from syncd.core.events import Change
from syncd.core.model import Identifier, Listing, Name, Record
from syncd.core.tolerant import tolerating

# The place of a change in the order in which all lists are read: commit time, feed, sequence.
Position = tuple[str, str, int]

PERIODS_MAX = 32
# A listing that is dated so far ahead of its commit is dated wrongly.
AHEAD_DAYS_MAX = 31
LAST = "\uffff"
NEVER: Position = (LAST, LAST, 0)
LIVE_CAUSES = frozenset({"publication", "release"})
_decode = tolerating(msgspec.json.Decoder(Record))


def is_live(change: Change) -> bool:
    """Whether the change is an act of the publisher, seen as it happened; not a baseline, resync or new reading."""
    return change.cause in LIVE_CAUSES and change.origin == "source" and change.type not in ("baselined", "rekeyed")


def record_after(change: Change) -> Record | None:
    """Returns the record after the change; None for a delisting, and where it was left out for its size."""
    return None if change.after is None else _decode(change.after)


def kept(record: Record, linked: Record) -> Record:
    """Returns the profile of a member: `linked`, the fields that linking reads, and those that coordination reads."""
    return replace(
        linked,
        names=linked.names or record.names[:1],
        identifiers=_identifiers(linked, record),
        relations=tuple(replace(one, note=None) for one in record.relations),
        listings=tuple(map(_listing, record.listings)),
        vessel=record.vessel,
        aircraft=record.aircraft,
    )


def _identifiers(linked: Record, record: Record) -> tuple[Identifier, ...]:
    known = {(one.type, one.value) for one in linked.identifiers}
    more = (Identifier(type=one.type, value=one.value, country=one.country) for one in record.identifiers)
    return (*linked.identifiers, *(one for one in more if (one.type, one.value) not in known))


def _listing(one: Listing) -> Listing:
    return Listing(list=one.list, programmes=one.programmes, listed_on=one.listed_on)


def unread(change: Change) -> Record:
    """Returns an empty record with the key of `change`, for a record that came without its content."""
    return Record(key=change.key, feed=change.feed, kind="unknown", names=())


def first_listed(change: Change, profile: Record, *, stale: bool = False, party: int = 0) -> Member:
    """Returns the member for a record that was never listed before."""
    return Member(
        key=change.key,
        status="listed",
        sequence=change.sequence,
        senior=times.earliest(*(one.listed_on for one in profile.listings)) or change.committed_at,
        profile=profile,
        periods=(_period(change, profile, after=None),),
        party=party,
        stale=stale,
    )


def relisted(member: Member, change: Change, profile: Record, *, stale: bool) -> Member:
    """Return the member listed again by `change`, with a new period."""
    last = member.periods[-1] if member.periods else None
    periods = (*member.periods, _period(change, profile, after=last))[-PERIODS_MAX:]
    return replace(
        member, status="listed", sequence=change.sequence, profile=profile, periods=periods, stale=stale, successor=None
    )


def amended(member: Member, change: Change, profile: Record, *, stale: bool) -> Member:
    """Return the member with the profile that `change` gives it."""
    return replace(member, sequence=change.sequence, profile=profile, stale=stale)


def with_unread(member: Member, change: Change) -> Member:
    """Returns `member`, marked `unread` when its record was left out here and not by the ledger for its size."""
    return replace(member, unread=member.stale and not change.elided)


def delisted(member: Member, change: Change) -> Member:
    """Return the member with its last period ended by `change`."""
    return replace(member, status="delisted", sequence=change.sequence, periods=_ended(member.periods, change))


def rekeyed(member: Member, change: Change, profile: Record, *, stale: bool) -> tuple[Member, Member]:
    """Returns the stub under the old key, and the member under the new key with the same seniority."""
    stub = replace(
        member,
        status="rekeyed",
        sequence=change.sequence,
        periods=(),
        successor=change.key,
        profile=Record(key=member.key, feed=change.feed, kind=member.profile.kind, names=()),
    )
    moved = replace(
        member,
        key=change.key,
        sequence=change.sequence,
        profile=replace(profile, key=change.key),
        stale=stale,
        first=member.first or member.key,
    )
    return stub, moved


def displaced(member: Member, number: int, change: Change) -> Member:
    """Returns `member` as the party that lost its key to another party by `change`."""
    key = f"{member.key}~{number}"
    return replace(
        member,
        key=key,
        status="rekeyed" if member.status == "rekeyed" else "reused",
        periods=_ended(member.periods, change),
        first=member.first or member.key,
        profile=replace(member.profile, key=key),
    )


def _ended(periods: tuple[Period, ...], change: Change) -> tuple[Period, ...]:
    if not periods or periods[-1].until:
        return periods
    return (*periods[:-1], replace(periods[-1], until=change.committed_at, ended=change.sequence))


def _period(change: Change, profile: Record, after: Period | None) -> Period:
    """A new period. A publisher who lists again may leave the old date: the day on which it was seen is nearer then."""
    listed = times.latest_day(*(one.listed_on for one in profile.listings))
    if after and after.until and listed and listed < after.until[:10]:
        listed = None
    return Period(
        since=change.committed_at,
        sequence=change.sequence,
        live=is_live(change) and change.type in ("designated", "relisted"),
        listed_on=listed,
        counted_on=_counted_on(change, listed),
    )


def _counted_on(change: Change, listed: str | None) -> str | None:
    """The day from which a listing counts when its own date cannot be that of the act: when it was seen. None when the
    own date stands."""
    ahead = times.days_from(change.committed_at, listed)
    if listed is None or ahead is None or not (change.times.backdated or ahead > AHEAD_DAYS_MAX):
        return None
    seen = times.utc_day(times.stated_time(change.times.published, change.committed_at))
    return seen if seen and listed < seen else change.committed_at[:10]


def title(member: Member) -> str:
    """Returns the name to show for a member."""
    names: tuple[Name, ...] = member.profile.names
    primary = next((one.full for one in names if one.kind == "primary"), names[0].full if names else "")
    return primary or member.key


def listing_day(period: Period) -> str:
    """Returns the authority's date of the listing, else the day of the commit."""
    return times.utc_day(period.listed_on) or period.since[:10]


def position_of_change(change: Change) -> Position:
    """Return the place of a change in the fold."""
    return change.committed_at, change.feed, change.sequence


def end_of_time(at: str) -> Position:
    """Returns the position after every change that was committed at the time `at`."""
    return at, LAST, 0


def began(member: Member, period: Period) -> Position:
    """Return the place in the fold at which a period began."""
    return period.since, feed_of(member.key), period.sequence


def ended(member: Member, period: Period) -> Position:
    """Return the place in the fold at which a period ended; NEVER while it runs."""
    return (period.until, feed_of(member.key), period.ended) if period.until else NEVER


def covers(member: Member, moment: Position) -> bool:
    """Whether the record was listed at `moment`."""
    return any(began(member, one) <= moment < ended(member, one) for one in member.periods)


def is_seen(member: Member, moment: Position) -> bool:
    """Whether the record had been listed at or before `moment`."""
    return not member.periods or began(member, member.periods[0]) <= moment


def last_listed(member: Member) -> Position:
    """Returns the position of the change that last listed the record."""
    return began(member, member.periods[-1]) if member.periods else ("", "", 0)


def jurisdiction(member: Member) -> str:
    """Return the authority of a member: the head of its feed's id."""
    return feed_of(member.key).partition("_")[0]

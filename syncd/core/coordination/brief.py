"""A target in brief, as it stands beside one of its records: the entries of the other authorities, and what people
decided of them."""

from collections.abc import Collection, Iterable
from typing import Final

import msgspec
from msgspec import Struct

from syncd.core import codec
from syncd.core.coordination.target import LinkDecision, Member, MemberStatus, Target, feed_of
from syncd.core.model import Kind
from syncd.core.tolerant import tolerating


class MemberBrief(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One record of a target. `name` is its first name as published; `listed_on` is the authority's own date of the
    latest listing, `since` and `until` are the commit times of listing and delisting."""

    key: str
    feed: str
    status: MemberStatus
    name: str = ""
    kind: Kind = "unknown"
    listed_on: str | None = None
    since: str | None = None
    until: str | None = None


class TargetBrief(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The target of which a record is a member: every record of it, and what people decided of links between them."""

    id: str
    members: tuple[MemberBrief, ...] = ()
    formerly: tuple[str, ...] = ()
    decisions: tuple[LinkDecision, ...] = ()


class _Keyed(Struct, frozen=True, kw_only=True):
    key: str


class _Members(Struct, frozen=True, kw_only=True):
    members: tuple[_Keyed, ...] = ()


_members: Final = msgspec.json.Decoder(_Members)
_targets: Final = tolerating(msgspec.json.Decoder(Target))


def has_member(target: bytes, key: str) -> bool:
    """Return whether the target whose JSON is `target` has a record under `key`. Raises msgspec.MsgspecError."""
    # Most targets do not have the key anywhere: they are not decoded.
    if msgspec.json.encode(key)[1:-1] not in target:
        return False
    return any(member.key == key for member in _members.decode(target).members)


def brief_target(packed: bytes, decisions: Iterable[LinkDecision]) -> TargetBrief:
    """Return the target that `packed` packs, in brief, with those of people's `decisions` that concern its records.
    Raises zstandard.ZstdError, msgspec.MsgspecError."""
    found = _targets(codec.unpack_json(packed))
    members = tuple(map(_brief_member, found.members))
    keys = {member.key for member in members}
    return TargetBrief(
        id=found.id, members=members, formerly=found.formerly, decisions=tuple(_concerning(keys, decisions))
    )


def _concerning(keys: Collection[str], decisions: Iterable[LinkDecision]) -> Iterable[LinkDecision]:
    return (decision for decision in decisions if decision.a in keys or decision.b in keys)


def _brief_member(member: Member) -> MemberBrief:
    names, latest = member.profile.names, member.periods[-1] if member.periods else None
    return MemberBrief(
        key=member.key,
        feed=feed_of(member.key),
        status=member.status,
        name=names[0].full if names else "",
        kind=member.profile.kind,
        listed_on=latest.listed_on if latest else None,
        since=latest.since if latest else None,
        until=latest.until if latest else None,
    )

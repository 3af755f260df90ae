"""A change and a hold in one line each, for the port: made of committed data, and bounded.

They hold names of targets: the port is the operator's own. These names go nowhere else, neither into a log nor into a
metric.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec
from msgspec import Struct, field

from syncd.core import codec
from syncd.core.events import Cause, Change, ChangeType, Origin
from syncd.core.model import Kind, Listing, Name
from syncd.core.state import FeedState, Hold, Stored

ENTRIES_MAX: Final = 200
NAME_CHARACTERS_MAX: Final = 300
WHY_CHARACTERS_MAX: Final = 600
PATHS_MAX: Final = 20


class ChangeLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One committed change without the record itself, which `/api/changes` has.

    Of a baseline there is one line for all its changes: `count` says how many, `sequence` is that of the last.
    `paths` are the fields of the record that differ. `name` is the primary name as published.
    """

    feed: str
    key: str
    type: ChangeType
    sequence: int
    commit: int
    count: int
    committed_at: str
    cause: Cause
    origin: Origin
    material: bool
    name: str = ""
    kind: Kind = "unknown"
    paths: tuple[str, ...] = ()
    programmes: tuple[str, ...] = ()
    listed: str | None = None
    effective: str | None = None
    published: str | None = None
    observed: str | None = None
    previous_key: str | None = None
    document: str = ""


class HeldEntry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A record whose removal waits. `name` is the primary name as published."""

    key: str
    name: str = ""
    kind: Kind = "unknown"
    listed_on: str | None = None
    programmes: tuple[str, ...] = ()


class HoldCard(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A hold with what is in it. `keys` counts all its records, `entries` are the first of them. `release` and `reject`
    are the commands that decide it; nothing else does. `document` is the SHA-256 of the document that led to it.
    `loses`: of a hold of amendments, how many records would lose content of which sort."""

    feed: str
    id: str
    kind: str
    keys: int
    since: str
    why: str
    document: str
    release: str
    reject: str
    entries: tuple[HeldEntry, ...] = ()
    rejected: bool = False
    decided_by: str | None = None
    loses: dict[str, int] = field(default_factory=dict)


class _Portrait(Struct, frozen=True, kw_only=True):
    """The part of a record that a line shows: the rest is not decoded."""

    kind: Kind = "unknown"
    names: tuple[Name, ...] = ()
    listings: tuple[Listing, ...] = ()

    @property
    def name(self) -> str:
        return clipped(self.names[0].full, NAME_CHARACTERS_MAX) if self.names else ""

    @property
    def programmes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for listing in self.listings for name in listing.programmes))[:PATHS_MAX]

    @property
    def listed_on(self) -> str | None:
        return min((listing.listed_on for listing in self.listings if listing.listed_on), default=None)


_portraits: Final = msgspec.json.Decoder(_Portrait)
_NOBODY: Final = _Portrait()


def change_line(change: Change) -> ChangeLine:
    """Return the line of a committed change."""
    raw = change.after if change.after is not None else change.before
    shown = _portraits.decode(bytes(raw)) if raw is not None else _NOBODY
    return ChangeLine(
        feed=change.feed,
        key=change.key,
        type=change.type,
        sequence=change.sequence,
        commit=change.commit,
        count=change.count,
        committed_at=change.committed_at,
        cause=change.cause,
        origin=change.origin,
        material=change.material,
        name=shown.name,
        kind=shown.kind,
        paths=tuple(dict.fromkeys(difference.path for difference in change.changes))[:PATHS_MAX],
        programmes=shown.programmes,
        listed=change.times.listed,
        effective=change.times.effective,
        published=change.times.published,
        observed=change.times.observed,
        previous_key=change.previous_key,
        document=change.evidence.document,
    )


def has_line(change: Change) -> bool:
    """Return whether a change has a line. Of a baseline only the last change has: twenty thousand are one event for a
    person."""
    return change.type != "baselined" or change.index == change.count - 1


def cards(state: FeedState, records: Mapping[str, Stored]) -> tuple[HoldCard, ...]:
    """Return the holds of a feed, each with the names of its first records."""
    return tuple(_card(state.feed, hold, records) for hold in state.holds)


def _card(feed: str, hold: Hold, records: Mapping[str, Stored]) -> HoldCard:
    return HoldCard(
        feed=feed,
        id=hold.id,
        kind=hold.kind,
        keys=len(hold.keys),
        since=hold.since,
        why=clipped(hold.why, WHY_CHARACTERS_MAX),
        document=hold.document,
        release=f'syncd release {hold.id} --why "…"',
        reject=f'syncd reject {hold.id} --why "…"',
        entries=tuple(_entries(hold.keys[:ENTRIES_MAX], records)),
        rejected=hold.rejected,
        decided_by=hold.decided_by,
        loses={sort: len(keys) for sort, keys in hold.loses.items()},
    )


def _entries(keys: Iterable[str], records: Mapping[str, Stored]) -> Iterable[HeldEntry]:
    for key in keys:
        stored = records.get(key)
        shown = _portraits.decode(codec.unpack_json(stored.body)) if stored else _NOBODY
        yield HeldEntry(
            key=key, name=shown.name, kind=shown.kind, listed_on=shown.listed_on, programmes=shown.programmes
        )


def clipped(text: str, characters_max: int) -> str:
    """Return `text`, cut to `characters_max` characters with an ellipsis."""
    return text if len(text) <= characters_max else text[: characters_max - 1] + "…"

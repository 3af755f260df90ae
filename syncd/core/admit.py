"""What of a document may be said: all of it, all but some removals, or nothing yet.

A bad download never becomes delistings. Additions and amendments always go out; removals beyond a feed's limits wait
for a person, and what is held stays in force. A document that is not the list is refused whole.
"""

import base64
import hashlib
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from syncd.core import body, canonical
from syncd.core.document import Document
from syncd.core.events import Cause
from syncd.core.state import FeedState, Hold, Stored
from syncd.errors import DocumentRefused

WINDOW = timedelta(days=7)
HOLD_ID_CHARACTERS = 12
FORMER_IDS_MAX = 10
# In force or not, a document with fewer than this share of the records in force is not the list but a piece of it.
SHARE_MIN = 0.2


class Limits(Struct, frozen=True, kw_only=True):
    """When a document is not believed, or only in part. Ratios are of the records in force.

    `records_min`: fewer, and the document is refused. `quarantined_max`: more entries without id or name, and it is
    refused. Removals beyond `removals_max` or `removals_ratio` (with at least `removals_few` of them), in one document
    or within seven days, are held. `rekeyed_max`: more, and the document is held. `partial_ratio`: a higher share of
    partial records in the first document of a feed, and that document is held.
    """

    records_min: int
    removals_max: int
    removals_ratio: float = 0.05
    removals_few: int = 10
    quarantined_max: int = 20
    rekeyed_max: int = 20
    partial_ratio: float = 1.0


class Judgement(Struct, frozen=True, kw_only=True):
    """What may be said. Keys of the document that are new, removed or re-keyed (old key → new key), and the holds.

    `released` are removals that a person released. With `held_whole`, nothing of the document goes out.
    `kept` are keys whose earlier version stays in force because their entry is quarantined.
    """

    new: tuple[str, ...]
    removed: tuple[str, ...]
    released: tuple[str, ...]
    rekeyed: Mapping[str, str]
    holds: tuple[Hold, ...]
    kept: tuple[str, ...]
    held_whole: Hold | None = None

    @property
    def held_keys(self) -> frozenset[str]:
        return frozenset(key for hold in self.holds for key in hold.keys)


def judge(
    state: FeedState,
    records: Mapping[str, Stored],
    document: Document,
    limits: Limits,
    *,
    cause: Cause,
    now: datetime,
    released: Collection[str] = (),
) -> Judgement:
    """Decide what of `document` may be said against `records`. `released` are ids of holds that a person released.

    Raises DocumentRefused when it is not the list.
    """
    in_force = {key for key, stored in records.items() if stored.status == "listed"}
    _refuse(document, limits, len(in_force))
    kept = tuple(sorted({one.key for one in document.quarantined if one.key in in_force and one.key}))
    new = {key for key in document.entries if key not in in_force}
    absent = in_force - document.entries.keys() - set(kept)
    rekeyed = _rekeyed(records, document, absent, new)
    whole = _held_whole(state, document, limits, rekeyed, cause, now, released)
    if whole:
        return Judgement(
            new=(), removed=(), released=(), rekeyed={}, kept=kept, held_whole=whole, holds=_with(state.holds, whole)
        )
    absent -= rekeyed.keys()
    new -= set(rekeyed.values())
    freed, holds = _still_held(state, absent, released)
    newly = absent - freed - {key for hold in holds for key in hold.keys}
    why = _too_many(state, document, limits, len(newly), len(in_force), cause, now)
    if newly and why:
        holds = (*holds, _removals_hold(state, newly, document, why, cause, now))
        newly = set()
    return Judgement(
        new=tuple(sorted(new)),
        removed=tuple(sorted(newly)),
        released=tuple(sorted(freed)),
        rekeyed=dict(sorted(rekeyed.items())),
        holds=holds,
        kept=kept,
    )


def _refuse(document: Document, limits: Limits, in_force: int) -> None:
    count = len(document.entries)
    if count < limits.records_min:
        raise DocumentRefused(f"it has {count} records, fewer than the {limits.records_min} that this list always has")
    if count < in_force * SHARE_MIN:
        raise DocumentRefused(f"it has {count} records where {in_force} are in force: a piece of the list")
    if len(document.quarantined) > limits.quarantined_max:
        raise DocumentRefused(
            f"{len(document.quarantined)} entries have no readable id or name, more than {limits.quarantined_max}; "
            f"the first: {document.quarantined[0].why}"
        )


def _rekeyed(records: Mapping[str, Stored], document: Document, absent: set[str], new: set[str]) -> dict[str, str]:
    """Old key → new key of entries whose content is the same under another key, where that is unambiguous."""
    if not absent or not new:
        return {}
    old = _by_content((key, records[key].body) for key in absent)
    fresh = _by_content((key, entry.body) for key in new if (entry := document.entries[key]).body is not None)
    return {
        keys[0]: fresh[content][0]
        for content, keys in old.items()
        if len(keys) == 1 and len(fresh.get(content, ())) == 1
    }


def _by_content(bodies: Iterable[tuple[str, bytes | None]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, packed in bodies:
        if packed is not None:
            found.setdefault(canonical.content_digest(body.unpack(packed)), []).append(key)
    return found


def _held_whole(
    state: FeedState,
    document: Document,
    limits: Limits,
    rekeyed: Mapping[str, str],
    cause: Cause,
    now: datetime,
    released: Collection[str],
) -> Hold | None:
    why = ""
    if len(rekeyed) > limits.rekeyed_max:
        why = f"{len(rekeyed)} records have new keys, more than {limits.rekeyed_max}"
    partial = len(document.partial)
    if state.commit == 0 and partial > limits.partial_ratio * len(document.entries):
        why = f"{partial} of {len(document.entries)} records of the first document could not be read wholly"
    if not why:
        return None
    identity = hold_id(state.feed, "document", (document.note.digest,))
    if identity in released:
        return None
    return Hold(
        id=identity,
        kind="document",
        keys=(),
        since=iso(now),
        why=why,
        document=document.note.sha256,
        origin=origin_of(cause),
    )


def _with(holds: tuple[Hold, ...], whole: Hold) -> tuple[Hold, ...]:
    """The holds with that of a whole document, which keeps its first time and decision and replaces an earlier one."""
    standing = next((hold for hold in holds if hold.id == whole.id), whole)
    return (*(hold for hold in holds if hold.kind != "document"), standing)


def _still_held(state: FeedState, absent: set[str], released: Collection[str]) -> tuple[set[str], tuple[Hold, ...]]:
    """Which held keys are released, and the holds that remain: of each, the keys that are still absent."""
    freed: set[str] = set()
    holds = []
    for hold in state.holds:
        if hold.kind == "document":
            continue
        if hold.id in released:
            freed |= absent.intersection(hold.keys)
            continue
        keys = tuple(key for key in hold.keys if key in absent)
        if keys:
            holds.append(_renewed(state.feed, hold, keys))
    return freed, tuple(holds)


def _renewed(feed: str, hold: Hold, keys: tuple[str, ...]) -> Hold:
    """A hold whose set of keys has shrunk has another id, so that nobody releases what he has not seen."""
    identity = hold_id(feed, hold.kind, keys)
    if identity == hold.id:
        return hold
    return replace(hold, id=identity, keys=keys, formerly=(*hold.formerly, hold.id)[-FORMER_IDS_MAX:])


def _too_many(
    state: FeedState,
    document: Document,
    limits: Limits,
    newly: int,
    in_force: int,
    cause: Cause,
    now: datetime,
) -> str:
    """Why these removals are to be held, or an empty text."""
    if cause == "reparse":
        return f"{newly} records vanish by a new reading of the same document"
    unnamed = sum(1 for one in document.quarantined if one.key is None)
    if unnamed:
        return f"{unnamed} entries of the document have no readable id, and any of them may be one of these"
    week = newly + sum(one.count for one in state.removals if now - parse_iso(one.at) <= WINDOW)
    if week > limits.removals_max:
        return f"{newly} removals, {week} within seven days, more than {limits.removals_max}"
    if week >= limits.removals_few and week > limits.removals_ratio * in_force:
        return f"{newly} removals, {week} within seven days, of {in_force}: more than {limits.removals_ratio:.1%}"
    return ""


def _removals_hold(state: FeedState, keys: set[str], document: Document, why: str, cause: Cause, now: datetime) -> Hold:
    ordered = tuple(sorted(keys))
    return Hold(
        id=hold_id(state.feed, "removals", ordered),
        kind="removals",
        keys=ordered,
        since=iso(now),
        why=why,
        document=document.note.sha256,
        origin=origin_of(cause),
    )


def origin_of(cause: Cause) -> Literal["source", "parser"]:
    """Whose act a difference is: ours, when the same document was read anew; else the publisher's."""
    return "parser" if cause == "reparse" else "source"


def hold_id(feed: str, kind: str, keys: Iterable[str]) -> str:
    """12 characters of base32 over feed, kind and the sorted keys (or the document's list digest)."""
    content = "\n".join((feed, kind, *sorted(keys)))
    return base64.b32encode(hashlib.sha256(content.encode()).digest()).decode().lower()[:HOLD_ID_CHARACTERS]


def iso(moment: datetime) -> str:
    """A UTC time as `2026-01-31T12:00:00.000000Z`; such texts sort like the times."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_iso(text: str) -> datetime:
    return datetime.fromisoformat(text)

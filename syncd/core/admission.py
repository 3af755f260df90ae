"""Admission: which parts of a document go out. All of it, all but what takes away too much, or nothing yet.

A bad download never becomes delistings, nor empties records. Additions always go out. What a document takes away is
counted by its sort, in this document and over seven days (`core.limits`); beyond a limit it waits for a person:

* a **removal**: the record stays in force;
* a **new key** of the same record (`core.rekeying`): the record stays in force under the old key, with what is new;
* an **amendment that takes away** (names, birth dates, identifiers, listings, the kind of target, or all of it when the
  id is given to another target): the document's version goes out with its losses added back (`content.with_lost`), so
  that nothing new waits and a screener misses neither. An id given to a target that is in force under another key adds
  nothing: there the earlier version stays as it is. A re-keying that takes away counts as such an amendment too.

Each document is judged anew: held keys that get back what they lost leave the hold, the others stay held. A document
that is too unlike the list is held whole; when a person releases it, all of it goes out. A document that is not the
list is refused.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from syncd.core import columns, losses, rekeying, times
from syncd.core.document import Document
from syncd.core.events import Cause
from syncd.core.holds import Taking, hold_id, hold_lines, sort_out
from syncd.core.limits import WINDOW, Limits
from syncd.core.losses import REUSED, Losses, adding_nothing, losses_of
from syncd.core.state import FeedState, Hold, HoldKind, Stored
from syncd.errors import DocumentRefused

__all__ = ["Judgement", "Limits", "hold_id", "judge", "origin_of"]

# Sort of what is taken away → its limit, and what a person reads of it.
SORTS: Mapping[str, tuple[str, str]] = {
    "names": ("names_max", "records lose names"),
    "birth_dates": ("birth_dates_max", "records lose birth dates"),
    "identifiers": ("identifiers_max", "records lose identifiers"),
    "listings": ("listings_max", "records lose lists, programmes or measures"),
    "kind": ("kinds_max", "records become another kind of target"),
    REUSED: ("reused_max", "ids stand for somebody else"),
    "rekeyed": ("rekeyed_max", "records have new keys"),
    "removals": ("removals_max", "removals"),
}
# A re-used id removes whom it stood for: it counts twice.
ALSO: Mapping[str, tuple[str, ...]] = {"removals": ("removals", REUSED)}


class Judgement(Struct, frozen=True, kw_only=True):
    """The decision about one document: its keys that are new, removed or re-keyed (old key → new key), and the holds.

    `released` are removals that a person released. With `held_whole`, nothing of the document goes out. `kept` are keys
    whose earlier version stays in force because their entry is quarantined. `reused` are ids that go out as those of
    another target; `withheld`, keys whose losses are held; `unchanged`, those of them that stay as they are. `taken`
    counts, by sort, the losses that go out and count towards the limits; `flood` says why the additions exceed their
    limits. `waiting` are re-keyings that are held (old key → new key).
    """

    new: tuple[str, ...]
    removed: tuple[str, ...]
    released: tuple[str, ...]
    rekeyed: Mapping[str, str]
    waiting: Mapping[str, str] = {}
    holds: tuple[Hold, ...]
    kept: tuple[str, ...]
    held_whole: Hold | None = None
    reused: frozenset[str] = frozenset()
    withheld: frozenset[str] = frozenset()
    unchanged: frozenset[str] = frozenset()
    taken: Mapping[str, int] = {}
    flood: str = ""

    @property
    def held_keys(self) -> frozenset[str]:
        """Keys in any hold."""
        return frozenset(key for hold in self.holds for key in hold.keys)

    @property
    def absent_keys(self) -> frozenset[str]:
        """Keys that the document lacks and a hold keeps in force."""
        return frozenset(key for hold in self.holds if hold.kind != "amendments" for key in hold.keys)


class _Case(Struct, frozen=True, kw_only=True):
    """The arguments of every question about one document. `decided`: a person released the document whole."""

    state: FeedState
    document: Document
    limits: Limits
    in_force: int
    cause: Cause
    now: datetime
    released: Collection[str]
    decided: bool = False


def judge(
    state: FeedState,
    records: Mapping[str, Stored],
    document: Document,
    limits: Limits,
    *,
    cause: Cause,
    now: datetime,
    released: Collection[str] = (),
    preferred: str = "",
) -> Judgement:
    """Decide which parts of `document` go out, given the `records` of the ledger. `released` are ids of holds that a
    person released, `preferred` is the vocabulary of the feed's first source.

    Raises DocumentRefused when the document is not the list.
    """
    in_force = {key for key, stored in records.items() if stored.status == "listed"}
    _refuse(document, limits)
    kept = tuple(sorted({entry.key for entry in document.quarantined if entry.key in in_force and entry.key}))
    case = _Case(
        state=state, document=document, limits=limits, in_force=len(in_force), cause=cause, now=now, released=released
    )
    whole = _unlike(case)
    if whole and whole.id not in released:
        return Judgement(
            new=(), removed=(), released=(), rekeyed={}, kept=kept, held_whole=whole, holds=_with(state.holds, whole)
        )
    case = replace(case, decided=whole is not None or _is_released_whole(case))
    new = {key for key in document.entries if key not in in_force}
    absent = in_force - document.entries.keys() - set(kept)
    proven = _read_under_another_key(document, absent, new) if cause == "reparse" else {}
    absent -= proven.keys()
    new -= set(proven.values())
    paths = _paths(case)
    waiting = {key for hold in state.holds if hold.kind == "removals" for key in hold.keys}
    moved = rekeying.rekeyings(records, document, absent, new, paths, waiting=waiting)
    moves = _moves(case, moved, losses.of_moves(records, document, moved, paths))
    going = {old: moved[old] for old in sorted(moved.keys() - moves.standing)}
    lost = _losses(case, records, preferred, paths, proven | going)
    removals = _sort_out(case, "removals", dict.fromkeys(absent - moved.keys(), ""))
    amended = _sort_out(case, "amendments", lost.marks(), freed={moved[old] for old in moves.freed})
    removals, amended = _hold_what_is_too_much(case, lost, removals, amended)
    withheld = amended.standing
    return Judgement(
        new=tuple(sorted(new - set(moved.values()))),
        removed=tuple(sorted(removals.newly)),
        released=tuple(sorted(removals.freed)),
        rekeyed=proven | going,
        waiting={old: moved[old] for old in sorted(moves.standing)},
        holds=(*removals.holds, *moves.holds, *amended.holds, *_standing_document(case)),
        kept=kept,
        reused=lost.of(REUSED) - withheld,
        withheld=withheld,
        unchanged=adding_nothing(lost.of(REUSED) & withheld, records, document, {*removals.newly, *removals.freed}),
        taken=_taken(case, lost, removals, moves, amended),
        flood=_flood(case, len(new) - len(moved)),
    )


def _refuse(document: Document, limits: Limits) -> None:
    count = len(document.entries)
    if count < limits.records_min:
        raise DocumentRefused(f"it has {count} records, fewer than the {limits.records_min} that this list always has")
    if len(document.quarantined) > limits.quarantined_max:
        raise DocumentRefused(
            f"{len(document.quarantined)} entries have no readable id or name, more than {limits.quarantined_max}; "
            f"the first: {document.quarantined[0].why}"
        )


def _unlike(case: _Case) -> Hold | None:
    """Return the hold of a document that is too unlike the list, or of a first one that is not read well enough; else
    None.

    A list that was admitted already is never held again: the records in force beside it are its own additions, and
    those that a hold keeps.
    """
    document, limits, standing = case.document, case.limits, case.state.document
    if standing is not None and standing.digest == document.note.digest:
        return None
    count, partial = len(document.entries), len(document.partial)
    why = ""
    if count < case.in_force * limits.share_min:
        why = f"it has {count} records where {case.in_force} are in force: less than {limits.share_min:.0%} of the list"
    if case.state.commit == 0 and partial > limits.partial_ratio * count:
        why = f"{partial} of {count} records of the first document could not be read wholly"
    return _hold(case, "document", (), [document.note.digest], why) if why else None


def _is_released_whole(case: _Case) -> bool:
    """Return whether a person released the document whole, which need not be too unlike the list any more: another
    hold that was released just before may have made the list smaller."""
    return hold_id(case.state.feed, "document", [case.document.note.digest]) in case.released


def _flood(case: _Case, count: int) -> str:
    """Return why this many additions exceed the limits, or an empty text. A baseline has no such limits."""
    limits = case.limits
    if case.state.commit == 0:
        return ""
    if count > limits.additions_max:
        return f"{count} additions, more than {limits.additions_max}"
    if count >= limits.additions_few and count > limits.additions_ratio * case.in_force:
        return f"{count} additions to {case.in_force} records, more than {limits.additions_ratio:.1%}"
    return ""


def _read_under_another_key(document: Document, absent: set[str], new: set[str]) -> dict[str, str]:
    """Return old key → new key of entries that a new parser keys otherwise, found by the raw bytes that both read. They
    are certainly our own doing, so no limit counts them."""
    found = {entry.former: key for key, entry in sorted(document.entries.items()) if key in new and entry.former}
    return {old: found[old] for old in sorted(absent & found.keys())}


def _paths(case: _Case) -> frozenset[str]:
    """Return the paths of a record in which this document and the one before have other columns."""
    if case.cause == "reparse":
        return frozenset()
    return columns.columns_between(case.state.document, case.document.note)


def _moves(case: _Case, moved: Mapping[str, str], lost: Losses) -> Taking:
    """Return the re-keyings, with a hold of those that are new when they are too many. The mark of each is its new key
    and what it takes away: nobody releases what he has not seen."""
    marks = lost.marks()
    takes = {old: f"{new} {marks.get(new, '')}".rstrip() for old, new in moved.items()}
    moves = _sort_out(case, "rekeyed", takes)
    why = _over(case, "rekeyed", len(moves.newly))
    return _with_hold(case, "rekeyed", moves, {"rekeyed": moves.newly}, why) if why else moves


def _losses(
    case: _Case, records: Mapping[str, Stored], preferred: str, paths: frozenset[str], going: Mapping[str, str]
) -> Losses:
    """Return the losses that amendments would cause in records in force, and re-keyings that are `going` out. In a
    reading by a new parser no id counts as re-used."""
    ours = case.cause == "reparse"
    standing = {key for hold in case.state.holds for key in hold.loses.get(REUSED, ())}
    amended = losses_of(records, case.document, preferred, paths, may_be_reused=not ours, standing=standing)
    moved = losses.of_moves(records, case.document, going, paths)
    return Losses(by_key={**amended.by_key, **moved.by_key})


def _sort_out(case: _Case, kind: HoldKind, takes: Mapping[str, str], freed: Collection[str] = ()) -> Taking:
    return sort_out(case.state.feed, case.state.holds, kind, takes, case.released, decided=case.decided, freed=freed)


def _hold_what_is_too_much(case: _Case, lost: Losses, removals: Taking, amended: Taking) -> tuple[Taking, Taking]:
    """Return the two takings with new holds for what is newly taken beyond a limit."""
    why_of = {sort: why for sort in SORTS if (why := _over(case, sort, len(lost.of(sort) & amended.newly)))}
    reused = lost.of(REUSED) & amended.newly
    crowd = _over(case, "removals", len(removals.newly) + len(reused))
    if reused and crowd:
        why_of.setdefault(REUSED, crowd)
    loses = {sort: lost.of(sort) & amended.newly for sort in why_of}
    if REUSED not in why_of and (turned := reused & _returned(case)):
        loses[REUSED] = turned
        why_of[REUSED] = (
            f"{len(turned)} ids came back within a day and stand for somebody else: two servers may answer in turn"
        )
    amended = _with_hold(case, "amendments", amended, loses, "; ".join(why_of.values()))
    if why := _doubt(case, len(removals.newly)) or crowd:
        return _with_hold(case, "removals", removals, {"removals": removals.newly}, why), amended
    again = removals.newly & _returned(case)
    why = (
        f"{len(again)} records were removed, came back within a day and are gone again: two servers may answer in turn"
    )
    return _with_hold(case, "removals", removals, {"removals": again}, why), amended


def _over(case: _Case, sort: str, count: int) -> str:
    """Return why `count` losses of one sort exceed the limits, or an empty text."""
    limits, (limit, words) = case.limits, SORTS[sort]
    if not count:
        return ""
    if sort != "removals" and _is_another_reading(case):
        share = limits.reparse_ratio
        return f"{count} {words} by another reading, more than {share:.0%}" if count > share * case.in_force else ""
    most, few = ("removals_ratio", "removals_few") if sort == "removals" else ("content_ratio", "content_few")
    ratio, least, top = getattr(limits, most), getattr(limits, few), getattr(limits, limit)
    week = count + _in_seven_days(case, ALSO.get(sort, (sort,)))
    if week > top:
        return f"{count} {words}, {week} within seven days, more than {top}"
    if week >= least and week > ratio * case.in_force:
        return f"{count} {words}, {week} within seven days, of {case.in_force}: more than {ratio:.1%}"
    return ""


def _is_another_reading(case: _Case) -> bool:
    """Return whether differences may be our own: a new parser, or another vocabulary than that of the
    document before."""
    before = case.state.document
    return case.cause == "reparse" or (before is not None and before.vocabulary != case.document.note.vocabulary)


def _in_seven_days(case: _Case, sorts: Collection[str]) -> int:
    """Return how many losses of these sorts went out within the last seven days. A row that lies in the future has the
    time of a wrong clock, and does not count."""
    ages = (
        (case.now - times.parse_iso(removals.at), removals)
        for removals in case.state.removals
        if removals.kind in sorts
    )
    return sum(removals.count for age, removals in ages if timedelta(0) <= age <= WINDOW)


def _doubt(case: _Case, count: int) -> str:
    """Return why no removal of this document is accepted, however few there are; else an empty text."""
    if case.cause == "reparse":
        return f"{count} records vanish by a new reading of the same document"
    unnamed = sum(1 for entry in case.document.quarantined if entry.key is None)
    if not unnamed:
        return ""
    return f"{unnamed} entries of the document have no readable id, and any of them may be one of these"


def _returned(case: _Case) -> frozenset[str]:
    """Return the keys that were delisted and came back within a day, in the last seven days."""
    return frozenset(key for key, at in case.state.returned.items() if abs(case.now - times.parse_iso(at)) <= WINDOW)


def _with_hold(case: _Case, kind: HoldKind, taking: Taking, loses: Mapping[str, Collection[str]], why: str) -> Taking:
    """Return `taking` with a new hold of those of its new keys that `loses` names by sort."""
    keys = frozenset(key for of in loses.values() for key in of)
    if not keys:
        return taking
    ordered = tuple(sorted(keys))
    hold = _hold(case, kind, ordered, hold_lines(ordered, taking.takes), why)
    if kind == "amendments":
        hold = replace(hold, loses={sort: tuple(sorted(of)) for sort, of in loses.items() if of})
    return replace(taking, standing=taking.standing | keys, newly=taking.newly - keys, holds=(*taking.holds, hold))


def _hold(case: _Case, kind: HoldKind, keys: tuple[str, ...], content: Iterable[str], why: str) -> Hold:
    return Hold(
        id=hold_id(case.state.feed, kind, content),
        kind=kind,
        keys=keys,
        since=times.iso(case.now),
        why=why,
        document=case.document.note.sha256,
        origin=origin_of(case.cause),
    )


def _with(holds: tuple[Hold, ...], whole: Hold) -> tuple[Hold, ...]:
    """Return the holds with `whole`, the hold of a document. A hold with the same id keeps its first time and decision;
    one of an earlier document goes."""
    standing = next((hold for hold in holds if hold.id == whole.id), whole)
    return (*(hold for hold in holds if hold.kind != "document"), standing)


def _standing_document(case: _Case) -> tuple[Hold, ...]:
    """Return the hold of another document, which stays while this one is judged only because other holds
    are released."""
    if case.cause != "release" or case.decided:
        return ()
    return tuple(hold for hold in case.state.holds if hold.kind == "document" and hold.id not in case.released)


def _taken(case: _Case, lost: Losses, removals: Taking, moves: Taking, amended: Taking) -> dict[str, int]:
    """Return, by sort, the losses that go out and count for seven days: neither those that a person released, nor those
    of a new reading."""
    taken = {} if _is_another_reading(case) else {sort: len(lost.of(sort) & amended.newly) for sort in SORTS}
    taken |= {"removals": len(removals.newly)} | ({} if case.cause == "reparse" else {"rekeyed": len(moves.newly)})
    return {sort: count for sort, count in taken.items() if count}


def origin_of(cause: Cause) -> Literal["source", "parser"]:
    """Return whose act a difference is: `parser`, when the same document was read anew; else `source`, the
    publisher's."""
    return "parser" if cause == "reparse" else "source"

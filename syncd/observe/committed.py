"""The moments of a commit that stands, in the order in which a reader of the log expects them."""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

from syncd.core import body, dates
from syncd.core import draft as drafting
from syncd.core.admit import parse_iso
from syncd.core.events import Change, Commit
from syncd.core.state import FeedState
from syncd.observe import moments

PARTIAL_TOLD_MAX = 50


class Tally:
    """Counts what matters of changes on their way into the ledger: the material ones, and the designations by the day
    on which the measure entered into force, or else was listed. Back-dated ones say nothing of how late they are."""

    def __init__(self, changes: Iterable[Change]) -> None:
        self.material = 0
        self.in_force_since: Counter[str] = Counter()
        self._changes = changes

    def __iter__(self) -> Iterator[Change]:
        for change in self._changes:
            self.material += change.material
            day = change.times.effective or change.times.listed
            if change.type == "designated" and day and not change.times.backdated:
                self.in_force_since[day] += 1
            yield change


def told(
    drafted: drafting.Draft, commit: Commit, tally: Tally, *, seconds: float, last_modified: str | None = None
) -> list[moments.Moment]:
    """`last_modified` is the header that came with the document: its time, where the document says a day only."""
    feed, before, state = drafted.context.feed, drafted.state, commit.state
    told: list[moments.Moment] = [*_new_layout(drafted), *_partial_entries(feed, drafted)]
    if drafted.planned:
        told.append(_committed(drafted, state, tally, seconds, last_modified))
    if drafted.judgement.flood:
        told.append(moments.AdditionsFlood(feed=feed, commit=state.commit, why=drafted.judgement.flood))
    standing = {hold.id for hold in before.holds}
    for hold in state.holds:
        if hold.id not in standing:
            told.append(moments.HoldPlaced(feed=feed, hold=hold.id, kind=hold.kind, keys=len(hold.keys), why=hold.why))
    left = {identity for hold in state.holds for identity in (hold.id, *hold.formerly)}
    for hold in before.holds:
        if hold.id not in left:
            how = "released" if drafted.context.cause == "release" else "its records are back"
            told.append(moments.HoldEnded(feed=feed, hold=hold.id, how=how))
    if drafted.context.missed:
        told.append(moments.PublicationMissed(feed=feed, ids=drafted.context.missed))
    if drafted.deferred:
        told.append(moments.Deferred(feed=feed, count=len(drafted.deferred)))
    return told


def _committed(
    drafted: drafting.Draft, state: FeedState, tally: Tally, seconds: float, last_modified: str | None
) -> moments.Committed:
    note = drafted.document.note
    # What a baseline, a release or a new reading says was published long ago.
    is_news = drafted.context.cause == "publication" and drafted.state.commit > 0
    committed = parse_iso(state.committed_at)
    seen = parse_iso(note.observed) if is_news else None
    published = published_at(note.published, last_modified) if is_news else None
    return moments.Committed(
        feed=state.feed,
        commit=state.commit,
        cause=drafted.context.cause,
        changes=dict(Counter(planned.type for planned in drafted.planned)),
        material=tally.material,
        partial=sum(1 for planned in drafted.planned if planned.after and planned.after.partial),
        records=state.ledger_records,
        sequence=state.sequence,
        seconds=seconds,
        committed_at=state.committed_at,
        published=note.published,
        published_to_seen_seconds=_seconds(published, seen),
        seen_to_committed_seconds=_seconds(seen, committed),
        published_to_committed_seconds=_seconds(published, committed),
        in_force_since=dict(tally.in_force_since) if is_news else {},
    )


def published_at(published: str | None, last_modified: str | None) -> datetime | None:
    """When a document was published: the time in it, or, when it says a day only or nothing, that of the file, unless
    the file is older than that day. None when neither is known."""
    if published and "T" in published:
        return dates.moment(published)
    file = dates.of_header(last_modified)
    if file is None or file < dates.PUBLISHED_FROM:
        return None
    return None if published and file.date().isoformat() < published else file


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    return max(0.0, (end - start).total_seconds()) if start and end else None


def _new_layout(drafted: drafting.Draft) -> Iterator[moments.Moment]:
    """Fields that nobody knows and that the document before had not throughout."""
    before, note = drafted.state.document, drafted.document.note
    for name in drafting.new_layout(before, note):
        yield moments.LayoutFound(
            feed=drafted.context.feed, field=name, entries=note.unknown[name], records=note.records
        )


def _partial_entries(feed: str, drafted: drafting.Draft) -> Iterator[moments.Moment]:
    """What could not be read wholly of the records that went out, the first ones of many."""
    partial = (one.after for one in drafted.planned if one.after and one.after.partial and one.after.body)
    for entry in itertools.islice(partial, PARTIAL_TOLD_MAX):
        record = body.unpack(entry.body or b"")
        yield moments.EntryPartial(feed=feed, key=entry.key, unreadable=record.unreadable, unknown=entry.unknown)

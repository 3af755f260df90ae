"""The moments of a commit that stands in the ledger, in the order in which they are logged."""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

from syncd.core import codec, times
from syncd.core import plan as drafting
from syncd.core.events import Change, Commit
from syncd.core.state import FeedState
from syncd.observe import moments

PARTIAL_TOLD_MAX = 50


class Tally:
    """Counts changes on their way into the ledger: the material ones, and the designations by the day on which the
    measure entered into force or, without one, was listed. Back-dated designations are left out of the second count,
    since their date does not measure a delay."""

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


def moments_of(
    drafted: drafting.Plan, commit: Commit, tally: Tally, *, seconds: float, last_modified: str | None = None
) -> list[moments.Moment]:
    """Return the moments of `commit`, which carries `plan`. `seconds` is how long the commit took. `last_modified` is
    the header that came with the document: it gives the time of day where the document states a day only."""
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
    drafted: drafting.Plan, state: FeedState, tally: Tally, seconds: float, last_modified: str | None
) -> moments.Committed:
    note = drafted.document.note
    # What a baseline, a release or a new reading says was published long ago.
    is_news = drafted.context.cause == "publication" and drafted.state.commit > 0
    committed = times.parse_iso(state.committed_at)
    seen = times.parse_iso(note.observed) if is_news else None
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
    """Return when a document was published: the time in it or, when it states a day or nothing, the time of the file,
    unless the file is older than that day. None when neither is known."""
    if published and "T" in published:
        return times.moment(published)
    file = times.of_header(last_modified)
    if file is None or file < times.PUBLISHED_FROM:
        return None
    return None if published and file.date().isoformat() < published else file


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    return max(0.0, (end - start).total_seconds()) if start and end else None


def _new_layout(drafted: drafting.Plan) -> Iterator[moments.Moment]:
    """Yield a moment for each unknown field that the document has throughout and the document before had not."""
    before, note = drafted.state.document, drafted.document.note
    for name in drafting.new_layout(before, note):
        yield moments.LayoutFound(
            feed=drafted.context.feed, field=name, entries=note.unknown[name], records=note.records
        )


def _partial_entries(feed: str, drafted: drafting.Plan) -> Iterator[moments.Moment]:
    """Yield a moment for each record that went out and was not read wholly, up to `PARTIAL_REPORTED_MAX`."""
    partial = (one.after for one in drafted.planned if one.after and one.after.partial and one.after.body)
    for entry in itertools.islice(partial, PARTIAL_TOLD_MAX):
        record = codec.unpack_record(entry.body or b"")
        yield moments.EntryPartial(feed=feed, key=entry.key, unreadable=record.unreadable, unknown=entry.unknown)

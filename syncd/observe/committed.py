"""The moments of a commit that stands in the ledger, in the order in which they are logged."""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

from syncd.core import codec, times
from syncd.core.events import Change, Commit
from syncd.core.http_dates import of_header
from syncd.core.plan import Plan, new_layout
from syncd.core.state import FeedState
from syncd.observe import moments

PARTIAL_REPORTED_MAX = 50


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
    plan: Plan, commit: Commit, tally: Tally, *, seconds: float, last_modified: str | None = None
) -> list[moments.Moment]:
    """Return the moments of `commit`, which carries `plan`. `seconds` is how long the commit took. `last_modified` is
    the header that came with the document: it gives the time of day where the document states a day only."""
    feed, before, state = plan.context.feed, plan.state, commit.state
    found: list[moments.Moment] = [*_new_layout(plan), *_partial_entries(feed, plan)]
    if plan.planned:
        found.append(_committed(plan, state, tally, seconds, last_modified))
    if plan.judgement.flood:
        found.append(moments.AdditionsFlood(feed=feed, commit=state.commit, why=plan.judgement.flood))
    standing = {hold.id for hold in before.holds}
    for hold in state.holds:
        if hold.id not in standing:
            found.append(moments.HoldPlaced(feed=feed, hold=hold.id, kind=hold.kind, keys=len(hold.keys), why=hold.why))
    left = {identity for hold in state.holds for identity in (hold.id, *hold.formerly)}
    for hold in before.holds:
        if hold.id not in left:
            how = "released" if plan.context.cause == "release" else "its records are back"
            found.append(moments.HoldEnded(feed=feed, hold=hold.id, how=how))
    if plan.context.missed:
        found.append(moments.PublicationMissed(feed=feed, ids=plan.context.missed))
    if plan.deferred:
        found.append(moments.Deferred(feed=feed, count=len(plan.deferred)))
    return found


def _committed(
    plan: Plan, state: FeedState, tally: Tally, seconds: float, last_modified: str | None
) -> moments.Committed:
    note = plan.document.note
    # What a baseline, a release or a new reading says was published long ago.
    is_news = plan.context.cause == "publication" and plan.state.commit > 0
    committed = times.parse_iso(state.committed_at)
    seen = times.parse_iso(note.observed) if is_news else None
    published = published_at(note.published, last_modified) if is_news else None
    return moments.Committed(
        feed=state.feed,
        commit=state.commit,
        cause=plan.context.cause,
        changes=dict(Counter(planned.type for planned in plan.planned)),
        material=tally.material,
        partial=sum(1 for planned in plan.planned if planned.after and planned.after.partial),
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
    file = of_header(last_modified)
    if file is None or file < times.PUBLISHED_FROM:
        return None
    return None if published and file.date().isoformat() < published else file


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    return max(0.0, (end - start).total_seconds()) if start and end else None


def _new_layout(plan: Plan) -> Iterator[moments.Moment]:
    """Yield a moment for each unknown field that the document has throughout and the document before had not."""
    before, note = plan.state.document, plan.document.note
    for name in new_layout(before, note):
        yield moments.LayoutFound(feed=plan.context.feed, field=name, entries=note.unknown[name], records=note.records)


def _partial_entries(feed: str, plan: Plan) -> Iterator[moments.Moment]:
    """Yield a moment for each record that went out and was not read wholly, up to `PARTIAL_REPORTED_MAX`."""
    partial = (change.after for change in plan.planned if change.after and change.after.partial and change.after.body)
    for entry in itertools.islice(partial, PARTIAL_REPORTED_MAX):
        record = codec.unpack_record(entry.body or b"")
        yield moments.EntryPartial(feed=feed, key=entry.key, unreadable=record.unreadable, unknown=entry.unknown)

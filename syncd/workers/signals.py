"""Signals of people to a feed, and their answers: release, reject, resync, pause, resume.

A signal lies in the ledger until the owner of the feed takes it. Each is answered by exactly one decision row, applied
or refused with the reason, in the same commit as its effect and as the mark that it was taken; one that is malformed,
or of a kind that only another version knows, is refused. A resync alone has its effect in commits before that row:
should the process end between them, the signal is answered anew.
"""

from collections.abc import Awaitable, Callable, Container
from datetime import timedelta
from functools import partial
from typing import Literal

from msgspec.structs import replace

from syncd.core.events import Commit, Publication, Signal
from syncd.core.state import Approval, FeedState, Hold
from syncd.core.times import iso, parse_iso
from syncd.errors import ArchiveUnavailable, DocumentRefused, SignalRefused
from syncd.intake.pipeline import Outcome, Pipeline, Release
from syncd.ledger.contract import Ledger
from syncd.ledger.received import Malformed
from syncd.observe import moments

Decision = Literal["applied", "refused"]
# Polls the feed now, for a resync.
PollAtOnce = Callable[[], Awaitable[Outcome]]
# Applies one signal and commits its decision row. Raises SignalRefused, ArchiveUnavailable, DocumentRefused.
Applier = Callable[[Pipeline, Signal], Awaitable[None]]
ASSERTED_BY_CHARACTERS_MAX = 200
APPROVAL_VALID_FOR = timedelta(days=1)


async def answer_all(ledger: Ledger, pipeline: Pipeline, poll_at_once: PollAtOnce) -> int:
    """Answer every signal that waits for the feed, in order. Returns how many there were. Raises LedgerError."""
    waiting = await ledger.signals(pipeline.feed.id, pipeline.log.state.last_signal)
    for signal in waiting:
        await answer(pipeline, signal, poll_at_once)
    return len(waiting)


async def answer(pipeline: Pipeline, signal: Signal | Malformed, poll_at_once: PollAtOnce) -> None:
    """Apply one signal, or refuse it; commit the decision row in either case. Raises LedgerError."""
    appliers: dict[str, Applier] = {**APPLIERS, "resync": partial(_resync, poll_at_once)}
    try:
        readable = _readable(pipeline, signal, appliers)
        await appliers[readable.kind](pipeline, readable)
    except (SignalRefused, ArchiveUnavailable, DocumentRefused) as error:
        await _decide(pipeline, signal, _row(pipeline, signal, "refused", str(error)), pipeline.log.state)


def _readable(pipeline: Pipeline, signal: Signal | Malformed, kinds: Container[str]) -> Signal:
    """The signal, if it is well formed, in time and of one of these kinds. Raises SignalRefused."""
    if isinstance(signal, Malformed):
        raise SignalRefused(signal.fault)
    if parse_iso(signal.expires) < pipeline.tools.clock.now():
        raise SignalRefused(f"it expired at {signal.expires}")
    if signal.kind not in kinds:
        raise SignalRefused(f"a feed knows nothing of {signal.kind}")
    return signal


async def _release(pipeline: Pipeline, signal: Signal) -> None:
    hold = find_hold(pipeline.log.state, signal.subject)
    if not signal.why.strip():
        raise SignalRefused("a release says why: what goes out cannot be taken back")
    if pipeline.tools.two_persons and not _is_second(pipeline, hold, signal):
        await _approve(pipeline, hold, signal)
        return
    row = _row(pipeline, signal, "applied", signal.why)
    release = Release(holds=(hold.id,), row=row, position=signal.position)
    await pipeline.reconsider(document_of(pipeline.log.state, hold), release)
    _report(pipeline, signal, "applied", signal.why)


def document_of(state: FeedState, hold: Hold) -> str:
    """The SHA-256 of the document by which a release of `hold` is judged: the latest, or the one that is held whole."""
    return hold.document if hold.kind == "document" or state.document is None else state.document.sha256


def _is_second(pipeline: Pipeline, hold: Hold, signal: Signal) -> bool:
    """Whether another person released the hold within a day. Raises SignalRefused when it was this one."""
    first = _first_approval(pipeline, hold)
    if first is None:
        return False
    if first.by == signal.asserted_by:
        raise SignalRefused(f"{first.by} has released it at {first.at} already: it takes another person")
    return True


def _first_approval(pipeline: Pipeline, hold: Hold) -> Approval | None:
    since = pipeline.tools.clock.now() - APPROVAL_VALID_FOR
    valid = (approval for approval in pipeline.log.state.approvals if parse_iso(approval.at) > since)
    return next((approval for approval in valid if approval.hold == hold.id), None)


async def _approve(pipeline: Pipeline, hold: Hold, signal: Signal) -> None:
    """Commit the first of two approvals; approvals of holds that are gone are dropped."""
    state, now = pipeline.log.state, iso(pipeline.tools.clock.now())
    others = {standing.id for standing in state.holds} - {hold.id}
    kept = tuple(approval for approval in state.approvals if approval.hold in others)
    approvals = (*kept, Approval(hold=hold.id, by=signal.asserted_by, at=now))
    why = f"{signal.why} (nothing goes out yet: another person must release it too, within a day)"
    await _decide(pipeline, signal, _row(pipeline, signal, "applied", why), replace(state, approvals=approvals))


async def _reject(pipeline: Pipeline, signal: Signal) -> None:
    state = pipeline.log.state
    hold = find_hold(state, signal.subject)
    rejected = replace(hold, rejected=True, decided_by=signal.asserted_by)
    holds = tuple(rejected if standing is hold else standing for standing in state.holds)
    await _decide(pipeline, signal, _row(pipeline, signal, "applied", signal.why), replace(state, holds=holds))


async def _pause(pipeline: Pipeline, signal: Signal) -> None:
    why = f"{signal.asserted_by}: {signal.why}" if signal.why else signal.asserted_by
    await _decide(pipeline, signal, _row(pipeline, signal, "applied", why), replace(pipeline.log.state, paused=why))


async def _resume(pipeline: Pipeline, signal: Signal) -> None:
    if not pipeline.log.state.paused:
        raise SignalRefused(f"{pipeline.feed.id} is not paused")
    await _decide(
        pipeline, signal, _row(pipeline, signal, "applied", signal.why), replace(pipeline.log.state, paused=None)
    )


async def _resync(poll_at_once: PollAtOnce, pipeline: Pipeline, signal: Signal) -> None:
    """Commit that the whole document is to be read anew, poll at once, and answer the outcome. Raises SignalRefused
    when that failed: the next polls go on trying."""
    state = replace(pipeline.log.state, resync=True)
    await pipeline.log.commit(Commit(changes=(), records={}, rows=(), state=state))
    outcome = await poll_at_once()
    if outcome.result in ("failed", "paused", "stale"):
        raise SignalRefused(f"{pipeline.feed.id} was not read anew: {outcome.why or outcome.result}")
    came = f"commit {outcome.commit}" if outcome.commit is not None else outcome.result
    why = f"{signal.why} ({came})" if signal.why else came
    await _decide(pipeline, signal, _row(pipeline, signal, "applied", why), pipeline.log.state)


# By kind; a resync needs a poll beside, see `answer`.
APPLIERS: dict[str, Applier] = {
    "release": _release,
    "reject": _reject,
    "pause": _pause,
    "resume": _resume,
}


def find_hold(state: FeedState, identity: str) -> Hold:
    """The hold with this id. Raises SignalRefused; when its keys have changed since, with the id that it has now."""
    for hold in state.holds:
        if hold.id == identity:
            return hold
        if identity in hold.formerly:
            raise SignalRefused(
                f"hold {identity} has changed: it is now {hold.id} with {len(hold.keys)} keys; look at it again"
            )
    standing = ", ".join(hold.id for hold in state.holds) or "none"
    raise SignalRefused(f"{state.feed} has no hold {identity}; it has: {standing}")


async def _decide(pipeline: Pipeline, signal: Signal | Malformed, row: Publication, state: FeedState) -> None:
    """Commit a decision row and the state with it, without a change of a record, and report it."""
    after = replace(state, last_signal=max(signal.position, state.last_signal))
    await pipeline.log.commit(Commit(changes=(), records={}, rows=(row,), state=after))
    _report(pipeline, signal, row.outcome or "refused", row.why or "")


def asked(signal: Signal | Malformed) -> str:
    """The kind and the subject of a signal, for the text of the answer; empty for a malformed one."""
    return "" if isinstance(signal, Malformed) else f"{signal.kind} {signal.subject}".strip()


def _row(pipeline: Pipeline, signal: Signal | Malformed, outcome: Decision, why: str) -> Publication:
    return Publication(
        feed=pipeline.feed.id,
        kind="decision",
        at=iso(pipeline.tools.clock.now()),
        commit=pipeline.log.state.commit,
        signal=signal.id,
        outcome=outcome,
        why=f"{asked(signal)}: {why}".strip(": "),
        asserted_by=signal.asserted_by[:ASSERTED_BY_CHARACTERS_MAX],
    )


def _report(pipeline: Pipeline, signal: Signal | Malformed, outcome: Decision, why: str) -> None:
    pipeline.tools.report(
        moments.SignalAnswered(feed=pipeline.feed.id, kind=signal_kind(signal), outcome=outcome, why=why)
    )


def signal_kind(signal: Signal | Malformed) -> str:
    """The kind for people and for metrics; `unreadable` for a malformed signal, which must not make a label of its own
    each time."""
    return "unreadable" if isinstance(signal, Malformed) else signal.kind

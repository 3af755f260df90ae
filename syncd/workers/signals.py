"""What people ask of a feed, and the answer: release, reject, resync, pause, resume.

A signal lies in the ledger until the owner of the feed takes it. Each is answered by exactly one decision row, applied
or refused with the reason, in the same commit as its effect and as the mark that it was taken; one that is malformed,
or of a kind that only another version knows, is refused.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Literal

from msgspec.structs import replace

from syncd.core.events import Commit, Publication, Signal
from syncd.core.state import Approval, FeedState, Hold
from syncd.core.times import iso, parse_iso
from syncd.errors import ArchiveUnavailable, DocumentRefused, SignalRefused
from syncd.intake.pipeline import Intake
from syncd.ledger.contract import Ledger
from syncd.ledger.received import Malformed
from syncd.observe import moments

Outcome = Literal["applied", "refused"]
ASSERTED_BY_CHARACTERS_MAX = 200
APPROVAL_VALID_FOR = timedelta(days=1)


async def answer_all(ledger: Ledger, intake: Intake) -> int:
    """Answer every signal that waits for the feed, in order. Gives how many there were."""
    waiting = await ledger.signals(intake.feed.id, intake.log.state.last_signal)
    for signal in waiting:
        await answer(intake, signal)
    return len(waiting)


async def answer(intake: Intake, signal: Signal | Malformed) -> None:
    """Apply one signal, or refuse it; either is a decision row."""
    try:
        readable = _readable(intake, signal)
        await APPLY[readable.kind](intake, readable)
    except (SignalRefused, ArchiveUnavailable, DocumentRefused) as error:
        await _decide(intake, signal, _row(intake, signal, "refused", str(error)), intake.log.state)


def _readable(intake: Intake, signal: Signal | Malformed) -> Signal:
    """The signal, which can be applied to a feed and is in time. Raises SignalRefused."""
    if isinstance(signal, Malformed):
        raise SignalRefused(signal.fault)
    if parse_iso(signal.expires) < intake.tools.clock.now():
        raise SignalRefused(f"it expired at {signal.expires}")
    if signal.kind not in APPLY:
        raise SignalRefused(f"a feed knows nothing of {signal.kind}")
    return signal


async def _release(intake: Intake, signal: Signal) -> None:
    hold = find_hold(intake.log.state, signal.subject)
    if not signal.why.strip():
        raise SignalRefused("a release says why: what goes out cannot be taken back")
    if intake.tools.two_persons and not _is_second(intake, hold, signal):
        await _approve(intake, hold, signal)
        return
    intake.take_signal(signal.position)
    sha256 = document_of(intake.log.state, hold)
    await intake.reconsider(sha256, (hold.id,), _row(intake, signal, "applied", signal.why))
    _tell(intake, signal, "applied", signal.why)


def document_of(state: FeedState, hold: Hold) -> str:
    """The document by which a release of `hold` is judged: the latest, or the one that is held whole."""
    return hold.document if hold.kind == "document" or state.document is None else state.document.sha256


def _is_second(intake: Intake, hold: Hold, signal: Signal) -> bool:
    """Whether another person released the hold within a day. Raises SignalRefused when it was this one."""
    first = _first(intake, hold)
    if first is None:
        return False
    if first.by == signal.asserted_by:
        raise SignalRefused(f"{first.by} has released it at {first.at} already: it takes another person")
    return True


def _first(intake: Intake, hold: Hold) -> Approval | None:
    since = intake.tools.clock.now() - APPROVAL_VALID_FOR
    fresh = (one for one in intake.log.state.approvals if parse_iso(one.at) > since)
    return next((one for one in fresh if one.hold == hold.id), None)


async def _approve(intake: Intake, hold: Hold, signal: Signal) -> None:
    """Remember the first of two; what was remembered of holds that are gone is forgotten."""
    state, now = intake.log.state, iso(intake.tools.clock.now())
    standing = {one.id for one in state.holds} - {hold.id}
    kept = tuple(one for one in state.approvals if one.hold in standing)
    approvals = (*kept, Approval(hold=hold.id, by=signal.asserted_by, at=now))
    why = f"{signal.why} (nothing goes out yet: another person must release it too, within a day)"
    await _decide(intake, signal, _row(intake, signal, "applied", why), replace(state, approvals=approvals))


async def _reject(intake: Intake, signal: Signal) -> None:
    state = intake.log.state
    hold = find_hold(state, signal.subject)
    rejected = replace(hold, rejected=True, decided_by=signal.asserted_by)
    holds = tuple(rejected if one is hold else one for one in state.holds)
    await _decide(intake, signal, _row(intake, signal, "applied", signal.why), replace(state, holds=holds))


async def _pause(intake: Intake, signal: Signal) -> None:
    why = f"{signal.asserted_by}: {signal.why}" if signal.why else signal.asserted_by
    await _decide(intake, signal, _row(intake, signal, "applied", why), replace(intake.log.state, paused=why))


async def _resume(intake: Intake, signal: Signal) -> None:
    if not intake.log.state.paused:
        raise SignalRefused(f"{intake.feed.id} is not paused")
    await _decide(intake, signal, _row(intake, signal, "applied", signal.why), replace(intake.log.state, paused=None))


async def _resync(intake: Intake, signal: Signal) -> None:
    """Fetch the whole document and read it anew, at once, and answer what came of it. Raises SignalRefused when it
    failed: the next polls go on trying."""
    asked = replace(intake.log.state, resync=True)
    await intake.log.commit(Commit(changes=(), records={}, rows=(), state=asked))
    intake.ask_at_once()
    outcome = await intake.poll()
    if outcome.result in ("failed", "paused", "stale"):
        raise SignalRefused(f"{intake.feed.id} was not read anew: {outcome.why or outcome.result}")
    came = f"commit {outcome.commit}" if outcome.commit is not None else outcome.result
    why = f"{signal.why} ({came})" if signal.why else came
    await _decide(intake, signal, _row(intake, signal, "applied", why), intake.log.state)


APPLY: dict[str, Callable[[Intake, Signal], Awaitable[None]]] = {
    "release": _release,
    "reject": _reject,
    "pause": _pause,
    "resume": _resume,
    "resync": _resync,
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


async def _decide(intake: Intake, signal: Signal | Malformed, row: Publication, state: FeedState) -> None:
    """Commit a decision that changes no record."""
    after = replace(state, last_signal=max(signal.position, state.last_signal))
    await intake.log.commit(Commit(changes=(), records={}, rows=(row,), state=after))
    _tell(intake, signal, row.outcome or "refused", row.why or "")


def asked(signal: Signal | Malformed) -> str:
    """What was asked for, as it stands before the answer."""
    return "" if isinstance(signal, Malformed) else f"{signal.kind} {signal.subject}".strip()


def _row(intake: Intake, signal: Signal | Malformed, outcome: Outcome, why: str) -> Publication:
    return Publication(
        feed=intake.feed.id,
        kind="decision",
        at=iso(intake.tools.clock.now()),
        commit=intake.log.state.commit,
        signal=signal.id,
        outcome=outcome,
        why=f"{asked(signal)}: {why}".strip(": "),
        asserted_by=signal.asserted_by[:ASSERTED_BY_CHARACTERS_MAX],
    )


def _tell(intake: Intake, signal: Signal | Malformed, outcome: Outcome, why: str) -> None:
    intake.tools.report(moments.SignalAnswered(feed=intake.feed.id, kind=signal_kind(signal), outcome=outcome, why=why))


def signal_kind(signal: Signal | Malformed) -> str:
    """For people and for metrics: what cannot be read must not make a label of its own each time."""
    return "unreadable" if isinstance(signal, Malformed) else signal.kind

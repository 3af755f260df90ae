"""What people ask of a feed, and the answer: release, reject, resync, pause, resume.

A signal lies in the ledger until the owner of the feed takes it. Each is answered by exactly one decision row, applied
or refused with the reason, in the same commit as its effect and as the mark that it was taken.
"""

from collections.abc import Awaitable, Callable
from typing import Literal

from msgspec.structs import replace

from syncd.core.admit import iso, parse_iso
from syncd.core.events import Commit, Publication, Signal
from syncd.core.state import FeedState, Hold
from syncd.errors import ArchiveUnavailable, DocumentRefused, SignalRefused
from syncd.intake import Intake
from syncd.ledger.contract import Ledger
from syncd.observe import moments

Outcome = Literal["applied", "refused"]
ASSERTED_BY_CHARACTERS_MAX = 200


async def answer_all(ledger: Ledger, intake: Intake) -> int:
    """Answer every signal that waits for the feed, in order. Gives how many there were."""
    waiting = await ledger.signals(intake.feed.id, intake.log.state.last_signal)
    for signal in waiting:
        await answer(intake, signal)
    return len(waiting)


async def answer(intake: Intake, signal: Signal) -> None:
    """Apply one signal, or refuse it; either is a decision row."""
    try:
        _check_expiry(intake, signal)
        await APPLY[signal.kind](intake, signal)
    except (SignalRefused, ArchiveUnavailable, DocumentRefused) as error:
        await _decide(intake, signal, _row(intake, signal, "refused", str(error)), intake.log.state)


def _check_expiry(intake: Intake, signal: Signal) -> None:
    if parse_iso(signal.expires) < intake.tools.clock.now():
        raise SignalRefused(f"it expired at {signal.expires}")


async def _release(intake: Intake, signal: Signal) -> None:
    hold = find_hold(intake.log.state, signal.subject)
    document = intake.log.state.document
    sha256 = hold.document if hold.kind == "document" or document is None else document.sha256
    intake.take_signal(signal.position)
    await intake.reconsider(sha256, (hold.id,), _row(intake, signal, "applied", signal.why))
    _tell(intake, signal, "applied", signal.why)


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
    """The whole document is fetched and read anew at the next poll, which is at once."""
    state = replace(intake.log.state, resync=True)
    await _decide(intake, signal, _row(intake, signal, "applied", signal.why), state)
    intake.ask_at_once()


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


async def _decide(intake: Intake, signal: Signal, row: Publication, state: FeedState) -> None:
    """Commit a decision that changes no record."""
    after = replace(state, last_signal=signal.position)
    await intake.log.commit(Commit(changes=(), records={}, rows=(row,), state=after))
    _tell(intake, signal, row.outcome or "refused", row.why or "")


def _row(intake: Intake, signal: Signal, outcome: Outcome, why: str) -> Publication:
    return Publication(
        feed=intake.feed.id,
        kind="decision",
        at=iso(intake.tools.clock.now()),
        commit=intake.log.state.commit,
        signal=signal.id,
        outcome=outcome,
        why=f"{f'{signal.kind} {signal.subject}'.strip()}: {why}".rstrip(": "),
        asserted_by=signal.asserted_by[:ASSERTED_BY_CHARACTERS_MAX],
    )


def _tell(intake: Intake, signal: Signal, outcome: Outcome, why: str) -> None:
    intake.tools.report(moments.SignalAnswered(feed=intake.feed.id, kind=signal.kind, outcome=outcome, why=why))

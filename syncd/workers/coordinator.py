"""The coordinator's worker: reads the committed changes of all feeds, answers signals about links, and commits the
coordination events and targets that follow.

It runs as a task beside those of the feeds, and bounds its own failures: what was not committed is dropped and made
again from the ledger after a back-off, and no feed waits for it.
"""

import asyncio
import contextlib
import gc
import shlex
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from syncd import malloc
from syncd.clock import Backoff, Clock
from syncd.concurrency import in_thread
from syncd.config import CoordinationSettings
from syncd.core.coordination.coordinator import Coordinator, Rules
from syncd.core.coordination.target import COORDINATOR, CoordinationCommit, CoordinatorState, LinkDecision, Verdict
from syncd.core.events import Change, Publication, Signal
from syncd.core.times import iso, parse_iso
from syncd.errors import LedgerError, SignalRefused, SyncdError, place_of
from syncd.ledger.contract import CoordinatorLog, Ledger
from syncd.ledger.received import Malformed
from syncd.observe import moments
from syncd.observe.report import Reporter
from syncd.observe.status import CoordinationStatus, Word, coordination_heartbeat
from syncd.workers.change_batches import ChangeBatches
from syncd.workers.failure import Failure, failure_of, with_heartbeats
from syncd.workers.signals import ASSERTED_BY_CHARACTERS_MAX, asked

# How often signals are looked for and the time is judged, when nothing arrives.
LOOK_EVERY_SECONDS = 1.0
CHANGES_MAX = 1000
# More than these leave room in memory that is worth giving back.
FEW_CHANGES = 100
AGAIN_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
WHY_CHARACTERS_MAX = 1000
# How a change is taken: 0, whole; 1, without its record, like one that is too large for an event; 2, not at all.
WHOLE, OVER = 0, 2
# After so many changes of a list that could not be taken, what follows of it in the batch is taken so at once.
APART_MAX = 16
VERDICTS: Mapping[str, Verdict] = {"confirm": "confirmed", "forbid": "forbidden"}


class _Open(Struct):
    """The open log and the coordinator made from it; dropped together after any failure."""

    log: CoordinatorLog
    coordinator: Coordinator
    is_fresh: bool = True


class CoordinatorWorker:
    """Writes the coordination of one `ledger`. `run` it as a task, or call `once` for what is committed now.

    `stopped` is why it will write no more, empty until then; `is_fenced` when another process took over.
    """

    def __init__(self, ledger: Ledger, settings: CoordinationSettings, report: Reporter, clock: Clock) -> None:
        self.stopped = ""
        self.is_fenced = False
        self._ledger = ledger
        self._rules = Rules(
            window_days=settings.window_days, gap_days=settings.gap_days, alliances=dict(settings.alliances)
        )
        self._report = report
        self._clock = clock
        self._open: _Open | None = None
        self._state = CoordinatorState()
        self._is_past = True
        self._backoff = Backoff(AGAIN_SECONDS)
        self._apart: Counter[str] = Counter()
        self._why_apart = ""
        self._why = ""
        self._checked_at = ""

    async def run(self) -> None:
        """Follow the ledger until cancelled, or until `stopped` is set; retry after a back-off."""
        async with with_heartbeats(self.beat, COORDINATOR):
            while not self.stopped:
                failure = await failure_of(self._follow())
                if failure is not None:
                    await self._recover(failure)

    async def once(self) -> None:
        """Take all that is committed, answer the waiting signals and commit what follows. Raises whatever fails."""
        opened = await self._opened()
        async with ChangeBatches(self._ledger, opened.log.state.cursor, follow=False) as batches:
            while not batches.is_over:
                await self._turn(opened, await batches.next_batch(CHANGES_MAX, LOOK_EVERY_SECONDS))
        await self._keep_linking(opened)
        self._is_past = False
        await self.beat()

    async def _opened(self) -> _Open:
        if self._open is None:
            started = time.monotonic()
            log = await self._ledger.open_coordinator()
            self._open = _Open(log, await self._made(log))
            # What it took to read all targets and what linking kept: 17 MB of all lists.
            malloc.trim()
            self._report(
                moments.CoordinatorStarted(
                    commit=log.state.commit, targets=log.state.targets, seconds=time.monotonic() - started
                )
            )
        return self._open

    async def _made(self, log: CoordinatorLog) -> Coordinator:
        made = partial(Coordinator, log.state, log.targets, self._rules, log.take_linking())
        # All that is made stays: to look through it for garbage, again and again, was a fifth of the time.
        gc.disable()
        try:
            return await in_thread(made, COORDINATOR)
        finally:
            gc.enable()

    async def _follow(self) -> None:
        opened = await self._opened()
        async with ChangeBatches(self._ledger, opened.log.state.cursor, follow=True) as batches:
            while True:
                changes = await batches.next_batch(CHANGES_MAX, LOOK_EVERY_SECONDS)
                await self._turn(opened, changes)
                if self._is_past and not batches.is_past:
                    self._is_past = False
                    self._backoff.reset()
                    await self.beat()
                if not batches.is_past:
                    await self._keep_linking(opened)

    async def _turn(self, opened: _Open, changes: Sequence[Change]) -> None:
        """Commit at once what follows from `changes`, from the waiting signals and from the deadlines that passed."""
        state, now = opened.log.state, self._clock.now()
        signals = await self._ledger.signals(COORDINATOR, state.last_signal)
        due = opened.coordinator.next_due()
        if changes or signals or opened.is_fresh or (due and due <= iso(now)):
            self._apart.clear()
            await self._advance(opened, changes, signals)
        self._checked_at = iso(now)

    async def _keep_linking(self, opened: _Open) -> None:
        """Commit what linking knows when much of it is not kept, for the process that restarts or takes over."""
        if opened.coordinator.is_kept:
            return
        commit = await in_thread(opened.coordinator.checkpoint, COORDINATOR)
        await opened.log.commit(commit)
        opened.coordinator.accept(commit)
        malloc.trim()

    async def _advance(
        self, opened: _Open, changes: Sequence[Change], signals: Sequence[Signal | Malformed], less: int = WHOLE
    ) -> None:
        """Commit what follows from `changes` and `signals`. A change that makes this fail is passed over, alone.

        Each change is taken in the way `less` (WHOLE … OVER), or in a later one when its list failed often.
        """
        started = time.monotonic()
        ways = [max(less, self._apart[change.feed] // APART_MAX) for change in changes]
        try:
            draft = partial(self._drafted, opened.coordinator, changes, signals, ways)
            commit, answers = await in_thread(draft, COORDINATOR)
        except SyncdError:
            raise
        except Exception as error:
            opened.coordinator = await self._made(opened.log)
            if min(ways, default=OVER) >= OVER:  # then no change is the cause
                raise
            self._why_apart = f"{type(error).__name__} in {place_of(error)}"
            await self._take_apart(opened, changes, signals, less)
            return
        opened.is_fresh = False
        if commit is not None:
            await opened.log.commit(commit)
            opened.coordinator.accept(commit)
            if len(changes) > FEW_CHANGES:
                malloc.trim()
            self._tell(commit, len(changes), answers, time.monotonic() - started)
        self._tell_passed_over(changes, ways)

    async def _take_apart(
        self, opened: _Open, changes: Sequence[Change], signals: Sequence[Signal | Malformed], less: int
    ) -> None:
        """Find the change that fails: take each half of `changes` by itself; take a single change in the next way.

        The failures of each list are counted, so that later changes of it in the batch are taken in that way at once.
        """
        if len(changes) > 1:
            middle = len(changes) // 2
            await self._advance(opened, changes[:middle], (), less)
            await self._advance(opened, changes[middle:], signals, less)
            return
        self._apart[changes[0].feed] += 1
        await self._advance(opened, changes, signals, less + 1)

    def _drafted(
        self,
        coordinator: Coordinator,
        changes: Sequence[Change],
        signals: Sequence[Signal | Malformed],
        ways: Sequence[int],
    ) -> tuple[CoordinationCommit | None, list[Publication]]:
        """Draft the commit and the answers to `signals`. Runs in a thread: linking takes a millisecond or more a
        record."""
        for change, way in zip(changes, ways, strict=True):
            if way >= OVER:
                coordinator.pass_over(change)
            else:
                coordinator.take(change if way == WHOLE else replace(change, before=None, after=None, changes=()))
        rows = [self._answer(coordinator, signal) for signal in signals]
        last = max((signal.position for signal in signals), default=0)
        return coordinator.draft(self._clock.now(), rows, last), rows

    def _tell_passed_over(self, changes: Sequence[Change], ways: Sequence[int]) -> None:
        for change, way in zip(changes, ways, strict=True):
            if way != WHOLE:
                how = "without its record" if way < OVER else "as if it had said nothing"
                why = f"{how}: {self._why_apart}"
                self._report(moments.ChangePassedOver(feed=change.feed, key=change.key, why=why))

    def _answer(self, coordinator: Coordinator, signal: Signal | Malformed) -> Publication:
        """Hand the signal to the coordinator; returns its decision row, applied or refused, for the same commit."""
        now = self._clock.now()
        row = Publication(
            feed=COORDINATOR,
            kind="decision",
            at=iso(now),
            commit=coordinator.state.commit,
            signal=signal.id,
            outcome="applied",
            asserted_by=signal.asserted_by[:ASSERTED_BY_CHARACTERS_MAX],
        )
        if isinstance(signal, Malformed):
            return refused(row, signal, signal.fault)
        try:
            coordinator.decide(decision(signal, iso(now)))
        except SignalRefused as error:
            return refused(row, signal, str(error))
        return replace(row, why=f"{asked(signal)}: {signal.why}".rstrip(": "))

    def _tell(self, commit: CoordinationCommit, changes: int, answers: Sequence[Publication], seconds: float) -> None:
        counts: dict[str, int] = {}
        for event in commit.events:
            counts[event.type] = counts.get(event.type, 0) + 1
        self._report(
            moments.Coordinated(
                changes=changes,
                events=counts,
                targets=commit.state.targets,
                sequence=commit.state.sequence,
                seconds=seconds,
            )
        )
        for row in answers:
            outcome, why = row.outcome or "refused", row.why or ""
            self._report(moments.SignalAnswered(feed=COORDINATOR, kind="link", outcome=outcome, why=why))

    def _remember(self) -> None:
        self._state = self._open.log.state if self._open else self._state
        self._open = None

    async def _recover(self, failure: Failure) -> None:
        """Drop what is in memory, report the failure and wait for the back-off; after a final one set `stopped`."""
        self._remember()
        if failure.is_final:
            self.is_fenced = failure.is_fenced
            self.stopped = failure.why
            self._report(moments.CoordinatorStopped(why=failure.why))
            return
        self._why = failure.why
        self._is_past = True
        wait = self._backoff.failed()
        self._report(
            moments.CoordinatorFailed(
                fault=failure.fault, why=failure.why, failures=self._backoff.failures, retry_seconds=wait
            )
        )
        with contextlib.suppress(LedgerError):
            await self.beat()
        await asyncio.sleep(wait)

    async def beat(self) -> None:
        """Write the coordinator's heartbeat. Raises LedgerError."""
        await self._ledger.beat(coordination_heartbeat(self.status()))

    def status(self) -> CoordinationStatus:
        """Returns the coordinator's status; before the log is open, by the last state that was seen."""
        state = self._open.log.state if self._open else self._state
        word, message = self._judged()
        return CoordinationStatus(
            status=word,
            at=iso(self._clock.now()),
            message=message,
            checked_at=self._checked_at,
            changed_at=state.committed_at,
            targets=state.targets,
            commit=state.commit,
            sequence=state.sequence,
            failures=self._backoff.failures,
        )

    def _judged(self) -> tuple[Word, str]:
        if self.stopped:
            return "failing", f"stopped: {self.stopped}"
        if self._backoff.failures:
            return "failing", self._why
        return ("baselining", "links what was committed before") if self._is_past else ("ok", "")


def decision(signal: Signal, at: str) -> LinkDecision:
    """Returns the decision that a signal of kind `link` asks for at the time `at`. Its subject is `confirm KEY KEY` or
    `forbid KEY KEY`, quoted as for a shell. Raises SignalRefused for any other subject or kind, and for a signal that
    has expired."""
    if parse_iso(signal.expires) < parse_iso(at):
        raise SignalRefused(f"it expired at {signal.expires}")
    if signal.kind != "link":
        raise SignalRefused(f"the {COORDINATOR} knows nothing of {signal.kind}")
    try:
        word, a, b = shlex.split(signal.subject)
        verdict = VERDICTS[word]
    except (ValueError, KeyError):
        raise SignalRefused(f"{signal.subject!r} is no link: 'confirm KEY KEY' or 'forbid KEY KEY'") from None
    by = signal.asserted_by[:ASSERTED_BY_CHARACTERS_MAX]
    return LinkDecision(a=a, b=b, verdict=verdict, by=by, why=signal.why[:WHY_CHARACTERS_MAX], at=at)


def refused(row: Publication, signal: Signal | Malformed, why: str) -> Publication:
    """Returns `row` as the refusal of `signal`, with the reason `why`."""
    return replace(row, outcome="refused", why=f"{asked(signal)}: {why}".lstrip(": "))

"""The status of a feed, for the page, `/api/status`, `syncd status` and the metrics: pure functions.

The committed part comes from the feed's state; what happened since comes from `Facts`, which the feed worker keeps, or
from the heartbeat when another process runs the feed.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, get_args

from msgspec import Struct

from syncd.core.coordination.target import COORDINATOR
from syncd.core.events import Heartbeat
from syncd.core.state import FeedState, Hold

Word = Literal["ok", "failing", "held", "paused", "baselining", "stale"]
STATUSES: tuple[Word, ...] = get_args(Word)

FRESH_INTERVALS = 3
FRESH_ALLOWANCE_SECONDS = 60.0
HOLDS_SHOWN_MAX = 50
# It looks each second, but says so by heartbeats.
COORDINATOR_INTERVAL_SECONDS = 60.0


class Facts(Struct, frozen=True, kw_only=True):
    """What the feed worker knows and the ledger does not. Times are ISO 8601 in UTC, empty when there is none.

    `checked_at`: the last poll that succeeded. `failures` in a row since, the last of them at `failed_at` because of
    `why`. `stopped` says why the feed is not polled any more. `is_open`: this process may write the feed.
    `stale_since`: since when the publisher has served only documents older than the one in force.
    """

    interval_seconds: float
    title: str = ""
    evidence: str = ""
    source: str = ""
    checked_at: str = ""
    next_at: str = ""
    failures: int = 0
    failed_at: str = ""
    why: str = ""
    stopped: str = ""
    stale_since: str = ""
    is_open: bool = True


class HoldStatus(Struct, frozen=True, kw_only=True):
    """One hold, with the number of its keys."""

    id: str
    kind: str
    keys: int
    since: str
    why: str
    rejected: bool = False


class FeedStatus(Struct, frozen=True, kw_only=True):
    """One feed as it stands at `at`.

    `message` says in words why the status is not ok; it is empty when it is. `changed_at` is the time of the last
    commit that changed the list. `failed_at` and `why` stay after a recovery: the last failure is worth seeing.
    `evidence`: what the reading of the list rests on, `full`, `excerpt` or `shape`, as the feed's file says.
    `stopped`: it is not polled any more until somebody acts.
    """

    feed: str
    title: str
    status: Word
    at: str
    fresh: bool
    is_open: bool
    interval_seconds: float
    stopped: bool = False
    evidence: str = ""
    message: str = ""
    source: str = ""
    checked_at: str = ""
    next_at: str = ""
    changed_at: str = ""
    published: str = ""
    records: int = 0
    partial: int = 0
    quarantined: int = 0
    deferred: int = 0
    held_keys: int = 0
    holds: tuple[HoldStatus, ...] = ()
    commit: int = 0
    sequence: int = 0
    ledger_digest: str = ""
    failures: int = 0
    failed_at: str = ""
    why: str = ""


def fresh(checked_at: str, interval_seconds: float, now: str) -> bool:
    """Return whether the last successful check is no older than the limit."""
    if not checked_at:
        return False
    age = (datetime.fromisoformat(now) - datetime.fromisoformat(checked_at)).total_seconds()
    return age <= freshness_limit(interval_seconds)


def freshness_limit(interval_seconds: float) -> float:
    """Return the age in seconds up to which a check is fresh: three intervals and a minute."""
    return FRESH_INTERVALS * interval_seconds + FRESH_ALLOWANCE_SECONDS


def status_word(state: FeedState, facts: Facts, now: str) -> tuple[Word, str]:
    """The one word for a feed, and the sentence behind it. The first that holds, the worst first:

    stopped → failing, paused, no baseline yet → failing or baselining, not fresh → stale, failures → failing,
    a publisher that serves an older document → stale, held, ok.
    """
    if facts.stopped:
        return "failing", f"stopped: {facts.stopped}"
    if state.paused is not None:
        return "paused", f"paused by {state.paused}"
    if state.commit == 0:
        return ("failing", facts.why) if facts.failures else ("baselining", "no baseline yet")
    if not fresh(facts.checked_at, facts.interval_seconds, now):
        since = facts.checked_at or "the start"
        return "stale", f"no successful check since {since}" + (f": {facts.why}" if facts.failures else "")
    if facts.failures:
        return "failing", facts.why
    if facts.stale_since:
        return "stale", f"the publisher has served an older document since {facts.stale_since}: it is ignored so far"
    waiting = [hold for hold in state.holds if not hold.rejected]
    if waiting:
        return "held", "a hold waits for a person" if len(waiting) == 1 else f"{len(waiting)} holds wait for a person"
    return "ok", ""


def feed_status(state: FeedState, facts: Facts, now: str) -> FeedStatus:
    """Return the status of a feed that this process has open. `now` is ISO 8601 in UTC."""
    word, message = status_word(state, facts, now)
    document = state.document
    return FeedStatus(
        feed=state.feed,
        title=facts.title,
        evidence=facts.evidence,
        status=word,
        at=now,
        fresh=fresh(facts.checked_at, facts.interval_seconds, now),
        is_open=facts.is_open and not facts.stopped,
        stopped=bool(facts.stopped),
        interval_seconds=facts.interval_seconds,
        message=message,
        source=facts.source or (document.source if document else ""),
        checked_at=facts.checked_at,
        next_at=facts.next_at,
        changed_at=state.committed_at,
        published=(document.published or "") if document else "",
        records=state.ledger_records,
        partial=len(state.partial),
        quarantined=max(len(state.quarantined), document.quarantined if document else 0),
        deferred=len(state.deferred),
        held_keys=sum(len(hold.keys) for hold in state.holds),
        holds=tuple(_hold(hold) for hold in state.holds[:HOLDS_SHOWN_MAX]),
        commit=state.commit,
        sequence=state.sequence,
        ledger_digest=state.ledger_digest,
        failures=facts.failures,
        failed_at=facts.failed_at,
        why=facts.why,
    )


def from_heartbeat(
    state: FeedState,
    beat: Heartbeat | None,
    interval_seconds: float,
    now: str,
    *,
    title: str = "",
    evidence: str = "",
) -> FeedStatus:
    """Return the status of a feed that this process does not run. The word of its last heartbeat counts while it is
    fresh."""
    facts = Facts(
        interval_seconds=interval_seconds,
        title=title,
        evidence=evidence,
        checked_at=beat.checked_at if beat else "",
        is_open=False,
    )
    status = feed_status(state, facts, now)
    if beat is None or status.status in ("stale", "paused") or beat.status not in STATUSES:
        return status
    return _replaced(status, beat.status, beat.message)


def coordinator_from_heartbeat(beat: Heartbeat, now: str) -> FeedStatus:
    """Return the coordinator's status by its last heartbeat, like that of a feed whose records are targets."""
    state = FeedState(
        feed=beat.feed,
        commit=beat.commit,
        sequence=beat.sequence,
        committed_at=beat.changed_at,
        ledger_records=beat.ledger_records,
    )
    return from_heartbeat(state, beat, COORDINATOR_INTERVAL_SECONDS, now, title="Coordination")


def _replaced(status: FeedStatus, word: str, message: str) -> FeedStatus:
    found = next(known for known in STATUSES if known == word)
    fields = {name: getattr(status, name) for name in status.__struct_fields__}
    return FeedStatus(**{**fields, "status": found, "message": message})


def status_line(statuses: Iterable[FeedStatus]) -> str:
    """Return all feeds in one line: `lists: 16 ok, 2 failing`."""
    words = [status.status for status in statuses]
    return "lists: " + (", ".join(f"{words.count(word)} {word}" for word in STATUSES if word in words) or "none")


def heartbeat(status: FeedStatus) -> Heartbeat:
    """Return the public heartbeat of a feed."""
    return Heartbeat(
        feed=status.feed,
        status=status.status,
        checked_at=status.checked_at,
        changed_at=status.changed_at,
        commit=status.commit,
        sequence=status.sequence,
        ledger_digest=status.ledger_digest,
        ledger_records=status.records,
        message=status.message,
    )


class CoordinationStatus(Struct, frozen=True, kw_only=True):
    """The coordinator as it stands at `at`. `status`: `ok`, `baselining` while it takes what was committed before it
    was there, `failing`, and then `message` says why."""

    status: Word
    at: str
    message: str = ""
    checked_at: str = ""
    changed_at: str = ""
    targets: int = 0
    commit: int = 0
    sequence: int = 0
    failures: int = 0


def coordination_heartbeat(status: CoordinationStatus) -> Heartbeat:
    """Return the coordinator's public heartbeat, under its own name. Its records are targets, and have no digest."""
    return Heartbeat(
        feed=COORDINATOR,
        status=status.status,
        checked_at=status.checked_at,
        changed_at=status.changed_at,
        commit=status.commit,
        sequence=status.sequence,
        ledger_digest="",
        ledger_records=status.targets,
        message=status.message,
    )


def _hold(hold: Hold) -> HoldStatus:
    return HoldStatus(
        id=hold.id, kind=hold.kind, keys=len(hold.keys), since=hold.since, why=hold.why, rejected=hold.rejected
    )

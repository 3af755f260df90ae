"""Acts of a publisher and of the coordinator, committed to a ledger for the port to show."""

import msgspec

from syncd.core.admission import hold_id
from syncd.core.canonical import digest, list_digest
from syncd.core.codec import pack_json, pack_record
from syncd.core.coordination.target import CoordinationCommit
from syncd.core.events import Change, Commit, Evidence, Heartbeat, Publication, Times
from syncd.core.model import Listing, Name, Record
from syncd.core.state import FeedState, Hold, Stored
from syncd.ledger.contract import Ledger
from tests.web import invented

FEED = "un_sc"
AT = "2031-04-02T12:00:00Z"
NAMES = ("NOBODY, Odd", "Бумажное облако", "نجمة ورقية", "PAPER STAR")


def record(number: int, name: str) -> Record:
    return Record(
        key=f"{FEED}:{number}",
        feed=FEED,
        kind="person",
        names=(Name(full=name, kind="primary"),),
        listings=(Listing(list="List", programmes=("CLOUDS",), listed_on="2031-04-01"),),
    )


async def listed(ledger: Ledger, *names: str, elided: bool = False) -> FeedState:
    """One commit that designates all of these after those that are there; `elided`, too large for their messages."""
    log = await ledger.open(FEED)
    before = log.state
    records = [record(before.sequence + place + 1, name) for place, name in enumerate(names)]
    changes = tuple(_designated(before, place, one, len(records)) for place, one in enumerate(records))
    if elided:
        changes = tuple(msgspec.structs.replace(one, after=None, elided=("after",)) for one in changes)
    written = {
        one.key: Stored(status="listed", digest=digest(one), fingerprint=b"", vocabulary="v", body=pack_record(one),
                        sequence=change.sequence, since=AT)
        for one, change in zip(records, changes, strict=True)
    }  # fmt: skip
    whole = {**log.records, **written}
    state = msgspec.structs.replace(
        before,
        commit=before.commit + 1,
        sequence=before.sequence + len(names),
        ledger_records=len(whole),
        ledger_digest=list_digest({key: one.digest for key, one in whole.items()}),
        committed_at=AT,
    )
    row = Publication(feed=FEED, kind="commit", at=AT, commit=state.commit, cause="publication",
                      first_sequence=before.sequence + 1, last_sequence=state.sequence,
                      changes={"designated": len(names)})  # fmt: skip
    await log.commit(Commit(changes=changes, records=written, rows=(row,), state=state))
    await ledger.beat(beat(state))
    return state


def _designated(before: FeedState, place: int, one: Record, count: int) -> Change:
    return Change(
        feed=FEED, key=one.key, type="designated", sequence=before.sequence + place + 1, commit=before.commit + 1,
        index=place, count=count, cause="publication", origin="source", material=True, times=Times(observed=AT),
        evidence=Evidence(document="d0" * 32, source="xml"), committed_at=AT, digest_after=digest(one),
        after=msgspec.Raw(msgspec.json.encode(one)),
    )  # fmt: skip


def beat(state: FeedState, word: str = "ok") -> Heartbeat:
    return Heartbeat(feed=FEED, status=word, checked_at=AT, changed_at=AT, commit=state.commit,
                     sequence=state.sequence, ledger_digest=state.ledger_digest,
                     ledger_records=state.ledger_records)  # fmt: skip


async def held(ledger: Ledger, state: FeedState) -> Hold:
    keys = tuple(f"{FEED}:{number}" for number in range(1, state.sequence + 1))
    hold = Hold(id=hold_id(FEED, "removals", keys), kind="removals", keys=keys, since=AT, why="all at once",
                document="d0" * 32)  # fmt: skip
    log = await ledger.open(FEED)
    after = msgspec.structs.replace(log.state, holds=(hold,))
    row = Publication(feed=FEED, kind="hold", at=AT, commit=after.commit, holds=(hold.id,))
    await log.commit(Commit(changes=(), records={}, rows=(row,), state=after))
    await ledger.beat(beat(after, "held"))
    return hold


async def coordinated(ledger: Ledger) -> None:
    """The first of the invented events, and their targets, committed by a coordinator."""
    log = await ledger.open_coordinator()
    found = tuple(invented.events())
    state = msgspec.structs.replace(
        log.state, commit=1, sequence=len(found), committed_at=found[-1].committed_at, targets=len(invented.targets())
    )
    events = tuple(msgspec.structs.replace(one, commit=1, committed_at=state.committed_at) for one in found)
    rows = {name: pack_json(msgspec.json.encode(one)) for name, one in invented.targets().items()}
    await log.commit(CoordinationCommit(events=events, targets=rows, state=state))

"""A record that is designated, amended, given another key, and amended again by a decision."""

import msgspec

from syncd.core.canonical import digest, list_digest
from syncd.core.codec import pack_record
from syncd.core.diff import field_changes
from syncd.core.events import Cause, Change, ChangeType, Commit, Evidence, Publication, Times
from syncd.core.model import Name, Record
from syncd.core.state import Stored
from syncd.ledger.contract import FeedLog, Ledger
from tests.ledger.acts import moment

FEED = "un_sc"
OLD, NEW = f"{FEED}:QDi.1", f"{FEED}:QDi.901"


def record(key: str, name: str) -> Record:
    return Record(key=key, feed=FEED, kind="person", names=(Name(full=name, kind="primary"),))


async def rekeyed(ledger: Ledger) -> tuple[str, str]:
    """Commit the four changes to the feed `un_sc`; returns the old and the new key."""
    log = await ledger.open(FEED)
    await _commit(log, "designated", None, record(OLD, "First"))
    await _commit(log, "amended", record(OLD, "First"), record(OLD, "Second"))
    await _commit(log, "rekeyed", record(OLD, "Second"), record(NEW, "Second"))
    await _commit(log, "amended", record(NEW, "Second"), record(NEW, "Third"), cause="release")
    return OLD, NEW


async def _commit(
    log: FeedLog, kind: ChangeType, before: Record | None, after: Record, cause: Cause = "publication"
) -> None:
    state = log.state
    number, at = state.commit + 1, moment(state.commit + 1)
    is_new = before is not None and before.key != after.key
    change = Change(
        feed=FEED, key=after.key, type=kind, sequence=number, commit=number, index=0, count=1, cause=cause,
        origin="source", material=True, times=Times(observed=at), evidence=Evidence(document="d0" * 32, source="xml"),
        committed_at=at, digest_before=digest(before) if before else None, digest_after=digest(after),
        before=msgspec.Raw(msgspec.json.encode(before)) if before else None,
        after=msgspec.Raw(msgspec.json.encode(after)),
        changes=field_changes(before, after) if before and kind == "amended" else (),
        previous_key=before.key if before and is_new else None,
    )  # fmt: skip
    written = {
        after.key: Stored(status="listed", digest=digest(after), fingerprint=b"", vocabulary="v",
                          body=pack_record(after), sequence=number, since=at)
    }  # fmt: skip
    if before is not None and is_new:
        gone = log.records[before.key]
        written[before.key] = msgspec.structs.replace(
            gone, status="rekeyed", until=at, successor=after.key, sequence=number
        )
    whole = {**log.records, **written}
    listed = {key: one.digest for key, one in whole.items() if one.status == "listed"}
    new = msgspec.structs.replace(
        state, commit=number, sequence=number, ledger_records=len(listed), ledger_digest=list_digest(listed),
        committed_at=at,
    )  # fmt: skip
    row = Publication(feed=FEED, kind="commit", at=at, commit=number, cause=cause, first_sequence=number,
                      last_sequence=number)  # fmt: skip
    decision = Publication(feed=FEED, kind="decision", at=at, commit=number, outcome="applied",
                           why="release h1: read the notice", asserted_by="ann@desk")  # fmt: skip
    rows = (row, decision) if cause == "release" else (row,)
    await log.commit(Commit(changes=(change,), records=written, rows=rows, state=new))

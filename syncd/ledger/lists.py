"""A whole list out of a ledger, as it stands or stood, for who takes it elsewhere.

Bodies stay packed until they are asked for, so that a list needs no more memory than the ledger's own.
"""

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from functools import partial
from typing import Final, cast

from msgspec import Struct

from syncd.core import canonical, codec
from syncd.core.events import Change, Publication
from syncd.core.state import FeedState
from syncd.errors import LedgerError
from syncd.exports.forms import ExportForm
from syncd.exports.listing import ExportEntry, ListFacts, ListNote
from syncd.feeds import all_feeds
from syncd.ledger.contract import Ledger

RECORDS_AT_ONCE: Final = 200


class Packed(Struct, frozen=True):
    """A record in force: its digest and its packed body (`core.codec`)."""

    digest: str
    body: bytes


class WholeList(Struct, frozen=True, kw_only=True):
    """A list and what is said of it. `packed` are its records in force by key, in the order of the keys."""

    note: ListNote
    facts: ListFacts
    packed: dict[str, Packed]

    def entries(self, keys: tuple[str, ...] | None = None) -> Iterator[ExportEntry]:
        """Yield the records with these keys, or all. It must stay in one thread."""
        unpack = codec.unpacker()
        for key in self.packed if keys is None else keys:
            json = unpack(self.packed[key].body)
            yield ExportEntry(codec.decode(json), self.packed[key].digest, json)


def facts_of(feed: str) -> ListFacts:
    """Return what the feed with this id says of itself; of one that this version does not know, its id."""
    known = all_feeds().get(feed)
    if known is None:
        return ListFacts(feed=feed, title=feed, authority=feed, jurisdiction="")
    return ListFacts(
        feed=feed,
        title=known.title,
        authority=known.authority,
        jurisdiction=known.jurisdiction,
        homepage=known.homepage,
        effect=known.effect,
    )


async def note_now(ledger: Ledger, feed: str) -> ListNote:
    """Return what is said of the list as it stands, without its records. Raises LedgerError."""
    return _note_of_state(ledger, await ledger.state(feed))


async def list_now(ledger: Ledger, feed: str) -> WholeList:
    """Return the list as it stands. Raises LedgerError."""
    state, records = await ledger.snapshot(feed)
    packed = {
        key: Packed(records[key].digest, records[key].body)
        for key in sorted(records)
        if records[key].status == "listed"
    }
    return WholeList(note=_note_of_state(ledger, state), facts=facts_of(feed), packed=packed)


async def list_at(ledger: Ledger, feed: str, moment: str) -> WholeList | None:
    """Return the list as it was known at `moment` (ISO 8601, UTC); None when nothing was. Raises LedgerError, also for
    a record that was too large to travel with its change."""
    packed: dict[str, Packed] = {}
    last: Change | None = None
    pack = codec.packer()
    async with aclosing(cast(AsyncGenerator[Change, None], ledger.tail({}, feeds=(feed,)))) as changes:
        async for change in changes:
            if change.committed_at > moment:
                break
            last = change
            packed.pop(change.previous_key or change.key, None)
            if change.type == "delisted":
                continue
            packed[change.key] = await _packed(ledger, change, pack)
    if last is None:
        return None
    row = await _row_of(ledger, last)
    facts = facts_of(feed)
    note = ListNote(
        feed=feed,
        title=facts.title,
        authority=facts.authority,
        installation=ledger.installation,
        ledger=ledger.identity,
        commit=last.commit,
        sequence=last.sequence,
        records=len(packed),
        digest=canonical.list_digest({key: one.digest for key, one in packed.items()}),
        committed_at=last.committed_at,
        at=moment,
        document=last.evidence.document,
        source=last.evidence.source,
        published=last.evidence.published,
        observed=row.observed if row else None,
    )
    return WholeList(note=note, facts=facts, packed=dict(sorted(packed.items())))


async def _packed(ledger: Ledger, change: Change, pack: Callable[[bytes], bytes]) -> Packed:
    """The record after `change`; one that was too large for an event is had from the list, where it is still so."""
    digest = change.digest_after or ""
    if change.after is not None:
        return Packed(digest, pack(bytes(change.after)))
    stored = await ledger.record(change.key)
    if stored is None or stored.sequence != change.sequence:
        raise LedgerError(f"{change.key}: the record of sequence {change.sequence} was too large for an event")
    return Packed(digest, stored.body)


async def _row_of(ledger: Ledger, change: Change) -> Publication | None:
    async with aclosing(cast(AsyncGenerator[Publication, None], ledger.publications(change.feed))) as rows:
        async for row in rows:
            if row.kind == "commit" and row.commit == change.commit:
                return row
    return None


def _note_of_state(ledger: Ledger, state: FeedState) -> ListNote:
    facts = facts_of(state.feed)
    document = state.document
    return ListNote(
        feed=state.feed,
        title=facts.title,
        authority=facts.authority,
        installation=ledger.installation,
        ledger=ledger.identity,
        commit=state.commit,
        sequence=state.sequence,
        records=state.ledger_records,
        digest=state.ledger_digest,
        committed_at=state.committed_at,
        document=document.sha256 if document else None,
        source=document.source if document else None,
        published=document.published if document else None,
        observed=(document.observed or None) if document else None,
    )


def export_parts(whole: WholeList, form: ExportForm) -> Iterator[Callable[[], bytes]]:
    """Yield the pieces of a list in a form, each to be made when its turn comes, in any thread: first the line that
    says which list it is, then some hundred records at a time."""
    yield partial(form.note, whole.note)
    keys = tuple(whole.packed)
    for start in range(0, len(keys), RECORDS_AT_ONCE):
        yield partial(_part, whole, form, keys[start : start + RECORDS_AT_ONCE])


def _part(whole: WholeList, form: ExportForm, keys: tuple[str, ...]) -> bytes:
    return b"".join(form.lines(entry, whole.note, whole.facts) for entry in whole.entries(keys))

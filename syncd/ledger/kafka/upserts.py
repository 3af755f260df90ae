"""The upsert stream, `listed`: under the key of each record in force one flat JSON document, and a tombstone once it is
delisted or re-keyed.

It is for what joins and sinks by key (a KTable, upsert-kafka, a JDBC sink), which take neither stubs nor parts nor a
partition that is a feed: its partition is the one that Kafka's default partitioner gives the key. A document is written
by the commit of the change that it follows from, and only then: a record that was merely read anew has none, and one
whose removal is held stays.

The state's header `listed` says of which topic, by its id, that it is complete as of that state. A ledger of an earlier
version has none, nor has one that was without the topic for a time, and a topic that is made anew has another id: then
the next commit writes the whole list.
"""

import bisect
from collections.abc import Callable, Iterable, Iterator

import msgspec
from msgspec import Raw

from syncd.core.coordination.target import feed_of
from syncd.core.events import Publication
from syncd.core.model import Record
from syncd.core.state import Status, Stored
from syncd.ledger.kafka.filters import Headers, gist_of, record_filters
from syncd.ledger.kafka.wire import VALUE_BYTES_MAX, Message, record_headers

# The header of a state.
COMPLETE = "listed"
# What a document has whatever its size.
KEPT = frozenset({"key", "feed", "kind", "status", "digest", "sequence", "commit", "since"})
# Room for the names of what is left out.
ELIDED_BYTES = 1000

_encode = msgspec.json.Encoder().encode
_fields = msgspec.json.Decoder(dict[str, Raw])


class ListedRecord(Record, frozen=True, kw_only=True, omit_defaults=True):
    """The record in force under a key, with all fields of a record, on one level with what the ledger knows of it.

    `digest` is the record digest (hex), `sequence` and `commit` are those of the change that wrote it, `since` is the
    commit time of the listing, `status` is `listed`. `name` is the primary name, `programmes` are those of all
    listings. `elided` names fields of a record too large for a message that were left out (if `names`, it is empty),
    the largest first; `records` has them.
    """

    status: Status
    digest: str
    sequence: int
    commit: int
    since: str
    name: str = ""
    programmes: tuple[str, ...] = ()
    elided: tuple[str, ...] = ()


def upsert_message(key: str, stored: Stored, commit: int, unpack: Callable[[bytes], bytes]) -> Message:
    """Return the message of `listed` that follows from a record: its document, or the tombstone of a stub. `commit` is
    that of its last change."""
    feed = feed_of(key)
    if stored.status != "listed":
        headers: Headers = [
            ("status", stored.status.encode()),
            ("sequence", str(stored.sequence).encode()),
            ("feed", feed.encode()),
        ]
        return Message(key.encode(), None, headers)
    record = unpack(stored.body)
    gist = gist_of(record)
    facts: dict[str, object] = {
        "status": stored.status,
        "digest": stored.digest,
        "sequence": stored.sequence,
        "commit": commit,
        "since": stored.since,
    }
    flat = {"name": gist.name, "programmes": gist.programmes}
    facts |= {name: value for name, value in flat.items() if value}
    headers = record_headers(stored.digest, stored.status, stored.sequence) + record_filters(feed, gist)
    return Message(key.encode(), _document(record, facts), headers)


def _document(record: bytes, facts: dict[str, object]) -> bytes:
    """Both objects as one; the record's is never empty."""
    value = b"%b,%b" % (record[:-1], _encode(facts)[1:])
    return value if len(value) <= VALUE_BYTES_MAX else _without_the_largest(_fields.decode(value))


def _without_the_largest(fields: dict[str, Raw]) -> bytes:
    size = sum(len(name) + len(bytes(value)) + 4 for name, value in fields.items())
    elided = []
    for name in sorted(fields.keys() - KEPT, key=lambda one: len(bytes(fields[one])), reverse=True):
        if size <= VALUE_BYTES_MAX - ELIDED_BYTES:
            break
        size -= len(bytes(fields[name]))
        elided.append(name)
    left = {name: value for name, value in fields.items() if name not in elided}
    required = {"names": Raw(b"[]")} if "names" in elided else {}
    return _encode({**left, **required, "elided": elided})


class CommitsBySequence:
    """Which commit a change was in, by the rows of commits."""

    def __init__(self, rows: Iterable[Publication] = ()) -> None:
        ends = sorted((row.last_sequence, row.commit) for row in rows if row.kind == "commit" and row.last_sequence)
        self._sequences = [sequence for sequence, _ in ends]
        self._commits = [commit for _, commit in ends]

    def at(self, sequence: int, last: int) -> int:
        """Return the commit of the change with `sequence`; `last` when it comes after all rows."""
        place = bisect.bisect_left(self._sequences, sequence)
        return self._commits[place] if place < len(self._commits) else last


def changed_keys(written: Iterable[tuple[str, Stored]], before: dict[str, Stored]) -> Iterator[tuple[str, Stored]]:
    """The records of a commit that a change of it wrote; the others were read anew and are what they were."""
    for key, stored in written:
        known = before.get(key)
        if known is None or known.sequence != stored.sequence:
            yield key, stored

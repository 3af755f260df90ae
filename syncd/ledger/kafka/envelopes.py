"""The keys and headers beside the values of messages, compared with the values: consumers go by both."""

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, suppress
from typing import Any

import msgspec
from aiokafka.structs import ConsumerRecord, TopicPartition

from syncd.core.coordination.target import COORDINATOR, CoordinationEvent, Target, feed_of
from syncd.core.events import Publication
from syncd.core.notices.notice import NOTICES, NoticeEvent
from syncd.core.tolerant import tolerating
from syncd.ledger.kafka import targets, wire
from syncd.ledger.kafka.filters import FILTERS, OF_RECORDS, gist_of, record_filters
from syncd.ledger.kafka.reading import LedgerReader
from syncd.ledger.kafka.topics import Name
from syncd.ledger.kafka.wire import Message, StoredRecord

_target = tolerating(msgspec.json.Decoder(Target))

# By the registry's choice, and by the name that the installation had then.
FREE = frozenset({"content-type", "ce_source"})
# Compared as numbers: earlier versions wrote it without zeros in front.
NUMBERS = frozenset({"ce_sequence", "sequence"})
COMPACTED: frozenset[Name] = frozenset({"records", "targets"})


Expected = tuple[Callable[[ConsumerRecord], Message | None], Callable[[ConsumerRecord], int] | None]


async def at_odds(reader: LedgerReader, owner: str) -> AsyncGenerator[str, None]:
    """Everything of a feed, the coordinator or the notices whose key or headers are not those of its value, or that
    stands twice; in words. Raises LedgerError for what cannot be read."""
    for topic, partition, expected in _places(reader, owner):
        check = _Check(expected)
        standing: dict[bytes, list[str]] = {}
        async with aclosing(reader.all([partition])) as batches:
            async for batch in batches:
                for message in batch:
                    # Of a compacted topic only the last message of each key counts.
                    name = message.key if topic in COMPACTED else b"%d" % message.offset
                    place = f"{topic}, partition {partition.partition}" if owner == NOTICES else topic
                    problems = [f"{place}, offset {message.offset}: {one}" for one in check.problems(message)]
                    standing.pop(name, None)
                    if problems:
                        standing[name] = problems
        for problems in standing.values():
            for problem in problems:
                yield problem


def _places(reader: LedgerReader, owner: str) -> list[tuple[Name, TopicPartition, Expected]]:
    if owner == NOTICES:
        return [("notices", one, (_notice, _notice_sequence)) for one in reader.channel_partitions().values()]
    of_owner = OF_COORDINATOR if owner == COORDINATOR else OF_FEED
    return [(topic, reader.partition(topic, owner), expected) for topic, expected in of_owner.items()]


class _Check:
    """One topic's messages, in their order."""

    def __init__(self, expected: Expected) -> None:
        self._message_of, self._sequence_of = expected
        self._last = 0
        self._seen: set[str] = set()

    def problems(self, message: ConsumerRecord) -> Iterator[str]:
        yield from _problems(message, self._message_of)
        if self._sequence_of is not None:
            sequence = self._sequence_of(message)
            if sequence != self._last + 1:
                yield f"sequence {sequence} stands after {self._last}"
            self._last = max(self._last, sequence)
        identity = wire.header(message.headers, "ce_id")
        if identity and identity in self._seen:
            yield f"event {identity} stands twice"
        self._seen.add(identity)


def _problems(message: ConsumerRecord, expected: Callable[[ConsumerRecord], Message | None]) -> Iterator[str]:
    wanted = expected(message)
    if wanted is None:
        return
    if message.key != wanted.key:
        yield "its key is not the one of its value"
    has, wants = _headers(message.headers), _headers(wanted.headers)
    wrong = sorted((_differing(has, wants) - FILTERS) | _wrong_filters(has, wants))
    if wrong:
        yield f"its headers are not those of its value: {', '.join(wrong)}"


def _differing(has: dict[str, object], wants: dict[str, object]) -> set[str]:
    return {name for name in has.keys() | wants.keys() if has.get(name) != wants.get(name)}


def _wrong_filters(has: dict[str, object], wants: dict[str, object]) -> set[str]:
    """An earlier version wrote none. What a change was made without is in its headers and no more in its value."""
    if not FILTERS & has.keys():
        return set()
    untold = OF_RECORDS if "kind" not in wants else frozenset()
    return _differing(has, wants) & (FILTERS - untold)


def _headers(headers: Any) -> dict[str, object]:
    return {name: _compared(name, value) for name, value in headers if name not in FREE}


def _compared(name: str, value: bytes) -> object:
    with suppress(ValueError):
        return int(value) if name in NUMBERS else value
    return value


def _change(message: ConsumerRecord) -> Message:
    change = wire.change(message.value)
    wanted = wire.change_message(change, "/")
    if not change.elided:
        return wanted
    told = [(name, value) for name, value in wanted.headers if name not in OF_RECORDS]
    return Message(wanted.key, None, told)


def _record(message: ConsumerRecord) -> Message | None:
    if wire.is_part(message.headers) or message.value is None:
        return None
    row = wire.decode_value(message.value, StoredRecord)
    headers = wire.record_headers(row.digest, row.status, row.sequence)
    feed = feed_of(message.key.decode(errors="replace"))
    if row.parts:
        return Message(message.key, None, [*headers, ("feed", feed.encode())])
    return Message(message.key, None, headers + record_filters(feed, gist_of(bytes(row.record))))


def _row(message: ConsumerRecord) -> Message:
    return wire.publication_message(wire.decode_value(message.value, Publication), "/")


def _event(message: ConsumerRecord) -> Message:
    return targets.event_message(wire.decode_value(message.value, CoordinationEvent), "/")


def _notice(message: ConsumerRecord) -> Message:
    return wire.notice_message(wire.decode_value(message.value, NoticeEvent), "/")


def _notice_sequence(message: ConsumerRecord) -> int:
    return wire.decode_value(message.value, NoticeEvent).sequence


def _of_target(message: ConsumerRecord) -> Message | None:
    if wire.is_part(message.headers) or message.value is None:
        return None
    return Message(_target(message.value).id.encode(), None, list(message.headers))


def _sequence(message: ConsumerRecord) -> int:
    return wire.change(message.value).sequence


def _event_sequence(message: ConsumerRecord) -> int:
    return wire.decode_value(message.value, CoordinationEvent).sequence


OF_FEED: dict[Name, Expected] = {
    "changes": (_change, _sequence),
    "records": (_record, None),
    "publications": (_row, None),
}
OF_COORDINATOR: dict[Name, Expected] = {
    "coordination": (_event, _event_sequence),
    "targets": (_of_target, None),
    "publications": (_row, None),
}

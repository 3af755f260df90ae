"""What consumers see: headers by the CloudEvents binding, values in JSON, and records that are too large for Kafka."""

import json
import random
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from syncd.core.codec import pack_json, unpack_json
from syncd.core.coordination.target import COORDINATOR, CoordinationEvent
from syncd.core.events import Change, Evidence, Times, change_id
from syncd.core.state import Stored
from syncd.errors import LedgerError
from syncd.feeds import partition_of
from syncd.ledger.contract import FeedLog
from syncd.ledger.kafka import wire
from syncd.ledger.kafka.filters import FILTERS
from tests.kafka.brokers import Cluster
from tests.kafka.store import PARTITIONS, KafkaStore
from tests.ledger.acts import commit, with_changes
from tests.ledger.coordination import coordinated
from tests.simulation.audit import audited, read

FEED = "un_sc"
LARGE_BYTES = 3_000_000


@pytest.fixture
async def store(broker: Cluster) -> AsyncIterator[KafkaStore]:
    made = KafkaStore(broker)
    yield made
    await made.close()


async def _messages(store: KafkaStore, topic: str, partition: int = partition_of(FEED)) -> list[Any]:
    return await read(store.settings.bootstrap_servers[0], f"{store.settings.prefix}{topic}.v1", partition)


async def test_a_change_is_a_cloud_event_in_binary_mode(store: KafkaStore) -> None:
    log = await (await store.open()).open(FEED)
    whole = commit(log, 1, 3)
    changes = list(whole.changes)
    await log.commit(with_changes(whole, iter(changes)))
    for message, change in zip(await _messages(store, "changes"), changes, strict=True):
        headers = {name: value.decode() for name, value in message.headers}
        assert headers == {
            "ce_specversion": "1.0",
            "ce_id": change_id(change),
            "ce_source": f"/syncd/tests/{FEED}",
            "ce_type": f"syncd.{change.type}.v1",
            "ce_subject": change.key,
            "ce_time": change.committed_at,
            "content-type": "application/json",
            "ce_sequence": f"{change.sequence:019}",
            "ce_commit": "1",
            "ce_digest": change.digest_after,
            "material": "true",
            "origin": "source",
            "feed": FEED,
            "kind": "person",
            "programmes": "",
        }
        assert message.key.decode() == change.key
        assert json.loads(message.value)["after"] == json.loads(bytes(change.after or b""))


async def test_a_coordination_event_is_a_cloud_event_and_a_target_is_its_json(store: KafkaStore) -> None:
    log = await (await store.open()).open_coordinator()
    whole = coordinated(log, 1, 2)
    await log.commit(whole)
    for message, event in zip(await _messages(store, "coordination", 0), whole.events, strict=True):
        headers = {name: value.decode() for name, value in message.headers}
        assert headers == {
            "ce_specversion": "1.0",
            "ce_id": event.id,
            "ce_source": f"/syncd/tests/{COORDINATOR}",
            "ce_type": f"syncd.{event.type}.v1",
            "ce_subject": event.target,
            "ce_time": event.committed_at,
            "content-type": "application/json",
            "ce_sequence": f"{event.sequence:019}",
            "ce_commit": "1",
        }
        assert message.key.decode() == event.target
        assert msgspec.json.decode(message.value, type=CoordinationEvent) == event
    found = {message.key.decode(): json.loads(message.value) for message in await _messages(store, "targets", 0)}
    assert found == {name: json.loads(unpack_json(row or b"")) for name, row in whole.targets.items()}


async def test_the_coordinator_has_the_last_partition_of_what_is_of_feeds(store: KafkaStore) -> None:
    log = await (await store.open()).open_coordinator()
    await log.commit(coordinated(log, 1, 1))
    for topic in ("state", "publications"):
        keys = {message.key.split(b"\0")[0].decode() for message in await _messages(store, topic, PARTITIONS - 1)}
        assert keys == {COORDINATOR}


async def test_an_auditor_who_knows_only_the_topics_finds_nothing_wrong(store: KafkaStore) -> None:
    log = await (await store.open()).open(FEED)
    for number in range(6):
        await log.commit(commit(log, number, 20, keys=40))
    found = await audited(store.settings.bootstrap_servers[0], store.settings.prefix, FEED, partition_of(FEED))
    assert found.problems == []
    assert (found.commits, found.changes, found.digest) == (6, 120, log.state.ledger_digest)


def large(log: FeedLog, seed: int) -> Any:
    """A commit of one change to a record that does not compress."""
    whole = commit(log, seed, 1, keys=1)
    (change,) = whole.changes
    text = random.Random(seed).randbytes(LARGE_BYTES // 2).hex()
    json_bytes = msgspec.json.encode({"key": change.key, "remarks": [text]})
    (stored,) = whole.records.values()
    large = msgspec.structs.replace(change, before=msgspec.Raw(json_bytes), after=msgspec.Raw(json_bytes))
    records = {change.key: msgspec.structs.replace(stored, body=pack_json(json_bytes))}
    return msgspec.structs.replace(whole, changes=[large], records=records)


async def test_a_record_too_large_for_kafka_is_delivered_elided_and_restored_whole(store: KafkaStore) -> None:
    ledger = await store.open()
    log = await ledger.open(FEED)
    whole = large(log, 1)
    await log.commit(whole)
    (change,) = [one async for one in ledger.tail({})]
    assert change.elided == ("before", "after")
    assert change.digest_after == whole.changes[0].digest_after
    assert change.evidence == whole.changes[0].evidence
    restored = await (await store.open()).open(FEED)
    assert dict(restored.records) == whole.records
    assert (await ledger.snapshot(FEED))[1] == whole.records


async def test_a_record_that_is_large_no_more_leaves_no_parts_behind(store: KafkaStore) -> None:
    log = await (await store.open()).open(FEED)
    await log.commit(large(log, 1))
    log = await (await store.open()).open(FEED)
    amending = next(seed for seed in range(99) if next(iter(commit(log, seed, 1, keys=1).changes)).type == "amended")
    await log.commit(commit(log, amending, 1, keys=1))
    restored = await (await store.open()).open(FEED)
    assert restored.records == log.records
    latest = {message.key: message.value for message in await _messages(store, "records")}
    assert sum(value is not None for value in latest.values()) == 1


MARKED = ("un_sc:a\x00part0", "un_sc:\x00part0\x00a", "un_sc:part", "un_sc:a\x00owner")


def _stored(text: str) -> Stored:
    return Stored(
        status="listed",
        digest="ab" * 32,
        fingerprint=b"f",
        vocabulary="xml",
        sequence=1,
        body=pack_json(msgspec.json.encode({"key": "k", "remarks": [text]})),
        since="2031-04-02T12:00:00Z",
    )


@pytest.mark.parametrize("size", [10, LARGE_BYTES])
def test_a_key_that_looks_like_a_mark_is_a_key(size: int) -> None:
    wanted = {key: _stored(random.Random(key).randbytes(size // 2).hex()) for key in ("un_sc:a", *MARKED)}
    messages = [one for key, stored in wanted.items() for one in wire.record_messages(key, stored, 0)]
    assert len({one.key for one in messages}) == len(messages)
    # As compaction leaves them: in any order that keeps each key's last.
    random.Random(size).shuffle(messages)
    records = wire.Records()
    for one in messages:
        records.take(one.key, one.value, tuple(one.headers))
    records.finish()
    assert records.stored == wanted


def test_parts_that_an_earlier_version_wrote_are_found() -> None:
    stored = _stored(random.Random(1).randbytes(LARGE_BYTES // 2).hex())
    own, *parts = wire.record_messages("un_sc:a", stored, 0)
    records = wire.Records()
    for number, one in enumerate(parts):
        records.take(f"un_sc:a\x00part{number}".encode(), one.value, (("content-type", b"application/zstd"),))
    records.take(own.key, own.value, tuple(own.headers))
    records.finish()
    assert records.stored == {"un_sc:a": stored}


def test_a_record_whose_part_is_missing_is_not_restored() -> None:
    own, first, *_ = wire.record_messages("un_sc:a", _stored(random.Random(1).randbytes(LARGE_BYTES // 2).hex()), 0)
    records = wire.Records()
    for one in (own, first):
        records.take(one.key, one.value, tuple(one.headers))
    with pytest.raises(LedgerError, match="un_sc:a: a part of this record"):
        records.finish()


def test_sequences_sort_as_texts() -> None:
    numbers = [1, 2, 9, 10, 11, 99, 100, 2**31, 2**53, 2**63 - 1]
    texts = [wire.sequence_text(number) for number in numbers]
    assert texts == sorted(texts)
    assert [int(text) for text in texts] == numbers


def _change(after: Any = None, before: Any = None, **more: Any) -> Change:
    def raw(value: Any) -> Any:
        return None if value is None else msgspec.Raw(msgspec.json.encode(value))

    facts = {"feed": FEED, "key": "un_sc:a", "type": "amended", "sequence": 1, "commit": 1, "index": 0, "count": 1}
    facts |= {"cause": "reparse", "origin": "parser", "material": False, "committed_at": "2031-04-02T12:00:00Z"}
    evidence = Evidence(document="d0" * 32, source="invented")
    times = Times(observed="2031-04-02T12:00:00Z")
    return Change(**{**facts, "times": times, "evidence": evidence, "after": raw(after), "before": raw(before), **more})


def _record(*programmes: str, kind: str = "person", **more: Any) -> dict[str, Any]:
    return {"key": "un_sc:a", "kind": kind, "listings": [{"list": "L", "programmes": programmes}], **more}


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (_change(_record("A", "B")), {"kind": "person", "programmes": "A,B"}),
        (_change(_record("A"), _record("A", "C", kind="unknown")), {"kind": "person", "programmes": "A,C"}),
        (_change(None, _record("A", kind="vessel")), {"kind": "vessel", "programmes": "A"}),
        (_change(_record("Iran, 50%")), {"kind": "person", "programmes": "Iran%2C 50%25"}),
        (_change(_record("ロシア")), {"kind": "person", "programmes": "ロシア"}),
        (_change(_record("x" * 1000)), {"kind": "person", "programmes": "x" * 1000}),
        (_change(_record("x" * 500, "y" * 500)), {"kind": "person"}),
        (_change({"key": "un_sc:a", "kind": "person"}), {"kind": "person", "programmes": ""}),
        (_change(_record("A", remarks=["r" * LARGE_BYTES])), {"kind": "person", "programmes": "A"}),
        (_change(), {}),
    ],
)
def test_a_consumer_filters_by_headers_alone(change: Change, wanted: dict[str, str]) -> None:
    """Of both versions of a record; without `programmes` where they are too long; of a change too large as well."""
    headers = {name: value.decode() for name, value in wire.change_message(change, "/").headers}
    told = {name: headers[name] for name in FILTERS & headers.keys()}
    assert told == {"material": "false", "origin": "parser", "feed": FEED, **wanted}
    assert len(headers) == len(wire.change_message(change, "/").headers)


def test_a_record_has_the_filters_of_a_record() -> None:
    stored = msgspec.structs.replace(_stored("x"), body=pack_json(msgspec.json.encode(_record("A", "B"))))
    (message,) = wire.record_messages("un_sc:a", stored, 0)
    headers = {name: value.decode() for name, value in message.headers}
    assert {name: headers.get(name) for name in FILTERS} == {
        "material": None,
        "origin": None,
        "feed": "un_sc",
        "kind": "person",
        "programmes": "A,B",
    }

"""The upsert stream: what is in force by key, a tombstone for what is not, in the transaction of its commit."""

import json
import random
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import NewTopic

from syncd.core.codec import pack_json, unpacker
from syncd.core.events import Change, Publication
from syncd.core.model import Listing, Name, Record
from syncd.core.state import Stored
from syncd.errors import LedgerError
from syncd.ledger.contract import FeedLog
from syncd.ledger.kafka import KafkaLedger, topics
from syncd.ledger.kafka.connection import Connection
from syncd.ledger.kafka.reading import LedgerReader
from syncd.ledger.kafka.upserts import CommitsBySequence, ListedRecord, upsert_message
from syncd.ledger.kafka.wire import VALUE_BYTES_MAX
from syncd.observe.kafka import ListedFilled, TopicsDiffer
from syncd.observe.report import Collected
from tests.core import lists
from tests.kafka.brokers import Cluster
from tests.kafka.store import PARTITIONS, KafkaStore, settings
from tests.kafka.test_wire import large
from tests.ledger.acts import commit
from tests.simulation.audit import read

FEED, OTHER = "un_sc", "uk_sl"
_listed = msgspec.json.Decoder(ListedRecord, strict=True)


@pytest.fixture
async def store(broker: Cluster) -> AsyncIterator[KafkaStore]:
    made = KafkaStore(broker)
    yield made
    await made.close()


async def _messages(store: KafkaStore) -> dict[str, Any]:
    """The last message of each key, whichever partition it stands in."""
    name, servers = store.topics.name("listed"), store.settings.bootstrap_servers[0]
    return {one.key.decode(): one for one in await read(servers, name)}


def _wanted(*logs: FeedLog) -> dict[str, str]:
    return {key: one.digest for log in logs for key, one in log.records.items() if one.status == "listed"}


async def _digests(store: KafkaStore) -> dict[str, str]:
    found = {key: one for key, one in (await _messages(store)).items() if one.value is not None}
    values = {key: _listed.decode(one.value) for key, one in found.items()}
    for key, value in values.items():
        assert (value.key, value.status) == (key, "listed")
        headers = {name: text.decode() for name, text in found[key].headers}
        assert (headers["digest"], headers["sequence"]) == (value.digest, str(value.sequence))
    return {key: value.digest for key, value in values.items()}


async def test_what_is_in_force_stands_under_its_key_and_nothing_else(store: KafkaStore) -> None:
    """Feeds share its partitions; each key is the partitioner's; each document names the commit that wrote it."""
    ledger = await store.open()
    one, other = await ledger.open(FEED), await ledger.open(OTHER)
    commits: dict[str, int] = {}
    for number in range(6):
        for log in (one, other):
            whole = commit(log, number, 20, keys=40)
            await log.commit(whole)
            commits |= dict.fromkeys(whole.records, log.state.commit)
    assert await _digests(store) == _wanted(one, other)
    messages = await _messages(store)
    gone = {key for log in (one, other) for key, stored in log.records.items() if stored.status == "delisted"}
    assert gone
    assert {key for key, message in messages.items() if message.value is None} == gone
    for key, message in messages.items():
        headers = {name: text.decode() for name, text in message.headers}
        assert headers["feed"] == key.split(":")[0]
        if message.value is None:
            assert headers["status"] == "delisted"
        else:
            assert _listed.decode(message.value).commit == commits[key]


async def _opened(store: KafkaStore, told: Collected, **other: Any) -> KafkaLedger:
    """The same topics again, with `other` settings."""
    chosen = store.settings.model_copy(update=other)
    ledger = await KafkaLedger.connect(chosen, writing=True, installation="tests", partitions=PARTITIONS, report=told)
    store.opened(ledger)
    return ledger


async def test_a_ledger_that_had_no_upserts_is_filled_once_and_says_so(store: KafkaStore) -> None:
    """What was delisted meanwhile is gone, what is in force has the commit that wrote it, and none is written twice."""
    told = Collected()
    log = await (await store.open()).open(FEED)
    await log.commit(commit(log, 0, 20, keys=30))
    log = await (await _opened(store, told, upserts=False)).open(FEED)
    for number in range(1, 5):
        await log.commit(commit(log, number, 20, keys=30))
    stale = await _digests(store)
    assert stale != _wanted(log)
    ledger = await _opened(store, told)
    log = await ledger.open(FEED)
    assert await _digests(store) == _wanted(log)
    assert [(one.feed, one.records) for one in told.of(ListedFilled)] == [(FEED, len(log.records))]
    commits = {change.key: change.commit async for change in ledger.tail({})}
    found = {key: _listed.decode(one.value).commit for key, one in (await _messages(store)).items() if one.value}
    assert found == {key: commits[key] for key in found}
    before = {key: one.offset for key, one in (await _messages(store)).items()}
    log = await (await _opened(store, told)).open(FEED)
    assert {key: one.offset for key, one in (await _messages(store)).items()} == before
    assert len(told.of(ListedFilled)) == 1
    await log.commit(commit(log, 9, 5, keys=30))
    assert await _digests(store) == _wanted(log)


async def test_a_ledger_without_the_topic_goes_on_and_says_how_to_make_it(store: KafkaStore) -> None:
    await store.open()
    connection, name = Connection(store.settings), store.topics.name("listed")
    await topics.delete(connection, [name])
    told = Collected()
    log = await (await _opened(store, told)).open(FEED)
    await log.commit(commit(log, 0, 20, keys=30))
    (said,) = told.of(TopicsDiffer)
    assert [line.split(": ")[0] for line in said.what] == [name]
    assert "'syncd topics --create' makes it" in said.what[0]
    assert await store.topics.create(connection) == [name]
    log = await (await _opened(store, told)).open(FEED)
    assert await _digests(store) == _wanted(log)


async def test_a_topic_that_is_made_anew_is_filled_again(store: KafkaStore) -> None:
    log = await (await store.open()).open(FEED)
    await log.commit(commit(log, 0, 20, keys=30))
    connection = Connection(store.settings)
    await topics.delete(connection, [store.topics.name("listed")])
    await store.topics.create(connection)
    told = Collected()
    ledger = await _opened(store, told)
    assert [line async for line in ledger.at_odds(FEED)] == []
    log = await ledger.open(FEED)
    assert await _digests(store) == _wanted(log)
    assert [one.records for one in told.of(ListedFilled)] == [len(log.records)]


async def test_a_commit_that_is_refused_leaves_no_upserts(store: KafkaStore) -> None:
    log = await (await store.open()).open(FEED)
    await log.commit(commit(log, 0, 20, keys=30))
    before = await _digests(store)
    whole = commit(log, 1, 20, keys=30)
    wrong = msgspec.structs.replace(whole, state=msgspec.structs.replace(whole.state, ledger_digest="0" * 64))
    with pytest.raises(LedgerError, match="does not describe the new list"):
        await log.commit(wrong)
    assert await _digests(store) == before


async def test_a_record_that_was_only_read_anew_is_not_written_again(store: KafkaStore) -> None:
    log = await (await store.open()).open(FEED)
    await log.commit(commit(log, 0, 3, keys=3))
    before = {key: one.offset for key, one in (await _messages(store)).items()}
    anew = {key: msgspec.structs.replace(one, fingerprint=b"another") for key, one in log.records.items()}
    await log.commit(msgspec.structs.replace(commit(log, 1, 1), changes=(), records=anew, rows=(), state=log.state))
    assert log.records == anew
    assert {key: one.offset for key, one in (await _messages(store)).items()} == before


async def test_a_record_too_large_names_what_was_left_out(store: KafkaStore) -> None:
    log = await (await store.open()).open(FEED)
    await log.commit(large(log, 1))
    (message,) = (await _messages(store)).values()
    value = json.loads(message.value)
    assert value["elided"] == ["remarks"]
    assert value["digest"] == next(iter(log.records.values())).digest
    assert len(message.value) < VALUE_BYTES_MAX


@pytest.fixture
def feed(monkeypatch: pytest.MonkeyPatch) -> lists.Feed:
    """The real judgement over invented documents, under the name of a list that has a partition."""
    monkeypatch.setattr(lists, "FEED", FEED)
    return lists.Feed()


async def _published(feed: lists.Feed, log: FeedLog, records: list[Record], **more: Any) -> list[Change]:
    """Judge a document of `records`, and commit what goes out to both: the feed's own ledger and `log`."""
    changes = feed.read(records, **more)
    await log.commit(msgspec.structs.replace(feed.commits[-1], changes=changes))
    return changes


async def test_a_record_whose_removal_is_held_stays_until_it_is_released(store: KafkaStore, feed: lists.Feed) -> None:
    log = await (await store.open()).open(FEED)
    everyone = [lists.record(number) for number in range(5)]
    await _published(feed, log, everyone)
    feed.limits = msgspec.structs.replace(feed.limits, removals_max=0)
    assert await _published(feed, log, everyone[1:]) == []
    (hold,) = feed.state.holds
    assert (hold.kind, hold.keys) == ("removals", (lists.key(0),))
    before = {key: (one.offset, one.value) for key, one in (await _messages(store)).items()}
    assert before[lists.key(0)][1] is not None
    (change,) = await _published(feed, log, everyone[1:], cause="release", released=(hold.id,))
    assert (change.type, change.key) == ("delisted", lists.key(0))
    after = await _messages(store)
    assert after[lists.key(0)].value is None
    assert dict(after[lists.key(0)].headers)["status"] == b"delisted"
    assert {key: (one.offset, one.value) for key, one in after.items() if key != lists.key(0)} == {
        key: one for key, one in before.items() if key != lists.key(0)
    }
    assert await _digests(store) == _wanted(log)


async def test_a_change_too_large_for_its_record_has_it_in_the_upserts(store: KafkaStore, feed: lists.Feed) -> None:
    """The record fits beside what the ledger knows of it, and not into a change with its evidence and times."""
    ledger = await store.open()
    log = await ledger.open(FEED)
    empty = lists.record(1, remarks=("r",))
    room = VALUE_BYTES_MAX - 100 - len(upsert_message(empty.key, _stored(empty), 1, unpacker()).value or b"")
    whole = lists.record(1, remarks=("r" * room,))
    await _published(feed, log, [whole])
    (change,) = [one async for one in ledger.tail({})]
    assert (change.elided, change.after) == (("after",), None)
    (message,) = (await _messages(store)).values()
    value = _listed.decode(message.value)
    assert (value.elided, value.digest, value.remarks) == ((), change.digest_after, whole.remarks)


async def test_topics_with_more_partitions_than_the_keys_go_by_are_refused(broker: Cluster) -> None:
    chosen = settings(broker)
    wanted = topics.Topics(prefix=chosen.prefix, replication=1, partitions=PARTITIONS)
    connection, name = Connection(chosen), wanted.name("listed")
    config = topics.made_with(wanted.wanted()[name])
    async with connection.admin() as admin:
        await admin.create_topics([NewTopic(name, PARTITIONS + 1, 1, topic_configs=config)])
    await wanted.create(connection)
    assert [line.split(":")[0] for line in await wanted.problems(connection)] == [name]
    await topics.delete(connection, wanted.wanted())


async def _write(store: KafkaStore, key: str, value: bytes | None, headers: Any, move: int = 0) -> None:
    partition = LedgerReader(Connection(store.settings), store.topics).partition_of_key("listed", key.encode())
    number = (partition.partition + move) % PARTITIONS
    async with AIOKafkaProducer(bootstrap_servers=list(store.settings.bootstrap_servers)) as producer:
        await producer.send_and_wait(partition.topic, value, key.encode(), partition=number, headers=list(headers))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("lost", "nothing in force where records have digest"),
        ("kept", "where records have nothing in force"),
        ("digest", "where records have digest"),
        ("value", "not those of its value"),
        ("moved", "stands in partition"),
    ],
)
async def test_verify_finds_where_upserts_and_records_part(store: KafkaStore, wrong: str, said: str) -> None:
    ledger = await store.open()
    log = await ledger.open(FEED)
    for number in range(3):
        await log.commit(commit(log, number, 20, keys=30))
    assert [line async for line in ledger.at_odds(FEED)] == []
    messages = await _messages(store)
    key, found = next((key, one) for key, one in messages.items() if one.value)
    headers, other = dict(found.headers), "ab" * 32
    forged = found.value.replace(headers["digest"], other.encode())
    written: dict[str, tuple[str, bytes | None, dict[str, bytes], int]] = {
        "lost": (key, None, {}, 0),
        "kept": (f"{FEED}:ghost", found.value.replace(key.encode(), f"{FEED}:ghost".encode()), headers, 0),
        "digest": (key, forged, headers | {"digest": other.encode()}, 0),
        "value": (key, forged, headers, 0),
        "moved": (key, found.value, headers, 1),
    }
    at, value, beside, move = written[wrong]
    await _write(store, at, value, beside.items(), move)
    (problem,) = [line async for line in ledger.at_odds(FEED)]
    assert problem.startswith(f"listed: {at}: ")
    assert said in problem


async def test_verify_asks_nothing_of_a_list_that_is_not_filled_yet(store: KafkaStore) -> None:
    await store.open()
    log = await (await _opened(store, Collected(), upserts=False)).open(FEED)
    await log.commit(commit(log, 0, 5, keys=9))
    reading = await store.open()
    assert [line async for line in reading.at_odds(FEED)] == []


@pytest.mark.parametrize(
    ("key", "of_64"),
    # Of Kafka's own partitioner: Utils.toPositive(Utils.murmur2(key)) % 64.
    [
        ("21", 44),
        ("foobar", 62),
        ("a-little-bit-long-string", 32),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", 13),
    ],
)
def test_a_key_has_the_partition_of_the_default_partitioner(key: str, of_64: int) -> None:
    reader = LedgerReader.__new__(LedgerReader)
    reader.topics = topics.Topics(prefix="p.", replication=1)
    assert reader.partition_of_key("listed", key.encode()).partition == of_64


def _stored(record: Record, **more: Any) -> Stored:
    plain = {"status": "listed", "digest": "ab" * 32, "fingerprint": b"f", "vocabulary": "xml", "sequence": 7}
    body = pack_json(msgspec.json.encode(record))
    return Stored(**{**plain, "body": body, "since": "2031-04-02T12:00:00Z", **more})


def test_a_document_is_the_record_and_what_is_known_of_it_on_one_level() -> None:
    names = (Name(full="Second", kind="alias"), Name(full="First", kind="primary"))
    listings = tuple(Listing(list="L", programmes=one) for one in (("A", "B"), ("B", "C")))
    record = Record(key="un_sc:1", feed="un_sc", kind="person", names=names, listings=listings)
    message = upsert_message("un_sc:1", _stored(record), 3, unpacker())
    value = _listed.decode(message.value or b"")
    assert {name: getattr(value, name) for name in Record.__struct_fields__} == msgspec.structs.asdict(record)
    assert (value.name, value.programmes, value.sequence, value.commit) == ("First", ("A", "B", "C"), 7, 3)
    assert set(json.loads(message.value or b"")) <= set(ListedRecord.__struct_fields__)


def test_what_is_large_is_left_out_largest_first_and_no_more() -> None:
    """Also names, of which an empty list stands for those that `records` has."""
    size = VALUE_BYTES_MAX // 2
    names = tuple(Name(full=random.Random(number).randbytes(size // 4).hex(), kind="alias") for number in range(3))
    record = Record(key="un_sc:1", feed="un_sc", kind="person", names=names, remarks=("r" * size,), titles=("Dr",))
    value = _listed.decode(upsert_message("un_sc:1", _stored(record), 3, unpacker()).value or b"")
    assert (value.elided, value.names, value.remarks, value.titles) == (("names",), (), record.remarks, ("Dr",))


def test_the_commit_of_a_sequence_is_that_of_its_row() -> None:
    rows = [
        Publication(feed=FEED, kind="commit", at="", commit=number, first_sequence=first, last_sequence=last)
        for number, first, last in ((1, 1, 5), (2, 6, 6), (3, 7, 9))
    ]
    commits = CommitsBySequence([*rows, Publication(feed=FEED, kind="attestation", at="", commit=3)])
    assert [commits.at(sequence, 4) for sequence in (1, 5, 6, 7, 9, 10)] == [1, 1, 2, 3, 3, 4]

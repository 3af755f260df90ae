"""The upsert stream: what is in force by key, a tombstone for what is not, in the transaction of its commit."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiokafka.admin import NewTopic

from syncd.config import KafkaSettings
from syncd.core.codec import pack_json, unpacker
from syncd.core.events import Publication
from syncd.core.model import Listing, Name, Record
from syncd.core.state import Stored
from syncd.errors import LedgerError
from syncd.feeds import partition_of
from syncd.ledger.contract import FeedLog
from syncd.ledger.kafka import KafkaLedger, topics
from syncd.ledger.kafka.connection import Connection
from syncd.ledger.kafka.log import KafkaLog
from syncd.ledger.kafka.reading import LedgerReader
from syncd.ledger.kafka.upserts import CommitsBySequence, ListedRecord, upsert_message
from syncd.ledger.kafka.wire import VALUE_BYTES_MAX
from syncd.observe.kafka import ListedFilled, TopicsDiffer
from syncd.observe.report import Collected
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
    return {one.key.decode(): one for number in range(PARTITIONS) for one in await read(servers, name, number)}


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

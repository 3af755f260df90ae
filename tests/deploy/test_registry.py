"""Values in Avro, with the schemas of a real registry, over a real broker."""

import json
import struct
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import fastavro
import httpx
import pytest

from syncd.config.sections import RegistrySettings
from syncd.errors import LedgerError
from syncd.feeds import partition_of
from syncd.ledger.kafka.avro import avro_schema
from syncd.ledger.kafka.encoding import KINDS
from syncd.ledger.kafka.registry import Registry, register, subject
from tests.deploy.registry import REGISTRY, running
from tests.kafka.brokers import Cluster
from tests.kafka.store import KafkaStore
from tests.ledger.acts import commit
from tests.simulation.audit import read
from tests.tools import needs

FEED = "un_sc"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = needs(REGISTRY)
    with running(folder, tmp_path_factory.mktemp("registry") / "log") as url:
        yield url


@pytest.fixture
async def store(broker: Cluster, registry: str) -> AsyncIterator[KafkaStore]:
    made = KafkaStore(broker, registry={"url": registry})
    yield made
    await made.close()


async def registered(store: KafkaStore) -> dict[str, int]:
    names = store.topics.names()
    return await register(store.settings.registry, {names[one]: avro_schema(kind) for one, kind in KINDS.items()})


async def messages(store: KafkaStore, topic: str) -> list[Any]:
    return await read(store.settings.bootstrap_servers[0], store.topics.names()[topic], partition_of(FEED))


def fetched(registry: str, identity: int) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(httpx.get(f"{registry}/schemas/ids/{identity}").json()["schema"])
    return schema


async def test_a_ledger_whose_schemas_are_not_registered_does_not_open(store: KafkaStore) -> None:
    with pytest.raises(LedgerError, match="run 'syncd schema --register' first"):
        await store.open()


async def test_registering_twice_gives_the_same_ids(store: KafkaStore) -> None:
    assert await registered(store) == await registered(store)


async def test_any_reader_of_confluents_form_reads_the_changes(store: KafkaStore, registry: str) -> None:
    ids = await registered(store)
    log = await (await store.open()).open(FEED)
    whole = commit(log, 1, 3)
    changes = list(whole.changes)
    await log.commit(commit(log, 1, 3))
    name = store.topics.names()["changes"]
    for message, change in zip(await messages(store, "changes"), changes, strict=True):
        magic, identity = struct.unpack(">bI", message.value[:5])
        assert (magic, identity) == (0, ids[subject(name)])
        assert dict(message.headers)["content-type"] == b"application/avro"
        found = _plain(message.value[5:], fetched(registry, identity))
        assert (found["key"], found["sequence"], found["type"]) == (change.key, change.sequence, change.type)
        assert found["after"]["names"][0]["full"] == json.loads(bytes(change.after or b""))["names"][0]["full"]


def _plain(value: bytes, schema: dict[str, Any]) -> dict[str, Any]:
    import io

    found = fastavro.schemaless_reader(io.BytesIO(value), schema, None)
    assert isinstance(found, dict)
    return found


async def test_a_ledger_in_avro_is_restored_and_read_as_one_in_json(store: KafkaStore) -> None:
    await registered(store)
    first = await store.open()
    log = await first.open(FEED)
    for number in range(1, 4):
        await log.commit(commit(log, number, 5))
    again = await (await store.open()).open(FEED)
    assert (again.state, again.records) == (log.state, log.records)
    read_back = [change async for change in first.tail({}, feeds=(FEED,))]
    assert [change.sequence for change in read_back] == list(range(1, log.state.sequence + 1))


async def test_a_history_in_json_is_read_on_after_the_registry_came(broker: Cluster, registry: str) -> None:
    plain = KafkaStore(broker)
    log = await (await plain.open()).open(FEED)
    await log.commit(commit(log, 1, 4))
    avro = KafkaStore(broker, prefix=plain.settings.prefix, registry={"url": registry})
    await registered(avro)
    ledger = await avro.open()
    log = await ledger.open(FEED)
    await log.commit(commit(log, 2, 4))
    assert [change.commit async for change in ledger.tail({}, feeds=(FEED,))] == [1] * 4 + [2] * 4
    assert {one.value[:1] for one in await messages(avro, "changes")} == {b"{", b"\x00"}
    reader = await plain.open()
    with pytest.raises(LedgerError, match=r"holds Avro: set kafka\.registry\.url"):
        _ = [change async for change in reader.tail({}, feeds=(FEED,))]
    await avro.close()
    await plain.close()


async def test_a_schema_that_takes_a_field_away_is_refused(store: KafkaStore) -> None:
    await registered(store)
    name = store.topics.names()["feeds"]
    schema = avro_schema(KINDS["feeds"])
    poorer = {**schema, "fields": [one for one in schema["fields"] if one["name"] != "status"]}
    with pytest.raises(LedgerError, match="not compatible with those before it"):
        await register(store.settings.registry, {name: poorer})


async def test_a_schema_with_one_more_field_is_taken(store: KafkaStore) -> None:
    await registered(store)
    name = store.topics.names()["feeds"]
    schema = avro_schema(KINDS["feeds"])
    richer = {**schema, "fields": [*schema["fields"], {"name": "later", "type": "string", "default": ""}]}
    assert await register(store.settings.registry, {name: richer})


async def test_a_registry_that_does_not_answer_is_named() -> None:
    nowhere = RegistrySettings(url="http://127.0.0.1:9/apis/ccompat/v7")
    with pytest.raises(LedgerError, match=r"the schema registry http://127\.0\.0\.1:9.* does not answer"):
        await Registry(nowhere).schema(1)


def test_the_command_registers_every_topic(registry: str, tmp_path: Path) -> None:
    (tmp_path / "syncd.toml").write_text(
        f'[kafka]\nbootstrap_servers = ["127.0.0.1:9"]\nprefix = "cmd."\n[kafka.registry]\nurl = "{registry}"\n'
    )
    ran = subprocess.run(
        [sys.executable, "-m", "syncd", "schema", "--register", "--config", str(tmp_path / "syncd.toml")],
        capture_output=True,
        check=True,
        timeout=60,
    )
    told = [json.loads(line) for line in ran.stdout.splitlines()]
    assert {one["subject"] for one in told} == {f"cmd.{topic}.v1-value" for topic in KINDS}

"""The recipe in deploy/connect, on the real Connect, sink and PostgreSQL: rows come, change and go with the records."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Collection, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from syncd.core.codec import pack_json, unpack_json
from syncd.core.events import Commit
from syncd.ledger.contract import FeedLog
from syncd.ledger.kafka.avro import avro_schema
from syncd.ledger.kafka.encoding import KINDS
from syncd.ledger.kafka.registry import register
from tests.deploy.connect import CONNECT, CONVERTER, SINK, with_settings, worker
from tests.deploy.postgres import POSTGRES, Database, database
from tests.deploy.registry import REGISTRY, running
from tests.kafka.brokers import Cluster
from tests.kafka.store import KafkaStore
from tests.ledger.acts import commit
from tests.tools import needs

TOP = Path(__file__).parents[2]
RECIPE, SCHEMAS = TOP / "deploy" / "connect", TOP / "schemas" / "connect"
VIEW = (RECIPE / "README.md").read_text(encoding="utf-8").partition("```sql\n")[2].partition("```")[0]
TABLE = (RECIPE / "README.md").read_text(encoding="utf-8").split("```sql\n")[2].partition("```")[0]
FEED = "un_sc"
KEYS = 40
QUERIES = {
    "sanctions_listed": "SELECT key, digest FROM sanctions_listed",
    "sanctions_documents": (
        "SELECT key, document::jsonb->>'digest' AS digest FROM sanctions_documents WHERE document IS NOT NULL"
    ),
}
ROWS_SECONDS_MAX = 180.0
AGAIN_SECONDS = 0.5
LISTINGS = [{"list": "L", "programmes": ["P1", "P 2, with a comma"]}]
NAMES = [{"full": "Ещё одно имя", "kind": "alias"}, {"full": "A 'quoted' name", "kind": "primary"}]


@pytest.fixture
async def store(broker: Cluster) -> AsyncIterator[KafkaStore]:
    made = KafkaStore(broker)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Database]:
    with database(needs(POSTGRES), needs(SINK), tmp_path) as running:
        yield running


class Worker:
    """Connect as it runs, and its log."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self._log = log

    def refuse_ended(self) -> None:
        assert self._process.poll() is None, self.told()

    def told(self) -> str:
        return self._log.read_text(errors="replace")[-3000:]


@pytest.fixture
def connect(store: KafkaStore, postgres: Database, tmp_path: Path) -> Iterator[Worker]:
    """A worker with both connectors, whose settings are those of the files but for addresses and paths."""
    libraries = needs(CONNECT)
    own = {"bootstrap.servers": store.settings.bootstrap_servers[0], "plugin.path": needs(SINK)}
    own |= {"offset.storage.file.filename": tmp_path / "offsets", "listeners": "HTTP://127.0.0.1:0"}
    settings = with_settings(RECIPE / "worker.properties", tmp_path, own)
    of_both = {"topics": store.topics.name("listed"), "connection.url": postgres.url, "name": store.settings.prefix}
    schema = {"value.converter.schema.content": f"${{directory:{SCHEMAS}:listed.v1.json}}"}
    connectors = [
        with_settings(RECIPE / "listed.properties", tmp_path, of_both | schema),
        with_settings(
            RECIPE / "documents.properties", tmp_path, of_both | {"name": f"{store.settings.prefix}documents"}
        ),
    ]
    log = tmp_path / "connect.log"
    with worker(libraries, log, settings, *connectors) as process:
        yield Worker(process, log)


def rich(whole: Commit) -> Commit:
    """The same commit, of records with names, listings and countries."""

    def body(packed: bytes) -> bytes:
        record: dict[str, Any] = msgspec.json.decode(unpack_json(packed))
        return pack_json(
            msgspec.json.encode(record | {"names": NAMES, "listings": LISTINGS, "countries": ["RU", "IR"]})
        )

    records = {key: msgspec.structs.replace(one, body=body(one.body)) for key, one in whole.records.items()}
    return msgspec.structs.replace(whole, records=records)


async def _until(postgres: Database, log: FeedLog, connect: Worker, tables: Collection[str] = tuple(QUERIES)) -> None:
    """Wait until the tables hold the list in force, and nothing else."""
    wanted = {key: one.digest for key, one in log.records.items() if one.status == "listed"}
    end = asyncio.get_running_loop().time() + ROWS_SECONDS_MAX
    for table in tables:
        while await asyncio.to_thread(_found, postgres, table, QUERIES[table]) != wanted:
            connect.refuse_ended()
            assert asyncio.get_running_loop().time() < end, connect.told()
            await asyncio.sleep(AGAIN_SECONDS)


def _found(postgres: Database, table: str, query: str) -> dict[str, str]:
    if postgres.said(f"SELECT to_regclass('{table}')::text") != table:
        return {}
    return {row["key"]: row["digest"] for row in postgres.rows(query)}


async def _follow(store: KafkaStore, postgres: Database, connect: Worker, tables: Collection[str]) -> FeedLog:
    """Commit a list and changes of it, and wait for its rows after each. Returns its log."""
    log = await (await store.open()).open(FEED)
    await log.commit(rich(commit(log, 0, KEYS, keys=KEYS)))
    await _until(postgres, log, connect, tables)
    for number in range(1, 4):
        await log.commit(rich(commit(log, number, 20, keys=KEYS)))
    assert any(one.status == "delisted" for one in log.records.values())
    await _until(postgres, log, connect, tables)
    return log


def _assert_columns(postgres: Database, log: FeedLog) -> str:
    """Hold the row of one record against what it says. Returns its key."""
    columns = "key, feed, kind, name, programmes, countries, sequence, commit, status"
    key, stored = next((key, one) for key, one in sorted(log.records.items()) if one.status == "listed")
    (row,) = postgres.rows(f"SELECT {columns} FROM sanctions_listed WHERE key = '{key}'")
    assert row == {
        "key": key,
        "feed": FEED,
        "kind": "person",
        "name": "A 'quoted' name",
        "programmes": ["P1", "P 2, with a comma"],
        "countries": ["RU", "IR"],
        "sequence": stored.sequence,
        "commit": row["commit"],
        "status": "listed",
    }
    return key


async def test_rows_are_the_list_in_force_with_what_each_record_says(
    store: KafkaStore, postgres: Database, connect: Worker
) -> None:
    log = await _follow(store, postgres, connect, QUERIES)
    key = _assert_columns(postgres, log)
    postgres.said(VIEW)
    assert postgres.rows(f"SELECT name, kind FROM sanctions_names WHERE key = '{key}'") == [
        {"name": one["full"], "kind": one["kind"]} for one in NAMES
    ]


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(needs(REGISTRY), tmp_path_factory.mktemp("registry") / "log") as url:
        yield url


@pytest.fixture
async def avro_store(broker: Cluster, registry: str) -> AsyncIterator[KafkaStore]:
    """A ledger whose values are Avro, with its schemas registered."""
    made = KafkaStore(broker, registry={"url": registry})
    names = made.topics.names()
    await register(made.settings.registry, {names[one]: avro_schema(kind) for one, kind in KINDS.items()})
    await made.open()
    yield made
    await made.close()


@pytest.fixture
def avro_connect(avro_store: KafkaStore, registry: str, postgres: Database, tmp_path: Path) -> Iterator[Worker]:
    """A worker with the connector for Avro, whose settings are those of the file but for addresses and paths."""
    postgres.said(TABLE)
    plugins = f"{needs(SINK)},{needs(CONVERTER)}"
    own = {"bootstrap.servers": avro_store.settings.bootstrap_servers[0], "plugin.path": plugins}
    own |= {"offset.storage.file.filename": tmp_path / "offsets", "listeners": "HTTP://127.0.0.1:0"}
    of_it = {"topics": avro_store.topics.name("listed"), "connection.url": postgres.url}
    of_it |= {"name": avro_store.settings.prefix}
    of_it |= {"value.converter.apicurio.registry.url": registry.replace("ccompat/v7", "registry/v3")}
    connector = with_settings(RECIPE / "listed-avro.properties", tmp_path, of_it)
    log = tmp_path / "connect.log"
    with worker(needs(CONNECT), log, with_settings(RECIPE / "worker.properties", tmp_path, own), connector) as process:
        yield Worker(process, log)


async def test_rows_from_avro_are_the_list_in_force(
    avro_store: KafkaStore, postgres: Database, avro_connect: Worker
) -> None:
    log = await _follow(avro_store, postgres, avro_connect, ("sanctions_listed",))
    _assert_columns(postgres, log)


def test_from_avro_a_row_has_the_columns_that_it_has_from_json() -> None:
    (line,) = (
        one
        for one in (RECIPE / "listed-avro.properties").read_text(encoding="utf-8").replace("\\\n  ", "").splitlines()
        if one.startswith("transforms.columns.include=")
    )
    schema = json.loads((SCHEMAS / "listed.v1.json").read_bytes())
    assert line.partition("=")[2].split(",") == [one["field"] for one in schema["fields"]]

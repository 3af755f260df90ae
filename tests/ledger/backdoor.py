"""A ledger's content as rows that a test may change behind its back: in the file of SQLite, in the topics of Kafka."""

import asyncio
import copy
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import msgspec
import zstandard
from aiokafka import AIOKafkaProducer
from aiokafka.admin import RecordsToDelete

from syncd.core.coordination.target import COORDINATOR, CoordinationEvent, CoordinatorState
from syncd.core.events import Publication
from syncd.core.notices.notice import NOTICES, NoticeEvent, NoticesState
from syncd.core.state import FeedState
from syncd.ledger.contract import Ledger
from syncd.ledger.kafka import targets, wire
from syncd.ledger.kafka.connection import Connection
from syncd.ledger.kafka.reading import LedgerReader
from syncd.ledger.kafka.topics import Name
from syncd.ledger.kafka.wire import Message
from syncd.ledger.sqlite import SqliteLedger, coordination, notices, rows
from tests.kafka.store import KafkaStore, place_of

SOURCE = "/syncd/tests/"
# Rows of these may be taken away and written anew; the others are compacted by their keys.
LOGS: tuple[Name, ...] = ("changes", "publications", "coordination", "notices")


@dataclass
class Row:
    """One row or message: `value` is its JSON. Columns, headers and key are those of the value, as by whoever knows how
    they are made, but for what `beside` says; `raw` stands instead of the value's bytes."""

    value: dict[str, Any]
    beside: dict[str, Any] = field(default_factory=dict)
    raw: bytes | None = None

    @property
    def json(self) -> bytes:
        return msgspec.json.encode(self.value)


STATES = {COORDINATOR: ("coordinator", "one = 1"), NOTICES: ("noticeboard", "one = 1")}


class Backdoor(Protocol):
    """`topic` is one of Kafka's; the tables of SQLite go by the same names."""

    async def open(self) -> Ledger: ...

    async def rows(self, topic: Name, owner: str) -> list[Row]: ...

    async def put(self, topic: Name, owner: str, rows: list[Row], before: list[Row]) -> None:
        """Exactly `rows`, where `before` stood."""
        ...


def key_of(topic: Name, row: Row) -> str:
    if topic == "records":
        return str(row.value["record"]["key"])
    return str(row.value["id"]) if topic == "targets" else ""


class SqliteBackdoor:
    def __init__(self, path: Path) -> None:
        self.path = path

    async def open(self) -> Ledger:
        return await SqliteLedger.open_file(self.path, writing=True)

    async def rows(self, topic: Name, owner: str) -> list[Row]:
        with closing(sqlite3.connect(self.path)) as connection:
            connection.row_factory = sqlite3.Row
            table, where = _table(topic, owner)
            return [_row(topic, dict(one)) for one in connection.execute(f"SELECT * FROM {table} WHERE {where}")]

    async def put(self, topic: Name, owner: str, rows: list[Row], before: list[Row]) -> None:
        table, where = _table(topic, owner)
        with closing(sqlite3.connect(self.path)) as connection, connection:
            if topic == "state":
                (row,) = rows
                connection.execute(f"UPDATE {table} SET state = ? WHERE {where}", (row.raw or row.json,))
                return
            connection.execute(f"DELETE FROM {table} WHERE {where}")
            for row in rows:
                columns = {**_columns(topic, row), **row.beside}
                places = ", ".join("?" * len(columns))
                statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"
                connection.execute(statement, tuple(columns.values()))


def _table(topic: Name, owner: str) -> tuple[str, str]:
    if topic == "state":
        return STATES.get(owner, ("feeds", f"feed = '{owner}'"))
    if topic == "notices":
        return topic, f"channel = '{owner}'"
    return topic, "1 = 1" if topic in ("coordination", "targets") else f"feed = '{owner}'"


def _row(topic: Name, columns: dict[str, Any]) -> Row:
    body = columns["state" if topic == "state" else "body"]
    packed = body[:4] == zstandard.MAGIC_NUMBER.to_bytes(4, "little")
    value = msgspec.json.decode(zstandard.decompress(body) if packed else body)
    if topic == "records":
        value = {"record": value, **{name: one for name, one in columns.items() if name not in ("body",)}}
    return Row(value)


def _columns(topic: Name, row: Row) -> dict[str, Any]:
    json = row.raw or row.json
    packed = zstandard.compress(json)
    if topic == "records":
        rest = {name: one for name, one in row.value.items() if name != "record"}
        return {**rest, "body": row.raw or zstandard.compress(msgspec.json.encode(row.value["record"]))}
    if topic == "targets":
        return {"id": row.value["id"], "body": packed}
    if topic == "publications":
        found = rows.publication_row(rows.decode_body(row.json, Publication))[:-1]
        return dict(zip(("feed", "kind", "commit_number", "at"), found, strict=True)) | {"body": json}
    if topic == "changes":
        found = rows.change_row(wire.change(row.json), b"")[:-1]
        names: tuple[str, ...] = ("feed", "sequence", "commit_number", "key", "type", "committed_at")
    elif topic == "notices":
        found = notices.notice_row(rows.decode_body(row.json, NoticeEvent), b"")[:-1]
        names = ("channel", "sequence", "commit_number", "notice", "type", "committed_at")
    else:
        found = coordination.event_row(rows.decode_body(row.json, CoordinationEvent), b"")[:-1]
        names = ("sequence", "commit_number", "target", "type", "committed_at")
    return dict(zip(names, found, strict=True)) | {"body": row.raw or packed}


class KafkaBackdoor:
    def __init__(self, store: KafkaStore) -> None:
        self.store = store

    async def open(self) -> Ledger:
        return await self.store.open()

    async def close(self) -> None:
        await self.store.close()

    async def rows(self, topic: Name, owner: str) -> list[Row]:
        found: dict[object, Row] = {}
        for place, message in enumerate(await self.store.messages(topic, owner)):
            if topic == "state" and message.key != owner.encode():
                continue
            name = place if topic in LOGS else message.key
            found.pop(name, None)
            if message.value is not None:
                found[name] = Row(msgspec.json.decode(message.value))
        return list(found.values())

    async def put(self, topic: Name, owner: str, rows: list[Row], before: list[Row]) -> None:
        reader = LedgerReader(Connection(self.store.settings), self.store.topics)
        partition = place_of(reader, topic, owner)
        gone: set[str] = set()
        if topic in LOGS:
            end = (await reader.high_watermarks([partition]))[partition]
            async with reader.connection.admin() as admin:
                await admin.delete_records({partition: RecordsToDelete(before_offset=end)})
        elif topic != "state":
            gone = {key_of(topic, row) for row in before} - {key_of(topic, row) for row in rows}
        await reader.close()
        async with AIOKafkaProducer(bootstrap_servers=list(self.store.settings.bootstrap_servers)) as producer:
            sent = [
                await producer.send(
                    partition.topic, one.value, one.key, partition=partition.partition, headers=list(one.headers)
                )
                for one in [*(Message(key.encode(), None, []) for key in gone), *(_message(topic, row) for row in rows)]
            ]
            await asyncio.gather(*sent)


def _message(topic: Name, row: Row) -> Message:
    made = MESSAGES[topic](row)
    headers = {**dict(made.headers), **{name: value for name, value in row.beside.items() if name != "key"}}
    key = row.beside["key"].encode() if "key" in row.beside else made.key
    value = made.value if row.raw is None else row.raw
    return Message(key, value, list(headers.items()))


def _record(row: Row) -> Message:
    value = row.value
    headers = wire.record_headers(value["digest"], value["status"], value["sequence"])
    return Message(value["record"]["key"].encode(), row.json, headers)


def _state(row: Row) -> Message:
    other = NoticesState if "live" in row.value else CoordinatorState
    kind = FeedState if "feed" in row.value else other
    return wire.state_message(msgspec.json.decode(row.json, type=kind), "tampered")


MESSAGES: Mapping[Name, Callable[[Row], Message]] = {
    "changes": lambda row: wire.change_message(wire.change(row.json), SOURCE),
    "records": _record,
    "publications": lambda row: wire.publication_message(wire.decode_value(row.json, Publication), SOURCE),
    "state": _state,
    "coordination": lambda row: targets.event_message(wire.decode_value(row.json, CoordinationEvent), SOURCE),
    "notices": lambda row: wire.notice_message(wire.decode_value(row.json, NoticeEvent), SOURCE),
    "targets": lambda row: Message(row.value["id"].encode(), row.json, [("content-type", b"application/json")]),
}


def copied(rows: list[Row]) -> list[Row]:
    return copy.deepcopy(rows)

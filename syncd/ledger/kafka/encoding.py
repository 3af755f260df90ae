"""How values travel: as JSON, or as Avro in Confluent's wire format (a zero byte, the schema's id, Avro's bytes).

A message that does not begin with a zero byte is JSON and stays so: the registry may be brought to a ledger that has a
history.
"""

import dataclasses
import struct
from collections.abc import Mapping
from typing import Any

import fastavro
from aiokafka.structs import ConsumerRecord
from msgspec import Struct

from syncd.config.sections import RegistrySettings
from syncd.core.coordination.target import CoordinationEvent, Target
from syncd.core.events import Change, Heartbeat, Publication
from syncd.core.notices.notice import NoticeEvent
from syncd.errors import LedgerError
from syncd.ledger.kafka.avro import Codec
from syncd.ledger.kafka.registry import Registry, subject
from syncd.ledger.kafka.upserts import ListedRecord
from syncd.ledger.kafka.wire import Message, StoredRecord

AVRO = ("content-type", b"application/avro")
SCHEMAS_KNOWN_MAX = 1000
MAGIC = b"\x00"
_HEAD = struct.Struct(">bI")

# What consumers read. States and signals are syncd's own and stay JSON.
KINDS: dict[str, type[Struct]] = {
    "changes": Change,
    "records": StoredRecord,
    "listed": ListedRecord,
    "publications": Publication,
    "feeds": Heartbeat,
    "coordination": CoordinationEvent,
    "targets": Target,
    "notices": NoticeEvent,
}


class Encoding:
    """How values travel. Without a registry they are JSON and pass as they are."""

    def __init__(self) -> None:
        self._registry: Registry | None = None
        self._codecs: dict[str, tuple[int, Codec]] = {}
        self._schemas: dict[int, Any] = {}

    async def use(self, settings: RegistrySettings, topics: Mapping[str, str]) -> None:
        """Find out the ids of this syncd's schemas; `topics` gives the name of each. Raises LedgerError when one is not
        registered."""
        registry = Registry(settings)
        for name, kind in KINDS.items():
            if name not in topics:
                continue
            codec = Codec(kind)
            identity = await registry.identity(subject(topics[name]), codec.schema)
            self._codecs[topics[name]] = (identity, codec)
        self._registry = registry

    def encoded(self, topic: str, message: Message) -> Message:
        """As it is written to `topic`. What is no JSON (parts of a large record, deletions) stays as it is."""
        chosen = self._codecs.get(topic)
        if chosen is None or message.value is None or not message.value.startswith(b"{"):
            return message
        identity, codec = chosen
        value = _HEAD.pack(0, identity) + codec.encode(message.value)
        headers = [AVRO if name == AVRO[0] else (name, content) for name, content in message.headers]
        return Message(message.key, value, headers)

    async def decoded(self, messages: list[ConsumerRecord]) -> list[ConsumerRecord]:
        """As JSON, whichever way they were written. Raises LedgerError."""
        if not any((one.value or b"")[:1] == MAGIC for one in messages):
            return messages
        return [await self._decoded(one) if (one.value or b"")[:1] == MAGIC else one for one in messages]

    async def _decoded(self, message: ConsumerRecord) -> ConsumerRecord:
        if message.topic not in self._codecs:
            raise LedgerError(f"{message.topic} holds Avro: set kafka.registry.url to the registry with its schemas")
        _, codec = self._codecs[message.topic]
        if len(message.value) < _HEAD.size:
            raise LedgerError(f"{message.topic}: a message of {len(message.value)} bytes is neither JSON nor Avro")
        _, identity = _HEAD.unpack_from(message.value)
        try:
            value = codec.decode(message.value[_HEAD.size :], await self._writer(identity))
        except (ValueError, EOFError, IndexError, KeyError) as error:
            raise LedgerError(f"{message.topic}: a message of schema {identity} cannot be read ({error})") from error
        return dataclasses.replace(message, value=value)

    async def _writer(self, identity: int) -> Any:
        if identity not in self._schemas:
            assert self._registry is not None
            if len(self._schemas) >= SCHEMAS_KNOWN_MAX:
                self._schemas.clear()
            self._schemas[identity] = fastavro.parse_schema(await self._registry.schema(identity))
        return self._schemas[identity]

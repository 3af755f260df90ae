"""AsyncAPI 3.0 of the Kafka ledger: the topics, their messages and their settings.

Topics and their settings come from `ledger.kafka.topics`, payloads from the JSON Schemas, so that each stands in one
place. The document is written from syncd's side: it sends to every topic but the one of signals, which it receives.
"""

import json
from typing import Any, Final, Literal, get_args

from msgspec import Struct

from syncd import __version__
from syncd.core.events import Origin
from syncd.core.model import Kind
from syncd.ledger.kafka.filters import PROGRAMMES_BYTES_MAX
from syncd.ledger.kafka.topics import Name, Topics, made_with
from syncd.schemas.examples import all_examples
from syncd.schemas.json_schema import OPEN_WORDS, schema_named

BINDING: Final = "0.5.0"
PREFIX: Final = "sanctions."
REPLICATION: Final = 3
_TEXT: Final = {"type": "string"}
_HEADERS: Final = {
    "ce_sequence": {**_TEXT, "pattern": "^[0-9]{19}$"},
    "part": {**_TEXT, "pattern": "^[0-9]+$"},
    "material": {**_TEXT, "enum": ["true", "false"]},
    "origin": {**_TEXT, OPEN_WORDS: list(get_args(Origin))},
    "feed": {**_TEXT, "pattern": "^[a-z0-9_]+$"},
    "kind": {**_TEXT, OPEN_WORDS: list(get_args(Kind))},
    "programmes": {
        **_TEXT,
        "description": (
            "Joined by commas, a comma and a percent sign inside as %2C and %25; of a change those before and after. "
            f"Absent when longer than {PROGRAMMES_BYTES_MAX} bytes: read the value then."
        ),
    },
}
_NUMBERS: Final = ("delete.retention.ms", "retention.ms", "retention.bytes", "max.message.bytes")


class Channel(Struct, frozen=True, kw_only=True):
    """The content of a topic: `payload` names a JSON Schema, `key` describes the message's key."""

    payload: str
    title: str
    description: str
    key: str
    headers: tuple[str, ...] = ()
    example: str | None = None
    action: Literal["send", "receive"] = "send"


_EVENT: Final = ("ce_specversion", "ce_id", "ce_source", "ce_type", "ce_subject", "ce_time", "content-type")

CHANNELS: Final[dict[Name, Channel]] = {
    "changes": Channel(
        payload="change",
        title="Change",
        description="What happened to one record. Kept for ever. Partition = feed; order and sequence are per feed.",
        key="The key of the record: <feed>:<the publisher's id>.",
        headers=(
            *(*_EVENT, "ce_sequence", "ce_commit", "ce_digest", "ce_digestbefore"),
            *("material", "origin", "feed", "kind", "programmes"),
        ),
        example="change-amended",
    ),
    "records": Channel(
        payload="stored-record",
        title="Stored record",
        description=(
            "The record in force, or the stub of one that was. Compacted. A message with the header `part` is a part "
            "of a large record, compressed with zstd; its key begins with a zero byte."
        ),
        key="The key of the record.",
        headers=("content-type", "digest", "status", "sequence", "feed", "kind", "programmes", "part"),
        example="stored-record",
    ),
    "listed": Channel(
        payload="listed-record",
        title="Listed record",
        description=(
            "The records in force, by key, in flat documents, with a tombstone for what is no more in force: for joins "
            "and sinks. Compacted. Partition = Kafka's default partitioner of the key; order is per key. Without "
            "`[kafka] upserts` it is not written."
        ),
        key="The key of the record.",
        headers=("content-type", "digest", "status", "sequence", "feed", "kind", "programmes"),
        example="listed-record",
    ),
    "publications": Channel(
        payload="publication",
        title="Publication",
        description="One row a commit; daily attestations; decisions of people. Kept for ever. Partition = feed.",
        key="The feed.",
        headers=(*_EVENT, "ce_digest"),
        example="publication-commit",
    ),
    "feeds": Channel(
        payload="heartbeat",
        title="Heartbeat",
        description="Each feed's pulse, and the coordinator's, once a minute, outside transactions. Compacted.",
        key="The feed, or `coordinator`.",
        headers=("content-type",),
        example="heartbeat",
    ),
    "signals": Channel(
        payload="signal",
        title="Signal",
        description="What a person asks of a feed. One partition. Who may write it decides over releases.",
        key="The feed.",
        headers=("content-type",),
        example="signal-release",
        action="receive",
    ),
    "coordination": Channel(
        payload="coordination",
        title="Coordination event",
        description="Who acted together on one target, who joined, who has not followed. Kept for ever. One partition.",
        key="The target.",
        headers=(*_EVENT, "ce_sequence", "ce_commit"),
        example="coordination-started",
    ),
    "notices": Channel(
        payload="notice",
        title="Notice",
        description=(
            "What an authority announced: in law, and not yet on its list; what enacts it, or that nothing followed. "
            "Never screened by. Kept for ever. Partition = channel; order and sequence are per channel."
        ),
        key="The notice: <channel>:<its id there>.",
        headers=(*_EVENT, "ce_sequence", "ce_commit"),
        example="notice-linked",
    ),
    "targets": Channel(
        payload="target",
        title="Target",
        description=(
            "The party in the real world behind records of several lists. Compacted. One partition. One that is too "
            "large has its members in as many parts as the header `parts` says, compressed with zstd."
        ),
        key="The target; of a message with the header `part`, a zero byte and more before it.",
        headers=("content-type", "parts", "part"),
        example="target",
    ),
}


def asyncapi_document() -> dict[str, Any]:
    """Return the AsyncAPI document in JSON form."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "syncd",
            "version": __version__,
            "description": (
                "Sanctions lists as a stream of changes. Exactly once for consumers that read committed messages "
                "(isolation.level=read_committed). See README.md in this folder."
            ),
        },
        "defaultContentType": "application/json",
        "channels": {name: _channel(name) for name in CHANNELS},
        "operations": {f"{channel.action}-{name}": _operation(name, channel) for name, channel in CHANNELS.items()},
        "components": {
            "messages": {name: _message(channel) for name, channel in CHANNELS.items()},
            "schemas": _schemas(),
        },
    }


def _channel(name: Name) -> dict[str, Any]:
    topics = Topics(prefix=PREFIX, replication=REPLICATION)
    wanted = topics.wanted()[topics.name(name)]
    settings = made_with(wanted)
    return {
        "address": topics.name(name),
        "description": CHANNELS[name].description,
        "messages": {name: {"$ref": f"#/components/messages/{name}"}},
        "bindings": {
            "kafka": {
                "topic": topics.name(name),
                "partitions": wanted.partitions,
                "replicas": REPLICATION,
                "topicConfiguration": _configuration(settings),
                "bindingVersion": BINDING,
            }
        },
    }


def _configuration(settings: dict[str, str]) -> dict[str, Any]:
    """Return those settings that AsyncAPI's Kafka binding has words for."""
    found: dict[str, Any] = {"cleanup.policy": [settings["cleanup.policy"]]}
    return found | {name: int(settings[name]) for name in _NUMBERS if name in settings}


def _operation(name: Name, channel: Channel) -> dict[str, Any]:
    return {
        "action": channel.action,
        "channel": {"$ref": f"#/channels/{name}"},
        "summary": channel.title,
        "messages": [{"$ref": f"#/channels/{name}/messages/{name}"}],
    }


def _message(channel: Channel) -> dict[str, Any]:
    message: dict[str, Any] = {
        "name": channel.payload,
        "title": channel.title,
        "contentType": "application/json",
        "headers": {"type": "object", "properties": {name: _HEADERS.get(name, _TEXT) for name in channel.headers}},
        "payload": {"$ref": f"#/components/schemas/{_title(channel.payload)}"},
        "bindings": {"kafka": {"key": {**_TEXT, "description": channel.key}, "bindingVersion": BINDING}},
    }
    if channel.example is not None:
        message["examples"] = [{"name": channel.example, "payload": all_examples()[channel.example][1]}]
    return message


def _schemas() -> dict[str, Any]:
    """Return all schemas side by side: AsyncAPI resolves references against the whole document."""
    found: dict[str, Any] = {}
    for channel in CHANNELS.values():
        whole = schema_named(channel.payload)
        root = {name: value for name, value in whole.items() if name not in ("$schema", "$id", "$defs")}
        for name, part in {**whole.get("$defs", {}), _title(channel.payload): root}.items():
            found[name] = json.loads(json.dumps(part).replace("#/$defs/", "#/components/schemas/"))
    return dict(sorted(found.items()))


def _title(payload: str) -> str:
    """The name of the type: `StoredRecord` of `stored-record`."""
    return str(schema_named(payload)["title"])

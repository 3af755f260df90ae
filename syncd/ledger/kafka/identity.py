"""Which ledger the topics are: the cluster's id and that of the topic of changes, which a topic that is made anew, or
one that is mirrored to another cluster, has not.

Topics have ids since Kafka 2.8 (KIP-516); they are in the answer of Metadata from version 10 on, and aiokafka asks at
most version 5.
"""

import base64
from io import BytesIO
from typing import Any

from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Boolean, CompactArray, CompactString, Int16, Int32, Schema, TaggedFields

from syncd.errors import LedgerError
from syncd.ledger.kafka import private
from syncd.ledger.kafka.connection import TROUBLES, Connection

UUID_BYTES = 16
METADATA, VERSION = 3, 12


class Uuid:
    """Sixteen bytes, as they are on the wire."""

    @classmethod
    def encode(cls, value: bytes) -> bytes:
        """Return the sixteen bytes of a UUID as they travel."""
        return value

    @classmethod
    def decode(cls, data: BytesIO) -> bytes:
        """Read a UUID from `data`."""
        return data.read(UUID_BYTES)

    @classmethod
    def repr(cls, value: bytes) -> str:
        """Return a UUID as aiokafka shows it in its logs."""
        return value.hex()


class MetadataAnswer(Response):  # type: ignore[misc]  # aiokafka has no types
    """The answer of brokers to version 12 of Metadata, with ids of topics."""

    API_KEY = METADATA
    API_VERSION = VERSION
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32),
                ("host", CompactString("utf-8")),
                ("port", Int32),
                ("rack", CompactString("utf-8")),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_id", CompactString("utf-8")),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("name", CompactString("utf-8")),
                ("topic_id", Uuid),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", CompactArray(Int32)),
                        ("isr", CompactArray(Int32)),
                        ("offline_replicas", CompactArray(Int32)),
                        ("tags", TaggedFields),
                    ),
                ),
                ("authorized_operations", Int32),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class MetadataQuestion(RequestStruct):  # type: ignore[misc]  # aiokafka has no types
    """Version 12 of Metadata as it is asked."""

    API_KEY = METADATA
    API_VERSION = VERSION
    RESPONSE_TYPE = MetadataAnswer
    FLEXIBLE_VERSION = True
    SCHEMA = Schema(
        (
            "topics",
            CompactArray(("topic_id", Uuid), ("name", CompactString("utf-8")), ("tags", TaggedFields)),
        ),
        ("allow_auto_topic_creation", Boolean),
        ("include_topic_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class TopicIdRequest(Request[MetadataQuestion]):  # type: ignore[misc]  # aiokafka has no types
    """The question for one topic by its name."""

    API_KEY = METADATA

    def __init__(self, topic: str) -> None:
        self._topic = topic

    def build(self, request_struct_class: type[Any]) -> Any:
        """Return the request in the version that the broker and aiokafka share."""
        return request_struct_class([(bytes(UUID_BYTES), self._topic, {})], False, False, {})


async def topic_identity(connection: Connection, topic: str) -> str:
    """`<cluster>.<id of the topic>`, as Kafka's own tools write them. Raises LedgerError."""
    try:
        async with connection.admin() as admin:
            answer = await private.sent(admin, TopicIdRequest(topic))
    except NotImplementedError:  # aiokafka raises it when it and the broker share no version of a request
        raise LedgerError("these brokers give topics no ids: syncd needs Kafka 2.8 or newer") from None
    except TROUBLES as error:
        raise LedgerError(connection.explained(error)) from error
    found = answer.to_object()
    topic_id = base64.urlsafe_b64encode(found["topics"][0]["topic_id"]).decode().rstrip("=")
    return f"{found['cluster_id']}.{topic_id}"

"""Clients made of the settings, ended within bounds, and their errors in the operator's terms."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, errors
from aiokafka.abc import AbstractTokenProvider
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.conn import create_conn
from aiokafka.structs import TopicPartition

from syncd.config.sections import KafkaSettings
from syncd.errors import LedgerError
from syncd.ledger.kafka import private
from syncd.ledger.kafka.encoding import Encoding

T = TypeVar("T")

START_SECONDS_MAX = 40.0
STOP_SECONDS_MAX = 5.0
CANCEL_SECONDS = 1.0
PROBE_SECONDS_MAX = 10.0
READ_REQUEST_MS = 40_000
# commit deadline < request timeout < transaction timeout: so much lies between one and the next.
APART_SECONDS = 10.0
BATCH_BYTES = 512 * 1024
REQUEST_BYTES_MAX = 8 * 1024 * 1024
PARTITION_FETCH_BYTES = 4 * 1024 * 1024
TOKEN_BYTES_MAX = 65_536

# What aiokafka raises; `AssertionError` is what a producer says once it is dead.
TROUBLES = (errors.KafkaError, errors.IllegalOperation, OSError, TimeoutError, AssertionError)

ADVICE: dict[type[BaseException], str] = {
    errors.TopicAuthorizationFailedError: (
        "the user lacks a right on a topic: give it Read, Write, Describe and DescribeConfigs on topics with the prefix"
    ),
    errors.TransactionalIdAuthorizationFailed: (
        "the user lacks a right on a transactional id: give it Write and Describe on transactional ids with the prefix"
    ),
    errors.GroupAuthorizationFailedError: (
        "the user lacks a right on a consumer group: give it Read on kafka.group, and Describe on consumers.groups"
    ),
    errors.ClusterAuthorizationFailedError: "the user lacks Create, which making topics needs",
    errors.InvalidTransactionTimeout: (
        "the broker's transaction.max.timeout.ms is below kafka.transaction_timeout_seconds: raise the one "
        "or lower the other"
    ),
    errors.NotEnoughReplicasError: "too few brokers are in sync (min.insync.replicas): see which are down",
    errors.NotEnoughReplicasAfterAppendError: "too few brokers are in sync (min.insync.replicas): see which are down",
    errors.KafkaStorageError: "a broker's disk is full or failing: see its log",
    errors.LogDirNotFound: "a broker's disk is full or failing: see its log",
    errors.UnknownTopicOrPartitionError: "a topic is missing: 'syncd topics --check' says which",
    errors.MessageSizeTooLargeError: "a message is larger than the topic's max.message.bytes",
    errors.AuthenticationFailedError: "the brokers refuse the user: check kafka.username and kafka.password",
    errors.SaslAuthenticationFailed: "the brokers refuse the user: check kafka.username and kafka.password",
    errors.UnsupportedSaslMechanismError: "the brokers do not know this kafka.sasl_mechanism",
    errors.CorruptRecordException: "a message is damaged: see the broker's log",
}

# Every failure is told once, as a moment, by whoever called; aiokafka's own lines name addresses only.
logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


class _TokenFile(AbstractTokenProvider):  # type: ignore[misc]  # aiokafka has no types
    """The token as it stands in the file when it is needed: its renewal writes the file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def token(self) -> str:
        return await asyncio.to_thread(self._read)

    def _read(self) -> str:
        with self._path.open(encoding="ascii") as file:
            return file.read(TOKEN_BYTES_MAX).strip()


class Connection:
    """How the brokers are reached. Raises LedgerError for certificates that cannot be read."""

    def __init__(self, settings: KafkaSettings) -> None:
        self.settings = settings
        self.encoding = Encoding()
        self._security = _security(settings)

    @property
    def commit_seconds_max(self) -> float:
        """How many seconds a commit may take before it is in doubt."""
        return self.settings.transaction_timeout_seconds - 2 * APART_SECONDS

    @property
    def servers(self) -> list[str]:
        """The bootstrap servers, `host:port`."""
        return list(self.settings.bootstrap_servers)

    def _options(self) -> dict[str, Any]:
        return {"bootstrap_servers": self.servers, "client_id": self.settings.client_id, **self._security}

    @asynccontextmanager
    async def admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        """Lend an admin client for as long as the context lasts. Raises LedgerError in the terms of an operator."""
        client = AIOKafkaAdminClient(request_timeout_ms=READ_REQUEST_MS, **self._options())
        try:
            await self.within(START_SECONDS_MAX, client.start())
            async with self.errors():
                yield client
        finally:
            await _close(client.close())

    @asynccontextmanager
    async def consumer(self, partitions: list[TopicPartition], *, committed: bool) -> AsyncIterator[AIOKafkaConsumer]:
        """Assigned to `partitions`; nobody's group. Reads what is committed, or everything up to the high watermark."""
        client = await self.assigned(partitions, committed=committed)
        try:
            async with self.errors():
                yield client
        finally:
            await self.close(client.stop())

    async def assigned(
        self, partitions: list[TopicPartition], *, committed: bool = True, **options: Any
    ) -> AIOKafkaConsumer:
        """Return a consumer as `consumer` lends it, for a caller that stops it. Raises LedgerError."""
        client = self.new_consumer(isolation_level="read_committed" if committed else "read_uncommitted", **options)
        try:
            await self.within(START_SECONDS_MAX, client.start())
        except BaseException:
            await self.close(client.stop())
            raise
        client.assign(partitions)
        return client

    async def close(self, closing: Awaitable[None]) -> None:
        """Wait for the end of a client, not for ever, and whatever it complains of."""
        await _close(closing)

    def new_consumer(self, *topics: str, **options: Any) -> AIOKafkaConsumer:
        """Return a consumer that is not started yet, with the bounds and security of the settings."""
        return AIOKafkaConsumer(
            *topics,
            **{
                "enable_auto_commit": False,
                "auto_offset_reset": "none",
                "request_timeout_ms": READ_REQUEST_MS,
                "max_partition_fetch_bytes": PARTITION_FETCH_BYTES,
                **self._options(),
                **options,
            },
        )

    async def producer(self, transactional_id: str | None = None) -> AIOKafkaProducer:
        """Started; with a transactional id, everyone who had that id before is fenced now. Raises LedgerError, or
        what is in TROUBLES."""
        transactional: dict[str, Any] = {"enable_idempotence": True, "request_timeout_ms": READ_REQUEST_MS}
        if transactional_id:
            seconds = self.settings.transaction_timeout_seconds
            transactional = {
                "transactional_id": transactional_id,
                "transaction_timeout_ms": int(seconds * 1000),
                "request_timeout_ms": int((seconds - APART_SECONDS) * 1000),
            }
        compression = self.settings.compression
        client = AIOKafkaProducer(
            acks="all",
            compression_type=None if compression == "none" else compression,
            max_batch_size=BATCH_BYTES,
            max_request_size=REQUEST_BYTES_MAX,
            **self._options(),
            **transactional,
        )
        try:
            await self.within(START_SECONDS_MAX, client.start())
        except BaseException:
            await discard(client)
            raise
        return client

    async def within(self, seconds: float, work: Awaitable[T]) -> T:
        """The result of `work`. Raises LedgerError when it fails or takes too long."""
        async with self.errors():
            try:
                return await _ended(asyncio.ensure_future(work), seconds)
            except TimeoutError:
                raise LedgerError(f"Kafka ({self._where()}) did not answer in {seconds:.0f} s") from None
            except errors.KafkaConnectionError as error:
                raise LedgerError(await self._why_unreachable(error)) from error

    @asynccontextmanager
    async def errors(self) -> AsyncIterator[None]:
        """Whatever goes wrong in Kafka inside is a LedgerError with advice."""
        try:
            yield
        except TROUBLES as error:
            raise LedgerError(self.explained(error)) from error

    def explained(self, error: BaseException) -> str:
        """The error in the operator's terms. Never with a secret: none is in aiokafka's messages."""
        cause: BaseException | None = error
        while cause is not None:
            for kind in type(cause).__mro__:
                if kind in ADVICE:
                    return f"Kafka ({self._where()}): {ADVICE[kind]}"
            cause = cause.__cause__
        return f"Kafka ({self._where()}): {type(error).__name__}: {error}".rstrip(": ")

    def _where(self) -> str:
        return ", ".join(self.servers)

    async def _why_unreachable(self, error: BaseException) -> str:
        """aiokafka says only that it could not connect: ask the first server by hand."""
        host, _, port = self.servers[0].rpartition(":")
        try:
            async with asyncio.timeout(PROBE_SECONDS_MAX):
                connection = await create_conn(host, int(port), **self._security)
        except ssl.SSLError as problem:
            return f"Kafka ({self._where()}): TLS fails: {problem.reason or problem}: check kafka.ca_file"
        except (errors.AuthenticationFailedError, errors.SaslAuthenticationFailed) as problem:
            return self.explained(problem)
        except TROUBLES as problem:
            why = getattr(problem, "strerror", None) or str(problem) or type(problem).__name__
            return f"Kafka ({self._where()}): no broker can be reached: {why}"
        connection.close()
        return self.explained(error)


async def _ended(work: "asyncio.Future[T]", seconds: float) -> T:
    """The result of `work`. Raises TimeoutError. A client that is cancelled while it connects leaves its connection
    open: it is given a moment to get through."""
    try:
        await asyncio.wait({work}, timeout=seconds)
    except asyncio.CancelledError:
        await asyncio.wait({work}, timeout=CANCEL_SECONDS)
        raise
    finally:
        if not work.done():
            work.cancel()
            await asyncio.wait({work}, timeout=CANCEL_SECONDS)
        if work.done() and not work.cancelled():
            work.exception()
    if work.cancelled() or not work.done():
        raise TimeoutError
    return work.result()


async def discard(producer: AIOKafkaProducer) -> None:
    """End a producer, whatever state it is in, within seconds."""
    private.fail_batches(producer)
    await _close(producer.stop())
    await private.end_sender(producer)
    await _close(producer.client.close())


async def _close(closing: Awaitable[None]) -> None:
    """In a task of its own: an aiokafka client that is stopped takes whatever cancellation comes meanwhile for that of
    its own tasks, and the task that waited here would never hear of it."""
    with suppress(*TROUBLES):
        await _ended(asyncio.ensure_future(closing), STOP_SECONDS_MAX)


def _security(settings: KafkaSettings) -> dict[str, Any]:
    options: dict[str, Any] = {"security_protocol": settings.security_protocol}
    if settings.security_protocol.endswith("SSL"):
        options["ssl_context"] = _tls(settings)
    if settings.security_protocol.startswith("SASL"):
        options["sasl_mechanism"] = settings.sasl_mechanism
        if settings.token_file is not None:
            options["sasl_oauth_token_provider"] = _TokenFile(settings.token_file)
        else:
            options["sasl_plain_username"] = settings.username
            options["sasl_plain_password"] = settings.password.get_secret_value() if settings.password else ""
    return options


def _tls(settings: KafkaSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
        if settings.certificate_file is not None:
            password = settings.key_password.get_secret_value() if settings.key_password else ""
            context.load_cert_chain(settings.certificate_file, settings.key_file, lambda: password)
    except (OSError, ssl.SSLError) as error:
        raise LedgerError(f"kafka.ca_file, certificate_file or key_file cannot be used: {error.strerror}") from error
    return context

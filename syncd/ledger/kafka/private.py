"""Private attributes of aiokafka that syncd uses: all of them are touched here. `pyproject.toml` bounds the version."""

import asyncio
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, errors
from aiokafka.admin import AIOKafkaAdminClient


async def sent(admin: AIOKafkaAdminClient, request: Any, node: int | None = None) -> Any:
    """Send a request for which aiokafka has no call; return the answer of broker `node`, or of any broker."""
    return await admin._send_request(request, node)


def discovery(member: AIOKafkaConsumer) -> object:
    """Another object each time that the group's coordinator was found anew; None while it is not known."""
    coordinator = member._coordinator
    return coordinator._coordinator_dead_fut if coordinator.coordinator_id is not None else None


def join_again(member: AIOKafkaConsumer) -> None:
    """Join the group again with the assignor's present metadata. While the coordinator is away: once it is there."""
    member._coordinator.request_rejoin()


def fail_batches(producer: AIOKafkaProducer) -> None:
    """Nothing more is sent, and nothing waits for it: neither aiokafka, which would leave a task behind, nor asyncio,
    which would tell of each error in a future that nobody waits for."""
    accumulator, manager = producer._message_accumulator, producer._txn_manager
    # A batch that failed takes itself out of them, also one that was sent before and is queued again.
    accumulator._pending_batches = _Leaving(accumulator._pending_batches)
    batches = [batch for queue in accumulator._batches.values() for batch in queue]
    batches += accumulator._pending_batches
    left = [future for batch in batches for future in (batch.future, batch._drain_waiter)]
    if manager is not None and manager._transaction_waiter is not None:
        left.append(manager._transaction_waiter)
    for future in left:
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
    accumulator.fail_all(errors.KafkaError("the producer is thrown away"))


class _Leaving(set[Any]):
    """aiokafka removes a batch when its future is done, and again when it is queued once more: the second time it is
    not there, and asyncio would log a KeyError."""

    def remove(self, batch: Any) -> None:
        self.discard(batch)


async def end_sender(producer: AIOKafkaProducer) -> None:
    """End the task that sends, which swallows what cancels it while it waits for a batch."""
    sender = producer._sender.sender_task
    for _ in range(10):
        if sender is None or sender.done():
            break
        sender.cancel()
        await asyncio.wait({sender}, timeout=0.1)
    if sender is not None and sender.done() and not sender.cancelled():
        sender.exception()

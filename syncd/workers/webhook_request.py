"""One request to a webhook's receiver, as the Standard Webhooks specification 1.0 says: body, signature, answer.

The body is the event in CloudEvents' JSON form with a `timestamp` beside it. `webhook-id` is the event's own id, the
same in every try, by which a receiver knows what it has had. What is signed is `id.timestamp.body`, by HMAC-SHA-256.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from http import HTTPStatus
from typing import Literal

import msgspec

from syncd.core.coordination.target import CoordinationEvent
from syncd.core.events import Change, cloud_event
from syncd.core.fitting import fitted

BODY_BYTES_MAX = 900_000

Outcome = Literal["taken", "failed", "gone"]


def change_body(change: Change, installation: str, ledger: str) -> bytes:
    """Return the body for `change`. Of one that is too large parts are left out, which `data.elided` names."""
    small, _ = fitted(change, BODY_BYTES_MAX)
    return msgspec.json.encode(cloud_event(small, installation, ledger) | {"timestamp": change.committed_at})


def coordination_body(event: CoordinationEvent, installation: str, ledger: str) -> bytes:
    """Return the body for a coordination event."""
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "id": event.id,
            "source": f"/syncd/{installation}/coordinator",
            "type": f"syncd.{event.type}.v1",
            "subject": event.target,
            "time": event.committed_at,
            "datacontenttype": "application/json",
            "ledger": ledger,
            "timestamp": event.committed_at,
            "data": event,
        }
    )


def signed_headers(event_id: str, at: int, body: bytes, secrets: Iterable[str]) -> dict[str, str]:
    """Return the headers of a try at the time `at` (seconds since 1970): one signature for each of `secrets`."""
    content = b".".join((event_id.encode(), str(at).encode(), body))
    return {
        "content-type": "application/json",
        "webhook-id": event_id,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(f"v1,{_signature(secret, content)}" for secret in secrets),
    }


def outcome_of(status: int) -> Outcome:
    """Return what an answer means: any 2xx is taken; 410 says that the receiver wants no more; the rest has failed."""
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return "taken"
    return "gone" if status == HTTPStatus.GONE else "failed"


def is_wanted(change: Change, *, types: Iterable[str], material: bool) -> bool:
    """Return whether a webhook with these filters gets `change`."""
    return change.type in types and (change.material or not material)


def _signature(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()

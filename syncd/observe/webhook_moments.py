"""What is reported of webhooks: names of the configuration, ids of events, never an address or a body."""

from syncd.observe.moment import Moment


class WebhookDelivered(Moment, frozen=True, kw_only=True):
    """The receiver took an event, `seconds` after it was committed."""

    event = "webhook_delivered"
    level = "debug"
    says = "webhook {webhook}: taken {seconds:.1f} s after its commit"

    webhook: str
    seconds: float


class WebhookFailed(Moment, frozen=True, kw_only=True):
    """The receiver did not take an event. `failures` counts those in a row; it is posted again in `retry_seconds`, and
    what comes after it waits."""

    event = "webhook_failed"
    level = "warning"
    says = "webhook {webhook}: {why}; event {event_id} again in {retry_seconds:.0f} s (failure {failures} in a row)"

    webhook: str
    event_id: str
    failures: int
    retry_seconds: float
    why: str


class WebhookGone(Moment, frozen=True, kw_only=True):
    """The receiver answered 410: nothing is posted to it until the daemon starts anew."""

    event = "webhook_gone"
    level = "error"
    says = "webhook {webhook}: the receiver answered 410 (gone); nothing is posted to it until the next start"

    webhook: str

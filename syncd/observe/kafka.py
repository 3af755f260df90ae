"""What only a ledger in Kafka has to tell; beside `moments`, of which these are."""

from syncd.observe.moments import Moment


def unheard(_: Moment) -> None:
    """The reporter of whoever only reads or asks: the daemon tells."""


class SignalsPassedOver(Moment, frozen=True, kw_only=True):
    """Messages on the topic of signals are no signals: they do not say which they are, or for which feed. `offset` is
    that of the first of `count`, `why` what is wrong with it."""

    event = "signals_passed_over"
    level = "warning"
    says = "{count} messages among the signals are none, the first at offset {offset}: {why}"

    count: int
    offset: int
    why: str


class TopicsDiffer(Moment, frozen=True, kw_only=True):
    """Topics are set otherwise than syncd makes them, in a way that breaks no promise; with nothing in `what`, they are
    no more."""

    event = "topics_differ"
    level = "warning"
    says = "topics are set otherwise than they should be: {what}"

    what: tuple[str, ...]

    def sentence(self) -> str:
        return self.says.format(what="; ".join(self.what)) if self.what else "topics are set as they should be"


MOMENTS: tuple[type[Moment], ...] = (SignalsPassedOver, TopicsDiffer)

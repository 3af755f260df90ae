"""Moments of a ledger in Kafka; `moments` has those that every ledger has."""

from syncd.observe.moments import FeedMoment, Moment


def unheard(_: Moment) -> None:
    """Ignore a moment. The reporter of commands that only read or ask: the daemon reports."""


class SignalsPassedOver(Moment, frozen=True, kw_only=True):
    """Messages on the topic of signals name no signal or no feed, and are ignored. `offset` is that of the first of
    `count`, `why` states what is wrong with it."""

    event = "signals_passed_over"
    level = "warning"
    says = "{count} messages among the signals are none, the first at offset {offset}: {why}"

    count: int
    offset: int
    why: str


class TopicsDiffer(Moment, frozen=True, kw_only=True):
    """Topics have other settings than syncd gives them, but none that breaks a promise. An empty `what` means that they
    have the right settings again."""

    event = "topics_differ"
    level = "warning"
    says = "topics are set otherwise than they should be: {what}"

    what: tuple[str, ...]

    def sentence(self) -> str:
        """Return the differences in one line, or that there are none."""
        return self.says.format(what="; ".join(self.what)) if self.what else "topics are set as they should be"


class ListedFilled(FeedMoment, frozen=True, kw_only=True):
    """The topic `listed` was written whole for a feed, since it was not complete: it is new, or was off for a time.
    `records` counts stubs too, each of which is a tombstone there."""

    event = "listed_filled"
    says = "{feed}: the upserts of {records} records were written, since they were not complete"

    records: int


MOMENTS: tuple[type[Moment], ...] = (SignalsPassedOver, TopicsDiffer, ListedFilled)

"""Moments of channels and notices; `moments` has the others. They bear ids and counts, never names."""

from syncd.observe.moment import Fault, Level, Moment


class ChannelAnswered(Moment, frozen=True, kw_only=True):
    """A channel was asked. `outcome`: `unchanged`, or `read`."""

    event = "channel_answered"
    level = "debug"
    says = "{channel}: {outcome}, {received_bytes} bytes in {seconds:.2f} s"

    channel: str
    outcome: str
    received_bytes: int
    seconds: float


class ChannelFailed(Moment, frozen=True, kw_only=True):
    """A channel could not be read; no list is touched by it."""

    event = "channel_failed"
    level = "warning"
    says = "{channel}: could not be read ({fault}, {failures} in a row), again in {retry_seconds:.0f} s: {why}"

    channel: str
    fault: Fault
    why: str
    failures: int
    retry_seconds: float


class ChannelSilent(Moment, frozen=True, kw_only=True):
    """A channel has shown nothing new for longer than it does: that is not quiet."""

    event = "channel_silent"
    level = "warning"
    says = "{channel}: nothing new since {since}, longer than its {days:g} days: look at it by hand"

    channel: str
    since: str
    days: float


class ChannelGap(Moment, frozen=True, kw_only=True):
    """Nothing that a channel shows was there when it was last read: what came and went in between was never seen."""

    event = "channel_gap"
    level = "warning"
    says = "{channel}: all {count} items are new: what was announced and pushed out meanwhile is lost, look by hand"

    channel: str
    count: int


class ItemsPassedOver(Moment, frozen=True, kw_only=True):
    """Items of a channel were taken as seen, in silence: its `baseline`, `old` ones, or a `flood`."""

    event = "items_passed_over"
    says = "{channel}: {count} items taken as seen ({why})"

    channel: str
    count: int
    why: str

    def severity(self) -> Level:
        """Return `warning` for a flood, else `info`."""
        return "warning" if self.why == "flood" else "info"


class NoticesStarted(Moment, frozen=True, kw_only=True):
    """The notices are open for writing; `live` of them were restored."""

    event = "notices_started"
    says = "notices: open at commit {commit}, {live} notices, restored in {seconds:.2f} s"

    commit: int
    live: int
    seconds: float


class NoticesTold(Moment, frozen=True, kw_only=True):
    """A commit of notices stands in the ledger. `events` counts its events by type, of one channel."""

    event = "notices_told"
    says = "{channel}: {counts}"

    channel: str
    events: dict[str, int]

    def sentence(self) -> str:
        """Return the counts of the events in one line."""
        counts = ", ".join(f"{count} {kind}" for kind, count in self.events.items())
        return self.says.format(counts=counts, **self.fields())


class NoticeEnacted(Moment, frozen=True, kw_only=True):
    """A list has followed an announcement. `act_to_list_seconds`: from the authority's date to when the list showed it,
    where both are known; `notice_to_commit_seconds`: from when it was noticed, negative when the list came first."""

    event = "notice_enacted"
    says = "{notice}: enacted by commit {commit} of {feed}"

    channel: str
    notice: str
    feed: str
    commit: int
    notice_to_commit_seconds: float
    act_to_list_seconds: float | None = None


class CommitUnannounced(Moment, frozen=True, kw_only=True):
    """A list designated, and no channel of it said anything within two days: a channel may be broken."""

    event = "commit_unannounced"
    level = "warning"
    says = "{feed}: commit {commit} designated {designations}, and nothing was announced"

    feed: str
    commit: int
    designations: int


class NoticesFailed(Moment, frozen=True, kw_only=True):
    """A commit of notices failed; its work is done again. The feeds go on."""

    event = "notices_failed"
    level = "error"
    says = "notices failed ({fault}, {failures} in a row), again in {retry_seconds:.0f} s: {why}"

    fault: Fault
    why: str
    failures: int
    retry_seconds: float


class NoticesStopped(Moment, frozen=True, kw_only=True):
    """Notices are written no more by this process."""

    event = "notices_stopped"
    level = "error"
    says = "notices stopped: {why}"

    why: str


class NoticesCounted(Moment, frozen=True, kw_only=True):
    """How many notices of a channel are open and overdue, and when it last showed something new."""

    event = "notices_counted"
    level = "debug"
    says = "{channel}: {open} open, {overdue} overdue"

    channel: str
    open: int
    overdue: int
    news_at: str
    silence_seconds_max: float


MOMENTS: tuple[type[Moment], ...] = (
    ChannelAnswered,
    ChannelFailed,
    ChannelSilent,
    ChannelGap,
    ItemsPassedOver,
    NoticesStarted,
    NoticesTold,
    NoticeEnacted,
    CommitUnannounced,
    NoticesFailed,
    NoticesStopped,
    NoticesCounted,
)

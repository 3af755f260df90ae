"""One moment of each type, as a day of an invented feed might bring them."""

import pytest

from syncd.observe import kafka, notice_moments
from syncd.observe import moments as m

SAMPLES: tuple[m.Moment, ...] = (
    m.PollAnswered(feed="un_sc", source="xml", outcome="fetched", seconds=1.25, received_bytes=2048),
    m.PollFailed(feed="un_sc", source="xml", fault="network", why="timed out", failures=2, retry_seconds=120.0),
    m.DocumentParsed(feed="un_sc", source="xml", records=1000, partial=1, quarantined=1, seconds=0.5),
    m.EntryPartial(feed="un_sc", key="un_sc:1", unreadable=("birth_dates",), unknown=("HULL_COLOUR",)),
    m.EntryQuarantined(feed="un_sc", key="un_sc:2", why="has no name"),
    m.Committed(
        feed="un_sc",
        commit=7,
        cause="publication",
        changes={"designated": 2, "amended": 3},
        material=4,
        partial=1,
        records=1002,
        sequence=1010,
        seconds=0.02,
        published="2031-04-02",
        committed_at="2031-04-02T12:00:00Z",
        published_to_seen_seconds=90.0,
        seen_to_committed_seconds=5.0,
        published_to_committed_seconds=95.0,
        in_force_since={"2031-04-01": 2},
    ),
    m.HoldPlaced(feed="un_sc", hold="abcdefgh2345", kind="removals", keys=520, why="more than 5 % at once"),
    m.HoldReminder(feed="un_sc", hold="abcdefgh2345", keys=520, days=1),
    m.HoldEnded(feed="un_sc", hold="abcdefgh2345", how="released"),
    m.DocumentStale(feed="un_sc", sha256="ab" * 32),
    m.DateUnusable(feed="un_sc", published="2099-01-01", why="it lies more than 1 day ahead of the clock"),
    m.GateSilent(feed="un_sc", source="xml", why="the publisher answered 404 Not Found"),
    m.LayoutFound(feed="un_sc", field="INDIVIDUAL/HULL_COLOUR", entries=990, records=1000),
    m.AdditionsFlood(feed="un_sc", commit=8, why="900 additions, more than 500"),
    m.RereadingWithoutArchive(feed="un_sc", why="the archive has no document " + "ab" * 32),
    m.SourceSwitched(feed="un_sc", before="xml", after="html", why="failed three polls"),
    m.Deferred(feed="un_sc", count=12),
    m.PublicationMissed(feed="un_sc", ids=("812", "813")),
    m.SignalAnswered(feed="un_sc", kind="release", outcome="refused", why="the hold has other keys now"),
    m.ArchivePending(feed="un_sc", sha256="cd" * 32, why="no answer"),
    m.ArchiveStored(feed="un_sc", sha256="cd" * 32),
    m.ArchiveFlushed(documents=3),
    m.Attested(feed="un_sc", records=1002),
    m.FeedStopped(feed="un_sc", why="the restored records have another digest"),
    m.FeedStarted(feed="un_sc", commit=7, records=1002, seconds=0.3),
    m.CoordinatorStarted(commit=7, targets=900, seconds=2.5),
    m.Coordinated(changes=3, events={"coordination.started": 1}, targets=901, sequence=12, seconds=0.02),
    m.CoordinatorFailed(fault="ledger", why="no broker can be reached", failures=1, retry_seconds=1.0),
    m.ChangePassedOver(feed="uk_sl", key="uk_sl:RUS0001", why="without its record: ValueError in members.py:1"),
    m.CoordinatorStopped(why="other targets were restored than were committed"),
    m.DaemonStarted(version="0.1.0", feeds=("un_sc", "uk_sl")),
    m.ReplicaActive(term=1),
    m.ReplicaStandsBy(why="another was named"),
    m.LedgerUnavailable(why="no broker can be reached", retry_seconds=5.0),
    m.LedgerRestored(ledger="0b5d.77", why="it is behind its mark"),
    m.ConsumersSeen(behind={"screening": {"un_sc": 0, "uk_sl": 12}}),
    m.ConsumerUnseen(group="screening", why="the user lacks Describe on it"),
    m.WebhookDelivered(webhook="screening", seconds=0.4),
    m.WebhookFailed(webhook="screening", event_id="ABC", failures=2, retry_seconds=5.0, why="it answered 503"),
    m.WebhookGone(webhook="screening"),
    m.DaemonStopping(signal="SIGTERM"),
    kafka.SignalsPassedOver(count=2, offset=41, why="it is empty"),
    kafka.TopicsDiffer(what=("records.v1: segment.ms is 1, should be 2",)),
    kafka.ListedFilled(feed="un_sc", records=1004),
    notice_moments.ChannelAnswered(channel="eu_oj", outcome="read", received_bytes=40_000, seconds=0.8),
    notice_moments.ChannelFailed(channel="eu_oj", fault="network", why="timed out", failures=2, retry_seconds=1200.0),
    notice_moments.ChannelSilent(channel="eu_oj", since="2031-04-02T12:00:00.000000Z", days=14),
    notice_moments.ChannelGap(channel="un_press", count=10),
    notice_moments.ItemsPassedOver(channel="eu_oj", count=41, why="flood"),
    notice_moments.NoticesStarted(commit=7, live=12, seconds=0.3),
    notice_moments.NoticesTold(channel="eu_oj", events={"noticed": 2}),
    notice_moments.NoticeEnacted(
        channel="eu_oj",
        notice="eu_oj:32014R0269.2031-04-01",
        feed="eu_fsf",
        commit=8,
        notice_to_commit_seconds=500_000.0,
        act_to_list_seconds=520_000.0,
    ),
    notice_moments.CommitUnannounced(feed="eu_fsf", commit=9, designations=3),
    notice_moments.NoticesFailed(fault="ledger", why="no broker can be reached", failures=1, retry_seconds=1.0),
    notice_moments.NoticesStopped(why="other notices were restored than were committed"),
    notice_moments.NoticesCounted(
        channel="eu_oj", open=3, overdue=1, news_at="2031-04-02T12:00:00.000000Z", silence_seconds_max=1_209_600.0
    ),
)


@pytest.fixture(params=SAMPLES, ids=lambda moment: moment.event)
def moment(request: pytest.FixtureRequest) -> m.Moment:
    found: m.Moment = request.param
    return found


@pytest.fixture
def samples() -> tuple[m.Moment, ...]:
    return SAMPLES

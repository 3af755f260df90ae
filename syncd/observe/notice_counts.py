"""What the moments of channels and notices count."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from syncd.observe import notice_moments as m
from syncd.observe.metrics import Metrics
from syncd.observe.moment import Moment


def _answered(to: Metrics, at: m.ChannelAnswered) -> None:
    to.count("syncd_channel_polls_total", channel=at.channel, outcome=at.outcome)
    to.count("syncd_channel_bytes_total", at.received_bytes, channel=at.channel)
    to.put("syncd_channel_failures", 0, channel=at.channel)


def _failed(to: Metrics, at: m.ChannelFailed) -> None:
    to.count("syncd_channel_polls_total", channel=at.channel, outcome="failed")
    to.put("syncd_channel_failures", at.failures, channel=at.channel)


def _gap(to: Metrics, at: m.ChannelGap) -> None:
    to.count("syncd_channel_gaps_total", channel=at.channel)


def _passed_over(to: Metrics, at: m.ItemsPassedOver) -> None:
    to.count("syncd_channel_passed_over_total", at.count, channel=at.channel, kind=at.why)


def _started(to: Metrics, _: m.NoticesStarted) -> None:
    to.put("syncd_notices_up", 1)


def _told(to: Metrics, at: m.NoticesTold) -> None:
    to.put("syncd_notices_up", 1)
    for kind, number in at.events.items():
        to.count("syncd_notice_events_total", number, channel=at.channel, type=kind)


def _enacted(to: Metrics, at: m.NoticeEnacted) -> None:
    to.observe("syncd_notice_to_list_seconds", at.notice_to_commit_seconds, channel=at.channel)
    if at.act_to_list_seconds is not None:
        to.observe("syncd_notice_act_to_list_seconds", at.act_to_list_seconds, channel=at.channel)


def _unannounced(to: Metrics, at: m.CommitUnannounced) -> None:
    to.count("syncd_unannounced_commits_total", feed=at.feed)


def _notices_failed(to: Metrics, at: m.NoticesFailed) -> None:
    to.put("syncd_notices_up", 0)
    to.count("syncd_notices_failures_total", fault=at.fault)


def _stopped(to: Metrics, _: m.NoticesStopped) -> None:
    to.put("syncd_notices_up", 0)
    to.count("syncd_notices_failures_total", fault="stopped")


def _counted(to: Metrics, at: m.NoticesCounted) -> None:
    to.put("syncd_notices_open", at.open, channel=at.channel)
    to.put("syncd_notices_overdue", at.overdue, channel=at.channel)
    # From zero on: the first gap is then an increase that an alert can see.
    to.count("syncd_channel_gaps_total", 0, channel=at.channel)
    to.put("syncd_channel_silence_limit_seconds", at.silence_seconds_max, channel=at.channel)
    if at.news_at:
        news = datetime.fromisoformat(at.news_at).timestamp()
        to.put("syncd_channel_news_timestamp_seconds", news, channel=at.channel)


NOTICE_COUNTED: dict[type[Moment], Callable[[Metrics, Any], None]] = {
    m.ChannelAnswered: _answered,
    m.ChannelFailed: _failed,
    m.ChannelGap: _gap,
    m.ItemsPassedOver: _passed_over,
    m.NoticesStarted: _started,
    m.NoticesTold: _told,
    m.NoticeEnacted: _enacted,
    m.CommitUnannounced: _unannounced,
    m.NoticesFailed: _notices_failed,
    m.NoticesStopped: _stopped,
    m.NoticesCounted: _counted,
}

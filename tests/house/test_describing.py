"""What a feed's file states, people can read: in `syncd feeds --describe`, in `syncd feeds`, in its status."""

import msgspec
import pytest

from syncd.core.limits import TABLE
from syncd.core.state import FeedState
from syncd.feeds import all_feeds, describe
from syncd.feeds.contract import Feed
from syncd.observe.status import Facts, feed_status, from_heartbeat

NOW = "2031-04-02T12:00:00Z"
every_feed = pytest.mark.parametrize("feed", all_feeds().values(), ids=lambda feed: feed.id)


@every_feed
def test_a_description_leaves_out_nothing_that_the_feed_states(feed: Feed) -> None:
    said = describe.markdown([feed])
    stated = (feed.id, feed.title, feed.authority, feed.legal_basis, feed.homepage, feed.id_rule, feed.delay)
    addresses = [source.url for source in feed.sources] + [gate.url for source in feed.sources for gate in source.gates]
    assert all(text in said for text in (*stated, *addresses, *feed.quirks, feed.interval_reason, feed.bytes_reason))
    assert f"asked every {feed.interval_seconds} s" in said
    assert f"Evidence: {feed.evidence}." in said
    assert f"partition {feed.partition} of every topic" in said
    assert all(f"`{name}`" in said for reader in feed.readers.values() for name in reader.shape.names)
    for limit in TABLE:
        assert f"`{limit.name}` " in said
        assert said.count(limit.says) >= 1
    assert f"`records_min` {feed.limits.records_min:,} records: a document with fewer is refused" in said
    assert f"`removals_max` {feed.limits.removals_max:,} records in seven days: " in said


@every_feed
def test_the_facts_of_a_feed_are_plain_json(feed: Feed) -> None:
    facts = describe.feed_facts(feed)
    assert msgspec.json.decode(msgspec.json.encode(facts)) == facts
    assert (facts["evidence"], facts["quirks"]) == (feed.evidence, list(feed.quirks))
    assert facts["limits"]["partial_ratio"] == feed.limits.partial_ratio


def test_a_status_says_what_the_reading_of_the_list_rests_on() -> None:
    state = FeedState(feed="uk_sl")
    assert feed_status(state, Facts(interval_seconds=60, evidence="shape"), NOW).evidence == "shape"
    assert from_heartbeat(state, None, 60, NOW, evidence="excerpt").evidence == "excerpt"

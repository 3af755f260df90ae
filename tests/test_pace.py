"""How often each list is asked and what that costs: stated by the feeds, and never without a reason."""

from msgspec.structs import replace

from syncd.feeds import all_feeds
from syncd.feeds.contract import Gate
from syncd.feeds.eu_fsf import read_rss
from syncd.pace import BYTES_A_DAY_MAX, INTERVAL_SECONDS_MAX, pace, paces, table, unreasoned

FEEDS = list(all_feeds().values())
FIRST = FEEDS[0]


def test_no_list_is_asked_too_rarely_or_costs_too_much_without_a_reason() -> None:
    assert unreasoned(FEEDS) == []


def test_a_list_slower_than_five_minutes_says_why() -> None:
    assert [feed.id for feed in FEEDS if feed.interval_seconds > 300 and not feed.interval_reason] == []


def test_a_pace_above_ten_minutes_is_refused_whatever_the_reason() -> None:
    slow = replace(FIRST, interval_seconds=INTERVAL_SECONDS_MAX + 1, interval_reason="because")
    assert unreasoned([slow]) == [f"{FIRST.id}: asked every 601 s, more than 600"]


def test_a_heavy_list_needs_a_reason() -> None:
    source = replace(FIRST.sources[0], typical_bytes=BYTES_A_DAY_MAX // 10)
    heavy = replace(FIRST, sources=(source,), bytes_reason="")
    assert len(unreasoned([heavy])) == 1
    assert unreasoned([replace(heavy, bytes_reason="it is large")]) == []


def test_a_list_that_does_not_say_how_large_it_is_has_no_pace() -> None:
    silent = replace(FIRST, sources=(replace(FIRST.sources[0], typical_bytes=0),))
    assert unreasoned([silent]) == [f"{FIRST.id}: does not say how large its document is"]


def test_the_delay_is_the_interval_the_download_and_a_few_seconds() -> None:
    source = replace(FIRST.sources[0], typical_seconds=40.0)
    assert pace(replace(FIRST, interval_seconds=60, sources=(source,))).delay_seconds == 105


def test_the_cost_of_a_day_counts_each_poll_and_thirteen_documents() -> None:
    source = replace(FIRST.sources[0], gates=(), typical_bytes=1_000_000)
    assert pace(replace(FIRST, interval_seconds=60, sources=(source,))).bytes_a_day == 1440 * 1500 + 13_000_000


def test_every_gate_is_counted_at_each_poll() -> None:
    gates = (Gate(url="a", read=read_rss), Gate(url="b", read=read_rss, typical_bytes=100, name="b"))
    source = replace(FIRST.sources[0], gates=gates, typical_bytes=1_000_000)
    assert pace(replace(FIRST, interval_seconds=60, sources=(source,))).bytes_a_day == 1440 * 3100 + 13_000_000


def test_a_document_that_feeds_share_is_counted_once() -> None:
    shared = [feed for feed in FEEDS if feed.sources[0].shared]
    assert len(shared) == 6
    first, *others = paces(shared)
    assert first == pace(shared[0])
    assert {one.bytes_a_day for one in others} == {288 * 1500}
    assert {one.shares for one in others} == {shared[0].id}
    rows = [line for line in table(FEEDS).splitlines() if "`us_bis_" in line or "`us_state_" in line]
    assert sum("221 MB" in row for row in rows) == 1
    assert sum(f"| 0 MB, and the document of `{shared[0].id}` |" in row for row in rows) == 5


def test_the_table_names_every_feed() -> None:
    lines = table(FEEDS).splitlines()
    assert len(lines) == len(FEEDS) + 2
    assert all(f"`{feed.id}`" in line for feed, line in zip(FEEDS, lines[2:], strict=True))

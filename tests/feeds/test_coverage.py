"""The table of what is seen and what not covers every feed, and no reason is missing."""

from syncd.core.coordination.explanations import AUTHORITIES
from syncd.core.coordination.regimes import REGIMES, WITHOUT_REGIME
from syncd.feeds import all_feeds
from syncd.feeds.coverage import UNSEEN, by_country, country_name, coverage_table
from syncd.feeds.measures import MEASURE_TYPES

FEEDS = list(all_feeds().values())
ROWS = coverage_table(FEEDS).splitlines()[2:]


def test_every_measure_of_every_list_is_seen_in_the_table() -> None:
    for feed in FEEDS:
        for word in feed.measures.possible:
            (row,) = [row for row in ROWS if f"| {country_name(feed.id[:2])} | `{word}` |" in row]
            assert f"`{feed.id}`" in row


def test_what_is_not_seen_says_why() -> None:
    assert all(one.measure and len(one.reason) > 10 and one.authority in AUTHORITIES for one in UNSEEN)
    assert sum("**not seen**" in row for row in ROWS) == len(UNSEEN)


def test_a_list_that_is_off_by_default_is_marked() -> None:
    assert any("`be_fod` (off by default)" in row for row in ROWS)


def test_the_lists_of_a_country_stand_together() -> None:
    countries = [country_name(feed.id[:2]) for feed in by_country(FEEDS)]
    assert countries == sorted(countries)
    assert all(feed.id[:2] in AUTHORITIES for feed in FEEDS)


def test_every_list_belongs_to_regimes_or_says_why_not() -> None:
    authorities = {authority for patterns in REGIMES.values() for authority in patterns}
    assert WITHOUT_REGIME.keys() <= {feed.id for feed in FEEDS}
    assert [feed.id for feed in FEEDS if feed.id not in WITHOUT_REGIME and feed.id[:2] not in authorities] == []


def test_every_list_says_what_it_imposes_and_where_that_is_said() -> None:
    for feed in FEEDS:
        assert feed.measures.usual
        assert set(feed.measures.possible) <= set(MEASURE_TYPES)
        assert feed.measures.source.endswith(".")

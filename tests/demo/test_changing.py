"""A site that keeps changing does the same acts for the same seed, and its lists stay lists."""

import io
from collections.abc import Iterator

import pytest

from syncd.demo.changing import WEIGHTS, AuthorityAct, ChangingLists
from syncd.demo.site import PublishersSite
from syncd.demo.targets import BASELINES
from syncd.feeds import all_feeds
from syncd.feeds.reading import DocumentReading

STEPS = 60


@pytest.fixture
def site() -> Iterator[PublishersSite]:
    """Not listening: what would be served is looked at without asking."""
    yield PublishersSite()


def acts(seed: int, steps: int = STEPS) -> list[AuthorityAct]:
    changing = ChangingLists(PublishersSite(), seed)
    changing.begin()
    return [changing.step() for _ in range(steps)]


def test_the_same_seed_gives_the_same_acts_and_another_seed_others() -> None:
    assert acts(7) == acts(7)
    assert acts(7) != acts(8)


def test_every_kind_of_act_comes_on_every_list() -> None:
    seen = {(act.feed, act.kind) for act in acts(3, 250)}
    assert seen == {(feed, kind) for feed in BASELINES for kind in WEIGHTS}


def test_an_act_names_a_record_exactly_when_one_changed() -> None:
    for act in acts(5):
        assert bool(act.key) == (act.kind not in ("nothing", "bad_day"))
        assert not act.key or act.key.startswith(f"{act.feed}:")


def test_after_many_acts_every_list_holds_what_is_in_force(site: PublishersSite) -> None:
    """After many acts every list is read strictly and holds what is in force."""
    changing = ChangingLists(site, seed=11)
    changing.begin()
    for _ in range(STEPS):
        changing.step()
    changing.end()
    for feed in BASELINES:
        found = all_feeds()[feed]
        stream = io.BytesIO(site.current(feed).document)
        entries = list(DocumentReading(found, found.sources[0].vocabulary, stream, strict=True))
        assert {entry.key for entry in entries} == changing.in_force(feed)

"""What an operator changes of a feed, and nothing else of it."""

from typing import Any

import msgspec
import pytest

from syncd.config import FeedSettings, with_overrides
from syncd.core.limits import TABLE
from syncd.errors import ConfigurationError
from syncd.feeds.contract import Feed, Gate, GateAnswer, Limits, Measures, Source

GATE = Gate(url="https://publisher.example/rss", read=lambda body, _: GateAnswer(token=""))
CHECKSUM = msgspec.structs.replace(GATE, url="https://publisher.example/checksum", name="checksum")
FEED = Feed(
    id="xx_invented",
    partition=61,
    title="An invented list",
    jurisdiction="xx",
    authority="Nobody",
    legal_basis="none",
    homepage="https://publisher.example",
    id_rule="the number",
    sources=(
        Source(name="xml", url="https://publisher.example/xml", vocabulary="list", gates=(GATE, CHECKSUM)),
        Source(name="csv", url="https://publisher.example/csv", vocabulary="table", expect="table"),
    ),
    readers={},
    measures=Measures(usual=("asset_freeze",), source="an act"),
    interval_seconds=60,
    limits=Limits(records_min=10, removals_max=5),
)


def overridden(**settings: Any) -> Feed:
    return with_overrides(FEED, FeedSettings.model_validate(settings))


def test_without_settings_the_feed_is_as_its_file_says() -> None:
    assert overridden() == FEED


@pytest.mark.parametrize("value", [0, 1])
@pytest.mark.parametrize("name", [one.name for one in TABLE])
def test_a_limit_is_changed_alone_even_to_nothing(name: str, value: float) -> None:
    limits = msgspec.structs.replace(FEED.limits, **{name: value})
    assert overridden(**{name: value}) == msgspec.structs.replace(FEED, limits=limits)


def test_the_pace_is_changed() -> None:
    assert overridden(interval_seconds=300).interval_seconds == 300


def test_bounds_of_the_feed_are_for_every_source_that_has_none_of_its_own() -> None:
    feed = overridden(bytes_max=1000, timeout_seconds=9, sources={"csv": {"bytes_max": 2000}})
    assert [source.bytes_max for source in feed.sources] == [1000, 2000]
    assert [source.timeout_seconds for source in feed.sources] == [9, 9]


def test_a_source_and_its_gate_may_be_asked_elsewhere() -> None:
    feed = overridden(sources={"xml": {"url": "http://localhost/x", "gate_url": "http://localhost/{year}"}})
    assert feed.source("xml").url == "http://localhost/x"
    assert feed.source("xml").gates == (msgspec.structs.replace(GATE, url="http://localhost/{year}"),)
    assert feed.source("csv") == FEED.source("csv")


def test_gates_that_are_not_named_are_not_asked() -> None:
    moved = {"checksum": "http://localhost/sum"}
    there = msgspec.structs.replace(CHECKSUM, url="http://localhost/sum")
    assert overridden(sources={"xml": {"gate_urls": moved}}).source("xml").gates == (there,)
    both = overridden(sources={"xml": {"gate_url": "http://localhost/rss", "gate_urls": moved}})
    assert both.source("xml").gates == (msgspec.structs.replace(GATE, url="http://localhost/rss"), there)
    assert overridden(sources={"xml": {"url": "http://localhost/x"}}).source("xml").gates == (GATE, CHECKSUM)


@pytest.mark.parametrize(
    ("sources", "line"),
    [
        ({"xmll": {}}, "feeds.xx_invented.sources.xmll: no such source; did you mean xml?"),
        ({"csv": {"gate_url": "http://localhost/"}}, "feeds.xx_invented.sources.csv.gate_url: this source has no gate"),
        (
            {"xml": {"gate_urls": {"rss": "http://localhost/"}}},
            "feeds.xx_invented.sources.xml.gate_urls.rss: this source has no such gate",
        ),
    ],
)
def test_a_source_or_a_gate_that_the_feed_has_not_is_the_operators_fault(sources: dict[str, Any], line: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        overridden(sources=sources)
    assert str(caught.value) == line

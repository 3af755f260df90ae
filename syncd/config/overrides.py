"""Applies an operator's settings for a feed to the feed."""

from typing import Any

from msgspec.structs import replace

from syncd.config.problems import nearest
from syncd.config.sections import FeedSettings, SourceSettings
from syncd.core.limits import TABLE
from syncd.errors import ConfigurationError
from syncd.feeds.contract import Feed, Gate, Source

OF_FEED = ("interval_seconds",)
OF_LIMITS = tuple(one.name for one in TABLE)
OF_SOURCE = ("bytes_max", "unpacked_bytes_max", "timeout_seconds")


def with_overrides(feed: Feed, settings: FeedSettings) -> Feed:
    """Returns `feed` with the values that `settings` set. Raises ConfigurationError for a source or a gate that the
    feed does not have."""
    names = [source.name for source in feed.sources]
    for name in settings.sources:
        if name not in names:
            raise ConfigurationError(f"feeds.{feed.id}.sources.{name}: no such source{nearest(name, names)}")
    return replace(
        feed,
        limits=replace(feed.limits, **_set(settings, OF_LIMITS)),
        sources=tuple(_source(feed, source, settings) for source in feed.sources),
        **_set(settings, OF_FEED),
    )


def _source(feed: Feed, source: Source, settings: FeedSettings) -> Source:
    own = settings.sources.get(source.name) or SourceSettings()
    changes = _set(settings, OF_SOURCE) | _set(own, (*OF_SOURCE, "url"))
    urls = ({"": own.gate_url} if own.gate_url is not None else {}) | own.gate_urls
    if urls:
        changes["gates"] = tuple(_gate(feed, source, name, url) for name, url in urls.items())
    return replace(source, **changes)


def _gate(feed: Feed, source: Source, name: str, url: str) -> Gate:
    """Returns the source's gate of that `name` with the address `url`. Raises ConfigurationError for an unknown one."""
    for gate in source.gates:
        if gate.name == name:
            return replace(gate, url=url)
    setting = f"feeds.{feed.id}.sources.{source.name}.gate_url" + (f"s.{name}" if name else "")
    raise ConfigurationError(f"{setting}: this source has no {'such ' if name else ''}gate")


def _set(settings: FeedSettings | SourceSettings, names: tuple[str, ...]) -> dict[str, Any]:
    values = {name: getattr(settings, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}

"""The register of feeds: one file a list, found by looking into this folder. No other file names them."""

import importlib
import importlib.util
import pkgutil
from functools import cache

from syncd.feeds.contract import Feed


@cache
def all_feeds() -> dict[str, Feed]:
    """Every feed by its id, in order of id."""
    found: dict[str, Feed] = {}
    for module_info in pkgutil.iter_modules(__path__):
        found |= _feeds_of(module_info.name)
    return dict(sorted(found.items()))


@cache
def partitions_by_feed() -> dict[str, int]:
    """The partition of every feed by its id, in order of partition. All feeds are loaded."""
    return dict(sorted(((feed.id, feed.partition) for feed in all_feeds().values()), key=lambda item: item[1]))


@cache
def partition_of(identity: str) -> int:
    """The partition of one feed, 0 … `FEEDS_MAX` - 1. Raises KeyError for an unknown id."""
    return one_feed(identity).partition


def one_feed(identity: str) -> Feed:
    """Return a feed by its id; the others are not loaded where its file has its name. Raises KeyError."""
    if importlib.util.find_spec(f"{__name__}.{identity}") is None:
        return all_feeds()[identity]
    return _feeds_of(identity)[identity]


def _feeds_of(name: str) -> dict[str, Feed]:
    module = importlib.import_module(f"{__name__}.{name}")
    feeds = getattr(module, "FEEDS", None) or (feed for feed in (getattr(module, "FEED", None),) if feed)
    return {feed.id: feed for feed in feeds}

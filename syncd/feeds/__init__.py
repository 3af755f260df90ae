"""One file a list. `all_feeds` gives them, found by looking into this folder."""

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


def one_feed(identity: str) -> Feed:
    """A feed by its id; the others are not loaded where its file has its name. Raises KeyError."""
    if importlib.util.find_spec(f"{__name__}.{identity}") is None:
        return all_feeds()[identity]
    return _feeds_of(identity)[identity]


def _feeds_of(name: str) -> dict[str, Feed]:
    module = importlib.import_module(f"{__name__}.{name}")
    feeds = getattr(module, "FEEDS", None) or (feed for feed in (getattr(module, "FEED", None),) if feed)
    return {feed.id: feed for feed in feeds}

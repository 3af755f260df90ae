"""One file a list. `all_feeds` gives them, found by looking into this folder; only `core.slots` is kept by hand."""

import importlib
import pkgutil
from functools import cache

from syncd.feeds.contract import Feed


@cache
def all_feeds() -> dict[str, Feed]:
    """Every feed by its id, in order of id."""
    found: dict[str, Feed] = {}
    for module_info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{module_info.name}")
        feeds = getattr(module, "FEEDS", None) or (feed for feed in (getattr(module, "FEED", None),) if feed)
        found |= {feed.id: feed for feed in feeds}
    return dict(sorted(found.items()))

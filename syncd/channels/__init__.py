"""The register of channels: one file a channel, found by looking into this folder. No other file names them."""

import importlib
import pkgutil
from functools import cache

from syncd.channels.contract import NoticeChannel


@cache
def all_channels() -> dict[str, NoticeChannel]:
    """Every channel by its id, in order of id."""
    modules = (importlib.import_module(f"{__name__}.{one.name}") for one in pkgutil.iter_modules(__path__))
    found = (channel for module in modules if (channel := getattr(module, "CHANNEL", None)) is not None)
    return {channel.id: channel for channel in sorted(found, key=lambda one: one.id)}


@cache
def slots_by_channel() -> dict[str, int]:
    """The slot of every channel on the topic of notices, by its id."""
    return {name: channel.slot for name, channel in all_channels().items()}

"""The operator's rules of coordination: the window, the deadline, the alliances and the regimes."""

from collections.abc import Mapping

from msgspec import Struct, field

from syncd.core.coordination.regimes import REGIMES, Regimes

WINDOW_DAYS = 7
G7 = ("us", "uk", "eu", "ca", "jp")


class Rules(Struct, frozen=True, kw_only=True):
    """`window_days`: listing dates so far apart are of one action. `gap_days`: how long after a coordination came
    about an authority of an alliance is said to be missing. `alliances`: the authorities of each, by the heads of their
    feeds' ids. `regimes`: which of their programmes are one (see `core.coordination.regimes`)."""

    window_days: int = WINDOW_DAYS
    gap_days: int = 10
    alliances: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: {"g7": G7})
    regimes: Regimes = field(default_factory=lambda: REGIMES)

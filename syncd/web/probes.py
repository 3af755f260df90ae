"""`/livez`, `/readyz` and `/metrics`: for machines.

/livez    200 while the daemon's loop ticks; 503 when it has not for too long: restart the process
/readyz   200 when the ledger can be read, whether this replica is active or stands by; 503 when it never was, or
          has not been for too long. A failing feed is no reason: its publisher is down, not this process
/metrics  Prometheus' text format
"""

from collections.abc import Callable, Iterable
from typing import Final

from aiohttp import web
from msgspec import Struct

from syncd.observe.metrics import CONTENT_TYPE, Metrics
from syncd.web.follower import Follower

TICK_SECONDS_MAX: Final = 120.0
LEDGER_SECONDS_MAX: Final = 60.0


class Patience(Struct, frozen=True, kw_only=True):
    """How long the daemon's loop may stand before the process reports itself dead, and how long ago the ledger may have
    been read before it counts as lost."""

    tick_seconds: float = TICK_SECONDS_MAX
    ledger_seconds: float = LEDGER_SECONDS_MAX


class Probes:
    """The three routes. `seconds_since_tick` returns how long ago the daemon's loop last ticked."""

    def __init__(
        self,
        follower: Follower,
        metrics: Metrics,
        *,
        seconds_since_tick: Callable[[], float],
        standby: Callable[[], bool],
        patience: Patience,
    ) -> None:
        self._follower = follower
        self._metrics = metrics
        self._seconds_since_tick = seconds_since_tick
        self._standby = standby
        self._patience = patience

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the probes."""
        return [
            web.get("/livez", self._livez),
            web.get("/readyz", self._readyz),
            web.get("/metrics", self._exposition),
        ]

    async def _livez(self, _: web.Request) -> web.Response:
        late = self._seconds_since_tick()
        if late > self._patience.tick_seconds:
            return _text(f"the schedule has not turned for {late:.0f} s", status=503)
        return _text("ok")

    async def _readyz(self, _: web.Request) -> web.Response:
        why = "; ".join(self._unready())
        if why:
            return _text(why, status=503)
        return _text("ok, standing by" if self._standby() else "ok")

    def _unready(self) -> Iterable[str]:
        late = self._seconds_since_tick()
        if late > self._patience.tick_seconds:
            yield f"the schedule has not turned for {late:.0f} s"
        since = self._follower.seconds_since_read()
        if not self._follower.has_read:
            yield "the ledger has not been read yet"
        elif since > self._patience.ledger_seconds:
            yield f"the ledger has not been read for {since:.0f} s"

    async def _exposition(self, _: web.Request) -> web.Response:
        return web.Response(body=self._metrics.exposition(), headers={"Content-Type": CONTENT_TYPE})


def _text(line: str, *, status: int = 200) -> web.Response:
    return web.Response(text=f"{line}\n", status=status, charset="utf-8")

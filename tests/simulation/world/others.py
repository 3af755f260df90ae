"""Who else is on the internet of a world: a bank that takes webhooks, and an authority that announces."""

import json
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx

from syncd.channels import all_channels
from syncd.channels.uk_govuk import API
from syncd.core.times import instant
from syncd.intake.channel_poller import mirrored
from tests.simulation.world.internet import said

HOOK = "https://bank.example/hook"
SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="
CHANNEL = "uk_govuk"
MIRROR = "https://mirror.example"
ANSWERS = (500, 503, 302, 429, 0)


class Bank:
    """Takes what webhooks post, unless it is in trouble. `taken` are the events in the order of their coming."""

    def __init__(self, now: Callable[[], datetime], chance: random.Random) -> None:
        self.taken: list[dict[str, Any]] = []
        self._now = now
        self._chance = chance
        self._bad_until = now()

    def gets_in_trouble(self, chance: random.Random) -> None:
        self._bad_until = self._now() + timedelta(minutes=chance.choice((1, 20, 90)))

    def is_well(self) -> None:
        self._bad_until = self._now()

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self._now() >= self._bad_until:
            self.taken.append(json.loads(request.content))
            return said(204)
        status = self._chance.choice(ANSWERS)
        if not status:
            # It has the event, and the answer is lost.
            self.taken.append(json.loads(request.content))
            raise httpx.ReadError("cut")
        return said(status, {"Retry-After": "30"} if status in (429, 503) else {"Location": HOOK})


class Announcer:
    """GOV.UK's page with change notes. `announced` are the ids of what was announced, and whether the page had been
    read before."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.announced: dict[str, bool] = {}
        self._now = now
        self._notes: list[dict[str, str]] = []
        self.announces(is_read=False)

    def announces(self, *, is_read: bool) -> None:
        at = self._now().replace(microsecond=0) - timedelta(seconds=len(self._notes))
        stamp = at.isoformat().replace("+00:00", "Z")
        note = "The Paper Tigers (Sanctions) Regulations 2026: the list was updated."
        self._notes.append({"note": note, "public_timestamp": stamp})
        self.announced[instant(stamp) or stamp] = is_read

    def forget(self, notes_max: int) -> None:
        """Keep so many of the last notes on the page, and no account of any."""
        del self._notes[:-notes_max]
        self.announced.clear()

    def answer(self, _: httpx.Request) -> httpx.Response:
        body = json.dumps({"details": {"change_history": self._notes}}).encode()
        return said(200, {"Content-Type": "application/json"}, body)


def answering(bank: Bank, announcer: Announcer) -> Callable[[httpx.Request], httpx.Response | None]:
    """Who answers which request; None for one that nobody does."""

    def answer(request: httpx.Request) -> httpx.Response | None:
        url = str(request.url)
        if url == HOOK:
            return bank.answer(request)
        return announcer.answer(request) if url == mirrored(API, MIRROR) else None

    return answer


def notices_section() -> dict[str, Any]:
    """The settings of the one channel that is asked."""
    others = [name for name in all_channels() if name != CHANNEL]
    return {"disable": others, "mirror": MIRROR, "interval_seconds": 1800}

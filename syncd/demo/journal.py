"""The Official Journal of the EU, invented: what CELLAR would answer of acts, and their texts."""

import html
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from msgspec import Struct

from syncd.channels import eu_oj
from syncd.core.notices.acts import celex_of
from syncd.demo.targets import PROGRAMMES, InventedTarget

CHANNEL = eu_oj.CHANNEL.id
FRAMEWORK = "32014R0269"
REGULATION = "Council Implementing Regulation (EU) {number} implementing Regulation (EU) No 269/2014"


class InventedAct(Struct, frozen=True, kw_only=True):
    """One act: its number as the file gives it, its day, whom it adds, and the regulation of its framework."""

    number: str
    day: str
    target: InventedTarget
    framework: str = FRAMEWORK

    @property
    def celex(self) -> str:
        """The CELEX number of the act."""
        return celex_of(self.number) or ""


def invented_act(target: InventedTarget) -> InventedAct:
    """Return the act by which the EU designates `target`."""
    return InventedAct(number=PROGRAMMES[target.programme].eu_act, day=target.designated, target=target)


class OfficialJournal:
    """Acts as they are published; empty at first. `asked` counts how often it was asked for them."""

    def __init__(self) -> None:
        self.asked = 0
        self._acts: list[InventedAct] = []

    def publish(self, act: InventedAct) -> None:
        """Publish an act: it binds from now on."""
        self._acts.append(act)

    def routes(self) -> list[tuple[str, str, Callable[[web.Request], Any]]]:
        """Return method, path and answer of each address."""
        sparql, text = urlsplit(eu_oj.SPARQL), urlsplit(eu_oj.TEXT)
        return [
            ("POST", f"/{sparql.netloc}{sparql.path}", self._answer),
            ("GET", f"/{text.netloc}{text.path}{{celex}}", self._text),
        ]

    async def _answer(self, _: web.Request) -> web.Response:
        self.asked += 1
        bindings = [
            {
                "celex": {"value": act.celex},
                "date": {"value": act.day},
                "framework": {"value": act.framework},
                "title": {"value": REGULATION.format(number=act.number.partition(" ")[0])},
            }
            for act in self._acts
        ]
        return web.json_response({"results": {"bindings": bindings}})

    async def _text(self, request: web.Request) -> web.Response:
        act = next((one for one in self._acts if one.celex == request.match_info["celex"]), None)
        if act is None:
            return web.Response(status=404, text="there is no such act")
        name = html.escape(act.target.name.full)
        heads = "".join(f"<td>{head}</td>" for head in ("", "Name", "Reasons", "Date of listing"))
        row = "".join(f"<td>{cell}</td>" for cell in ("1.", name, "Invented.", act.day))
        page = (
            f"<html><body><p>COUNCIL IMPLEMENTING REGULATION {act.number}</p><p>The following person is added:</p>"
            f"<table><tr>{heads}</tr><tr>{row}</tr></table></body></html>"
        )
        return web.Response(text=page, content_type="application/xhtml+xml")

"""What is in law and not yet on the list, on the page and in the API; and the notice beside the hold it explains."""

import asyncio
from pathlib import Path

import httpx
import msgspec
from click.testing import CliRunner

from syncd.cli import syncd
from syncd.core.notices.notice import AnnouncedAct, Notice
from syncd.ledger.contract import NoticesLog
from syncd.web.announced import NoticesView
from syncd.web.page import render
from tests.daemon.running import eventually
from tests.notices.invented import CHANNEL, LIST, RULES, Told, act, after, change, party, record
from tests.web import invented
from tests.web.world import World

OPEN = act("20290312", party("KORVIN, Aldo"), party("VELL, Tamsin"), published="2029-03-12")
DELETION = act("20290313", party("GREY LAMP", action="delisted"), published="2029-03-13")


async def write(log: NoticesLog, *acts: AnnouncedAct) -> None:
    """The baseline, then `acts`; one name of the first is on the list, and its first deadline has passed."""
    told = Told(RULES)
    told.board.read(CHANNEL, acts, after(0))
    told.board.take([change(1, "designated", None, record(f"{LIST}:1", "Aldo Korvin"), after(0.1))])
    for hours in (0.2, 5):
        commit = told.board.draft(after(hours))
        if commit is not None:
            # The board began with a reading that said nothing and was not written.
            await log.commit(commit)


async def view_of(world: World, *acts: AnnouncedAct) -> NoticesView:
    await write(await world.ledger.open_notices(), *acts)
    view = world.follower.announced
    await eventually(lambda: _has(view, len(acts)))
    return view


async def _has(view: NoticesView, count: int) -> bool:
    return len(view.latest()) == count and any(one.overdue_hours for one in view.latest())


async def test_a_row_says_since_when_and_how_much_is_on_the_list(world: World) -> None:
    (row,) = (await view_of(world, OPEN)).rows()
    assert (row.since, row.named, row.found, row.overdue_hours) == ("2029-03-12", 2, 1, 4)
    assert (row.authority, row.lists) == ("Office of Foreign Assets Control", ("us_ofac_sdn", "us_ofac_cons"))


async def test_the_api_and_the_page_show_what_no_list_shows_yet(client: httpx.AsyncClient, world: World) -> None:
    await view_of(world, OPEN, DELETION)
    answer = (await client.get("/api/notices")).json()
    assert [row["notice"] for row in answer["awaited"]] == [f"{CHANNEL}:20290312", f"{CHANNEL}:20290313"]
    assert {one["id"] for one in answer["notices"]} == {f"{CHANNEL}:20290312", f"{CHANNEL}:20290313"}
    page = (await client.get("/")).text
    assert "In law, not yet on the list" in page
    assert "1 of 2" in page


def test_a_page_without_notices_has_no_such_board() -> None:
    assert "In law, not yet on the list" not in render(invented.shown())


async def test_a_deletion_stands_beside_the_hold_that_it_explains(world: World) -> None:
    view = await view_of(world, OPEN, DELETION)
    card = next(one for one in invented.holds() if one.kind == "removals" and one.entries)
    held = msgspec.structs.replace(
        card, feed=LIST, entries=(msgspec.structs.replace(card.entries[0], name="Grey LAMP"), *card.entries[1:])
    )
    (found,) = view.explaining(held)
    assert found.announcement.id == "20290313"
    assert view.explaining(msgspec.structs.replace(held, feed="uk_sl")) == []
    page = render(invented.shown(holds=[held], explained={held.id: [found]}))
    assert f'<a href="{found.announcement.url}"' in page


async def test_an_address_of_a_page_cannot_run_a_script(world: World) -> None:
    view = await view_of(world, msgspec.structs.replace(OPEN, url="javascript:alert(1)", title="<b>x</b>"))
    page = render(invented.shown(notices=view.rows()))
    assert "javascript:" not in page and "<b>x</b>" not in page


async def test_the_commands_print_notices_and_lags(world: World, tmp_path: Path) -> None:
    await view_of(world, OPEN, act("20290314", party("Other Name"), expects="never"))
    ledger = ("--ledger", str(world.path))
    printed = await asyncio.to_thread(CliRunner().invoke, syncd, ["notices", *ledger])
    assert len(printed.output.splitlines()) == 2
    printed = await asyncio.to_thread(CliRunner().invoke, syncd, ["notices", "--open", *ledger])
    (one,) = (msgspec.json.decode(line, type=Notice) for line in printed.output.splitlines())
    assert (one.id, len(one.links)) == (f"{CHANNEL}:20290312", 1)
    printed = await asyncio.to_thread(CliRunner().invoke, syncd, ["measure-lag", *ledger])
    lag = msgspec.json.decode(printed.output)
    assert (lag["channel"], lag["noticed"], lag["enacted"], lag["open"]) == (CHANNEL, 2, 0, 1)

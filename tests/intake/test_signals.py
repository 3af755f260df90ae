"""What people ask, answered once each, with its effect in the same commit."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from msgspec.structs import replace

from syncd.core.events import Signal, SignalKind
from syncd.core.times import iso
from syncd.demo.targets import BASELINES, NEWCOMER
from syncd.observe import moments
from tests.intake.watch import START, Watch, document, watching
from tests.ledger.test_received import MALFORMED, NO_SIGNALS
from tests.site import Site

FEED = "un_sc"
ALL = BASELINES[FEED]
COUNT = len(ALL)


def sources(site: Site) -> dict[str, dict[str, str]]:
    return {FEED: {"consolidated_xml": site.url("/un.xml")}}


async def ask(
    watch: Watch,
    kind: SignalKind,
    subject: str = "",
    *,
    valid: timedelta = timedelta(minutes=5),
    by: str = "somebody",
    why: str | None = None,
) -> None:
    """A release says why, unless the test does."""
    now = watch.clock.now()
    count = len(await watch.assembly.ledger.signals(FEED, 0))
    signal = Signal(
        id=f"{kind}-{count}",
        feed=FEED,
        kind=kind,
        subject=subject,
        asserted_by=by,
        expires=iso(now + valid),
        why=("seen" if kind == "release" else "") if why is None else why,
    )
    await watch.assembly.ledger.send(signal)


async def answers(watch: Watch) -> list[tuple[str | None, str | None, str]]:
    """Each signal's id, what became of it, and why, as the rows have it, after all that wait were answered."""
    await watch.worker(FEED).answer_signals()
    return [(row.signal, row.outcome, row.why or "") for row in await watch.rows(FEED) if row.kind == "decision"]


async def hold(watch: Watch, site: Site, gone: int = 15) -> str:
    """A mass removal beside one designation; gives the hold."""
    watch.clock.move(timedelta(minutes=1))
    site.put("/un.xml", document(FEED, (*ALL[gone:], NEWCOMER), watch.clock.now()))
    assert (await watch.poll(FEED)).result == "committed"
    (hold,) = (await watch.state(FEED)).holds
    assert len(hold.keys) == gone
    return hold.id


async def baselined(watch: Watch, site: Site) -> None:
    site.put("/un.xml", document(FEED))
    assert (await watch.poll(FEED)).result == "committed"


async def test_removals_are_held_while_additions_go_out_until_they_are_released(site: Site, tmp_path: Path) -> None:
    async with watching(tmp_path, sources(site)) as watch:
        await baselined(watch, site)
        identity = await hold(watch, site)
        assert [change.type for change in await watch.changes(FEED, COUNT)] == ["designated"]
        await ask(watch, "release", identity)
        assert await answers(watch) == [("release-0", "applied", f"release {identity}: seen")]
        released = await watch.changes(FEED, COUNT + 1)
        assert {(one.type, one.cause) for one in released} == {("delisted", "release")}
        assert len(released) == 15
        commit = (await watch.rows(FEED))[-2]
        assert (commit.kind, commit.cause) == ("commit", "release")
        assert commit.document_digest == commit.ledger_digest
        assert (await watch.state(FEED)).holds == ()
        assert await watch.sound(FEED)


async def test_of_two_releases_of_one_hold_the_second_is_refused(site: Site, tmp_path: Path) -> None:
    async with watching(tmp_path, sources(site)) as watch:
        await baselined(watch, site)
        identity = await hold(watch, site)
        await ask(watch, "release", identity)
        await ask(watch, "release", identity)
        first, second = await answers(watch)
        assert first[1] == "applied"
        assert second[1:] == ("refused", f"release {identity}: {FEED} has no hold {identity}; it has: none")
        assert len([one for one in await watch.changes(FEED) if one.type == "delisted"]) == 15
        assert await answers(watch) == [first, second]


async def test_a_hold_that_has_changed_is_not_released_under_its_old_id(site: Site, tmp_path: Path) -> None:
    async with watching(tmp_path, sources(site)) as watch:
        await baselined(watch, site)
        earlier = await hold(watch, site)
        later = await shrunk(watch, site)
        await ask(watch, "release", earlier)
        ((_, outcome, why),) = await answers(watch)
        assert outcome == "refused"
        assert f"it is now {later} with 12 keys" in why
        assert len((await watch.state(FEED)).holds[0].keys) == 12


async def shrunk(watch: Watch, site: Site) -> str:
    """Three of those held are back on the list; gives the hold's new id."""
    watch.clock.move(timedelta(minutes=1))
    site.put("/un.xml", document(FEED, (*ALL[12:], NEWCOMER), watch.clock.now()))
    await watch.poll(FEED)
    return (await watch.state(FEED)).holds[0].id


async def test_rejected_removals_stay_in_force_with_a_daily_reminder(site: Site, tmp_path: Path) -> None:
    async with watching(tmp_path, sources(site)) as watch:
        await baselined(watch, site)
        identity = await hold(watch, site)
        await ask(watch, "reject", identity)
        assert [one[1] for one in await answers(watch)] == ["applied"]
        (standing,) = (await watch.state(FEED)).holds
        assert (standing.rejected, standing.decided_by) == (True, "somebody")
        watch.clock.move(timedelta(days=1))
        await watch.poll(FEED)
        (reminder,) = watch.heard.of(moments.HoldReminder)
        assert (reminder.hold, reminder.keys, reminder.days) == (identity, 15, 1)
        assert (await watch.state(FEED)).ledger_records == COUNT + 1


async def test_a_paused_feed_asks_nobody_until_it_is_resumed(site: Site, tmp_path: Path) -> None:
    async with watching(tmp_path, sources(site)) as watch:
        await baselined(watch, site)
        await ask(watch, "resume")
        await ask(watch, "pause")
        assert [one[1] for one in await answers(watch)] == ["refused", "applied"]
        asked = len(site.requests)
        assert (await watch.poll(FEED)).result == "paused"
        assert len(site.requests) == asked
        await ask(watch, "resume")
        assert (await answers(watch))[-1][1] == "applied"
        assert (await watch.poll(FEED)).result == "unchanged"


async def test_a_resync_reads_everything_anew_and_commits_only_what_differs(site: Site, tmp_path: Path) -> None:
    async with watching(tmp_path, sources(site)) as watch:
        site.put("/un.xml", document(FEED), etag='"1"')
        await watch.poll(FEED)
        await ask(watch, "resync")
        assert (await answers(watch))[-1][1:] == ("applied", "resync: unchanged")
        assert "if-none-match" not in site.asked("/un.xml")[-1].headers
        assert len(watch.heard.of(moments.DocumentParsed)) == 2
        assert (await watch.state(FEED)).commit == 1


async def test_a_resync_that_fails_says_so_and_is_tried_again(site: Site, tmp_path: Path) -> None:
    async with watching(tmp_path, sources(site)) as watch:
        await baselined(watch, site)
        site.put("/un.xml", b"", status=500)
        await ask(watch, "resync", why="it looks odd")
        _, outcome, why = (await answers(watch))[-1]
        assert outcome == "refused"
        assert f"{FEED} was not read anew" in why
        assert "500" in why
        assert (await watch.state(FEED)).resync
        watch.clock.move(timedelta(hours=1))
        site.put("/un.xml", document(FEED))
        await watch.poll(FEED)
        assert not (await watch.state(FEED)).resync


async def test_a_release_without_a_reason_is_refused(site: Site, tmp_path: Path) -> None:
    async with watching(tmp_path, sources(site)) as watch:
        await baselined(watch, site)
        identity = await hold(watch, site)
        await ask(watch, "release", identity, why=" ")
        ((_, outcome, why),) = await answers(watch)
        assert (outcome, "a release says why" in why) == ("refused", True)
        assert (await watch.state(FEED)).holds[0].id == identity


def of_two(watch: Watch) -> None:
    """The rule of two persons, as `[holds] two_persons` makes it."""
    runner = watch.worker(FEED)
    runner._tools = replace(runner._tools, two_persons=True)


async def test_of_two_persons_the_second_lets_it_go(site: Site, tmp_path: Path) -> None:
    async with watching(tmp_path, sources(site)) as watch:
        of_two(watch)
        await baselined(watch, site)
        identity = await hold(watch, site)
        await ask(watch, "release", identity, by="anna")
        ((_, outcome, why),) = await answers(watch)
        assert (outcome, "another person must release it too" in why) == ("applied", True)
        assert len(await watch.changes(FEED, COUNT + 1)) == 0
        await ask(watch, "release", identity, by="anna")
        _, outcome, why = (await answers(watch))[-1]
        assert (outcome, "it takes another person" in why) == ("refused", True)
        await ask(watch, "release", identity, by="boris")
        assert (await answers(watch))[-1][1] == "applied"
        assert len(await watch.changes(FEED, COUNT + 1)) == 15
        assert await watch.sound(FEED)


async def test_the_first_of_two_counts_for_a_day_and_for_one_hold(site: Site, tmp_path: Path) -> None:
    async with watching(tmp_path, sources(site)) as watch:
        of_two(watch)
        await baselined(watch, site)
        identity = await hold(watch, site)
        await ask(watch, "release", identity, by="anna")
        await answers(watch)
        watch.clock.move(timedelta(days=1, minutes=1))
        await ask(watch, "release", identity, by="boris")
        _, outcome, why = (await answers(watch))[-1]
        assert (outcome, "another person" in why) == ("applied", True)
        assert len((await watch.state(FEED)).holds) == 1
        watch.clock.move(timedelta(minutes=1))
        site.put("/un.xml", document(FEED, (*ALL[12:], NEWCOMER), watch.clock.now()))
        await watch.poll(FEED)
        (now,) = (await watch.state(FEED)).holds
        assert now.id != identity
        await ask(watch, "release", now.id, by="clara")
        assert "another person" in (await answers(watch))[-1][2]
        assert len((await watch.state(FEED)).holds) == 1


async def test_a_request_that_comes_too_late_is_refused(site: Site, tmp_path: Path) -> None:
    async with watching(tmp_path, sources(site)) as watch:
        await baselined(watch, site)
        await ask(watch, "pause", valid=timedelta(minutes=-1))
        ((_, outcome, why),) = await answers(watch)
        assert (outcome, why) == (
            "refused",
            f"pause: it expired at {iso(START - timedelta(minutes=1))}",
        )
        assert (await watch.state(FEED)).paused is None


async def test_a_release_is_refused_while_the_document_cannot_be_had(site: Site, tmp_path: Path) -> None:
    async with watching(tmp_path, sources(site)) as watch:
        await baselined(watch, site)
        identity = await hold(watch, site)
        for file in (tmp_path / "ledger.db-archive").rglob("*.zst"):
            file.unlink()
        await ask(watch, "release", identity)
        ((_, outcome, why),) = await answers(watch)
        assert outcome == "refused"
        assert "the archive has no document" in why
        assert (await watch.state(FEED)).holds[0].id == identity


def unreadable(folder: Path, name: str, body: bytes | None) -> None:
    """Into the file, as a newer version or anybody who may write it can."""
    with closing(sqlite3.connect(next(folder.rglob("*.db")))) as connection, connection:
        connection.execute("INSERT INTO signals (id, feed, body) VALUES (?, ?, ?)", (name, FEED, body or b""))


async def test_what_cannot_be_read_is_refused_in_a_row_and_stops_nobody(site: Site, tmp_path: Path) -> None:
    bodies = [*NO_SIGNALS.values(), *(data for data, _ in MALFORMED.values())]
    async with watching(tmp_path, sources(site)) as watch:
        await baselined(watch, site)
        for number, body in enumerate(bodies):
            unreadable(tmp_path, f"m{number}", body)
        await ask(watch, "link", "confirm a b")
        await ask(watch, "pause")
        *refused, link, pause = await answers(watch)
        assert [one[0] for one in refused] == [f"m{number}" for number in range(len(bodies))]
        assert {one[1] for one in refused} == {"refused"}
        assert all(why for _, _, why in refused)
        assert link[1:] == ("refused", "link confirm a b: a feed knows nothing of link")
        assert pause[1] == "applied"
        assert len(await answers(watch)) == len(bodies) + 2
        told = [one.kind for one in watch.heard.of(moments.SignalAnswered)]
        assert set(told) == {"unreadable", "link", "pause"}
        assert (await watch.state(FEED)).paused

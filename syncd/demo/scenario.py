"""The story that `syncd demo` plays: invented lists, real formats, the real daemon, in about a minute.

Every step checks what was committed. When the story does not go as told, the demo says where and ends with 1.
"""

import asyncio
import contextlib
import io
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec.structs import replace
from rich.console import Console

from syncd.core.coordination.target import COORDINATOR, CoordinationEvent
from syncd.core.events import Change, change_id
from syncd.core.notices.notice import NOTICES
from syncd.demo import lists
from syncd.demo.journal import invented_act
from syncd.demo.site import PublishersSite
from syncd.demo.stage import Stage
from syncd.demo.targets import BASELINES, LATECOMER, NEWCOMER, Called, InventedTarget
from syncd.demo.told import Teller, last_record
from syncd.errors import SyncdError

STEP_SECONDS_MAX = 60.0
# Long enough for two more polls, in which nothing may be committed.
QUIET_SECONDS = 2.5
INTERRUPTED = 130
TERMINATED = 143

US, UN, UK, EU = "us_ofac_sdn", "un_sc", "uk_sl", "eu_fsf"
NEW_ALIAS = Called("NEBYVALSKI", "Timothy")
NEW_PASSPORT = "ZZ7100092"
REMARK = "Has never been seen at sea."
EU_ALIAS = Called("NEBYVALSKIJ", "Timofej")


class StoryBroken(SyncdError):
    """What was committed is not what the story tells."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Changes that a step waits for: all of one type, one for each target."""

    feed: str
    type: str
    targets: tuple[InventedTarget, ...]

    @property
    def marks(self) -> set[tuple[str, str]]:
        """Type and key of each change that is waited for."""
        return {(self.type, lists.key(self.feed, target)) for target in self.targets}


class Scenario:
    """The steps, in their order. `site` is what the authorities do, `stage` is syncd."""

    def __init__(self, site: PublishersSite, stage: Stage, teller: Teller) -> None:
        self._site = site
        self._stage = stage
        self._tell = teller
        self._newcomer = replace(NEWCOMER, designated=f"{datetime.now(UTC):%Y-%m-%d}")
        self._latecomer = replace(LATECOMER, designated=self._newcomer.designated)
        self._lists = {feed: list(targets) for feed, targets in BASELINES.items()}
        self._held: tuple[InventedTarget, ...] = ()
        self._seen = 0
        self._target: str | None = None

    async def play(self) -> None:
        """Raises StoryBroken, SyncdError or TimeoutError when something did not happen."""
        for step in (
            self.baselines,
            self.designation,
            self.followers,
            self.amendment,
            self.remark,
            self.cut_document,
            self.mass_delisting,
            self.release,
            self.delisting,
            self.verification,
        ):
            await step()

    async def baselines(self) -> None:
        """Wait for the baselines of all four lists, which announce nothing."""
        self._tell.heading("Baselines", "Four lists are read whole, once: the ledger knows what is in force.")
        await self._expect(
            *(Wanted(feed=feed, type="baselined", targets=targets) for feed, targets in BASELINES.items())
        )
        known = await self._stage.linked(STEP_SECONDS_MAX)
        records = sum(map(len, BASELINES.values()))
        everybody = {target.number for targets in BASELINES.values() for target in targets}
        _check(known.targets == len(everybody), f"{known.targets} targets are behind {len(everybody)} parties")
        _check(known.sequence == 0, "baselines led to an announcement")
        self._tell.fact("linked", f"{records} records are {known.targets} targets; a baseline announces nothing")
        await self._tell.pause(4)

    async def designation(self) -> None:
        """Let the US designate a man."""
        self._tell.heading(
            "The US designates a man", "OFAC's gate names a new publication; its ZIP is fetched and compared."
        )
        self._publish(US, [*self._lists[US], self._newcomer])
        await self._expect(Wanted(feed=US, type="designated", targets=(self._newcomer,)))
        await self._tell.pause(4)

    async def followers(self) -> None:
        """Let the UK and the EU designate the same man: one coordination starts, and is joined."""
        self._tell.heading("The UK and the EU follow", "Two other formats, the same names, birth date and passport.")
        passports: list[set[str]] = []
        for feed, said in ((UK, "coordination.started"), (EU, "coordination.joined")):
            if feed == EU:
                await self._announced()
            self._publish(feed, [*self._lists[feed], self._newcomer])
            (change,) = await self._expect(Wanted(feed=feed, type="designated", targets=(self._newcomer,)))
            passports.append({one.value for one in last_record(change).identifiers if one.type == "passport"})
            event = await self._said(said, change)
            named = {one.key for one in event.participations}
            _check({lists.key(US, self._newcomer), change.key} <= named, f"{said} is of other records: {named}")
            if feed == EU:
                await self._enacted(change)
            await self._tell.pause(2.5)
        _check(passports == [set(self._newcomer.passports)] * 2, "the three lists do not give the same passport")
        self._tell.fact("together", f"three authorities, one passport, {self._newcomer.passports[0]}")
        await self._tell.pause(3)

    async def _announced(self) -> None:
        """Let the Official Journal announce the man: in law, and not yet in the file."""
        await self._stage.listening(STEP_SECONDS_MAX)
        act = invented_act(self._newcomer)
        self._site.journal.publish(act)
        event = await self._stage.notice(STEP_SECONDS_MAX)
        _check(event.type == "noticed" and not event.notice.links, f"the act is {event.type}")
        names = [party.names[0] for party in event.notice.announcement.parties]
        _check(event.notice.announcement.act == act.celex and len(names) == 1, f"the act names {names}")
        told = f"the Official Journal has {act.number}, which names {names[0]}: in law, not yet on the list"
        self._tell.fact("announced", told, "yellow")
        await self._tell.pause(3)

    async def _enacted(self, change: Change) -> None:
        """See the notice linked to the commit of the file that enacts it, and how long that took."""
        linked = await self._stage.notice(STEP_SECONDS_MAX)
        settled = await self._stage.notice(STEP_SECONDS_MAX)
        _check((linked.type, settled.type) == ("linked", "settled"), f"{linked.type}, {settled.type} of the notice")
        (link,) = linked.links
        _check((link.key, link.by) == (change.key, "act_number"), f"the notice is linked to {link.key} by {link.by}")
        noticed = datetime.fromisoformat(linked.notice.noticed_at)
        seconds = (datetime.fromisoformat(link.seen_at) - noticed).total_seconds()
        told = (
            f"by commit {link.commit} of {link.feed}, {seconds:.1f} s after it was announced; the real file takes days"
        )
        self._tell.fact("enacted", told, "green")

    async def amendment(self) -> None:
        """Let the US add an alias and a passport, which comes out as an asymmetry."""
        self._tell.heading("An amendment", "OFAC learns of an alias and of a second passport.")
        self._newcomer = replace(
            self._newcomer, aliases=(NEW_ALIAS,), passports=(*self._newcomer.passports, NEW_PASSPORT)
        )
        change = await self._amended(US)
        _check(change.material, "a new alias and a new passport are said to be cosmetic")
        paths = {one.path for one in change.changes}
        _check(paths == {"names", "identifiers"}, f"the amendment says {sorted(paths)}")
        event = await self._said("target.asymmetry", change)
        _check(any(NEW_PASSPORT in fact for fact in event.facts), "the new passport is not said to be the US's alone")
        await self._tell.pause(4)

    async def remark(self) -> None:
        """Let the US add a remark, which is not material."""
        self._tell.plain("   Then it only adds a remark:")
        self._newcomer = replace(self._newcomer, remarks=REMARK)
        change = await self._amended(US)
        _check(not change.material, "a remark is said to be material")
        await self._tell.pause(3)

    async def cut_document(self) -> None:
        """Serve a document that is cut off: it is refused, and nothing changes."""
        self._tell.heading("A document that ends in the middle", "The EU announces a new list; half of it arrives.")
        before = await self._stage.state(EU)
        self._stage.forget_failures()
        newcomer = replace(self._newcomer, aliases=(EU_ALIAS,), remarks="")
        self._publish(EU, [*self._lists[EU][:-1], newcomer])
        self._site.serve_badly(EU, "cut")
        failed = await self._stage.failure(EU, STEP_SECONDS_MAX)
        _check("cut off" in failed.why, f"the refusal does not say why: {failed.why}")
        self._tell.fact("refused", failed.why.rpartition("answered 200 with ")[2], "red")
        await self._quiet()
        after = await self._stage.state(EU)
        _check(after == before, "a refused document has changed the state of its feed")
        in_force = f"{after.ledger_records} records, commit {after.commit}, digest {after.ledger_digest[:12]}…"
        self._tell.fact("untouched", f"{in_force}; nobody was delisted; the other lists go on")
        await self._tell.pause(3)
        self._tell.plain("   The publisher serves it whole again:")
        self._site.serve_well(EU)
        await self._expect(Wanted(feed=EU, type="amended", targets=(newcomer,)))
        await self._tell.pause(2.5)

    async def mass_delisting(self) -> None:
        """Let the US take away a whole programme: the removals are held."""
        leaving = self._leaving()
        self._tell.heading(
            "A mass delisting",
            f"{len(leaving)} of {len(self._lists[US])} are gone from the SDN list at once, and one is new.",
        )
        self._publish(US, [*(one for one in self._lists[US] if one not in leaving), self._latecomer])
        await self._expect(Wanted(feed=US, type="designated", targets=(self._latecomer,)))
        await self._quiet()
        (hold,) = (await self._stage.state(US)).holds
        _check(set(hold.keys) == {lists.key(US, one) for one in leaving}, "other records are held than those gone")
        self._tell.fact("held", f"{hold.why}. They stay in force until a person decides (hold {hold.id})", "yellow")
        self._held = leaving
        await self._tell.pause(4)

    async def release(self) -> None:
        """Release the hold by the command; the delistings go out."""
        (hold,) = (await self._stage.state(US)).holds
        words = ("release", hold.id, "--why", "a whole programme was ended")
        self._tell.command(("syncd", *words[:3], f'"{words[3]}"'))
        ran = await self._stage.command(*words)
        _check(ran.code == 0, f"release ended with {ran.code}: {ran.errors}")
        await self._expect(Wanted(feed=US, type="delisted", targets=self._held))
        _check(not (await self._stage.state(US)).holds, "the hold outlived its release")
        await self._tell.pause(3)

    async def delisting(self) -> None:
        """Let the UN delist one target, which is few enough to go out at once."""
        self._tell.heading("A delisting", "One target fewer on the UN's list: few enough to go out at once.")
        gone = self._lists[UN][7]
        self._publish(UN, [one for one in self._lists[UN] if one != gone])
        await self._expect(Wanted(feed=UN, type="delisted", targets=(gone,)))
        await self._tell.pause(3)

    async def verification(self) -> None:
        """Run `syncd verify`, and hold what it says against what was shown and what is served."""
        self._tell.heading("The proof", "Each list is rebuilt from its changes alone and compared with the ledger.")
        self._tell.command(("syncd", "verify"))
        ran = await self._stage.command("verify")
        _check(ran.code == 0, f"verify ended with {ran.code}: {ran.output}{ran.errors}")
        findings = {finding["feed"]: finding for finding in map(msgspec.json.decode, ran.output.splitlines())}
        looked_at = {*BASELINES, COORDINATOR, NOTICES}
        _check(findings.keys() == looked_at, "verify did not look at all lists, the coordination and the announcements")
        coordination, announced = findings.pop(COORDINATOR), findings.pop(NOTICES)
        for finding in findings.values():
            self._check_finding(finding)
        self._tell.fact(
            COORDINATOR,
            f"{coordination['changes']} events and {coordination['records']} targets; "
            f"seal {coordination['digest'][:12]}… agrees",
            "green",
        )
        self._tell.fact(NOTICES, f"{announced['changes']} events; seals and links agree", "green")
        committed = sum(finding["changes"] for finding in findings.values())
        _check(committed == self._seen, "not every committed change was shown")

    def _check_finding(self, finding: dict[str, object]) -> None:
        feed = str(finding["feed"])
        expected = len(self._site.current(feed).targets)
        _check(finding["records"] == expected, f"{feed} has {finding['records']} records, its publisher {expected}")
        self._tell.fact(
            feed,
            f"{finding['changes']} changes in {finding['commits']} commits give the {expected} records that its "
            f"publisher serves; digest {str(finding['digest'])[:12]}… agrees",
            "green",
        )

    def _leaving(self) -> tuple[InventedTarget, ...]:
        return tuple(target for target in self._lists[US] if target.programme == "clouds")

    def _publish(self, feed: str, targets: Sequence[InventedTarget]) -> None:
        self._lists[feed] = list(targets)
        self._site.publish(feed, targets)

    async def _amended(self, feed: str) -> Change:
        """Publish the newcomer as he is now, and see one amendment."""
        self._publish(feed, [*self._lists[feed][:-1], self._newcomer])
        (change,) = await self._expect(Wanted(feed=feed, type="amended", targets=(self._newcomer,)))
        return change

    async def _expect(self, *wanted: Wanted) -> list[Change]:
        """Show changes until all that are wanted were committed. Any other breaks the story."""
        missing = {mark for one in wanted for mark in one.marks}
        found = []
        while missing:
            change = await self._stage.change(STEP_SECONDS_MAX)
            self._show(change)
            mark = (change.type, change.key)
            _check(mark in missing, f"nobody expected {change.key} to be {change.type} now")
            missing.remove(mark)
            found.append(change)
        return found

    async def _said(self, kind: str, after: Change) -> CoordinationEvent:
        """Show what is said of several lists together because of a change, when it is of this kind.

        The newcomer is one target throughout: an id that was told stays."""
        while True:
            event = await self._stage.coordination(STEP_SECONDS_MAX)
            if event.type == kind and change_id(after) in event.cause:
                self._target = self._target or event.target
                _check(event.target == self._target, f"{kind} is of {event.target}, and he was {self._target}")
                self._tell.coordination(event, after)
                return event

    async def _quiet(self) -> None:
        """For two more polls nothing may be committed."""
        with contextlib.suppress(TimeoutError):
            change = await self._stage.change(QUIET_SECONDS)
            self._show(change)
            raise StoryBroken(f"{change.key} was {change.type}, where nothing was to be said")

    def _show(self, change: Change) -> None:
        self._seen += 1
        self._tell.change(change, self._site.current(change.feed).at)


def _check(happened: bool, otherwise: str) -> None:
    if not happened:
        raise StoryBroken(otherwise)


async def _play(folder: Path, teller: Teller, *, stay: bool) -> None:
    async with PublishersSite() as site:
        for feed, targets in BASELINES.items():
            site.publish(feed, targets)
        async with Stage(folder, site) as stage:
            teller.title(
                "syncd: invented sanctions lists in the real formats, watched by the real daemon",
                (
                    ("publishers", f"OFAC, UN, UK and EU on {site.home}"),
                    ("ledger", f"{stage.ledger_file} (temporary)"),
                    ("status page", f"{stage.page} (open it now)"),
                ),
            )
            await Scenario(site, stage, teller).play()
            if stay:
                await _stay(teller, stage.page)


async def _stay(teller: Teller, page: str) -> None:
    """Everything goes on, so that the page can be looked at, until it is interrupted."""
    teller.plain()
    teller.plain(f"   The page stays at {page} with all of this on it. Ctrl-C ends the demo.")
    enough = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, enough.set)
    try:
        await enough.wait()
    finally:
        loop.remove_signal_handler(signal.SIGINT)


def _ending(teller: Teller, folder: Path) -> None:
    teller.plain()
    for line in (
        "Shown: baselines, a designation by three authorities that is announced as one act, and that the EU's Official",
        "Journal had before the EU's list, an amendment that the others do not have and a cosmetic one, a broken",
        "document refused, a mass delisting held and released, a delisting; and the proof that nothing was lost.",
        f"The ledger was in {folder}, and is removed again. Next:",
        "",
        "  syncd run              watch the real lists; ledger ./syncd.db, status on http://127.0.0.1:9464/",
        "  syncd tail --follow    its events, one JSON line each; with --coordination, who acts together",
        "  syncd targets          the parties behind the records of several lists",
        "  syncd notices --open   what is in law, and not yet on a list",
        "  syncd held             what waits for a person; then syncd release or syncd reject",
        "  syncd --help           everything else",
    ):
        teller.plain(line)


async def _demo(teller: Teller, *, stay: bool) -> int:
    task = asyncio.current_task()
    assert task
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with tempfile.TemporaryDirectory(prefix="syncd-demo-", ignore_cleanup_errors=True) as name:
        try:
            await _play(Path(name), teller, stay=stay)
        except (SyncdError, TimeoutError) as error:
            teller.plain()
            teller.fact("the story did not happen as told", str(error), "red")
            return 1
    _ending(teller, Path(name))
    return 0


@contextlib.contextmanager
def _console() -> Iterator[Console]:
    """Standard output; letters that it cannot show become question marks."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    yield Console(highlight=False, markup=False, emoji=False, soft_wrap=True)


def run_demo(*, fast: bool = False, stay: bool = False) -> int:
    """Play the story; without pauses when `fast`; at its end `stay` until interrupted.

    Gives the exit code: 0 when everything happened as told, 1 when not, 130 or 143 when interrupted or terminated.
    Nothing is left behind in any of these cases."""
    # A shell gives its background jobs an interrupt that is ignored; one that is sent on purpose must end the story.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with _console() as console:
        try:
            return asyncio.run(_demo(Teller(console, fast=fast), stay=stay))
        except KeyboardInterrupt:
            return INTERRUPTED
        except asyncio.CancelledError:
            return TERMINATED

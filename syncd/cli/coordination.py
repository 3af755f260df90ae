"""`targets`, `target`: the parties in the real world behind records of several lists."""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec
from msgspec import Struct

from syncd.cli import output
from syncd.cli.options import config_option, loaded, output_option, reading_ledger
from syncd.core import codec
from syncd.core.coordination.target import CoordinationEvent, LinkDecision, Target, authority, feed_of
from syncd.core.times import iso
from syncd.core.tolerant import tolerating
from syncd.errors import SyncdError

COLUMNS = ("target", "name", "listed by", "records", "gaps")
_target = tolerating(msgspec.json.Decoder(Target))


class Gap(Struct, frozen=True, kw_only=True):
    """Who of an alliance has not listed the target. `state`: `awaited` until `at`, or `missing` since."""

    authority: str
    alliance: str
    state: str
    at: str


class Summary(Struct, frozen=True, kw_only=True):
    """One target in short. `name` is its founder's; `authorities` are those that list it now."""

    target: str
    name: str
    kind: str
    authorities: tuple[str, ...]
    records: dict[str, str]
    formerly: tuple[str, ...]
    coordinations: tuple[str, ...]
    gaps: tuple[Gap, ...]


class TargetStory(Struct, frozen=True, kw_only=True):
    """All that is known of a target: itself, what people decided of its records, and what was said of it."""

    target: Target
    decisions: tuple[LinkDecision, ...]
    events: tuple[CoordinationEvent, ...]


@click.command()
@config_option
@output_option
@click.option("--gaps", is_flag=True, help="Only those that an authority of an alliance has not listed, or not yet.")
@click.option("--all", "every", is_flag=True, help="Those of a single record too.")
def targets(config_file: Path | None, ledger_file: Path | None, how: output.How, gaps: bool, every: bool) -> None:
    """Print the targets that several records are of: one JSON line each, or a table on a terminal."""

    async def gather() -> Mapping[str, bytes]:
        async with reading_ledger(loaded(config_file, ledger_file)) as ledger:
            return (await ledger.targets())[1]

    rows = asyncio.run(gather())
    now = iso(datetime.now(UTC))
    found = (target_summary(target, now) for target in _read(rows) if every or gaps or len(target.members) > 1)
    shown = [one for one in found if one.gaps or not gaps]
    output.print_list(how, "targets", COLUMNS, shown, _row)


@click.command()
@config_option
@click.argument("name", metavar="ID")
def target(config_file: Path | None, ledger_file: Path | None, name: str) -> None:
    """Print all that is known of the target ID: its records, its links as people decided them, what was said of it.

    ID may also be an id that it had formerly, or the key of one of its records.
    """

    async def gather() -> TargetStory:
        async with reading_ledger(loaded(config_file, ledger_file)) as ledger:
            state, rows = await ledger.targets()
            found = _found(rows, name)
            keys, names = {one.key for one in found.members}, {found.id, *found.formerly}
            return TargetStory(
                target=found,
                decisions=tuple(one for one in state.decisions if keys & {one.a, one.b}),
                events=tuple([event async for event in ledger.coordination() if event.target in names]),
            )

    output.json_line(asyncio.run(gather()))
    output.flush()


def _read(rows: Mapping[str, bytes]) -> Iterator[Target]:
    unpack = codec.unpacker()
    for name in sorted(rows):
        yield _target(unpack(rows[name]))


def _found(rows: Mapping[str, bytes], name: str) -> Target:
    """Raises SyncdError when there is none."""
    for one in _read({name: rows[name]} if name in rows else rows):
        if name in (one.id, *one.formerly) or any(name == member.key for member in one.members):
            return one
    raise SyncdError(f"there is no target {name}, and none has a record with this key")


def target_summary(of: Target, now: str) -> Summary:
    """Return what one line of `targets` shows of a target, as it stands at `now`."""
    founder = next((one for one in of.members if one.key == of.founder), of.members[0])
    names = founder.profile.names
    return Summary(
        target=of.id,
        name=names[0].full if names else "",
        kind=founder.profile.kind,
        authorities=tuple(sorted(_listing(of))),
        records={one.key: one.status for one in of.members},
        formerly=of.formerly,
        coordinations=tuple(one.id for one in of.coordinations),
        gaps=tuple(_gaps(of, now)),
    )


def _listing(of: Target) -> set[str]:
    return {authority(feed_of(one.key)) for one in of.members if one.status == "listed"}


def _gaps(of: Target, now: str) -> Iterator[Gap]:
    """A gap that was said stands until the authority lists the target."""
    listing = _listing(of)
    for said in of.announced:
        if said.type == "coordination.gap":
            _, alliance, missing = said.of.split("/")
            if missing not in listing:
                yield Gap(authority=missing, alliance=alliance, state="missing", at=said.at)
    for deadline in of.deadlines:
        if deadline.authority not in listing:
            state = "awaited" if deadline.at > now else "missing"
            yield Gap(authority=deadline.authority, alliance=deadline.alliance, state=state, at=deadline.at)


def _row(one: Summary) -> tuple[str, ...]:
    gaps = "\n".join(f"{gap.authority} ({gap.alliance}) {gap.state} {gap.at[:10]}" for gap in one.gaps)
    return one.target, one.name, " ".join(one.authorities), "\n".join(one.records), gaps


COMMANDS = (targets, target)

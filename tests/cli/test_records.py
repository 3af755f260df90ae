"""A record as it was known at a time, its history, how it is found, and how lists are printed."""

import asyncio
import io
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
import rich.console
from click.testing import CliRunner, Result
from msgspec.structs import replace
from rich.console import Console

from syncd.cli import output
from syncd.cli import syncd as group
from syncd.cli.records import KINDS
from syncd.commands.replay import replayed
from syncd.config import Config
from syncd.config.sections import ArchiveSettings
from syncd.core.model import Kind
from syncd.demo.lists import key
from syncd.demo.targets import BASELINES, Called
from syncd.feeds import all_feeds, one_feed
from tests.intake.watch import START, document

FEED = "un_sc"
KNOWN = BASELINES[FEED][0]
GONE = BASELINES[FEED][1]
KEY = key(FEED, KNOWN)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two publications, a day apart: one record is amended, one goes."""
    folder = tmp_path_factory.mktemp("records")
    documents = folder / "documents"
    documents.mkdir()
    amended = replace(KNOWN, aliases=(Called("ZAZERKALNY", "Paper"),), position="Keeper of Nothing")
    (documents / "1.xml").write_bytes(document(FEED))
    after = [amended if one is KNOWN else one for one in BASELINES[FEED] if one is not GONE]
    (documents / "2.xml").write_bytes(document(FEED, after, START + timedelta(days=1)))
    archive = ArchiveSettings(url=f"{folder}/archive", spool=folder / "spool")
    (folder / "syncd.toml").write_text("feeds.un_sc.records_min = 20\n")
    config = Config.load(folder / "syncd.toml", {}).model_copy(update={"archive": archive})

    async def replay() -> list[str]:
        return [step.result async for step in replayed(config, one_feed(FEED), documents, folder / "syncd.db")]

    assert asyncio.run(replay()) == ["committed", "committed"]
    return folder / "syncd.db"


def ran(ledger: Path, *words: str) -> Result:
    return CliRunner().invoke(group, [*words, "--ledger", str(ledger)])


def lines(ledger: Path, *words: str) -> list[Any]:
    result = ran(ledger, *words)
    assert result.exit_code == 0, result.output
    return [msgspec.json.decode(line) for line in result.stdout.splitlines()]


def test_a_search_knows_every_kind_of_target() -> None:
    assert get_args(Kind) == KINDS


def test_one_command_says_what_was_known_at_a_time(ledger: Path) -> None:
    (then,) = lines(ledger, "record", KEY, "--at", (START + timedelta(hours=12)).isoformat())
    (now,) = lines(ledger, "record", KEY)
    assert "ZAZERKALNY" not in str(then["record"]["record"]["names"])
    assert "ZAZERKALNY" in str(now["record"]["record"]["names"])
    assert then["record"]["evidence"]["document"] != now["record"]["evidence"]["document"]
    assert (then["record"]["commit"], now["record"]["commit"]) == (1, 2)
    (gone,) = lines(ledger, "record", key(FEED, GONE))
    assert (gone["record"]["status"], gone["record"]["type"]) == ("delisted", "delisted")
    assert gone["record"]["record"]["names"]


def test_the_record_known_is_the_one_of_the_whole_list_at_that_time(ledger: Path) -> None:
    for time in (START + timedelta(hours=12), START + timedelta(days=2)):
        whole = {one["key"]: one for one in lines(ledger, "as-of", time.isoformat(), FEED)}
        (known,) = lines(ledger, "record", KEY, "--at", time.isoformat())
        assert known["record"]["record"] == whole[KEY]


def test_a_record_is_known_since_a_commit_and_not_listed(ledger: Path) -> None:
    table = ran(ledger, "record", KEY, "-o", "wide").output
    assert ("known since" in table, "listed since" in table) == (True, False)


def test_a_history_is_each_change_side_by_side(ledger: Path) -> None:
    first, second = lines(ledger, "history", KEY)
    assert (first["type"], second["type"]) == ("baselined", "amended")
    assert {one["path"] for one in second["differences"]} == {"names", "positions"}
    (position,) = (one for one in second["differences"] if one["path"] == "positions")
    assert (position["before"], position["after"]) == (KNOWN.position, "Keeper of Nothing")
    table = ran(ledger, "history", KEY, "-o", "wide").output
    assert "Keeper of Nothing" in table
    assert f"document {second['evidence']['document'][:16]}" in table


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("record", "un_sc:nobody"), "there never was a record un_sc:nobody"),
        (("history", "nobody"), "`syncd search` finds keys"),
        (("record", KEY, "--at", "2020-01-01"), "is known since 2026-03-02T"),
        (("record", KEY, "--at", "2999-01-01"), "still to come"),
        (("record", KEY, "--at", "once"), "once is no time"),
        (("search", "--", "-.-"), "ask for a name or a number"),
        (("search", "somebody", "--birth", "soon"), "soon is no date of birth"),
        (("search", "somebody", "--birth", "1960-13"), "1960-13 is no date of birth"),
        (("search", "somebody", "--birth", "1961-02-29"), "1961-02-29 is no date of birth"),
        (("search", "somebody", "--country", "Russia"), "write a code of two letters"),
    ],
)
def test_what_nobody_knows_of_a_record_is_refused(ledger: Path, words: tuple[str, ...], said: str) -> None:
    at = words.index("--") if "--" in words else len(words)
    result = CliRunner().invoke(group, [*words[:at], "--ledger", str(ledger), *words[at:]])
    assert result.exit_code == 1
    assert (said in str(result.exception), result.stdout) == (True, "")


def test_a_search_finds_the_key_and_says_what_it_is_not(ledger: Path) -> None:
    result = ran(ledger, "search", KNOWN.name.family, KNOWN.name.given)
    assert msgspec.json.decode(result.stdout.splitlines()[0])["key"] == KEY
    assert "This is no screening" in result.stderr
    assert f"of {len(BASELINES[FEED]) - 1:,} records" in result.stderr.replace("\n", " ")
    gone = lines(ledger, "search", GONE.name.family, GONE.name.given, "--delisted", "--limit", "1")
    assert (gone[0]["key"], gone[0]["status"]) == (key(FEED, GONE), "delisted")
    left_out = ran(ledger, "search", key(FEED, GONE))
    assert left_out.stdout == ""
    assert "not in force any more: 1; --delisted" in left_out.stderr


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Standard output and standard error are one terminal of 80 columns."""
    shown = io.StringIO()

    def console(*, width: int = 80, **_: object) -> Console:
        return Console(file=shown, force_terminal=True, width=width, color_system=None)

    monkeypatch.setattr(rich.console, "Console", console)
    monkeypatch.setattr(output, "is_for_people", lambda: True)
    return shown


LISTING = {
    "status": ("status",),
    "held": ("held",),
    "targets": ("targets", "--all"),
    "search": ("search", KNOWN.name.family),
    "history": ("history", KEY),
    "record": ("record", KEY),
}


@pytest.mark.parametrize("command", LISTING)
def test_a_table_fits_into_80_columns_and_a_wide_one_has_all(ledger: Path, terminal: io.StringIO, command: str) -> None:
    assert ran(ledger, *LISTING[command]).exit_code == 0
    narrow = terminal.getvalue()
    table = [line for line in narrow.splitlines() if line.startswith(("┃", "│", "┏", "└"))]
    assert max(map(len, table)) <= 80
    terminal.truncate(0)
    assert ran(ledger, *LISTING[command], "-o", "wide").exit_code == 0
    assert "with -o wide" not in terminal.getvalue()


def test_the_status_of_each_feed_is_one_line_at_80_columns(ledger: Path, terminal: io.StringIO) -> None:
    assert ran(ledger, "status").exit_code == 0
    rows = [line for line in terminal.getvalue().splitlines() if line.startswith("│")]
    waiting = [feed for feed in Config().feeds.enabled(all_feeds()) if feed != FEED]
    assert sum("no baseline yet" in row for row in rows) == len(waiting)
    assert all(word in terminal.getvalue() for word in ("feed", "status", "records", "held", "checked", "message"))


def test_what_is_printed_is_the_wish_and_not_where_it_goes(ledger: Path, terminal: io.StringIO) -> None:
    found = [msgspec.json.decode(line) for line in ran(ledger, "status", "-o", "json").stdout.splitlines()]
    assert [one["records"] for one in found if one["feed"] == FEED] == [len(BASELINES[FEED]) - 1]
    assert terminal.getvalue() == ""
    assert "┃" not in CliRunner().invoke(group, ["feeds", "-o", "json"]).stdout

"""Evidence is never given of nothing: what nobody knows is refused, with what is known and since when."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syncd.commands.replay import replayed
from syncd.config import Config
from syncd.config.sections import ArchiveSettings
from syncd.demo.targets import BASELINES, NEWCOMER
from syncd.feeds import one_feed
from tests.daemon.running import syncd
from tests.intake.watch import START, document

COUNT = len(BASELINES["un_sc"])
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
SOON = (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="minutes")

REFUSED: Mapping[str, tuple[tuple[str, ...], int, str]] = {
    "as-of of no feed": (("as-of", "2026-03-03", "un_cs"), 2, "there is no feed un_cs"),
    "as-of of a feed without data": (
        ("as-of", "2026-03-03", "eu_fsf"),
        1,
        "there is nothing of eu_fsf in this",
    ),
    "as-of before the baseline": (("as-of", "2020-01-01", "un_sc"), 1, "un_sc is known since 2026-03-02T"),
    "as-of before everything": (("as-of", "2020-01-01"), 1, "un_sc is known since 2026-03-02T"),
    "as-of tomorrow": (("as-of", TOMORROW, "un_sc"), 2, "still to come"),
    "as-of in an hour": (("as-of", SOON, "un_sc"), 2, "still to come"),
    "as-of --in-force tomorrow": (("as-of", TOMORROW, "--in-force"), 2, "still to come"),
    "verify of no feed": (("verify", "nosuch"), 2, "there is no feed nosuch"),
    "verify of a feed without data": (("verify", "eu_fsf"), 1, "there is nothing of eu_fsf"),
    "tail of no feed": (("tail", "nosuch"), 2, "there is no feed nosuch"),
    "tail of a feed without data": (("tail", "eu_fsf"), 1, "there is nothing of eu_fsf"),
    "tail from no feed": (("tail", "--from", "nosuch=1"), 2, "there is no feed nosuch"),
    "tail from another ledger": (("tail", "--from", "un_sc=1@0a.1b"), 1, "the position is of ledger 0a"),
    "tail from two ledgers": (("tail", "--from", "un_sc=1@0a.1b", "--from", "eu_fsf=1"), 2, "the same @LEDGER"),
    "tail from nothing": (("tail", "--from", "un_sc=x"), 2, "write FEED=SEQUENCE"),
    "replay with a ledger": (("replay", "un_sc", "documents", "--ledger", "syncd.db"), 2, "--into"),
    "vocabulary of nobody": (("parse", "un_sc", "documents/1.xml", "--vocabulary", "xml"), 2, "it has: "),
}


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "1.xml").write_bytes(document("un_sc"))
    (documents / "2.xml").write_bytes(
        document("un_sc", (*BASELINES["un_sc"][12:], NEWCOMER), START + timedelta(days=1))
    )
    (tmp_path / "syncd.toml").write_text("feeds.un_sc.records_min = 20\nfeeds.un_sc.removals_max = 5\n")
    archive = ArchiveSettings(url=f"{tmp_path}/syncd.db-archive", spool=tmp_path / "spool")
    config = Config.load(tmp_path / "syncd.toml", {}).model_copy(update={"archive": archive})
    steps = [step async for step in replayed(config, one_feed("un_sc"), documents, tmp_path / "syncd.db")]
    assert [step.result for step in steps] == ["committed", "committed"]
    return tmp_path


async def test_what_nobody_knows_is_refused(folder: Path) -> None:
    for what, (words, code, said) in REFUSED.items():
        ran = await syncd(folder, *words)
        assert (ran.code, ran.out) == (code, ""), what
        assert said in ran.err, what
        assert "Traceback" not in ran.err, what


async def test_events_say_of_which_ledger_they_are_and_are_gone_on_from(folder: Path) -> None:
    events = (await syncd(folder, "tail", "un_sc")).lines
    (ledger,) = {event["ledger"] for event in events}
    rest = await syncd(folder, "tail", "--from", f"un_sc={COUNT}@{ledger}")
    assert [event["data"]["sequence"] for event in rest.lines] == [COUNT + 1]
    restored = await syncd(folder, "restored", "--why", "a snapshot of the disk")
    assert restored.lines[0]["ledger"].split(".")[0] == ledger.split(".")[0]
    assert restored.lines[0]["ledger"] != ledger
    assert (await syncd(folder, "tail", "--from", f"un_sc={COUNT}@{ledger}")).code == 0


async def test_what_was_held_goes_out_when_a_replay_releases_it(folder: Path) -> None:
    held = await syncd(folder, "replay", "un_sc", "documents")
    assert [step["held"] for step in held.lines] == [0, 12]
    loaded = await syncd(folder, "replay", "un_sc", "documents", "--release-holds")
    assert [step["held"] for step in loaded.lines] == [0, 0]
    assert loaded.lines[1]["changes"] == {"designated": 1, "delisted": 12}
    assert loaded.lines[1]["ledger_digest"] == loaded.lines[1]["document_digest"]
    assert (await syncd(folder, "verify", "--ledger", "un_sc.replay.db")).code == 0


async def test_a_release_needs_a_reason(folder: Path) -> None:
    (hold,) = (await syncd(folder, "held")).lines
    for words in ((), ("--why", " ")):
        ran = await syncd(folder, "release", hold["hold"], *words)
        assert (ran.code, ran.out) == (2, "")
    assert (await syncd(folder, "release", hold["hold"], "--why", "read the notice", "--yes")).code == 0


async def test_a_document_of_which_nothing_can_be_read_is_no_success(folder: Path) -> None:
    nameless = document("un_sc").replace(b"REFERENCE_NUMBER>", b"XREFERENCE>").replace(b"DATAID>", b"XDATA>")
    (folder / "nameless.xml").write_bytes(nameless)
    ran = await syncd(folder, "parse", "un_sc", "nameless.xml", "--summary")
    assert (ran.code, json.loads(ran.out)["records"]) == (3, 0)
    assert "not one entry" in ran.err


async def test_verify_with_the_archive_finds_a_document_that_is_gone(folder: Path) -> None:
    assert (await syncd(folder, "verify", "--archive")).lines[0]["documents"] == 2
    next((folder / "syncd.db-archive").rglob("*.zst")).unlink()
    assert (await syncd(folder, "verify")).code == 0
    assert (await syncd(folder, "verify", "--archive")).code == 1

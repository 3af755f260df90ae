"""What a newcomer asks of a ledger that a replay made: nothing is passed over in silence, and times are said for what
they are."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner

from syncd.cli import syncd as command_line
from syncd.demo.targets import BASELINES, NEWCOMER
from syncd.errors import SyncdError
from tests.intake.watch import START, document

FEED, SECOND = "un_sc", "uk_sl"
FIRST_DAY, NEXT_DAY = "2026-03-02T14:03Z", "2026-03-03T14:03Z"


class Said(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    data: bytes
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.data.splitlines()]


Run = Callable[..., Said]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The UN's list of two days, and the UK's, which was first seen on the second."""
    folder = tmp_path_factory.mktemp("newcomer")
    later = document(FEED, (*BASELINES[FEED], NEWCOMER), START + timedelta(days=1))
    for name, files in {
        "un": {"1.xml": document(FEED), "2.xml": later},
        "older": {"3.xml": document(FEED)},
        "uk": {"1.xml": document(SECOND, BASELINES[SECOND], START + timedelta(days=1))},
        "empty": {},
    }.items():
        (folder / name).mkdir()
        for file, body in files.items():
            (folder / name / file).write_bytes(body)
    (folder / "syncd.toml").write_text(f"feeds.{FEED}.records_min = 1\nfeeds.{SECOND}.records_min = 1\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for feed, name in ((FEED, "un"), (SECOND, "uk")):
            assert {step["result"] for step in said("replay", feed, name, "--into", "syncd.db").lines} == {"committed"}
    return folder


def said(*words: str) -> Said:
    done = CliRunner().invoke(command_line, list(words))
    failed = done.exception
    code = failed.exit_code if isinstance(failed, SyncdError) else done.exit_code
    return Said(code, done.stdout_bytes, done.stderr + str(failed or ""))


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(folder)
    return said


def test_a_replay_takes_no_document_older_than_the_one_before(run: Run) -> None:
    ran = run("replay", FEED, "older", "--into", "syncd.db")
    assert (ran.code, ran.lines[0]["result"], ran.lines[0]["commit"]) == (3, "stale", None)
    assert "2026-03-02" in ran.lines[0]["why"]
    assert [row["commit"] for row in run("publications", FEED).lines] == [2, 1]


def test_an_empty_folder_is_no_replay(run: Run, folder: Path) -> None:
    ran = run("replay", FEED, "empty")
    assert (ran.code, ran.data) == (2, b"")
    assert "there is no file in empty" in ran.err
    assert not (folder / f"{FEED}.replay.db").exists()


def test_what_was_replayed_says_so_everywhere(run: Run) -> None:
    rows = run("publications", FEED).lines
    assert {row["asserted_by"] for row in rows} == {"replay"}
    assert rows[0]["why"].startswith("replayed from 2.xml")
    assert {one["feed"]: one["replayed"] for one in run("verify").lines} == {FEED: 2, SECOND: 1}
    status = {one["feed"]: one["message"] for one in run("status").lines}
    assert status[FEED].startswith("replayed, under the times of its documents")
    assert "replayed" not in status["eu_fsf"]
    for subject in (FEED, str(run("export", FEED).lines[1]["record"]["key"])):
        assert "made later, of a kept document" in run("report", subject, "--at", NEXT_DAY).data.decode(), subject


def test_status_says_that_nothing_looks_and_guesses_nothing(run: Run) -> None:
    ran = run("status")
    assert "nothing has ever checked a list into this ledger" in ran.err
    assert all(not {"is_open", "next_at", "why"} & one.keys() for one in ran.lines)


def test_a_document_is_had_by_the_beginning_of_its_sha256(run: Run, folder: Path) -> None:
    body = (folder / "un" / "1.xml").read_bytes()
    sha256 = hashlib.sha256(body).hexdigest()
    for what in (sha256[:8], f"{sha256[:16]}…", sha256):
        assert run("archive", "get", what, "--into", "found.xml").code == 0, what
        assert (folder / "found.xml").read_bytes() == body
    unknown = run("archive", "get", "00000000", "--into", "found.xml")
    assert (unknown.code, "names no such document" in unknown.err) == (1, True)


def test_a_target_where_nothing_was_linked_is_answered_so(run: Run) -> None:
    ran = run("target", "anything")
    assert (ran.code, "no list of this ledger was linked yet" in ran.err) == (1, True)


def test_an_export_of_several_lists_leaves_none_out_in_silence(run: Run) -> None:
    named = run("export", FEED, SECOND, "--at", FIRST_DAY)
    assert (named.code, named.data) == (1, b"")
    assert f"nothing was known of {SECOND} then" in named.err
    every = run("export", "--at", FIRST_DAY)
    assert every.code == 0
    assert f"left out, because nothing was known of it then: {SECOND}" in every.err
    assert len([line for line in run("export", FEED, SECOND, "--at", NEXT_DAY).lines if "list" in line]) == 2


def test_a_report_is_verified_with_the_ledger_that_it_is_of(run: Run) -> None:
    written = run("report", FEED, "--at", NEXT_DAY, "--config", "syncd.toml", "--ledger", "syncd.db").data.decode()
    assert f"syncd verify {FEED} --archive --config syncd.toml --ledger syncd.db" in written
    assert "--config" not in run("report", FEED, "--at", NEXT_DAY).data.decode()


def test_an_id_without_its_list_is_told_what_a_key_is(run: Run) -> None:
    for words in (("report", "QDi.001", "--at", NEXT_DAY), ("record", "QDi.001"), ("history", "QDi.001")):
        ran = run(*words)
        assert ran.code == 1, words
        assert "a key is a list and an id" in ran.err, words


def test_a_replay_says_where_its_ledger_is(run: Run) -> None:
    assert "--ledger again.db" in run("replay", FEED, "un", "--into", "again.db").err


def test_the_help_says_which_zone_a_time_without_one_is_of(run: Run) -> None:
    for words in (("record",), ("report",), ("export",), ("as-of",), ("archive", "get")):
        assert "UTC" in run(*words, "--help").data.decode(), words

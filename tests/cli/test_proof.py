"""What was known at a time, and the proof of it: report, archive, export, decisions; from a ledger of two documents."""

import asyncio
import hashlib
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner

from syncd.archive import open_archive
from syncd.cli import syncd as command_line
from syncd.commands.replay import replayed
from syncd.config import Config
from syncd.config.sections import ArchiveSettings
from syncd.core.times import iso
from syncd.demo.targets import BASELINES, NEWCOMER
from syncd.errors import SyncdError
from syncd.feeds import one_feed
from syncd.ledger.sqlite import SqliteLedger
from tests.daemon.running import syncd
from tests.intake.watch import START, document
from tests.notices.before_the_list import ACT_NUMBER, PAGE, announced_before, kept_page

FEED = "un_sc"
COUNT = len(BASELINES[FEED])
HOSTILE = '<script>alert("1")</script>'
WHY = f"read the notice {HOSTILE}"
# Noticed half a day before the list, linked an hour after it.
NOTICED, LINKED = START + timedelta(hours=12), START + timedelta(hours=25)
EARLY, LATE = "2026-03-02T14:03Z", "2026-03-03T14:03Z"


class Page(HTMLParser):
    """The elements of a page, and whatever it would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.fetched: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.fetched += [f"{name}={value}" for name, value in attrs if name in ("src", "href", "action", "data")]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return asyncio.run(_made(tmp_path_factory))


async def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A baseline, and a day later a document that lacks the first twelve: held, and let out by a person. It also has
    somebody new, whom an announcement had named before."""
    folder = tmp_path_factory.mktemp("proof")
    documents = folder / "documents"
    documents.mkdir()
    (documents / "1.xml").write_bytes(document(FEED))
    (documents / "2.xml").write_bytes(document(FEED, (*BASELINES[FEED][12:], NEWCOMER), START + timedelta(days=1)))
    (folder / "syncd.toml").write_text("feeds.un_sc.records_min = 20\nfeeds.un_sc.removals_max = 5\n")
    archive = ArchiveSettings(url=f"{folder}/syncd.db-archive", spool=folder / "spool")
    config = Config.load(folder / "syncd.toml", {}).model_copy(update={"archive": archive})
    assert [step.result async for step in replayed(config, one_feed(FEED), documents, folder / "syncd.db")]
    ledger = await SqliteLedger.open_file(folder / "syncd.db", writing=True)
    sha256 = await kept_page(open_archive(config), folder)
    await announced_before(ledger, NOTICED, LINKED, f"{NEWCOMER.name.family} {NEWCOMER.name.given}", sha256=sha256)
    await ledger.close()
    (hold,) = (await syncd(folder, "held")).lines
    ran = await syncd(folder, "release", hold["hold"], "--why", WHY, "--by", "ann@desk-4", "--yes")
    assert ran.code == 0, ran.err
    return folder


class Said(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    data: bytes
    err: str

    @property
    def out(self) -> str:
        return self.data.decode()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.data.splitlines()]


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    """A command in the folder, in this process: each test has many."""
    monkeypatch.chdir(folder)

    def command(*words: str, **environment: str) -> Said:
        done = CliRunner(env=environment).invoke(command_line, list(words))
        failed = done.exception
        code = failed.exit_code if isinstance(failed, SyncdError) else done.exit_code
        return Said(code, done.stdout_bytes, done.stderr + str(failed or ""))

    return command


def keys_at(run: Callable[..., Said], *words: str) -> set[str]:
    return {line["record"]["key"] for line in run("export", *words).lines if "record" in line}


def test_an_export_of_any_time_verifies(folder: Path, run: Callable[..., Said]) -> None:
    then, now = [run("export", FEED, *words) for words in (("--at", EARLY), ())]
    assert [ran.lines[0]["list"]["commit"] for ran in (then, now)] == [1, 3]
    assert then.lines[0]["list"]["records"] == COUNT
    for ran in (then, now):
        (folder / "list.ndjson").write_text(ran.out)
        found = run("verify", "--export", "list.ndjson")
        assert (found.code, found.lines[0]["digest"]) == (0, ran.lines[0]["list"]["digest"])
    (folder / "list.ndjson").write_text(then.out.replace('"kind":"person"', '"kind":"vessel"', 1))
    assert run("verify", "--export", "list.ndjson").code == 1


def test_verify_of_an_export_looks_for_the_lists_that_are_named(folder: Path, run: Callable[..., Said]) -> None:
    (folder / "list.ndjson").write_text(run("export", FEED).out)
    for name, code in ((FEED, 0), ("eu_fsf", 1), ("nosuch", 2)):
        assert run("verify", "--export", "list.ndjson", name).code == code, name


def test_of_today_is_until_now(run: Callable[..., Said]) -> None:
    begun = iso(datetime.now(UTC))
    today = begun[:10]
    key = min(keys_at(run))
    said = [run("record", key, "--at", today).lines[0]["record"]["at"]]
    said.append(run("export", FEED, "--at", today).lines[0]["list"]["at"])
    assert all(begun <= time <= iso(datetime.now(UTC)) for time in said), said
    assert "23:59:59" not in Page(run("report", key, "--at", today).out).text


def test_a_place_that_cannot_be_written_is_one_sentence(folder: Path, run: Callable[..., Said]) -> None:
    (folder / "file").write_text("")
    for words in (
        ("report", FEED, "--at", EARLY, "--into", "nowhere/x.html"),
        ("archive", "get", FEED, "--into", "nowhere/x.xml"),
        ("export", "--format", "ofac-csv", "--into", "file/lists"),
        ("schema", "--write", "file/schemas"),
    ):
        ran = run(*words)
        assert (ran.code, words[-1].partition("/")[0] in ran.err) == (2, True), words
        assert "cannot be written: No" in ran.err, words


def test_what_was_not_known_is_not_exported(folder: Path, run: Callable[..., Said]) -> None:
    for words, code in ((("--at", "2020-01-01"), 1), (("eu_fsf",), 1), (("--format", "ofac-csv"), 2)):
        ran = run("export", *words)
        assert (ran.code, ran.out) == (code, ""), words


def test_ofacs_files_go_into_a_folder_a_list(folder: Path, run: Callable[..., Said]) -> None:
    assert run("export", "--format", "ofac-csv", "--into", "ofac").code == 0
    assert len((folder / "ofac" / FEED / "sdn.csv").read_text().splitlines()) == COUNT - 12 + 1


def test_a_report_says_what_was_known_and_proves_it(folder: Path, run: Callable[..., Said]) -> None:
    key = min(keys_at(run, "--at", EARLY) - keys_at(run))
    early, late = [Page(run("report", key, "--at", at).out) for at in (EARLY, LATE)]
    assert "On the list, known since 2026-03-02" in early.text
    sha256 = hashlib.sha256((folder / "documents" / "1.xml").read_bytes()).hexdigest()
    assert sha256 in early.text
    assert "read for this report; their SHA-256 is the one above" in early.text
    assert "the same, in the row of commit 1" in early.text
    assert "computed anew from the record above: the same" in early.text
    assert "Nobody had decided anything" in early.text
    # The release was made when this test ran: a day after the documents nobody had let the removals go.
    assert "On the list" in late.text
    assert "A removal of it, or of what it says, waited for a person." in late.text


def test_a_report_after_the_decision_names_who_and_why(folder: Path, run: Callable[..., Said]) -> None:
    key = min(keys_at(run, "--at", EARLY) - keys_at(run))
    today = iso(datetime.now(UTC))
    ran = run("report", key, "--at", today)
    page = Page(ran.out)
    assert "Not on the list: its delisting was known since" in page.text
    assert "ann@desk-4" in page.text
    assert WHY in page.text


def test_a_report_fetches_nothing_and_escapes_everything(folder: Path, run: Callable[..., Said]) -> None:
    today = iso(datetime.now(UTC))
    for subject in (FEED, min(keys_at(run))):
        ran = run("report", subject, "--at", today)
        page = Page(ran.out)
        assert HOSTILE in page.text
        assert "script" not in page.elements
        assert page.fetched == []
        assert re.findall(r"https?://|url\(|@import", ran.out) == []
        assert "default-src 'none'" in ran.out


def test_a_report_of_a_list_has_every_record_of_it(folder: Path, run: Callable[..., Said]) -> None:
    written = run("report", FEED, "--at", EARLY).out
    page = Page(written)
    assert f"{COUNT} records were on the list" in page.text
    assert all(key in page.text for key in keys_at(run, "--at", EARLY))
    pairs = re.findall(r"<tr><td><bdi>(.*?)</bdi></td>.*<code>([0-9a-f]{64})</code>", written)
    digest = hashlib.sha256("".join(f"{key} {hex_}\n" for key, hex_ in sorted(pairs)).encode()).hexdigest()
    assert f"{digest}" in page.text[: page.text.index("The records")]


def test_a_report_says_what_had_been_announced_and_shows_its_page(run: Callable[..., Said]) -> None:
    (key,) = keys_at(run, "--at", LATE) - keys_at(run, "--at", EARLY)
    page = Page(run("report", key, "--at", iso(LINKED)).out)
    assert "What the authority had announced" in page.text
    assert (ACT_NUMBER in page.text, "12 h before the list" in page.text) == (True, True)
    assert hashlib.sha256(PAGE).hexdigest() in page.text
    assert f"{len(PAGE)} bytes in the archive, read for this report" in page.text
    assert "An <i>entry</i>" in page.text
    assert "i" not in page.elements
    (change,) = run("history", key).lines
    assert (change["notices"][0]["act"], change["notices"][0]["lag_seconds"]) == (ACT_NUMBER, 12 * 3600)
    assert "announced: un_press:sc90001" in run("history", key, "-o", "wide").out
    gone = Page(run("report", key, "--at", iso(LINKED), SYNCD_ARCHIVE__URL="elsewhere").out)
    assert gone.text.count("Not had: the archive has no document") == 2


def test_a_report_says_nothing_that_was_linked_later(run: Callable[..., Said]) -> None:
    (key,) = keys_at(run, "--at", LATE) - keys_at(run, "--at", EARLY)
    before = iso(LINKED - timedelta(minutes=1))
    assert "announced" not in Page(run("report", key, "--at", before).out).text
    waits, follows = "In law, and not yet on the list", "Announced, and followed by the list"
    for at, shown in ((EARLY, set()), (iso(NOTICED), {waits}), (before, {waits}), (iso(LINKED), {follows})):
        text = Page(run("report", FEED, "--at", at).out).text
        assert {words for words in (waits, follows) if words in text} == shown, at


def test_a_document_that_is_gone_is_said(tmp_path: Path, run: Callable[..., Said]) -> None:
    page = Page(run("report", FEED, "--at", EARLY, SYNCD_ARCHIVE__URL=str(tmp_path)).out)
    assert "Not had: the archive has no document" in page.text


def test_the_archive_gives_the_document_that_was_in_force(folder: Path, run: Callable[..., Said]) -> None:
    for name, words in (("1.xml", ("--at", EARLY)), ("2.xml", ("--at", LATE)), ("2.xml", ())):
        published = (folder / "documents" / name).read_bytes()
        ran = run("archive", "get", FEED, *words, "--into", "document")
        assert (ran.code, (folder / "document").read_bytes() == published) == (0, True)
        sha256 = hashlib.sha256(published).hexdigest()
        assert run("archive", "get", sha256).data == published
    for what in ("0" * 64, "un_cs", "eu_fsf"):
        assert run("archive", "get", what).code != 0
    assert run("archive", "get", FEED, "--at", "2020-01-01").code == 1


def test_decisions_say_who_and_why_in_pages(folder: Path, run: Callable[..., Said]) -> None:
    (row,) = run("decisions").lines
    assert (row["asserted_by"], row["outcome"]) == ("ann@desk-4", "applied")
    assert WHY in row["why"]
    first = run("publications", FEED, "--limit", "2")
    (cursor,) = re.findall(r"--before (\S+)", first.err)
    rest = run("publications", FEED, "--before", cursor)
    kinds = [row["kind"] for row in (*first.lines, *rest.lines)]
    assert kinds == [row["kind"] for row in run("publications", FEED).lines]
    assert run("publications", "--before", "x").code == 2

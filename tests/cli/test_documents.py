"""`parse`, `diff` and `replay`, as scripts use them: exit codes, exact keys, one line on standard error."""

import asyncio
import bz2
import gzip
import json
import re
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import zstandard

from syncd.demo.targets import BASELINES, NEWCOMER
from tests.daemon.running import Ran, syncd
from tests.intake.watch import START, document

UN = document("un_sc")
NEWER = document("un_sc", (*BASELINES["un_sc"][1:], NEWCOMER), START + timedelta(days=1))
REFUSED = {
    "page.xml": (b"<html><head><title>Down for maintenance</title></head></html>", "an HTML page that says “Down"),
    "empty.xml": (b"", "an empty body instead of the XML document"),
    "error.xml": (b'{"status": 500, "error": "Internal Server Error"}', "a JSON document that says “500"),
    "cut.xml": (UN[:9000], "cut off or damaged"),
    "cut.gz": (gzip.compress(UN)[:-900], "cannot be unpacked"),
    "cut.bz2": (bz2.compress(UN)[:-900], "cannot be unpacked"),
    "cut.zip": (b"PK\x03\x04" + b"\0" * 900, "cannot be unpacked"),
    "other.xml": (document("uk_sl"), "Designations"),
}


def is_one_line(ran: Ran, code: int, said: str) -> None:
    assert ran.code == code
    assert said in ran.err
    assert ran.err.count("\n") == 1
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("name", REFUSED)
async def test_a_refused_document_is_exit_code_3_and_one_line(name: str, tmp_path: Path) -> None:
    content, said = REFUSED[name]
    (tmp_path / name).write_bytes(content)
    is_one_line(await syncd(tmp_path, "parse", "un_sc", name, "--summary"), 3, said)


async def test_parse_prints_records_and_reads_every_packing(tmp_path: Path) -> None:
    (tmp_path / "plain.xml").write_bytes(UN)
    (tmp_path / "list.bz2").write_bytes(bz2.compress(UN))
    (tmp_path / "list.gz").write_bytes(gzip.compress(UN))
    (tmp_path / "list.zst").write_bytes(zstandard.compress(UN))
    with zipfile.ZipFile(tmp_path / "list.zip", "w") as archive:
        archive.writestr("list.xml", UN)
    parsed, packed = await asyncio.gather(
        syncd(tmp_path, "parse", "un_sc", "plain.xml"),
        syncd(tmp_path, "parse", "un_sc", "--summary", *(f"list.{kind}" for kind in ("bz2", "gz", "zst", "zip"))),
    )
    assert (parsed.code, parsed.err, packed.code) == (0, "", 0)
    assert len(parsed.lines) == len(BASELINES["un_sc"])
    assert all(record["key"].startswith("un_sc:") and record["kind"] for record in parsed.lines)
    assert len(packed.lines) == 4
    assert len({json.dumps(one) for one in packed.lines}) == 1
    summary = packed.lines[0]
    assert set(summary) == {"feed", "records", "quarantined", "partial", "digest", "publication_date"}
    assert (summary["feed"], summary["records"], summary["quarantined"]) == ("un_sc", len(parsed.lines), 0)


async def test_a_date_of_publication_that_is_none_is_not_printed(tmp_path: Path) -> None:
    """A summary has a date or null, and says why there is none."""
    body = re.sub(rb'dateGenerated="[^"]*"', b'dateGenerated="yesterday"', UN, count=1)
    assert body != UN
    (tmp_path / "list.xml").write_bytes(body)
    parsed = await syncd(tmp_path, "parse", "un_sc", "--summary", "list.xml")
    assert parsed.lines[0]["publication_date"] is None
    assert "list.xml: the date of publication is not used: it is no date" in parsed.err


async def test_diff_counts_what_changed(tmp_path: Path) -> None:
    (tmp_path / "old.xml").write_bytes(UN)
    (tmp_path / "new.xml").write_bytes(NEWER)
    summed, shown = await asyncio.gather(
        syncd(tmp_path, "diff", "un_sc", "old.xml", "new.xml", "--summary"),
        syncd(tmp_path, "diff", "un_sc", "old.xml", "new.xml"),
    )
    (summary,) = summed.lines
    assert summary == {
        "feed": "un_sc",
        "designated": 1,
        "delisted": 1,
        "amended": 0,
        "relisted": 0,
        "rekeyed": 0,
        "unchanged": len(BASELINES["un_sc"]) - 1,
        "material": 2,
    }
    assert [change["type"] for change in shown.lines] == ["designated", "delisted"]


async def test_replay_has_a_ledger_of_its_own_that_the_other_commands_read(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "1.xml").write_bytes(document("un_sc"))
    (folder / "2.xml").write_bytes(REFUSED["page.xml"][0])
    (folder / "3.xml").write_bytes(NEWER)
    (tmp_path / "syncd.toml").write_text("feeds.un_sc.records_min = 20\n")
    replayed = await syncd(tmp_path, "replay", "un_sc", "documents")
    assert (replayed.code, "--ledger un_sc.replay.db" in replayed.err) == (3, True)
    assert [step["result"] for step in replayed.lines] == ["committed", "refused", "committed"]
    assert "an HTML page" in replayed.lines[1]["why"]
    assert not (tmp_path / "syncd.db").exists()
    ledger = ("--ledger", "un_sc.replay.db")
    count = len(BASELINES["un_sc"])
    tail, known, in_force, verified = await asyncio.gather(
        syncd(tmp_path, "tail", *ledger, "--from", f"un_sc={count}"),
        syncd(tmp_path, "as-of", "2026-03-02", *ledger),
        syncd(tmp_path, "as-of", datetime.now(UTC).date().isoformat(), "--in-force", *ledger),
        syncd(tmp_path, "verify", *ledger),
    )
    assert [event["type"] for event in tail.lines] == ["syncd.designated.v1", "syncd.delisted.v1"]
    assert len(known.lines) == len(in_force.lines) == count
    assert known.out != in_force.out
    assert verified.lines[0]["ok"] is True

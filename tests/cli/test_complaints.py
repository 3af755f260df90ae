"""Whatever is wrong, a person reads one line, a script reads an exit code, and nobody ever sees a traceback."""

import asyncio
import sqlite3
import sys
from pathlib import Path

import pytest

from syncd.cli import syncd as group
from tests.daemon.running import environment, syncd
from tests.intake.watch import document

WRONG: dict[str, tuple[tuple[str, ...], int, str]] = {
    "unknown feed": (("pause", "un_scc"), 2, "there is no feed un_scc"),
    "unreadable configuration": (("status", "--config", "bad.toml"), 2, "bad.toml: not TOML"),
    "unknown key": (("check-config", "--config", "key.toml"), 2, "did you mean interval_seconds?"),
    "no database": (("status", "--ledger", "noise.db"), 1, "noise.db: this is no SQLite file"),
    "no ledger": (("tail",), 1, "there is no ledger at syncd.db"),
    "no time": (("as-of", "tomorrow"), 2, "tomorrow is no time"),
    "a pace that no publisher bears": (("check-config", "--config", "pace.toml"), 2, "1 is too often for a publisher"),
    "no feed": (("check-config", "--config", "none.toml"), 2, "no feed is enabled"),
    "a proxy that is none": (("check-config", "--config", "proxy.toml"), 2, "fetch.proxy cannot be used"),
    "no certificates": (("check-config", "--config", "ca.toml"), 2, "fetch.ca_file bad.toml cannot be read as PEM"),
    "no certificates of Kafka's": (("check-config", "--config", "kafka.toml"), 2, "kafka"),
    "no schema": (("schema", "nothing"), 2, "there is no schema nothing"),
}


CONFIGURATIONS = {
    "pace.toml": "feeds.un_sc.interval_seconds = 1\n",
    "none.toml": "feeds.enable = []\n",
    "proxy.toml": 'fetch.proxy = "gopher://proxy.example"\n',
    "ca.toml": 'fetch.ca_file = "bad.toml"\n',
    "kafka.toml": """archive.url = "s3://bucket/prefix"
[kafka]
bootstrap_servers = "kafka.example:9093"
security_protocol = "SSL"
ca_file = "bad.toml"
""",
}


@pytest.mark.parametrize("what", WRONG)
async def test_what_is_wrong_is_one_line_and_an_exit_code(what: str, tmp_path: Path) -> None:
    words, code, said = WRONG[what]
    (tmp_path / "bad.toml").write_text("a = [")
    (tmp_path / "key.toml").write_text("feeds.un_sc.intervall_seconds = 60\n")
    for name, text in CONFIGURATIONS.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "noise.db").write_bytes(bytes(range(256)) * 40)
    ran = await syncd(tmp_path, *words)
    assert ran.code == code
    assert said in ran.err
    assert ran.err.count("\n") == 1


async def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "un.xml").write_bytes(document("un_sc"))
    command = f"{sys.executable} -m syncd parse un_sc " + "un.xml " * 20 + "| head -c 1; echo ${PIPESTATUS[0]} >&2"
    process = await asyncio.create_subprocess_exec(
        "bash", "-c", command, cwd=tmp_path, env=environment(), stdout=-1, stderr=-1
    )
    _, err = await process.communicate()
    assert err.split() == [b"0"]


async def test_verify_finds_a_ledger_that_somebody_changed(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "1.xml").write_bytes(document("un_sc"))
    (tmp_path / "syncd.toml").write_text("feeds.un_sc.records_min = 20\n")
    assert (await syncd(tmp_path, "replay", "un_sc", "documents", "--into", "syncd.db")).code == 0
    with sqlite3.connect(tmp_path / "syncd.db") as ledger:
        # The state goes on to say what it said; one record is gone.
        ledger.execute("DELETE FROM records WHERE rowid = (SELECT MAX(rowid) FROM records)")
    verified = await syncd(tmp_path, "verify")
    assert verified.code == 1
    assert "Traceback" not in verified.err


def test_every_command_has_a_help_text() -> None:
    for name, command in group.commands.items():
        assert len(command.help or "") > 10, name


async def test_check_config_shows_no_secret_also_not_inside_an_address(tmp_path: Path) -> None:
    (tmp_path / "syncd.toml").write_text("""archive.url = "s3://key:hidden-1@bucket/prefix"
fetch.proxy = "http://ann:hidden-2@proxy.example:3128"
[feeds.un_sc.sources]
consolidated_xml = "https://ann:hidden-3@mirror.example/list.xml?token=hidden-4"
""")
    checked = await syncd(tmp_path, "check-config")
    assert checked.code == 0
    assert "hidden" not in checked.out
    (shown,) = checked.lines
    assert shown["config"]["archive"]["url"] == "s3://…@bucket/prefix"
    assert (
        shown["config"]["feeds"]["un_sc"]["sources"]["consolidated_xml"]["url"] == "https://…@mirror.example/list.xml?…"
    )


async def test_status_fails_until_every_enabled_feed_is_current(tmp_path: Path) -> None:
    """Status names every enabled feed and a check fails until all are current."""
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "1.xml").write_bytes(document("un_sc"))
    (tmp_path / "syncd.toml").write_text('feeds.enable = ["un_sc", "uk_sl"]\nfeeds.un_sc.records_min = 20\n')
    assert (await syncd(tmp_path, "replay", "un_sc", "documents", "--into", "syncd.db")).code == 0
    shown = await syncd(tmp_path, "status", "--check")
    assert {one["feed"]: one["status"] for one in shown.lines} == {
        "un_sc": "stale",
        "uk_sl": "baselining",
        "coordinator": "baselining",
    }
    assert shown.code == 6
    assert "not current: uk_sl, un_sc, coordinator" in shown.err
    assert (await syncd(tmp_path, "status")).code == 0

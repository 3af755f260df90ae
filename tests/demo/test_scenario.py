"""The story of `syncd demo` happens as it is told, with the real command, and leaves nothing behind."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from syncd.cli import syncd
from syncd.demo import scenario
from syncd.demo.site import Issue, PublishersSite
from syncd.demo.targets import BASELINES, LATECOMER, InventedTarget

ENDS_WITHIN_SECONDS = 180
EVENT = re.compile(r"^\d\d:\d\d:\d\d  (?P<type>\w+) +(?P<feed>\w+):(?P<id>\S+)", re.MULTILINE)

# After the baselines, in this order.
TOLD = [
    ("designated", "us_ofac_sdn"),
    ("designated", "uk_sl"),
    ("designated", "eu_fsf"),
    ("amended", "us_ofac_sdn"),
    ("amended", "us_ofac_sdn"),
    ("amended", "eu_fsf"),
    ("designated", "us_ofac_sdn"),
    ("delisted", "us_ofac_sdn"),
    ("delisted", "us_ofac_sdn"),
    ("delisted", "un_sc"),
]


def started(folder: Path, *options: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "syncd", "demo", "--fast", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(folder), "PYTHONUNBUFFERED": "1", **environment},
        text=True,
        start_new_session=True,
    )


def in_order(text: str, parts: Iterable[str]) -> bool:
    places = [text.find(part) for part in parts]
    return -1 not in places and places == sorted(places)


def told_until_it_stays(process: subprocess.Popen[str]) -> tuple[str, str]:
    """What it said, and the address at which the page stays."""
    assert process.stdout
    told = ""
    for line in process.stdout:
        told += line
        if staying := re.search(r"The page stays at (http\S+)", line):
            return told, staying[1]
    raise AssertionError(f"the story ended: {told}")


def test_the_story_is_told_in_order_and_ends_with_0_and_an_empty_folder(tmp_path: Path) -> None:
    # A proxy that nobody listens at: what is on this machine is not asked through it.
    process = started(tmp_path, "--stay", HTTP_PROXY="http://127.0.0.1:9", SYNCD_LEDGER="elsewhere.db")
    told, address = told_until_it_stays(process)
    page = httpx.get(address, trust_env=False).text
    assert all(name in page for name in ("All 4 feeds are current", "NEBYVALSKY", "Designated", "Amended", "released"))
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=ENDS_WITHIN_SECONDS)
    output = told + rest
    assert (process.returncode, errors) == (0, ""), output
    events = [(event["type"], event["feed"]) for event in EVENT.finditer(output)]
    baselined = [feed for kind, feed in events if kind == "baselined"]
    assert set(baselined) == set(BASELINES)
    assert events[len(baselined) :] == TOLD
    assert in_order(
        output,
        (
            "1. Baselines",
            "records are 49 targets; a baseline announces nothing",
            "same names, birth date and passport",
            "coordination.started",
            "The United Kingdom and the United States designated “Timofey NEBYVALSKY” within 7 days of each other",
            "announced: the Official Journal has 2026/90001",
            "in law, not yet on the list",
            "coordination.joined",
            "The European Union designated “Timofey NEBYVALSKY”",
            "enacted: by commit 2 of eu_fsf",
            "three authorities, one passport, ZZ7100091",
            "+ identifiers: passport ZZ7100092 UY",
            "target.asymmetry",
            "passport ZZ7100092 (UY)",
            "not material",
            "refused: it is cut off or damaged",
            "untouched: 41 records, commit 2",
            "held: 14 removals",
            "$ syncd release ",
            "… and 12 more delisted",
            "$ syncd verify",
            "agrees",
            "coordinator: ",
            "syncd run",
        ),
    )
    assert "\x1b" not in output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_story_leaves_nothing_behind(tmp_path: Path, number: signal.Signals, code: int) -> None:
    process = started(tmp_path)
    assert process.stdout
    for line in process.stdout:
        if EVENT.match(line):
            break
    process.send_signal(number)
    _, errors = process.communicate(timeout=ENDS_WITHIN_SECONDS)
    assert (process.returncode, errors) == (code, "")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


@pytest.mark.parametrize(("options", "stays"), [((), False), (("--stay",), True), (("--end",), False)])
def test_where_nobody_looks_the_story_ends_by_itself(
    monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], stays: bool
) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(scenario, "run_demo", lambda *, fast, stay: asked.append(stay) or 0)
    assert CliRunner().invoke(syncd, ["demo", *options]).exit_code == 0
    assert asked == [stays]


def test_a_story_that_does_not_happen_as_told_ends_with_1_and_says_where(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = PublishersSite.publish

    def misprint(site: PublishersSite, feed: str, targets: Sequence[InventedTarget]) -> Issue:
        """The UK lists somebody else."""
        first = len(targets) == len(BASELINES[feed])
        return real(site, feed, targets if feed != "uk_sl" or first else [*targets[:-1], LATECOMER])

    monkeypatch.setattr(PublishersSite, "publish", misprint)
    assert scenario.run_demo(fast=True) == 1
    assert "the story did not happen as told: nobody expected uk_sl:FIC0092 to be designated" in capsys.readouterr().out

"""The SDN list of summer 2025, as OFAC published it: the real mass delisting of 520, held and then released.

`make thorough` replays all nine versions at hand instead of the four around it.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

AROUND = ("2025-05-29", "2025-07-01", "2025-08-27", "2025-09-03")
REMOVED = 520
# Of the records that stay, so many lose a programme in the same publication: as held as the removals.
LOSING = 203
LEDGER = ("--ledger", "us_ofac_sdn.replay.db")


def _syncd(*arguments: str, cwd: Path) -> list[dict[str, Any]]:
    """The JSON lines that a command prints."""
    done = subprocess.run(
        [sys.executable, "-m", "syncd", *arguments], cwd=cwd, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def documents(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sdn")
    every = os.environ.get("TESTS_THOROUGH")
    for path in sorted((shared / "feeds" / "us_ofac_sdn_advanced").iterdir()):
        if every or path.name.startswith(AROUND):
            (folder / path.name).symlink_to(path)
    return folder


@pytest.fixture(scope="module")
def replayed(documents: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, dict[str, Any]]]:
    """The folder with the ledger, and what each document came to by its date."""
    folder = tmp_path_factory.mktemp("replay")
    steps = _syncd("replay", "us_ofac_sdn", str(documents), cwd=folder)
    return folder, {step["published"]: step for step in steps}


Replayed = tuple[Path, dict[str, dict[str, Any]]]


@pytest.fixture(scope="module")
def events(replayed: Replayed) -> list[dict[str, Any]]:
    """Those after the baseline, before anything is released."""
    folder, _ = replayed
    return [event for event in _syncd("tail", *LEDGER, cwd=folder) if event["data"]["commit"] > 1]


@pytest.mark.shared
def test_the_mass_delisting_is_held_while_all_else_goes_out(replayed: Replayed) -> None:
    _, steps = replayed
    july, september = steps["2025-07-01"], steps["2025-09-03"]
    assert july["held"] == REMOVED + LOSING
    # One of the 229 amendments only takes away: nothing of it goes out.
    assert july["changes"] == {"designated": 112, "amended": 228}
    assert september["held"] == REMOVED + LOSING
    assert len(set(september["holds"]) & set(july["holds"])) == 1, "the removals are still exactly those keys"
    assert september["changes"] == {"designated": 20, "amended": 1, "delisted": 2}
    assert september["ledger_digest"] != september["document_digest"]


@pytest.mark.shared
def test_the_one_amendment_of_a_week_is_the_one_that_ofac_made(
    replayed: Replayed, events: list[dict[str, Any]]
) -> None:
    _, steps = replayed
    week = [event["data"] for event in events if event["data"]["commit"] == steps["2025-09-03"]["commit"]]
    # The company that owned it is one of the two that were delisted.
    assert [one["key"] for one in week if one["type"] == "amended"] == ["us_ofac_sdn:28300"]


@pytest.mark.shared
def test_what_goes_out_beside_a_hold_keeps_every_relation_to_a_held_record(
    replayed: Replayed, events: list[dict[str, Any]]
) -> None:
    folder, _ = replayed
    holds = {hold["kind"]: set(hold["keys"]) for hold in _syncd("held", *LEDGER, cwd=folder)}
    assert {kind: len(keys) for kind, keys in holds.items()} == {"removals": REMOVED, "amendments": LOSING}
    held = holds["removals"]
    for event in events:
        for change in event["data"].get("changes", ()):
            lost = change["path"] == "relations" and change["op"] == "removed"
            assert not (lost and change["before"].get("key") in held), event["subject"]


@pytest.mark.shared
def test_after_a_release_the_changes_alone_give_the_list(replayed: Replayed) -> None:
    """After the release the digests are equal and the changes alone give the list."""
    folder, steps = replayed
    for hold in _syncd("held", *LEDGER, cwd=folder):
        (decision,) = _syncd("release", hold["hold"], "--why", "announced by OFAC", *LEDGER, cwd=folder)
        assert decision["outcome"] == "applied"
    (finding,) = _syncd("verify", *LEDGER, cwd=folder)
    assert finding["ok"], finding["problems"]
    assert finding["digest"] == steps["2025-09-03"]["document_digest"]
    assert not _syncd("held", *LEDGER, cwd=folder)

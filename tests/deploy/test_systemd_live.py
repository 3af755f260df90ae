"""The unit under a real systemd: what it closes is closed, and syncd works all the same."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from syncd.demo.site import PublishersSite
from syncd.demo.targets import BASELINES
from tests.daemon.running import ROOT, configured, free_port
from tests.deploy.booted import booted, why_not
from tests.tools import NOT_HERE

FOLDER = ROOT / "deploy" / "systemd"
UNIT = "syncd.service"
TEXT = (FOLDER / UNIT).read_text()
WATCHED = ("un_sc", "us_ofac_sdn")
LOG = "/var/lib/syncd/log"
# How root gives commands beside the daemon.
BESIDE = (
    "SYNCD_CONFIG=/etc/syncd/syncd.toml",
    "SYNCD_SECRETS_DIR=/etc/syncd/secrets",
    "STATE_DIRECTORY=/var/lib/syncd",
)
# systemd gives users that it invents numbers from here on.
DYNAMIC_UID_MIN = 61_184


@pytest.fixture
async def site() -> AsyncIterator[PublishersSite]:
    if why := why_not():
        pytest.skip(f"{NOT_HERE}a systemd of its own ({why}). To bring it, run as root where namespaces are granted")
    async with PublishersSite() as site:
        for feed in WATCHED:
            site.publish(feed, BASELINES[feed])
        yield site


def files(folder: Path, site: PublishersSite, port: int) -> dict[str, str]:
    """The example's configuration, with these publishers; the port is told as a credential."""
    configured(folder, site.settings(interval_seconds=1, records_min=20) | {"enable": list(WATCHED)})
    config = (folder / "syncd.toml").read_text() + (FOLDER / "syncd.toml").read_text()
    return {"etc/syncd/syncd.toml": config, "etc/syncd/secrets/http__port": str(port)}


async def test_it_works_as_an_unprivileged_user_and_stops_in_order(site: PublishersSite, tmp_path: Path) -> None:
    """It works as nobody in particular with its credentials and stops in good order."""
    port = free_port()
    with booted(UNIT, TEXT, files(tmp_path, site, port)) as machine:
        shown = await asyncio.to_thread(machine.comes_to, UNIT, ActiveState="active", StatusText="lists: 2 ok")
        async with httpx.AsyncClient(trust_env=False) as client:
            assert (await client.get(f"http://127.0.0.1:{port}/readyz", timeout=5)).status_code == 200
        user = machine.run("stat", "--format=%u", f"/proc/{shown['ExecMainPID']}").stdout
        assert int(user) >= DYNAMIC_UID_MIN
        owner = machine.run("stat", "--format=%u %a", "/var/lib/private/syncd/syncd.db").stdout
        assert owner.split() == [user.strip(), "600"]
        status = machine.run("env", "-C", "/var/lib/syncd", *BESIDE, "/opt/syncd/bin/syncd", "status")
        found = {one["feed"]: one["status"] for one in map(json.loads, status.stdout.splitlines())}
        assert {feed: found[feed] for feed in WATCHED} == dict.fromkeys(WATCHED, "ok")
        machine.run("systemctl", "restart", UNIT)
        await asyncio.to_thread(machine.comes_to, UNIT, ActiveState="active", StatusText="lists: 2 ok")
        machine.run("systemctl", "stop", UNIT)
        ended = machine.shown(UNIT)
        assert (ended["ActiveState"], ended["Result"], ended["ExecMainStatus"]) == ("inactive", "success", "0")
        said = machine.run("cat", LOG).stdout
        assert '"event":"daemon_stopping"' in said
        assert "internal" not in said


async def test_a_loop_that_hangs_is_started_anew(site: PublishersSite, tmp_path: Path) -> None:
    impatient = TEXT.replace("WatchdogSec=120", "WatchdogSec=8").replace("RestartSec=5", "RestartSec=1")
    assert impatient.count("Sec=8") == 1
    with booted(UNIT, impatient, files(tmp_path, site, free_port())) as machine:
        shown = await asyncio.to_thread(machine.comes_to, UNIT, ActiveState="active", StatusText="lists: 2 ok")
        machine.run("kill", "-STOP", shown["ExecMainPID"])
        again = await asyncio.to_thread(machine.comes_to, UNIT, NRestarts="1", StatusText="lists: 2 ok")
        # Not the process id: in a namespace of its own the same may be given again.
        assert again["InvocationID"] != shown["InvocationID"]


async def test_a_wrong_configuration_starts_nothing(site: PublishersSite, tmp_path: Path) -> None:
    wrong = files(tmp_path, site, free_port()) | {"etc/syncd/secrets/fetch__proxi": "x"}
    with booted(UNIT, TEXT, wrong) as machine:
        shown = await asyncio.to_thread(machine.comes_to, UNIT, SubState="auto-restart", Result="exit-code")
        assert shown["ExecMainPID"] == "0"
        assert "status=2" in shown["ExecStartPre"]
        assert "unknown key; did you mean proxy?" in machine.run("cat", LOG).stdout

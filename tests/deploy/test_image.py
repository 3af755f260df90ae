"""The image, built and started: as its user, on a root that nobody can write, with the volume that it names."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from syncd import __version__
from syncd.demo.site import PublishersSite
from syncd.demo.targets import BASELINES
from tests.daemon.running import configured, eventually, free_port
from tests.deploy.container import Container, Mount, ran, running, volume
from tests.deploy.image import BASE, WHEELS, Image, built, store
from tests.deploy.kubernetes import VERSIONS
from tests.deploy.pod import given
from tests.deploy.test_helm import CHART
from tests.deploy.test_helm import ran as helm_ran
from tests.kafka.brokers import Cluster
from tests.tools import needs

TOKEN = "an-invented-token"
WATCHED = ("un_sc", "us_ofac_sdn")
FIXED = ("/", "/etc", "/home", "/opt/syncd/lib", "/root", "/run", "/usr/bin", "/var", "/var/lib", "/dev/shm/..")

# The first makes what all share, on a machine that has none of it yet.
pytestmark = pytest.mark.timeout(2400)


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    images = store()
    with built(images, needs(WHEELS)) as image:
        yield image


@pytest.fixture
async def site(image: Image) -> AsyncIterator[PublishersSite]:
    async with PublishersSite() as site:
        for feed in WATCHED:
            site.publish(feed, BASELINES[feed])
        yield site


def started_as(image: Image) -> list[str]:
    return [*image.config["Entrypoint"], *image.config["Cmd"]]


def test_it_says_what_it_starts_and_as_whom(image: Image) -> None:
    config = image.config
    assert started_as(image) == ["syncd", "run"]
    assert (config["User"], config["StopSignal"]) == ("10001:10001", "SIGTERM")
    assert (config["WorkingDir"], set(config["Volumes"])) == ("/var/lib/syncd", {"/var/lib/syncd"})
    assert set(config["ExposedPorts"]) == {"9464/tcp"}
    assert config["Healthcheck"]["Test"][0] == "CMD"


def test_it_has_this_syncd_and_the_python_of_its_base(image: Image) -> None:
    version = ran(image, [], "syncd", "--version")
    assert (version.returncode, version.stdout, version.stderr) == (0, f"syncd, version {__version__}\n", "")
    python = ran(image, [], "python", "-c", "import sys; print('python:%d.%d-slim' % sys.version_info[:2])")
    assert BASE.startswith(python.stdout.strip())


def test_nothing_in_it_can_be_written_but_the_volume_and_tmp(image: Image, tmp_path: Path) -> None:
    mounts = [Mount(volume(image, tmp_path / "state"), image.config["WorkingDir"])]
    for place in FIXED:
        written = ran(image, mounts, "touch", f"{place}/written")
        assert written.returncode == 1, place
    free = ran(image, mounts, "touch", "/tmp/written", "/var/lib/syncd/written")
    assert (free.returncode, free.stderr) == (0, "")
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["written"]


def test_its_root_is_closed_by_the_kernel_and_not_by_modes(image: Image) -> None:
    """Its user's own folder would take a file if no volume covered it."""
    written = ran(image, [], "touch", "/var/lib/syncd/written")
    assert written.returncode == 1
    assert "Read-only file system" in written.stderr


def test_the_demo_runs_in_it_without_any_volume(image: Image) -> None:
    shown = ran(image, [], "syncd", "demo", "--fast", "--end")
    assert shown.returncode == 0, shown.stderr


async def test_the_daemon_works_in_it_and_stops_in_order(image: Image, site: PublishersSite, tmp_path: Path) -> None:
    port = str(free_port())
    settings = tmp_path / "settings"
    settings.mkdir()
    configured(settings, site.settings(interval_seconds=1, records_min=20) | {"enable": list(WATCHED)})
    state = volume(image, tmp_path / "state")
    mounts = [Mount(state, image.config["WorkingDir"]), Mount(settings, "/etc/syncd", "ro")]
    variables = {"SYNCD_CONFIG": "/etc/syncd/syncd.toml", "SYNCD_HTTP__PORT": port}
    check = image.config["Healthcheck"]["Test"][1:]
    ill = await asyncio.to_thread(ran, image, mounts, *check, **variables)
    assert ill.returncode == 1
    with running(image, mounts, *started_as(image), **variables) as container:
        await _has_both_lists(container, port, {})
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            answers = [(await client.get(path)).status_code for path in ("/livez", "/readyz", "/")]
        assert answers == [200, 200, 200]
        well = await asyncio.to_thread(ran, image, mounts, *check, **variables)
        assert (well.returncode, well.stderr) == (0, "")
        status = container.status()
        assert status["Uid"].split() == ["10001"] * 4
        assert (int(status["CapEff"], 16), int(status["CapBnd"], 16), status["NoNewPrivs"]) == (0, 0, "1")
        assert status["NSpid"].split()[-1] == "1"
        code, said = await asyncio.to_thread(container.stop, image.config["StopSignal"])
    assert (code, '"event":"daemon_stopping"' in said) == (0, True), said
    assert '"level":"error"' not in said
    assert {path.stat().st_uid for path in state.rglob("*")} == {10_001}
    assert (state / "syncd.db").exists()


def values(broker: Cluster, site: PublishersSite) -> dict[str, Any]:
    """One replica with its archive on a volume, a secret, and the job that makes the topics."""
    config = {
        "kafka": {"bootstrap_servers": broker.bootstrap.split(","), "replication": 1},
        "archive": {"url": "/var/lib/syncd/archive"},
        "fetch": {"contact_url": "https://bank.example/contact"},
        "http": {"port": free_port()},
        "feeds": site.settings(interval_seconds=1, records_min=20) | {"enable": list(WATCHED)},
    }
    return {"replicas": 1, "archiveClaim": "archive", "secret": "syncd", "topics": {"create": True}, "config": config}


async def test_the_pods_of_the_chart_work_with_it_and_a_broker(
    image: Image, site: PublishersSite, helm: Path, broker: Cluster, tmp_path: Path
) -> None:
    """The hook's job makes the topics; then the daemon passes its probes, follows the lists, and ends in good order."""
    file = tmp_path / "values.yaml"
    file.write_text(yaml.safe_dump(values(broker, site)))
    options = ("--values", str(file), "--kube-version", VERSIONS[-1])
    rendered = await asyncio.to_thread(helm_ran, helm, "template", "release", str(CHART), *options)
    assert rendered.returncode == 0, rendered.stderr
    found = {one["kind"]: one for one in yaml.safe_load_all(rendered.stdout) if one}
    contents = {"config": found["ConfigMap"]["data"], "secret": {"http__token": TOKEN}}
    job = given(image, found["Job"], contents, tmp_path / "job")
    made = await asyncio.to_thread(ran, image, job.mounts, *job.words, **job.variables)
    assert made.returncode == 0, made.stdout + made.stderr
    daemon = given(image, found["Deployment"], contents, tmp_path / "daemon")
    (container,) = found["Deployment"]["spec"]["template"]["spec"]["containers"]
    port = str(container["ports"][0]["containerPort"])
    with running(image, daemon.mounts, *daemon.words, **daemon.variables) as at_work:
        await _has_both_lists(at_work, port, {"Authorization": f"Bearer {TOKEN}"})
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                assert (await client.get(container[probe]["httpGet"]["path"])).status_code == 200
            assert (await client.get("/")).status_code == 401
        code, said = await asyncio.to_thread(at_work.stop, image.config["StopSignal"])
    assert (code, '"level":"error"' in said) == (0, False), said
    assert list((tmp_path / "daemon" / "archive").rglob("*.zst"))


async def _has_both_lists(container: Container, port: str, headers: dict[str, str]) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, trust_env=False) as client:

        async def is_well() -> bool:
            if container.is_over:
                raise AssertionError(container.stop("SIGTERM"))
            try:
                feeds = (await client.get("/api/feeds")).json()["feeds"]
            except (httpx.HTTPError, json.JSONDecodeError):
                return False
            return {one["feed"] for one in feeds if one["status"] == "ok"} >= set(WATCHED)

        await eventually(is_well)

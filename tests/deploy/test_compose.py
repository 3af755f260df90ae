"""The stack to try everything with, as far as it can be proven without a container engine.

Not run here: `docker compose up`, for which no engine is here, and the images of others, which are not pulled. Run is
the parser of Docker Compose over the file, and a real broker with the settings that the file gives to its broker.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from syncd.config import Config, HttpSettings
from tests.daemon.running import ROOT, environment
from tests.deploy.dockerfile import stages
from tests.kafka import jars
from tests.kafka.brokers import Cluster
from tests.kafka.plugin import needs_brokers

FILE = ROOT / "deploy" / "compose.yaml"
TOKEN = "an-invented-token"
# Without the values of variables.
UNFILLED = "-no-interpolation"
STACK = {"kafka", "topics", "syncd", "prometheus", "grafana"}


def parsed(compose: Path, file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(compose), *options, file.name],
        check=False,
        cwd=file.parent,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text())["services"]
    return found


def settings_of(service: dict[str, Any], **more: str) -> dict[str, str]:
    return {name: value for name, value in service["environment"].items() if not value.startswith("${")} | more


def test_docker_compose_reads_it(compose: Path) -> None:
    ran = parsed(compose, FILE, UNFILLED)
    assert ran.returncode == 0, ran.stderr
    assert set(yaml.safe_load(ran.stdout)["services"]) == STACK


def test_a_misspelt_key_would_be_seen(compose: Path, tmp_path: Path) -> None:
    file = tmp_path / FILE.name
    file.write_text(FILE.read_text().replace("restart:", "restarts:"))
    ran = parsed(compose, file, UNFILLED)
    assert (ran.returncode, "restarts" in ran.stderr) == (1, True)


def test_there_is_no_token_that_everybody_knows(compose: Path) -> None:
    ran = parsed(compose, FILE)
    assert (ran.returncode, "SYNCD_TOKEN" in ran.stderr) == (1, True)


def test_every_file_that_it_mounts_or_builds_from_exists(services: dict[str, dict[str, Any]]) -> None:
    sources = [volume.split(":")[0] for one in services.values() for volume in one.get("volumes", ())]
    mounted = [source for source in sources if source.startswith(".")]
    assert len(mounted) == 5
    for source in mounted:
        assert (FILE.parent / source).exists(), source
    build = services["syncd"]["build"]
    top = FILE.parent / build["context"]
    assert (top / build["dockerfile"]).exists()
    declared = yaml.safe_load(FILE.read_text())["volumes"]
    assert {source for source in sources if not source.startswith(".")} == set(declared)


def test_each_waits_for_what_it_needs(services: dict[str, dict[str, Any]]) -> None:
    assert services["topics"]["depends_on"] == {"kafka": {"condition": "service_healthy"}}
    assert services["syncd"]["depends_on"] == {"topics": {"condition": "service_completed_successfully"}}
    assert "test" in services["kafka"]["healthcheck"]


def test_nothing_is_offered_beyond_this_machine(services: dict[str, dict[str, Any]]) -> None:
    ports = [port for one in services.values() for port in one.get("ports", ())]
    assert len(ports) == 3
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_syncd_may_do_nothing_in_it_that_it_needs_not(services: dict[str, dict[str, Any]]) -> None:
    for name in ("syncd", "topics"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["security_opt"] == ["no-new-privileges:true"]
    (volume,) = services["syncd"]["volumes"]
    assert volume.endswith(
        ":" + next(one.rest for one in stages(FILE.parent / "Dockerfile")[1] if one.word == "WORKDIR")
    )


def test_its_settings_are_settings_of_syncd(services: dict[str, dict[str, Any]]) -> None:
    environ = settings_of(services["syncd"], SYNCD_HTTP__TOKEN=TOKEN)
    config = Config.load(None, environ)
    assert config.kafka.is_chosen
    assert config.archive_url.startswith("/var/lib/syncd/")
    ran = subprocess.run(
        [sys.executable, "-m", "syncd", "check-config"],
        check=False,
        env=environment(**environ),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_its_broker_is_the_one_that_the_tests_run(services: dict[str, dict[str, Any]]) -> None:
    version = re.search(r"<kafka.version>(.+)</kafka.version>", jars.POM.read_text())
    assert version is not None
    assert services["kafka"]["image"] == f"apache/kafka:{version[1]}"


def test_its_broker_is_good_enough_for_syncd(
    request: pytest.FixtureRequest, services: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    """A broker of the file's settings, but for its addresses and its folder."""
    needs_brokers(request)
    given = {
        name.removeprefix("KAFKA_").lower().replace("_", "."): value
        for name, value in services["kafka"]["environment"].items()
        if not any(word in name for word in ("LISTENER", "VOTERS", "LOG_DIRS"))
    }
    assert given["auto.create.topics.enable"] == "false"
    with Cluster(tmp_path / "kafka", settings=given) as cluster:
        more = settings_of(services["topics"], SYNCD_KAFKA__BOOTSTRAP_SERVERS=cluster.bootstrap)
        for words in (services["topics"]["command"], ["topics", "--check"]):
            ran = subprocess.run(
                [sys.executable, "-m", "syncd", *words],
                check=False,
                cwd=tmp_path,
                env=environment(**more),
                capture_output=True,
                text=True,
                timeout=120,
            )
            assert ran.returncode == 0, ran.stdout + ran.stderr


def test_grafana_finds_its_prometheus_and_its_dashboards(services: dict[str, dict[str, Any]]) -> None:
    folder = FILE.parent / "compose" / "grafana"
    (source,) = yaml.safe_load((folder / "datasources.yaml").read_text())["datasources"]
    assert source["url"] == "http://prometheus:9090"
    assert list((FILE.parent / "grafana").glob("*.json"))
    (provider,) = yaml.safe_load((folder / "dashboards.yaml").read_text())["providers"]
    assert f"./grafana:{provider['options']['path']}:ro" in services["grafana"]["volumes"]


def test_prometheus_asks_syncd_where_it_listens_and_has_the_rules(services: dict[str, dict[str, Any]]) -> None:
    config = yaml.safe_load((FILE.parent / "compose" / "prometheus.yaml").read_text())
    (job,) = config["scrape_configs"]
    assert job == {"job_name": "syncd", "static_configs": [{"targets": [f"syncd:{HttpSettings().port}"]}]}
    mounted = dict(volume.split(":")[:2] for volume in services["prometheus"]["volumes"])
    assert mounted["./prometheus/alerts.yaml"] == f"/etc/prometheus/{config['rule_files'][0]}"


def test_prometheus_takes_its_configuration(promtool: Path, tmp_path: Path) -> None:
    for file in ("compose/prometheus.yaml", "prometheus/alerts.yaml"):
        shutil.copy(FILE.parent / file, tmp_path)
    ran = subprocess.run(
        [str(promtool), "check", "config", str(tmp_path / "prometheus.yaml")],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    assert "SUCCESS" in ran.stdout

"""The chart, rendered by Helm for what operators ask of it, and held against Kubernetes."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from syncd import __version__
from syncd.config import Config
from syncd.web.server import TICK_SECONDS_MAX
from tests.daemon.running import ROOT
from tests.deploy import kubernetes

CHART = ROOT / "deploy" / "helm" / "syncd"
VALUES = Path(__file__).parent / "values"
CASES = sorted(path.stem for path in VALUES.glob("*.yaml"))
# Of the Prometheus operator: Kubernetes itself has no schemas of these.
OPERATORS = {"ServiceMonitor", "PrometheusRule"}

Manifest = dict[str, Any]


def ran(helm: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(helm), *words], check=False, capture_output=True, text=True, timeout=60)


def template(helm: Path, case: str, *words: str, version: str = kubernetes.VERSIONS[-1]) -> str:
    given = ("-f", str(VALUES / f"{case}.yaml"), "--kube-version", version, "--namespace", "screening")
    rendered = ran(helm, "template", "release", str(CHART), *given, *words)
    assert rendered.returncode == 0, rendered.stderr
    return rendered.stdout


def manifests(helm: Path, case: str, *words: str) -> dict[str, Manifest]:
    """By kind; each is there once."""
    found = [one for one in yaml.safe_load_all(template(helm, case, *words)) if one]
    assert len({one["kind"] for one in found}) == len(found)
    return {one["kind"]: one for one in found}


def pod(found: dict[str, Manifest], kind: str = "Deployment") -> Manifest:
    spec: Manifest = found[kind]["spec"]["template"]["spec"]
    return spec


@pytest.mark.parametrize("case", CASES)
def test_the_chart_is_clean(helm: Path, case: str) -> None:
    linted = ran(helm, "lint", "--strict", str(CHART), "-f", str(VALUES / f"{case}.yaml"))
    assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize("version", kubernetes.VERSIONS)
@pytest.mark.parametrize("case", CASES)
def test_kubernetes_knows_every_field(helm: Path, validator: Path, tmp_path: Path, case: str, version: str) -> None:
    documents = [one for one in yaml.safe_load_all(template(helm, case, version=version)) if one]
    own = [one for one in documents if one["kind"] not in OPERATORS]
    file = tmp_path / "manifests.yaml"
    file.write_text(yaml.safe_dump_all(own))
    assert kubernetes.complaints(validator, file, version) == ""


def test_a_field_that_kubernetes_does_not_know_would_be_seen(helm: Path, validator: Path, tmp_path: Path) -> None:
    file = tmp_path / "manifests.yaml"
    text = template(helm, "kafka")
    file.write_text(text.replace("readOnlyRootFilesystem:", "readOnlyRootFileSystem:"))
    assert "readOnlyRootFileSystem" in kubernetes.complaints(validator, file, kubernetes.VERSIONS[-1])


REFUSED = {
    "replicas=0": "replicas",
    "replicas=two": "replicas",
    "replica=3": "replica",
    "config.kafka.bootstrap_servers={}": "bootstrap_servers",
    "config.kafka.bootstrap_servers={broker}": "bootstrap_servers",
    "config.kafka=null": "kafka",
    "config.kafka.password=5ecre7": "password",
    "config.archive.secret_access_key=5ecre7": "secret_access_key",
    "config.http.token=5ecre7": "token",
    "secret=": "trusted_proxies",
    "config.archive.url=/var/lib/syncd/archive": "url",
    "archiveClaim=claim": "archiveClaim",
    "config.fetch.contact_url=": "contact_url",
    "config.http.port=80": "port",
    "image.digest=latest": "digest",
    "image.repo=x": "repo",
    "networkPolicy.enabled=maybe": "enabled",
    "serviceMonitor.interval=often": "interval",
    "spool.sizeLimit=much": "sizeLimit",
}


@pytest.mark.parametrize("setting", REFUSED)
def test_wrong_values_are_refused_by_name(helm: Path, setting: str) -> None:
    given = ("-f", str(VALUES / "kafka.yaml"), "--set", setting, "--kube-version", kubernetes.VERSIONS[-1])
    rendered = ran(helm, "template", "release", str(CHART), *given)
    assert rendered.returncode == 1
    assert "values don't meet the specifications of the schema" in rendered.stderr
    assert REFUSED[setting] in rendered.stderr


def test_the_chart_brings_this_syncd() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert (chart["version"], chart["appVersion"]) == (__version__, __version__)


def test_without_values_it_says_what_must_be_given(helm: Path) -> None:
    rendered = ran(helm, "template", "release", str(CHART), "--kube-version", kubernetes.VERSIONS[-1])
    assert rendered.returncode == 1
    for section in ("kafka", "archive", "fetch"):
        assert section in rendered.stderr


@pytest.mark.parametrize("case", CASES)
def test_what_it_renders_is_a_configuration_of_syncd(
    helm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    found = manifests(helm, case)
    values = yaml.safe_load((VALUES / f"{case}.yaml").read_text())
    file = tmp_path / "syncd.toml"
    file.write_text(found["ConfigMap"]["data"]["syncd.toml"])
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "kafka__username").write_text("syncd")
    (secrets / "kafka__password").write_text("5ecre7")
    (secrets / "http__token").write_text("an-invented-token")
    environ = {one["name"]: one["value"] for one in pod(found)["containers"][0]["env"]}
    assert environ["SYNCD_CONFIG"] == "/etc/syncd/syncd.toml"
    has_secret = "SYNCD_SECRETS_DIR" in environ
    assert has_secret == bool(values.get("secret"))
    here = {"SYNCD_CONFIG": str(file)} | ({"SYNCD_SECRETS_DIR": str(secrets)} if has_secret else {})
    config = Config.load(None, environ | here)
    asked = values["config"]
    assert list(config.kafka.bootstrap_servers) == asked["kafka"]["bootstrap_servers"]
    assert config.archive_url == asked["archive"]["url"]
    assert str(config.archive_spool) == "/var/lib/syncd/spool"
    assert config.http.host == "0.0.0.0"
    for feed, section in asked.get("feeds", {}).items():
        if feed != "enable":
            assert config.feeds.of(feed).model_dump(include=set(section)) == section


@pytest.mark.parametrize("case", CASES)
def test_pods_may_do_nothing_that_they_need_not(helm: Path, case: str) -> None:
    found = manifests(helm, case)
    kinds = [kind for kind in ("Deployment", "Job") if kind in found]
    assert len(kinds) == (2 if case == "everything" else 1)
    for kind in kinds:
        spec = pod(found, kind)
        assert spec["automountServiceAccountToken"] is False
        security = spec["securityContext"]
        assert (security["runAsNonRoot"], security["runAsUser"], security["runAsGroup"]) == (True, 10001, 10001)
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}
        (container,) = spec["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {"memory"} <= set(container["resources"]["limits"])
        assert {"cpu", "memory"} <= set(container["resources"]["requests"])
        assert not [one for one in spec["volumes"] if "hostPath" in one]
        writable = {one["name"] for one in container["volumeMounts"] if not one.get("readOnly")}
        assert writable <= {"state", "tmp", "archive"}


def test_secrets_are_files_and_nothing_else(helm: Path) -> None:
    found = manifests(helm, "kafka")
    assert "Secret" not in found
    volumes = {one["name"]: one for one in pod(found)["volumes"]}
    assert volumes["secret"]["secret"] == {"secretName": "syncd", "defaultMode": 0o440}
    assert all("valueFrom" not in one for one in pod(found)["containers"][0]["env"])


def test_two_replicas_stand_apart_and_are_never_drained_together(helm: Path) -> None:
    found = manifests(helm, "kafka")
    assert found["Deployment"]["spec"]["replicas"] == 2
    budget = found["PodDisruptionBudget"]["spec"]
    assert budget["maxUnavailable"] == 1
    labels = found["Deployment"]["spec"]["template"]["metadata"]["labels"]
    chosen = [
        budget["selector"]["matchLabels"],
        found["Deployment"]["spec"]["selector"]["matchLabels"],
        found["Service"]["spec"]["selector"],
        found["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"],
        pod(found)["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"],
    ]
    for selector in chosen:
        assert selector.items() <= labels.items()
    assert found["Deployment"]["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


def test_the_job_is_not_taken_for_the_daemon(helm: Path) -> None:
    found = manifests(helm, "everything")
    labels = found["Job"]["spec"]["template"]["metadata"]["labels"]
    for selector in (
        found["Service"]["spec"]["selector"],
        found["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
    ):
        assert not selector.items() <= labels.items()
    assert found["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"].items() <= labels.items()
    assert found["Job"]["metadata"]["annotations"]["helm.sh/hook"] == "post-install,post-upgrade"


def test_probes_ask_the_port_and_a_hung_schedule_is_restarted(helm: Path) -> None:
    (container,) = pod(manifests(helm, "everything"))["containers"]
    assert container["ports"] == [{"name": "http", "containerPort": 8080}]
    paths = {probe: container[probe]["httpGet"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert paths["livenessProbe"] == {"path": "/livez", "port": "http"}
    assert paths["startupProbe"] == {"path": "/livez", "port": "http"}
    assert paths["readinessProbe"] == {"path": "/readyz", "port": "http"}
    live = container["livenessProbe"]
    assert live["periodSeconds"] * live["failureThreshold"] <= TICK_SECONDS_MAX


def test_the_network_lets_through_names_publishers_and_brokers(helm: Path) -> None:
    policy = manifests(helm, "kafka")["NetworkPolicy"]["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    ports = {(one["port"], one["protocol"]) for rule in policy["egress"] for one in rule["ports"]}
    assert ports == {(53, "UDP"), (53, "TCP"), (443, "TCP"), (9093, "TCP"), (9094, "TCP")}
    (entry,) = policy["ingress"]
    assert entry == {"ports": [{"port": "http", "protocol": "TCP"}], "from": [{"podSelector": {}}]}


def test_the_network_can_be_told_who_asks_and_who_is_asked(helm: Path) -> None:
    policy = manifests(helm, "everything")["NetworkPolicy"]["spec"]
    (entry,) = policy["ingress"]
    assert entry["from"] == [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]
    assert {"ports": [{"port": 3128, "protocol": "TCP"}]} in policy["egress"]
    assert "NetworkPolicy" not in manifests(helm, "alone")


def test_one_replica_may_keep_its_archive_on_a_volume(helm: Path) -> None:
    found = manifests(helm, "alone")
    assert "PodDisruptionBudget" not in found
    assert "ServiceAccount" not in found
    volumes = {one["name"]: one for one in pod(found)["volumes"]}
    assert volumes["archive"]["persistentVolumeClaim"] == {"claimName": "syncd-archive"}
    assert {"name": "SYNCD_ARCHIVE__SHARED", "value": "true"} in pod(found)["containers"][0]["env"]


def test_another_configuration_is_another_pod(helm: Path) -> None:
    sums = {
        manifests(helm, "kafka", *words)["Deployment"]["spec"]["template"]["metadata"]["annotations"]["checksum/config"]
        for words in ((), ("--set", "config.installation=bank-b"))
    }
    assert len(sums) == 2


def test_the_operators_resources_are_off_until_asked_for(helm: Path) -> None:
    assert not OPERATORS & set(manifests(helm, "kafka"))
    found = manifests(helm, "everything")
    monitor = found["ServiceMonitor"]
    assert monitor["metadata"]["labels"]["release"] == "prometheus"
    assert monitor["spec"]["selector"]["matchLabels"].items() <= found["Service"]["metadata"]["labels"].items()
    (endpoint,) = monitor["spec"]["endpoints"]
    assert endpoint["port"] == found["Service"]["spec"]["ports"][0]["name"]
    assert endpoint["authorization"]["credentials"] == {"name": "syncd", "key": "http__token"}
    assert found["Service"]["metadata"]["labels"][monitor["spec"]["jobLabel"]] == "syncd"


def test_the_rules_are_those_of_prometheus(helm: Path, tmp_path: Path) -> None:
    alerts = yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yaml").read_text())
    assert manifests(helm, "everything")["PrometheusRule"]["spec"] == alerts
    packed = ran(helm, "package", str(CHART), "--destination", str(tmp_path))
    assert packed.returncode == 0, packed.stderr
    (archive,) = tmp_path.glob("*.tgz")
    given = ("-f", str(VALUES / "everything.yaml"), "--kube-version", kubernetes.VERSIONS[-1])
    rendered = ran(helm, "template", "release", str(archive), *given)
    found = [one for one in yaml.safe_load_all(rendered.stdout) if one and one["kind"] == "PrometheusRule"]
    assert [one["spec"] for one in found] == [alerts]

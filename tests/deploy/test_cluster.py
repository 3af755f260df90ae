"""The chart in a real Kubernetes: admitted under `restricted`, installed, upgraded, taken back and removed by Helm.

Its store, its API server and its controllers are real; no container runs, and no network policy is enforced, for which
a cluster needs nodes: a stand-in says of each admitted pod what a kubelet would.
"""

import copy
import io
import os
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from msgspec import Struct

from tests.daemon.running import ROOT
from tests.deploy import control_plane, kubelet, namespace
from tests.deploy.control_plane import CONTROL_PLANE
from tests.deploy.definitions import DEFINITIONS
from tests.deploy.namespace import NAME, TEAM, listed, post
from tests.deploy.test_helm import CASES, CHART, OPERATORS, VALUES, Manifest, template
from tests.tools import left_out, needs

EVERYTHING = VALUES / "everything.yaml"
RELEASE = "sanctions"
INSTANCE = {"app.kubernetes.io/instance": RELEASE}
DAEMON = INSTANCE | {"app.kubernetes.io/component": "daemon"}
# What is installed with these values, and nothing else.
KINDS = {
    "ConfigMap", "Deployment", "NetworkPolicy", "PodDisruptionBudget", "PrometheusRule", "Service", "ServiceAccount",
    "ServiceMonitor",
}  # fmt: skip
SECONDS_MAX = 120
# The chart and what it has from elsewhere in the tree.
PARTS = ("deploy/helm/syncd", "deploy/prometheus/alerts.yaml", "tests/deploy/values/everything.yaml")

# The first builds Kubernetes, on a machine that has none yet.
pytestmark = pytest.mark.timeout(2400)


class Cluster(Struct, frozen=True):
    """A control plane with a node's stand-in, as administrators and the team ask it."""

    administrator: httpx.Client
    team: httpx.Client
    node: kubelet.StandIn
    helm: Callable[..., subprocess.CompletedProcess[str]]

    def comes_to(self, holds: Callable[[], bool]) -> None:
        """Wait until it holds."""
        end = time.monotonic() + SECONDS_MAX
        while not holds():
            assert time.monotonic() < end, "it did not come to that in time"
            time.sleep(0.1)

    def ready(self) -> list[str]:
        """Names of the release's pods that are ready and are not on their way out."""
        pods = [pod for pod in listed(self.team, "Pod", **DAEMON) if "deletionTimestamp" not in pod["metadata"]]
        return [pod["metadata"]["name"] for pod in pods if pod["status"]["phase"] == "Running"]

    def settings(self) -> str:
        (found,) = listed(self.team, "ConfigMap", **INSTANCE)
        text: str = found["data"]["syncd.toml"]
        return text

    def hooks(self) -> list[str]:
        """Names of the pods of the job that makes topics, of all times."""
        labels = ((name, pod["metadata"]["labels"]) for name, pod in self.node.seen.items())
        return [name for name, of in labels if of.get("app.kubernetes.io/component") == "topics"]


@pytest.fixture(scope="module")
def cluster(helm: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    programs, definitions = needs(CONTROL_PLANE), needs(DEFINITIONS)
    folder = tmp_path_factory.mktemp("cluster")
    with (
        control_plane.started(programs, folder, {"team": TEAM}) as plane,
        plane.client("administrator") as administrator,
        plane.client("team") as team,
        kubelet.registered(plane.client("administrator")) as node,
    ):
        namespace.make(administrator, definitions)
        own = {f"HELM_{part}_HOME": str(folder / part) for part in ("CACHE", "CONFIG", "DATA")}
        environ = {**os.environ, "KUBECONFIG": str(plane.access("team")), **own}

        def asked(*words: str) -> subprocess.CompletedProcess[str]:
            command = [str(helm), "--namespace", NAME, *words]
            return subprocess.run(
                command, check=False, env=environ, capture_output=True, text=True, timeout=2 * SECONDS_MAX
            )

        cluster = Cluster(administrator, team, node, asked)
        cluster.comes_to(lambda: _may(team, "create", "deployments", "apps"))
        cluster.comes_to(lambda: all(team.get(namespace.RESOURCES[kind]).is_success for kind in OPERATORS))
        yield cluster


def _may(client: httpx.Client, verb: str, resource: str, group: str = "") -> bool:
    asked = {"namespace": NAME, "verb": verb, "resource": resource, "group": group}
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
    answer = client.post(
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", json=review | {"spec": {"resourceAttributes": asked}}
    )
    answer.raise_for_status()
    return bool(answer.json()["status"]["allowed"])


def did(ran: subprocess.CompletedProcess[str]) -> str:
    """What Helm says of what it did."""
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def made(cluster: Cluster) -> set[str]:
    """The kinds of which the release has an object, but for those that controllers made for it."""
    kinds = [kind for kind, path in namespace.RESOURCES.items() if f"/namespaces/{NAME}/" in path and kind != "Pod"]
    return {kind for kind in kinds if listed(cluster.administrator, kind, **INSTANCE)}


@pytest.fixture
def installed(cluster: Cluster) -> Iterator[Cluster]:
    """The chart with all that it can be asked for, all of it ready; removed at the end, if the test has not."""
    given = ("--values", str(EVERYTHING), "--wait", "--timeout", f"{SECONDS_MAX}s")
    did(cluster.helm("install", RELEASE, str(CHART), *given))
    yield cluster
    remove(cluster)


def remove(cluster: Cluster) -> None:
    """The release, if it is still there, and then its pods, which controllers remove."""
    did(cluster.helm("uninstall", RELEASE, "--ignore-not-found", "--wait"))
    cluster.comes_to(lambda: not listed(cluster.team, "Pod"))


def manifests(helm: Path, case: str) -> list[Manifest]:
    version = control_plane.VERSION.removeprefix("v")
    return [one for one in yaml.safe_load_all(template(helm, case, version=version)) if one]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"values of {case}")
def test_every_object_is_taken_to_the_letter_and_without_a_warning(cluster: Cluster, helm: Path, case: str) -> None:
    """An unknown field would be an error; a field that is going, or a pod that `restricted` refuses, a warning."""
    for manifest in manifests(helm, case):
        answer = post(cluster.team, {**manifest, "metadata": manifest["metadata"] | {"namespace": NAME}}, is_dry=True)
        assert answer.status_code == 201, answer.text
        assert "Warning" not in answer.headers, answer.headers["Warning"]


@pytest.mark.parametrize("kind", ["Deployment", "NetworkPolicy", "ServiceMonitor", "PrometheusRule"])
def test_an_unknown_field_is_refused(cluster: Cluster, helm: Path, kind: str) -> None:
    (manifest,) = (one for one in manifests(helm, "everything") if one["kind"] == kind)
    answer = post(cluster.team, {**manifest, "spec": manifest["spec"] | {"replica": 1}}, is_dry=True)
    assert answer.status_code == 400
    assert 'unknown field "spec.replica"' in answer.json()["message"]


def test_the_team_may_no_more_than_it_needs(cluster: Cluster) -> None:
    role = {"apiVersion": f"{namespace.RBAC}/v1", "kind": "ClusterRole", "metadata": {"name": "all"}, "rules": []}
    assert post(cluster.team, role, is_dry=True).status_code == 403
    quota: Manifest = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "more"}, "spec": {}}
    assert post(cluster.team, quota, is_dry=True).status_code == 403


# Each is left out of the pod, alone.
GUARDED: dict[str, Callable[[Manifest], Any]] = {
    "runAsNonRoot": lambda pod: pod["securityContext"].pop("runAsNonRoot"),
    "seccompProfile": lambda pod: pod["securityContext"].pop("seccompProfile"),
    "allowPrivilegeEscalation": lambda pod: pod["containers"][0]["securityContext"].pop("allowPrivilegeEscalation"),
    "capabilities": lambda pod: pod["containers"][0]["securityContext"].pop("capabilities"),
}


@pytest.mark.parametrize("kind", ["Deployment", "Job"])
@pytest.mark.parametrize("name", GUARDED)
def test_a_pod_without_one_of_its_guards_is_refused(cluster: Cluster, helm: Path, kind: str, name: str) -> None:
    (manifest,) = (one for one in manifests(helm, "everything") if one["kind"] == kind)
    account: Manifest = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "plain"}}
    assert post(cluster.team, account).status_code in (201, 409)
    spec = manifest["spec"]["template"]["spec"] | {"serviceAccountName": "plain"}
    whole: Manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pod"}, "spec": spec}
    assert post(cluster.team, whole, is_dry=True).status_code == 201
    less = copy.deepcopy(whole)
    GUARDED[name](less["spec"])
    answer = post(cluster.team, less, is_dry=True)
    assert answer.status_code == 403
    assert 'violates PodSecurity "restricted:latest"' in answer.json()["message"]
    assert name in answer.json()["message"]


def test_an_installation_is_whole_when_helm_says_so(installed: Cluster) -> None:
    assert made(installed) == KINDS
    pods = set(installed.ready())
    assert len(pods) == 3
    (name,) = installed.hooks()[-1:]
    assert installed.node.seen[name]["metadata"]["ownerReferences"][0]["kind"] == "Job"
    installed.comes_to(lambda: _served(installed) == pods)
    installed.comes_to(lambda: _of(installed, "PodDisruptionBudget")["status"]["disruptionsAllowed"] == 1)
    installed.comes_to(lambda: {"750m", "1536Mi", "3Gi"} <= set(_quota(installed).values()))


def test_its_pods_may_ask_the_cluster_nothing(installed: Cluster) -> None:
    user = f"system:serviceaccount:{NAME}:{RELEASE}-syncd"
    for verb, resource in (("get", "secrets"), ("list", "pods"), ("create", "pods"), ("get", "configmaps")):
        spec = {"user": user, "resourceAttributes": {"namespace": NAME, "verb": verb, "resource": resource}}
        review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
        answer = installed.administrator.post("/apis/authorization.k8s.io/v1/subjectaccessreviews", json=review)
        assert answer.json()["status"]["allowed"] is False
    pods = [installed.node.seen[name] for name in (*installed.ready(), *installed.hooks())]
    mounted = {volume["name"] for pod in pods for volume in pod["spec"]["volumes"]}
    assert mounted == {"config", "secret", "state", "tmp"}, "no token of the cluster"


def test_an_upgrade_changes_every_pod_and_a_rollback_returns(installed: Cluster) -> None:
    cluster = installed
    before, settings, hooks = set(cluster.ready()), cluster.settings(), len(cluster.hooks())
    given = (
        "--values",
        str(EVERYTHING),
        "--set",
        "config.installation=bank-b",
        "--wait",
        "--timeout",
        f"{SECONDS_MAX}s",
    )
    did(cluster.helm("upgrade", RELEASE, str(CHART), *given))
    cluster.comes_to(lambda: len(listed(cluster.team, "Pod", **DAEMON)) == 3)
    upgraded = set(cluster.ready())
    assert (len(upgraded), upgraded & before) == (3, set())
    assert 'installation = "bank-b"' in cluster.settings()
    assert len(cluster.hooks()) == hooks + 1
    did(cluster.helm("rollback", RELEASE, "1", "--wait", "--timeout", f"{SECONDS_MAX}s"))
    cluster.comes_to(lambda: len(listed(cluster.team, "Pod", **DAEMON)) == 3)
    assert (len(cluster.ready()), set(cluster.ready()) & upgraded) == (3, set())
    assert cluster.settings() == settings


def test_what_is_removed_leaves_only_what_was_there(installed: Cluster) -> None:
    cluster = installed
    remove(cluster)
    assert made(cluster) == set()
    assert [one["metadata"]["name"] for one in listed(cluster.team, "Secret")] == ["syncd"]


def test_a_secret_that_is_missing_is_seen_in_the_installation(cluster: Cluster) -> None:
    given = ("--values", str(EVERYTHING), "--set", "secret=another", "--wait", "--timeout", "5s")
    ran = cluster.helm("install", "incomplete", str(CHART), *given)
    did(cluster.helm("uninstall", "incomplete", "--wait"))
    assert ran.returncode == 1
    assert "deadline" in ran.stderr


def test_the_chart_as_it_was_before_is_upgraded_in_place(cluster: Cluster, tmp_path: Path) -> None:
    """From the newest chart in the history that is another than this one."""
    before = _chart_before(tmp_path)
    given = ("--wait", "--timeout", f"{SECONDS_MAX}s")
    older = (str(before / PARTS[0]), "--values", str(before / PARTS[2]))
    try:
        did(cluster.helm("install", RELEASE, *older, *given))
        first = {kind: _of(cluster, kind)["metadata"]["uid"] for kind in KINDS}
        did(cluster.helm("upgrade", RELEASE, str(CHART), "--values", str(EVERYTHING), *given))
        assert first == {kind: _of(cluster, kind)["metadata"]["uid"] for kind in KINDS}, "nothing is made anew"
        rules = yaml.safe_load((ROOT / PARTS[1]).read_text())
        assert _of(cluster, "PrometheusRule")["spec"] == rules
        assert len(cluster.ready()) == 3
    finally:
        remove(cluster)


def _chart_before(folder: Path) -> Path:
    asked = PARTS[:2]
    try:
        commits = _git("log", "--format=%H", "--", *asked).decode().split()
    except (OSError, subprocess.CalledProcessError):
        commits = []
    newest = next((commit for commit in commits if _git("diff", "--name-only", commit, "--", *asked)), None)
    if newest is None:
        left_out(
            "the chart as it was before", "its history is not here", "clone with the history: git fetch --unshallow"
        )
    with tarfile.open(fileobj=io.BytesIO(_git("archive", newest, "--", *PARTS))) as packed:
        packed.extractall(folder, filter="data")
    return folder


def _git(*words: str) -> bytes:
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, timeout=SECONDS_MAX).stdout


def _of(cluster: Cluster, kind: str) -> Manifest:
    (found,) = listed(cluster.team, kind, **INSTANCE)
    return found


def _served(cluster: Cluster) -> set[str]:
    """Names of the pods to which the release's service leads."""
    answer = cluster.team.get(f"/apis/discovery.k8s.io/v1/namespaces/{NAME}/endpointslices")
    answer.raise_for_status()
    endpoints = [one for found in answer.json()["items"] for one in found["endpoints"] or ()]
    return {one["targetRef"]["name"] for one in endpoints if one["conditions"]["ready"]}


def _quota(cluster: Cluster) -> dict[str, str]:
    (found,) = listed(cluster.team, "ResourceQuota")
    used: dict[str, str] = found["status"]["used"]
    return used

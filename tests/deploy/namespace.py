"""A bank's namespace in a cluster: closed by its administrators, and what a team may do in it.

`restricted` is enforced for pods and warned of for all that makes pods; a quota counts what pods ask for; the team has
Kubernetes' own role `edit`, and the kinds of the Prometheus operator beside it.
"""

from pathlib import Path
from typing import Any

import httpx
import yaml

NAME = "screening"
TEAM = "screening-team"
SECRETS = {"http__token": "an-invented-token", "kafka__username": "syncd", "kafka__password": "5ecre7"}
MONITORING = "monitoring.coreos.com"
# Paths of the API by kind.
RESOURCES = {
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ConfigMap": f"/api/v1/namespaces/{NAME}/configmaps",
    "CustomResourceDefinition": "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    "Deployment": f"/apis/apps/v1/namespaces/{NAME}/deployments",
    "Job": f"/apis/batch/v1/namespaces/{NAME}/jobs",
    "Namespace": "/api/v1/namespaces",
    "NetworkPolicy": f"/apis/networking.k8s.io/v1/namespaces/{NAME}/networkpolicies",
    "PersistentVolumeClaim": f"/api/v1/namespaces/{NAME}/persistentvolumeclaims",
    "Pod": f"/api/v1/namespaces/{NAME}/pods",
    "PodDisruptionBudget": f"/apis/policy/v1/namespaces/{NAME}/poddisruptionbudgets",
    "PriorityClass": "/apis/scheduling.k8s.io/v1/priorityclasses",
    "PrometheusRule": f"/apis/{MONITORING}/v1/namespaces/{NAME}/prometheusrules",
    "ResourceQuota": f"/api/v1/namespaces/{NAME}/resourcequotas",
    "Role": f"/apis/rbac.authorization.k8s.io/v1/namespaces/{NAME}/roles",
    "RoleBinding": f"/apis/rbac.authorization.k8s.io/v1/namespaces/{NAME}/rolebindings",
    "Secret": f"/api/v1/namespaces/{NAME}/secrets",
    "Service": f"/api/v1/namespaces/{NAME}/services",
    "ServiceAccount": f"/api/v1/namespaces/{NAME}/serviceaccounts",
    "ServiceMonitor": f"/apis/{MONITORING}/v1/namespaces/{NAME}/servicemonitors",
}
RBAC = "rbac.authorization.k8s.io"

Manifest = dict[str, Any]


def bound(name: str, role: Manifest) -> Manifest:
    """The team has `role`."""
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": name, "namespace": NAME},
        "roleRef": {"apiGroup": RBAC, **role},
        "subjects": [{"apiGroup": RBAC, "kind": "Group", "name": TEAM}],
    }


MADE: list[Manifest] = [
    {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": NAME,
            "labels": {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn", "audit")},
        },
    },
    {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": {"name": "important"},
        "value": 1000,
    },
    {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "team", "namespace": NAME},
        "spec": {"hard": {"pods": "10", "requests.cpu": "4", "requests.memory": "8Gi", "limits.memory": "16Gi"}},
    },
    {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "syncd", "namespace": NAME},
        "stringData": SECRETS,
    },
    {
        "apiVersion": f"{RBAC}/v1",
        "kind": "Role",
        "metadata": {"name": "monitoring", "namespace": NAME},
        "rules": [
            {
                "apiGroups": [MONITORING],
                "resources": ["servicemonitors", "prometheusrules"],
                "verbs": ["get", "list", "create", "update", "patch", "delete"],
            }
        ],
    },
    bound("team", {"kind": "ClusterRole", "name": "edit"}),
    bound("monitoring", {"kind": "Role", "name": "monitoring"}),
]


def post(client: httpx.Client, manifest: Manifest, *, is_dry: bool = False) -> httpx.Response:
    """Ask for the object, in which an unknown or a doubled field is an error; `is_dry` makes nothing."""
    asked = {"fieldValidation": "Strict"} | ({"dryRun": "All"} if is_dry else {})
    return client.post(RESOURCES[manifest["kind"]], params=asked, json=manifest)


def make(client: httpx.Client, definitions: Path) -> None:
    """All that administrators make before a team comes. Raises httpx.HTTPStatusError for what is not taken."""
    own = [yaml.safe_load(path.read_text()) for path in sorted(definitions.glob("*.yaml"))]
    for manifest in (*own, *MADE):
        answer = post(client, manifest)
        assert answer.status_code == 201, answer.text


def listed(client: httpx.Client, kind: str, **labels: str) -> list[Manifest]:
    """The objects of a kind that have these labels."""
    selector = ",".join(f"{name}={value}" for name, value in labels.items())
    answer = client.get(RESOURCES[kind], params={"labelSelector": selector})
    answer.raise_for_status()
    found: list[Manifest] = answer.json()["items"]
    return found

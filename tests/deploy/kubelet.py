"""A stand-in for a node: every pod is bound to it, found to have its volumes, and said to run.

No container runs. A pod that is to end (a job's) has succeeded at once; another is ready at once; one that is deleted
is gone at once. A pod of which a ConfigMap or a Secret is missing stays as it is, as it would under a kubelet.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx

NODE = "stand-in"
CAPACITY = {"cpu": "64", "memory": "256Gi", "pods": "200"}
VOLUMES = {"configMap": ("configmaps", "name"), "secret": ("secrets", "secretName")}

Pod = dict[str, Any]


class StandIn:
    """`seen` are the pods by name, each as it was admitted; `failure` is what ended the stand-in before its time."""

    def __init__(self, client: httpx.Client) -> None:
        self.seen: dict[str, Pod] = {}
        self.failure: Exception | None = None
        self.is_over = False
        self._client = client

    def register(self) -> None:
        """Make the node, with room for whatever the tests ask for."""
        node = {"metadata": {"name": NODE}, "status": {"capacity": CAPACITY, "allocatable": CAPACITY}}
        self._client.post("/api/v1/nodes", json=node).raise_for_status()

    def serve(self) -> None:
        """Follow the pods until the API server ends."""
        try:
            with self._client.stream("GET", "/api/v1/pods", params={"watch": "true"}, timeout=None) as events:
                for line in events.iter_lines():
                    event = json.loads(line)
                    if event["type"] in ("ADDED", "MODIFIED"):
                        self._see(event["object"])
        except (httpx.HTTPError, LookupError) as error:
            self.failure = None if self.is_over else error

    def _see(self, pod: Pod) -> None:
        place = f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods/{pod['metadata']['name']}"
        self.seen.setdefault(pod["metadata"]["name"], pod)
        if "deletionTimestamp" in pod["metadata"]:
            self._ask("DELETE", place, json={"gracePeriodSeconds": 0})
        elif "nodeName" not in pod["spec"]:
            target = {"apiVersion": "v1", "kind": "Node", "name": NODE}
            self._ask(
                "POST", f"{place}/binding", json={"metadata": {"name": pod["metadata"]["name"]}, "target": target}
            )
        elif pod["status"]["phase"] == "Pending" and self._has_its_volumes(pod):
            headers = {"Content-Type": "application/merge-patch+json"}
            self._ask("PATCH", f"{place}/status", content=json.dumps({"status": self._status(pod)}), headers=headers)

    def _has_its_volumes(self, pod: Pod) -> bool:
        place = f"/api/v1/namespaces/{pod['metadata']['namespace']}"
        wanted = [
            f"{place}/{resource}/{volume[kind][key]}"
            for volume in pod["spec"].get("volumes", ())
            for kind, (resource, key) in VOLUMES.items()
            if kind in volume
        ]
        return all(self._ask("GET", path).is_success for path in wanted)

    def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Something that is gone by now is no fault: its pod was deleted."""
        answer = self._client.request(method, path, **more)
        if answer.status_code not in (404, 409):
            answer.raise_for_status()
        return answer

    def _status(self, pod: Pod) -> dict[str, Any]:
        """What a kubelet would say of a pod: it runs and is ready, or has ended well when it is one that ends."""
        address = f"10.1.0.{len(self.seen)}"
        now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        ends = pod["spec"]["restartPolicy"] != "Always"
        ended = {"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": now, "finishedAt": now}}
        state = ended if ends else {"running": {"startedAt": now}}
        condition = {"type": "Ready", "status": "False" if ends else "True", "lastTransitionTime": now}
        containers = [
            {
                "name": one["name"],
                "image": one["image"],
                "imageID": "",
                "ready": not ends,
                "restartCount": 0,
                "state": state,
            }
            for one in pod["spec"]["containers"]
        ]
        return {
            "phase": "Succeeded" if ends else "Running",
            "startTime": now,
            "podIP": address,
            "podIPs": [{"ip": address}],
            "conditions": [condition],
            "containerStatuses": containers,
        }


@contextmanager
def registered(client: httpx.Client) -> Iterator[StandIn]:
    """A node of the control plane that `client` asks as its administrator; raises what ended it before its time."""
    node = StandIn(client)
    node.register()
    # It ends with the API server, whose answer it waits for.
    threading.Thread(target=node.serve, daemon=True).start()
    try:
        yield node
    finally:
        node.is_over = True
    if node.failure is not None:
        raise node.failure

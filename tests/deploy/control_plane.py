"""A real control plane of Kubernetes: its store, its API server and its controllers, on loopback, without a node.

Built from the sources of one release, with the versions and sums that the release names; not root, nothing installed.
"""

import os
import platform
import re
import secrets
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import trustme
import yaml

from tests.daemon.running import free_port
from tests.tools import Tool, golang, progress

VERSION = "v1.37.0"
MODULE = "k8s.io/kubernetes"
# What the release has in folders of its own tree is published under its number with 0 before it.
STAGED = re.compile(r"^(\t(k8s\.io/[a-z-]+)) => \./staging/.*$", re.MULTILINE)
STAGED_VERSION = VERSION.replace("v1.", "v0.")
PROGRAMS = {
    "etcd": "go.etcd.io/etcd/server/v3",
    "kube-apiserver": "./cmd/kube-apiserver",
    "kube-controller-manager": "./cmd/kube-controller-manager",
}
LINKED = f"-s -w -X k8s.io/component-base/version.gitVersion={VERSION}"
BUILD_SECONDS_MAX = 1200
START_SECONDS_MAX = 180.0
ASK_AGAIN_SECONDS = 0.1
ANSWER_SECONDS_MAX = 60.0
# Those that see to nodes would find none that reports.
CONTROLLERS = "*,-node-lifecycle-controller,-node-ipam-controller"


def _fetch(folder: Path) -> None:
    """Bounded altogether. What was compiled until then is kept by Go, and the next run goes on from there."""
    end = time.monotonic() + BUILD_SECONDS_MAX
    sources = golang.downloaded(MODULE, VERSION, folder)
    own = folder / "release.mod"
    own.write_text(STAGED.sub(rf"\1 => \2 {STAGED_VERSION}", (sources / "go.mod").read_text()))
    own.with_suffix(".sum").write_text((sources / "go.sum").read_text())
    for number, (name, package) in enumerate(PROGRAMS.items(), 1):
        progress.say(f"building {name} of Kubernetes {VERSION}, {number} of {len(PROGRAMS)}: takes minutes ...")
        subprocess.run(
            # After all else: other tests run beside.
            ["nice", "go", "build", "-modfile", str(own), "-ldflags", LINKED, "-o", str(folder / name), package],
            check=True,
            cwd=sources,
            env={**os.environ, "GOWORK": "off", "GOFLAGS": "-mod=mod -modcacherw -buildvcs=false -p=2"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=max(end - time.monotonic(), 1),
        )


CONTROL_PLANE = Tool(
    name="a real Kubernetes API server",
    remedy=golang.REMEDY,
    folder=f"kubernetes-{VERSION}-{platform.machine()}",
    fetch=_fetch,
    fetched_with=golang.COMMANDS,
    is_demanding=True,
)


class ControlPlane:
    """Where it answers, and to whom: each user has a token. `administrator` may do everything."""

    def __init__(self, folder: Path, users: Mapping[str, str]) -> None:
        self.folder = folder
        self.home = f"https://127.0.0.1:{free_port()}"
        self.store = f"http://127.0.0.1:{free_port()}"
        self._tokens = {user: secrets.token_hex(16) for user in ("administrator", *users)}
        groups = {"administrator": "system:masters", **users}
        lines = [f'{token},{user},{user},"{groups[user]}"' for user, token in self._tokens.items()]
        (folder / "tokens").write_text("\n".join(lines))
        authority = trustme.CA()
        server = authority.issue_cert("127.0.0.1")
        self.certificate = folder / "authority.pem"
        authority.cert_pem.write_to_path(self.certificate)
        server.private_key_pem.write_to_path(folder / "key.pem")
        for part in server.cert_chain_pems:
            part.write_to_path(folder / "server.pem", append=True)

    def client(self, user: str) -> httpx.Client:
        """An HTTP client that asks as `user`."""
        return httpx.Client(
            base_url=self.home,
            headers={"Authorization": f"Bearer {self._tokens[user]}"},
            verify=ssl.create_default_context(cafile=str(self.certificate)),
            trust_env=False,
            timeout=ANSWER_SECONDS_MAX,
        )

    def access(self, user: str) -> Path:
        """A kubeconfig with which Helm and the controllers ask as `user`."""
        cluster = {"server": self.home, "certificate-authority": str(self.certificate)}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "tests", "cluster": cluster}],
            "users": [{"name": user, "user": {"token": self._tokens[user]}}],
            "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": user}}],
            "current-context": "tests",
        }
        path = self.folder / f"{user}.yaml"
        path.write_text(yaml.safe_dump(config))
        return path

    def commands(self) -> dict[str, list[str]]:
        """How each program is started, in order."""
        peers = f"http://127.0.0.1:{free_port()}"
        store = {
            "data-dir": self.folder / "store",
            "listen-client-urls": self.store,
            "advertise-client-urls": self.store,
            "listen-peer-urls": peers,
            "initial-advertise-peer-urls": peers,
            "initial-cluster": f"default={peers}",
            "unsafe-no-fsync": "true",
        }
        key = self.folder / "key.pem"
        server = {
            "etcd-servers": self.store,
            "bind-address": "127.0.0.1",
            "advertise-address": "127.0.0.1",
            "secure-port": self.home.rpartition(":")[2],
            "tls-cert-file": self.folder / "server.pem",
            "tls-private-key-file": key,
            "cert-dir": self.folder,
            "token-auth-file": self.folder / "tokens",
            "authorization-mode": "RBAC",
            "service-account-issuer": "https://kubernetes.default.svc",
            "service-account-key-file": key,
            "service-account-signing-key-file": key,
            "service-cluster-ip-range": "10.0.0.0/24",
            "endpoint-reconciler-type": "none",
        }
        controllers = {
            "kubeconfig": self.access("administrator"),
            "authentication-kubeconfig": self.access("administrator"),
            "authorization-kubeconfig": self.access("administrator"),
            "bind-address": "127.0.0.1",
            "secure-port": free_port(),
            "cert-dir": self.folder,
            "root-ca-file": self.certificate,
            "service-account-private-key-file": key,
            "controllers": CONTROLLERS,
            "leader-elect": "false",
        }
        every = {"etcd": store, "kube-apiserver": server, "kube-controller-manager": controllers}
        return {
            name: [name, *(f"--{option}={value}" for option, value in options.items())]
            for name, options in every.items()
        }


@contextmanager
def started(programs: Path, folder: Path, users: Mapping[str, str]) -> Iterator[ControlPlane]:
    """A control plane that is ready, as long as the block lasts. `users` are names with their group."""
    plane = ControlPlane(folder, users)
    with ExitStack() as stack, plane.client("administrator") as client:
        for name, command in plane.commands().items():
            process = stack.enter_context(_program(programs, folder / f"{name}.log", command))
            if name == "kube-apiserver":
                _wait(lambda: _is_ready(client), process, folder / f"{name}.log")
        account = "/api/v1/namespaces/default/serviceaccounts/default"
        _wait(lambda: client.get(account).is_success, process, folder / f"{name}.log")
        yield plane


@contextmanager
def _program(programs: Path, log: Path, command: list[str]) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("wb") as said:
        process = subprocess.Popen(
            [str(programs / command[0]), *command[1:]],
            cwd=log.parent,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env={name: value for name, value in os.environ.items() if "proxy" not in name.lower()},
        )
    try:
        yield process
    finally:
        # Nobody needs what it holds, and in good order it would wait for those who watch it.
        process.kill()
        process.wait()


def _is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").is_success
    except httpx.HTTPError:
        return False


def _wait(holds: Callable[[], bool], process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + START_SECONDS_MAX
    while process.poll() is None and time.monotonic() < end:
        if holds():
            return
        time.sleep(ASK_AGAIN_SECONDS)
    raise AssertionError(f"{log.stem} did not start: {log.read_text(errors='replace')[-3000:]}")

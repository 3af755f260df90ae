"""Real Apache Kafka on loopback, thrown away afterwards: one or three KRaft nodes, plain or secure.

    with Cluster(folder, nodes=3, secure=True) as cluster:
        cluster.bootstrap                "127.0.0.1:port,…"
        cluster.nodes[0].kill()          as by kill -9; `start()` brings the node back with its log
        cluster.nodes[1].pause()         SIGSTOP; `go_on()` is SIGCONT

A node belongs to the process that started it, and ends with it, however that ends.
"""

import base64
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.kafka import certificates, jars
from tests.tools import Tool

START_SECONDS_MAX = 90.0
STOP_SECONDS_MAX = 30.0
HEAP = "320m"
ARCHIVE = "broker.jsa"
# Of secure clusters: all may do nothing but the first, who may do all.
USERS = (("admin", "admin-secret"), ("syncd", "syncd-secret"), ("clerk", "clerk-secret"), ("stranger", "no-rights"))
SECURITY = "org.apache.kafka.common.security"

Settings = Mapping[str, object]


def java(main: str, *arguments: str, heap: str = HEAP, learn: Path | None = None) -> list[str]:
    """The command line of a class of Kafka's. With `learn`, the classes that it loads are kept in that file when it
    ends in good order; else those that were kept are at hand, and a broker starts in two thirds of the time."""
    return [
        "java",
        f"-XX:ArchiveClassesAtExit={learn}" if learn else f"-XX:SharedArchiveFile={CLASSES.fetched() / ARCHIVE}",
        f"-Xmx{heap}",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        f"-Dlog4j2.configurationFile={jars.HERE / 'log4j2.properties'}",
        "-cp",
        f"{jars.BROKER.fetched()}/*",
        main,
        *arguments,
    ]


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def _dying_with_parent() -> list[str]:
    """Where the tool is there (util-linux), the kernel ends a broker whose tests were killed."""
    return ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []


class Node:
    """One broker, which is a controller too."""

    def __init__(self, folder: Path, number: int, port: int, within: Sequence[str], learn: Path | None) -> None:
        self.number = number
        self.port = port
        self._within = within
        self._learn = learn
        self.properties = folder / f"server{number}.properties"
        self.log = folder / f"node{number}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        assert not self.is_running
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._within, *_dying_with_parent(), *java("kafka.Kafka", str(self.properties), learn=self._learn)],
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        end = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < end and self.is_running:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise RuntimeError(f"node {self.number} did not start: {self.log.read_text()[-2000:]}")

    def kill(self) -> None:
        self._signal(signal.SIGKILL)
        assert self._process
        self._process.wait(STOP_SECONDS_MAX)

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """In good order; by force when that takes too long."""
        if not self.is_running or self._process is None:
            return
        self.go_on()
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.kill()

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, number)


class Cluster:
    """`folder` is given by the caller, who removes it. `settings` go over those of every node; `within` is a command
    that runs each node's, such as `nsenter …`. The nodes of a `relayed` cluster send their clients to the ports of
    `relayed`, behind which a `Relay` is to be run. `learn` is that of `java`."""

    def __init__(
        self,
        folder: Path,
        *,
        nodes: int = 1,
        secure: bool = False,
        settings: Settings | None = None,
        within: Sequence[str] = (),
        relayed: bool = False,
        learn: Path | None = None,
    ) -> None:
        self.folder = folder
        self._learn = learn
        self.secure = secure
        self._within = within
        self._settings = settings or {}
        ports = free_ports(4 * nodes)
        self._controllers = dict(enumerate(ports[nodes : 2 * nodes], 1))
        # Of a secure cluster, where clients show certificates; of a plain one, where the nodes speak to each other.
        self._second = dict(enumerate(ports[2 * nodes : 3 * nodes], 1))
        self.relayed = dict(zip(ports[3 * nodes :], ports[:nodes], strict=True)) if relayed else {}
        self.nodes = [Node(folder, number, port, within, learn) for number, port in enumerate(ports[:nodes], 1)]

    @property
    def bootstrap(self) -> str:
        return ",".join(f"127.0.0.1:{port}" for port in self.relayed or [node.port for node in self.nodes])

    @property
    def mutual_bootstrap(self) -> str:
        """Of a secure cluster: where clients show certificates instead of passwords."""
        return ",".join(f"127.0.0.1:{port}" for port in self._second.values())

    @property
    def direct_bootstrap(self) -> str:
        """Of a plain cluster: past the relay, where there is one."""
        return self.mutual_bootstrap

    @property
    def ca_file(self) -> Path:
        return self.folder / "ca.crt"

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.secure:
            certificates.make(self.folder)
        try:
            self._format()
            for node in self.nodes:
                node.start()
            for node in self.nodes:
                node.wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """A throw-away cluster needs no farewell."""
        for node in self.nodes:
            if node.is_running:
                node.kill()

    def run(self, main: str, *arguments: str) -> str:
        """What one of Kafka's own tools says."""
        command = [*self._within, *java(main, *arguments, heap="128m", learn=self._learn)]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout

    def _format(self) -> None:
        identity = base64.urlsafe_b64encode(b"\x01" + uuid.uuid4().bytes[1:]).decode().rstrip("=")
        for node in self.nodes:
            lines = (f"{key}={value}\n" for key, value in self._properties(node).items())
            node.properties.write_text("".join(lines))
            scram = [part for user in USERS for part in ("--add-scram", _scram(*user))] if self.secure else []
            self.run("kafka.tools.StorageTool", "format", "-t", identity, "-c", str(node.properties), *scram)

    def _properties(self, node: Node) -> dict[str, object]:
        voters = ",".join(f"{number}@127.0.0.1:{port}" for number, port in self._controllers.items())
        protocol = "SASL_SSL" if self.secure else "PLAINTEXT"
        second = f"{'MUTUAL' if self.secure else 'NODES'}://127.0.0.1:{self._second[node.number]}"
        told = {behind: own for own, behind in self.relayed.items()}.get(node.port, node.port)
        own = {
            "process.roles": "broker,controller",
            "node.id": node.number,
            "controller.quorum.voters": voters,
            "controller.listener.names": "CONTROLLER",
            "listeners": f"CLIENT://127.0.0.1:{node.port},{second},CONTROLLER://127.0.0.1:{self._controllers[node.number]}",
            "advertised.listeners": f"CLIENT://127.0.0.1:{told},{second}",
            "listener.security.protocol.map": f"CLIENT:{protocol},MUTUAL:SSL,NODES:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "CLIENT" if self.secure else "NODES",
            "log.dirs": self.folder / f"data{node.number}",
        }
        secure = _secure(self.folder) if self.secure else {}
        return {**own, **_copies(len(self.nodes)), **SMALL, **secure, **self._settings}


def _learn(folder: Path) -> None:
    """Run a broker once, to its end in good order."""
    with (
        tempfile.TemporaryDirectory(prefix="syncd-classes-") as name,
        Cluster(Path(name), learn=folder / ARCHIVE) as cluster,
    ):
        cluster.nodes[0].stop()


CLASSES = Tool(
    name="what a broker loads",
    remedy=jars.BROKER.remedy,
    folder=f"{jars.BROKER.folder}-classes",
    fetch=_learn,
    runs_with=jars.BROKER.runs_with,
)

# Quick to start, quick to compact, quick to end a transaction that was left open.
SMALL: Settings = {
    "auto.create.topics.enable": "false",
    "unclean.leader.election.enable": "false",
    "offsets.topic.num.partitions": 1,
    "transaction.state.log.num.partitions": 3,
    "share.coordinator.state.topic.num.partitions": 1,
    "group.initial.rebalance.delay.ms": 0,
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": 1000,
    "log.cleaner.backoff.ms": 500,
    "log.cleaner.dedupe.buffer.size": 16777216,
    "num.network.threads": 2,
    "num.io.threads": 4,
    "broker.session.timeout.ms": 6000,
    "broker.heartbeat.interval.ms": 1000,
}


def _copies(nodes: int) -> Settings:
    copies = min(3, nodes)
    in_sync = max(1, copies - 1)
    return {
        "default.replication.factor": copies,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": copies,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": in_sync,
    }


def _scram(name: str, password: str) -> str:
    return f"SCRAM-SHA-512=[name={name},password={password}]"


def _secure(folder: Path) -> Settings:
    name, password = USERS[0]
    scram = f"{SECURITY}.scram.ScramLoginModule required"
    plain = " ".join(f'user_{name}="{password}"' for name, password in USERS)
    return {
        "sasl.enabled.mechanisms": "SCRAM-SHA-512,PLAIN,OAUTHBEARER",
        "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
        "listener.name.client.sasl.enabled.mechanisms": "SCRAM-SHA-512,PLAIN,OAUTHBEARER",
        "listener.name.client.plain.sasl.jaas.config": f"{SECURITY}.plain.PlainLoginModule required {plain};",
        # Tokens without a signature: these brokers prove what the client sends, not who may issue tokens.
        "listener.name.client.oauthbearer.sasl.jaas.config": (
            f'{SECURITY}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";'
        ),
        "listener.name.mutual.ssl.client.auth": "required",
        "listener.name.client.scram-sha-512.sasl.jaas.config": f'{scram} username="{name}" password="{password}";',
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": folder / "broker.pem",
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": folder / "ca.crt",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        # The controllers' listener is on loopback and has no users.
        "super.users": f"User:{name};User:ANONYMOUS",
        "allow.everyone.if.no.acl.found": "false",
    }

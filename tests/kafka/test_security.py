"""TLS, certificates, passwords, tokens and rights, on a broker with its authorizer on; and what is said when one is
wrong. The rights are the documented ones, word by word."""

import base64
import json
import shlex
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from syncd.config import KafkaSettings
from syncd.core.events import Heartbeat, Signal
from syncd.errors import LedgerError
from syncd.ledger.kafka import KafkaLedger
from syncd.ledger.kafka.connection import Connection
from syncd.ledger.kafka.lag import lag_of
from syncd.ledger.kafka.reading import LedgerReader
from syncd.ledger.kafka.topics import Topics
from tests.kafka import certificates
from tests.kafka.brokers import USERS, Cluster
from tests.kafka.plugin import needs_brokers
from tests.kafka.store import in_a_thread
from tests.ledger.acts import commit

DOCUMENTED = Path(__file__).parents[2] / "deploy" / "kafka" / "README.md"
PREFIX = "sanctions."
FEED = "un_sc"
FEW = 6
PASSWORDS = dict(USERS)


@pytest.fixture(scope="module")
def secure(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One secure broker with the topics and the documented rights."""
    needs_brokers(request)
    with Cluster(tmp_path_factory.mktemp("secure"), secure=True) as cluster:
        certificates.signed(cluster.folder, "client", "/CN=syncd")
        in_a_thread(Topics(prefix=PREFIX, replication=1, partitions=FEW).create(Connection(scram(cluster, "admin"))))
        _grant(cluster)
        yield cluster


def _grant(cluster: Cluster) -> None:
    """Run the documented lines; those of the replicas also for the user whom a certificate names."""
    admin = cluster.folder / "admin.properties"
    admin.write_text(
        "security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\n"
        f"ssl.truststore.type=PEM\nssl.truststore.location={cluster.ca_file}\n"
        "sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required "
        f'username="admin" password="{PASSWORDS["admin"]}";\n'
    )
    documented = [line.strip() for line in DOCUMENTED.read_text().splitlines() if line.startswith("    kafka-acls")]
    replicas = "--allow-principal User:syncd "
    assert any(replicas in line for line in documented)
    lines = [line.replace(replicas, f"{replicas}--allow-principal User:CN=syncd ") for line in documented]

    def run(line: str) -> None:
        where = ("--bootstrap-server", cluster.bootstrap, "--command-config", str(admin))
        cluster.run("org.apache.kafka.tools.AclCommand", *where, *shlex.split(line)[1:])

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, lines))


def scram(cluster: Cluster, user: str, **more: Any) -> KafkaSettings:
    return of(cluster, sasl_mechanism="SCRAM-SHA-512", username=user, password=PASSWORDS[user], **more)


def of(cluster: Cluster, **more: Any) -> KafkaSettings:
    return KafkaSettings.model_validate(
        {
            "bootstrap_servers": cluster.bootstrap,
            "prefix": PREFIX,
            "replication": 1,
            "security_protocol": "SASL_SSL",
            "ca_file": cluster.ca_file,
            **more,
        }
    )


async def connect(settings: KafkaSettings, *, writing: bool = True) -> KafkaLedger:
    return await KafkaLedger.connect(settings, writing=writing, installation="tests", partitions=FEW)


async def a_commit(settings: KafkaSettings) -> None:
    ledger = await connect(settings)
    try:
        log = await ledger.open(FEED)
        before = log.state.commit
        await log.commit(commit(log, before, 3))
        assert (await ledger.snapshot(FEED))[0].commit == before + 1
    finally:
        await ledger.close()


def signal() -> Signal:
    return Signal(id=str(time.time_ns()), feed=FEED, kind="pause", asserted_by="x", expires="2030-01-01T00:00:00Z")


def beat() -> Heartbeat:
    return Heartbeat(
        feed=FEED,
        status="ok",
        checked_at="",
        changed_at="",
        commit=0,
        sequence=0,
        ledger_digest="",
        ledger_records=0,
    )


async def test_the_documented_rights_are_enough_for_a_replica(secure: Cluster) -> None:
    await a_commit(scram(secure, "syncd"))
    ledger = await connect(scram(secure, "syncd"))
    await ledger.beat(beat())
    await ledger.send(signal())
    assert await ledger.heartbeats() == {FEED: beat()}
    await ledger.close()


async def test_the_documented_rights_are_enough_to_watch_the_named_groups(secure: Cluster) -> None:
    connection = Connection(scram(secure, "syncd"))
    reader = LedgerReader(connection, Topics(prefix=PREFIX, replication=1, partitions=FEW))
    assert await lag_of(reader, "screening") == {}
    with pytest.raises(LedgerError, match=r"Describe on consumers\.groups"):
        await lag_of(reader, "another")


async def test_the_documented_rights_are_enough_for_a_clerk_and_no_more(secure: Cluster) -> None:
    ledger = await connect(scram(secure, "clerk"), writing=False)
    assert [change.sequence async for change in ledger.tail({}, feeds=[FEED])][:2] in ([], [1, 2])
    await ledger.feeds()
    sent = await ledger.send(signal())
    assert sent.position > 0
    with pytest.raises(LedgerError, match="lacks a right on a topic"):
        await ledger.beat(beat())
    await ledger.close()
    with pytest.raises(LedgerError, match="DescribeConfigs"):
        await connect(scram(secure, "clerk"))


async def test_a_client_certificate_is_enough(secure: Cluster) -> None:
    files = {"certificate_file": secure.folder / "client.crt", "key_file": secure.folder / "client.key"}
    mutual = {"security_protocol": "SSL", "bootstrap_servers": secure.mutual_bootstrap}
    await a_commit(of(secure, **mutual, **files))
    with pytest.raises(LedgerError, match=r"certificate|TLS|no broker can be reached"):
        await connect(of(secure, **mutual))


async def test_a_plain_password_is_enough(secure: Cluster) -> None:
    await a_commit(of(secure, sasl_mechanism="PLAIN", username="syncd", password=PASSWORDS["syncd"]))


def _token(subject: str) -> str:
    def part(content: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    now = int(time.time())
    return f"{part({'alg': 'none'})}.{part({'sub': subject, 'iat': now, 'exp': now + 600})}."


async def test_a_token_from_a_file_is_enough(secure: Cluster, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(_token("syncd") + "\n")
    await a_commit(of(secure, sasl_mechanism="OAUTHBEARER", token_file=file))


async def test_a_wrong_password_is_said_and_never_repeated(secure: Cluster) -> None:
    wrong = scram(secure, "syncd").model_copy(update={"password": type(scram(secure, "syncd").password)("n0t-it")})
    with pytest.raises(LedgerError, match=r"refuse the user: check kafka\.username and kafka\.password") as caught:
        await connect(wrong)
    assert "n0t-it" not in str(caught.value)


async def test_a_certificate_of_another_authority_is_not_trusted(secure: Cluster, tmp_path: Path) -> None:
    certificates.make(tmp_path)
    with pytest.raises(LedgerError, match=r"TLS fails.*check kafka\.ca_file"):
        await connect(scram(secure, "syncd", ca_file=tmp_path / "ca.crt"))


async def test_who_has_no_rights_is_told_which_to_ask_for(secure: Cluster) -> None:
    with pytest.raises(LedgerError, match="give it Read, Write, Describe and DescribeConfigs on the prefix"):
        await connect(scram(secure, "stranger"))


async def test_a_broker_that_cannot_be_reached_is_said() -> None:
    nowhere = KafkaSettings(bootstrap_servers=("127.0.0.1:1",), prefix=PREFIX)
    with pytest.raises(LedgerError, match="no broker can be reached"):
        await connect(nowhere)

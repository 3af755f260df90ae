"""What service managers hear of replicas: both are ready, one of them stands by."""

from pathlib import Path

import pytest

from syncd.config import Config
from syncd.daemon.daemon import Daemon
from syncd.daemon.systemd import ServiceManager
from syncd.demo.site import PublishersSite
from syncd.demo.targets import BASELINES
from syncd.ledger.kafka import topics
from syncd.ledger.kafka.connection import Connection
from syncd.observe.report import Collected
from tests.daemon.test_systemd import Manager
from tests.kafka.brokers import Cluster
from tests.kafka.store import settings


async def test_a_replica_is_ready_when_its_ledger_is_open_or_another_has_it(
    broker: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    managers = [Manager(str(tmp_path / name)) for name in ("first", "second")]
    chosen = settings(broker)
    wanted = topics.Topics(prefix=chosen.prefix, replication=1)
    await wanted.create(Connection(chosen))
    try:
        async with PublishersSite() as site:
            site.publish("un_sc", BASELINES["un_sc"])
            config = Config.model_validate(
                {
                    "ledger": str(tmp_path / "unused.db"),
                    "archive": {"shared": True},
                    "kafka": chosen.model_dump() | {"group": f"{chosen.prefix}replicas"},
                    "feeds": site.settings(interval_seconds=1, records_min=5) | {"enable": ["un_sc"]},
                }
            )
            async with _replica(config, managers[0]):
                await managers[0].heard_once("STATUS=lists: 1 ok")
                async with _replica(config, managers[1]):
                    await managers[1].heard_once("STATUS=stands by")
                    assert managers[1].count("READY=1") == 1
                    assert managers[1].heard.index("READY=1") < managers[1].heard.index("STATUS=stands by")
    finally:
        for manager in managers:
            manager.close()
        await topics.delete(Connection(chosen), wanted.wanted())


def _replica(config: Config, manager: Manager) -> Daemon:
    return Daemon(config, report=Collected(), web=False, manager=ServiceManager({"NOTIFY_SOCKET": manager.address}))

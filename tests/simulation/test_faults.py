"""Two replicas and three brokers under faults, by a seed; `make soak` runs the same for as long as asked."""

import os
from pathlib import Path

import pytest

from tests.kafka.brokers import Cluster
from tests.kafka.plugin import needs_brokers
from tests.simulation.__main__ import told
from tests.simulation.faults import BROKER_SETTINGS, TAKEN_AWAY, World

SEED = int(os.environ.get("FAULT_SEED", "4"))


@pytest.mark.filterwarnings("ignore::ResourceWarning")
async def test_whatever_is_killed_each_commit_is_there_once_and_whole(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    needs_brokers(request)
    with Cluster(tmp_path / "brokers", nodes=3, relayed=True, settings=BROKER_SETTINGS) as cluster:
        async with World(tmp_path, cluster, SEED, change_each_seconds=1.0) as world:
            await world.kill_broker()
            await world.kill_active_in_a_commit()
            await world.cut_connections()
            await world.blink_active()
            await world.terminate_active()
            await world.pause_active()
            await world.kill_active_with_coordinator()
            await world.pause_broker()
            outcome = await world.whole()
    print(told(outcome))
    assert outcome.problems == []
    assert set(outcome.takeovers) == set(TAKEN_AWAY) - {"SIGKILL"}
    assert outcome.blocks["SIGKILL in a commit"] > 0
    assert outcome.announced.noticed >= 5
    assert outcome.announced.linked >= 3

"""A commit passes its deadline because the network between syncd and the brokers holds something back."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from syncd.errors import LedgerError
from syncd.feeds import partition_of
from syncd.ledger.kafka import transaction
from syncd.ledger.kafka.log import KafkaLog
from tests.kafka.brokers import Cluster
from tests.kafka.plugin import needs_brokers
from tests.kafka.relay import Relay
from tests.kafka.store import KafkaStore
from tests.ledger.acts import commit
from tests.simulation.audit import audited

FEED = "us_ofac_sdn"
COMMIT_SECONDS = 2.0


@pytest.fixture(scope="module")
def cluster(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    needs_brokers(request)
    with Cluster(tmp_path_factory.mktemp("relayed"), relayed=True) as cluster:
        yield cluster


@pytest.fixture
async def relay(cluster: Cluster) -> AsyncIterator[Relay]:
    async with Relay(cluster.relayed) as relay:
        yield relay


@pytest.fixture
async def store(cluster: Cluster, relay: Relay) -> AsyncIterator[KafkaStore]:
    made = KafkaStore(cluster)
    yield made
    await made.close()


@pytest.fixture
async def log(store: KafkaStore, monkeypatch: pytest.MonkeyPatch) -> KafkaLog:
    log = await (await store.open()).open(FEED)
    assert isinstance(log, KafkaLog)
    await log.commit(commit(log, 1, 5))
    monkeypatch.setattr(transaction, "COMMIT_SECONDS", COMMIT_SECONDS)
    return log


def _hold_back(relay: Relay, log: KafkaLog, *, questions: bool) -> None:
    """From the moment at which the commit is asked for until past its deadline; then what was held is lost."""
    ask = log._producer.commit_transaction

    async def ask_in_vain() -> None:
        relay.hold(questions=questions)
        asyncio.get_running_loop().call_later(COMMIT_SECONDS + 0.5, _let_go, relay)
        await ask()

    log._producer.commit_transaction = ask_in_vain


def _let_go(relay: Relay) -> None:
    relay.cut()
    relay.go_on()


async def _commits(store: KafkaStore) -> int:
    found = await audited(store.settings.bootstrap_servers[0], store.settings.prefix, FEED, partition_of(FEED))
    assert found.problems == []
    return found.commits


async def test_a_commit_whose_answer_is_lost_on_the_way_stands_once(
    store: KafkaStore, relay: Relay, log: KafkaLog
) -> None:
    _hold_back(relay, log, questions=False)
    await log.commit(commit(log, 2, 10))
    assert log.state.commit == 2
    await log.commit(commit(log, 3, 10))
    assert await _commits(store) == 3


async def test_a_commit_that_is_lost_on_the_way_leaves_nothing_and_is_made_again(
    store: KafkaStore, relay: Relay, log: KafkaLog
) -> None:
    _hold_back(relay, log, questions=True)
    with pytest.raises(LedgerError, match="nothing was written"):
        await log.commit(commit(log, 2, 10))
    assert log.state.commit == 1
    await log.commit(commit(log, 2, 10))
    assert await _commits(store) == 2


async def test_connections_that_are_cut_are_made_anew(store: KafkaStore, relay: Relay, log: KafkaLog) -> None:
    for number in range(2, 5):
        relay.cut()
        await log.commit(commit(log, number, 10))
    assert await _commits(store) == 4

"""Which ledger a configuration means, opened."""

from collections.abc import Callable

from syncd.config import Config
from syncd.ledger.contract import Ledger
from syncd.ledger.sqlite import SqliteLedger
from syncd.observe.kafka import unheard
from syncd.observe.moments import Moment


async def open_ledger(config: Config, *, writing: bool, report: Callable[[Moment], None] = unheard) -> Ledger:
    """The ledger in Kafka when `[kafka]` names brokers, the SQLite file otherwise.

    Without `writing`, for reading and for signals. Raises LedgerError, and LedgerBusy when another process writes the
    file; in Kafka each feed has its owner, and opening it takes it over.
    """
    if not config.kafka.is_chosen:
        installation = config.installation if writing else ""
        return await SqliteLedger.open_file(config.ledger, writing=writing, installation=installation)
    # Only here: aiokafka takes a tenth of a second to import.
    from syncd.ledger.kafka import KafkaLedger  # noqa: PLC0415

    return await KafkaLedger.connect(config.kafka, writing=writing, installation=config.installation, report=report)

"""The ledger in Kafka: state and events in the same transactions, so that a replica needs no disk.

topics       which topics there are, how they must be set, making and checking them
connection   clients made of the settings, ended within bounds, and what their errors mean
clients      a few consumers, lent to one reading at a time
private      the parts of aiokafka that it does not publish
identity     which ledger the topics are
filters      headers by which a consumer filters
wire         structs to messages and back: CloudEvents headers, JSON values
encoding     how values travel: as JSON, or as Avro with the schemas of a registry
avro         schemas of the types in Avro, and values from JSON to Avro and back
registry     a schema registry, asked
envelopes    keys and headers of messages, held against the values
reading      committed messages of partitions, up to an end
transaction  one transaction, from its begin to its known end
owner        one owner of one transactional id: fencing, claims, doubts settled
log          a feed, open for writing
lookups      one record, its changes, its target; pages of a list
upserts      the stream of records in force by key, for joins and sinks
listed       that stream held against the records
targets      the coordinator's messages: targets, coordination events
coordination  the coordinator, open for writing, and its events as they are read
notices      the notices, open for writing, and what is said of them as it is read
inbox        signals, in the order of their partition
group        the consumer group that elects the active replica
lag          the lag of consumer groups
messages     what goes out beside transactions: signals, heartbeats
ledger       the contract

A commit is one transaction of the producer `<prefix><feed>`. The coordinator is such a feed
of its own: `<prefix>coordinator`; so are the notices. Opening a feed makes a producer of that id, which
fences the one before, and leaves its claim in the private topic of states: after any doubt the claim says whose the
feed is, and the token beside the state says which commit was the last.
"""

from syncd.errors import needing

with needing("kafka"):
    from syncd.ledger.kafka.ledger import KafkaLedger

__all__ = ["KafkaLedger"]

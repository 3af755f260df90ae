"""How many partitions the per-feed topics have, and which numbers nobody may take.

Every per-feed topic has `PARTITIONS` partitions, and partition = feed on all of them: `Feed.partition` is the number,
`feeds.partition_of` finds it. The last partition is no feed's: the coordinator, which reads all feeds, writes there.
"""

PARTITIONS = 64
FEEDS_MAX = PARTITIONS - 1

# Numbers of feeds that are no more. They stay here so that nobody takes them.
RETIRED: dict[str, int] = {}

# The topic of notices has slots of its own: a channel's is `Channel.slot`, which is never changed nor given again.
NOTICE_SLOTS = 16
RETIRED_SLOTS: dict[str, int] = {}

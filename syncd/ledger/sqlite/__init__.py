"""The default ledger: one SQLite file, one writing process, readers and signals beside it.

lock, mounts    who writes, and where the file may lie
schema          the tables, opening, what SQLite's errors mean
rows            every statement
coordination    those of the coordinator's tables
target_rows     targets that stay in the file
notices         those of the tables of notices
lookups         one record, its changes, its target; pages of a list
columns         the columns of rows, held against their bodies
identity        which ledger a file is, and which generation of it
session         a connection in a thread of its own
written         whether anybody has written, without a statement each second
log             a feed, the coordination or the notices, open for writing
ledger          the contract
"""

from syncd.ledger.sqlite.ledger import SqliteLedger
from syncd.ledger.sqlite.log import SqliteLog

__all__ = ["SqliteLedger", "SqliteLog"]

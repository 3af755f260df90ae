"""The default ledger: one SQLite file, one writing process, readers and signals beside it.

lock, mounts    who writes, and where the file may lie
schema          the tables, opening, what SQLite's errors mean
rows            every statement
session         a connection in a thread of its own
ledger          the contract
"""

from syncd.ledger.sqlite.ledger import SqliteLedger, SqliteLog

__all__ = ["SqliteLedger", "SqliteLog"]

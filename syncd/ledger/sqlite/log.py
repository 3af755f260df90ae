"""The logs that are open for writing: of a feed, of the coordinator, of the notices. They change only when a commit
stands."""

import asyncio
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Generic, TypeVar

from syncd.concurrency import finish_despite_cancel
from syncd.core.coordination.target import CoordinationCommit, CoordinatorState
from syncd.core.notices.notice import NoticesCommit, NoticesState
from syncd.core.state import FeedState, Stored
from syncd.ledger.contract import Commit
from syncd.ledger.sqlite import coordination, identity, notices, rows
from syncd.ledger.sqlite.session import Session

C = TypeVar("C")


class _Owned(ABC, Generic[C]):
    """One owner, one commit at a time, each known to stand or not however impatient the caller is."""

    def __init__(self, session: Session, path: Path, epoch: int) -> None:
        self._session = session
        self._path = path
        self._epoch = epoch
        self._one_at_a_time = asyncio.Lock()

    async def commit(self, commit: C) -> None:
        async with self._one_at_a_time:
            writing = asyncio.ensure_future(self._session.run(self._written, commit))
            cancelled = await finish_despite_cancel(writing)
            if writing.exception() is None:
                self._accept(commit)
            if cancelled:
                raise asyncio.CancelledError
            writing.result()

    def _written(self, connection: sqlite3.Connection, commit: C) -> None:
        self._write(connection, commit)
        identity.remember(connection, self._path)

    @abstractmethod
    def _write(self, connection: sqlite3.Connection, commit: C) -> None: ...

    @abstractmethod
    def _accept(self, commit: C) -> None: ...


class SqliteLog(_Owned[Commit]):
    """One feed."""

    def __init__(self, session: Session, path: Path, epoch: int, state: FeedState, records: dict[str, Stored]) -> None:
        super().__init__(session, path, epoch)
        self._state = state
        self._records = records

    @property
    def state(self) -> FeedState:
        """The state as last committed."""
        return self._state

    @property
    def records(self) -> Mapping[str, Stored]:
        """The records and stubs as last committed, by key."""
        return MappingProxyType(self._records)

    def _write(self, connection: sqlite3.Connection, commit: Commit) -> None:
        rows.write_commit(
            connection, rows.OwnedFeed(epoch=self._epoch, state=self._state, records=self._records), commit
        )

    def _accept(self, commit: Commit) -> None:
        self._records.update(commit.records)
        self._state = commit.state


class SqliteCoordinatorLog(_Owned[CoordinationCommit]):
    """The coordination."""

    def __init__(self, session: Session, path: Path, owned: coordination.OwnedCoordination, linking: bytes) -> None:
        super().__init__(session, path, owned.epoch)
        self._state = owned.state
        self._targets = owned.targets
        self._linking = linking

    @property
    def state(self) -> CoordinatorState:
        """The state as last committed."""
        return self._state

    @property
    def targets(self) -> Mapping[str, bytes]:
        """The packed targets as last committed, by id: each is read from the file when it is asked for."""
        return self._targets

    def take_linking(self) -> bytes:
        """As `CoordinatorLog.take_linking` promises."""
        linking, self._linking = self._linking, b""
        return linking

    def _write(self, connection: sqlite3.Connection, commit: CoordinationCommit) -> None:
        owned = coordination.OwnedCoordination(epoch=self._epoch, state=self._state, targets=self._targets)
        coordination.write_coordination(connection, owned, commit)

    def _accept(self, commit: CoordinationCommit) -> None:
        self._state = commit.state


class SqliteNoticesLog(_Owned[NoticesCommit]):
    """The notices."""

    def __init__(self, session: Session, path: Path, epoch: int, state: NoticesState, kept: dict[str, bytes]) -> None:
        super().__init__(session, path, epoch)
        self._state = state
        self._rows = kept

    @property
    def state(self) -> NoticesState:
        """The state as last committed."""
        return self._state

    @property
    def rows(self) -> Mapping[str, bytes]:
        """The packed notices as last committed, by id."""
        return MappingProxyType(self._rows)

    def _write(self, connection: sqlite3.Connection, commit: NoticesCommit) -> None:
        owned = notices.OwnedNotices(epoch=self._epoch, state=self._state, rows=self._rows)
        notices.write_notices(connection, owned, commit)

    def _accept(self, commit: NoticesCommit) -> None:
        commit.apply_to(self._rows)
        self._state = commit.state

"""An announcement that came before the change of a list that enacts it, in a ledger that has the change."""

import asyncio
import hashlib
from datetime import datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

from syncd.archive import Archive
from syncd.core.notices.board import NoticeBoard
from syncd.core.notices.notice import AnnouncedAct
from syncd.ledger.contract import Ledger, NoticesLog
from tests.notices.invented import RULES, act, party

CHANNEL, LIST = "un_press", "un_sc"
RULES_UN = replace(RULES, id=CHANNEL, feeds=(LIST,), overdue_hours=(48,))
PAGE = b"<html><body><p>An invented committee added an entry.</p></body></html>"
NAME, ACT_NUMBER = "sc90001", "SC/90001"


def announced(*names: str, **fields: object) -> AnnouncedAct:
    return replace(act(NAME, *(party(name) for name in names), act=ACT_NUMBER), title="An <i>entry</i>", **fields)


async def announced_before(ledger: Ledger, noticed: datetime, linked: datetime, *names: str, sha256: str = "") -> str:
    """A notice that names `names`, told at `noticed`; the ledger's changes of the list are read at `linked`. Returns
    the id of the notice."""
    log = await ledger.open_notices()
    board = NoticeBoard(log.state, log.rows, [RULES_UN])
    board.read(CHANNEL, [], noticed - timedelta(days=1))
    await _commit(log, board, noticed - timedelta(days=1))
    found = announced(*names, published=noticed.date().isoformat())
    board.read(CHANNEL, [found], noticed, {NAME: sha256} if sha256 else {})
    await _commit(log, board, noticed)
    board.take([change async for change in ledger.tail({}, feeds=(LIST,))])
    await _commit(log, board, linked)
    return f"{CHANNEL}:{NAME}"


async def _commit(log: NoticesLog, board: NoticeBoard, at: datetime) -> None:
    board.forget(at)
    commit = board.draft(at)
    if commit is not None:
        await log.commit(commit)


async def kept_page(archive: Archive, folder: Path, page: bytes = PAGE) -> str:
    """Put a page into the archive; returns its SHA-256."""
    path, sha256 = folder / "page", hashlib.sha256(page).hexdigest()
    await asyncio.to_thread(path.write_bytes, page)
    await archive.store(path, sha256)
    return sha256

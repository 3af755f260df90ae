"""The notices that are open, or were settled lately, as a reader of the ledger finds them."""

import msgspec

from syncd.core import codec
from syncd.core.notices.notice import Notice
from syncd.ledger.contract import Ledger

_notice = msgspec.json.Decoder(Notice)


async def kept_notices(ledger: Ledger, *, awaited: bool = False, channel: str | None = None) -> list[Notice]:
    """Return the notices that the ledger keeps, the oldest first: of one `channel`, and only those that are `awaited`,
    which a list must follow and has not. Raises LedgerError."""
    rows = (await ledger.live_notices())[1]
    unpack = codec.unpacker()
    kept = (_notice.decode(unpack(row)) for row in rows.values())
    found = sorted(kept, key=lambda notice: (notice.noticed_at, notice.id))
    return [notice for notice in found if (not awaited or is_awaited(notice)) and channel in (None, notice.channel)]


def is_awaited(notice: Notice) -> bool:
    """Return whether a list must follow the notice and has not."""
    return notice.state == "open" and notice.announcement.expects == "will"

"""Changes that are too large for one message: what is left out of them, and that it is said."""

import msgspec

from syncd.core.events import Change

_encode = msgspec.json.Encoder().encode
# A record after its change is what consumers can least do without.
PARTS = ("before", "changes", "after")


def fitted(change: Change, bytes_max: int) -> tuple[Change, bytes]:
    """Return `change` and its JSON in at most `bytes_max` bytes: parts are left out in the order of PARTS until it
    fits, and named in `elided`."""
    value = _encode(change)
    for part in PARTS:
        if len(value) <= bytes_max:
            break
        change = _without(change, part)
        value = _encode(change)
    return change, value


def _without(change: Change, part: str) -> Change:
    value = getattr(change, part)
    if not value:
        return change
    empty = () if part == "changes" else None
    return msgspec.structs.replace(change, **{part: empty}, elided=(*change.elided, part))

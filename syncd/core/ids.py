"""Ids made of content: the same content always has the same id, so that a consumer can compute the id again."""

import base64
import hashlib
from typing import Final

EVENT_ID_CHARACTERS: Final = 26
HOLD_ID_CHARACTERS: Final = 12
KEY_CHARACTERS: Final = 16


def content_id(*parts: str, characters: int = EVENT_ID_CHARACTERS) -> str:
    """Return the first `characters` of the SHA-256 over `parts`, one a line, as base32 in lower case (5 bits a
    character)."""
    return of_bytes("\n".join(parts).encode(), characters=characters)


def of_bytes(content: bytes, *, characters: int) -> str:
    """Return the first `characters` of the SHA-256 over `content`, as base32 in lower case (5 bits a character); 32 at
    most."""
    # 20 bytes are 32 characters: more is never asked for.
    return base64.b32encode(hashlib.sha256(content).digest()[:20]).decode().lower()[:characters]

"""Ids that are made of content: whoever has the content can make the id again, and the same content has the same id."""

import base64
import hashlib
from typing import Final

EVENT_ID_CHARACTERS: Final = 26
HOLD_ID_CHARACTERS: Final = 12
KEY_CHARACTERS: Final = 16


def content_id(*parts: str, characters: int = EVENT_ID_CHARACTERS) -> str:
    """Base32 in lower case of the SHA-256 over `parts`, one a line; its first `characters`, five bits each."""
    return of_bytes("\n".join(parts).encode(), characters=characters)


def of_bytes(content: bytes, *, characters: int) -> str:
    """Base32 in lower case of the SHA-256 over `content`; its first `characters`, five bits each."""
    # 20 bytes are 32 characters: more is never asked for.
    return base64.b32encode(hashlib.sha256(content).digest()[:20]).decode().lower()[:characters]

"""The publisher's documents, as they were published: `/api/documents/{sha256}` out of the archive.

A document is an attachment and never shown: it is another's text, whatever it calls itself.
"""

import tempfile
from collections.abc import AsyncGenerator
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO, Final

from aiohttp import web

from syncd.archive import SHA256_CHARACTERS, Archive
from syncd.errors import ArchiveUnavailable
from syncd.fetch.sniff import HEAD_BYTES, media_of
from syncd.web.lists import Part, streamed
from syncd.web.problems import problem_answer

DOCUMENTS_AT_ONCE: Final = 2
PIECE_BYTES: Final = 1 << 18


class Documents:
    """The route of `/api/documents`. `archive` is the installation's; without one there is no document."""

    def __init__(self, archive: Archive | None) -> None:
        self._archive = archive
        self._busy = 0

    def routes(self) -> list[web.RouteDef]:
        """Return the route."""
        return [web.get("/api/documents/{sha256}", self._document)]

    async def _document(self, request: web.Request) -> web.StreamResponse:
        sha256 = request.match_info["sha256"]
        if len(sha256) != SHA256_CHARACTERS or set(sha256) - set("0123456789abcdef"):
            return problem_answer(HTTPStatus.NOT_FOUND, "a document is named by its SHA-256: 64 lower-case hex digits")
        if self._archive is None:
            return problem_answer(HTTPStatus.NOT_FOUND, "there is no archive here")
        if self._busy >= DOCUMENTS_AT_ONCE:
            return problem_answer(HTTPStatus.SERVICE_UNAVAILABLE, "other documents are being read: ask again soon")
        self._busy += 1
        try:
            return await _sent(request, self._archive, sha256)
        except ArchiveUnavailable as error:
            return problem_answer(HTTPStatus.NOT_FOUND, str(error))
        finally:
            self._busy -= 1


async def _sent(request: web.Request, archive: Archive, sha256: str) -> web.StreamResponse:
    """Send a document, read from the archive and held against its SHA-256 before the first byte goes."""
    with tempfile.TemporaryDirectory(prefix="syncd-") as folder:
        file = await archive.extract(sha256, Path(folder))
        with file.open("rb") as opened:
            media, suffix = media_of(opened.read(HEAD_BYTES))
            opened.seek(0)
            headers = {
                "Content-Type": media,
                "Content-Disposition": f'attachment; filename="{sha256}.{suffix}"',
                "ETag": f'W/"{sha256}"',
            }
            return await streamed(request, headers, _pieces(opened, file.stat().st_size))


async def _pieces(opened: BinaryIO, size: int) -> AsyncGenerator[Part, None]:
    for _ in range(0, size, PIECE_BYTES):
        yield partial(opened.read, PIECE_BYTES)

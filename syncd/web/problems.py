"""Why a request gets no answer."""

from http import HTTPStatus

import msgspec
from aiohttp import web
from msgspec import Struct


class Unanswered(Exception):
    """A request that gets a Problem instead of an answer."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class Problem(Struct, frozen=True, kw_only=True):
    """Why a question was not answered (RFC 9457)."""

    title: str
    status: int
    detail: str
    type: str = "about:blank"


def problem_answer(status: HTTPStatus, detail: str) -> web.Response:
    """Return the answer that says why there is none."""
    body = msgspec.json.encode(Problem(title=status.phrase, status=status.value, detail=detail))
    return web.Response(body=body, status=status.value, content_type="application/problem+json")

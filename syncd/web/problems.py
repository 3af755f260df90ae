"""Why a request gets no answer."""

from http import HTTPStatus


class Unanswered(Exception):
    """A request that gets a Problem instead of an answer."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail

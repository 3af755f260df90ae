"""The questions of channels: posted where they have a body, conditional, and bounded."""

import pytest
from aiohttp import web

from syncd.channels.contract import Question
from syncd.core.state import Validators
from syncd.errors import DocumentRefused
from syncd.fetch import Answer, NotModified
from tests.fetch.asking import Reading


async def test_a_question_with_a_body_is_posted_with_its_headers(reading: Reading) -> None:
    bodies: list[bytes] = []

    async def sparql(request: web.Request) -> web.Response:
        bodies.append(await request.read())
        return web.json_response({"results": {"bindings": []}})

    reading.site.answer("/sparql", sparql)
    question = Question(
        url=reading.site.url("/sparql"),
        body=b"SELECT *",
        content_type="application/sparql-query",
        accept="application/sparql-results+json",
        language="eng",
    )
    answer = await reading.fetcher.ask(question, Validators())
    assert isinstance(answer, Answer) and b"bindings" in answer.body
    (asked,) = reading.site.asked("/sparql")
    assert (asked.method, bodies) == ("POST", [b"SELECT *"])
    sent = [asked.headers[name] for name in ("accept", "accept-language", "content-type")]
    assert sent == ["application/sparql-results+json", "eng", "application/sparql-query"]


async def test_a_question_is_conditional_like_a_gate(reading: Reading) -> None:
    reading.site.put("/feed.rss", b"<rss/>" * 40, etag='"v1"')
    question = Question(url=reading.site.url("/feed.rss"))
    first = await reading.fetcher.ask(question, Validators())
    assert isinstance(first, Answer)
    assert isinstance(await reading.fetcher.ask(question, first.validators), NotModified)
    assert reading.site.asked("/feed.rss")[0].method == "GET"


async def test_an_answer_that_is_too_long_is_refused(reading: Reading) -> None:
    reading.site.put("/page", b"<html>" + b"x" * 5000)
    with pytest.raises(DocumentRefused, match="1,000 bytes"):
        await reading.fetcher.ask(Question(url=reading.site.url("/page"), bytes_max=1000), Validators())

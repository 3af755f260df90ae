"""A document's address, discovered on a page."""

import re

import pytest

from syncd.errors import DocumentRefused
from syncd.formats import links

URL = "https://list.example/policy/list.html"
CSV = re.compile(r"/shisan(\d{8})\.csv$")


def page(body: str, encoding: str = "utf-8") -> bytes:
    return f"<html><head><meta charset='{encoding}'></head><body>{body}</body></html>".encode(encoding)


def test_a_link_is_made_whole_by_the_pages_address() -> None:
    found = links.newest_link(page("<ul><li><a href='./shisan20260828.csv'>CSV</a></li></ul>"), URL, CSV)
    assert found.url == "https://list.example/policy/shisan20260828.csv"


def test_of_several_links_the_one_with_the_latest_date_is_taken() -> None:
    body = "".join(f"<p><a href='shisan{day}.csv#top'>CSV</a></p>" for day in (20260828, 20260904, 20251231))
    assert links.newest_link(page(body), URL, CSV).url.endswith("/shisan20260904.csv")


def test_the_token_changes_with_the_address_and_with_the_words_beside_it() -> None:
    first = links.newest_link(page("<li><a href='shisan20260828.csv'>CSV</a> 1 MB</li><p>other</p>"), URL, CSV)
    same = links.newest_link(page("<li> <a href='shisan20260828.csv'>CSV</a>  1 MB</li><p>news</p>"), URL, CSV)
    resized = links.newest_link(page("<li><a href='shisan20260828.csv'>CSV</a> 2 MB</li><p>other</p>"), URL, CSV)
    assert first.token == same.token != resized.token


def test_where_a_page_has_several_tables_the_link_beside_the_words_is_taken() -> None:
    other = "<li>別の表 <a href='shisan20260904.csv'>CSV</a></li>"
    body = f"<ul>{other}<li><b>ユーザーリスト</b> <span><a href='shisan20260828.csv'>CSV</a></span></li></ul>"
    assert links.newest_link(page(body), URL, CSV, says="ユーザーリスト").url.endswith("/shisan20260828.csv")
    with pytest.raises(DocumentRefused):
        links.newest_link(page(other), URL, CSV, says="ユーザーリスト")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        page("<p>Under maintenance</p>"),
        page("<a href='https://elsewhere.example/policy/shisan20260828.csv'>CSV</a>"),
        page("<a href='http://list.example/policy/shisan20260828.csv'>CSV</a>"),
        page("<a href='javascript:shisan20260828.csv'>CSV</a>"),
        page("<a href='shisan20260828.csv.html'>CSV</a>"),
        page("<a href='http://[shisan20260828.csv'>CSV</a>"),
        page("<!-- <a href='shisan20260828.csv'>CSV</a> -->"),
    ],
)
def test_a_page_without_the_link_is_refused(body: bytes) -> None:
    with pytest.raises(DocumentRefused):
        links.newest_link(body, URL, CSV)


def test_a_page_in_the_ministrys_old_encoding_is_read() -> None:
    found = links.newest_link(
        page("<li>ユーザーリスト<a href='shisan20260828.csv'>表</a></li>", "cp932"), URL, CSV, says="ユーザー"
    )
    assert found.url.endswith("/shisan20260828.csv")


def test_what_stands_around_many_links_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    tidy = links.tidy
    monkeypatch.setattr(links, "tidy", lambda text: (read.append(text), tidy(text))[1])
    body = "<p>" + "<a href='shisan20260828.csv'>CSV</a>" * 300 + "</p>"
    links.newest_link(page(body), URL, CSV, says="CSV")
    assert len(read) == 301

import re
from html.parser import HTMLParser

import msgspec
import pytest

from syncd.core.state import FeedState
from syncd.observe.status import STATUSES, Facts, FeedStatus, feed_status
from syncd.web.page import ASSETS, CONTENT_SECURITY_POLICY, FEED_LOOKS, Shown, render
from tests.web import invented
from tests.web.invented import NOW, shown

STATE = FeedState(feed="un_sc", commit=1234, sequence=56789, ledger_records=1002, committed_at="2031-03-31T12:00:00Z")
FACTS = Facts(interval_seconds=60, title="Consolidated List", checked_at="2031-04-02T13:59:30Z", source="xml")
VOID = {"meta", "link", "br", "hr", "img", "input"}
# Of a drawing: without an end tag of their own.
SELF_CLOSED = {"use", "rect", "circle", "path"}


class Outline(HTMLParser):
    """Reads a page: tags must nest; keeps the text of each part that has an id, and all attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._pieces: dict[str, list[str]] = {}
        self.feed(text)
        self.close()
        assert self.open == []
        self.texts = {identity: " ".join(" ".join(found).split()) for identity, found in self._pieces.items()}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append((tag, dict(attrs).get("id") or ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in SELF_CLOSED
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        for _, identity in self.open:
            if identity:
                self._pieces.setdefault(identity, []).append(data)


def read(page: Shown) -> Outline:
    return Outline(render(page))


def status(state: FeedState = STATE, **facts: object) -> FeedStatus:
    return feed_status(state, msgspec.structs.replace(FACTS, **facts), NOW)


def row(*statuses: FeedStatus) -> str:
    return read(Shown(statuses=statuses, now=NOW)).texts[f"feed-{statuses[0].feed}"]


def test_a_row_says_what_a_person_wants_to_know_of_a_feed() -> None:
    assert row(status()) == (
        "Current Consolidated List un_sc 30 s ago of 4 min – xml 1,002 2 d ago commit 1,234, sequence 56,789"
    )


def test_a_failure_stays_visible_after_the_recovery() -> None:
    text = row(status(why="timed out", failed_at="2031-04-02T09:00:00Z"))
    assert "Current" in text
    assert "Recovered; failed 5 h ago : timed out" in text


def test_a_failing_feed_says_why() -> None:
    text = row(status(failures=4, why="404 from the publisher", failed_at="2031-04-02T13:59:00Z"))
    assert text.startswith("Failing Consolidated List un_sc 404 from the publisher")


def test_a_stale_feed_says_since_when_in_a_persons_words() -> None:
    text = row(status(checked_at="2031-04-01T09:00:00Z"))
    assert "Stale" in text
    assert "no successful check since 1 Apr, 09:00" in text
    assert "1 d ago of 4 min" in text


def test_a_feed_that_was_never_checked_says_never() -> None:
    assert "never of 4 min" in row(status(FeedState(feed="un_sc"), checked_at=""))


@pytest.mark.parametrize("word", STATUSES)
def test_a_state_is_a_shape_and_a_word_and_not_only_a_colour(word: str) -> None:
    outline = read(Shown(statuses=[msgspec.structs.replace(status(), status=word)], now=NOW))
    look = FEED_LOOKS[word]
    assert look.word in outline.texts["feed-un_sc"]
    drawn = {values["id"] for tag, values in outline.tags if tag == "symbol"}
    assert f"s-{look.shape}" in drawn
    assert ("use", {"href": f"#s-{look.shape}"}) in outline.tags


def test_every_shape_that_is_used_is_drawn() -> None:
    tags = read(shown()).tags
    used = {values["href"] for tag, values in tags if tag == "use"}
    assert used <= {f"#{values['id']}" for tag, values in tags if tag == "symbol"}


def test_what_needs_a_person_comes_first() -> None:
    identities = [values.get("id") or "" for _, values in read(shown()).tags]
    feeds = [one for one in identities if one.startswith("feed-")]
    assert feeds[:5] == ["feed-ch_seco", "feed-us_bis_el", "feed-us_ofac_sdn", "feed-fr_dgt", "feed-jp_mof"]
    assert identities.index("holds") < identities.index("board") < identities.index("feeds")


def test_the_page_says_the_whole_in_one_sentence() -> None:
    assert read(shown()).texts["verdict"] == (
        "2 feeds not current, 2 holds waiting for a decision, 2 targets not followed by all, 1 feed paused, "
        "1 feed being read for the first time"
    )
    assert read(Shown(statuses=[status()], now=NOW)).texts["verdict"] == "The feed is current"
    assert read(Shown(statuses=[], now=NOW)).texts["verdict"] == "No feed is enabled"
    assert read(Shown(statuses=[], now=NOW, unread_seconds=None)).texts["verdict"] == "The ledger is being opened"


def test_a_hold_says_what_is_in_it_and_how_to_decide() -> None:
    text = read(shown()).texts["hold-k3zq4vtyw2m6"]
    assert "us_ofac_sdn · 520 removals" in text
    assert 'syncd release k3zq4vtyw2m6 --why "…"' in text
    assert 'syncd reject k3zq4vtyw2m6 --why "…"' in text
    assert f"{invented.CYRILLIC} us_ofac_sdn:90001 · organisation" in text
    assert "514 more" in text


def test_a_hold_that_was_rejected_says_by_whom_and_what_that_means() -> None:
    assert "Rejected by ann@desk-4 : they stay in force" in read(shown()).texts["hold-a2e4c6g8i0kq"]


def test_the_page_decides_nothing() -> None:
    """Its only form asks the search."""
    forms = [values for tag, values in read(shown()).tags if tag == "form"]
    assert [(form["method"], form["action"]) for form in forms] == [("get", "/search")]


def test_the_board_says_who_acted_when_and_who_is_missing() -> None:
    texts = read(shown()).texts
    assert texts["row-c-t-gap"].startswith(f"{invented.CYRILLIC} organisation · t-gap 3 events")
    assert "EU Missing was due 15 Mar, 15:00 17 d over" in texts["row-c-t-gap"]
    assert "CA Listed 2 Mar, 16:30 dated 2 Mar" in texts["row-c-t-gap"]
    assert "EU Awaited due 16 Apr, 12:01 13 d left" in texts["row-c-t-open"]
    assert "Complete" in texts["row-c-t-whole"]
    assert "CA Delisted 1 Apr, 09:00" in texts["row-c-t-left"]


def test_changes_are_told_by_commit_the_latest_first() -> None:
    text = read(shown()).texts["changes"]
    assert text.index("uk_sl") < text.index("us_ofac_sdn") < text.index("eu_fsf") < text.index("fr_dgt")
    assert "Amended" in text
    assert "remarks · not material" in text


def test_a_commit_of_many_shows_some_and_counts_the_rest() -> None:
    text = read(shown()).texts["commit-au_dfat-9"]
    assert text.count("Delisted") == 6
    assert text.endswith("and 34 more in this commit")


def test_a_baseline_is_one_line() -> None:
    text = read(shown()).texts["commit-fr_dgt-5021"]
    assert "Baseline 5,021 records" in text
    assert "more in this commit" not in text


@pytest.mark.parametrize("name", [invented.ARABIC, invented.CYRILLIC, invented.UNBROKEN])
def test_a_name_keeps_its_own_direction(name: str) -> None:
    assert re.search(f'<bdi (class="name" )?dir="auto">{re.escape(name)}</bdi>', render(shown()))


def test_text_of_publishers_and_operators_cannot_become_markup() -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&"
    state = msgspec.structs.replace(STATE, paused=evil, ledger_digest=evil)
    page = shown(
        statuses=[status(state, why=evil, title=evil, source=evil, failed_at=NOW)],
        holds=[invented.card(evil, evil, kind="removals", keys=1, why=evil)],
        lines=[invented.change(evil, 1, "amended", evil, NOW, paths=(evil,), programmes=(evil,))],
        rows=[msgspec.structs.replace(invented.rows()[0], name=evil, target=evil, coordination=evil)],
        authorities={"un_sc": evil},
        installation=evil,
    )
    tags = read(page).tags
    assert [values for tag, values in tags if tag == "script"] == [
        values for tag, values in tags if tag == "script" and (values["src"] or "").startswith("/assets/page.js?")
    ]
    assert all((values.get("src") or "").startswith("/assets/") for tag, values in tags if tag == "img")
    assert not any(name.startswith("on") for _, values in tags for name in values)


def test_the_page_is_of_this_port_alone_and_its_policy_allows_no_more() -> None:
    page = render(shown())
    assert "http://" not in page
    assert "https://" not in page
    assert not any("style" in values for _, values in Outline(page).tags)
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none'; style-src 'self'; script-src 'self';")
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    for asset in ("page.css", "page.js"):
        assert "http" not in (ASSETS / asset).read_text()


def test_without_a_script_the_page_comes_again_by_itself() -> None:
    assert '<noscript><meta http-equiv="refresh" content="30"></noscript>' in render(shown())


def test_the_page_has_a_language_a_title_landmarks_and_a_way_past_the_head() -> None:
    tags = read(shown()).tags
    assert ("html", {"lang": "en"}) in tags
    assert {"header", "main", "footer", "h1", "title"} <= {tag for tag, _ in tags}
    assert ("a", {"class": "skip", "href": "#feeds"}) in tags


def test_no_id_is_given_twice() -> None:
    identities = [values["id"] for _, values in read(shown()).tags if "id" in values]
    assert len(identities) == len(set(identities))


@pytest.mark.parametrize("feeds", [0, 1, 18])
def test_the_page_makes_sense_with_any_number_of_feeds(feeds: int) -> None:
    outline = read(shown(feeds))
    assert len([1 for _, values in outline.tags if (values.get("id") or "").startswith("feed-")]) == feeds
    assert ("No feed is enabled." in outline.texts["feeds"]) == (feeds == 0)


def test_a_replica_that_stands_by_says_so_and_shows_the_whole() -> None:
    text = render(shown(standby=True))
    assert "Standing by" in text
    assert "This replica stands by." in text
    assert "feed-us_ofac_sdn" in text


def test_a_long_reason_does_not_fill_the_page() -> None:
    page = Shown(statuses=[status(failures=1, why="x" * 100_000)], now=NOW)
    assert len(render(page)) < len(render(Shown(statuses=[status()], now=NOW))) + 2_000

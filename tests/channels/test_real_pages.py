"""Pages as authorities published them (`../shared/notices`), and the figures that were counted by hand in them."""

from collections import Counter
from pathlib import Path

import pytest

from syncd.channels import au_dfat_news, eu_oj, un_press, us_fr, us_ofac_actions
from syncd.channels.contract import AnnouncedAct

pytestmark = pytest.mark.shared


@pytest.fixture
def pages(shared: Path) -> Path:
    return shared / "notices"


def ofac(pages: Path, day: str) -> AnnouncedAct:
    (path,) = (pages / "us_ofac_recent_actions").glob(f"EXCERPT_{day}*.html")
    slug = day.replace("-", "")
    item = AnnouncedAct(id=slug, url=f"{us_ofac_actions.HOME}/{slug}", title="")
    return us_ofac_actions.read_page(path.read_bytes(), item)


def news(pages: Path, name: str) -> AnnouncedAct:
    """The text of a page, which is all that was kept of it, as a page."""
    lines = (pages / "au_dfat" / f"EXCERPT_news_{name}.txt").read_text(encoding="utf-8").splitlines()
    page = "".join(f"<p>{line}</p>" for line in lines)
    return au_dfat_news.read_news_item(page.encode(), AnnouncedAct(id=name, url=au_dfat_news.HOME, title=name))


def test_ofac_added_eight_and_took_one_on_the_first_of_july(pages: Path) -> None:
    page = ofac(pages, "2025-07-01")
    assert Counter(party.action for party in page.parties) == {"designated": 8, "amended": 1, "delisted": 1}
    assert not any(party.administrative for party in page.parties)
    assert (page.published, page.documents) == (
        "2025-07-01",
        ("https://home.treasury.gov/news/press-releases/sb0185",),
    )
    assert page.programmes == ("CAATSA - RUSSIA", "CYBER4", "RUSSIA-EO14024")


def test_ofacs_eight_paragraphs_of_deletions_are_two_parties(pages: Path) -> None:
    """Eight paragraphs below one heading; below the rule an administrative change, apart."""
    page = ofac(pages, "2026-09-23")
    deleted = [party for party in page.parties if party.action == "delisted"]
    apart = [party for party in page.parties if party.administrative]
    assert [party.names[0] for party in deleted] == ["OLENGA, Francois", "SAFARI CLUB"]
    assert [party.action for party in apart] == ["amended"]
    assert len(page.parties) == len(deleted) + len(apart) == 3


def test_ofacs_listing_leads_to_its_page(pages: Path) -> None:
    body = (pages / "us_ofac_recent_actions" / "EXCERPT_listing-rows.html").read_bytes()
    (item,) = us_ofac_actions.read_listing(body, us_ofac_actions.HOME)
    assert (item.id, item.published, item.expects) == ("20260618", "2026-06-18", "will")


def test_the_four_items_of_the_un_are_three_announcements(pages: Path) -> None:
    body = (pages / "un_press" / "2026-08-28__press.un.org_rss_4-of-10-items.xml").read_bytes()
    found = un_press.read_items(body, un_press.RSS)
    assert body.count(b"<item>") == 4
    assert [one.id for one in found] == ["sc16444", "sgsm23255", "db260828"]
    assert {one.expects for one in found} == {"never"}
    assert found[0].url.endswith("/sc16444.doc.htm")


def test_australias_range_is_of_149_references(pages: Path) -> None:
    found = news(pages, "70-persons-and-79-entities")
    assert len(found.references) == 70 + 79
    assert (found.references[0], found.references[-1]) == ("8003", "8151")


def test_australia_names_persons_and_the_instrument(pages: Path) -> None:
    found = news(pages, "three-persons-cyber")
    assert len(found.parties) == 3
    assert found.act is not None and found.act.endswith("Amendment (No. 5) Instrument 2024")


def test_of_eight_documents_of_the_register_two_change_a_list(pages: Path) -> None:
    body = (pages / "us_federal_register" / "2026-10-02__documents_ofac_bis.json").read_bytes()
    found = us_fr.read_documents(body, us_fr.API)
    assert Counter(one.expects for one in found) == {"never": 5, "may": 1, "will": 2}
    assert {one.id: one.action for one in found if one.expects == "will"} == {
        "2026-17231": "amended",
        "2026-17230": "delisted",
    }


def test_acts_on_no_framework_of_sanctions_are_passed_over(pages: Path) -> None:
    body = (pages / "eu_oj" / "EXCERPT_eur-lex_display-feed.rss").read_bytes()
    assert eu_oj.read_tripwire(body, eu_oj.RSS) == ()

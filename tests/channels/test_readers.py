"""What single readers make of pages that are not as tidy as the golden ones."""

import msgspec
import pytest
from msgspec.structs import replace

from syncd.channels import au_dfat_news, eu_oj, uk_govuk, un_press, us_fr, us_ofac_actions
from syncd.channels.contract import AnnouncedAct
from syncd.errors import DocumentRefused

ITEM = AnnouncedAct(id="20290312", url=f"{us_ofac_actions.HOME}/20290312", title="Invented Designations")
ADMINISTRATIVE = "<h4>Unrelated Administrative List Updates:</h4>"
ADDED = "<h4>The following entities have been added to OFAC's SDN List:</h4>"
DELETED = "<h4>The following deletions have been made to OFAC's SDN List:</h4>"


def ofac(*parts: str) -> AnnouncedAct:
    page = f"<html><body><div class='{us_ofac_actions.BODY}'>{''.join(parts)}</div></body></html>"
    return us_ofac_actions.read_page(page.encode(), ITEM)


def line(name: str) -> str:
    return f"<p>{name}, Old Harbour, Ruritania [SDGT].</p>"


def test_who_is_added_below_an_administrative_heading_is_waited_for() -> None:
    """OFAC states that heading also where nothing stands below it."""
    page = ofac(ADMINISTRATIVE, "<p>None</p>", ADDED, line("GREY LAMP"))
    assert [(one.action, one.administrative) for one in page.parties] == [("designated", False)]
    assert page.expects == "will"


def test_what_is_deleted_below_an_administrative_heading_stays_apart() -> None:
    page = ofac(ADDED, line("GREY LAMP"), ADMINISTRATIVE, DELETED, line("QUIET HARBOUR"))
    assert [(one.names[0], one.administrative) for one in page.parties] == [
        ("GREY LAMP", False),
        ("QUIET HARBOUR", True),
    ]


def test_links_that_differ_with_each_request_are_no_part_of_a_page() -> None:
    pages = [
        ofac(ADDED, line("GREY LAMP"), f'<a href="/cdn-cgi/l/email-protection#{key}">mail</a>', *links)
        for key, links in (("7a1b", ()), ("9c2d", ('<a href="#top">Top</a>', '<a href="mailto:x@y.example">mail</a>')))
    ]
    assert pages[0] == pages[1]
    assert pages[0].documents == ()
    named = ofac(ADDED, line("GREY LAMP"), '<a href="/media/1/download?inline#page=2">Order</a>')
    assert named.documents == ("https://ofac.treasury.gov/media/1/download?inline",)


def test_a_link_to_what_is_no_address_is_passed_over() -> None:
    found = ofac(ADDED, line("GREY LAMP"), '<a href="https://[SDGT]/1">[SDGT]</a> <a href="/media/1">Order</a>')
    assert found.documents == ("https://ofac.treasury.gov/media/1",)


RELEASE = AnnouncedAct(id="sc90001", url="https://press.un.org/en/2029/sc90001.doc.htm", title="Sanctions List")
MENU = "<nav><a>Fifth Committee</a> <a>What was removed from the agenda of its Committee</a> QDi.999</nav>"
LEAD = (
    "<p>On 12 March 2029, the Security Council Committee pursuant to resolutions 1267 (1999) added the entry below to "
    "its Sanctions List. QDi.901</p>"
)


@pytest.mark.parametrize("page", [f"{MENU}{LEAD}", f"{MENU}<main>{LEAD}</main>", f"{MENU}<article>{LEAD}</article>"])
def test_the_lead_of_a_release_is_not_taken_from_a_menu(page: str) -> None:
    found = un_press.read_release(f"<html><body>{page}</body></html>".encode(), RELEASE)
    assert (found.action, found.programmes) == ("designated", ("Al-Qaida",))


def test_references_around_a_page_are_not_its_own() -> None:
    page = f"<html><body>{MENU}<main>{LEAD}</main></body></html>"
    assert un_press.read_release(page.encode(), RELEASE).references == ("QDi.901",)
    news = (
        "<html><body><aside>Others were listed (references 1 to 9).</aside>"
        "<main><p>They have been listed (references 90001 to 90002).</p></main></body></html>"
    )
    item = AnnouncedAct(id="n", url=au_dfat_news.HOME, title="Two persons listed")
    assert au_dfat_news.read_news_item(news.encode(), item).references == ("90001", "90002")


def test_a_day_in_the_midst_of_a_page_is_not_that_of_its_news() -> None:
    many = "<i>x</i>" * 300
    link = '<a href="/news/news/two-persons-listed-invented">Two persons listed</a>'
    page = f"<html><body>{link}{many}<p>12 March 2029</p></body></html>"
    (found,) = au_dfat_news.read_news(page.encode(), au_dfat_news.HOME)
    assert found.published is None


@pytest.mark.parametrize(
    ("title", "action"),
    [
        ("Addition of Entities to the Entity List", "designated"),
        ("Removal From the Entity List", "delisted"),
        ("Additions to and Removals From the Entity List", None),
        ("Revisions to the Entity List", "amended"),
    ],
)
def test_a_rule_that_adds_and_removes_does_no_one_thing(title: str, action: str | None) -> None:
    document = {"title": title, "document_number": "1", "publication_date": "2029-03-12"}
    (found,) = us_fr.read_documents(msgspec.json.encode({"results": [document]}), us_fr.API)
    assert found.action == action


def cellar(celex: str, day: str, **titled: str) -> bytes:
    """CELLAR's answer about one act, or about acts of a day by their titles."""
    titles = titled or {celex: celex}
    rows = [
        {
            "celex": {"value": number},
            "date": {"value": day},
            "framework": {"value": "32014R0269"},
            "title": {"value": title},
        }
        for number, title in titles.items()
    ]
    return msgspec.json.encode({"results": {"bindings": rows}})


def test_a_date_of_cellar_may_state_its_zone() -> None:
    plain, zoned = (eu_oj.read_acts(cellar("32029R9001", day), "") for day in ("2029-03-12", "2029-03-12+01:00"))
    assert plain == zoned
    assert plain[0].published == "2029-03-12"


def test_acts_of_which_none_can_be_read_are_not_taken_for_quiet() -> None:
    for body in (cellar("celex 9001", "2029-03-12"), cellar("32029R9001", "12 March 2029")):
        with pytest.raises(DocumentRefused, match="no act"):
            eu_oj.read_acts(body, "")
    assert eu_oj.read_acts(b'{"results": {"bindings": []}}', "") == ()


def test_of_two_regulations_of_a_day_the_one_that_names_persons_is_read() -> None:
    amending, implementing = "32029R9001", "32029R9002"
    titles = {amending: "Council Regulation (EU) 2029/9001", implementing: "Council Implementing Regulation 2029/9002"}
    (found,) = eu_oj.read_acts(cellar("", "2029-03-12", **titles), "")
    assert (found.act, found.also, found.expects) == (implementing, (amending,), "will")


def test_a_text_without_names_does_not_speak_for_the_other_of_its_day() -> None:
    text = b"<html><body><p>COUNCIL REGULATION (EU) 2029/9001</p></body></html>"
    acts = {"32029R9001": "Council Regulation (EU) 2029/9001"}
    (alone,) = eu_oj.read_acts(cellar("", "2029-03-12", **acts), "")
    (beside,) = eu_oj.read_acts(cellar("", "2029-03-12", **acts, **{"32029R9003": "Council Regulation 2029/9003"}), "")
    assert [eu_oj.read_text(text, item).expects for item in (alone, beside)] == ["never", "may"]


def test_change_notes_of_one_second_are_all_told() -> None:
    at = "2029-03-12T10:00:00.000+00:00"
    notes = [{"note": text, "public_timestamp": at} for text in ("Second note.", "First note.", "Second note.")]
    (found,) = uk_govuk.read_notes(msgspec.json.encode({"details": {"change_history": notes}}), "")
    assert found.title == "First note. / Second note."


def test_a_coverage_takes_the_place_of_the_note_before_it() -> None:
    item = "<item><title>{0}</title><link>https://press.un.org/en/{1}</link></item>"
    note, coverage = item.format("A Meeting", "blog/sc90001"), item.format("Its Coverage", "2029/sc90001.doc.htm")
    for order in ((note, coverage), (coverage, note)):
        body = f"<rss><channel>{''.join(order)}</channel></rss>"
        (found,) = un_press.read_items(body.encode(), un_press.RSS)
        assert found == replace(found, title="Its Coverage")

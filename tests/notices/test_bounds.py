"""A page of any size makes a notice and events that fit, which say what was left out of them."""

import msgspec
from msgspec.structs import replace

from syncd.channels import us_ofac_actions
from syncd.core.events import Change
from syncd.core.notices.board import LINKS_MAX
from syncd.core.notices.bounds import EVENT_BYTES_MAX, PARTIES_MAX, bounded, fitted_notice
from syncd.core.notices.notice import AnnouncedAct, NamedParty
from tests.notices.invented import LIST, Told, act, after, change, party, record

NAMES = 10_000


def size(told: Told) -> int:
    return max(len(msgspec.json.encode(event)) for event in told.events)


def page_of(count: int, heading: str) -> AnnouncedAct:
    """OFAC's page with so many paragraphs below a heading, as it is read."""
    lines = "<br>".join(f"GREY LAMP {number}, Old Harbour, Ruritania [SDGT]." for number in range(count))
    body = f"<html><body><div class='field--name-field-body'><h4>{heading}</h4><p>{lines}</p></div></body></html>"
    return us_ofac_actions.read_page(body.encode(), act("20290312"))


def test_a_page_of_ten_thousand_names_fits_and_says_that_it_was_cut() -> None:
    page = page_of(NAMES, "The following entities have been added to OFAC's SDN List:")
    assert len(page.parties) == NAMES
    told = Told()
    told.shows(after(0), page)
    announced = told.events[-1].notice.announcement
    assert (len(announced.parties), announced.elided) == (PARTIES_MAX, ("parties",))
    assert announced.parties == page.parties[:PARTIES_MAX]
    assert size(told) < EVENT_BYTES_MAX


def test_ten_thousand_deletions_are_each_a_party() -> None:
    """Those of one party are found by their forms, and not by comparing each with all."""
    page = page_of(NAMES, "The following deletions have been made to OFAC's SDN List:")
    assert [one.names[0] for one in page.parties] == [f"GREY LAMP {number}" for number in range(NAMES)]


def test_whatever_is_large_on_a_page_its_event_fits() -> None:
    long, many = "Ж" * 5000, ("Ж" * 3000,) * 10_000
    huge = NamedParty(action="designated", names=many[:200], programmes=many[:200], references=many[:200])
    told = Told()
    told.shows(
        after(0),
        AnnouncedAct(
            id=long,
            url=f"https://ofac.example/{long}",
            title=long,
            act=long,
            why=long,
            also=many,
            programmes=many,
            references=many,
            documents=tuple(f"https://ofac.example/{number}" for number in range(10_000)),
            parties=(huge,) * 2000,
        ),
    )
    event = told.events[-1]
    assert size(told) < EVENT_BYTES_MAX
    lost = event.notice.announcement.elided
    assert set(lost) == {"parties", "names", "references", "programmes", "also", "documents"}
    assert bounded(event.notice.announcement) == event.notice.announcement


def test_what_is_within_the_bounds_stays_as_it_is() -> None:
    small = act("x", party("KORVIN, Aldo", programmes=("SDGT",)), references=("QDi.1",), act="2029/1")
    assert bounded(small) == small
    assert small.elided == ()


def listed(count: int, name: str) -> list[Change]:
    keys = (f"{LIST}:{'9' * 200}{number}" for number in range(count))
    return [change(number, "designated", None, record(key, name), after(1)) for number, key in enumerate(keys, 1)]


def test_links_without_end_fit_and_the_row_has_them() -> None:
    name = "Ж" * 400
    told = Told()
    told.shows(after(0), act("x", party(name)))
    told.takes(after(1), *listed(LINKS_MAX + 200, name))
    linked = next(event for event in told.events if event.type == "linked")
    assert size(told) < EVENT_BYTES_MAX
    assert linked.elided == ("notice.links", "notice.announcement.parties", "links")
    (notice,) = told.board.notices.values()
    assert len(notice.links) == LINKS_MAX


def test_what_can_be_spared_goes_first() -> None:
    told = Told()
    told.shows(after(0), act("x", party("GREY LAMP")))
    told.takes(after(1), *listed(20, "GREY LAMP"))
    linked = next(event for event in told.events if event.type == "linked")
    whole = len(msgspec.json.encode(linked))
    fitted = fitted_notice(linked, whole - 1)
    assert (fitted.elided, fitted.links) == (("notice.links",), linked.links)
    assert fitted_notice(linked, whole) == linked == replace(linked, elided=())

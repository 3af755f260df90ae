"""What the page may have to show, invented: many feeds or none, long names in several scripts, holds, a board."""

from collections.abc import Iterable

from syncd.core.coordination.target import (
    CoordinationEvent,
    CoordinationType,
    Deadline,
    Member,
    Participation,
    Target,
)
from syncd.core.model import Kind, Name, Record
from syncd.core.state import FeedState, Hold
from syncd.feeds import all_feeds
from syncd.observe.status import Facts, FeedStatus, feed_status
from syncd.web import board
from syncd.web.board import BoardRow
from syncd.web.lines import ChangeLine, HeldEntry, HoldCard
from syncd.web.page import Shown

NOW = "2031-04-02T14:00:00Z"
ARABIC = "شركة النجوم الورقية للملاحة والتجارة العامة والخدمات اللوجستية المحدودة"
CYRILLIC = "Общество с ограниченной ответственностью «Бумажные облака и несуществующие горизонты»"
LONG = "Pseudo-Honourable Bartholomew Nonesuch-Featherstonehaugh of Everywhere and Nowhere in Particular"
UNBROKEN = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


DRAWN = 18


def statuses(count: int = DRAWN) -> list[FeedStatus]:
    """The first `count` of the eighteen feeds that the invented page is drawn with, some of them unwell."""
    made = []
    drawn = [feed for feed in all_feeds().values() if feed.partition < DRAWN]
    for number, feed in enumerate(drawn[:count]):
        state = FeedState(
            feed=feed.id,
            commit=40 + number,
            sequence=1200 * (number + 1),
            ledger_records=137 + 1931 * number,
            ledger_digest="0123456789abcdef" * 4,
            committed_at=f"2031-04-0{1 + number % 2}T0{number % 10}:12:07Z",
        )
        facts = Facts(
            interval_seconds=feed.interval_seconds,
            title=feed.title,
            evidence=feed.evidence,
            source=feed.sources[0].name,
            checked_at=f"2031-04-02T13:59:{10 + number}Z",
        )
        made.append(feed_status(*UNWELL.get(number, lambda *one: one)(state, facts), NOW))
    return made


def _failing(state: FeedState, facts: Facts) -> tuple[FeedState, Facts]:
    why = "the publisher answered 503 to three questions in a row; asked again in 4 min"
    return state, _with(facts, failures=4, why=why, failed_at="2031-04-02T13:58:02Z")


def _stale(state: FeedState, facts: Facts) -> tuple[FeedState, Facts]:
    why = "timed out after 60 s"
    return state, _with(
        facts, checked_at="2031-04-02T09:14:00Z", failures=61, why=why, failed_at="2031-04-02T13:57:00Z"
    )


def _held(state: FeedState, facts: Facts) -> tuple[FeedState, Facts]:
    return _changed(state, holds=(HOLD,), partial=("a", "b", "c")), facts


def _paused(state: FeedState, facts: Facts) -> tuple[FeedState, Facts]:
    return _changed(state, paused="ann@desk-4: the authority has announced a migration"), facts


def _new(state: FeedState, facts: Facts) -> tuple[FeedState, Facts]:
    return FeedState(feed=state.feed), _with(facts, checked_at="")


def _recovered(state: FeedState, facts: Facts) -> tuple[FeedState, Facts]:
    return state, _with(facts, why="connection refused", failed_at="2031-04-02T11:02:00Z")


UNWELL = {2: _failing, 4: _paused, 6: _new, 8: _recovered, 11: _stale, 15: _held}
HOLD = Hold(
    id="k3zq4vtyw2m6",
    kind="removals",
    keys=tuple(f"us_ofac_sdn:{number}" for number in range(520)),
    since="2031-04-02T12:41:09Z",
    why="520 removals at once: more than 150, and more than 2 % of the list",
    document="d0" * 32,
)


def _with(facts: Facts, **changed: object) -> Facts:
    return Facts(**{**{name: getattr(facts, name) for name in facts.__struct_fields__}, **changed})


def _changed(state: FeedState, **changed: object) -> FeedState:
    return FeedState(**{**{name: getattr(state, name) for name in state.__struct_fields__}, **changed})


def holds() -> list[HoldCard]:
    names = (LONG, CYRILLIC, ARABIC, UNBROKEN, "INVENTED STAR", "Ivan Invented DOE", "Paper Tigers Ltd", "Nobody, Odd")
    entries = tuple(
        HeldEntry(
            key=f"us_ofac_sdn:{90_000 + number}",
            name=names[number % len(names)],
            kind=("person", "organisation", "vessel")[number % 3],
            listed_on=f"2019-0{1 + number % 9}-14",
            programmes=("PAPER-EO90001", "CLOUDS"),
        )
        for number in range(40)
    )
    return [
        card("us_ofac_sdn", HOLD.id, kind="removals", keys=520, why=HOLD.why, entries=entries),
        card("uk_sl", "p7h2a4cw3bqe", kind="document", keys=0, why="4,112 of 4,330 keys are new"),
        card("un_sc", "a2e4c6g8i0kq", kind="removals", keys=2, why="2 removals within a week of 30 others",
             entries=entries[:2], rejected=True, decided_by="ann@desk-4"),
    ]  # fmt: skip


def card(feed: str, identity: str, *, kind: str, keys: int, why: str, **more: object) -> HoldCard:
    return HoldCard(
        feed=feed, id=identity, kind=kind, keys=keys, why=why, since="2031-04-02T12:41:09Z", document="d0" * 32,
        release=f'syncd release {identity} --why "…"', reject=f'syncd reject {identity} --why "…"', **more,
    )  # fmt: skip


def change(feed: str, number: int, type_: str, name: str, at: str, **more: object) -> ChangeLine:
    values = {
        "feed": feed, "key": f"{feed}:{9000 + number}", "type": type_, "sequence": number, "commit": number, "count": 1,
        "committed_at": at, "cause": "publication", "origin": "source", "material": True, "name": name,
        "kind": "person", "published": "2031-04-02", "observed": at, "document": "d0" * 32,
    }  # fmt: skip
    return ChangeLine(**{**values, **more})


def lines() -> list[ChangeLine]:
    found = [
        change("us_ofac_sdn", 1300, "designated", LONG, "2031-04-02T13:58:51Z", programmes=("PAPER-EO90001",)),
        change("uk_sl", 310, "designated", LONG, "2031-04-02T13:59:20Z", programmes=("The Paper Tigers Regulations",)),
        change("eu_fsf", 77, "amended", ARABIC, "2031-04-02T13:12:20Z", paths=("names", "identifiers")),
        change("eu_fsf", 78, "amended", CYRILLIC, "2031-04-02T13:13:20Z", paths=("remarks",), material=False),
        change("un_sc", 40, "delisted", UNBROKEN, "2031-04-01T17:20:00Z", kind="vessel"),
        change("ca_sema", 12, "relisted", "Ivan Invented DOE", "2031-03-30T09:00:00Z"),
        change("ch_seco", 15, "rekeyed", "Paper Tigers Ltd", "2030-12-30T09:00:00Z", previous_key="ch_seco:1"),
        change("fr_dgt", 5021, "baselined", "", "2031-03-29T08:00:00Z", count=5021),
    ]  # fmt: skip
    mass = [
        change("au_dfat", 500 + number, "delisted", f"Invented target {number}", "2031-04-02T10:00:00Z", commit=9,
               count=40, cause="release")
        for number in range(25)
    ]  # fmt: skip
    return found + mass


def event(sequence: int, type_: CoordinationType, target: str, at: str, text: str, **more: object) -> CoordinationEvent:
    return CoordinationEvent(
        id=f"e{sequence}", type=type_, target=target, sequence=sequence, commit=sequence, committed_at=at,
        explanation=text, coordination=f"c-{target}", **more,
    )  # fmt: skip


def took(*authorities: tuple[str, str, str]) -> tuple[Participation, ...]:
    return tuple(
        Participation(authority=one, key=f"{one}_list:1", listed_on=day, committed_at=at)
        for one, day, at in authorities
    )


def target(name: str, called: str, kind: Kind, deadlines: Iterable[Deadline] = ()) -> Target:
    profile = Record(key="us_ofac_sdn:1", feed="us_ofac_sdn", kind=kind, names=(Name(full=called, kind="primary"),))
    member = Member(key="us_ofac_sdn:1", status="listed", sequence=1, senior="2031", profile=profile)
    return Target(id=name, founder="us_ofac_sdn:1", members=(member,), deadlines=tuple(deadlines))


def due(name: str, at: str, *authorities: str) -> list[Deadline]:
    return [Deadline(at=at, alliance="g7", authority=one, coordination=f"c-{name}") for one in authorities]


US = ("us", "2031-04-02", "2031-04-02T12:01:10Z")
UK = ("uk", "2031-04-02", "2031-04-02T12:44:31Z")
EU = ("eu", "2031-04-02", "2031-04-02T13:20:02Z")
OLD_US = ("us", "2031-03-01", "2031-03-01T15:00:00Z")
OLD_CA = ("ca", "2031-03-02", "2031-03-02T16:30:00Z")


def events() -> list[CoordinationEvent]:
    return [
        event(1, "coordination.started", "t-gap", OLD_US[2], "The US designated a target that no ally has listed.",
              participations=took(OLD_US), missing=("uk", "eu", "ca"), deadline="2031-03-15T15:00:00Z", alliance="g7"),
        event(2, "coordination.joined", "t-gap", OLD_CA[2], "Canada followed after one day.", authority="ca",
              participations=took(OLD_US, OLD_CA), missing=("uk", "eu"), deadline="2031-03-15T15:00:00Z"),
        event(3, "coordination.gap", "t-gap", "2031-03-15T15:00:00Z", "The EU has not listed it 14 days after the US.",
              authority="eu", participations=took(OLD_US, OLD_CA), missing=("eu", "uk"),
              deadline="2031-03-15T15:00:00Z"),
        event(4, "coordination.started", "t-whole", US[2], "The US designated it.", participations=took(US),
              missing=("uk", "eu"), deadline="2031-04-16T12:01:10Z"),
        event(5, "coordination.joined", "t-whole", UK[2], "The UK followed after 43 minutes.", authority="uk",
              participations=took(US, UK), missing=("eu",), deadline="2031-04-16T12:01:10Z"),
        event(6, "coordination.completed", "t-whole", EU[2], "The EU followed: all of them act.", authority="eu",
              participations=took(US, UK, EU)),
        event(7, "coordination.started", "t-open", US[2], "The US designated it.", participations=took(US),
              missing=("uk", "eu", "ca", "ch"), deadline="2031-04-16T12:01:10Z"),
        event(8, "coordination.joined", "t-open", UK[2], "The UK followed after 43 minutes.", authority="uk",
              participations=took(US, UK), missing=("eu", "ca", "ch"), deadline="2031-04-16T12:01:10Z"),
        event(9, "coordination.started", "t-left", OLD_US[2], "The US designated it.",
              participations=took(OLD_US, OLD_CA)),
        event(10, "coordination.diverged", "t-left", "2031-04-01T09:00:00Z", "Canada has delisted it; the US has not.",
              authority="ca", participations=took(OLD_US)),
    ]  # fmt: skip


def targets() -> dict[str, Target]:
    found = (
        target("t-gap", CYRILLIC, "organisation", due("t-gap", "2031-04-20T15:00:00Z", "uk")),
        target("t-whole", LONG, "person"),
        target("t-open", ARABIC, "organisation", due("t-open", "2031-04-16T12:01:10Z", "eu", "ca", "ch")),
        target("t-left", UNBROKEN, "vessel"),
    )
    return {one.id: one for one in found}


def rows() -> list[BoardRow]:
    return board.rows(events(), targets())


def shown(feeds: int = 18, **more: object) -> Shown:
    """The page of so many feeds; with everything that there can be, when there are many."""
    whole = {"lines": lines(), "holds": holds(), "rows": rows()} if feeds > 1 else {}
    authorities = {feed.id: feed.authority for feed in all_feeds().values()}
    return Shown(**{"statuses": statuses(feeds), "now": NOW, "authorities": authorities, **whole, **more})
